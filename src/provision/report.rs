//! What an import tells. Decides nothing.

/// What an import did.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct ImportReport {
    /// Accounts that the vendor listed and the bridge may manage.
    pub listed: u64,
    /// New SCIM resources.
    pub imported: u64,
    /// Linked to a person whom the IdP had created already.
    pub linked: u64,
    /// Known before.
    pub known: u64,
    /// Objects of the vendor that became groups.
    pub groups: ImportedGroups,
    /// Left alone, with the reason.
    pub skipped: Vec<String>,
}

/// What an import did with the objects that groups can stand for.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct ImportedGroups {
    /// Objects that the vendor listed.
    pub listed: u64,
    /// New SCIM groups.
    pub imported: u64,
    /// Known before.
    pub known: u64,
    /// New memberships.
    pub members: u64,
}
