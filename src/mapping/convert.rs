//! Converts single values between the SCIM side and the vendor's side: types, transforms, tables. It knows no field and no resource.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::expression::{language, local_part};
use super::model::{FieldType, Table, Transform, Unknown};
use super::tree::resolve::{kind_of, scalar_text};
use crate::scim::text::fold;

/// Gives a value the type that the vendor wants. A list where one value is wanted yields its first element (callers order it by
/// preference); one value where a list is wanted becomes a list of one.
///
/// # Errors
/// When the value cannot have that type.
pub fn coerce(kind: FieldType, value: Value) -> Result<Value, String> {
    match (kind, value) {
        (FieldType::StringList, value) => list_of(value, FieldType::String),
        (FieldType::IntegerList, value) => list_of(value, FieldType::Integer),
        (FieldType::LevelMap, value) => level_map(value),
        (kind, Value::Array(values)) => match values.into_iter().next() {
            Some(first) => coerce(kind, first),
            None => Ok(Value::Null),
        },
        (FieldType::String, value) => scalar_text(&value).map(Value::String).ok_or_else(|| unfit("a text", &value)),
        (FieldType::Integer, value) => integer(&value).map(Value::from).ok_or_else(|| unfit("a whole number", &value)),
        (FieldType::Number, Value::String(text)) => {
            let number = text.trim().parse::<f64>().ok().and_then(serde_json::Number::from_f64);
            number.map(Value::Number).ok_or_else(|| unfit("a number", &Value::String(text)))
        }
        (FieldType::Number, value @ Value::Number(_)) | (FieldType::Boolean, value @ Value::Bool(_)) => Ok(value),
        (FieldType::Boolean, Value::String(text)) if text.eq_ignore_ascii_case("true") => Ok(Value::Bool(true)),
        (FieldType::Boolean, Value::String(text)) if text.eq_ignore_ascii_case("false") => Ok(Value::Bool(false)),
        (FieldType::Boolean, value) => Err(unfit("true or false", &value)),
        (FieldType::Number, value) => Err(unfit("a number", &value)),
    }
}

/// Names with levels: an object of them, or a list of `{value, level}` (of a name that comes twice, the higher level holds). Members without a
/// level are left out.
fn level_map(value: Value) -> Result<Value, String> {
    let pairs: Vec<(String, Value)> = match value {
        Value::Object(members) => members.into_iter().filter(|(_, level)| !is_empty(level)).collect(),
        Value::Array(elements) => elements.into_iter().map(level_of).collect::<Result<_, _>>()?,
        other => return Err(unfit("names with levels", &other)),
    };
    let mut levels = Map::new();
    for (name, level) in pairs {
        let level = integer(&level).ok_or_else(|| format!("{name}: {}", unfit("a whole number", &level)))?;
        let known = levels.get(&name).and_then(Value::as_i64);
        levels.insert(name, level.max(known.unwrap_or(level)).into());
    }
    Ok(Value::Object(levels))
}

fn level_of(element: Value) -> Result<(String, Value), String> {
    let Value::Object(mut members) = element else { return Err(unfit("an object with value and level", &element)) };
    let name = members.get("value").and_then(scalar_text).filter(|name| !name.is_empty());
    let name = name.ok_or("each of the names with levels needs a `value`")?;
    let level = members.remove("level").filter(|level| !level.is_null());
    level.map(|level| (name.clone(), level)).ok_or_else(|| format!("{name}: it needs a `level`"))
}

fn list_of(value: Value, kind: FieldType) -> Result<Value, String> {
    let values = match value {
        Value::Array(values) => values,
        Value::Null => Vec::new(),
        one => vec![one],
    };
    values.into_iter().map(|value| coerce(kind, value)).collect::<Result<Vec<_>, _>>().map(Value::Array)
}

fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64().or_else(|| whole(number.as_f64()?)),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

fn whole(number: f64) -> Option<i64> {
    // beyond 2^53 a float no longer says which whole number is meant
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if number.fract() != 0.0 || number.abs() > EXACT {
        return None;
    }
    format!("{number:.0}").parse().ok()
}

fn unfit(wanted: &str, value: &Value) -> String {
    match value {
        Value::String(text) => format!("{wanted} is needed, not the text {text:?}"),
        other => format!("{wanted} is needed, not {}", kind_of(other)),
    }
}

/// Applies transforms in their order. Those on texts reach into lists. `None` when nothing is left.
pub fn transform(transforms: &[Transform], value: Value) -> Option<Value> {
    let value = transforms.iter().try_fold(value, transform_once)?;
    (!is_empty(&value)).then_some(value)
}

fn transform_once(value: Value, transform: &Transform) -> Option<Value> {
    match (transform, value) {
        (Transform::First, Value::Array(values)) => values.into_iter().next(),
        (Transform::First, value) => Some(value),
        (Transform::Join(separator), Value::Array(values)) => {
            let texts: Vec<String> = values.iter().filter_map(scalar_text).collect();
            Some(Value::String(texts.join(separator)))
        }
        (Transform::Split(separator), Value::String(text)) => {
            let parts = text.split(separator.as_str()).map(str::trim).filter(|part| !part.is_empty());
            Some(Value::Array(parts.map(|part| Value::String(part.to_owned())).collect()))
        }
        (transform, Value::Array(values)) => {
            Some(Value::Array(values.into_iter().filter_map(|value| transform_once(value, transform)).collect()))
        }
        (transform, Value::String(text)) => Some(Value::String(transform_text(transform, text))),
        (_, value) => Some(value),
    }
}

fn transform_text(transform: &Transform, text: String) -> String {
    match transform {
        Transform::Trim => text.trim().to_owned(),
        Transform::Lower => text.to_lowercase(),
        Transform::Upper => text.to_uppercase(),
        Transform::LocalPart => local_part(&text).to_owned(),
        Transform::Language => language(&text).to_owned(),
        Transform::Replace { find, with } if !find.is_empty() => text.replace(find, with),
        Transform::Left(count) => text.chars().take(*count).collect(),
        Transform::First | Transform::Split(_) | Transform::Join(_) | Transform::Replace { .. } => text,
    }
}

/// Takes transforms back as far as that is possible, for import: joined texts are split, split ones joined; what cut or changed letters
/// leaves the value as the vendor has it.
pub fn transform_back(transforms: &[Transform], value: Value) -> Value {
    transforms.iter().rev().fold(value, |value, transform| match (transform, value) {
        (Transform::Join(separator), value @ Value::String(_)) => {
            transform_once(value.clone(), &Transform::Split(separator.clone())).unwrap_or(value)
        }
        (Transform::Split(separator), value @ Value::Array(_)) => {
            transform_once(value.clone(), &Transform::Join(separator.clone())).unwrap_or(value)
        }
        (_, value) => value,
    })
}

/// Is it no value in the sense of SCIM (RFC 7643 section 2.5: null, and an empty list) or an empty text?
pub fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(values) => values.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    }
}

/// A value table, ready for look-ups in both directions.
#[derive(Debug, Clone)]
pub struct ValueTable {
    by_word: HashMap<String, Value>,
    by_value: HashMap<String, String>,
    words: Vec<String>,
    unknown: Unknown,
    compares_words: bool,
}

/// What a table makes of a value.
#[derive(Debug, Clone, PartialEq)]
pub enum Looked {
    /// This.
    Value(Value),
    /// The word counts as no value.
    Skipped,
    /// The word is not known; this is the sentence.
    Refused(String),
}

impl ValueTable {
    /// Prepares a table.
    pub fn new(table: &Table) -> Self {
        let mut by_value = HashMap::new();
        for (word, value) in &table.values {
            by_value.entry(canonical(value)).or_insert_with(|| word.clone());
        }
        for (value, word) in &table.read {
            by_value.insert(value.clone(), word.clone());
        }
        Self {
            by_word: table.values.iter().map(|(word, value)| (fold(word), value.clone())).collect(),
            by_value,
            words: table.values.keys().cloned().collect(),
            unknown: table.unknown.clone(),
            compares_words: !table.read.is_empty(),
        }
    }

    /// From the SCIM side to the vendor's; lists element by element.
    pub fn look_up(&self, value: Value) -> Looked {
        let Value::Array(values) = value else { return self.look_up_one(value) };
        let mut found = Vec::with_capacity(values.len());
        for value in values {
            match self.look_up_one(value) {
                Looked::Value(value) => found.push(value),
                Looked::Skipped => {}
                refused @ Looked::Refused(_) => return refused,
            }
        }
        if found.is_empty() { Looked::Skipped } else { Looked::Value(Value::Array(found)) }
    }

    fn look_up_one(&self, value: Value) -> Looked {
        let word = canonical(&value);
        if let Some(known) = self.by_word.get(&fold(&word)) {
            return Looked::Value(known.clone());
        }
        match &self.unknown {
            Unknown::Refuse => {
                Looked::Refused(format!("{word:?} is not among the known values: {}", self.words.join(", ")))
            }
            Unknown::Keep => Looked::Value(value),
            Unknown::Skip => Looked::Skipped,
            Unknown::Use(value) => Looked::Value(value.clone()),
        }
    }

    /// From the vendor's side to the SCIM side; a value that no word stands for becomes its own text.
    pub fn look_back(&self, value: &Value) -> Value {
        match value {
            Value::Array(values) => Value::Array(values.iter().map(|value| self.look_back(value)).collect()),
            value => {
                let text = canonical(value);
                Value::String(self.by_value.get(&text).cloned().unwrap_or(text))
            }
        }
    }

    /// Are vendor values compared by the words that they read as?
    pub fn compares_words(&self) -> bool {
        self.compares_words
    }

    /// The words, in the order of the file.
    pub fn words(&self) -> &[String] {
        &self.words
    }
}

/// One text for values that mean the same on the wire: `7` and `"7"`, `true` and `"true"`.
pub fn canonical(value: &Value) -> String {
    scalar_text(value).unwrap_or_else(|| value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use indexmap::IndexMap;
    use serde_json::json;

    #[test]
    fn values_take_the_vendors_type() {
        for (kind, value, wanted) in [
            (FieldType::Integer, json!("42"), json!(42)),
            (FieldType::Integer, json!(42.0), json!(42)),
            (FieldType::Integer, json!(["7", "8"]), json!(7)),
            (FieldType::String, json!(42), json!("42")),
            (FieldType::Boolean, json!("True"), json!(true)),
            (FieldType::Number, json!("1.5"), json!(1.5)),
            (FieldType::IntegerList, json!("7"), json!([7])),
            (FieldType::StringList, json!([7, "x"]), json!(["7", "x"])),
        ] {
            assert_eq!(coerce(kind, value), Ok(wanted));
        }
    }

    #[test]
    fn a_value_of_another_type_is_named() {
        let problem = coerce(FieldType::Integer, json!("seven")).expect_err("no number");
        assert_eq!(problem, "a whole number is needed, not the text \"seven\"");
        assert!(coerce(FieldType::Integer, json!(1.5)).is_err());
        assert!(coerce(FieldType::Boolean, json!(1)).is_err());
        assert!(coerce(FieldType::String, json!({})).is_err());
    }

    #[test]
    fn names_with_levels_are_an_object_or_a_list() {
        let levels = |value| coerce(FieldType::LevelMap, value);
        assert_eq!(levels(json!({ "a": "50", "b": null })), Ok(json!({ "a": 50 })));
        let listed = json!([{ "value": "a", "level": 50 }, { "value": 7, "level": 1 }, { "value": "a", "level": 40 }]);
        assert_eq!(levels(listed), Ok(json!({ "a": 50, "7": 1 })));
        assert!(levels(json!([{ "value": "a" }])).expect_err("no level").contains("a: it needs a `level`"));
        assert!(levels(json!([{ "level": 5 }])).is_err());
        assert!(levels(json!({ "a": "high" })).expect_err("no number").starts_with("a: a whole number is needed"));
        assert!(levels(json!(5)).is_err());
    }

    #[test]
    fn transforms_follow_their_order_and_reach_into_lists() {
        let all = [Transform::Trim, Transform::Lower, Transform::Left(3)];
        assert_eq!(transform(&all, json!(["  ABCDE ", "x"])), Some(json!(["abc", "x"])));
        assert_eq!(transform(&[Transform::LocalPart], json!("a.b@c.d")), Some(json!("a.b")));
        assert_eq!(transform(&[Transform::Language], json!("fr-FR")), Some(json!("fr")));
        assert_eq!(transform(&[Transform::Trim], json!("   ")), None);
        let replace = Transform::Replace { find: " ".to_owned(), with: ".".to_owned() };
        assert_eq!(transform(&[replace], json!("a b c")), Some(json!("a.b.c")));
    }

    #[test]
    fn joining_and_splitting_take_each_other_back() {
        let split = [Transform::Split(",".to_owned())];
        assert_eq!(transform(&split, json!("a, b")), Some(json!(["a", "b"])));
        assert_eq!(transform_back(&split, json!(["a", "b"])), json!("a,b"));
    }

    fn table(unknown: Unknown) -> ValueTable {
        let values = IndexMap::from([
            ("Agent".to_owned(), json!(2)),
            ("operator".to_owned(), json!(2)),
            ("admin".to_owned(), json!(4)),
        ]);
        let read = IndexMap::from([("9".to_owned(), "admin".to_owned())]);
        ValueTable::new(&Table { values, read, unknown })
    }

    #[test]
    fn a_table_ignores_letter_case_and_reads_back_the_first_word() {
        let table = table(Unknown::Refuse);
        assert_eq!(table.look_up(json!("ADMIN")), Looked::Value(json!(4)));
        assert_eq!(table.look_back(&json!(2)), json!("Agent"));
        assert_eq!(table.look_back(&json!("9")), json!("admin"));
        assert_eq!(table.look_back(&json!(77)), json!("77"));
    }

    #[test]
    fn a_word_that_is_not_listed_meets_the_rule_of_the_table() {
        assert!(
            matches!(table(Unknown::Refuse).look_up(json!("boss")), Looked::Refused(problem) if problem.contains("Agent, operator, admin"))
        );
        assert_eq!(table(Unknown::Keep).look_up(json!("812")), Looked::Value(json!("812")));
        assert_eq!(table(Unknown::Skip).look_up(json!(["boss", "admin"])), Looked::Value(json!([4])));
        assert_eq!(table(Unknown::Skip).look_up(json!(["boss"])), Looked::Skipped);
        assert_eq!(table(Unknown::Use(json!(5))).look_up(json!("boss")), Looked::Value(json!(5)));
    }
}
