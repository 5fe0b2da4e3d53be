//! Entra's way: cycles. What fails is left for the next one; references come after the people, one member per request, many at the same time.

use futures_util::StreamExt as _;
use futures_util::stream;
use serde_json::{Value, json};

use super::directory::{Directory, external_id};
use super::{Ended, GROUPS, PATIENCE, PEOPLE, Shared, judge, patch_body, pause, trouble, world};
use crate::support::Idp;
use crate::support::idp::{ENTERPRISE, GROUP, USER};

/// Requests at the same time.
const AT_ONCE: usize = 25;
/// In front of the name of whom Entra has soft-deleted.
pub const GONE: &str = "0f8fad5bd9cb469fa16570867728950e";

#[derive(Clone, Debug)]
enum Job {
    Provide(usize),
    SetName(usize),
    SetAttributes(usize),
    SetManager(usize),
    SetActive(usize),
    SoftDelete(usize),
    Restore(usize),
    HardDelete(usize),
    ProvideGroup(usize),
    RenameGroup(usize),
    AddMember(usize, usize),
    RemoveMember(usize, usize),
    DeleteGroup(usize),
}

#[tokio::test(flavor = "multi_thread")]
async fn entra_takes_two_hundred_people_and_twenty_groups_through_their_lives() {
    let world = world("entra").await;
    let directory = live(world.idp(), async || trouble(&world).await).await;
    directory.has_arrived(&world).await;
}

/// The whole life, with trouble at the beginning of each cycle. What Entra wants in the end.
pub async fn live(idp: Idp, trouble: impl AsyncFn()) -> Directory {
    let entra = Entra { idp, directory: Shared::new(Directory::new()) };
    entra.tests_the_connection().await;

    // Initial cycle: people, then groups, then what refers to them.
    trouble().await;
    entra.cycles((0..PEOPLE).map(Job::Provide).collect()).await;
    entra.cycles((0..GROUPS).map(Job::ProvideGroup).collect()).await;
    let jobs = entra.references();
    entra.cycles(jobs).await;

    // Incremental cycles.
    trouble().await;
    let jobs = entra.changes();
    entra.cycles(jobs).await;
    entra.tests_the_connection().await;
    trouble().await;
    let jobs = entra.further_changes();
    entra.cycles(jobs).await;
    let jobs = entra.hard_deletions();
    entra.cycles(jobs).await;

    entra.directory.now().clone()
}

struct Entra {
    idp: Idp,
    directory: Shared,
}

impl Entra {
    /// The same probe as at the beginning comes in operation, too.
    async fn tests_the_connection(&self) {
        let found = self.idp.get("/Users?filter=userName+eq+\"f7b6c1f2-0d3e-4a53-9f7e-3b8f2f1d9a11\"").await.is(200);
        assert_eq!(found.body["totalResults"], 0);
    }

    /// Managers, and every member of every group, one by one.
    fn references(&self) -> Vec<Job> {
        let mut directory = self.directory.now();
        let mut jobs = Vec::new();
        for person in 150..160 {
            directory.people[person].manager = Some(person - 150);
            jobs.push(Job::SetManager(person));
        }
        let members = directory.groups.iter().enumerate();
        jobs.extend(
            members.flat_map(|(group, wanted)| wanted.members.iter().map(move |one| Job::AddMember(group, *one))),
        );
        jobs
    }

    fn changes(&self) -> Vec<Job> {
        let mut directory = self.directory.now();
        let mut jobs = Vec::new();
        for person in 0..40 {
            directory.people[person].family = format!("Married{person}");
            jobs.push(Job::SetAttributes(person));
        }
        for person in 40..50 {
            directory.people[person].name = format!("new{person}@example.com");
            jobs.push(Job::SetName(person));
        }
        for person in 60..75 {
            directory.people[person].active = false;
            jobs.push(Job::SetActive(person));
        }
        for person in 75..85 {
            let name = format!("{GONE}{}", directory.people[person].name);
            directory.people[person].name = name;
            directory.people[person].active = false;
            jobs.push(Job::SoftDelete(person));
        }
        for group in 0..16 {
            let leavers: Vec<usize> =
                directory.groups[group].members.iter().copied().filter(|one| (80..100).contains(one)).collect();
            for one in leavers {
                directory.groups[group].members.remove(&one);
                // Removals are repeated, whether or not they worked.
                jobs.extend([Job::RemoveMember(group, one), Job::RemoveMember(group, one)]);
            }
            for one in (100..PEOPLE).filter(|one| one % 33 == group) {
                directory.groups[group].members.insert(one);
                jobs.push(Job::AddMember(group, one));
            }
        }
        for group in 0..3 {
            directory.groups[group].name = format!("Support skill Second{group}");
            jobs.push(Job::RenameGroup(group));
        }
        jobs
    }

    fn further_changes(&self) -> Vec<Job> {
        let mut directory = self.directory.now();
        let mut jobs = Vec::new();
        for person in 60..70 {
            directory.people[person].active = true;
            jobs.push(Job::SetActive(person));
        }
        for person in 75..80 {
            let name = directory.people[person].name.trim_start_matches(GONE).to_owned();
            directory.people[person].name = name;
            directory.people[person].active = true;
            jobs.push(Job::Restore(person));
        }
        for person in 150..155 {
            directory.people[person].manager = None;
            jobs.push(Job::SetManager(person));
        }
        // From one role to the other, in no particular order.
        let movers: Vec<usize> = directory.groups[16].members.iter().copied().filter(|one| one % 20 == 1).collect();
        for one in movers {
            directory.groups[16].members.remove(&one);
            directory.groups[17].members.insert(one);
            jobs.extend([Job::AddMember(17, one), Job::RemoveMember(16, one)]);
        }
        for group in [8, 19] {
            directory.groups[group].gone = true;
            jobs.push(Job::DeleteGroup(group));
        }
        jobs
    }

    fn hard_deletions(&self) -> Vec<Job> {
        let mut directory = self.directory.now();
        let people = 80..85;
        for person in people.clone() {
            directory.people[person].gone = true;
        }
        people.map(Job::HardDelete).collect()
    }

    /// Cycle after cycle until everything has worked. Each tries everything once.
    async fn cycles(&self, mut jobs: Vec<Job>) {
        for _ in 0..PATIENCE {
            let ended: Vec<(Job, Ended)> = stream::iter(jobs)
                .map(|job| async move {
                    let ended = self.attempt(&job).await;
                    (job, ended)
                })
                .buffer_unordered(AT_ONCE)
                .collect()
                .await;
            jobs = Vec::new();
            let mut wait = None;
            for (job, ended) in ended {
                if let Ended::Again(asked) = ended {
                    wait = wait.max(asked);
                    jobs.push(job);
                }
            }
            if jobs.is_empty() {
                return;
            }
            tokio::time::sleep(pause(wait)).await;
        }
        panic!("{} jobs do not come to an end: {:?}", jobs.len(), jobs.first());
    }

    async fn attempt(&self, job: &Job) -> Ended {
        let what = format!("{job:?}");
        let what = what.as_str();
        match *job {
            Job::Provide(person) => self.provide(person, what).await,
            Job::SetAttributes(person) => {
                let (given, family) =
                    self.about(|now| (now.people[person].given.clone(), now.people[person].family.clone()));
                let operations = json!([
                    { "op": "Replace", "path": "name.givenName", "value": given },
                    { "op": "Replace", "path": "name.familyName", "value": family },
                    { "op": "Add", "path": format!("{ENTERPRISE}:department"), "value": "Care" },
                ]);
                self.patches(what, person, &operations).await
            }
            Job::SetName(person) => {
                let name = self.about(|now| now.people[person].name.clone());
                let operations = json!([
                    { "op": "Replace", "path": "userName", "value": name },
                    { "op": "Replace", "path": "emails[type eq \"work\"].value", "value": name },
                ]);
                self.patches(what, person, &operations).await
            }
            Job::SetManager(person) => {
                let manager = self.about(|now| now.people[person].manager.map(|manager| now.id(manager)));
                let path = format!("{ENTERPRISE}:manager");
                let operation = match manager {
                    Some(manager) => json!({ "op": "Add", "path": path, "value": manager }),
                    None => json!({ "op": "Remove", "path": path }),
                };
                self.patches(what, person, &json!([operation])).await
            }
            Job::SetActive(person) => {
                let text = if self.about(|now| now.people[person].active) { "True" } else { "False" };
                self.patches(what, person, &json!([{ "op": "Replace", "path": "active", "value": text }])).await
            }
            Job::SoftDelete(person) | Job::Restore(person) => {
                let (name, active) = self.about(|now| (now.people[person].name.clone(), now.people[person].active));
                let operations = json!([
                    { "op": "Replace", "path": "active", "value": if active { "True" } else { "False" } },
                    { "op": "Replace", "path": "userName", "value": name },
                ]);
                self.patches(what, person, &operations).await
            }
            Job::HardDelete(person) => {
                let path = self.about(|now| now.path(person));
                self.sends(what, "DELETE", &path, None, &[204, 404]).await
            }
            Job::ProvideGroup(group) => self.provide_group(group, what).await,
            Job::RenameGroup(group) => {
                let name = self.about(|now| now.groups[group].name.clone());
                self.patches_group(what, group, &json!({ "op": "Replace", "path": "displayName", "value": name })).await
            }
            Job::AddMember(group, person) => self.member(what, "Add", group, person).await,
            Job::RemoveMember(group, person) => self.member(what, "Remove", group, person).await,
            Job::DeleteGroup(group) => {
                let path = self.about(|now| now.group_path(group));
                self.sends(what, "DELETE", &path, None, &[204, 404]).await
            }
        }
    }

    /// The existence check, then the create; who is there already is linked.
    async fn provide(&self, person: usize, what: &str) -> Ended {
        let wanted = self.about(|now| now.people[person].clone());
        let filter = format!("/Users?filter=userName+eq+\"{}\"", wanted.name.replace('@', "%40"));
        let found = self.idp.attempt("GET", &filter, None).await;
        if let again @ Ended::Again(_) = judge(what, found.as_ref(), &[200]) {
            return again;
        }
        let mut id = found.and_then(|found| found.body["Resources"][0]["id"].as_str().map(str::to_owned));
        if id.is_none() {
            let body = json!({
                "schemas": [USER, ENTERPRISE], "externalId": external_id(person), "userName": wanted.name, "active": wanted.active,
                "displayName": format!("{} {}", wanted.given, wanted.family), "meta": { "resourceType": "User" }, "roles": [],
                "emails": [{ "primary": true, "type": "work", "value": wanted.name }],
                "name": { "formatted": format!("{} {}", wanted.given, wanted.family), "givenName": wanted.given, "familyName": wanted.family },
            });
            let made = self.idp.attempt("POST", "/Users", Some(&body)).await;
            if made.as_ref().is_some_and(|made| made.status == 409) {
                return Ended::Again(None);
            }
            if let again @ Ended::Again(_) = judge(what, made.as_ref(), &[201]) {
                return again;
            }
            id = made.map(|made| made.id());
        }
        self.directory.now().people[person].id = id;
        Ended::Well
    }

    async fn provide_group(&self, group: usize, what: &str) -> Ended {
        let name = self.about(|now| now.groups[group].name.clone());
        let filter = format!("/Groups?excludedAttributes=members&filter=displayName+eq+\"{}\"", name.replace(' ', "+"));
        let found = self.idp.attempt("GET", &filter, None).await;
        if let again @ Ended::Again(_) = judge(what, found.as_ref(), &[200]) {
            return again;
        }
        let mut id = found.and_then(|found| found.body["Resources"][0]["id"].as_str().map(str::to_owned));
        if id.is_none() {
            let body = json!({
                "schemas": [GROUP, "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"],
                "externalId": format!("group-{group}"), "displayName": name, "meta": { "resourceType": "Group" },
            });
            let made = self.idp.attempt("POST", "/Groups", Some(&body)).await;
            if made.as_ref().is_some_and(|made| made.status == 409) {
                return Ended::Again(None);
            }
            if let again @ Ended::Again(_) = judge(what, made.as_ref(), &[201]) {
                return again;
            }
            id = made.map(|made| made.id());
        }
        self.directory.now().groups[group].id = id;
        Ended::Well
    }

    async fn member(&self, what: &str, op: &str, group: usize, person: usize) -> Ended {
        let id = self.about(|now| now.id(person));
        let value = json!([{ "$ref": null, "value": id }]);
        self.patches_group(what, group, &json!({ "op": op, "path": "members", "value": value })).await
    }

    async fn patches(&self, what: &str, person: usize, operations: &Value) -> Ended {
        let path = self.about(|now| now.path(person));
        self.sends(what, "PATCH", &path, Some(patch_body(operations)), &[200]).await
    }

    async fn patches_group(&self, what: &str, group: usize, operation: &Value) -> Ended {
        let path = self.about(|now| now.group_path(group));
        self.sends(what, "PATCH", &path, Some(patch_body(&json!([operation]))), &[204]).await
    }

    async fn sends(&self, what: &str, method: &str, path: &str, body: Option<Value>, well: &[u16]) -> Ended {
        judge(what, self.idp.attempt(method, path, body.as_ref()).await.as_ref(), well)
    }

    fn about<T>(&self, read: impl FnOnce(&Directory) -> T) -> T {
        read(&self.directory.now())
    }
}
