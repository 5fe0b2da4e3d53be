//! What holds for any operations on any group: taking the changes to members as differences ends where applying everything to the whole group ends.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::json;

use super::super::{MemberChange, PATCH_OP, PatchRequest, Patched};
use crate::scim::error::ScimError;
use crate::scim::resource::{read, with_schemas};
use crate::scim::schema::{GROUP, group_type};
use serde_json::{Map, Value};

const PEOPLE: [&str; 6] = ["a", "b", "c", "d", "e", "F"];

fn person() -> impl Strategy<Value = String> {
    select(&PEOPLE[..]).prop_map(str::to_owned)
}

/// A member as one of the clients writes it.
fn member() -> impl Strategy<Value = Value> {
    (person(), 0..5_u8).prop_map(|(id, form)| match form {
        0 => json!(id),
        1 => json!({ "value": id, "display": format!("name of {id}") }),
        2 => json!({ "$ref": null, "value": id }),
        3 => json!({ "value": id, "type": "User", "display": null }),
        _ => json!({ "value": id }),
    })
}

fn members() -> impl Strategy<Value = Value> {
    prop_oneof![prop::collection::vec(member(), 0..4).prop_map(Value::Array), member(),]
}

fn stored() -> impl Strategy<Value = Map<String, Value>> {
    (prop::collection::btree_set(person(), 0..5), select(vec!["Care", "Support"]), any::<bool>()).prop_map(
        |(ids, name, external)| {
            let members: Vec<Value> = ids.iter().map(|id| json!({ "value": id })).collect();
            let external = if external { json!("x") } else { Value::Null };
            let body = json!({ "displayName": name, "externalId": external, "members": members });
            read(&body, &group_type()).unwrap().attributes
        },
    )
}

/// An operation of any dialect on members, with path or without.
fn on_members() -> impl Strategy<Value = Value> {
    let path = || select(vec!["members".to_owned(), "Members".to_owned(), format!("{GROUP}:members")]);
    let filtered = prop_oneof![
        person().prop_map(|id| format!("members[value eq \"{id}\"]")),
        (person(), person()).prop_map(|(one, two)| format!("members[value eq \"{one}\" or value eq \"{two}\"]")),
    ];
    prop_oneof![
        (select(vec!["add", "Add", "replace", "Replace", "remove", "Remove"]), path(), members())
            .prop_map(|(op, path, value)| json!({ "op": op, "path": path, "value": value })),
        (select(vec!["add", "replace"]), members())
            .prop_map(|(op, value)| json!({ "op": op, "value": { "members": value } })),
        filtered.prop_map(|path| json!({ "op": "remove", "path": path })),
        path().prop_map(|path| json!({ "op": "remove", "path": path })),
        select(vec!["add", "replace"]).prop_map(|op| json!({ "op": op, "path": "members", "value": [] })),
    ]
}

/// An operation on something else.
fn on_others() -> impl Strategy<Value = Value> {
    let word = || select(vec![json!("Care"), json!("Support"), json!("é")]);
    prop_oneof![
        (select(vec!["add", "Replace"]), word())
            .prop_map(|(op, word)| json!({ "op": op, "path": "displayName", "value": word })),
        word().prop_map(|word| json!({ "op": "replace", "value": { "id": "g", "displayName": word, "unknown": 1 } })),
        select(vec![json!("x"), json!("y"), Value::Null])
            .prop_map(|word| json!({ "op": "replace", "value": { "externalId": word } })),
        Just(json!({ "op": "remove", "path": "externalId" })),
        (word(), members()).prop_map(
            |(word, members)| json!({ "op": "replace", "value": { "displayName": word, "members": members } })
        ),
    ]
}

fn operations() -> impl Strategy<Value = Vec<Value>> {
    prop::collection::vec(prop_oneof![3 => on_members(), 1 => on_others()], 0..7)
}

fn request(operations: &[Value]) -> Result<PatchRequest, ScimError> {
    PatchRequest::parse(&json!({ "schemas": [PATCH_OP], "Operations": operations }), &group_type())
}

fn patch(stored: &Map<String, Value>, operations: &[Value]) -> Patched {
    request(operations).and_then(|request| request.apply("g", stored, &group_type())).unwrap()
}

fn ids(group: &Map<String, Value>) -> BTreeSet<String> {
    let members = group.get("members").and_then(Value::as_array).into_iter().flatten();
    members.map(|member| member["value"].as_str().unwrap().to_owned()).collect()
}

/// What the changes make of a set of members, as a store would carry them out.
fn carry_out(changes: Vec<MemberChange>, mut members: BTreeSet<String>) -> BTreeSet<String> {
    let id = |element: &Map<String, Value>| element["value"].as_str().unwrap().to_owned();
    for change in changes {
        match change {
            MemberChange::Add(elements) => members.extend(elements.iter().map(id)),
            MemberChange::Remove(gone) => members.retain(|member| !gone.contains(member)),
            MemberChange::Set(elements) => members = elements.iter().map(id).collect(),
            MemberChange::Clear => members.clear(),
        }
    }
    members
}

proptest! {
    #[test]
    fn differences_end_where_the_whole_group_ends(stored in stored(), operations in operations()) {
        let whole = patch(&stored, &operations);
        let (changes, rest) = request(&operations).unwrap().split_members().expect("these are all differences");
        let mut without = stored.clone();
        without.shift_remove("members");
        let rest = rest.apply("g", &without, &group_type()).unwrap();
        prop_assert_eq!(carry_out(changes, ids(&stored)), ids(&whole.attributes));
        let mut others = whole.attributes.clone();
        others.shift_remove("members");
        prop_assert_eq!(&rest.attributes, &others);
        // Nothing has changed in the whole only when nothing has changed in the parts.
        if !whole.changed {
            prop_assert!(!rest.changed);
            prop_assert_eq!(ids(&stored), ids(&whole.attributes));
        }
    }

    #[test]
    fn members_are_never_doubled_and_say_nothing_empty(stored in stored(), operations in operations()) {
        let group = patch(&stored, &operations).attributes;
        let members = group.get("members").and_then(Value::as_array).map_or(0, Vec::len);
        prop_assert_eq!(ids(&group).len(), members);
        prop_assert!(group.get("members") != Some(&json!([])), "no members are no attribute");
        let put_back = read(&Value::Object(with_schemas(&group, &group_type())), &group_type()).unwrap();
        prop_assert_eq!(put_back.attributes, group, "what a client reads and puts back is the same again");
    }

    #[test]
    fn doing_it_twice_is_doing_it_once(stored in stored(), operation in prop_oneof![on_members(), on_others()]) {
        let operation = [operation];
        let once = patch(&stored, &operation);
        let twice = patch(&once.attributes, &operation);
        prop_assert!(!twice.changed, "{:?} became {:?}", once.attributes, twice.attributes);
    }

    #[test]
    fn operations_on_groups_take_effect_in_order(stored in stored(), operations in operations()) {
        let at_once = patch(&stored, &operations).attributes;
        let one_by_one = operations.iter().fold(stored, |state, operation| patch(&state, std::slice::from_ref(operation)).attributes);
        prop_assert_eq!(ids(&at_once), ids(&one_by_one));
        for name in ["displayName", "externalId"] {
            prop_assert_eq!(at_once.get(name), one_by_one.get(name));
        }
    }

    #[test]
    fn one_faulty_operation_spoils_the_members_too(stored in stored(), operations in operations(), at in any::<Index>(), kind in 0..3_u8) {
        let faulty = match kind {
            0 => json!({ "op": "replace", "path": "displayName", "value": "" }),
            1 => json!({ "op": "remove", "path": "displayName" }),
            _ => json!({ "op": "replace", "value": { "id": "another group" } }),
        };
        let mut operations = operations;
        operations.insert(at.index(operations.len() + 1), faulty);
        let whole = request(&operations).and_then(|request| request.apply("g", &stored, &group_type()));
        prop_assert!(whole.is_err(), "{:?}", operations);
        // The same when the members are taken apart: whoever applies the rest first has changed nothing yet.
        let rest = request(&operations).and_then(|request| {
            let (_, rest) = request.split_members().expect("these are all differences");
            rest.apply("g", &stored, &group_type())
        });
        prop_assert_eq!(whole.unwrap_err().to_string(), rest.unwrap_err().to_string());
    }
}
