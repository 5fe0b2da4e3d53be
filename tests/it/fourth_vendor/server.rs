//! Quay Workforce, a made-up system, written from its made-up reference:
//!
//! # Quay Workforce API 7
//!
//! **Sessions.** `POST /v7/sessions` with `{"app", "secret"}`. The session stands in the header `Quay-Session` of the answer, and is sent in the same
//! header of every other call, beside `Quay-Version: 7`. It ends after the `lives_ms` of the answer, or whenever Quay wants; then calls are answered
//! with `session_over`. A call without a session known to the gateway is answered 401 with a page.
//!
//! **Answers.** Every call that reaches the application is answered 200: `{"ok": true, "data": …}`, or `{"ok": false, "errors": [{"code", "text",
//! "about"}, …]}`. The gateway in front of it answers with pages: 401, 412, 428, 5xx. `slow_down` brings `retry_in_ms`.
//!
//! **Revisions.** What has an address of its own (a person, a team) has an `ETag`. `PATCH`, `DELETE`, `enable` and `disable` need `If-Match`: 428 without,
//! 412 when it is not the newest. An `If-Match` on any other call is compared with what the address begins with.
//!
//! **People.** `{"id": 417, "kind": "human", "login", "mail", "given", "family", "mobile", "department": {"id", "title"}, "state", "teams": [{"id", "name"}]}`.
//! `kind` is `human` or `app`, `state` is `enabled`, `disabled` or `archived`. Mail is kept in lower case. Login and mail are unique, whatever their case.
//!
//! | call | |
//! | --- | --- |
//! | `GET /v7/people` | `offset`, `count` (20 at most, more is cut in silence), `login`, `mail`: parts of the value, either will do |
//! | `POST /v7/people` | `login`, `mail`, `given`, `family`, `department_id`; nothing else. Everybody is enabled at first |
//! | `GET /v7/people/{id}` | |
//! | `PATCH /v7/people/{id}` | what changes, and nothing else: the same and `mobile` (`null` clears) |
//! | `POST /v7/people/{id}/enable`, `/disable` | no body; `already_so` |
//! | `DELETE /v7/people/{id}` | |
//! | `PUT /v7/people/{id}/teams` | `team_ids`: all of them. `refused_together` when any is locked or there are more than five |
//!
//! **Teams.** `{"id", "name", "members": 3}`; `GET /v7/teams` (`offset`, `count`), `POST /v7/teams` (`name`), `GET`, `PATCH` (`name`) and `DELETE /v7/teams/{id}` (`{"confirm": true}`).
//! `POST /v7/teams/{id}/members` with `{"person"}` (`already_so`, `not_found` for either), `DELETE /v7/teams/{id}/members/{person}` (`not_a_member`). A locked team
//! takes nobody: `team_locked`. **Departments.** `GET /v7/departments`: `{"id", "title", "closed"}`; closed ones take nobody.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::support::{Asked, MadeUp, Stand, Told};

/// The application that the bridge is.
pub const APP: &str = "bridge-app";
pub const SECRET: &str = "correct-horse-battery";
/// Most people or teams on a page.
const PAGE: usize = 20;
/// Most teams that one call sets.
const TOGETHER: usize = 5;

/// Everything that it has.
pub struct Quay {
    pub people: BTreeMap<i64, Person>,
    pub teams: BTreeMap<i64, Team>,
    pub departments: Vec<(i64, &'static str, bool)>,
    pub sessions: BTreeSet<String>,
    pub sign_ins: usize,
    /// How many calls a session lasts.
    pub calls_per_session: usize,
    calls_left: usize,
}

/// Somebody.
#[derive(Clone)]
pub struct Person {
    pub fields: Map<String, Value>,
    pub state: &'static str,
    pub kind: &'static str,
    pub teams: BTreeSet<i64>,
    pub revision: u32,
}

/// A team.
#[derive(Clone)]
pub struct Team {
    pub name: String,
    pub locked: bool,
    pub revision: u32,
}

/// Why not: code, text, about what.
type Refusal = Vec<(&'static str, String, &'static str)>;
/// What the application answers: data and the revision, or errors.
type Data = Result<(Value, Option<String>), Refusal>;

impl Default for Quay {
    fn default() -> Self {
        let own = json!({ "login": APP, "mail": "bridge@quay.example", "given": "", "family": "", "mobile": null, "department_id": 1 });
        let Value::Object(own) = own else { unreachable!("it is an object") };
        let own = Person { fields: own, state: "enabled", kind: "app", teams: BTreeSet::new(), revision: 1 };
        Self {
            people: BTreeMap::from([(400, own)]),
            teams: BTreeMap::new(),
            departments: vec![(1, "Front office", false), (2, "Care", false), (3, "Closed since May", true)],
            sessions: BTreeSet::new(),
            sign_ins: 0,
            calls_per_session: usize::MAX,
            calls_left: usize::MAX,
        }
    }
}

impl Quay {
    pub fn start() -> Stand<Self> {
        Stand::start(Self::default())
    }

    /// The person with this login, as shown.
    pub fn person(&self, login: &str) -> Option<Value> {
        let (id, _) = self.people.iter().find(|(_, person)| person.fields["login"] == login)?;
        Some(self.shown(*id))
    }

    /// Names of the teams of the person with this login.
    pub fn teams_of(&self, login: &str) -> Vec<String> {
        let shown = self.person(login).unwrap_or_else(|| panic!("nobody is called {login}"));
        let mut names: Vec<String> = shown["teams"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|team| team["name"].as_str().expect("a name").to_owned())
            .collect();
        names.sort_unstable();
        names
    }

    /// The team with this name.
    pub fn team(&mut self, name: &str) -> Option<&mut Team> {
        self.teams.values_mut().find(|team| team.name == name)
    }

    /// Somebody whom an administrator makes by hand; his id.
    pub fn makes(&mut self, login: &str, mail: &str, state: &'static str) -> i64 {
        let fields = json!({ "login": login, "mail": mail, "given": "Old", "family": "Timer", "mobile": null, "department_id": 2 });
        let Value::Object(fields) = fields else { unreachable!("it is an object") };
        let id = self.people.keys().last().map_or(400, |last| last + 1);
        self.people.insert(id, Person { fields, state, kind: "human", teams: BTreeSet::new(), revision: 1 });
        id
    }

    /// A team that an administrator makes by hand; its id.
    pub fn makes_team(&mut self, name: &str) -> i64 {
        let id = self.teams.keys().last().map_or(70, |last| last + 1);
        self.teams.insert(id, Team { name: name.to_owned(), locked: false, revision: 1 });
        id
    }

    fn shown(&self, id: i64) -> Value {
        let person = &self.people[&id];
        let mut shown = person.fields.clone();
        let department = shown.remove("department_id").and_then(|id| id.as_i64());
        let title = self.departments.iter().find(|(id, ..)| Some(*id) == department).map(|(_, title, _)| *title);
        shown.insert("department".into(), json!({ "id": department, "title": title }));
        shown.insert("id".into(), id.into());
        shown.insert("kind".into(), person.kind.into());
        shown.insert("state".into(), person.state.into());
        let teams: Vec<Value> =
            person.teams.iter().map(|team| json!({ "id": team, "name": self.teams[team].name })).collect();
        shown.insert("teams".into(), teams.into());
        shown.into()
    }

    fn shown_team(&self, id: i64) -> Value {
        let members = self.people.values().filter(|person| person.teams.contains(&id)).count();
        json!({ "id": id, "name": self.teams[&id].name, "members": members })
    }

    fn signs_in(&mut self, asked: &Asked) -> Told {
        let wanted = json!({ "app": APP, "secret": SECRET });
        if asked.body != wanted || asked.header("quay-session").is_some() {
            return told(&Err(because("bad_secret", "no such application", "")));
        }
        self.sign_ins += 1;
        self.calls_left = self.calls_per_session;
        let session = format!("qs-{}", self.sign_ins);
        self.sessions.insert(session.clone());
        told(&Ok((json!({ "lives_ms": 600_000 }), None))).with("Quay-Session", session)
    }

    /// The revision of what the address begins with.
    fn revision(&self, asked: &Asked) -> Option<String> {
        let id = asked.path.get(2)?.parse().ok()?;
        match asked.path.get(1)?.as_str() {
            "people" => self.people.get(&id).map(|person| format!("\"p{id}-{}\"", person.revision)),
            "teams" => self.teams.get(&id).map(|team| format!("\"t{id}-{}\"", team.revision)),
            _ => None,
        }
    }
}

impl MadeUp for Quay {
    fn answer(&mut self, asked: &Asked) -> Told {
        if asked.header("quay-version") != Some("7") {
            return Told::text(400, "<html>this version is no longer served</html>");
        }
        if asked.call() == "POST /v7/sessions" {
            return self.signs_in(asked);
        }
        if !asked.header("quay-session").is_some_and(|session| self.sessions.contains(session)) {
            return Told::text(401, "<html>who are you?</html>");
        }
        if self.calls_left == 0 {
            return told(&Err(because("session_over", "sign in again", "")));
        }
        self.calls_left -= 1;
        let parts: Vec<&str> = asked.path.iter().map(String::as_str).collect();
        let newest = self.revision(asked);
        let is_guarded = matches!(
            (asked.method.as_str(), parts.as_slice()),
            ("PATCH" | "DELETE", [_, _, _]) | (_, [_, "people", _, "enable" | "disable"])
        );
        match asked.header("if-match") {
            None if is_guarded => return Told::text(428, "<html>If-Match is missing</html>"),
            Some(sent) if newest.as_deref().is_some_and(|newest| newest != sent) => {
                return Told::text(412, "<html>changed in the meantime</html>");
            }
            _ => {}
        }
        let data = match (asked.method.as_str(), parts.as_slice()) {
            ("GET", ["v7", "departments"]) => {
                let all = self.departments.iter();
                page(
                    asked,
                    "departments",
                    all.map(|(id, title, closed)| json!({ "id": id, "title": title, "closed": closed })),
                )
            }
            (_, ["v7", "teams", rest @ ..]) => self.about_teams(asked, rest),
            (_, ["v7", "people", rest @ ..]) => self.about_people(asked, rest),
            _ => Err(because("no_such_place", &asked.call(), "")),
        };
        told(&data)
    }
}

impl Quay {
    fn about_people(&mut self, asked: &Asked, rest: &[&str]) -> Data {
        let id: Option<i64> =
            rest.first().map(|id| id.parse().map_err(|_| because("no_number", id, "id"))).transpose()?;
        if let Some(id) = id.filter(|id| !self.people.contains_key(id)) {
            return Err(because("no_such_person", &id.to_string(), "id"));
        }
        match (asked.method.as_str(), id, rest.get(1..).unwrap_or_default()) {
            ("GET", None, _) => {
                let found = self.people.iter().filter(|(_, person)| is_hit(asked, person));
                page(asked, "people", found.map(|(id, _)| self.shown(*id)))
            }
            ("POST", None, _) => self.hires(&asked.body),
            ("GET", Some(id), []) => self.whole(id, asked),
            ("PATCH", Some(id), []) => {
                self.changes(id, &asked.body)?;
                self.whole(id, asked)
            }
            ("DELETE", Some(id), []) => {
                if self.people[&id].kind == "app" {
                    return Err(because("not_allowed", "applications stay", ""));
                }
                self.people.remove(&id);
                Ok((Value::Null, None))
            }
            ("POST", Some(id), ["enable"]) => self.switches(id, "enabled", &asked.body),
            ("POST", Some(id), ["disable"]) => self.switches(id, "disabled", &asked.body),
            ("PUT", Some(id), ["teams"]) => self.sets_teams(id, &asked.body),
            _ => Err(because("no_such_place", &asked.call(), "")),
        }
    }

    fn whole(&self, id: i64, asked: &Asked) -> Data {
        Ok((json!({ "person": self.shown(id) }), self.revision(asked)))
    }

    fn hires(&mut self, body: &Value) -> Data {
        let given = self.good(body, &["login", "mail", "given", "family", "department_id"], None)?;
        let missing = ["login", "mail", "department_id"].into_iter().filter(|name| !given.contains_key(*name));
        let missing: Refusal = missing.map(|name| ("missing", format!("{name} is needed"), name)).collect();
        if !missing.is_empty() {
            return Err(missing);
        }
        let mut fields = Map::from_iter(["given", "family"].map(|name| (name.to_owned(), json!(""))));
        fields.insert("mobile".into(), Value::Null);
        fields.extend(given);
        let id = self.people.keys().last().map_or(400, |last| last + 1);
        let person = Person { fields, state: "enabled", kind: "human", teams: BTreeSet::new(), revision: 1 };
        self.people.insert(id, person);
        Ok((json!({ "person": self.shown(id) }), Some(format!("\"p{id}-1\""))))
    }

    fn changes(&mut self, id: i64, body: &Value) -> Result<(), Refusal> {
        let given = self.good(body, &["login", "mail", "given", "family", "mobile", "department_id"], Some(id))?;
        let person = self.people.get_mut(&id).expect("looked for before");
        if given.is_empty() {
            return Err(because("nothing_to_do", "the change is empty", ""));
        }
        if let Some((name, _)) = given.iter().find(|(name, value)| person.fields.get(*name) == Some(*value)) {
            return Err(because("unchanged", &format!("{name} has this value already"), "change"));
        }
        person.fields.extend(given);
        person.revision += 1;
        Ok(())
    }

    /// The members of a body, or all that is wrong with them.
    fn good(&self, body: &Value, known: &[&str], own: Option<i64>) -> Result<Map<String, Value>, Refusal> {
        let Some(given) = body.as_object() else { return Err(because("no_object", "an object is needed", "")) };
        let mut given = given.clone();
        if let Some(mail) = given.get("mail").and_then(Value::as_str).map(str::to_lowercase) {
            given.insert("mail".into(), mail.into());
        }
        let mut wrong = Refusal::new();
        for (name, value) in &given {
            if !known.contains(&name.as_str()) {
                wrong.push(("unknown_member", name.clone(), ""));
            }
            let is_number = name == "department_id";
            if is_number != value.is_i64() && !(name == "mobile" && value.is_null()) {
                wrong.push(("wrong_type", format!("{name}: {value}"), ""));
            }
        }
        for name in ["login", "mail"] {
            let is_taken = |other: (&i64, &Person)| {
                Some(*other.0) != own
                    && given.get(name).and_then(Value::as_str).is_some_and(|value| {
                        other.1.fields[name].as_str().is_some_and(|has| has.eq_ignore_ascii_case(value))
                    })
            };
            if self.people.iter().any(is_taken) {
                wrong.push(("taken", format!("{} belongs to somebody else", given[name]), name));
            }
        }
        let department = given.get("department_id").and_then(Value::as_i64);
        if department.is_some_and(|wanted| !self.departments.iter().any(|(id, _, closed)| *id == wanted && !closed)) {
            wrong.push((
                "no_such_department",
                "there is no such department, or it is closed".to_owned(),
                "department_id",
            ));
        }
        if wrong.is_empty() { Ok(given) } else { Err(wrong) }
    }

    fn switches(&mut self, id: i64, state: &'static str, body: &Value) -> Data {
        let person = self.people.get_mut(&id).expect("looked for before");
        if !body.is_null() {
            return Err(because("unknown_member", "there is no body", ""));
        }
        if person.state == state {
            return Err(because("already_so", state, ""));
        }
        person.state = state;
        person.revision += 1;
        Ok((Value::Null, None))
    }

    fn sets_teams(&mut self, id: i64, body: &Value) -> Data {
        let wanted = body["team_ids"].as_array().filter(|_| body.as_object().is_some_and(|body| body.len() == 1));
        let wanted: Option<BTreeSet<i64>> = wanted.and_then(|ids| ids.iter().map(Value::as_i64).collect());
        let wanted = wanted.ok_or_else(|| because("no_object", "team_ids is needed", ""))?;
        let takes = |team: &i64| {
            self.teams.get(team).is_some_and(|known| !known.locked || self.people[&id].teams.contains(team))
        };
        if wanted.len() > TOGETHER || !wanted.iter().all(takes) {
            return Err(because("refused_together", "too many, or one of them takes nobody", "team_ids"));
        }
        let person = self.people.get_mut(&id).expect("looked for before");
        person.teams = wanted;
        person.revision += 1;
        Ok((Value::Null, None))
    }

    fn about_teams(&mut self, asked: &Asked, rest: &[&str]) -> Data {
        let body = &asked.body;
        let id: Option<i64> =
            rest.first().map(|id| id.parse().map_err(|_| because("no_number", id, "id"))).transpose()?;
        if let Some(id) = id.filter(|id| !self.teams.contains_key(id)) {
            return Err(because("not_found", &id.to_string(), ""));
        }
        match (asked.method.as_str(), id, rest.get(1..).unwrap_or_default()) {
            ("GET", None, _) => page(asked, "teams", self.teams.keys().map(|id| self.shown_team(*id))),
            ("POST", None, _) => {
                let name = self.good_team(body, None)?;
                let id = self.makes_team(&name);
                Ok((json!({ "team": self.shown_team(id) }), Some(format!("\"t{id}-1\""))))
            }
            ("GET", Some(id), []) => Ok((json!({ "team": self.shown_team(id) }), self.revision(asked))),
            ("PATCH", Some(id), []) => {
                let name = self.good_team(body, Some(id))?;
                let team = self.teams.get_mut(&id).expect("looked for before");
                team.name = name;
                team.revision += 1;
                Ok((json!({ "team": self.shown_team(id) }), None))
            }
            ("DELETE", Some(id), []) => {
                if *body != json!({ "confirm": true }) {
                    return Err(because("not_confirmed", "a team goes only when that is confirmed", "confirm"));
                }
                self.teams.remove(&id);
                self.people.values_mut().for_each(|person| {
                    person.teams.remove(&id);
                });
                Ok((Value::Null, None))
            }
            ("POST", Some(id), ["members"]) => {
                let locked = self.teams[&id].locked;
                let person = body["person"].as_i64().and_then(|person| self.people.get_mut(&person));
                let person = person.ok_or_else(|| because("not_found", &body["person"].to_string(), ""))?;
                if locked {
                    return Err(because("team_locked", "the team takes nobody", ""));
                }
                if !person.teams.insert(id) {
                    return Err(because("already_so", "a member already", ""));
                }
                person.revision += 1;
                Ok((Value::Null, None))
            }
            ("DELETE", Some(id), ["members", member]) => {
                let person = member.parse().ok().and_then(|member: i64| self.people.get_mut(&member));
                if !person.is_some_and(|person| {
                    person.revision += 1;
                    person.teams.remove(&id)
                }) {
                    return Err(because("not_a_member", member, ""));
                }
                Ok((Value::Null, None))
            }
            _ => Err(because("no_such_place", &asked.call(), "")),
        }
    }

    fn good_team(&self, body: &Value, own: Option<i64>) -> Result<String, Refusal> {
        let name =
            body["name"].as_str().filter(|name| !name.is_empty() && body.as_object().is_some_and(|all| all.len() == 1));
        let name = name.ok_or_else(|| because("no_object", "a name is needed, and nothing else", "name"))?;
        let is_taken = self.teams.iter().any(|(id, team)| Some(*id) != own && team.name.eq_ignore_ascii_case(name));
        if is_taken { Err(because("taken", "another team is called so", "name")) } else { Ok(name.to_owned()) }
    }
}

fn is_hit(asked: &Asked, person: &Person) -> bool {
    let sought: Vec<(&str, &String)> =
        ["login", "mail"].into_iter().filter_map(|name| Some((name, asked.query.get(name)?))).collect();
    sought.is_empty()
        || sought.iter().any(|(name, part)| {
            person.fields[*name].as_str().is_some_and(|has| has.to_lowercase().contains(&part.to_lowercase()))
        })
}

fn page(asked: &Asked, name: &str, all: impl Iterator<Item = Value>) -> Data {
    if let Some(unknown) = asked.query.keys().find(|key| !["offset", "count", "login", "mail"].contains(&key.as_str()))
    {
        return Err(because("unknown_parameter", unknown, ""));
    }
    let all: Vec<Value> = all.collect();
    let (offset, count) = (asked.number("offset", 0), asked.number("count", PAGE).min(PAGE));
    let shown: Vec<&Value> = all.iter().skip(offset).take(count).collect();
    Ok((json!({ name: shown, "total": all.len() }), None))
}

fn because(code: &'static str, text: &str, about: &'static str) -> Refusal {
    vec![(code, text.to_owned(), about)]
}

/// The envelope.
pub fn told(data: &Data) -> Told {
    match data {
        Ok((data, revision)) => {
            let told = Told::json(200, &json!({ "ok": true, "data": data }));
            match revision {
                Some(revision) => told.with("ETag", revision),
                None => told,
            }
        }
        Err(refusal) => {
            let errors: Vec<Value> = refusal
                .iter()
                .map(|(code, text, about)| json!({ "code": code, "text": text, "about": about }))
                .collect();
            Told::json(200, &json!({ "ok": false, "errors": errors }))
        }
    }
}

/// An error of the application, with more at its top.
pub fn error(code: &'static str, more: Value) -> Told {
    let mut body = json!({ "ok": false, "errors": [{ "code": code, "text": code, "about": "" }] });
    if let (Value::Object(body), Value::Object(more)) = (&mut body, more) {
        body.extend(more);
    }
    Told::json(200, &body)
}
