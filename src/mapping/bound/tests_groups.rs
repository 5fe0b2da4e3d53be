//! Catalogs and groups' objects speak like people's accounts; names with levels are read and written.

use serde_json::{Value, json};

use super::*;
use crate::mapping::made_up::{bound, object};
use crate::mapping::model::{Meaning, Method};
use crate::mapping::plan::plan;
use crate::mapping::wire::{Body, HttpAnswer};

fn answer(status: u16, body: Value) -> HttpAnswer {
    HttpAnswer { status, headers: Vec::new(), text: body.to_string(), json: Some(body) }
}

fn team() -> Arc<Bound> {
    let bound = bound();
    Arc::clone(bound.target("team").expect("a target").object.as_ref().expect("an object"))
}

fn named(name: &str) -> Desired {
    team().desired(&object(json!({ "displayName": name })), Beside::default()).expect("maps").desired
}

#[test]
fn a_groups_object_is_created_and_renamed_like_an_account() {
    let team = team();
    let steps = plan(&team, None, None, &named(" Red "), &Record::default()).expect("a plan");
    let request = team.request(&CallName::Create, &steps[0].scope).expect("renders");
    assert_eq!((request.method, request.url.as_str()), (Method::Post, "http://127.0.0.1:9/teams?v=2"));
    assert_eq!(request.body, Body::Json(json!({ "title": "Red" })));
    let made = team.account_in(&CallName::Create, &answer(201, json!({ "number": 7, "title": "Red" }))).expect("read");
    assert_eq!((made.key.as_str(), &made.record.0["name"]), ("7", &json!("Red")));

    let steps = plan(&team, Some("7"), Some(&made.record), &named("Blue"), &Record::default()).expect("a plan");
    assert_eq!(steps[0].call, CallName::Update("rename".to_owned()));
    let request = team.request(&steps[0].call, &steps[0].scope).expect("renders");
    assert_eq!((request.method, request.url.as_str()), (Method::Patch, "http://127.0.0.1:9/teams/7?v=2"));
    let answer = answer(200, json!({ "team": { "number": 7, "title": "Blue" } }));
    assert!(team.account_in(&steps[0].call, &answer).is_some());
    // names are compared without letter case
    assert_eq!(plan(&team, Some("7"), Some(&made.record), &named("RED"), &Record::default()), Ok(Vec::new()));
    assert!(team.find_before_create());
    assert_eq!(team.match_fields(), ["name"]);
    assert_eq!(team.desired(&Map::new(), Beside::default()).expect_err("no name").attribute, "displayName");
}

#[test]
fn a_call_that_the_mapping_lacks_is_refused_by_name() {
    let bound = bound();
    let error = plan(&team(), Some("7"), None, &Desired::Absent, &Record::default()).expect_err("no delete");
    assert_eq!(error.attribute, "displayName");
    assert_eq!(error.field, "groups.team.calls.delete");
    assert!(error.problem.contains("no call that deletes the team at Made Up"), "{error}");
    // only targets whose object can change have one
    assert!(bound.target("skill").expect("a target").object.is_none());
    let language = bound.target("language").expect("a target");
    assert_eq!((language.shape, language.object.is_none()), (Shape::LevelMap, true));
}

#[test]
fn a_page_of_a_catalog_holds_its_entries() {
    let bound = bound();
    let teams = bound.catalog("teams").expect("a catalog");
    let listed = teams.listed.as_ref().expect("a list");
    let request = listed.request(&CallName::List, &Scope::default()).expect("renders");
    assert_eq!(request.url, "http://127.0.0.1:9/teams?v=2&from=0&max=2");
    let page = json!({ "data": [{ "number": 7, "title": "Red", "purpose": "Nights" }, { "number": 8, "title": "Old", "closed": true }, { "number": 9 }] });
    let page = listed.page_in(&CallName::List, &answer(200, page), &PageState::default());
    let entries: Vec<Entry> = page.accounts.iter().filter_map(Entry::of).collect();
    let red = Entry { key: "7".to_owned(), name: "Red".to_owned(), description: Some("Nights".to_owned()) };
    assert_eq!((entries, page.elements, page.next.is_some()), (vec![red], 3, true));

    let grades = bound.catalog("grades").expect("a catalog");
    assert!(grades.listed.is_none());
    assert_eq!(
        grades.values.iter().map(|entry| (entry.key.as_str(), entry.name.as_str())).collect::<Vec<_>>(),
        [("7", "Senior"), ("j", "Junior")]
    );
}

#[test]
fn an_answer_about_an_object_speaks_of_the_object() {
    let team = team();
    let steps = plan(&team, None, None, &named("Red"), &Record::default()).expect("a plan");
    let request = team.request(&CallName::Create, &steps[0].scope).expect("renders");
    let taken = json!({ "problems": [{ "code": "taken", "text": "", "field": "login" }] });
    let verdict = team.judge(&CallName::Create, &request, &answer(400, taken));
    assert_eq!((verdict.meaning, verdict.field), (Meaning::AlreadyExists, None));
    assert!(verdict.say.contains("belongs to another team"), "{}", verdict.say);
}

#[test]
fn names_with_levels_are_read_from_a_list_of_objects_and_written_as_one() {
    let bound = bound();
    let user = json!({ "id": "x", "login": "ada", "spoken": [{ "language": { "id": 7, "name": "French" }, "grade": 4 }, { "language": { "id": 8 }, "grade": "2" }, { "language": {} }] });
    let account = bound.read_account(&user).expect("an account");
    assert_eq!(account.record.0["languages"], json!({ "7": 4, "8": 2 }));
    let plain = json!({ "id": "x", "login": "ada", "spoken": { "7": 4, "8": "2" } });
    let plain = bound.read_account(&plain).expect("an account");
    assert_eq!(plain.record.0["languages"], account.record.0["languages"], "an object is read as well");
    let resource = bound.resource_from(&account, &Lists::default());
    let shown = json!([{ "value": "7", "level": 4 }, { "value": "8", "level": 2 }]);
    assert_eq!(resource["urn:test:made-up:User"]["languages"], shown);
    // what is shown can be sent back, and then nothing has changed
    let sent = crate::scim::resource::read(&Value::Object(resource), bound.user_type()).expect("fits the schema");
    let Desired::Present(record) = bound.desired(&sent.attributes, Beside::default()).expect("maps").desired else {
        panic!("present")
    };
    assert!(bound.same("languages", record.0.get("languages"), Some(&json!({ "8": 2, "7": "4" }))));
    assert!(!bound.same("languages", record.0.get("languages"), Some(&json!({ "7": 4, "8": 3 }))));

    let call = CallName::Update("languages".to_owned());
    let body = |levels: Value| {
        let scope = Scope {
            key: Some("x".to_owned()),
            record: Record(object(json!({ "languages": levels }))),
            ..Scope::default()
        };
        bound.request(&call, &scope).expect("renders").body
    };
    assert_eq!(body(json!({ "fr": 3 })), Body::Json(json!([{ "language": { "id": "fr" }, "grade": 3 }])));
    assert_eq!(body(Value::Null), Body::Json(json!([])));
}
