//! One person, as the IdP sees him: what it wants, what it sends, and what must be true after each success.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::memberships::Groups;
use super::trouble::users;
use super::{Chance, Shared};
use crate::support::idp::{PATCH, USER, VENDOR};
use crate::support::{Answer, Idp, World};

/// Most attempts for one request; more is a bridge that has forgotten it.
const PATIENCE: u32 = 150;
/// Pause before a repeat. The IdP's own would be longer; the bridge must stand this, too.
const PAUSE: Duration = Duration::from_millis(250);

/// One person.
pub struct Life {
    number: u64,
    policy: &'static str,
    world: Shared,
    pub(super) chance: Chance,
    pub(super) groups: Arc<Groups>,
    /// Skill groups of which he is to be a member.
    pub(super) skills: BTreeSet<usize>,
    /// The role group of which he is to be a member.
    pub(super) role: Option<usize>,
    /// The IdP's id of him, which never changes.
    external: String,
    /// What the IdP wants; `None`: he is not assigned.
    wanted: Option<Profile>,
    /// `id` at the bridge, once linked.
    id: Option<String>,
    /// Counts names, so that each is new.
    serial: u64,
    history: Vec<String>,
}

#[derive(Clone, Debug)]
struct Profile {
    name: String,
    given: String,
    family: String,
    nick: String,
    saml: String,
    active: bool,
}

impl Life {
    pub fn new(number: u64, seed: u64, policy: &'static str, world: Shared, groups: Arc<Groups>) -> Self {
        Self {
            number,
            policy,
            world,
            chance: Chance::new(seed, number),
            groups,
            skills: BTreeSet::new(),
            role: None,
            external: format!("ext-{number}"),
            wanted: None,
            id: None,
            serial: 0,
            history: Vec::new(),
        }
    }

    /// Has the person a resource at the bridge?
    pub fn is_there(&self) -> bool {
        self.wanted.is_some()
    }

    /// The next thing that happens to the person, until it has succeeded.
    pub async fn goes_on(&mut self, event: usize) {
        let Some(profile) = self.wanted.clone() else {
            return self.is_assigned().await;
        };
        if event == 0 {
            return self.is_assigned().await;
        }
        match self.chance.below(22) {
            3 => self.is_replaced().await,
            4 | 5 if profile.active => self.sets_active(false).await,
            4 | 5 => self.sets_active(true).await,
            6 => self.is_renamed().await,
            7 => self.is_unassigned().await,
            8 | 9 => self.gets_two_values_at_once().await,
            10 => self.asks_for_the_impossible().await,
            11 if profile.active => self.is_disabled_within_a_change().await,
            12 => self.comes_and_goes().await,
            14..=16 => self.joins_or_leaves().await,
            17 => self.changes_skills_at_once().await,
            18 => self.changes_role().await,
            19 => self.is_changed_and_joins_at_once().await,
            _ => self.gets_values().await,
        }
        let world = self.world.clone();
        let world = world.read().await;
        self.is_true(&world, "after a success").await;
    }

    /// What the vendor must have now.
    pub async fn is_true(&mut self, world: &World, when: &str) {
        let state = world.vendor().state().await;
        let live: Vec<&Value> = users(&state["ha"])
            .filter(|user| user["externalId"] == json!(self.external) && user["isDeleted"] == json!(false))
            .collect();
        assert!(live.len() <= 1, "{when}: {} has {} accounts: {live:#?}\n{}", self.external, live.len(), self.told());
        let Some(wanted) = &self.wanted else {
            assert!(live.is_empty(), "{when}: {} is still there: {live:#?}\n{}", self.external, self.told());
            return;
        };
        if !wanted.active && self.policy == "delete" {
            assert!(live.is_empty(), "{when}: {} still has access: {live:#?}\n{}", self.external, self.told());
            return;
        }
        let Some(account) = live.first() else {
            // Somebody who was never active has no account; nobody gets one by being disabled.
            assert!(!wanted.active, "{when}: {} has no account\n{}", self.external, self.told());
            return;
        };
        if wanted.active {
            let expected = json!({
                "email": wanted.name, "firstName": wanted.given, "lastName": wanted.family, "userName": wanted.nick,
                "samlId": wanted.saml, "projectIds": [6661],
            });
            let (skills, role) = self.groups.mean(&self.skills, self.role);
            let has: BTreeSet<i64> =
                account["skillIds"].as_array().into_iter().flatten().filter_map(Value::as_i64).collect();
            assert_eq!(has, skills, "{when}: skills of {account:#}\n{}", self.told());
            assert_eq!(account["roleId"], role, "{when}: role of {account:#}\n{}", self.told());
            for (field, value) in expected.as_object().into_iter().flatten() {
                assert_eq!(account[field], *value, "{when}: {field} of {account:#}\n{}", self.told());
            }
        } else {
            for field in ["projectIds", "skillIds"] {
                assert_eq!(account[field], json!([]), "{when}: {account:#}\n{}", self.told());
            }
        }
    }

    async fn is_assigned(&mut self) {
        let name = self.new_name();
        let profile = Profile {
            given: self.word("Given"),
            family: self.word("Family"),
            nick: self.word("Nick"),
            saml: self.new_saml(),
            active: self.chance.below(10) > 0,
            name,
        };
        self.provide(profile).await;
    }

    /// Existence check, then create or link, again and again.
    async fn provide(&mut self, profile: Profile) {
        for _ in 0..PATIENCE {
            let filter = format!("/Users?filter=userName%20eq%20%22{}%22", profile.name);
            let Some(found) = self.sends("GET", &filter, None).await else { continue };
            if found.status != 200 {
                continue;
            }
            if let Some(id) = found.body["Resources"][0]["id"].as_str() {
                // There from an attempt that got no answer: linked, and brought in line.
                let id = id.to_owned();
                let (path, body) = (format!("/Users/{id}"), self.whole(&profile));
                self.until(&[200], "PUT", &path, &body).await;
                self.id = Some(id);
                self.wanted = Some(profile);
                return;
            }
            let body = self.whole(&profile);
            match self.sends("POST", "/Users", Some(&body)).await {
                Some(answer) if answer.status == 201 => {
                    self.id = Some(answer.id());
                    self.wanted = Some(profile);
                    return;
                }
                Some(answer) if ![409, 429, 503].contains(&answer.status) => {
                    panic!("POST answered {}: {}\n{}", answer.status, answer.text, self.told())
                }
                _ => {}
            }
        }
        panic!("a create does not come to an end\n{}", self.told());
    }

    async fn gets_values(&mut self) {
        let mut profile = self.profile();
        profile.family = self.word("Family");
        profile.nick = self.word("Nick");
        let operations = if self.chance.below(2) == 0 {
            json!([{ "op": "replace", "value": { "name": { "familyName": profile.family }, "nickName": profile.nick } }])
        } else {
            json!([
                { "op": "Replace", "path": "name.familyName", "value": profile.family },
                { "op": "Add", "path": "nickName", "value": profile.nick },
            ])
        };
        self.patches(operations).await;
        self.wanted = Some(profile);
    }

    async fn is_replaced(&mut self) {
        let mut profile = self.profile();
        profile.given = self.word("Given");
        profile.saml = self.new_saml();
        let body = self.whole(&profile);
        self.until(&[200], "PUT", &self.path(), &body).await;
        self.wanted = Some(profile);
    }

    async fn sets_active(&mut self, active: bool) {
        let operations = if self.chance.below(2) == 0 {
            json!([{ "op": "replace", "value": { "active": active } }])
        } else {
            let text = if active { "True" } else { "False" };
            json!([{ "op": "Replace", "path": "active", "value": text }])
        };
        self.patches(operations).await;
        self.wanted = Some(Profile { active, ..self.profile() });
    }

    async fn is_renamed(&mut self) {
        let name = self.new_name();
        let operations = json!([
            { "op": "replace", "path": "userName", "value": name },
            { "op": "replace", "path": "emails[type eq \"work\"].value", "value": name },
        ]);
        self.patches(operations).await;
        self.wanted = Some(Profile { name, ..self.profile() });
    }

    async fn is_unassigned(&mut self) {
        let path = self.path();
        self.until(&[204, 404], "DELETE", &path, &Value::Null).await;
        self.wanted = None;
        self.id = None;
        // Whoever is gone is in no group, and is in none when he comes again.
        self.skills.clear();
        self.role = None;
    }

    /// Two requests at once, for different attributes.
    async fn gets_two_values_at_once(&mut self) {
        let mut profile = self.profile();
        profile.family = self.word("Family");
        profile.given = self.word("Given");
        let one = json!([{ "op": "replace", "path": "name.familyName", "value": profile.family }]);
        let two = json!([{ "op": "replace", "path": "name.givenName", "value": profile.given }]);
        self.at_once(one, two, &[200]).await;
        self.wanted = Some(profile);
    }

    /// A request that the vendor refuses for good, beside a good one.
    async fn asks_for_the_impossible(&mut self) {
        let mut profile = self.profile();
        profile.family = self.word("Family");
        let good = json!([{ "op": "replace", "path": "name.familyName", "value": profile.family }]);
        let bad = json!([{ "op": "add", "path": format!("{VENDOR}:projectIds"), "value": [999_999] }]);
        // While somebody is inactive nothing of it reaches the vendor, so that there is nobody to refuse it.
        if profile.active {
            self.at_once(good, bad, &[400]).await;
        } else {
            self.patches(good).await;
        }
        self.wanted = Some(profile);
    }

    /// Disabled while a change is under way.
    async fn is_disabled_within_a_change(&mut self) {
        let mut profile = self.profile();
        profile.family = self.word("Family");
        profile.active = false;
        let change = json!([{ "op": "replace", "path": "name.familyName", "value": profile.family }]);
        let departure = json!([{ "op": "replace", "path": "active", "value": false }]);
        self.at_once(change, departure, &[200]).await;
        self.wanted = Some(profile);
    }

    /// Disabled and enabled again, or the other way round, without waiting for the first to succeed.
    async fn comes_and_goes(&mut self) {
        let active = self.profile().active;
        let operations = |active: bool| json!([{ "op": "replace", "path": "active", "value": active }]);
        let body = patch(&operations(!active));
        let _ = self.sends("PATCH", &self.path(), Some(&body)).await;
        self.patches(operations(active)).await;
    }

    async fn patches(&mut self, operations: Value) {
        let path = self.path();
        self.until(&[200], "PATCH", &path, &patch(&operations)).await;
    }

    /// The first must end with 200, the second with one of `expected`.
    async fn at_once(&mut self, first: Value, second: Value, expected: &[u16]) {
        let path = self.path();
        self.both((&path, &first, &[200]), (&path, &second, expected)).await;
    }

    /// Two requests at once: where to, what, and how each must end.
    pub(super) async fn both(&mut self, first: (&str, &Value, &[u16]), second: (&str, &Value, &[u16])) {
        let (one, two) = tokio::join!(
            repeat(&self.world, first.2, "PATCH", first.0, patch(first.1)),
            repeat(&self.world, second.2, "PATCH", second.0, patch(second.1)),
        );
        self.history.push("at once, the one:".to_owned());
        self.history.extend(one.0);
        self.history.push("and the other:".to_owned());
        self.history.extend(two.0);
        if let Err(problem) = one.1.and(two.1) {
            panic!("{problem}\n{}", self.told());
        }
    }

    /// Repeats a request until it is answered with one of `expected`.
    pub(super) async fn until(&mut self, expected: &[u16], method: &str, path: &str, body: &Value) {
        let (tried, result) = repeat(&self.world, expected, method, path, body.clone()).await;
        self.history.extend(tried);
        if let Err(problem) = result {
            panic!("{problem}\n{}", self.told());
        }
    }

    async fn sends(&mut self, method: &str, path: &str, body: Option<&Value>) -> Option<Answer> {
        let (line, answer) = once(&self.world, method, path, body).await;
        self.history.push(line);
        if answer.as_ref().is_none_or(|answer| answer.status >= 400) {
            tokio::time::sleep(PAUSE).await;
        }
        answer
    }

    fn whole(&self, profile: &Profile) -> Value {
        json!({
            "schemas": [USER, VENDOR], "userName": profile.name, "externalId": self.external, "active": profile.active,
            "name": { "givenName": profile.given, "familyName": profile.family }, "nickName": profile.nick,
            "emails": [{ "primary": true, "type": "work", "value": profile.name }], VENDOR: { "samlId": profile.saml },
        })
    }

    pub(super) fn family_becomes_new(&mut self) -> Value {
        let mut profile = self.profile();
        profile.family = self.word("Family");
        let operations = json!([{ "op": "replace", "path": "name.familyName", "value": profile.family }]);
        self.wanted = Some(profile);
        operations
    }

    fn profile(&self) -> Profile {
        self.wanted.clone().expect("only the assigned change")
    }

    /// `id` at the bridge.
    pub(super) fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    pub(super) fn path(&self) -> String {
        format!("/Users/{}", self.id.as_deref().expect("the assigned are linked"))
    }

    fn next(&mut self) -> u64 {
        self.serial += 1;
        self.serial
    }

    fn new_name(&mut self) -> String {
        let serial = self.next();
        format!("p{}-{serial}@example.com", self.number)
    }

    fn new_saml(&mut self) -> String {
        let serial = self.next();
        format!("saml-{}-{serial}", self.number)
    }

    fn word(&mut self, kind: &str) -> String {
        format!("{kind}{}", self.next())
    }

    fn told(&self) -> String {
        format!("wanted: {:?}\n{}", self.wanted, self.history.join("\n"))
    }
}

pub(super) fn patch(operations: &Value) -> Value {
    json!({ "schemas": [PATCH], "Operations": operations })
}

pub(super) async fn repeat(
    world: &Shared,
    expected: &[u16],
    method: &str,
    path: &str,
    body: Value,
) -> (Vec<String>, Result<(), String>) {
    let mut tried = Vec::new();
    for _ in 0..PATIENCE {
        let (line, answer) = once(world, method, path, Some(&body).filter(|body| !body.is_null())).await;
        tried.push(line);
        match answer {
            Some(answer) if expected.contains(&answer.status) => return (tried, Ok(())),
            Some(answer) if ![429, 503].contains(&answer.status) => {
                return (tried, Err(format!("{method} {path} answered {}: {}", answer.status, answer.text)));
            }
            _ => tokio::time::sleep(PAUSE).await,
        }
    }
    (tried, Err(format!("{method} {path} does not come to an end")))
}

/// Sends a request once. `None`: no answer came, or only a part of one.
async fn once(world: &Shared, method: &str, path: &str, body: Option<&Value>) -> (String, Option<Answer>) {
    let idp: Idp = world.read().await.idp();
    let answer = idp.attempt(method, path, body).await;
    let shown = body.map(Value::to_string).unwrap_or_default();
    let line = match &answer {
        Some(answer) => format!("{method} {path} {shown} -> {} {}", answer.status, answer.detail()),
        None => format!("{method} {path} {shown} -> no answer"),
    };
    (line, answer)
}
