//! All data of one account: entities by kind, one revision counter for all of them, and the index that keeps names unique. It checks no input and knows no rights.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use jiff::Timestamp;
use secrecy::SecretString;
use serde_json::{Map, Value, json};

use super::kind::Kind;
use super::registration::is_same;

/// First id that is given out.
const FIRST_ID: i64 = 2_359_235_912;

/// From one id to the next.
const ID_STEP: i64 = 100;

/// Id of the root of the agent groups.
pub const ROOT_GROUP: i64 = -1;

/// An entity: its fields in the order of their kind.
pub type Entity = Map<String, Value>;

/// One account's data.
#[derive(Debug, Clone)]
pub struct Account {
    /// Account number.
    pub id: String,
    passwords: HashMap<i64, Password>,
    revision: u64,
    collections: HashMap<Kind, Collection>,
    next_id: i64,
}

#[derive(Debug, Clone)]
struct Password {
    secret: SecretString,
    version: u32,
}

/// All entities of one kind.
#[derive(Debug, Clone)]
pub struct Collection {
    /// Revision of the last change.
    pub revision: u64,
    /// Time of the last change.
    pub modified: Timestamp,
    entities: BTreeMap<i64, Arc<Entity>>,
    live_names: HashMap<String, i64>,
    deleted_names: HashSet<String>,
}

impl Account {
    /// An account without anything.
    pub fn new(id: String, now: Timestamp) -> Self {
        let collection = || Collection {
            revision: 1,
            modified: now,
            entities: BTreeMap::new(),
            live_names: HashMap::new(),
            deleted_names: HashSet::new(),
        };
        Self {
            id,
            passwords: HashMap::new(),
            revision: 1,
            collections: Kind::ALL.into_iter().map(|kind| (kind, collection())).collect(),
            next_id: FIRST_ID,
        }
    }

    /// The entities of a kind.
    pub fn of(&self, kind: Kind) -> &Collection {
        // `new` makes a collection of each kind
        &self.collections[&kind]
    }

    /// A live entity.
    pub fn live(&self, kind: Kind, id: i64) -> Option<&Arc<Entity>> {
        self.of(kind).get(id).filter(|entity| !is_deleted(entity))
    }

    /// Next free id.
    pub fn take_id(&mut self) -> i64 {
        while Kind::ALL.into_iter().any(|kind| self.of(kind).get(self.next_id).is_some()) {
            self.next_id += ID_STEP;
        }
        self.next_id += ID_STEP;
        self.next_id - ID_STEP
    }

    /// Puts an entity in, new or instead of its former self. The revision stays: see [`Self::commit`].
    pub fn put(&mut self, kind: Kind, id: i64, entity: Entity) {
        if let Some(collection) = self.collections.get_mut(&kind) {
            collection.put(id, entity, kind.unique_field());
        }
    }

    /// Gives a user a password.
    pub fn set_password(&mut self, user: i64, password: &str) {
        let version = self.password_version(user) + 1;
        self.passwords.insert(user, Password { secret: SecretString::from(password), version });
    }

    /// Whether this is the user's password.
    pub fn is_password(&self, user: i64, given: &str) -> bool {
        self.passwords.get(&user).is_some_and(|password| is_same(&password.secret, given))
    }

    /// How often the user's password was set; sessions end when it changes.
    pub fn password_version(&self, user: i64) -> u32 {
        self.passwords.get(&user).map_or(0, |password| password.version)
    }

    /// Counts a change of a kind; the counter is the account's.
    pub fn commit(&mut self, kind: Kind, now: Timestamp) {
        self.revision += 1;
        let revision = self.revision;
        if let Some(collection) = self.collections.get_mut(&kind) {
            collection.revision = revision;
            collection.modified = now;
        }
    }

    /// Continues the counter where a seed left it.
    pub fn continue_from(&mut self, revision: u64, of_kinds: &BTreeMap<String, u64>) {
        self.revision = revision;
        for (kind, collection) in &mut self.collections {
            collection.revision = of_kinds.get(kind.segment()).copied().unwrap_or(revision).min(revision);
        }
    }

    /// Role types of the profiles that a user has.
    pub fn role_types(&self, user: &Entity) -> Vec<i64> {
        ids(user, "profileIds")
            .filter_map(|id| self.live(Kind::Profiles, id))
            .filter_map(|profile| profile.get("roleTypeId").and_then(Value::as_i64))
            .collect()
    }

    /// Everything, as tests see it and as a seed takes it.
    pub fn state(&self) -> Value {
        let mut state = json!({
            "accountId": self.id,
            "revision": self.revision,
            "revisions": Kind::ALL.into_iter().map(|kind| (kind.segment().to_owned(), json!(self.of(kind).revision))).collect::<Map<_, _>>(),
        });
        for kind in Kind::ALL {
            state[kind.segment()] =
                self.of(kind).all().map(|(_, entity)| Value::Object(entity.as_ref().clone())).collect();
        }
        state
    }
}

impl Collection {
    /// An entity, deleted or not.
    pub fn get(&self, id: i64) -> Option<&Arc<Entity>> {
        self.entities.get(&id)
    }

    /// All entities, deleted ones too, by id.
    pub fn all(&self) -> impl Iterator<Item = (i64, &Arc<Entity>)> {
        self.entities.iter().map(|(id, entity)| (*id, entity))
    }

    /// All that are not deleted.
    pub fn live(&self) -> impl Iterator<Item = (i64, &Arc<Entity>)> {
        self.all().filter(|(_, entity)| !is_deleted(entity))
    }

    /// The live entity with this name; letter case does not matter.
    pub fn find(&self, name: &str) -> Option<i64> {
        self.live_names.get(&name.to_lowercase()).copied()
    }

    /// Whether a name belongs to another entity than `but`; `deleted` counts the names of deleted ones too.
    pub fn is_taken(&self, name: &str, but: Option<i64>, deleted: bool) -> bool {
        let key = name.to_lowercase();
        self.live_names.get(&key).is_some_and(|id| Some(*id) != but) || (deleted && self.deleted_names.contains(&key))
    }

    /// How many are not deleted.
    pub fn live_count(&self) -> usize {
        self.live_names.len()
    }

    fn put(&mut self, id: i64, entity: Entity, unique: &str) {
        let name = |entity: &Entity| text(entity, unique).to_lowercase();
        if let Some(before) = self.entities.get(&id) {
            self.live_names.remove(&name(before));
        }
        if is_deleted(&entity) {
            self.deleted_names.insert(name(&entity));
        } else {
            self.live_names.insert(name(&entity), id);
        }
        self.entities.insert(id, Arc::new(entity));
    }
}

/// Whether an entity is deleted.
pub fn is_deleted(entity: &Entity) -> bool {
    flag(entity, "deleted")
}

/// A field that is true or false.
pub fn flag(entity: &Entity, name: &str) -> bool {
    entity.get(name).and_then(Value::as_bool).unwrap_or_default()
}

/// A text field; empty when there is none.
pub fn text<'a>(entity: &'a Entity, name: &str) -> &'a str {
    entity.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// A list of ids.
pub fn ids<'a>(entity: &'a Entity, name: &str) -> impl Iterator<Item = i64> + use<'a> {
    entity.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_i64)
}

/// The group that a user is a member of.
pub fn member_of(user: &Entity) -> Option<i64> {
    user.get("memberOf").and_then(|member| member.get("agentGroupId")).and_then(Value::as_i64)
}

/// The groups in a list of objects (`managerOf`, `skillRoutingConfiguration`).
pub fn groups_in<'a>(entity: &'a Entity, name: &str) -> impl Iterator<Item = i64> + use<'a> {
    let list = entity.get(name).and_then(Value::as_array).into_iter().flatten();
    list.filter_map(|one| one.get("agentGroupId").and_then(Value::as_i64))
}
