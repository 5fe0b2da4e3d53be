//! The shipped mapping, bound and used: what the language promises, seen on a real vendor.

mod groups;

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::*;
use crate::mapping::bundle::Bundle;
use crate::mapping::model::Meaning;
use crate::mapping::plan::plan;
use crate::mapping::wire::{Body, HttpAnswer, HttpRequest};

pub(crate) fn bundle() -> Bundle {
    let file = |name: &str| {
        let path = format!("{}/mappings/iadvize/{name}", env!("CARGO_MANIFEST_DIR"));
        std::fs::read_to_string(path).expect("a file of the repository")
    };
    Bundle {
        path: "mappings/iadvize/mapping.yaml".to_owned(),
        text: file("mapping.yaml"),
        others: ["schema.graphql", "operations.graphql"].map(|name| (name.to_owned(), file(name))).into(),
    }
}

pub(crate) fn bind(settings: Value) -> Result<Bound, Vec<BindProblem>> {
    let bundle = bundle();
    let file: MappingFile = serde_saphyr::from_str(&bundle.text).expect("the shipped mapping is readable");
    Bound::bind(Arc::new(file), Arc::new(bundle), &object(settings))
}

pub(super) fn bound(settings: Value) -> Bound {
    bind(settings).expect("binds")
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        other => panic!("an object is needed, not {other}"),
    }
}

pub(super) fn person(more: Value) -> Map<String, Value> {
    let mut person = object(json!({
        "userName": "ada@example.com",
        "name": { "givenName": "Ada", "familyName": "Lovelace" },
        "emails": [{ "value": "ada@example.com", "type": "work", "primary": true }],
        "active": true,
    }));
    person.extend(object(more));
    person
}

fn record(bound: &Bound, resource: &Map<String, Value>) -> Value {
    match bound.desired(resource, Beside::default()).expect("maps").desired {
        Desired::Present(record) | Desired::Parked(record) => Value::Object(record.0),
        Desired::Absent => Value::Null,
    }
}

fn answer(status: u16, body: Value) -> HttpAnswer {
    HttpAnswer { status, headers: Vec::new(), text: body.to_string(), json: Some(body) }
}

fn create_request(bound: &Bound) -> HttpRequest {
    let record = Record(object(json!({ "email": "ada@example.com", "lastName": "Lovelace" })));
    bound.request(&CallName::Create, &Scope { record, ..Scope::default() }).expect("renders")
}

#[test]
fn settings_that_do_not_fit_are_named_with_their_nearest_neighbour() {
    let problems = bind(json!({ "platfrom": "ha", "deactivation": "dlete", "base_url": "http://example.com" }))
        .expect_err("wrong");
    let all: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert!(all.iter().any(|problem| problem.contains("did you mean platform?")), "{all:?}");
    assert!(all.iter().any(|problem| problem.contains("did you mean delete?")), "{all:?}");
    assert!(all.iter().any(|problem| problem.contains("loopback")), "{all:?}");
}

#[test]
fn a_person_becomes_a_record_with_defaults() {
    let bound = bound(json!({ "project_ids": [6661] }));
    assert_eq!(
        record(&bound, &person(json!({}))),
        json!({ "email": "ada@example.com", "firstName": "Ada", "lastName": "Lovelace", "userName": "Ada", "roleId": 2, "projectIds": [6661] })
    );
}

#[test]
fn the_work_address_is_taken_when_none_is_primary() {
    let emails =
        json!([{ "value": "home@example.com", "type": "home" }, { "value": "work@example.com", "type": "work" }]);
    assert_eq!(record(&bound(json!({})), &person(json!({ "emails": emails })))["email"], "work@example.com");
}

#[test]
fn a_role_is_a_word_of_the_table_or_a_number() {
    let bound = bound(json!({}));
    let role = |role: &str| {
        let extension = json!({ "urn:scim-bridge:iadvize:2.0:User": { "roleId": role } });
        bound.desired(&person(extension), Beside::default())
    };
    let number = |word: &str| match role(word).expect("maps").desired {
        Desired::Present(record) => record.0["roleId"].clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!((number("Manager"), number("812")), (json!(3), json!(812)));
    let error = role("boss").expect_err("unknown");
    assert!(error.to_string().contains("operator, manager"), "{error}");
}

#[test]
fn a_missing_needed_value_names_the_attribute() {
    let error =
        bound(json!({})).desired(&object(json!({ "userName": "ada" })), Beside::default()).expect_err("no address");
    assert!(error.to_string().starts_with("emails.value or userName: \"ada\" does not have the form"), "{error}");
}

#[test]
fn a_password_travels_only_where_a_setting_says_so() {
    let secrets = object(json!({ "password": "Xy7-long-enough-really" }));
    let off = bound(json!({}))
        .desired(&person(json!({})), Beside { secrets: Some(&secrets), ..Beside::default() })
        .expect("maps");
    assert_eq!(off.transient, Record::default());
    let on = bound(json!({ "send_password": true }))
        .desired(&person(json!({})), Beside { secrets: Some(&secrets), ..Beside::default() })
        .expect("maps");
    assert_eq!(on.transient.0["password"], "Xy7-long-enough-really");
    let Desired::Present(record) = on.desired else { panic!("present") };
    assert!(!record.0.contains_key("password"));
}

#[test]
fn objects_are_filled_up_or_left_out() {
    let bound = bound(json!({}));
    let chat = record(&bound, &person(json!({ "urn:scim-bridge:iadvize:2.0:User": { "chatEnabled": true } })));
    assert_eq!(chat["channels.chatConfiguration.numberOfSlots"], 1);
    let error =
        bound.desired(&person(json!({ "urn:scim-bridge:iadvize:2.0:User": { "chatSlots": 3 } })), Beside::default());
    assert!(error.expect_err("incomplete").attribute.ends_with(":chatEnabled"));
    let foreign = record(&bound, &person(json!({ "locale": "it-IT", "timezone": "Europe/Rome" })));
    assert_eq!(foreign.get("countryPreferences.timezone"), None);
    let french = record(&bound, &person(json!({ "locale": "fr-FR" })));
    assert_eq!(
        (&french["countryPreferences.interfaceLanguage"], &french["countryPreferences.languages"]),
        (&json!("fr"), &json!(["fr"]))
    );
}

#[test]
fn deactivation_is_never_held_up_by_a_value_that_does_not_fit() {
    let gone = object(json!({ "userName": "0123456789abcdef0123456789abcdef", "active": false }));
    let deleted = bound(json!({})).desired(&gone, Beside::default()).expect("maps");
    assert_eq!(deleted.desired, Desired::Absent);
    let parked =
        bound(json!({ "deactivation": "park", "park_role_id": 99 })).desired(&gone, Beside::default()).expect("maps");
    let Desired::Parked(record) = parked.desired else { panic!("parked") };
    assert_eq!(record.0["roleId"], 99);
    assert_eq!(record.0["channels.chatConfiguration.isEnabled"], false);
    assert!(!record.0.contains_key("email"), "the login of a parked person stays");
}

#[test]
fn the_identity_holds_while_a_person_is_inactive() {
    let mapped = bound(json!({})).desired(&person(json!({ "active": false })), Beside::default()).expect("maps");
    assert_eq!(Value::Object(mapped.identity.0), json!({ "email": "ada@example.com" }));
}

#[test]
fn a_graphql_call_sends_one_operation_with_nested_variables() {
    let bound = bound(json!({ "platform": "sd", "base_url": "http://127.0.0.1:9" }));
    let record = Record(object(
        json!({ "email": "a@b.c", "channels.videoConfiguration.isEnabled": true, "firstName": null, "skillIds": null }),
    ));
    let scope = Scope { key: Some("412345".to_owned()), record, ..Scope::default() };
    let request = bound.request(&CallName::Update("userUpdate".to_owned()), &scope).expect("renders");
    assert_eq!(request.url, "http://127.0.0.1:9/graphql?platform=sd");
    let Body::Json(body) = request.body else { panic!("json") };
    assert_eq!(body["operationName"], "UpdateUser");
    assert!(body["query"].as_str().expect("a text").contains("fragment Account"));
    assert!(!body["query"].as_str().expect("a text").contains("CreateUser"));
    assert_eq!(
        body["variables"],
        json!({ "input": { "userId": 412_345, "email": "a@b.c", "channels": { "videoConfiguration": { "isEnabled": true } }, "firstName": null, "skillIds": [] } })
    );
}

#[test]
fn a_call_that_needs_a_key_is_not_built_without_one() {
    let bound = bound(json!({}));
    let error = bound.request(&CallName::Delete, &Scope::default()).expect_err("no key");
    assert!(error.to_string().starts_with("users.calls.delete: $key"), "{error}");
    let odd = Scope { key: Some("12/34".to_owned()), ..Scope::default() };
    assert!(bound.request(&CallName::Delete, &odd).is_err());
}

#[test]
fn answers_mean_what_their_rules_say() {
    let bound = bound(json!({}));
    let request = create_request(&bound);
    let judge = |call: CallName, status: u16, body: Value| bound.judge(&call, &request, &answer(status, body)).meaning;
    let error = |name: &str| json!({ "data": { "userCreate": { "user": null, "userErrors": [{ "__typename": name, "message": "no" }] } } });
    for (name, meaning) in [
        ("EmailAlreadyUsedError", Meaning::AlreadyExists),
        ("SAMLUserIdAlreadyUsedError", Meaning::AlreadyExists),
        ("UserHasOngoingConversationsUserDeleteError", Meaning::Busy),
        ("UnknownRoleError", Meaning::BadReference),
        ("UnknownUserError", Meaning::NotFound),
        ("InvalidEmailError", Meaning::Refused),
        ("SomethingNewError", Meaning::Refused),
    ] {
        assert_eq!(judge(CallName::Create, 200, error(name)), meaning, "{name}");
    }
    let done = json!({ "data": { "userCreate": { "user": { "id": 1 }, "userErrors": null } } });
    assert_eq!(judge(CallName::Create, 200, done), Meaning::Done);
    let silent = json!({ "data": { "userCreate": { "user": null, "userErrors": [] } } });
    assert_eq!(judge(CallName::Create, 200, silent), Meaning::Broken);
    assert_eq!(judge(CallName::Read, 200, json!({ "data": { "user": null } })), Meaning::NotFound);
    assert_eq!(
        judge(CallName::Read, 200, json!({ "data": null, "errors": [{ "message": "Internal error" }] })),
        Meaning::Refused
    );
    assert_eq!(
        judge(CallName::List, 200, json!({ "data": null, "errors": [{ "message": "You are not allowed" }] })),
        Meaning::Forbidden
    );
    assert_eq!(judge(CallName::Read, 401, json!({ "error": "invalid_token" })), Meaning::Unauthenticated);
    assert_eq!(judge(CallName::Read, 503, json!({})), Meaning::Broken);
    let gone = json!({ "data": { "userDelete": { "userId": null, "userErrors": [{ "__typename": "UnknownUserError", "message": "" }] } } });
    assert_eq!(judge(CallName::Delete, 200, gone), Meaning::Done);
}

#[test]
fn a_success_that_is_no_json_is_broken() {
    let bound = bound(json!({}));
    let page = HttpAnswer { status: 200, headers: Vec::new(), text: "<html>Sign in</html>".to_owned(), json: None };
    let verdict = bound.judge(&CallName::Create, &create_request(&bound), &page);
    assert_eq!((verdict.meaning, verdict.vendor_text), (Meaning::Broken, None));
    assert!(verdict.say.contains("not the JSON expected"), "{}", verdict.say);
}

#[test]
fn what_was_sent_never_comes_back_in_a_vendors_words() {
    let bound = bound(json!({}));
    let body = json!({ "errors": [{ "message": "Variable $input got {\"email\":\"ada@example.com\"}" }] });
    let verdict = bound.judge(&CallName::Create, &create_request(&bound), &answer(400, body));
    assert_eq!(verdict.vendor_text.as_deref(), Some("Variable $input got {\"email\":\"***\"}"));
    assert_eq!(verdict.meaning, Meaning::Refused);
}

pub(super) fn account(more: Value) -> Value {
    let mut account = object(json!({
        "__typename": "Professional", "id": 412_345, "email": "ada@example.com", "firstName": "Ada", "lastName": "King",
        "userName": "Ada", "avatar": null, "isDeleted": false, "skills": [{ "id": 901 }],
        "projects": { "edges": [{ "node": { "id": 6661 } }] }, "externalId": null, "samlId": null, "group": null, "role": { "id": 3 },
    }));
    account.extend(object(more));
    Value::Object(account)
}

#[test]
fn an_account_is_read_and_others_are_left_alone() {
    let bound = bound(json!({}));
    let read = bound.read_account(&account(json!({}))).expect("a person");
    assert_eq!(read.key, "412345");
    assert_eq!(
        Value::Object(read.record.0.clone()),
        json!({ "email": "ada@example.com", "firstName": "Ada", "lastName": "King", "userName": "Ada", "roleId": 3, "projectIds": [6661], "skillIds": [901] })
    );
    assert!(read.unknown.iter().all(|name| name.starts_with("channels.") || name.starts_with("countryPreferences.")));
    assert_eq!(bound.read_account(&account(json!({ "isDeleted": true }))), None);
    assert_eq!(bound.read_account(&account(json!({ "__typename": "Bot" }))), None);
    assert_eq!(bound.read_account(&json!({ "__typename": "Professional" })), None);
}

#[test]
fn an_imported_account_becomes_a_resource_that_maps_back_to_itself() {
    let bound = bound(json!({}));
    let read = bound.read_account(&account(json!({ "role": { "id": 812 }, "group": { "id": 55 } }))).expect("a person");
    let resource = bound.resource_from(&read, &Lists::default());
    assert_eq!(resource["emails"], json!([{ "value": "ada@example.com", "type": "work", "primary": true }]));
    assert_eq!(resource["active"], true);
    assert_eq!(resource["urn:scim-bridge:iadvize:2.0:User"]["roleId"], "812");
    let Desired::Present(record) = bound.desired(&resource, Beside::default()).expect("maps").desired else {
        panic!("present")
    };
    assert_eq!(
        plan(&bound, Some("412345"), Some(&read.record), &Desired::Present(record), &Record::default()),
        Ok(Vec::new())
    );
}

#[test]
fn pages_follow_the_cursor_and_never_in_a_circle() {
    let bound = bound(json!({}));
    let page = |cursor: &str, more: bool| {
        answer(
            200,
            json!({ "data": { "users": { "edges": [{ "node": account(json!({})) }, { "node": account(json!({ "__typename": "Bot" })) }],
            "pageInfo": { "endCursor": cursor, "hasNextPage": more } } } }),
        )
    };
    let first = bound.page_in(&CallName::List, &page("c1", true), &PageState::default());
    assert_eq!((first.accounts.len(), first.elements), (1, 2));
    let next = first.next.expect("a second page");
    assert_eq!(next, PageState { cursor: Some("c1".to_owned()), offset: 2, number: 1, link: None });
    let request = bound.request(&CallName::List, &Scope { page: next.clone(), ..Scope::default() }).expect("renders");
    let Body::Json(body) = request.body else { panic!("json") };
    assert_eq!(body["variables"], json!({ "after": "c1", "first": 100 }));
    assert_eq!(bound.page_in(&CallName::List, &page("c2", false), &next).next, None);
    let circle = bound.page_in(&CallName::List, &page("c1", true), &next);
    assert!(circle.next.is_none() && circle.problem.is_some());
    assert!(bound.page_in(&CallName::List, &answer(200, json!({ "data": {} })), &next).problem.is_some());
}

#[test]
fn values_are_compared_as_the_vendor_sees_them() {
    let bound = bound(json!({}));
    assert!(bound.same("email", Some(&json!("Ada@Example.com")), Some(&json!("ada@example.com"))));
    assert!(!bound.same("samlId", Some(&json!("Ada")), Some(&json!("ada"))));
    assert!(bound.same("skillIds", Some(&json!([1, 2])), Some(&json!(["2", 1, 1]))));
    assert!(bound.same("skillIds", Some(&json!([])), None));
    assert!(!bound.same("skillIds", Some(&json!([1])), None));
    assert!(bound.same("roleId", Some(&json!(2)), Some(&json!("2"))));
}

#[test]
fn the_bridges_own_account_is_protected() {
    let bound = bound(json!({}));
    let secret = |name: &str| (name == "username").then(|| "Bridge@example.com".to_owned());
    let record = |email: &str| Record(object(json!({ "email": email })));
    let rule = bound.protected_rule(&record("bridge@example.com"), &secret, &Lists::default()).expect("protected");
    assert!(rule.contains("users.protected[0]"), "{rule}");
    assert_eq!(bound.protected_rule(&record("ada@example.com"), &secret, &Lists::default()), None);
}

#[test]
fn only_a_create_is_not_repeatable() {
    let bound = bound(json!({}));
    assert!(!bound.is_repeatable(&CallName::Create));
    for call in [CallName::Read, CallName::List, CallName::Delete, CallName::Update("userUpdate".to_owned())] {
        assert!(bound.is_repeatable(&call), "{call}");
    }
}
