//! What holds for any operations on any user, and below for any group.

mod groups;

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::json;

use super::*;
use crate::scim::resource::{read, with_schemas};
use crate::scim::schema::{ENTERPRISE_USER, user_type};

/// An e-mail address of a small world, so that operations meet.
fn email() -> impl Strategy<Value = Value> {
    (select(vec!["work", "home", "other"]), select(vec!["a@x.y", "b@x.y", "c@x.y"]), any::<Option<bool>>()).prop_map(
        |(kind, value, primary)| match primary {
            Some(primary) => json!({"type": kind, "value": value, "primary": primary}),
            None => json!({"type": kind, "value": value}),
        },
    )
}

fn emails() -> impl Strategy<Value = Value> {
    prop::collection::vec(email(), 1..4).prop_map(Value::Array)
}

fn word() -> impl Strategy<Value = Value> {
    select(vec!["", "a", "b", "C", "é"]).prop_map(Value::from)
}

/// A stored user, in the form in which the bridge keeps it.
fn stored() -> impl Strategy<Value = Map<String, Value>> {
    (word(), word(), word(), emails(), any::<bool>(), word()).prop_map(|(title, given, family, emails, active, department)| {
        let body = json!({
            "userName": "mara", "title": title, "name": {"givenName": given, "familyName": family}, "emails": emails, "active": active,
            ENTERPRISE_USER: {"department": department}
        });
        read(&body, &user_type()).unwrap().attributes
    })
}

/// A value where an attribute of that kind takes one.
fn written() -> impl Strategy<Value = (String, Value)> {
    let simple =
        select(vec!["title", "name.givenName", "Name.familyName", "nickName", "department"]).prop_map(str::to_owned);
    let part = select(vec!["work", "home", "mobile"]).prop_map(|kind| format!("emails[type eq \"{kind}\"].value"));
    prop_oneof![
        (simple, word()),
        (Just("active".to_owned()), select(vec![json!(true), json!("False"), json!("")])),
        (Just("emails".to_owned()), emails()),
        (part, select(vec![json!("d@x.y"), json!("a@x.y"), json!("")])),
        (
            Just("name".to_owned()),
            (word(), word()).prop_map(|(given, family)| json!({"givenName": given, "familyName": family}))
        ),
        (Just(ENTERPRISE_USER.to_owned()), word().prop_map(|word| json!({"department": word, "costCenter": word}))),
    ]
}

fn operation() -> impl Strategy<Value = Value> {
    prop_oneof![
        (select(vec!["add", "Replace"]), written())
            .prop_map(|(op, (path, value))| json!({"op": op, "path": path, "value": value})),
        (select(vec!["Add", "replace"]), written())
            .prop_map(|(op, (path, value))| json!({"op": op, "value": {path: value}})),
        select(vec!["title", "name.givenName", "name", "emails", "emails[type eq \"work\"]", ENTERPRISE_USER])
            .prop_map(|path| json!({"op": "remove", "path": path})),
        email().prop_map(|email| json!({"op": "remove", "path": "emails", "value": [email]})),
    ]
}

fn request(operations: &[Value]) -> Result<PatchRequest, ScimError> {
    PatchRequest::parse(&json!({"schemas": [PATCH_OP], "Operations": operations}), &user_type())
}

fn patch(stored: &Map<String, Value>, operations: &[Value]) -> Patched {
    request(operations).and_then(|request| request.apply("7a3f", stored, &user_type())).unwrap()
}

/// JSON of any shape, with the words that mean something here.
fn any_json() -> impl Strategy<Value = Value> {
    let words = [
        "op",
        "add",
        "remove",
        "path",
        "value",
        "emails",
        "emails[type eq \"work\"].value",
        "members",
        "name",
        "active",
        "schemas",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        select(words.to_vec()).prop_map(Value::from),
        ".{0,6}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            prop::collection::vec((select(words.to_vec()), inner), 0..4).prop_map(|members| Value::Object(
                members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
            )),
        ]
    })
}

proptest! {
    #[test]
    fn replacing_twice_is_replacing_once(stored in stored(), (path, value) in written()) {
        let operation = [json!({"op": "replace", "path": path, "value": value})];
        let once = patch(&stored, &operation);
        let twice = patch(&once.attributes, &operation);
        prop_assert!(!twice.changed, "{:?} became {:?}", once.attributes, twice.attributes);
        prop_assert_eq!(once.attributes, twice.attributes);
    }

    #[test]
    fn changed_says_whether_the_state_is_another(stored in stored(), operations in prop::collection::vec(operation(), 0..6)) {
        let result = patch(&stored, &operations);
        prop_assert_eq!(result.changed, result.attributes != stored);
        // Putting every attribute back, in another order, ends where it began.
        let mut back = vec![json!({"op": "remove", "path": ENTERPRISE_USER})];
        for name in ["title", "name", "nickName", "emails"] {
            back.push(json!({"op": "remove", "path": name}));
        }
        back.push(json!({"op": "replace", "value": stored}));
        let mut there_and_back = operations.clone();
        there_and_back.extend(back);
        let result = patch(&stored, &there_and_back);
        prop_assert!(!result.changed, "{:?}", result.attributes);
    }

    #[test]
    fn operations_take_effect_in_order(stored in stored(), operations in prop::collection::vec(operation(), 0..6)) {
        let at_once = patch(&stored, &operations).attributes;
        let one_by_one = operations.iter().fold(stored, |state, operation| patch(&state, std::slice::from_ref(operation)).attributes);
        let (mut at_once, mut one_by_one) = (with_schemas(&at_once, &user_type()), with_schemas(&one_by_one, &user_type()));
        // The order of values says nothing, and is restored per request. `primary` is left aside: an element that loses its value and gets
        // one again keeps the mark within one request, and is a new element without it across two.
        for state in [&mut at_once, &mut one_by_one] {
            if let Some(emails) = state.get_mut("emails").and_then(Value::as_array_mut) {
                for email in emails.iter_mut().filter_map(Value::as_object_mut) {
                    email.shift_remove("primary");
                }
                emails.sort_by_key(|email| format!("{}{}", email["type"], email["value"]));
            }
        }
        prop_assert_eq!(at_once, one_by_one);
    }

    #[test]
    fn one_faulty_operation_spoils_all(stored in stored(), operations in prop::collection::vec(operation(), 0..4), at in any::<prop::sample::Index>()) {
        let mut operations = operations;
        let at = at.index(operations.len() + 1);
        operations.insert(at, json!({"op": "add", "path": "title", "value": 5}));
        let result = request(&operations).and_then(|request| request.apply("7a3f", &stored, &user_type()));
        let said = format!("operation {} ", at + 1);
        prop_assert!(matches!(&result, Err(ScimError::InvalidValue(problem)) if problem.starts_with(&said)), "{:?}", result);
    }

    #[test]
    fn the_result_is_in_the_form_that_is_kept(stored in stored(), operations in prop::collection::vec(operation(), 0..6)) {
        let result = patch(&stored, &operations).attributes;
        // What a client reads and puts back is the same again (section 3.4).
        let put_back = read(&Value::Object(with_schemas(&result, &user_type())), &user_type()).unwrap();
        prop_assert_eq!(put_back.attributes, result);
    }

    #[test]
    fn no_message_makes_it_panic(operations in any_json(), stored in stored()) {
        let message = json!({"schemas": [PATCH_OP], "Operations": operations});
        if let Ok(request) = PatchRequest::parse(&message, &user_type()) {
            let _ = request.apply("7a3f", &stored, &user_type());
        }
        let _ = read(&operations, &user_type());
    }

    #[test]
    fn no_operation_makes_it_panic(op in select(vec!["add", "replace", "remove"]), path in any_json(), value in any_json(), stored in any_json()) {
        let message = json!({"schemas": [PATCH_OP], "Operations": [{"op": op, "path": path, "value": value}]});
        let empty = Map::new();
        if let Ok(request) = PatchRequest::parse(&message, &user_type()) {
            let _ = request.apply("7a3f", stored.as_object().unwrap_or(&empty), &user_type());
        }
    }
}
