//! What becomes of a group's own object at the vendor when the group is created, renamed or means something else.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::{Groups, Stored};
use crate::config::groups::{Meaning, ObjectRef};
use crate::ids::ScimId;
use crate::mapping::plan::plan;
use crate::mapping::record::Record;
use crate::provision::RequestContext;
use crate::provision::error::ProvisionError;
use crate::provision::shared::Shared;
use crate::provision::work::urgency;
use crate::provision::write::{Committed, map, new_account, replace_account, wanting};
use crate::store::{Account, Change, WorkState};

/// What a request makes of a group's object.
#[derive(Default)]
pub(super) struct ObjectStep {
    /// Changes to the account of the object.
    pub(super) changes: Vec<Change>,
    /// The vendor must follow, before the members can.
    pub(super) follows: Option<Followed>,
    /// The group gives its members something else than before.
    pub(super) touches_all: bool,
}

/// Work on an object.
pub(super) struct Followed {
    pub(super) engine: Arc<Shared>,
    pub(super) committed: Committed,
}

/// What of a meaning reaches the members: target, object and level.
fn given(meaning: &Meaning) -> Option<(&str, &ObjectRef, Option<i64>)> {
    match meaning {
        Meaning::Target(meaning) => Some((&meaning.target, &meaning.object, meaning.level)),
        Meaning::Keep | Meaning::Refuse(_) | Meaning::Ignore => None,
    }
}

/// The object of a group that is new, or that means a new target: it is found at the vendor or created there.
///
/// # Errors
/// When the vendor cannot have an object of that name.
pub(super) fn new_object(
    engine: &Arc<Shared>,
    id: &ScimId,
    attributes: &Map<String, Value>,
    context: &RequestContext,
) -> Result<(Account, Followed), ProvisionError> {
    let mapped = map(engine, attributes, None, &[])?;
    let account = new_account(engine, id, &mapped.desired, urgency::CHANGE, context);
    let name = engine.subject.name_of(attributes);
    let committed = Committed { name, revision: 1, transient: Record::default(), has_joined: false };
    Ok((account, Followed { engine: engine.clone(), committed }))
}

/// The object of a group whose name stands for an object of another name by now. `None`: it does not, or the vendor's objects cannot be renamed.
pub(super) fn renamed_by_rules(
    engine: &Arc<Shared>,
    account: &Account,
    stored: &Stored,
    context: &RequestContext,
) -> Option<ObjectStep> {
    let (WorkState::Settled, Some(key), Some(applied)) = (account.state, &account.vendor_id, &account.applied) else {
        return None;
    };
    let applied: Record = serde_json::from_str(applied).ok()?;
    let desired = map(engine, &stored.attributes, None, &[]).ok()?.desired;
    let steps = plan(&engine.parts.bound, Some(key.as_str()), Some(&applied), &desired, &Record::default()).ok()?;
    if steps.is_empty() {
        return None;
    }
    let wished = wanting(engine, account, &desired, urgency::CHANGE, context);
    let (name, revision) = (stored.name.clone(), wished.desired_revision);
    let committed = Committed { name, revision, transient: Record::default(), has_joined: false };
    let follows = Some(Followed { engine: engine.clone(), committed });
    Some(ObjectStep { changes: replace_account(account, wished).into(), follows, touches_all: false })
}

impl Groups {
    /// The object of a group that is there. `names_it`: the request says what the group is called, so that it waits for the object whatever it changes.
    ///
    /// # Errors
    /// When the vendor cannot have an object of that name.
    pub(super) fn next_object(
        &self,
        stored: &Stored,
        next: &Next<'_>,
        context: &RequestContext,
    ) -> Result<ObjectStep, ProvisionError> {
        let before = self.people.parts.options.groups.meaning_of(&stored.name);
        let is_other = given(&before) != given(next.meaning);
        let Some(engine) = self.engine(next.meaning) else {
            let Some(account) = &stored.account else {
                return Ok(ObjectStep { touches_all: is_other, ..ObjectStep::default() });
            };
            // The object is let go as it is.
            let expected =
                Change::ExpectRevision { id: stored.resource.id.clone(), desired_revision: account.desired_revision };
            let changes = vec![expected, Change::DropAccount(stored.resource.id.clone())];
            return Ok(ObjectStep { changes, follows: None, touches_all: true });
        };
        let Some(account) = stored.account.as_ref().filter(|account| account.realm == engine.subject.realm) else {
            let (account, follows) = new_object(engine, &stored.resource.id, next.attributes, context)?;
            // If the vendor refuses it, the group is what it was.
            let account = Account { settled_body: Some(stored.resource.body.clone()), ..account };
            let changes = vec![Change::PutAccount(account)];
            return Ok(ObjectStep { changes, follows: Some(follows), touches_all: true });
        };
        let same_level = |meaning: &Meaning| given(meaning).and_then(|(_, _, level)| level);
        let touches_all = same_level(&before) != same_level(next.meaning);
        let committed = |revision, has_joined| Followed {
            engine: engine.clone(),
            committed: Committed {
                name: engine.subject.name_of(next.attributes),
                revision,
                transient: Record::default(),
                has_joined,
            },
        };
        if next.body == stored.resource.body && !account.deleting {
            // Members mean something only when the object is there; and the repeat of a request joins its work.
            let waits = account.vendor_id.is_none() || (next.names_it && account.state != WorkState::Settled);
            let waits = waits && account.state != WorkState::Settled;
            let follows = waits.then(|| committed(account.desired_revision, true));
            return Ok(ObjectStep { changes: Vec::new(), follows, touches_all });
        }
        let mapped = map(engine, next.attributes, None, &[])?;
        let mut wished = wanting(engine, account, &mapped.desired, urgency::CHANGE, context);
        let revision = wished.desired_revision;
        let needs_vendor = account.state != WorkState::Settled || wished.desired != account.desired;
        if !needs_vendor {
            wished.state = WorkState::Settled;
            wished.settled_revision = revision;
            wished.settled_body = Some(next.body.to_owned());
            wished.next_attempt = None;
        }
        let changes = replace_account(account, wished).into();
        Ok(ObjectStep { changes, follows: needs_vendor.then(|| committed(revision, false)), touches_all })
    }
}

/// A group as a request wants it.
pub(super) struct Next<'a> {
    pub(super) attributes: &'a Map<String, Value>,
    pub(super) body: &'a str,
    pub(super) meaning: &'a Meaning,
    pub(super) names_it: bool,
}
