//! On whose behalf, when and on which data a GraphQL request works, and what the caller may do.
//!
//! Rights (help centre, feature list by profile): an administrator everything; a manager the operators and experts of the own group; nobody else anything.

use std::sync::{Arc, Mutex, RwLock};

use async_graphql::Error;
use jiff::Timestamp;
use serde::Serialize;

use super::super::control::{lock, read};
use super::knobs::Knobs;
use super::model::{BaseRole, EXPERT_ROLE, Kind, User};
use super::tenant::Tenant;

/// Role of an operator.
const OPERATOR_ROLE: i64 = 2;

/// Mails that are kept; beyond it the oldest are dropped.
const MAX_MAILS: usize = 10_000;

/// A mail that invites somebody to choose a password.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Invitation {
    /// Always `invitation`.
    pub kind: &'static str,
    /// Receiver.
    pub to: String,
    /// Account.
    pub user_id: i64,
    /// When.
    pub at: Timestamp,
}

/// Mails that would have been sent.
pub type Outbox = Arc<Mutex<Vec<Invitation>>>;

/// One request's surroundings.
pub struct Session {
    /// Behaviour.
    pub knobs: Arc<Knobs>,
    /// Data.
    pub tenant: Arc<RwLock<Tenant>>,
    /// Time of the request.
    pub now: Timestamp,
    /// The account that logged in, if it exists on this platform.
    pub caller: Option<i64>,
    /// Where invitations go.
    pub outbox: Outbox,
}

/// What a caller may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rights {
    /// Everything.
    All,
    /// The operators and experts of one group.
    Group(i64),
    /// Nothing.
    None,
}

impl Session {
    /// The caller's rights at this moment.
    pub fn rights(&self) -> Rights {
        let tenant = read(&self.tenant);
        let Some(user) = self.caller.and_then(|id| tenant.live_user(id)) else { return Rights::None };
        if user.kind() != Kind::Professional {
            return Rights::None;
        }
        match (tenant.roles.get(&user.role_id).and_then(|role| role.base_role_name), user.group_id) {
            (Some(BaseRole::Admin), _) => Rights::All,
            (Some(BaseRole::Manager), Some(group)) => Rights::Group(group),
            _ => Rights::None,
        }
    }

    /// The caller's rights, if there are any.
    pub fn require_rights(&self) -> Result<Rights, Error> {
        match self.rights() {
            Rights::None => Err(refused()),
            rights => Ok(rights),
        }
    }

    /// Only for administrators.
    pub fn require_admin(&self) -> Result<(), Error> {
        match self.rights() {
            Rights::All => Ok(()),
            _ => Err(refused()),
        }
    }

    /// Keeps an invitation.
    pub fn invite(&self, user: &User) {
        let mut outbox = lock(&self.outbox);
        if outbox.len() == MAX_MAILS {
            outbox.remove(0);
        }
        outbox.push(Invitation { kind: "invitation", to: user.email.clone(), user_id: user.id, at: self.now });
    }
}

impl Rights {
    /// Whether an account is shown.
    pub fn sees(self, user: &User) -> bool {
        match self {
            Self::All => true,
            Self::Group(group) => user.group_id == Some(group),
            Self::None => false,
        }
    }

    /// Whether an account may be like this after a change by the caller.
    pub fn may_make(self, user: &User) -> Result<(), Error> {
        let own_kind = [OPERATOR_ROLE, EXPERT_ROLE].contains(&user.role_id);
        if self == Self::All || (self.sees(user) && own_kind) { Ok(()) } else { Err(refused()) }
    }
}

fn refused() -> Error {
    Error::new("You are not allowed to do this")
}
