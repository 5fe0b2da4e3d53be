//! A made-up vendor that speaks two protocols: each call of its mapping says which.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::support::{Asked, Beside, MadeUp, Stand, Told, idp, program};

const FOLDER: &str = "tests/it/protocols";

/// People by GraphQL, teams by REST.
#[derive(Default)]
struct Mixed {
    people: BTreeMap<i64, Map<String, Value>>,
    teams: BTreeMap<String, String>,
    last: i64,
}

impl Mixed {
    fn graphql(&mut self, asked: &Asked) -> Told {
        let variables = &asked.body["variables"];
        let id = variables["id"].as_i64();
        let data = match asked.body["operationName"].as_str().unwrap_or_default() {
            "People" => json!({ "people": self.people.values().collect::<Vec<_>>() }),
            "MakePerson" => {
                self.last += 1;
                let mut person = Map::from_iter([("id".to_owned(), json!(self.last)), ("teams".to_owned(), json!([]))]);
                person.extend(variables["input"].as_object().cloned().unwrap_or_default());
                self.people.insert(self.last, person.clone());
                json!({ "makePerson": person })
            }
            "ChangePerson" => match id.and_then(|id| self.people.get_mut(&id)) {
                Some(person) => {
                    person.extend(variables["input"].as_object().cloned().unwrap_or_default());
                    json!({ "changePerson": person })
                }
                None => return Told::json(200, &json!({ "errors": [{ "message": "nobody" }], "data": null })),
            },
            "DropPerson" => json!({ "dropPerson": id.and_then(|id| self.people.remove(&id)).map(|_| id) }),
            other => return Told::text(400, &format!("no operation {other}")),
        };
        Told::json(200, &json!({ "data": data }))
    }

    fn teams(&mut self, asked: &Asked, slug: Option<&String>) -> Told {
        let shown = |slug: &String, name: &String| json!({ "slug": slug, "name": name });
        match (asked.method.as_str(), slug) {
            ("GET", None) => Told::json(200, &self.teams.iter().map(|(slug, name)| shown(slug, name)).collect()),
            ("POST", None) => {
                let name = asked.body["name"].as_str().unwrap_or_default().to_owned();
                let slug = name.to_lowercase();
                self.teams.insert(slug.clone(), name.clone());
                Told::json(201, &shown(&slug, &name))
            }
            ("PATCH", Some(slug)) => {
                self.teams.insert(slug.clone(), asked.body["name"].as_str().unwrap_or_default().to_owned());
                Told::text(204, "")
            }
            ("DELETE", Some(slug)) if self.teams.remove(slug).is_some() => Told::text(204, ""),
            _ => Told::text(404, "no such team"),
        }
    }
}

impl MadeUp for Mixed {
    fn answer(&mut self, asked: &Asked) -> Told {
        match asked.path.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
            ["graphql"] if asked.method == "POST" => self.graphql(asked),
            ["rest", "teams"] => self.teams(asked, None),
            ["rest", "teams", _] => self.teams(asked, asked.path.get(2)),
            _ => Told::text(404, "no such place"),
        }
    }
}

#[test]
fn the_mapping_passes_its_check_and_its_examples() {
    let run = program(&["check", FOLDER]).output().expect("the program starts");
    let printed = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success(), "{printed}{}", String::from_utf8_lossy(&run.stderr));
}

#[tokio::test]
async fn people_by_graphql_and_teams_by_rest_are_one_vendor() {
    let vendor = Stand::start(Mixed::default());
    let groups = json!([{ "when": "Team *", "target": "team", "name": "{1}" }]);
    let bridge = Beside::start(FOLDER, json!({ "settings": { "base_url": vendor.url }, "groups": groups }));
    let idp = bridge.idp();
    let ada = json!({ "schemas": [idp::USER], "userName": "ada", "active": true });
    let id = idp.post("/Users", ada).await.is(201).id();
    let group = idp.creates_group("Team Night", &[&id]).await.is(201).id();
    assert_eq!(vendor.with(|mixed| mixed.people[&1]["teams"].clone()), json!(["night"]));
    let name = json!([{ "op": "Replace", "path": "displayName", "value": "Team Dawn" }]);
    idp.group_operations(&group, name).await.is(200);
    assert_eq!(vendor.with(|mixed| mixed.teams["night"].clone()), "Dawn");
    idp.okta_sets_active(&id, false).await.is(200);
    assert_eq!(vendor.with(|mixed| mixed.people[&1]["active"].clone()), false);
    idp.delete(&format!("/Groups/{group}")).await.is(204);
    idp.delete(&format!("/Users/{id}")).await.is(204);
    assert_eq!(vendor.with(|mixed| (mixed.people.len(), mixed.teams.len())), (0, 0));
    let changes: Vec<String> = vendor.changes().into_iter().filter(|call| call != "POST /graphql").collect();
    assert_eq!(changes, ["POST /rest/teams", "PATCH /rest/teams/night", "DELETE /rest/teams/night"]);
}
