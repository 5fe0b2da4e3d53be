//! Managed fields and objects, prepared: parsed paths, compiled patterns and expressions, defaults with settings filled in.

use indexmap::IndexMap;
use regex::Regex;
use serde_json::Value;

use super::bind::{BindProblem, bind_conditions};
use super::judge::Condition;
use super::names::BoundLookup;
use super::settings::SettingNames;
use crate::mapping::convert::{ValueTable, coerce};
use crate::mapping::expression::Expression;
use crate::mapping::model::{
    CannotChange, Clear, Field, FieldType, Incomplete, ObjectRule, OneOrMany, Source, Transform,
};
use crate::mapping::scim_path::ScimPath;
use crate::mapping::tree::Tree;
use crate::mapping::vendor_path::VendorPath;
use crate::nearest::hint;

/// A managed field.
#[derive(Debug)]
pub struct BoundField {
    /// Its name at the vendor.
    pub name: String,
    /// As the file says it.
    pub spec: Field,
    /// Where its value comes from.
    pub sources: Vec<BoundSource>,
    /// Or how it is computed.
    pub expression: Option<Expression>,
    /// Where its value goes on import.
    pub to: Vec<ScimPath>,
    /// Value when nothing else gives one; before it is looked up.
    pub default: Option<Value>,
    /// Value table.
    pub table: Option<ValueTable>,
    /// How its values are looked up.
    pub lookup: Option<BoundLookup>,
    /// Where it stands in a user object.
    pub read: VendorPath,
    /// What makes a boolean true in a user object, in the place of `read`.
    pub true_when: Vec<Condition>,
    /// Where an element there has the name and the level, for a `level_map` that the vendor shows as a list.
    pub read_each: Option<(VendorPath, VendorPath)>,
    /// What the whole text must match.
    pub pattern: Option<Regex>,
    /// The SCIM attributes that an administrator looks at when something is wrong with it.
    pub attribute: String,
    /// What happens to a change that cannot be made.
    pub cannot_change: CannotChange,
    /// The name cut at its dots.
    pub parts: Vec<String>,
}

/// A SCIM path with its condition.
#[derive(Debug)]
pub struct BoundSource {
    /// The path.
    pub path: ScimPath,
    /// What the whole value must match to count.
    pub matches: Option<Regex>,
    /// Transformations of this source alone.
    pub transforms: Vec<Transform>,
}

/// An object whose members are sent together.
#[derive(Debug)]
pub struct BoundObject {
    /// Its name (`channels.chatConfiguration`).
    pub name: String,
    /// Full names of the managed fields in it.
    pub members: Vec<String>,
    /// Full names of those that the vendor needs.
    pub needs: Vec<String>,
    /// Values of members (by full name) that have none themselves.
    pub fill: Vec<(String, Value)>,
    /// What happens without one of those.
    pub incomplete: Incomplete,
    /// How the vendor is told that it is gone.
    pub clear: Clear,
}

/// Compiles a pattern that must match the whole text.
pub(super) fn whole(pattern: &str) -> Result<Regex, String> {
    Regex::new(&format!("^(?:{pattern})$")).map_err(|error| format!("{pattern:?} is no regular expression: {error}"))
}

/// Prepares a field; `None` when a setting says that it is not managed. Problems are added to `problems`.
pub(super) fn bind_field(
    name: &str,
    spec: &Field,
    settings: &SettingNames<'_>,
    problems: &mut Vec<BindProblem>,
) -> Option<BoundField> {
    let place = |key: &str| format!("users.fields.{name}.{key}");
    if spec.only_if.as_ref().is_some_and(|tree| is_switched_off(tree, &place("only_if"), settings, problems)) {
        return None;
    }
    let true_when = bind_conditions(&spec.true_when, &place("true_when"), problems);
    let mut note = |key: &str, problem: String| problems.push(BindProblem::new(place(key), problem));
    let mut sources = Vec::new();
    for source in spec.from.iter().flat_map(OneOrMany::as_slice) {
        let (path, pattern, transforms) = match source {
            Source::Path(path) => (path, None, Vec::new()),
            Source::Conditional(conditional) => {
                (&conditional.path, Some(&conditional.matches), conditional.transforms.clone())
            }
        };
        let matches = pattern.map(|pattern| whole(pattern)).transpose();
        match (ScimPath::parse(path), matches) {
            (Ok(path), Ok(matches)) => sources.push(BoundSource { path, matches, transforms }),
            (path, matches) => {
                path.err().into_iter().chain(matches.err()).for_each(|problem| note("from", problem));
            }
        }
    }
    let expression = spec.expr.as_deref().and_then(|text| {
        Expression::compile(text).map_err(|problem| note("expr", format!("{text:?}: {problem}"))).ok()
    });
    let mut to = Vec::new();
    for path in spec.to.iter().flat_map(OneOrMany::as_slice) {
        match ScimPath::parse(path) {
            Ok(path) => to.push(path),
            Err(problem) => note("to", problem),
        }
    }
    if spec.to.is_none() {
        to.extend(sources.first().map(|source| source.path.clone()));
    }
    let default = match spec.default.as_ref().map(|tree| tree.resolve(settings)).transpose() {
        Ok(value) => value.flatten().filter(|value| !value.is_null()),
        Err(error) => {
            note("default", error.to_string());
            None
        }
    };
    let default = default
        .and_then(|value| coerce(kind_before_lookup(spec), value).map_err(|problem| note("default", problem)).ok());
    let read = match spec.read.as_deref().map(VendorPath::parse).transpose() {
        Ok(path) => path.unwrap_or_else(|| VendorPath::of_field(name)),
        Err(problem) => {
            note("read", problem);
            VendorPath::of_field(name)
        }
    };
    let read_each = spec.read_each.as_ref().and_then(|paths| {
        match (VendorPath::parse(&paths.name), VendorPath::parse(&paths.value)) {
            (Ok(name), Ok(value)) => Some((name, value)),
            (name, value) => {
                name.err().into_iter().chain(value.err()).for_each(|problem| note("read_each", problem));
                None
            }
        }
    });
    let values = allowed_values(spec, settings, &mut note);
    let pattern = match spec.pattern.as_deref().map(whole).transpose() {
        Ok(pattern) => pattern,
        Err(problem) => {
            note("pattern", problem);
            None
        }
    };
    Some(BoundField {
        attribute: attribute(name, &sources, expression.as_ref()),
        name: name.to_owned(),
        sources,
        expression,
        to,
        default,
        table: spec.table.as_ref().map(ValueTable::new),
        // the catalogs of a file that has fields with look-ups are people's: see `Common::bind`
        lookup: None,
        read,
        true_when,
        read_each,
        pattern,
        parts: name.split('.').map(str::to_owned).collect(),
        cannot_change: bind_cannot_change(name, spec, settings, problems),
        spec: Field { values, ..spec.clone() },
    })
}

/// The allowed values, those of settings filled in.
fn allowed_values(spec: &Field, settings: &SettingNames<'_>, note: &mut impl FnMut(&str, String)) -> Vec<Value> {
    let mut values = Vec::new();
    for value in &spec.values {
        let Some(setting) = setting_named(value) else {
            values.push(value.clone());
            continue;
        };
        match Tree::Reference(vec!["settings".to_owned(), setting.to_owned()]).resolve(settings) {
            Ok(Some(Value::Array(several))) => values.extend(several),
            Ok(Some(Value::Null) | None) => {}
            Ok(Some(one)) => values.push(one),
            Err(error) => note("values", error.to_string()),
        }
    }
    if values.is_empty() && !spec.values.is_empty() {
        note("values", "the settings name no value, so none would be allowed".to_owned());
    }
    values
}

/// The setting that an allowed value stands for.
pub(in crate::mapping) fn setting_named(value: &Value) -> Option<&str> {
    value.as_str()?.strip_prefix("$settings.")
}

/// Does a setting say that something does not exist?
pub(super) fn is_switched_off(
    only_if: &Tree,
    place: &str,
    settings: &SettingNames<'_>,
    problems: &mut Vec<BindProblem>,
) -> bool {
    let problem = match only_if.resolve(settings) {
        Ok(Some(Value::Bool(is_on))) => return !is_on,
        Ok(None | Some(Value::Null)) => return true,
        Ok(Some(other)) => format!("true or false is needed, not {other}"),
        Err(error) => error.to_string(),
    };
    problems.push(BindProblem::new(place, problem));
    false
}

fn bind_cannot_change(
    name: &str,
    spec: &Field,
    settings: &SettingNames<'_>,
    problems: &mut Vec<BindProblem>,
) -> CannotChange {
    let Some(tree) = &spec.cannot_change else { return CannotChange::default() };
    let word = tree.resolve_text(settings).ok().flatten().unwrap_or_default();
    CannotChange::parse(&word).unwrap_or_else(|| {
        let near = hint(&word, CannotChange::WORDS);
        let problem = format!("{word:?} is neither refuse nor report{near}");
        problems.push(BindProblem::new(format!("users.fields.{name}.cannot_change"), problem));
        CannotChange::default()
    })
}

/// What an administrator calls the field: its SCIM attributes, or the vendor's name when it has none.
fn attribute(name: &str, sources: &[BoundSource], expression: Option<&Expression>) -> String {
    if let Some(expression) = expression {
        let read: Vec<&str> =
            expression.attributes().iter().filter_map(|attribute| attribute.strip_prefix("user.")).collect();
        return if read.is_empty() { name.to_owned() } else { read.join(" or ") };
    }
    if sources.is_empty() {
        return name.to_owned();
    }
    let mut paths: Vec<String> = Vec::new();
    for source in sources {
        let path = source.path.to_string();
        if !paths.contains(&path) {
            paths.push(path);
        }
    }
    paths.join(" or ")
}

/// Prepares an object. Problems are added to `problems`.
pub(super) fn bind_object(
    name: &str,
    rule: &ObjectRule,
    fields: &IndexMap<String, BoundField>,
    settings: &SettingNames<'_>,
    problems: &mut Vec<BindProblem>,
) -> BoundObject {
    let prefix = format!("{name}.");
    let mut filled = Vec::new();
    for (member, tree) in &rule.fill {
        let full = format!("{prefix}{member}");
        let place = format!("users.objects.{name}.fill.{member}");
        let Some(field) = fields.get(&full) else {
            let near = hint(&full, fields.keys().map(String::as_str));
            problems.push(BindProblem::new(place, format!("there is no managed field {full}{near}")));
            continue;
        };
        let value = tree.resolve(settings).map_err(|error| error.to_string());
        match value.and_then(|value| value.map(|value| coerce(kind_before_lookup(&field.spec), value)).transpose()) {
            Ok(Some(value)) => filled.push((full, value)),
            Ok(None) => {}
            Err(problem) => problems.push(BindProblem::new(place, problem)),
        }
    }
    BoundObject {
        name: name.to_owned(),
        needs: rule.needs.iter().map(|need| format!("{prefix}{need}")).collect(),
        members: fields.keys().filter(|field| field.starts_with(&prefix)).cloned().collect(),
        fill: filled,
        incomplete: rule.incomplete,
        clear: rule.clear,
    }
}

/// The type of the value on the SCIM side: what is looked up are texts.
pub(super) fn kind_before_lookup(spec: &Field) -> FieldType {
    match (spec.kind, &spec.lookup) {
        (kind, None) | (kind @ FieldType::LevelMap, _) => kind,
        (FieldType::StringList | FieldType::IntegerList, Some(_)) => FieldType::StringList,
        (_, Some(_)) => FieldType::String,
    }
}

impl BoundField {
    /// Does the vendor hold a list here?
    pub fn is_list(&self) -> bool {
        matches!(self.spec.kind, FieldType::StringList | FieldType::IntegerList)
    }
}
