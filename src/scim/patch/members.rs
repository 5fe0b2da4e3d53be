//! Changes to a group's `members` as differences, so that a group of any size can be changed without reading its members.
//! Knows no store.

use serde_json::{Map, Value};

use super::PatchRequest;
use super::step::{ElementChange, Listed, Operation, Place, Step};
use crate::scim::filter::{Filter, Operator};

/// One change to the members of a group.
#[derive(Debug, Clone, PartialEq)]
pub enum MemberChange {
    /// These become members; who is one already stays as he is.
    Add(Vec<Map<String, Value>>),
    /// These (ids) are members no longer; who is none already is no error.
    Remove(Vec<String>),
    /// Exactly these are members.
    Set(Vec<Map<String, Value>>),
    /// Nobody is a member.
    Clear,
}

impl PatchRequest {
    /// Splits the request into the changes to `members`, in order, and everything else. `None` when a change depends on the members that are
    /// there (a filter other than `value eq "…"`, a part of a member): then the whole resource is needed.
    pub fn split_members(&self) -> Option<(Vec<MemberChange>, Self)> {
        let mut changes = Vec::new();
        let mut others = Vec::new();
        for operation in &self.operations {
            match place_of(&operation.step) {
                Some(at) if at.urn.is_none() && at.name == "members" => changes.push(member_change(operation)?),
                _ => others.push(operation.clone()),
            }
        }
        let rest = Self { operations: others, skipped: self.skipped.clone(), deactivates: self.deactivates };
        Some((changes, rest))
    }
}

fn place_of(step: &Step) -> Option<&Place> {
    match step {
        Step::Assign { at, .. }
        | Step::Unassign { at }
        | Step::Merge { at, .. }
        | Step::Append { at, .. }
        | Step::Overwrite { at, .. }
        | Step::RemoveListed { at, .. }
        | Step::Elements { at, .. } => Some(at),
        Step::ClearExtension { .. } | Step::Password(_) | Step::CheckId(_) => None,
    }
}

fn member_change(operation: &Operation) -> Option<MemberChange> {
    let objects =
        |elements: &[Value]| elements.iter().map(|element| element.as_object().cloned()).collect::<Option<Vec<_>>>();
    match &operation.step {
        Step::Unassign { .. } => Some(MemberChange::Clear),
        Step::Append { elements, .. } => objects(elements).map(MemberChange::Add),
        Step::Overwrite { elements, .. } => objects(elements).map(MemberChange::Set),
        Step::RemoveListed { listed, .. } => {
            let id = |one: &Listed| match one {
                Listed::Value(Value::String(id)) => Some(id.clone()),
                _ => None,
            };
            listed.iter().map(id).collect::<Option<_>>().map(MemberChange::Remove)
        }
        Step::Elements { filter: Some(filter), change: ElementChange::Remove, .. } => {
            let mut ids = Vec::new();
            collect_ids(filter, &mut ids)?;
            Some(MemberChange::Remove(ids))
        }
        _ => None,
    }
}

/// The ids in `value eq "…"`, or in several of them joined by `or`.
fn collect_ids(filter: &Filter, ids: &mut Vec<String>) -> Option<()> {
    match filter {
        Filter::Or(left, right) => {
            collect_ids(left, ids)?;
            collect_ids(right, ids)
        }
        Filter::Compare(path, Operator::Eq, Value::String(id)) if path.name == "value" => {
            ids.push(id.clone());
            Some(())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::PATCH_OP;
    use super::*;
    use crate::scim::schema::group_type;

    fn split(operations: &Value) -> Option<(Vec<MemberChange>, PatchRequest)> {
        let message = json!({"schemas": [PATCH_OP], "Operations": operations});
        PatchRequest::parse(&message, &group_type()).unwrap().split_members()
    }

    fn members(value: Value) -> Vec<Map<String, Value>> {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn membership_changes_are_differences_in_order() {
        // D25, R50
        let (changes, rest) = split(&json!([
            {"op": "replace", "value": {"displayName": "New"}},
            {"op": "add", "path": "members", "value": [{"value": "1"}, "2"]},
            {"op": "remove", "path": "members[value eq \"1\"]"},
            {"op": "remove", "path": "members[value eq \"3\" or value eq \"4\"]"},
            {"op": "Remove", "path": "members", "value": [{"$ref": null, "value": "2"}]},
            {"op": "replace", "path": "members", "value": [{"value": "5", "display": "E"}]},
            {"op": "remove", "path": "members"}
        ]))
        .unwrap();
        let expected = [
            MemberChange::Add(members(json!([{"value": "1"}, {"value": "2"}]))),
            MemberChange::Remove(vec!["1".to_owned()]),
            MemberChange::Remove(vec!["3".to_owned(), "4".to_owned()]),
            MemberChange::Remove(vec!["2".to_owned()]),
            MemberChange::Set(members(json!([{"value": "5", "display": "E"}]))),
            MemberChange::Clear,
        ];
        assert_eq!(changes, expected);
        let stored = json!({"displayName": "Old"});
        let patched = rest.apply("g", stored.as_object().unwrap(), &group_type()).unwrap();
        assert_eq!(Value::Object(patched.attributes), json!({"displayName": "New"}));
    }

    #[test]
    fn what_depends_on_the_members_that_are_there_is_not_split() {
        for operation in [
            json!({"op": "remove", "path": "members[display co \"x\"]"}),
            json!({"op": "remove", "path": "members[not (value eq \"1\")]"}),
            json!({"op": "add", "path": "members[value eq \"1\"].display", "value": "x"}),
            json!({"op": "remove", "path": "members", "value": [{"type": "Group"}]}),
        ] {
            assert_eq!(split(&json!([operation])), None, "{operation}");
        }
    }
}
