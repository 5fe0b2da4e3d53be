//! The words for who is in which group. Plain data; what changes it stands in [`super::model::Change`].

use crate::ids::{ScimId, VendorId};

/// A person who joins a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMember {
    /// The person.
    pub id: ScimId,
    /// `display` as the IdP gave it; shown when the person has no name of his own to show.
    pub display: Option<String>,
}

/// Which members of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Members {
    /// These people.
    These(Vec<ScimId>),
    /// All who are members of the group at that point of the commit.
    All,
}

/// A member of a group, as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its place in the group; pages go on behind it.
    pub place: i64,
    /// The person.
    pub id: ScimId,
    /// `displayName` of the person, else what the IdP gave, else `userName`.
    pub display: String,
}

/// A group of a person, as `User.groups` shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupRef {
    /// The group.
    pub id: ScimId,
    /// Its `displayName`.
    pub display: String,
}

/// What ties a person to a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// The group.
    pub group: ScimId,
    /// Its `displayName`.
    pub name: String,
    /// Realm of the group's own account, when it has one.
    pub realm: Option<String>,
    /// The group's key at the vendor, when it is linked.
    pub vendor_id: Option<VendorId>,
    /// Counts up with each joining in the connection: who joined last has the highest.
    pub joined: i64,
}
