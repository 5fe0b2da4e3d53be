//! The query of an account configuration call: `v`, `select`, `include_deleted`. It knows the syntax, not the fields.
//!
//! `select` is the docs' "YOGA gdata dialect" as far as it is shown: a list of names, each perhaps with sub-fields in one bracket, or `$all`. Unknown names are
//! absent from the answer without an error. The documented bug is kept: of a parent that is repeated only the last counts.

use serde_json::Value;

use super::account::Entity;

/// The fields that the old docs say are answered without `select`.
const SUMMARY: [&str; 4] = ["id", "pid", "deleted", "loginName"];

/// What a call's query says.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    /// Which fields; none when it does not say.
    pub select: Option<Select>,
    /// Whether deleted ones are meant as well.
    pub include_deleted: bool,
}

/// Fields of an answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Select {
    /// All.
    All,
    /// These, in this order, perhaps with sub-fields.
    Fields(Vec<(String, Vec<String>)>),
}

impl Query {
    /// Reads a query; `Err` says which part is wrong.
    pub fn read(query: &str) -> Result<Self, String> {
        let mut read = Self { select: None, include_deleted: false };
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            match name.as_ref() {
                "v" if value.parse::<f64>().is_ok_and(|version| version.is_finite() && version > 0.0) => {}
                "v" => return Err("v must be a number".to_owned()),
                "select" => read.select = Some(Select::read(&value)?),
                "include_deleted" => {
                    read.include_deleted =
                        value.parse().map_err(|_| "include_deleted must be true or false".to_owned())?;
                }
                _ => {}
            }
        }
        Ok(read)
    }
}

impl Select {
    /// The four fields of a summary.
    pub fn summary() -> Self {
        Self::Fields(SUMMARY.iter().map(|name| ((*name).to_owned(), Vec::new())).collect())
    }

    fn read(text: &str) -> Result<Self, String> {
        let wrong = || format!("select: {text:?} is not a list of fields");
        let mut fields: Vec<(String, Vec<String>)> = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let end = rest.find([',', '(']).unwrap_or(rest.len());
            let name = rest[..end].trim();
            let mut below = Vec::new();
            rest = &rest[end..];
            if let Some(inner) = rest.strip_prefix('(') {
                let (list, after) = inner.split_once(')').ok_or_else(wrong)?;
                below = list.split(',').map(|one| one.trim().to_owned()).collect();
                if below.iter().any(|one| one.is_empty() || one.contains('(')) {
                    return Err(wrong());
                }
                rest = after;
            }
            if name.is_empty() || name.contains(')') || !(rest.is_empty() || rest.starts_with(',')) {
                return Err(wrong());
            }
            rest = rest.strip_prefix(',').unwrap_or(rest);
            fields.retain(|(before, _)| before != name);
            fields.push((name.to_owned(), below));
        }
        if fields.iter().any(|(name, _)| name == "$all") { Ok(Self::All) } else { Ok(Self::Fields(fields)) }
    }

    /// What of an entity is answered.
    pub fn apply(&self, mut entity: Entity) -> Entity {
        let Self::Fields(fields) = self else { return entity };
        let mut chosen = Entity::new();
        for (name, below) in fields {
            if let Some(value) = entity.shift_remove(name) {
                chosen.insert(name.clone(), if below.is_empty() { value } else { narrow(value, below) });
            }
        }
        chosen
    }
}

/// Sub-fields of an object, or of each object of a list.
fn narrow(value: Value, names: &[String]) -> Value {
    match value {
        Value::Object(mut object) => {
            names.iter().filter_map(|name| object.shift_remove(name).map(|value| (name.clone(), value))).collect()
        }
        Value::Array(items) => items.into_iter().map(|item| narrow(item, names)).collect(),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn selected(select: &str) -> Result<Value, String> {
        let user = json!({ "id": 1, "loginName": "a", "memberOf": { "agentGroupId": 5, "assignmentDate": "d" }, "managerOf": [{ "agentGroupId": 6, "assignmentDate": "e" }] });
        Select::read(select).map(|select| Value::Object(select.apply(user.as_object().unwrap().clone())))
    }

    #[test]
    fn select_chooses_fields_and_sub_fields() {
        assert_eq!(selected("id, loginName"), Ok(json!({ "id": 1, "loginName": "a" })));
        assert_eq!(selected("memberOf(agentGroupId)"), Ok(json!({ "memberOf": { "agentGroupId": 5 } })));
        assert_eq!(
            selected("id,managerOf(assignmentDate,agentGroupId)"),
            Ok(json!({ "id": 1, "managerOf": [{ "assignmentDate": "e", "agentGroupId": 6 }] }))
        );
        assert_eq!(selected("nothing,id,memberOf(else)"), Ok(json!({ "id": 1, "memberOf": {} })));
        assert_eq!(selected("$all").map(|user| user.as_object().unwrap().len()), Ok(4));
    }

    #[test]
    fn of_a_repeated_parent_only_the_last_counts() {
        assert_eq!(
            selected("memberOf(agentGroupId),memberOf(assignmentDate)"),
            Ok(json!({ "memberOf": { "assignmentDate": "d" } }))
        );
    }

    #[test]
    fn what_is_no_list_of_fields_is_refused() {
        for select in ["memberOf(agentGroupId", "memberOf)", "a(b(c))", ",", "id,,pid", "memberOf()", "a(b)c"] {
            assert!(selected(select).is_err(), "{select}");
        }
        assert!(Query::read("v=six").is_err() && Query::read("v=6.0&select=%24all&source=ccui").is_ok());
        assert!(Query::read("include_deleted=yes").is_err());
    }
}
