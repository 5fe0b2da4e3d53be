//! What an IdP's request on a group does: the group's own object at the vendor follows its name, and its members' accounts follow their memberships.
//!
//! A request is validated whole, then committed whole (name, object, memberships and the touch of everybody concerned in one commit), and then it
//! waits for the vendor: for the object first, for the people after it. Nothing here calls the vendor; that is the writers' business.

mod align;
mod back;
mod begin;
mod commit;
mod create;
mod import;
mod modify;
mod object;
pub(super) mod parked;
mod people;
mod remove;
mod since;
mod single;
mod wait;
mod wish;

use std::sync::Arc;

use indexmap::IndexMap;
use serde_json::{Map, Value};

pub(super) use begin::begin;
pub(super) use create::create;
pub(super) use import::import;
pub(super) use modify::{patch, replace};
pub(super) use remove::delete;

use super::catalogs::{self, Hit};
use super::error::ProvisionError;
use super::locks::AccountLocks;
use super::shared::Shared;
use super::subject::name_in;
use super::work::attributes_of;
use super::{Parts, RequestContext};
use crate::config::groups::{GroupRules, Meaning, ObjectRef, TargetMeaning};
use crate::ids::ScimId;
use crate::scim::error::ScimError;
use crate::scim::schema::{ResourceType, group_type};
use crate::store::{Account, Kind, Store, StoreError, StoredResource};

/// Most people of one request whose work is handed in at the same time, and most that are named in a sentence's story. Longer requests go on behind
/// them.
const AT_ONCE: usize = 256;
/// Members that are read at a time.
const PAGE: usize = 1_000;
/// A change that somebody else made in between is read again this often.
const MAX_TRIES: usize = 8;

/// Everything that a request on a group needs.
#[derive(Debug)]
pub(super) struct Groups {
    /// The engine of people's accounts.
    pub(super) people: Arc<Shared>,
    /// The engines of groups' objects, by target.
    pub(super) objects: IndexMap<String, Arc<Shared>>,
    /// One for each share of all groups. Who changes name or members as a whole has it alone, who adds or removes single members shares it.
    locks: Arc<AccountLocks>,
    /// Requests that wait, and hear what others say of their group.
    listeners: Arc<since::Listeners>,
    /// The Group resource type.
    pub(super) resource_type: Arc<ResourceType>,
}

impl Groups {
    /// Everything for the groups of a connection; each target whose objects the mapping can change gets an engine.
    pub(super) fn new(people: &Arc<Shared>) -> Arc<Self> {
        let locks = Arc::new(AccountLocks::new());
        let mut objects = IndexMap::new();
        for target in people.parts.bound.targets() {
            let Some(bound) = &target.object else { continue };
            let mut parts = Parts {
                bound: bound.clone(),
                vendor: people.parts.vendor.speaking(bound.clone()),
                ..people.parts.clone()
            };
            // An object that is there under the group's name is the group's: two skills of one name help nobody.
            parts.options.adopt = true;
            parts.options.protected.clear();
            objects.insert(target.name.clone(), Shared::of_objects(parts, &target.name, locks.clone(), people));
        }
        Arc::new(Self {
            people: people.clone(),
            objects,
            locks,
            listeners: Arc::default(),
            resource_type: Arc::new(group_type()),
        })
    }

    /// All engines.
    pub(super) fn engines(&self) -> impl Iterator<Item = &Arc<Shared>> {
        std::iter::once(&self.people).chain(self.objects.values())
    }

    fn store(&self) -> &dyn Store {
        &*self.people.parts.store
    }

    /// The engine of the object that a group of this meaning stands for; `None`: it stands for none, or for one that the bridge does not change.
    fn engine(&self, meaning: &Meaning) -> Option<&Arc<Shared>> {
        match meaning {
            Meaning::Target(TargetMeaning { target, object: ObjectRef::Name(_), .. }) => self.objects.get(target),
            _ => None,
        }
    }

    /// What a group of this name means.
    ///
    /// # Errors
    /// When the rules refuse it, or it names something that the vendor does not have.
    async fn meaning_of(&self, name: &str) -> Result<Meaning, ProvisionError> {
        let meaning = self.people.parts.options.groups.meaning_of(name);
        match &meaning {
            Meaning::Refuse(why) => Err(refused(name, why)),
            Meaning::Target(target) => {
                self.find_object(name, target).await?;
                Ok(meaning)
            }
            Meaning::Keep | Meaning::Ignore => Ok(meaning),
        }
    }

    /// An object that the bridge cannot create must be there.
    async fn find_object(&self, name: &str, meaning: &TargetMeaning) -> Result<(), ProvisionError> {
        let (Some(target), ObjectRef::Name(object)) =
            (self.people.parts.bound.target(&meaning.target), &meaning.object)
        else {
            return Ok(());
        };
        let (None, Some(catalog)) = (&target.object, &target.catalog) else { return Ok(()) };
        let title = self.people.parts.bound.vendor_title();
        let found =
            catalogs::find_key(&self.people, catalog, object).await.map_err(|failure| ProvisionError::Late {
                name: name.to_owned(),
                reason: format!(
                    "{title}, looking for {object} in {catalog}: {}; nothing is changed",
                    failure.verdict.say
                ),
                retry_after_seconds: super::outcome::retry_after(failure.retry_after.unwrap_or_default()),
                limited: failure.verdict.meaning == crate::mapping::model::Meaning::Limited,
            })?;
        let problem = match found {
            Hit::One(_) => return Ok(()),
            Hit::Nothing => format!(
                "{name}: {title} has no {} {object:?}, and the bridge cannot create one; create it there, or correct the rules under `groups` in bridge.yaml",
                target.name
            ),
            Hit::Several(keys) => format!(
                "{name}: {title} has {} of {} {object:?} ({}), and nobody can tell which is meant; rename all but one there",
                keys.len(),
                target.name,
                keys.join(", ")
            ),
        };
        Err(ScimError::InvalidValue(problem).into())
    }
}

/// The target that a stored group means, if it means one.
pub(super) fn target_of(shared: &Shared, group: &StoredResource) -> Option<String> {
    match meaning_of(&shared.parts.options.groups, group) {
        Meaning::Target(meaning) => Some(meaning.target),
        Meaning::Keep | Meaning::Refuse(_) | Meaning::Ignore => None,
    }
}

fn meaning_of(rules: &GroupRules, group: &StoredResource) -> Meaning {
    rules.meaning_of(&name_in(Kind::Group, &attributes_of(&group.body)))
}

/// A group as the store has it.
struct Stored {
    resource: StoredResource,
    account: Option<Account>,
    attributes: Map<String, Value>,
    name: String,
}

impl Stored {
    /// Is the group being deleted?
    fn is_going(&self) -> bool {
        self.account.as_ref().is_some_and(|account| account.deleting)
    }
}

impl Groups {
    async fn stored(&self, id: &ScimId) -> Result<Stored, ProvisionError> {
        let connection = &self.people.parts.connection;
        let not_found = || super::write::not_found(Kind::Group, id);
        let shown = self.store().get(connection, Kind::Group, id).await?.ok_or_else(not_found)?;
        // The object's account is read with the resource, so that both are of the same moment.
        let person = self.store().person(connection, &shown.id).await?.ok_or_else(not_found)?;
        let attributes = attributes_of(&person.resource.body);
        let name = name_in(Kind::Group, &attributes);
        Ok(Stored { resource: person.resource, account: person.account, attributes, name })
    }

    /// The group as it is now, for the answer.
    async fn shown(&self, id: &ScimId) -> Result<StoredResource, ProvisionError> {
        let found = self.store().get(&self.people.parts.connection, Kind::Group, id).await?;
        found.ok_or_else(|| super::write::not_found(Kind::Group, id))
    }

    fn refuse_when_draining(&self) -> Result<(), ProvisionError> {
        if self.people.is_draining() { Err(ProvisionError::ShuttingDown) } else { Ok(()) }
    }

    fn is_answered_at_once(&self) -> bool {
        self.people.parts.options.delivery == crate::config::model::Delivery::Accepted
    }
}

fn refused(name: &str, why: &str) -> ProvisionError {
    ScimError::InvalidValue(format!("{name}: {why}; trying again without a change cannot help")).into()
}

fn name_taken(name: &str, taken_by: &ScimId) -> ProvisionError {
    ScimError::Uniqueness(format!("{name}: the displayName belongs to another group (id {taken_by})")).into()
}

/// Repeats a commit that met another one: what it was based on is read again.
fn may_repeat(error: &ProvisionError, tries: usize) -> bool {
    tries < MAX_TRIES && matches!(error, ProvisionError::Store(StoreError::VersionMismatch | StoreError::Missing))
}

/// For the story: who asked, and how many joined and left.
fn told(context: &RequestContext, joined: usize, left: usize) -> String {
    if joined + left == 0 {
        return format!("by {}", context.credential);
    }
    format!("by {}; {joined} joined, {left} left", context.credential)
}
