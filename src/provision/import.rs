//! Brings the accounts in that the vendor already has, so that the IdP can find and link them. Nothing is changed at the vendor.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use serde_json::{Map, Value};
use tokio::time::Instant;

use super::error::ProvisionError;
use super::groups::{self, Groups};
use super::shared::Shared;
use super::subject::keys_in;
use super::work::{identity_of, to_text, urgency};
use super::{ImportReport, adopt, catalogs, directory, lookups, write};
use crate::ids::{RequestId, ScimId, VendorId};
use crate::mapping::record::{Desired, Record, VendorAccount};
use crate::store::{Account, Change, Doubt, Kind, Person, StoreError, StoredResource, WorkState};
use crate::vendor::{CallContext, Priority};

/// Longest time for the whole list.
const PATIENCE: Duration = Duration::from_hours(1);
/// Accounts written at the same time, so that their commits share a disk write.
const AT_ONCE: usize = 64;

/// What became of one account.
enum Became {
    Imported(ScimId),
    Linked(ScimId),
    Known,
    Skipped(String),
}

/// Lists the vendor's accounts and takes them in.
pub(super) async fn import(
    groups: &Arc<Groups>,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<ImportReport, ProvisionError> {
    let shared = &*groups.people;
    let request_id = RequestId::generate();
    let context = CallContext {
        request_id: request_id.clone(),
        priority: Priority::Background,
        deadline: Instant::now() + PATIENCE,
    };
    let (vendor, bound) = (&*shared.parts.vendor, &shared.parts.bound);
    let accounts = directory::walk_all(vendor, bound, None, &context, progress)
        .await
        .map(directory::Walked::accounts)
        .map_err(|failure| ProvisionError::Unlisted {
            vendor: shared.parts.bound.vendor_title().to_owned(),
            reason: failure.verdict.say,
        })?;
    lookups::prepare_all(shared).await.map_err(|failure| ProvisionError::Unlisted {
        vendor: shared.parts.bound.vendor_title().to_owned(),
        reason: format!("looking names up: {}", failure.verdict.say),
    })?;
    let mut report = ImportReport { listed: accounts.len() as u64, ..ImportReport::default() };
    let mut new_people = HashSet::new();
    let mut became =
        futures_util::stream::iter(accounts.into_iter().map(|account| take_in(shared, account, &request_id)))
            .buffer_unordered(AT_ONCE);
    while let Some(one) = became.next().await {
        match one? {
            Became::Imported(id) => {
                report.imported += 1;
                new_people.insert(id);
            }
            Became::Linked(id) => {
                report.linked += 1;
                new_people.insert(id);
            }
            Became::Known => report.known += 1,
            Became::Skipped(reason) => report.skipped.push(reason),
        }
    }
    drop(became);
    groups::import(groups, &new_people, &mut report).await?;
    Ok(report)
}

async fn take_in(shared: &Shared, account: VendorAccount, request_id: &RequestId) -> Result<Became, ProvisionError> {
    let Some(key) = VendorId::parse(&account.key) else {
        return Ok(Became::Skipped(format!("account {:?}: its key cannot be used", account.key)));
    };
    if let Some(rule) = adopt::protecting_rule(shared, &account.record) {
        return Ok(Became::Skipped(format!("account {key}: protected ({rule})")));
    }
    let store = &shared.parts.store;
    if store.person_by_vendor_id(&shared.parts.connection, "", &key).await?.is_some() {
        return Ok(Became::Known);
    }
    let attributes = shared.parts.bound.resource_from(&account, &catalogs::known(shared));
    let name = shared.subject.name_of(&attributes);
    if name.is_empty() {
        return Ok(Became::Skipped(format!(
            "account {key}: it yields no userName; see `to` of the fields in the mapping"
        )));
    }
    match insert(shared, &key, &account, &attributes, request_id).await {
        Ok(id) => {
            groups::parked::welcome(shared, &id).await;
            Ok(Became::Imported(id))
        }
        Err(StoreError::NameTaken { taken_by }) => link(shared, &taken_by, &key, account, &name, request_id).await,
        Err(StoreError::VendorIdTaken { .. }) => Ok(Became::Known),
        Err(error) => Err(error.into()),
    }
}

async fn insert(
    shared: &Shared,
    key: &VendorId,
    account: &VendorAccount,
    attributes: &Map<String, Value>,
    request_id: &RequestId,
) -> Result<ScimId, StoreError> {
    let (id, now) = (ScimId::generate(), shared.now());
    let body = shared.subject.text_of(attributes);
    let resource =
        StoredResource { id: id.clone(), version: 1, created: now, modified: now, body: body.clone(), confirmed: true };
    let mut record = account.record.clone();
    // What others gave stays theirs.
    shared.parts.bound.leave_own(&mut record, &[]);
    let row = Account {
        id: id.clone(),
        realm: String::new(),
        remap: false,
        settled_groups: None,
        other_keys: None,
        vendor_id: Some(key.clone()),
        // What is there is what should be, until an IdP says otherwise: an import changes nothing at the vendor.
        desired: to_text(&Desired::Present(record.clone())),
        applied: Some(to_text(&record)),
        desired_revision: 1,
        settled_revision: 1,
        settled_body: Some(body),
        deleting: false,
        state: WorkState::Settled,
        urgency: urgency::CHANGE,
        doubt: Doubt::None,
        taken_over: None,
        attempts: 0,
        next_attempt: None,
        reason: None,
        request_id: Some(request_id.clone()),
    };
    let name = shared.subject.name_of(attributes);
    let event = shared.event(
        &id,
        &name,
        request_id,
        "imported",
        format!("account {key} at {}", shared.parts.bound.vendor_title()),
    );
    let changes = vec![
        Change::InsertResource { kind: Kind::User, resource, keys: keys_in(Kind::User, attributes) },
        Change::PutAccount(row),
        Change::Event(event),
    ];
    shared.parts.store.commit(&shared.parts.connection, changes).await?;
    Ok(id)
}

/// The userName is known: the account is this person's when he has none yet and the natural keys agree.
async fn link(
    shared: &Shared,
    id: &ScimId,
    key: &VendorId,
    account: VendorAccount,
    name: &str,
    request_id: &RequestId,
) -> Result<Became, ProvisionError> {
    let _lock = shared.locks.lock(id).await;
    let Some(Person { resource, account: Some(row) }) = shared.parts.store.person(&shared.parts.connection, id).await?
    else {
        return Ok(Became::Skipped(format!(
            "account {key}: its userName {name} belongs to a person without a vendor side"
        )));
    };
    if let Some(other) = row.vendor_id.as_ref() {
        return Ok(Became::Skipped(format!(
            "account {key}: its userName {name} belongs to a person who has the account {other} already"
        )));
    }
    let identity = identity_of(shared, &resource.body);
    let bound = &shared.parts.bound;
    let is_same = bound.match_fields().iter().any(|field| {
        matches!((identity.0.get(field), account.record.0.get(field)), (Some(wanted), Some(has)) if bound.same(field, Some(wanted), Some(has)))
    });
    if !is_same {
        return Ok(Became::Skipped(format!(
            "account {key}: the person with its userName {name} is recognised by other values"
        )));
    }
    let mut changes = Vec::new();
    let mut desired = row.desired.clone();
    if !row.deleting
        && let Some((body, with_unsaid)) = adopt::with_unsaid(shared, &resource.body, &account, &[])
    {
        changes.push(write::update_resource(shared, &resource, body));
        desired = to_text(&with_unsaid);
    }
    let mut record = account.record;
    let wanted = match serde_json::from_str(&desired) {
        Ok(Desired::Present(record) | Desired::Parked(record)) => record,
        Ok(Desired::Absent) | Err(_) => Record::default(),
    };
    bound.leave_own(&mut record, &[&wanted]);
    let linked = Account {
        vendor_id: Some(key.clone()),
        desired,
        applied: Some(to_text(&record)),
        taken_over: row.settled_body.is_none().then(|| to_text(&record)),
        desired_revision: row.desired_revision + 1,
        // Whatever differs is brought in line by the schedule.
        state: WorkState::Pending,
        next_attempt: Some(shared.schedule_now()),
        ..row.clone()
    };
    let event = shared.event(id, name, request_id, "linked", format!("account {key} at {}", bound.vendor_title()));
    changes.push(Change::Event(event));
    changes.extend(write::replace_account(&row, linked));
    match shared.parts.store.commit(&shared.parts.connection, changes).await {
        Ok(()) => Ok(Became::Linked(id.clone())),
        Err(StoreError::VersionMismatch | StoreError::Missing) => Ok(Became::Skipped(format!(
            "account {key}: the person with its userName {name} was changed at the same time; import again"
        ))),
        Err(StoreError::VendorIdTaken { .. }) => Ok(Became::Known),
        Err(error) => Err(error.into()),
    }
}
