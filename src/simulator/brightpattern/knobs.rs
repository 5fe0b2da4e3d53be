//! The knobs of this vendor: versions of its API and facts that its pages leave open. The defaults are a current server and the strictest likely behaviour.

use serde::{Deserialize, Serialize};

/// Behaviour that can be changed while the simulator runs. In JSON the names are those below.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Knobs {
    /// Which generation of the server: 5.x with OAuth 2.0, or 3.x with HTTP Digest and its own addresses.
    pub server: Server,
    /// Algorithm of HTTP Digest on a 3.x server; none is documented.
    pub digest_algorithm: Algorithm,
    /// Whether HTTP Digest on a 3.x server asks for `qop="auth"` (RFC 7616) or for nothing (RFC 2069).
    pub digest_qop: bool,
    /// Life of a nonce of HTTP Digest in seconds. Default 300.
    pub digest_nonce_seconds: u64,
    /// Life of a token in seconds. Default 3,600 (List Management API v3.2).
    pub token_lifetime_seconds: u64,
    /// How the token endpoint says that life: all samples have a text.
    pub expires_in_type: ExpiresIn,
    /// A second token request returns the live token with its remaining life.
    pub token_reuse: bool,
    /// A token request without `scope` gets a token of the provider, which opens no tenant, instead of a refusal.
    pub scope_optional: bool,
    /// PUT accepts `team`; 5.2 ignores it.
    pub put_team: bool,
    /// GET adds `loginInfo`, as releases from about 5.24 do.
    pub login_info: bool,
    /// `/team` exists.
    pub get_team: bool,
    /// The vendor's own SCIM API.
    pub vendor_scim: VendorScim,
    /// How roles stand in SCIM: objects (2022 samples) or texts (2020 samples), read and written.
    pub scim_roles_shape: RolesShape,
    /// Media type, dates and `groups` of SCIM answers: as in the samples of 2022 or of 2020.
    pub scim_samples: Samples,
    /// Which PATCH operations SCIM takes.
    pub scim_patch: PatchDialect,
    /// How SCIM refuses: as everything else, or with an error of RFC 7644.
    pub scim_error_shape: ScimErrorShape,
    /// The service provider allows other user names (SCIM only).
    pub username_changes: bool,
    /// What a PUT does with the skills that are there.
    pub skills_put: SkillsPut,
    /// What happens to fields that PUT does not support.
    pub unsupported_put_field: Unsupported,
    /// How refusals look.
    pub error_shape: ErrorShape,
    /// Status of an address that does not exist: 404 (default) or 500, as the collection says.
    pub unknown_path: u16,
    /// Whether the letter case of a login id matters.
    pub login_case: LoginCase,
    /// The directory lists disabled users.
    pub directory_includes_disabled: bool,
    /// Name of the login id in the directory; 3.x always says `login_id`.
    pub directory_key: DirectoryKey,
    /// A new member of a team gets the team's service skills with level 100, and loses those of the former team (tenant setting).
    pub team_service_skills: bool,
    /// Every user needs an e-mail address (tenant setting).
    pub require_email: bool,
    /// Fewest characters of a password; the rules are the provider's. Default 8.
    pub password_min_chars: usize,
    /// How many former passwords cannot be used again. Default 0.
    pub password_history: usize,
    /// Status for a user of a team that the caller does not supervise: 403 (default) or 404.
    pub unsupervised_status: u16,
}

/// Generation of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Server {
    /// 3.x.
    #[serde(rename = "3")]
    Three,
    /// 5.x.
    #[serde(rename = "5")]
    Five,
}

/// Algorithm of HTTP Digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Algorithm {
    /// MD5.
    #[serde(rename = "MD5")]
    Md5,
    /// SHA-256.
    #[serde(rename = "SHA-256")]
    Sha256,
}

/// How the life of a token is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExpiresIn {
    /// As a text.
    String,
    /// As a number.
    Number,
}

/// State of the vendor's own SCIM API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VendorScim {
    /// It does not exist.
    Off,
    /// It exists, but the tenant has no integration account for it: nobody can be created.
    NoAccount,
    /// It exists.
    On,
}

/// Shape of roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RolesShape {
    /// `[{"value": "Agent"}]`.
    Objects,
    /// `["Agent"]`.
    Strings,
}

/// Year of the samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Samples {
    /// 2020.
    #[serde(rename = "2020")]
    Of2020,
    /// 2022.
    #[serde(rename = "2022")]
    Of2022,
}

/// Operations of a PATCH.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PatchDialect {
    /// `replace` in lower case with a path, as in the only sample.
    Narrow,
    /// `add`, `replace` and `remove` in any case, also without path.
    Wide,
}

/// Shape of SCIM errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScimErrorShape {
    /// As all others.
    Same,
    /// RFC 7644 section 3.12.
    Scim,
}

/// What becomes of skills.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SkillsPut {
    /// The given ones are all.
    Replace,
    /// The given ones come to those that are there; level 0 removes.
    Merge,
}

/// What becomes of unsupported fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unsupported {
    /// Nothing.
    Ignore,
    /// 400.
    Refuse,
}

/// Shape of refusals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorShape {
    /// A bare text that is called `application/json`.
    Text,
    /// A text that is called one.
    TextPlain,
    /// `{"error", "error_description"}`.
    Json,
}

/// Letter case of login ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LoginCase {
    /// It does not matter.
    Insensitive,
    /// It does.
    Sensitive,
}

/// Name of the login id in the directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum DirectoryKey {
    /// `loginId`.
    #[serde(rename = "loginId")]
    LoginId,
    /// `login_id`.
    #[serde(rename = "login_id")]
    SnakeCase,
}

impl Default for Knobs {
    fn default() -> Self {
        Self {
            server: Server::Five,
            digest_algorithm: Algorithm::Md5,
            digest_qop: true,
            digest_nonce_seconds: 300,
            token_lifetime_seconds: 3_600,
            expires_in_type: ExpiresIn::String,
            token_reuse: true,
            scope_optional: false,
            put_team: true,
            login_info: false,
            get_team: true,
            vendor_scim: VendorScim::On,
            scim_roles_shape: RolesShape::Objects,
            scim_samples: Samples::Of2022,
            scim_patch: PatchDialect::Narrow,
            scim_error_shape: ScimErrorShape::Same,
            username_changes: false,
            skills_put: SkillsPut::Replace,
            unsupported_put_field: Unsupported::Ignore,
            error_shape: ErrorShape::Text,
            unknown_path: 404,
            login_case: LoginCase::Insensitive,
            directory_includes_disabled: true,
            directory_key: DirectoryKey::LoginId,
            team_service_skills: false,
            require_email: false,
            password_min_chars: 8,
            password_history: 0,
            unsupervised_status: 403,
        }
    }
}

impl Knobs {
    /// Whether every value is one of those that make sense.
    pub fn check(self) -> Result<Self, String> {
        if ![404, 500].contains(&self.unknown_path) {
            return Err("knobs: unknown_path is 404 or 500".to_owned());
        }
        if ![403, 404].contains(&self.unsupervised_status) {
            return Err("knobs: unsupervised_status is 403 or 404".to_owned());
        }
        Ok(self)
    }
}
