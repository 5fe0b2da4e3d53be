//! Binds a mapping to settings: fills them in and prepares everything that the methods of [`Bound`] use. It finds what the settings make
//! wrong; whether the file itself makes sense is checked when it is loaded.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::calls::{Prepare, bind_calls};
use super::fields::{bind_field, bind_object, kind_before_lookup};
use super::hosts::BoundHosts;
use super::judge::{Condition, ErrorPaths, Rule};
use super::names::BoundLookup;
use super::part::Part;
use super::policy::update_calls;
use super::resources::bind_resources;
use super::revision::BoundRevision;
use super::settings::{SettingNames, bind_settings, check_address};
use super::sign_in::BoundSignIn;
use super::sign_in::call::Shared;
use super::switched::Switched;
use super::targets::{bind_catalogs, bind_targets};
use super::whole::restate;
use super::{Bound, Deactivation};
use crate::mapping::bundle::Bundle;
use crate::mapping::convert::coerce;
use crate::mapping::graphql::Operations;
use crate::mapping::model::{BodyCondition, Deactivate, MappingFile, Removal, Users};
use crate::mapping::tree::Tree;
use crate::mapping::vendor_path::VendorPath;
use crate::nearest::hint;

/// What is wrong with a mapping under these settings.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {problem}")]
pub struct BindProblem {
    /// `settings.NAME` of the connection, or the place in the mapping file.
    pub place: String,
    /// What is wrong, and what to change.
    pub problem: String,
    /// The setting at fault, when it is one.
    pub setting: Option<String>,
}

impl BindProblem {
    pub(super) fn new(place: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { place: place.into(), problem: problem.into(), setting: None }
    }

    pub(super) fn setting(name: &str, problem: String) -> Self {
        Self { place: format!("settings.{name}"), problem, setting: Some(name.to_owned()) }
    }
}

impl Bound {
    /// Binds a mapping file to the settings of one connection.
    ///
    /// # Errors
    /// All that is wrong: settings that are missing, unknown (with the nearest known name), of the wrong type or not allowed; a policy that
    /// does not exist; paths, patterns, expressions and operations that cannot be prepared.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "`Mapping::bind` hands over its own handles; the bundle is read here only"
    )]
    pub fn bind(
        file: Arc<MappingFile>,
        bundle: Arc<Bundle>,
        settings: &Map<String, Value>,
    ) -> Result<Self, Vec<BindProblem>> {
        let mut problems = Vec::new();
        let settings = Arc::new(bind_settings(&file.settings, settings, &mut problems));
        let names = SettingNames(&settings);
        let base_url = file.api.base_url.as_ref();
        let base_url = base_url.map(|tree| bind_base_url(tree, "api.base_url", &names, &mut problems));
        let error_paths = ErrorPaths::bind_all(&file.api.errors, "api.errors", &mut problems).into();
        let rules = Rule::bind_all(&file.api.answers, "api.answers", &mut problems).into();
        let shared = Shared {
            api: &file.api,
            base_url: base_url.as_deref().unwrap_or_default(),
            settings: &settings,
            errors: &error_paths,
            rules: &rules,
        };
        let common = Common {
            sign_in: Arc::new(BoundSignIn::bind(&file, &shared, &mut problems)),
            operations: bind_operations(&file, &bundle, &mut problems),
            api_query: file.api.query.iter().map(|(name, tree)| (name.clone(), tree.fill_in(&names))).collect(),
            base_url,
            hosts: file.api.hosts.as_ref().map(|hosts| Arc::new(BoundHosts::bind(hosts, &names, &mut problems))),
            error_paths,
            rules,
            settings: Arc::clone(&settings),
            file,
        };
        let mut people = common.bind(Part::People, None, &mut problems);
        people.catalogs = bind_catalogs(&common, &mut problems);
        people.targets = bind_targets(&common, &people, &mut problems);
        people.resources = bind_resources(&common.file);
        if problems.is_empty() { Ok(people) } else { Err(problems) }
    }
}

/// What people, catalogs and groups' objects share.
pub(super) struct Common {
    pub file: Arc<MappingFile>,
    settings: Arc<IndexMap<String, Value>>,
    operations: Operations,
    api_query: Vec<(String, Tree)>,
    base_url: Option<String>,
    hosts: Option<Arc<BoundHosts>>,
    sign_in: Arc<BoundSignIn>,
    error_paths: Arc<[ErrorPaths]>,
    rules: Arc<[Rule]>,
}

impl Common {
    /// Binds one part of the file; `own` takes the place of its `users`.
    pub(super) fn bind(&self, part: Part, own: Option<Users>, problems: &mut Vec<BindProblem>) -> Bound {
        let file = &self.file;
        let names = SettingNames(&self.settings);
        let all = own.as_ref().unwrap_or(&file.users);
        let switched = Switched::of(all, &names, problems);
        let users = switched.users.as_ref().unwrap_or(all);
        let before = problems.len();

        let mut fields = IndexMap::new();
        for (name, spec) in &users.fields {
            if let Some(mut field) = bind_field(name, spec, &names, problems) {
                if own.is_none() {
                    field.lookup = BoundLookup::bind(name, file, problems);
                }
                fields.insert(name.clone(), field);
            }
        }
        let objects = users.objects.iter();
        let objects = objects.map(|(name, rule)| bind_object(name, rule, &fields, &names, problems)).collect();
        let matches = users.r#match.iter().map(|rule| rule.field.clone()).filter(|name| fields.contains_key(name));
        let matches = matches.collect();
        let deactivation = users
            .deactivate
            .as_ref()
            .map_or(Deactivation::Field, |deactivate| bind_deactivation(deactivate, file, &names, problems));
        let mut keys = users.key.read.as_slice().iter().map(|path| path_or_note(path, "users.key.read", problems));
        let key = keys.next().unwrap_or_else(|| VendorPath::of_field("."));
        let further_keys = keys.collect();
        let removal = bind_removal(users, &names, problems);
        let revision = users.revision.as_ref().map(|revision| BoundRevision::bind(revision, problems));
        let only = bind_conditions(&users.only, "users.only", problems);
        let gone = bind_conditions(&users.gone, "users.gone", problems);
        part.adjust_places(problems.get_mut(before..).unwrap_or_default());
        let mut prepare = Prepare {
            file,
            names: &names,
            operations: &self.operations,
            api_query: &self.api_query,
            base_url: self.base_url.as_deref().unwrap_or_default(),
            revision: users.revision.as_ref(),
            part: &part,
            problems,
        };
        let mut calls = bind_calls(&users.calls, &mut prepare);
        let updates = update_calls(users, &fields, &switched.off);
        if own.is_none() {
            restate(&mut calls, &updates, &fields);
        }
        Bound {
            settings: Arc::clone(&self.settings),
            fields,
            objects,
            matches,
            only,
            gone,
            deactivation,
            base_url: self.base_url.clone(),
            hosts: self.hosts.clone(),
            sign_in: Arc::clone(&self.sign_in),
            key,
            further_keys,
            removal,
            revision,
            calls,
            updates,
            switched_off: switched.off,
            error_paths: Arc::clone(&self.error_paths),
            rules: Arc::clone(&self.rules),
            user_type: OnceLock::new(),
            catalogs: IndexMap::new(),
            targets: IndexMap::new(),
            resources: Vec::new(),
            file: Arc::clone(file),
            own: own.map(Box::new),
            part,
        }
    }
}

/// Reads a path; what is wrong with it becomes a problem, and the whole document stands in for it.
pub(super) fn path_or_note(text: &str, place: &str, problems: &mut Vec<BindProblem>) -> VendorPath {
    VendorPath::parse(text).unwrap_or_else(|problem| {
        problems.push(BindProblem::new(place, problem));
        VendorPath::of_field(".")
    })
}

pub(super) fn bind_conditions(
    conditions: &[BodyCondition],
    place: &str,
    problems: &mut Vec<BindProblem>,
) -> Vec<Condition> {
    let bound = conditions.iter().enumerate().map(|(at, condition)| {
        let place = format!("{place}[{at}].path");
        Condition { path: path_or_note(&condition.path, &place, problems), spec: condition.clone() }
    });
    bound.collect()
}

fn bind_operations(file: &MappingFile, bundle: &Bundle, problems: &mut Vec<BindProblem>) -> Operations {
    let Some(graphql) = &file.api.graphql else { return Operations::default() };
    let Some(text) = bundle.others.get(&graphql.documents) else {
        let near = hint(&graphql.documents, bundle.others.keys().map(String::as_str));
        let problem = format!("there is no file {} beside the mapping{near}", graphql.documents);
        problems.push(BindProblem::new("api.graphql.documents", problem));
        return Operations::default();
    };
    Operations::parse(text, &graphql.documents).unwrap_or_else(|problem| {
        problems.push(BindProblem::new("api.graphql.documents", problem));
        Operations::default()
    })
}

pub(super) fn bind_base_url(
    tree: &Tree,
    place: &str,
    names: &SettingNames<'_>,
    problems: &mut Vec<BindProblem>,
) -> String {
    match tree.resolve_text(names) {
        Ok(Some(address)) => {
            if let Err(problem) = check_address(&address) {
                problems.push(BindProblem::new(place, problem));
            }
            address.trim_end_matches('/').to_owned()
        }
        // a setting that is missing or wrong has been told already
        Ok(None) if !problems.is_empty() => String::new(),
        Ok(None) => {
            problems
                .push(BindProblem::new(place, "has no value; it needs scheme and host, usually $settings.base_url"));
            String::new()
        }
        Err(error) => {
            problems.push(BindProblem::new(place, error.to_string()));
            String::new()
        }
    }
}

fn bind_removal(users: &Users, names: &SettingNames<'_>, problems: &mut Vec<BindProblem>) -> Removal {
    let Some(tree) = &users.remove else { return Removal::default() };
    let word = tree.resolve_text(names).map_err(|error| error.to_string()).map(Option::unwrap_or_default);
    let problem = match word {
        Ok(word) => match Removal::parse(&word) {
            Some(removal) if removal == Removal::Delete && users.calls.delete.is_none() => {
                "SCIM DELETE deletes the account, and there is no call `delete`".to_owned()
            }
            Some(removal) => return removal,
            None => format!("{word:?} is neither `delete` nor `deactivate`"),
        },
        Err(problem) => problem,
    };
    problems.push(BindProblem::new("users.remove", problem));
    Removal::default()
}

fn bind_deactivation(
    deactivate: &Deactivate,
    file: &MappingFile,
    names: &SettingNames<'_>,
    problems: &mut Vec<BindProblem>,
) -> Deactivation {
    let known = deactivate.policies.keys().map(String::as_str);
    let place = "users.deactivate.policy";
    let policy = match deactivate.policy.resolve_text(names) {
        Ok(Some(policy)) => policy,
        Ok(None) => {
            problems.push(BindProblem::new(place, "has no value"));
            return Deactivation::Field;
        }
        Err(error) => {
            problems.push(BindProblem::new(place, error.to_string()));
            return Deactivation::Field;
        }
    };
    let Some(chosen) = deactivate.policies.get(&policy) else {
        problems.push(BindProblem::new(place, format!("there is no policy {policy:?}{}", hint(&policy, known))));
        return Deactivation::Field;
    };
    if chosen.delete {
        return Deactivation::Delete;
    }
    let mut values = Vec::new();
    for (field, tree) in &chosen.set {
        let place = format!("users.deactivate.policies.{policy}.set.{field}");
        let Some(spec) = file.users.fields.get(field) else {
            let near = hint(field, file.users.fields.keys().map(String::as_str));
            problems.push(BindProblem::new(place, format!("there is no field {field}{near}")));
            continue;
        };
        match tree.resolve(names).map_err(|error| error.to_string()) {
            Ok(Some(value)) if !value.is_null() => match coerce(kind_before_lookup(spec), value) {
                Ok(value) => values.push((field.clone(), value)),
                Err(problem) => problems.push(BindProblem::new(place, problem)),
            },
            Ok(_) => problems.push(BindProblem::new(
                place,
                "has no value; while a person is inactive a field can be set, not cleared",
            )),
            Err(problem) => problems.push(BindProblem::new(place, problem)),
        }
    }
    Deactivation::Set(values)
}

/// Calls by name; used while they are gathered.
pub(super) type Calls = HashMap<super::CallName, super::calls::BoundCall>;
