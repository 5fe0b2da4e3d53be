//! One account as its writer sees it: what should be, what is, and what has happened in this convergence.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::lookups;
use super::memberships::{self, Counted};
use super::outcome::Deferral;
use super::queue::Assignment;
use super::shared::Shared;
use crate::ids::{RequestId, ScimId, VendorId};
use crate::mapping::bound::{Beside, Bound, CallName, MapError, Membership};
use crate::mapping::plan::{PlanError, left_behind};
use crate::mapping::record::{Desired, Record, VendorAccount};
use crate::store::{Account, Doubt, Event, Person, StoredResource};
use crate::vendor::Priority;

/// One account in the hands of its writer.
#[derive(Debug)]
pub(super) struct Work {
    pub(super) id: ScimId,
    /// `userName` or `displayName`, for people.
    pub(super) name: String,
    pub(super) request_id: RequestId,
    pub(super) resource: StoredResource,
    pub(super) account: Account,
    pub(super) desired: Desired,
    /// What the vendor has, as far as confirmed; kept up to date with each call.
    pub(super) applied: Option<Record>,
    /// Values that are never stored.
    pub(super) transient: Record,
    /// What was sent in a create that may have taken effect, while no account is known.
    pub(super) perhaps: Option<Record>,
    /// No account is known, and before anything else it must be looked for.
    pub(super) must_look: bool,
    /// An account is known, but not what it holds: it must be read before it is changed.
    pub(super) must_read: bool,
    /// An existing account was taken over in this convergence.
    pub(super) adopted: bool,
    /// The groups that count for it.
    pub(super) counted: Vec<Counted>,
    /// What the mapping is told of them.
    pub(super) memberships: Vec<Membership>,
    /// What should be was made anew from the groups of now.
    pub(super) is_remapped: bool,
    /// The vendor's key as the store has it.
    pub(super) stored_key: Option<VendorId>,
    /// Fields of which the vendor has kept names that were left out.
    pub(super) stubborn: BTreeSet<String>,
    /// Values of which nobody says anything and that the vendor erased beside a change: they are written again, too.
    pub(super) erased: Record,
    /// What happened, for the story; written with the next commit.
    pub(super) events: Vec<Event>,
}

impl Work {
    /// Takes up a person; `None` when he has no vendor side. An `applied` text that cannot be read is a defect: nothing is known then.
    ///
    /// # Errors
    /// When it cannot be told what should be.
    pub(super) fn open(shared: &Shared, person: Person, assignment: &Assignment) -> Result<Option<Self>, Deferral> {
        let Some(mut account) = person.account else { return Ok(None) };
        if assignment.is_doubtful && account.doubt == Doubt::None {
            account.doubt = Doubt::Interrupted;
        }
        let attributes = attributes_of(&person.resource.body);
        let desired = desired_of(shared, &account, &attributes)?;
        let record = account.applied.as_deref().and_then(|text| serde_json::from_str(text).ok());
        let has_account = account.vendor_id.is_some();
        let is_doubtful = account.doubt != Doubt::None;
        let (applied, perhaps) = if has_account { (record, None) } else { (None, record.filter(|_| is_doubtful)) };
        let creates = matches!(desired, Desired::Present(_));
        // Somebody who arrives disabled may have an account from before: it must be disabled, not only be recorded as such.
        let arrives_disabled = account.settled_body.is_none() && !creates;
        let counted = memberships::settled(&account);
        let must_look = is_doubtful || arrives_disabled || (creates && shared.parts.bound.find_before_create());
        Ok(Some(Self {
            id: person.resource.id.clone(),
            name: shared.subject.name_of(&attributes),
            request_id: assignment.request_id.clone(),
            resource: person.resource,
            must_look: !has_account && must_look,
            must_read: has_account && (is_doubtful || applied.is_none()),
            stored_key: account.vendor_id.clone(),
            account,
            desired,
            applied,
            transient: assignment.transient.clone(),
            perhaps,
            adopted: false,
            memberships: memberships::for_mapping(&counted),
            counted,
            is_remapped: false,
            stubborn: BTreeSet::new(),
            erased: Record::default(),
            events: Vec::new(),
        }))
    }

    /// Somebody who comes new and without access: an account that is found is from before.
    pub(super) fn arrives_disabled(&self) -> bool {
        self.account.settled_body.is_none() && !matches!(self.desired, Desired::Present(_))
    }

    /// Does this work carry out more than one request? Then a refusal may not be the fault of everybody who waits.
    pub(super) fn is_merged(&self) -> bool {
        self.account.desired_revision - self.account.settled_revision > 1
    }

    /// Must it be made anew from the person's groups?
    pub(super) fn needs_remap(&self) -> bool {
        self.account.remap && !self.account.deleting
    }

    /// What should be, from the groups of now.
    ///
    /// # Errors
    /// When a group's value cannot be told now, or the person cannot be mapped with it.
    pub(super) async fn remap(&mut self, shared: &Shared) -> Result<(), super::converge::Stop> {
        // The person was read before: what changes in between is another revision.
        let settled = memberships::settled(&self.account);
        self.counted = memberships::current(shared, &self.id).await?;
        let now = shared.schedule_now();
        self.counted.extend(memberships::lingering(&shared.parts.bound, &self.counted, &settled, now));
        self.is_remapped = true;
        let attributes = attributes_of(&self.resource.body);
        lookups::prepare(shared, &attributes).await.map_err(|failure| {
            super::converge::Stop::Deferred(super::converge::deferral(shared, self, &failure, "looking names up"))
        })?;
        let bound = &shared.parts.bound;
        self.memberships = memberships::with_over(bound, &self.counted, &settled);
        let beside = Beside { memberships: &self.memberships, ..Beside::default() };
        let mapped = shared.map(&attributes, beside);
        self.desired = mapped
            .map_err(|error| super::converge::Stop::Refused(Arc::new(super::outcome::Refusal::Impossible(error))))?
            .desired;
        Ok(())
    }

    /// Is there nothing to do?
    pub(super) fn is_settled(&self) -> bool {
        self.account.state == crate::store::WorkState::Settled
            && self.account.settled_revision == self.account.desired_revision
            && self.transient.0.is_empty()
    }

    /// Does this work take access away?
    pub(super) fn is_departure(&self) -> bool {
        self.account.urgency == urgency::DEPARTURE
    }

    /// Its place in the vendor's queue.
    pub(super) fn priority(&self) -> Priority {
        match self.account.urgency {
            urgency::DEPARTURE => Priority::Departure,
            urgency::CREATE => Priority::Create,
            _ => Priority::Change,
        }
    }

    /// The vendor's key, as text.
    pub(super) fn key(&self) -> Option<&str> {
        self.account.vendor_id.as_ref().map(VendorId::as_str)
    }

    /// What the vendor should have now. The request that takes over an existing account does not change its login: an attacker who
    /// controls a name at the IdP must not get somebody else's account under an address of his own. What no call can change stays as it is unless
    /// the IdP asks for another value: that is refused.
    pub(super) fn goal(&self, shared: &Shared) -> Desired {
        let mut goal = self.desired.clone();
        let Some(applied) = &self.applied else { return goal };
        let bound = &shared.parts.bound;
        if let Desired::Present(record) | Desired::Parked(record) = &mut goal {
            for (field, value) in &self.erased.0 {
                record.0.entry(field.clone()).or_insert_with(|| value.clone());
            }
        }
        let logins = bound.fields().filter(|field| self.adopted && field.spec.login);
        let mut kept: Vec<String> = logins.map(|field| field.name.clone()).collect();
        let mut left = left_behind(bound, applied, &self.desired);
        if !left.is_empty() {
            self.keep_unasked(shared, &mut left);
            kept.extend(left);
        }
        let (Desired::Present(record) | Desired::Parked(record)) = &mut goal else { return goal };
        for field in kept {
            match applied.0.get(&field) {
                Some(has) => record.0.insert(field, has.clone()),
                None => record.0.shift_remove(&field),
            };
        }
        goal
    }

    /// Of these fields, those for which the IdP asks as it did when the account was last settled.
    fn keep_unasked(&self, shared: &Shared, fields: &mut Vec<String>) {
        let record = |desired: &Desired| match desired {
            Desired::Present(record) | Desired::Parked(record) => Some(record.clone()),
            Desired::Absent => None,
        };
        let Some(body) = &self.account.settled_body else {
            return fields.retain(|_| self.adopted);
        };
        let memberships = memberships::for_mapping(&memberships::settled(&self.account));
        let before = shared.map(&attributes_of(body), Beside { memberships: &memberships, ..Beside::default() });
        let before = before.ok().and_then(|mapped| record(&mapped.desired)).unwrap_or_default();
        let now = record(&self.desired).unwrap_or_default();
        fields.retain(|field| shared.parts.bound.same(field, before.0.get(field), now.0.get(field)));
    }

    /// The vendor has this account, under this key.
    pub(super) fn link(&mut self, bound: &Bound, found: VendorAccount) {
        let mut record = found.record;
        let wanted = match &self.desired {
            Desired::Present(record) | Desired::Parked(record) => Some(record),
            Desired::Absent => None,
        };
        let known: Vec<&Record> = self.applied.iter().chain(&self.perhaps).chain(wanted).collect();
        bound.leave_own(&mut record, &known);
        self.account.vendor_id = VendorId::parse(&found.key);
        self.applied = Some(record);
        self.is_certain();
    }

    /// The vendor has no account under the key.
    pub(super) fn unlink(&mut self) {
        self.account.vendor_id = None;
        self.account.other_keys = None;
        self.applied = None;
        self.is_certain();
    }

    /// What the vendor has is known.
    pub(super) fn is_certain(&mut self) {
        self.account.doubt = Doubt::None;
        self.must_look = false;
        self.must_read = false;
        self.perhaps = None;
    }

    /// A call that may have taken effect was not answered.
    pub(super) fn is_unanswered(&mut self, bound: &Bound, call: &CallName, sent: &Record) {
        self.account.doubt = Doubt::Unanswered;
        if *call == CallName::Create {
            // It is stored: what must never be is left out.
            let kept = sent.0.iter().filter(|(field, _)| !bound.is_write_only(field));
            self.perhaps = Some(Record(kept.map(|(field, value)| (field.clone(), value.clone())).collect()));
            self.must_look = true;
        } else {
            self.must_read = true;
            if let Some(applied) = &mut self.applied {
                // Old or new: nobody knows until it is read. Of what others may have given, both are the bridge's.
                for (field, value) in &sent.0 {
                    match bound.either(field, applied.0.get(field), value) {
                        Some(either) => applied.0.insert(field.clone(), either),
                        None => applied.0.shift_remove(field),
                    };
                }
            }
        }
    }

    /// Notes what happened.
    pub(super) fn note(&mut self, shared: &Shared, what: &str, detail: String) {
        let event = shared.event(&self.id, &self.name, &self.request_id, what, detail);
        self.events.push(event);
    }

    /// The account row with what the vendor has.
    pub(super) fn account_row(&self) -> Account {
        let known = if self.account.vendor_id.is_some() { &self.applied } else { &self.perhaps };
        Account { applied: known.as_ref().map(to_text), ..self.account.clone() }
    }
}

/// What the vendor should have. A text that cannot be read is a defect, and must not look like the wish for no account: it is made anew.
fn desired_of(shared: &Shared, account: &Account, attributes: &Map<String, Value>) -> Result<Desired, Deferral> {
    let problem = match serde_json::from_str(&account.desired) {
        Ok(desired) => return Ok(desired),
        Err(problem) => problem,
    };
    tracing::error!(
        connection = %shared.parts.connection, scim.id = %account.id,
        "what the vendor should have of {} cannot be read in the store and is made anew: {problem}", account.id
    );
    let memberships = &memberships::for_mapping(&memberships::settled(account));
    let unusable = |problem: String| Deferral {
        reason: format!("what the vendor should have cannot be told: {problem}"),
        pause: super::recover::slow_pause(account.attempts + 1),
        limited: false,
    };
    if account.deleting {
        return super::write::removed(shared, attributes, memberships).map_err(|error| unusable(error.to_string()));
    }
    let mapped = shared.map(attributes, Beside { memberships, ..Beside::default() });
    mapped.map(|mapped| mapped.desired).map_err(|error| unusable(error.to_string()))
}

/// What goes first.
pub(super) mod urgency {
    pub(in crate::provision) const DEPARTURE: i64 = 0;
    pub(in crate::provision) const CHANGE: i64 = 1;
    pub(in crate::provision) const CREATE: i64 = 2;
}

/// The stored attributes without `schemas`: the form that the protocol layer works on.
pub(super) fn attributes_of(body: &str) -> Map<String, Value> {
    // Only the store writes these texts; one that is no object would be a defect, and empty attributes make it visible at once.
    let mut attributes: Map<String, Value> = serde_json::from_str(body).unwrap_or_default();
    attributes.shift_remove("schemas");
    attributes
}

/// The values by which an existing account of this person is recognised. They are asked for as of somebody inactive, whose other values may
/// be wrong: a person whom a changed mapping no longer accepts is still found, and never created twice.
pub(super) fn identity_of(shared: &Shared, body: &str) -> Record {
    let mut attributes = attributes_of(body);
    attributes.insert("active".into(), false.into());
    shared.parts.bound.identity_of(&shared.subject.source(&attributes))
}

/// The JSON text of a record or of a desired state.
pub(super) fn to_text<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("records are JSON objects with text keys, which always serialise")
}

/// Shorthand for the error of a plan that is impossible.
pub(super) fn impossible(error: PlanError) -> super::converge::Stop {
    let PlanError { attribute, field, problem, is_missing } = error;
    let error = MapError { attribute, field, problem, mutability: !is_missing };
    super::converge::Stop::Refused(Arc::new(super::outcome::Refusal::Impossible(error)))
}
