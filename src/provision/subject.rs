//! What an engine keeps in line at the vendor: people's accounts, or the objects that groups stand for. Everything else of the engine is the same
//! for both.

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::write::is_inactive;
use super::{Parts, soft_deleted};
use crate::config::groups::{GroupRules, Meaning, ObjectRef};
use crate::mapping::bound::{Beside, Bound, MapError, Mapped};
use crate::scim::resource::with_schemas;
use crate::scim::schema::{ResourceType, group_type};
use crate::store::{Keys, Kind};

/// What an engine keeps in line.
#[derive(Debug)]
pub(super) struct Subject {
    /// Kind of the SCIM resources.
    pub(super) kind: Kind,
    /// What kind of vendor object it is: empty for people's accounts, else the target.
    pub(super) realm: String,
    /// Their resource type, shared with the store's queries.
    pub(super) resource_type: Arc<ResourceType>,
    rules: GroupRules,
    /// Names that a soft deletion gave do not reach the vendor.
    keeps_former_names: bool,
}

impl Subject {
    /// People's accounts.
    pub(super) fn people(parts: &Parts) -> Self {
        Self {
            kind: Kind::User,
            realm: String::new(),
            resource_type: Arc::new(parts.bound.user_type().clone()),
            rules: GroupRules::default(),
            keeps_former_names: parts.options.switches.soft_deleted_names,
        }
    }

    /// The objects of a target.
    pub(super) fn objects(target: &str, parts: &Parts) -> Self {
        Self {
            kind: Kind::Group,
            realm: target.to_owned(),
            resource_type: Arc::new(group_type()),
            rules: parts.options.groups.clone(),
            keeps_former_names: false,
        }
    }

    /// Are these people?
    pub(super) fn is_people(&self) -> bool {
        self.kind == Kind::User
    }

    /// `userName` or `displayName`, for people.
    pub(super) fn name_of(&self, attributes: &Map<String, Value>) -> String {
        name_in(self.kind, attributes)
    }

    /// The text that is stored of a resource.
    pub(super) fn text_of(&self, attributes: &Map<String, Value>) -> String {
        super::work::to_text(&with_schemas(attributes, &self.resource_type))
    }

    /// What the vendor should have.
    ///
    /// # Errors
    /// When a value does not fit.
    pub(super) fn map(
        &self,
        bound: &Bound,
        attributes: &Map<String, Value>,
        beside: Beside<'_>,
    ) -> Result<Mapped, MapError> {
        bound.desired(&self.source(attributes), beside)
    }

    /// Is something of this kind meant? A group may have been renamed into something else.
    pub(super) fn is_of(&self, attributes: &Map<String, Value>) -> bool {
        self.is_people()
            || matches!(
                self.rules.meaning_of(&name_in(Kind::Group, attributes)),
                Meaning::Target(meaning) if meaning.target == self.realm && matches!(meaning.object, ObjectRef::Name(_))
            )
    }

    /// What the mapping reads: a person's attributes, or the name of the object that a group stands for.
    pub(super) fn source<'a>(&self, attributes: &'a Map<String, Value>) -> Cow<'a, Map<String, Value>> {
        if self.is_people() {
            let former = self.keeps_former_names.then(|| soft_deleted::under_former_name(attributes)).flatten();
            return former.map_or(Cow::Borrowed(attributes), Cow::Owned);
        }
        let name = name_in(Kind::Group, attributes);
        let name = match self.rules.meaning_of(&name) {
            Meaning::Target(meaning) if meaning.target == self.realm => match meaning.object {
                ObjectRef::Name(object) => object,
                ObjectRef::Id(_) => name,
            },
            // The rules have changed since; until the next request the object is as it was.
            _ => name,
        };
        let mut source = Map::new();
        source.insert("displayName".into(), name.into());
        if is_inactive(attributes) {
            source.insert("active".into(), false.into());
        }
        Cow::Owned(source)
    }
}

/// `userName` or `displayName`.
pub(super) fn name_in(kind: Kind, attributes: &Map<String, Value>) -> String {
    attributes.get(kind.name_attribute()).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// The indexed values of a resource.
pub(super) fn keys_in(kind: Kind, attributes: &Map<String, Value>) -> Keys {
    let text = |name: &str| attributes.get(name).and_then(Value::as_str);
    let emails = attributes.get("emails").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    Keys {
        name: name_in(kind, attributes),
        external_id: text("externalId").map(str::to_owned),
        emails: emails.iter().filter_map(|email| email.get("value")?.as_str()).map(str::to_owned).collect(),
        active: !is_inactive(attributes),
    }
}
