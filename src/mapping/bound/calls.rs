//! Calls, prepared: trees with settings filled in, GraphQL texts cut out, answer rules compiled.

use indexmap::IndexMap;

use super::CallName;
use super::bind::{BindProblem, Calls, path_or_note};
use super::elements::BoundHit;
use super::hosts::base_of;
use super::judge::Rule;
use super::listed::BoundList;
use super::other_keys::{BoundKeyFrom, type_ways_back};
use super::part::Part;
use super::settings::SettingNames;
use crate::mapping::graphql::{OperationText, Operations};
use crate::mapping::model::{
    Call, Confirm, Expects, ForEach, GraphqlCall, KeyType, MappingFile, Method, RecordMode, Revision, UserCalls,
};
use crate::mapping::tree::Tree;
use crate::mapping::vendor_path::VendorPath;
use crate::mapping::wire::HttpRequest;

/// A call, ready to be rendered.
#[derive(Debug)]
pub(super) struct BoundCall {
    /// `users.calls.create`, for messages.
    pub place: String,
    /// What its address begins with.
    pub base: String,
    pub method: Method,
    pub path: Vec<Tree>,
    pub query: Vec<(String, Tree)>,
    pub headers: Vec<(String, String)>,
    pub body: BoundBody,
    /// Does any tree of it refer to `$key`?
    pub needs_key: bool,
    pub user: Option<VendorPath>,
    pub rules: Vec<Rule>,
    pub expects_json: bool,
    /// The mapping says that a success may hold anything, whatever its media type promises.
    pub takes_anything: bool,
    pub confirm: Confirm,
    pub repeatable: bool,
    pub list: Option<BoundList>,
    /// For a call that finds memberships.
    pub hit: Option<BoundHit>,
    /// For which elements it is made.
    pub for_each: Option<ForEach>,
    /// How the key is found by which another API knows the account.
    pub key_from: Option<BoundKeyFrom>,
    /// Type of `$key`, when it is not that of the accounts.
    pub key_type: Option<KeyType>,
    /// Where the answer has another key of the account.
    pub new_key: Option<VendorPath>,
    /// For a call that sends the account whole: what is not sent back.
    pub whole: Option<Vec<VendorPath>>,
    /// For such a call: fields that are written at their name and read somewhere else, so that what was read does not say them.
    pub restated: Vec<String>,
    /// The header that says which state a change was made from.
    pub revision: Option<String>,
}

/// Body of a prepared call.
#[derive(Debug)]
pub(super) enum BoundBody {
    Empty,
    Json(Tree),
    Form(Vec<(String, Tree)>),
    Graphql { operation: String, text: OperationText, variables: Vec<(String, Tree)> },
}

/// What calls are prepared from.
pub(super) struct Prepare<'a> {
    pub file: &'a MappingFile,
    pub names: &'a SettingNames<'a>,
    pub operations: &'a Operations,
    pub api_query: &'a [(String, Tree)],
    pub base_url: &'a str,
    /// How changes say which state they were made from.
    pub revision: Option<&'a Revision>,
    /// For messages.
    pub part: &'a Part,
    pub problems: &'a mut Vec<BindProblem>,
}

/// Prepares every call.
pub(super) fn bind_calls(calls: &UserCalls, prepare: &mut Prepare<'_>) -> Calls {
    let mut bound = Calls::new();
    let mut one = |name: CallName, call: &Call, kind: Kind| {
        let place = prepare.part.place_of(&name);
        bound.insert(name, prepare.call(&place, call, kind));
    };
    if let Some(create) = &calls.create {
        one(CallName::Create, create, Kind::Create);
    }
    if let Some(read) = &calls.read {
        one(CallName::Read, read, Kind::Read);
    }
    for (name, call) in &calls.update {
        one(CallName::Update(name.clone()), call, Kind::Change);
    }
    if let Some(delete) = &calls.delete {
        one(CallName::Delete, delete, Kind::Change);
    }
    for (name, named) in &calls.named {
        one(CallName::Named(name.clone()), &named.call, Kind::Named);
    }
    for (name, find) in calls.update.iter().filter_map(|(name, call)| Some((name, call.find.as_ref()?))) {
        let name = CallName::Membership(name.clone());
        let place = prepare.part.place_of(&name);
        let mut found = prepare.list(&format!("{place}.list"), &find.list);
        found.hit = Some(BoundHit::bind(find, &place, prepare.problems));
        bound.insert(name, found);
    }
    let more = calls.lists.iter().enumerate().map(|(number, list)| (CallName::Lists(number), list));
    let find = calls.find.iter().map(|find| (CallName::Find, find));
    for (name, list) in [(CallName::List, &calls.list)].into_iter().chain(more).chain(find) {
        let place = prepare.part.place_of(&name);
        bound.insert(name, prepare.list(&place, list));
    }
    type_ways_back(&mut bound);
    bound
}

/// What repeating a call means.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Create,
    Read,
    Change,
    Named,
}

impl Prepare<'_> {
    pub(super) fn call(&mut self, place: &str, call: &Call, kind: Kind) -> BoundCall {
        let user = call.user.as_deref().map(|path| path_or_note(path, &format!("{place}.user"), self.problems));
        let (method, path, mut query, body) = self.target(place, call);
        query.extend(self.trees(&call.query));
        let changes = match &body {
            BoundBody::Graphql { text, .. } => text.is_mutation,
            _ => method == Method::Post || method == Method::Patch,
        };
        let reads_answer = user.is_some() || matches!(body, BoundBody::Graphql { .. });
        let confirm = call.confirm.unwrap_or(if user.is_some() { Confirm::Answer } else { Confirm::Nothing });
        let mut headers = Vec::new();
        for (at, trees) in [("api.headers", &self.file.api.headers), (place, &call.headers)] {
            self.headers(at, trees, &mut headers);
        }
        let mut bound = BoundCall {
            place: place.to_owned(),
            base: base_of(call.host.as_deref(), self.base_url, &self.file.api),
            method,
            path,
            query,
            headers,
            body,
            needs_key: false,
            user,
            rules: Rule::bind_all(&call.answers, &format!("{place}.answers"), self.problems),
            expects_json: call.expects.map_or(reads_answer, |expects| expects == Expects::Json),
            takes_anything: call.expects == Some(Expects::Anything),
            confirm,
            repeatable: call.repeatable.unwrap_or(match kind {
                Kind::Create => false,
                // whether a membership that is looked for before it is added is there already must be looked at again
                Kind::Change if call.for_each == Some(ForEach::Added) && call.find.is_some() => false,
                Kind::Read | Kind::Change => true,
                Kind::Named => !changes,
            }),
            list: None,
            hit: None,
            for_each: call.for_each,
            key_from: call.key_from.as_ref().map(|from| BoundKeyFrom::bind(from, place, self.problems)),
            key_type: None,
            new_key: call.new_key.as_deref().map(|path| path_or_note(path, &format!("{place}.new_key"), self.problems)),
            whole: (call.record == Some(RecordMode::Whole))
                .then(|| self.paths(&call.leave_out, &format!("{place}.leave_out"))),
            restated: Vec::new(),
            revision: self
                .revision
                .filter(|_| kind == Kind::Change && call.key_from.is_none() && call.revision != Some(false))
                .map(|revision| revision.send.clone()),
        };
        bound.needs_key = bound.refers_to_key();
        bound
    }

    /// Method, path, the query that belongs to the place, and body.
    fn target(&mut self, place: &str, call: &Call) -> (Method, Vec<Tree>, Vec<(String, Tree)>, BoundBody) {
        let mut query = self.api_query.to_vec();
        let Some(graphql) = &call.graphql else {
            let method = call.method.unwrap_or_else(|| {
                self.note(place, "a call needs a method, or graphql with the name of an operation");
                Method::Get
            });
            let path = call.path.iter().map(|tree| tree.fill_in(self.names)).collect();
            let body = match (&call.body, &call.form) {
                (Some(body), _) => BoundBody::Json(body.fill_in(self.names)),
                (None, Some(form)) => BoundBody::Form(self.trees(form)),
                (None, None) => BoundBody::Empty,
            };
            return (method, path, query, body);
        };
        let Some(endpoint) = &self.file.api.graphql else {
            self.note(place, "api.graphql is missing: the endpoint, the schema and the documents of GraphQL calls");
            return (Method::Post, Vec::new(), query, BoundBody::Empty);
        };
        query.extend(self.trees(&endpoint.query));
        let path = endpoint.path.iter().map(|tree| tree.fill_in(self.names)).collect();
        (Method::Post, path, query, self.graphql(place, graphql))
    }

    fn graphql(&mut self, place: &str, call: &GraphqlCall) -> BoundBody {
        match self.operations.find(&call.operation) {
            Ok(text) => BoundBody::Graphql {
                operation: call.operation.clone(),
                text: text.clone(),
                variables: self.trees(&call.variables),
            },
            Err(problem) => {
                self.note(&format!("{place}.graphql.operation"), &problem);
                BoundBody::Empty
            }
        }
    }

    fn headers(&mut self, place: &str, trees: &IndexMap<String, Tree>, headers: &mut Vec<(String, String)>) {
        for (name, tree) in trees {
            match tree.resolve_text(self.names) {
                Ok(Some(value)) if value.chars().any(char::is_control) => {
                    self.note(&format!("{place}.{name}"), "a header must not contain control characters");
                }
                Ok(Some(value)) => {
                    headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
                    headers.push((name.clone(), value));
                }
                Ok(None) => {}
                Err(error) => self.note(&format!("{place}.{name}"), &error.to_string()),
            }
        }
    }

    fn paths(&mut self, paths: &[String], place: &str) -> Vec<VendorPath> {
        let paths = paths.iter().enumerate();
        paths.map(|(at, path)| path_or_note(path, &format!("{place}[{at}]"), self.problems)).collect()
    }

    fn trees(&self, trees: &IndexMap<String, Tree>) -> Vec<(String, Tree)> {
        trees.iter().map(|(name, tree)| (name.clone(), tree.fill_in(self.names))).collect()
    }

    fn note(&mut self, place: &str, problem: &str) {
        self.problems.push(BindProblem::new(place, problem));
    }
}

impl BoundCall {
    /// Does this request of a list ask for it only if it has changed?
    pub(super) fn asks_whether_changed(&self, request: &HttpRequest) -> bool {
        let asks = |name: &String| request.headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name));
        self.list.is_some() && self.revision.as_ref().is_some_and(asks)
    }

    fn refers_to_key(&self) -> bool {
        self.refers_to(|names| names.first().is_some_and(|name| name == "key"))
    }

    /// Does any of its trees hold such a reference?
    pub fn refers_to(&self, is_it: impl Fn(&[String]) -> bool) -> bool {
        let (body, parts): (_, &[(String, Tree)]) = match &self.body {
            BoundBody::Empty => (None, &[]),
            BoundBody::Json(tree) => (Some(tree), &[]),
            BoundBody::Form(trees) | BoundBody::Graphql { variables: trees, .. } => (None, trees),
        };
        let mut found = false;
        for tree in self.path.iter().chain(body).chain(self.query.iter().chain(parts).map(|(_, tree)| tree)) {
            tree.each_reference(&mut |names: &[String]| found |= is_it(names));
        }
        found
    }
}
