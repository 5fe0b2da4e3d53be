//! How entities are answered: chosen fields, what is computed at that moment, and the headers of the revision. It changes nothing.

use std::collections::HashMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::control::{Answer, Request};
use super::account::{Account, Collection, Entity, groups_in, ids, member_of, text};
use super::kind::Kind;
use super::knobs::{Knobs, ProfilesRevision, Verdict};
use super::query::Select;
use super::refusal::Refusal;

/// How one answer shows entities.
pub struct Shown<'a> {
    account: &'a Account,
    kind: Kind,
    knobs: &'a Knobs,
    select: Select,
    assigned: HashMap<i64, usize>,
    members: HashMap<i64, (Vec<i64>, Vec<i64>)>,
}

impl<'a> Shown<'a> {
    /// Counts what has to be counted for this kind.
    pub fn new(account: &'a Account, kind: Kind, knobs: &'a Knobs, select: Select) -> Self {
        let mut shown = Self { account, kind, knobs, select, assigned: HashMap::new(), members: HashMap::new() };
        let lists_members = kind == Kind::AgentGroups && knobs.group_member_lists;
        if kind == Kind::Profiles || lists_members {
            for (id, user) in account.of(Kind::Users).live() {
                ids(user, "profileIds").for_each(|profile| *shown.assigned.entry(profile).or_default() += 1);
                if let Some(group) = member_of(user) {
                    shown.members.entry(group).or_default().0.push(id);
                }
                groups_in(user, "managerOf").for_each(|group| shown.members.entry(group).or_default().1.push(id));
            }
        }
        shown
    }

    /// One entity as it is answered.
    pub fn show(&self, id: i64, entity: &Entity) -> Value {
        let mut entity = entity.clone();
        match self.kind {
            Kind::Users => self.add_to_user(&mut entity),
            Kind::Profiles => {
                entity.insert(
                    "numOfAssignedUsers".to_owned(),
                    json!(self.assigned.get(&id).copied().unwrap_or_default()),
                );
            }
            Kind::AgentGroups if self.knobs.group_member_lists => {
                let (members, managers) = self.members.get(&id).cloned().unwrap_or_default();
                entity.insert("members".to_owned(), json!(members));
                entity.insert("managers".to_owned(), json!(managers));
            }
            Kind::Skills | Kind::AgentGroups | Kind::Lobs => {}
        }
        Value::Object(self.select.apply(entity))
    }

    fn add_to_user(&self, user: &mut Entity) {
        if self.knobs.blank_pii {
            for field in ["fullName", "employeeId"] {
                user.insert(field.to_owned(), json!(""));
            }
        }
        if self.knobs.extra_fields {
            let profiles = ids(user, "profileIds").filter_map(|id| self.account.live(Kind::Profiles, id));
            let profiles: Vec<Value> = profiles
                .map(|profile| json!({ "id": profile["id"], "name": text(profile, "name"), "roleTypeId": profile["roleTypeId"] }))
                .collect();
            user.insert("lpaCreatedUser".to_owned(), json!(false));
            user.insert("profiles".to_owned(), json!(profiles));
        } else {
            user.shift_remove("dateCreated");
        }
    }
}

/// Whether a read finds nothing new: 304.
pub fn is_unchanged(request: &Request, collection: &Collection, kind: Kind, knobs: &Knobs) -> Result<bool, Refusal> {
    if tells_time(kind, knobs) {
        return Ok(request.header("x-lp-last-modified").is_some_and(|time| time == date(collection.modified)));
    }
    Ok(known_revision(request)?.is_some_and(|known| u64::try_from(known) == Ok(collection.revision)))
}

/// Refuses a write that does not know the latest change.
pub fn check_latest(request: &Request, collection: &Collection, kind: Kind, knobs: &Knobs) -> Result<(), Refusal> {
    let (header, is_latest) = if tells_time(kind, knobs) {
        let known = request.header("x-lp-last-modified");
        ("X-LP-Last-Modified", known.map(|time| time == date(collection.modified)))
    } else {
        let is_latest = |known: i64| match known {
            -1 => knobs.minus_one == Verdict::Accept,
            known => u64::try_from(known) == Ok(collection.revision),
        };
        ("If-Match", known_revision(request)?.map(is_latest))
    };
    match is_latest {
        Some(true) => Ok(()),
        None if knobs.missing_if_match == Verdict::Accept => Ok(()),
        None => Err(Refusal::bad(format!("{header} is required"))),
        Some(false) => {
            let stale = Refusal::new(knobs.stale_status, "revision mismatch");
            let headers = revision_headers(collection, kind, knobs);
            Err(headers.into_iter().fold(stale, |stale, (name, value)| stale.with_header(name, value)))
        }
    }
}

/// The headers that say which state of a kind an answer shows.
pub fn with_revision(answer: Answer, collection: &Collection, kind: Kind, knobs: &Knobs) -> Answer {
    let headers = revision_headers(collection, kind, knobs);
    headers.into_iter().fold(answer, |answer, (name, value)| answer.with_header(name, value))
}

/// A time as the vendor writes it: without a zone.
pub fn date(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

fn revision_headers(collection: &Collection, kind: Kind, knobs: &Knobs) -> Vec<(&'static str, String)> {
    if tells_time(kind, knobs) {
        return vec![("x-lp-last-modified", date(collection.modified))];
    }
    let revision = collection.revision.to_string();
    vec![("ac-revision", revision.clone()), ("etag", revision)]
}

fn tells_time(kind: Kind, knobs: &Knobs) -> bool {
    kind == Kind::Profiles && knobs.profiles_revision == ProfilesRevision::LastModified
}

fn known_revision(request: &Request) -> Result<Option<i64>, Refusal> {
    let header = request.header("if-match").map(|text| text.trim().trim_matches('"'));
    header.map(str::parse).transpose().map_err(|_| Refusal::bad("If-Match must be a revision"))
}
