//! Okta's way: tasks of their own, many at the same time, each repeated when the answer asks for it.

use futures_util::StreamExt as _;
use futures_util::stream;
use serde_json::{Value, json};

use super::directory::{Directory, external_id};
use super::{Ended, GROUPS, PATIENCE, PEOPLE, Shared, judge, patch_body, pause, trouble, world};
use crate::support::idp::{ENTERPRISE, GROUP, USER, encoded};
use crate::support::{Answer, Idp};

/// Tasks at the same time.
const AT_ONCE: usize = 25;

#[derive(Clone, Debug)]
enum Task {
    Assign(usize),
    PushProfile(usize),
    SetActive(usize),
    PushGroup(usize),
    RenameGroup(usize),
    /// Who leaves, who joins.
    ChangeMembers(usize, Vec<usize>, Vec<usize>),
    PushNow(usize),
    DeleteGroup(usize),
}

#[tokio::test(flavor = "multi_thread")]
async fn okta_takes_two_hundred_people_and_twenty_groups_through_their_lives() {
    let world = world("okta").await;
    let directory = live(world.idp(), async || trouble(&world).await).await;
    directory.has_arrived(&world).await;
}

/// The whole life, with trouble at the beginning of each day. What Okta wants in the end.
pub async fn live(idp: Idp, trouble: impl AsyncFn()) -> Directory {
    let okta = Okta { idp, directory: Shared::new(Directory::new()) };

    // Test of the credentials.
    okta.idp.get("/Users?startIndex=1&count=2").await.is(200);
    okta.idp.get("/Groups?startIndex=1&count=100").await.is(200);

    // Assignment of everybody; a group of before, made by somebody else, that will be linked.
    trouble().await;
    okta.idp.post("/Groups", json!({ "schemas": [GROUP], "displayName": "Floor 18" })).await.is(201);
    okta.all((0..PEOPLE).map(Task::Assign)).await;

    // Group Push: each is looked for, made or linked, then overwritten with its membership.
    okta.all((0..GROUPS).map(Task::PushGroup)).await;

    // A working day: profiles, new names, managers, leavers and memberships, all at once.
    trouble().await;
    let tasks = okta.working_day();
    okta.all(tasks).await;

    // Another: leavers come back, groups get other names, are pushed anew (one while it is empty), and two are unlinked and deleted.
    trouble().await;
    let tasks = okta.another_day();
    okta.all(tasks).await;
    okta.all([Task::PushNow(7)]).await;

    okta.directory.now().clone()
}

struct Okta {
    idp: Idp,
    directory: Shared,
}

impl Okta {
    fn working_day(&self) -> Vec<Task> {
        let mut tasks = Vec::new();
        let mut directory = self.directory.now();
        for person in 0..40 {
            directory.people[person].family = format!("Married{person}");
            tasks.push(Task::PushProfile(person));
        }
        for person in 40..50 {
            directory.people[person].name = format!("new{person}@example.com");
            tasks.push(Task::PushProfile(person));
        }
        for person in 50..60 {
            directory.people[person].manager = Some(person - 50);
            tasks.push(Task::PushProfile(person));
        }
        for person in 60..75 {
            directory.people[person].active = false;
            tasks.push(Task::SetActive(person));
        }
        for group in 0..16 {
            // Who leaves the app leaves its groups; somebody else goes, and three come.
            let leavers: Vec<usize> =
                directory.groups[group].members.iter().copied().filter(|one| (60..80).contains(one)).collect();
            let joiners: Vec<usize> = (100..PEOPLE).filter(|one| one % 33 == group).collect();
            directory.groups[group].members.retain(|one| !leavers.contains(one));
            directory.groups[group].members.extend(&joiners);
            tasks.push(Task::ChangeMembers(group, leavers, joiners));
        }
        tasks
    }

    fn another_day(&self) -> Vec<Task> {
        let mut tasks = Vec::new();
        let mut directory = self.directory.now();
        for person in 60..70 {
            directory.people[person].active = true;
            tasks.push(Task::SetActive(person));
        }
        for group in 0..4 {
            directory.groups[group].name = format!("Support skill Second{group}");
            tasks.push(Task::RenameGroup(group));
        }
        for group in [4, 5, 16] {
            directory.groups[group].members.retain(|one| one % 3 == 0);
            tasks.push(Task::PushNow(group));
        }
        directory.groups[7].members.clear();
        tasks.push(Task::PushNow(7));
        for group in [8, 19] {
            directory.groups[group].gone = true;
            tasks.push(Task::DeleteGroup(group));
        }
        // Back from the break: whoever was reactivated is in his groups again.
        for group in 9..12 {
            let joiners: Vec<usize> = (60..70).collect();
            directory.groups[group].members.extend(&joiners);
            tasks.push(Task::ChangeMembers(group, Vec::new(), joiners));
        }
        tasks
    }

    /// Does all of these, many at the same time.
    async fn all(&self, tasks: impl IntoIterator<Item = Task>) {
        stream::iter(tasks).for_each_concurrent(AT_ONCE, |task| self.done(task)).await;
    }

    async fn done(&self, task: Task) {
        for _ in 0..PATIENCE {
            match self.attempt(&task).await {
                Ended::Well => return,
                Ended::Again(wait) => tokio::time::sleep(pause(wait)).await,
            }
        }
        panic!("{task:?} does not come to an end");
    }

    async fn attempt(&self, task: &Task) -> Ended {
        let what = format!("{task:?}");
        match task {
            Task::Assign(person) => self.assign(*person, &what).await,
            Task::PushProfile(person) => self.push_profile(*person, &what).await,
            Task::SetActive(person) => {
                let (path, active) = self.about(|now| (now.path(*person), now.people[*person].active));
                let operations = json!([{ "op": "replace", "value": { "active": active } }]);
                self.sends(&what, "PATCH", &path, Some(patch_body(&operations)), &[200, 204]).await
            }
            Task::PushGroup(group) => self.push_group(*group, &what).await,
            Task::RenameGroup(group) => self.update_group(*group, &what, Vec::new()).await,
            Task::ChangeMembers(group, leavers, joiners) => {
                let mut more: Vec<Value> = leavers
                    .iter()
                    .map(|one| json!({ "op": "remove", "path": format!("members[value eq \"{}\"]", self.directory.now().id(*one)) }))
                    .collect();
                more.push(json!({ "op": "add", "path": "members", "value": self.members(joiners) }));
                self.update_group(*group, &what, more).await
            }
            Task::PushNow(group) => {
                let members: Vec<usize> = self.about(|now| now.groups[*group].members.iter().copied().collect());
                let members = self.members(&members);
                self.update_group(*group, &what, vec![json!({ "op": "replace", "path": "members", "value": members })])
                    .await
            }
            Task::DeleteGroup(group) => {
                let path = self.about(|now| now.group_path(*group));
                self.sends(&what, "DELETE", &path, None, &[204, 404]).await
            }
        }
    }

    async fn assign(&self, person: usize, what: &str) -> Ended {
        let (name, body) = self.about(|now| (now.people[person].name.clone(), profile(now, person)));
        let filter = encoded(&format!("userName eq \"{name}\""));
        let found = self.idp.attempt("GET", &format!("/Users?filter={filter}&startIndex=1&count=100"), None).await;
        if let again @ Ended::Again(_) = judge(what, found.as_ref(), &[200]) {
            return again;
        }
        let existing = found.and_then(|found| found.body["Resources"][0]["id"].as_str().map(str::to_owned));
        let answer = match &existing {
            Some(id) => self.idp.attempt("PUT", &format!("/Users/{id}"), Some(&body)).await,
            None => self.idp.attempt("POST", "/Users", Some(&body)).await,
        };
        // Whoever was made by a request that got no answer is found the next time.
        if answer.as_ref().is_some_and(|answer| answer.status == 409) {
            return Ended::Again(None);
        }
        let ended = judge(what, answer.as_ref(), &[200, 201]);
        if let (Ended::Well, Some(answer)) = (&ended, answer) {
            self.directory.now().people[person].id = Some(answer.id());
        }
        ended
    }

    /// Read, change, put back.
    async fn push_profile(&self, person: usize, what: &str) -> Ended {
        let (path, wanted) = self.about(|now| (now.path(person), profile(now, person)));
        let read = self.idp.attempt("GET", &path, None).await;
        if let again @ Ended::Again(_) = judge(what, read.as_ref(), &[200]) {
            return again;
        }
        let mut whole = read.map(|read| read.body).unwrap_or_default();
        for (name, value) in wanted.as_object().into_iter().flatten().filter(|(name, _)| *name != "password") {
            whole[name] = value.clone();
        }
        self.sends(what, "PUT", &path, Some(whole), &[200]).await
    }

    async fn push_group(&self, group: usize, what: &str) -> Ended {
        let name = self.about(|now| now.groups[group].name.clone());
        let filter = encoded(&format!("displayName eq \"{name}\""));
        let found = self.idp.attempt("GET", &format!("/Groups?filter={filter}&startIndex=1&count=100"), None).await;
        if let again @ Ended::Again(_) = judge(what, found.as_ref(), &[200]) {
            return again;
        }
        let mut id = found.and_then(|found| found.body["Resources"][0]["id"].as_str().map(str::to_owned));
        if id.is_none() {
            let body = json!({ "schemas": [GROUP], "displayName": name, "members": [] });
            let made = self.idp.attempt("POST", "/Groups", Some(&body)).await;
            if made.as_ref().is_some_and(|made| made.status == 409) {
                return Ended::Again(None);
            }
            if let again @ Ended::Again(_) = judge(what, made.as_ref(), &[201]) {
                return again;
            }
            id = made.map(|made: Answer| made.id());
        }
        self.directory.now().groups[group].id = id;
        let members: Vec<usize> = self.about(|now| now.groups[group].members.iter().copied().collect());
        let members = self.members(&members);
        self.update_group(group, what, vec![json!({ "op": "replace", "path": "members", "value": members })]).await
    }

    /// Name and own id come with every update of a group.
    async fn update_group(&self, group: usize, what: &str, more: Vec<Value>) -> Ended {
        let (path, id, name) =
            self.about(|now| (now.group_path(group), now.groups[group].id.clone(), now.groups[group].name.clone()));
        let mut operations = vec![json!({ "op": "replace", "value": { "id": id, "displayName": name } })];
        operations.extend(more);
        self.sends(what, "PATCH", &path, Some(patch_body(&json!(operations))), &[200, 204]).await
    }

    async fn sends(&self, what: &str, method: &str, path: &str, body: Option<Value>, well: &[u16]) -> Ended {
        judge(what, self.idp.attempt(method, path, body.as_ref()).await.as_ref(), well)
    }

    fn members(&self, these: &[usize]) -> Value {
        let now = self.directory.now();
        these.iter().map(|one| json!({ "value": now.id(*one), "display": now.people[*one].name })).collect()
    }

    fn about<T>(&self, read: impl FnOnce(&Directory) -> T) -> T {
        read(&self.directory.now())
    }
}

fn profile(now: &Directory, person: usize) -> Value {
    let wanted = &now.people[person];
    let mut body = json!({
        "schemas": [USER], "userName": wanted.name, "externalId": external_id(person), "active": wanted.active, "locale": "en-US",
        "name": { "givenName": wanted.given, "familyName": wanted.family }, "displayName": format!("{} {}", wanted.given, wanted.family),
        "emails": [{ "primary": true, "value": wanted.name, "type": "work" }], "groups": [], "password": "q7T2randomlyMade",
    });
    if let Some(manager) = wanted.manager {
        body[ENTERPRISE] = json!({ "manager": { "value": now.id(manager) } });
    }
    body
}
