//! The knobs of this vendor: each exists because the vendor's pages do not settle a fact. The defaults are the strictest likely behaviour.

use serde::{Deserialize, Serialize};

use super::super::control::knobs::RetryAfter;
use super::engine::Shape;

/// Behaviour that can be changed while the simulator runs. In JSON the names are those below.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Knobs {
    /// Life of a token in seconds. Default 86,400 (vendor's guide on access tokens).
    pub token_lifetime_seconds: u64,
    /// `token_type` is `bearer` instead of `Bearer`.
    pub lower_case_token_type: bool,
    /// Logins per account and minute. Default 10 (authentication page).
    pub login_limit_per_account: u32,
    /// Logins per address and minute. Default 100 (authentication page).
    pub login_limit_per_address: u32,
    /// Whether the 429 of the login says when to come again. Default `none`.
    pub login_retry_after: RetryAfter,
    /// How long a refused account or address stays refused, in seconds. Default: to the end of its minute.
    pub login_block_seconds: Option<u64>,
    /// Status of a bad login: 400 (default) or 401.
    pub bad_login_status: BadLogin,
    /// What `/graphql` says to a bad token.
    pub graphql_bad_token: BadToken,
    /// 200 even for documents that do not parse or validate.
    pub graphql_status_always_200: bool,
    /// Whether the schema can be asked for.
    pub introspection: bool,
    /// Which of the two published schema generations. `old`: password and avatar required, passwords from 10 characters.
    pub schema_generation: Generation,
    /// Whether the deprecated fields still exist.
    pub deprecated_fields: bool,
    /// Ids may be digits in a text.
    pub text_ids: bool,
    /// More than 100 a page is refused instead of cut.
    pub refuse_large_pages: bool,
    /// `users` lists deleted accounts too.
    pub list_deleted: bool,
    /// `user` answers null for a deleted account instead of returning it.
    pub hide_deleted: bool,
    /// `user` reports an unknown id in `errors`.
    pub unknown_user_is_error: bool,
    /// `userErrors` is `[]` instead of null when all went well.
    pub empty_user_errors: bool,
    /// What deleting an unknown or deleted account says.
    pub delete_unknown: DeleteUnknown,
    /// Address and SAML id of a deleted account stay taken.
    pub deleted_keeps_address: bool,
    /// Explicit null in `userUpdate` also removes group, external id, SAML id and avatar.
    pub null_clears: bool,
    /// An empty list of projects is refused.
    pub refuse_empty_projects: bool,
    /// Unknown roles, projects, groups and skills are reported in `errors` instead of `userErrors`.
    pub unknown_reference_is_error: bool,
    /// A password together with a SAML id is refused.
    pub refuse_password_with_saml: bool,
    /// Changes to an account in a conversation are answered with success and not taken into account (help centre, on edits in the administration).
    pub ignore_updates_while_busy: bool,
}

/// Status of a bad login.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct BadLogin(u16);

/// Answer to a bad token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BadToken {
    /// 401 with the OAuth 2 error.
    Unauthorized,
    /// 200 with `errors`.
    Errors,
}

/// Schema generation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Generation {
    /// About 2024 on.
    New,
    /// About 2021 to 2023.
    Old,
}

/// Answer to deleting what is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeleteUnknown {
    /// An entry in `userErrors`.
    UserErrors,
    /// As if it had been deleted.
    Success,
    /// An entry in `errors`.
    Errors,
}

impl Default for Knobs {
    fn default() -> Self {
        Self {
            token_lifetime_seconds: 86_400,
            lower_case_token_type: false,
            login_limit_per_account: 10,
            login_limit_per_address: 100,
            login_retry_after: RetryAfter::None,
            login_block_seconds: None,
            bad_login_status: BadLogin(400),
            graphql_bad_token: BadToken::Unauthorized,
            graphql_status_always_200: false,
            introspection: true,
            schema_generation: Generation::New,
            deprecated_fields: true,
            text_ids: false,
            refuse_large_pages: false,
            list_deleted: false,
            hide_deleted: false,
            unknown_user_is_error: false,
            empty_user_errors: false,
            delete_unknown: DeleteUnknown::UserErrors,
            deleted_keeps_address: false,
            null_clears: false,
            refuse_empty_projects: false,
            unknown_reference_is_error: false,
            refuse_password_with_saml: false,
            ignore_updates_while_busy: false,
        }
    }
}

impl Knobs {
    /// What of it changes the schema.
    pub fn shape(&self) -> Shape {
        Shape {
            generation: self.schema_generation,
            deprecated: self.deprecated_fields,
            text_ids: self.text_ids,
            introspection: self.introspection,
        }
    }

    /// Fewest characters of a password: 16, in the old generation 10 (schema pages, `UserCreateInput.password`).
    pub fn min_password_chars(&self) -> usize {
        match self.schema_generation {
            Generation::New => 16,
            Generation::Old => 10,
        }
    }
}

impl TryFrom<u16> for BadLogin {
    type Error = String;

    fn try_from(status: u16) -> Result<Self, String> {
        if [400, 401].contains(&status) { Ok(Self(status)) } else { Err("bad_login_status is 400 or 401".to_owned()) }
    }
}

impl From<BadLogin> for u16 {
    fn from(BadLogin(status): BadLogin) -> Self {
        status
    }
}
