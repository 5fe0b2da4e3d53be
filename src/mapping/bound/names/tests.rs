use std::sync::Arc;

use serde_json::json;

use super::*;
use crate::mapping::bound::Membership;
use crate::mapping::bundle::Bundle;
use crate::mapping::made_up::object;
use crate::mapping::record::Desired;
use crate::scim::schema::AttributeType;

const TEXT: &str = "
version: 1
vendor: { name: depot, title: Depot }
settings:
  home: { type: string, description: Home team, default: Root }
api:
  base_url: http://127.0.0.1:9/
  sign_in: { scheme: none }
users:
  extension: urn:test:depot:User
  key: { read: id, type: integer }
  match: [{ field: login }]
  fields:
    login: { from: userName }
    rank: { type: integer, from: title, lookup: ranks }
    team: { type: integer, from: urn:test:depot:User:team, lookup: teams, default: $settings.home }
    skills: { type: integer_list, from: urn:test:depot:User:skills, lookup: { catalog: skills, ids: true } }
    grades: { type: level_map, from: urn:test:depot:User:grades, lookup: skills }
  deactivate: { policy: park, policies: { park: { loses: all, set: { team: Parked } } } }
  remove: deactivate
  calls:
    create: { method: POST, path: [users], body: $record, user: . }
    list: { call: { method: GET, path: [users] }, items: data }
    update: { profile: { method: PATCH, path: [users, $key], body: $record } }
catalogs:
  ranks:
    description: Ranks
    values: [{ key: 1, name: Boss }, { key: 2, name: Hand }]
    key: { read: id, type: integer }
  teams:
    description: Teams
    list: { call: { method: GET, path: [teams] }, items: data }
    key: { read: id, type: integer }
  skills:
    description: Skills
    list: { call: { method: GET, path: [skills] }, items: data }
    key: { read: id, type: integer }
groups:
  skill: { description: A skill, field: skills, catalog: skills }
";

fn bound() -> Bound {
    let file: MappingFile = serde_saphyr::from_str(TEXT).expect("readable");
    Bound::bind(Arc::new(file), Arc::new(Bundle::default()), &Map::new()).expect("binds")
}

fn entries(all: &[(&str, &str)]) -> Names {
    let entry =
        |(key, name): &(&str, &str)| Entry { key: (*key).to_owned(), name: (*name).to_owned(), description: None };
    Names::new(Compare::IgnoreCase, &all.iter().map(entry).collect::<Vec<_>>())
}

fn lists() -> Lists {
    Lists::default()
        .with("teams", entries(&[("10", "Root"), ("11", "Night"), ("99", "Parked")]))
        .with("skills", entries(&[("901", "Billing"), ("902", "Returns"), ("903", "Twin"), ("904", "twin")]))
}

fn person(more: Value) -> Map<String, Value> {
    let mut person = object(json!({ "userName": "ada" }));
    person.extend(object(more));
    person
}

fn desired(resource: &Map<String, Value>, lists: &Lists) -> Result<Value, String> {
    let beside = Beside { lists: Some(lists), ..Beside::default() };
    match bound().desired(resource, beside).map_err(|error| error.to_string())?.desired {
        Desired::Present(record) | Desired::Parked(record) => Ok(Value::Object(record.0)),
        Desired::Absent => panic!("there is an account"),
    }
}

#[test]
fn names_become_keys_in_every_form_of_field_and_in_defaults() {
    let own = json!({ "skills": ["billing", "Returns"], "grades": [{ "value": "Billing", "level": 3 }] });
    let resource = person(json!({ "title": "boss", "urn:test:depot:User": own }));
    assert_eq!(
        desired(&resource, &lists()),
        Ok(json!({ "login": "ada", "rank": 1, "team": 10, "skills": [901, 902], "grades": { "901": 3 } }))
    );
}

#[test]
fn a_name_that_is_not_there_is_refused_with_the_nearest() {
    let misspelled = person(json!({ "urn:test:depot:User": { "team": "Nigth" } }));
    assert_eq!(
        desired(&misspelled, &lists()),
        Err("urn:test:depot:User:team: teams has no \"Nigth\"; did you mean \"Night\"?".to_owned())
    );
    let fixed = desired(&person(json!({ "title": "Bos" })), &lists()).expect_err("no such rank");
    assert!(fixed.contains("ranks has no \"Bos\"; did you mean \"Boss\"?"), "{fixed}");
}

#[test]
fn two_objects_of_one_name_are_never_the_first() {
    let resource = person(json!({ "urn:test:depot:User": { "skills": ["TWIN"] } }));
    let problem = desired(&resource, &lists()).expect_err("ambiguous");
    assert!(problem.contains("skills has 2 objects that are called \"TWIN\" (903, 904)"), "{problem}");
}

#[test]
fn a_number_is_an_id_only_where_the_file_says_so() {
    let resource = person(json!({ "urn:test:depot:User": { "skills": ["77", 901] } }));
    assert_eq!(desired(&resource, &lists()).map(|record| record["skills"].clone()), Ok(json!([77, 901])));
    let resource = person(json!({ "urn:test:depot:User": { "team": "11" } }));
    assert!(desired(&resource, &lists()).expect_err("no name").contains("teams has no \"11\""));
}

#[test]
fn the_names_that_must_be_asked_for_are_told() {
    let bound = bound();
    let resource = person(json!({ "title": "Boss", "urn:test:depot:User": { "skills": ["Billing", "New"] } }));
    let used = |lists: &Lists| -> Vec<(String, bool)> {
        let used = bound.names_used(&resource, Beside { lists: Some(lists), ..Beside::default() });
        used.into_iter().map(|used| (format!("{}/{}", used.catalog, used.name), used.is_known)).collect()
    };
    let all = ["skills/Billing", "skills/New", "teams/Root"];
    assert_eq!(used(&Lists::default()), all.map(|name| (name.to_owned(), false)));
    let known = used(&lists()).into_iter().map(|(_, known)| known).collect::<Vec<_>>();
    assert_eq!(known, [true, false, true], "a name that is not listed is asked for once more");
    assert_eq!(bound.catalogs_of_lookups(), ["teams", "skills"]);
}

#[test]
fn whoever_leaves_is_not_held_up_by_a_name_but_for_that_which_takes_his_access_away() {
    let bound = bound();
    let gone = person(json!({ "active": false, "urn:test:depot:User": { "skills": ["No such"] } }));
    let used = bound.names_used(&gone, Beside::default());
    assert_eq!(used.iter().map(|used| used.name.as_str()).collect::<Vec<_>>(), ["Parked"]);
    let record = desired(&gone, &lists()).expect("maps");
    assert_eq!((&record["team"], record.get("skills")), (&json!(99), None));
    let problem = desired(&gone, &Lists::default()).expect_err("the team for those who left is not known");
    assert!(problem.contains("not known yet"), "{problem}");
    assert_eq!(bound.identity_of(&gone).0["login"], "ada", "and is still recognised");
}

#[test]
fn an_import_shows_names_and_keeps_ids_that_have_none() {
    let bound = bound();
    let account =
        json!({ "id": 5, "login": "ada", "rank": 2, "team": 11, "skills": [901, 903, 77], "grades": { "902": 4 } });
    let account = bound.read_account(&account).expect("a person");
    let resource = Value::Object(bound.resource_from(&account, &lists()));
    assert_eq!(resource["title"], "Hand");
    assert_eq!(
        resource["urn:test:depot:User"],
        json!({ "team": "Night", "skills": ["Billing", "903", "77"], "grades": [{ "value": "Returns", "level": 4 }] })
    );
    assert_eq!(desired(&object(resource), &lists()).map(|record| record["skills"].clone()), Ok(json!([901, 903, 77])));
}

#[test]
fn a_group_gives_ids_beside_the_names_of_the_person() {
    let bound = bound();
    let resource = person(json!({ "urn:test:depot:User": { "skills": ["Billing", "Returns"] } }));
    let group = |value: i64, is_over| Membership { target: "skill".into(), value: value.into(), level: None, is_over };
    let lists = lists();
    let beside = |memberships| Beside { memberships, lists: Some(&lists), ..Beside::default() };
    let memberships = [group(902, true), group(905, false)];
    let Desired::Present(record) = bound.desired(&resource, beside(&memberships)).expect("maps").desired else {
        panic!("present")
    };
    assert_eq!(record.0["skills"], json!([901, 905]));
    let without = bound.without_values(&resource, &memberships[..1], &lists).expect("changed");
    assert_eq!(without["urn:test:depot:User"]["skills"], json!(["Billing"]));
}

#[test]
fn the_schema_calls_them_texts() {
    let bound = bound();
    let own = bound.user_type().extensions.iter().find(|schema| schema.id == "urn:test:depot:User").expect("its own");
    let kinds: Vec<_> = own.attributes.iter().map(|one| (one.name.as_str(), one.kind)).collect();
    let (text, complex) = (AttributeType::String, AttributeType::Complex);
    assert_eq!(kinds, [("team", text), ("skills", text), ("grades", complex)]);
}
