//! Objects that the vendor already has become groups, and the people who have them their members, so that the IdP can find and link them. Nothing is
//! changed at the vendor.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use serde_json::{Map, Value};
use tokio::time::Instant;

use super::Groups;
use crate::config::groups::{Meaning, ObjectRef};
use crate::ids::{RequestId, ScimId, VendorId};
use crate::mapping::bound::{Beside, BoundTarget, Entry};
use crate::mapping::record::{Desired, Record};
use crate::provision::error::ProvisionError;
use crate::provision::memberships::{self, Counted};
use crate::provision::shared::Shared;
use crate::provision::subject::keys_in;
use crate::provision::work::{attributes_of, to_text, urgency};
use crate::provision::write::{replace_account, update_resource};
use crate::provision::{ImportReport, catalogs, directory};
use crate::scim::resource::with_schemas;
use crate::scim::schema::group_type;
use crate::store::{
    Account, Change, Doubt, Kind, Lookup, NewMember, Person, Query, Start, StoreError, StoredResource, WorkState,
};
use crate::vendor::{CallContext, Priority};

/// Longest time for the list of one target.
const PATIENCE: Duration = Duration::from_mins(30);
/// People read at a time.
const PAGE: u64 = 1_000;
/// People written at the same time, so that their commits share a disk write.
const AT_ONCE: usize = 64;

/// The groups of a target, as the import has found or made them.
struct Imported<'a> {
    target: &'a BoundTarget,
    /// By the vendor's key: the group, and whether it is new.
    groups: HashMap<String, (ScimId, Option<i64>, bool)>,
}

/// Takes in groups and their members. `new_people`: whom the import has brought in or linked just now; of others, only new groups are told.
pub(in crate::provision) async fn import(
    groups: &Arc<Groups>,
    new_people: &HashSet<ScimId>,
    report: &mut ImportReport,
) -> Result<(), ProvisionError> {
    if !groups.people.parts.options.groups.reach_the_vendor() {
        return Ok(());
    }
    let mut all = Vec::new();
    for target in groups.people.parts.bound.targets() {
        let mut imported = Imported { target, groups: HashMap::new() };
        for entry in objects(groups, target).await? {
            report.groups.listed += 1;
            match take_in(groups, target, &entry).await? {
                Ok((id, level, is_new)) => {
                    if is_new {
                        report.groups.imported += 1;
                    } else {
                        report.groups.known += 1;
                    }
                    imported.groups.insert(entry.key, (id, level, is_new));
                }
                Err(reason) => report.skipped.push(reason),
            }
        }
        all.push(imported);
    }
    let is_anything_new = all.iter().any(|one| one.groups.values().any(|(_, _, is_new)| *is_new));
    if is_anything_new || !new_people.is_empty() {
        take_in_members(groups, &all, new_people, report).await?;
    }
    Ok(())
}

/// The objects of a target; none where the mapping cannot list them.
async fn objects(groups: &Groups, target: &BoundTarget) -> Result<Vec<Entry>, ProvisionError> {
    let context = CallContext {
        request_id: RequestId::generate(),
        priority: Priority::Background,
        deadline: Instant::now() + PATIENCE,
    };
    let Some(engine) = groups.objects.get(&target.name) else {
        let Some(catalog) = &target.catalog else { return Ok(Vec::new()) };
        return Ok(catalogs::entries(&groups.people, catalog).await?.to_vec());
    };
    let (vendor, bound) = (&*engine.parts.vendor, &engine.parts.bound);
    let listed = directory::walk_all(vendor, bound, None, &context, &|_| {}).await.map(directory::Walked::accounts);
    let listed = listed.map_err(|failure| ProvisionError::Unlisted {
        vendor: bound.vendor_title().to_owned(),
        reason: format!("{}: {}", target.name, failure.verdict.say),
    })?;
    Ok(listed.iter().filter_map(Entry::of).collect())
}

type Taken = Result<(ScimId, Option<i64>, bool), String>;

async fn take_in(groups: &Groups, target: &BoundTarget, entry: &Entry) -> Result<Taken, ProvisionError> {
    let called = format!("{} {} ({})", target.name, entry.key, entry.name);
    let rules = &groups.people.parts.options.groups;
    let Some(display) = rules.display_name_of(&target.name, &entry.key, &entry.name) else {
        return Ok(Err(format!("{called}: no rule under `groups` in bridge.yaml leads to it")));
    };
    let Meaning::Target(meaning) = rules.meaning_of(&display) else {
        return Ok(Err(format!("{called}: the rules give its name {display} another meaning")));
    };
    let level = meaning.level.or(target.level.map(|rule| rule.default));
    let (store, connection) = (groups.store(), &groups.people.parts.connection);
    let has_engine = groups.objects.contains_key(&target.name) && matches!(meaning.object, ObjectRef::Name(_));
    let key = if has_engine {
        let Some(key) = VendorId::parse(&entry.key) else {
            return Ok(Err(format!("{called}: its key cannot be used")));
        };
        if let Some(known) = store.person_by_vendor_id(connection, &target.name, &key).await? {
            return Ok(Ok((known.resource.id, level, false)));
        }
        Some(key)
    } else {
        let found = store.look_up(connection, Kind::Group, &Lookup::Name(display.clone())).await?;
        if let Some(known) = found.into_iter().next() {
            return Ok(Ok((known.id, level, false)));
        }
        None
    };
    Ok(match insert(groups, target, entry, &display, key).await {
        Ok(id) => Ok((id, level, true)),
        Err(StoreError::NameTaken { taken_by }) => Err(format!(
            "{called}: the group {display} is there already (id {taken_by}) and stands for another object, or is still being made"
        )),
        Err(StoreError::VendorIdTaken { taken_by }) => Ok((taken_by, level, false)),
        Err(error) => return Err(error.into()),
    })
}

async fn insert(
    groups: &Groups,
    target: &BoundTarget,
    entry: &Entry,
    display: &str,
    key: Option<VendorId>,
) -> Result<ScimId, StoreError> {
    let people = &groups.people;
    let (id, now) = (ScimId::generate(), people.now());
    let attributes = Map::from_iter([("displayName".to_owned(), Value::from(display))]);
    let body = to_text(&with_schemas(&attributes, &group_type()));
    let resource =
        StoredResource { id: id.clone(), version: 1, created: now, modified: now, body: body.clone(), confirmed: true };
    let keys = keys_in(Kind::Group, &attributes);
    let mut changes = vec![Change::InsertResource { kind: Kind::Group, resource, keys }];
    let request_id = RequestId::generate();
    if let Some(key) = key {
        // What is there is what should be.
        let record = Record(Map::from_iter([("name".to_owned(), Value::from(entry.name.as_str()))]));
        changes.push(Change::PutAccount(Account {
            id: id.clone(),
            realm: target.name.clone(),
            remap: false,
            settled_groups: None,
            other_keys: None,
            vendor_id: Some(key),
            desired: to_text(&Desired::Present(record.clone())),
            applied: Some(to_text(&record)),
            desired_revision: 1,
            settled_revision: 1,
            settled_body: Some(body),
            deleting: false,
            state: WorkState::Settled,
            urgency: urgency::CHANGE,
            doubt: Doubt::None,
            // It was there before the group.
            taken_over: Some(to_text(&record)),
            attempts: 0,
            next_attempt: None,
            reason: None,
            request_id: Some(request_id.clone()),
        }));
    }
    let detail = format!("{} {} at {}", target.name, entry.key, people.parts.bound.vendor_title());
    changes.push(Change::Event(people.event(&id, display, &request_id, "imported", detail)));
    groups.store().commit(&people.parts.connection, changes).await?;
    Ok(id)
}

async fn take_in_members(
    groups: &Arc<Groups>,
    all: &[Imported<'_>],
    new_people: &HashSet<ScimId>,
    report: &mut ImportReport,
) -> Result<(), ProvisionError> {
    let people = &groups.people;
    let mut unseen: HashSet<&ScimId> = new_people.iter().collect();
    let mut from = Start::After(0);
    loop {
        let resource_type = people.subject.resource_type.clone();
        let query = Query { filter: None, resource_type, from, count: PAGE, sort: None };
        let page = groups.store().query(&people.parts.connection, Kind::User, &query).await?;
        let ids: Vec<ScimId> = page.resources.into_iter().map(|resource| resource.id).collect();
        for id in &ids {
            unseen.remove(id);
        }
        join_all(groups, all, ids.into_iter().map(|id| (new_people.contains(&id), id)), report).await?;
        match page.next {
            Some(next) => from = Start::After(next),
            None => break,
        }
    }
    // Those whom the vendor has not confirmed yet are in no page.
    join_all(groups, all, unseen.into_iter().map(|id| (true, id.clone())), report).await
}

async fn join_all(
    groups: &Arc<Groups>,
    all: &[Imported<'_>],
    people: impl Iterator<Item = (bool, ScimId)> + Send,
    report: &mut ImportReport,
) -> Result<(), ProvisionError> {
    let mut joined =
        futures_util::stream::iter(people.map(|(is_new, id)| join(groups, all, is_new, id))).buffer_unordered(AT_ONCE);
    while let Some(one) = joined.next().await {
        let (count, left_alone) = one?;
        report.groups.members += count;
        report.skipped.extend(left_alone);
    }
    Ok(())
}

/// One person joins the groups of what he has at the vendor. What a group gives is no longer his own attribute's, so that the group can take it.
/// Answers how many groups, and why he is left alone.
async fn join(
    groups: &Arc<Groups>,
    all: &[Imported<'_>],
    is_new: bool,
    id: ScimId,
) -> Result<(u64, Option<String>), ProvisionError> {
    let (people, connection) = (&groups.people, &groups.people.parts.connection);
    let _lock = people.locks.lock(&id).await;
    let Some(Person { resource, account: Some(account) }) = groups.store().person(connection, &id).await? else {
        return Ok((0, None));
    };
    // Somebody who waited for his account, and is linked to it now, has work to do: then his writer maps him anew.
    let is_settled = account.state == WorkState::Settled;
    let has_account = account.vendor_id.is_some() && !account.deleting;
    let record = account.applied.as_deref().and_then(|text| serde_json::from_str::<Record>(text).ok());
    let (true, Some(applied)) = (has_account && (is_settled || is_new), record) else { return Ok((0, None)) };
    let before = memberships::settled(&account);
    let new = had_through(all, &applied, is_new, &before);
    if new.is_empty() {
        return Ok((0, None));
    }
    let counted: Vec<Counted> = before.into_iter().chain(new.iter().cloned()).collect();
    let attributes = attributes_of(&resource.body);
    let over = memberships::with_over(&people.parts.bound, &[], &new);
    let own = people.parts.bound.without_values(&attributes, &over, &catalogs::known(people)).unwrap_or(attributes);
    if !give_the_same(people, &own, &counted, &new, &applied) {
        // Another level, or a value that only the account has: the groups would change it.
        return Ok((
            0,
            Some(format!("memberships of {id}: its groups would not give it what it has; it keeps its own values")),
        ));
    }
    let body = people.subject.text_of(&own);
    let mut changes = Vec::new();
    if body != resource.body {
        changes.push(update_resource(people, &resource, body.clone()));
    }
    let desired_revision = account.desired_revision + 1;
    let next = Account {
        settled_groups: memberships::text_of(&counted),
        settled_body: if is_settled { Some(body) } else { account.settled_body.clone() },
        desired_revision,
        settled_revision: if is_settled { desired_revision } else { account.settled_revision },
        remap: account.remap || !is_settled,
        ..account.clone()
    };
    changes.extend(replace_account(&account, next));
    for one in &new {
        let members = vec![NewMember { id: id.clone(), display: None }];
        changes.push(Change::AddMembers { group: one.group.clone(), members });
        changes.push(Change::CountUp { id: one.group.clone(), at: people.now() });
    }
    match groups.store().commit(connection, changes).await {
        Ok(()) => Ok((new.len() as u64, None)),
        Err(StoreError::VersionMismatch | StoreError::Missing) => {
            Ok((0, Some(format!("memberships of {id}: it was changed at the same time; import again"))))
        }
        Err(error) => Err(error.into()),
    }
}

/// The memberships that an account stands for. Of people who were here before, only in groups that were not.
fn had_through(all: &[Imported<'_>], applied: &Record, is_new: bool, before: &[Counted]) -> Vec<Counted> {
    let mut had: Vec<Counted> = Vec::new();
    for imported in all {
        let Some(value) = applied.0.get(&imported.target.field) else { continue };
        for key in keys_of(value) {
            let Some((group, level, group_is_new)) = imported.groups.get(&key) else { continue };
            let is_known = before.iter().chain(&had).any(|one| one.group == *group);
            if (is_new || *group_is_new) && !is_known {
                let (target, value) = (imported.target.name.clone(), imported.target.typed_value(&key));
                had.push(Counted { group: group.clone(), target, value, level: *level, until: None });
            }
        }
    }
    had
}

/// Do a person's own attributes and groups make what the account has, as far as the new groups go?
fn give_the_same(
    people: &Shared,
    own: &Map<String, Value>,
    counted: &[Counted],
    new: &[Counted],
    applied: &Record,
) -> bool {
    let bound = &people.parts.bound;
    let given = memberships::for_mapping(counted);
    let mapped = people.subject.map(bound, own, Beside { memberships: &given, ..Beside::default() });
    mapped.is_ok_and(|mapped| match mapped.desired {
        Desired::Present(record) | Desired::Parked(record) => {
            let fields = new.iter().filter_map(|one| bound.target(&one.target)).map(|target| &target.field);
            fields.into_iter().all(|field| bound.same(field, record.0.get(field), applied.0.get(field)))
        }
        Desired::Absent => false,
    })
}

/// The vendor's keys in a value of a field that carries memberships.
fn keys_of(value: &Value) -> Vec<String> {
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    match value {
        Value::Array(values) => values.iter().filter_map(text).collect(),
        Value::Object(levels) => levels.keys().cloned().collect(),
        one => text(one).into_iter().collect(),
    }
}
