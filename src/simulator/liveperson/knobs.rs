//! The knobs of this vendor: each exists because the vendor's pages do not settle a fact, or contradict themselves. The defaults are the strictest likely behaviour.

use serde::{Deserialize, Serialize};

use super::super::control::knobs::RetryAfter;

/// Behaviour that can be changed while the simulator runs. In JSON the names are those below.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Knobs {
    /// Shape of the Domain API's answer for one service: the docs print a list, real clients read an object.
    pub domain_single_shape: SingleShape,
    /// Life of an OAuth 2.0 token in seconds. Default 3,600 (both published samples).
    pub token_lifetime_seconds: u64,
    /// How the token endpoint says that life.
    pub expires_in_type: ExpiresIn,
    /// Status for a wrong client secret: 401 (default), 400 or 403.
    pub bad_client_status: u16,
    /// OAuth 2.0 tokens open the Users API only; nothing else is documented for them.
    pub oauth2_only_users: bool,
    /// Life of a session without refresh, in seconds. Default 28,800 (published sample).
    pub session_ttl_seconds: u64,
    /// Name of the session's cookie: `Session_id` in the docs (default), `session_id` in the vendor's own tool.
    pub session_cookie: Cookie,
    /// Sign-ins at the Login Service per minute; more are answered with 429. Default: no limit, because no number is published.
    pub login_limit_per_minute: Option<u32>,
    /// Whether that 429 says when to come again. Default `none`; the docs say 5 s.
    pub login_retry_after: RetryAfter,
    /// Login names that the Login Service answers with 451.
    pub login_blacklist: Vec<String>,
    /// Sign-in by password; false for accounts with single sign-on only, where password rules do not hold either.
    pub local_login: bool,
    /// Which fields `GET /users` answers when `select` is missing.
    pub default_select: DefaultSelect,
    /// Status of a stale `If-Match`: 409 (default) or 412.
    pub stale_status: u16,
    /// What happens to PUT and DELETE without `If-Match`.
    pub missing_if_match: Verdict,
    /// What happens to PUT and DELETE with `If-Match: -1`.
    pub minus_one: Verdict,
    /// What the Profiles API answers instead of a revision.
    pub profiles_revision: ProfilesRevision,
    /// Status of a name that is taken: 400 (default) or 409.
    pub dup_status: u16,
    /// The name of a deleted entity may be used again.
    pub reuse_deleted: bool,
    /// What happens to a PUT with another `loginName`.
    pub login_rename: Rename,
    /// `fullName` and `employeeId` are empty in answers (v4.0 docs, privacy).
    pub blank_pii: bool,
    /// Fields that only clients of versions from 5.0 on know: `dateCreated`, `lpaCreatedUser`, `profiles`.
    pub extra_fields: bool,
    /// Agent groups list their `members` and `managers`.
    pub group_member_lists: bool,
    /// What a password must be like; a setting of the account.
    pub password_policy: PasswordPolicy,
    /// Lengths and ranges; none are published but the number of users.
    pub limits: Limits,
    /// Body of a DELETE.
    pub delete_body: DeleteBody,
}

/// Shape of an answer about one service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SingleShape {
    /// `{"service", "account", "baseURI"}`.
    Object,
    /// `{"baseURIs": […]}` with one entry.
    List,
}

/// How the life of a token is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExpiresIn {
    /// As a text.
    String,
    /// As a number.
    Number,
    /// Not at all.
    Absent,
}

/// Name of the session's cookie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cookie {
    /// `Session_id`.
    #[serde(rename = "Session_id")]
    Capital,
    /// `session_id`.
    #[serde(rename = "session_id")]
    Small,
}

/// Fields without `select`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DefaultSelect {
    /// `id`, `pid`, `deleted`, `loginName`.
    Summary,
    /// All.
    All,
}

/// Whether something passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It does.
    Accept,
    /// It does not.
    Reject,
}

/// What a PUT with another `loginName` comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rename {
    /// 400.
    Reject,
    /// The rest is done.
    Ignore,
}

/// What the Profiles API answers instead of a revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProfilesRevision {
    /// A time in `X-LP-Last-Modified`, and it reads the same header.
    LastModified,
    /// A revision like all others.
    Number,
}

/// Body of a DELETE.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeleteBody {
    /// What was deleted.
    Entity,
    /// Nothing.
    Empty,
}

/// What a password must be like (knowledge base, "Account security recommendations").
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PasswordPolicy {
    /// Fewest characters, 8 at least. Default 8.
    pub min_chars: usize,
    /// Longest run of characters that follow one another (`abcd`, `4321`). Default: any; the vendor recommends 4.
    pub max_sequential: Option<usize>,
    /// Most occurrences of one character. Default: any; the vendor recommends 4.
    pub max_occurrences: Option<usize>,
    /// How many of the classes upper case, lower case, digits and others must occur. Default 0.
    pub classes: usize,
}

/// Lengths and ranges.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Most characters of `loginName`, `fullName`, `nickname`, `email` and `name`. Default 100.
    pub name_chars: usize,
    /// Most characters of any other text. Default 256.
    pub text_chars: usize,
    /// Highest `maxChats`. Default 100.
    pub max_chats: i64,
    /// Highest `maxAsyncChats`. Default 1,000.
    pub max_async_chats: i64,
    /// Most users of the account. Default 18,000 (knowledge base).
    pub users: usize,
}

impl Default for Knobs {
    fn default() -> Self {
        Self {
            domain_single_shape: SingleShape::Object,
            token_lifetime_seconds: 3_600,
            expires_in_type: ExpiresIn::String,
            bad_client_status: 401,
            oauth2_only_users: false,
            session_ttl_seconds: 28_800,
            session_cookie: Cookie::Capital,
            login_limit_per_minute: None,
            login_retry_after: RetryAfter::None,
            login_blacklist: Vec::new(),
            local_login: true,
            default_select: DefaultSelect::Summary,
            stale_status: 409,
            missing_if_match: Verdict::Reject,
            minus_one: Verdict::Accept,
            profiles_revision: ProfilesRevision::LastModified,
            dup_status: 400,
            reuse_deleted: false,
            login_rename: Rename::Reject,
            blank_pii: false,
            extra_fields: false,
            group_member_lists: false,
            password_policy: PasswordPolicy::default(),
            limits: Limits::default(),
            delete_body: DeleteBody::Entity,
        }
    }
}

impl Default for PasswordPolicy {
    fn default() -> Self {
        Self { min_chars: 8, max_sequential: None, max_occurrences: None, classes: 0 }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self { name_chars: 100, text_chars: 256, max_chats: 100, max_async_chats: 1_000, users: 18_000 }
    }
}

impl Knobs {
    /// Whether every value is one of those that make sense.
    pub fn check(self) -> Result<Self, String> {
        let statuses = [
            ("bad_client_status", self.bad_client_status, &[400, 401, 403][..]),
            ("stale_status", self.stale_status, &[409, 412]),
            ("dup_status", self.dup_status, &[400, 409]),
        ];
        for (name, status, allowed) in statuses {
            if !allowed.contains(&status) {
                return Err(format!("knobs: {name} is one of {allowed:?}"));
            }
        }
        if self.password_policy.min_chars < 8 {
            return Err("knobs: password_policy.min_chars is 8 at least".to_owned());
        }
        if self.password_policy.classes > 4 {
            return Err("knobs: password_policy.classes is at most 4".to_owned());
        }
        Ok(self)
    }
}

impl Cookie {
    /// The name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Capital => "Session_id",
            Self::Small => "session_id",
        }
    }
}

impl PasswordPolicy {
    /// Why a password is refused, if it is.
    pub fn objection(&self, password: &str) -> Option<&'static str> {
        let chars: Vec<char> = password.chars().collect();
        if chars.len() < self.min_chars {
            return Some("the password is too short");
        }
        let occurrences = |wanted: &char| chars.iter().filter(|char| *char == wanted).count();
        if self.max_occurrences.is_some_and(|most| chars.iter().any(|char| occurrences(char) > most)) {
            return Some("the password repeats a character too often");
        }
        if self.max_sequential.is_some_and(|most| longest_run(&chars) > most) {
            return Some("the password has too many characters that follow one another");
        }
        let classes: [fn(&char) -> bool; 4] = [
            |char| char.is_uppercase(),
            |char| char.is_lowercase(),
            |char| char.is_numeric(),
            |char| !char.is_alphanumeric(),
        ];
        let found = classes.iter().filter(|class| chars.iter().any(**class)).count();
        (found < self.classes).then_some("the password has too few kinds of characters")
    }
}

/// Longest run of code points each one above, or each one below, the one before.
fn longest_run(chars: &[char]) -> usize {
    let step = |pair: &[char]| i64::from(u32::from(pair[1])) - i64::from(u32::from(pair[0]));
    let (mut longest, mut run, mut direction) = (usize::from(!chars.is_empty()), 1, 0);
    for now in chars.windows(2).map(step) {
        let follows = now == 1 || now == -1;
        run = match follows {
            true if now == direction => run + 1,
            true => 2,
            false => 1,
        };
        direction = if follows { now } else { 0 };
        longest = longest.max(run);
    }
    longest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rule_of_the_password_policy_objects_alone() {
        let lax = PasswordPolicy::default();
        assert!(lax.objection("abcdefg").is_some() && lax.objection("abcdefgh").is_none());
        let sequential = PasswordPolicy { max_sequential: Some(4), ..PasswordPolicy::default() };
        assert!(sequential.objection("xx-abcde-").is_some() && sequential.objection("xx-abcd-9").is_none());
        assert!(sequential.objection("xx-54321-").is_some());
        let occurrences = PasswordPolicy { max_occurrences: Some(2), ..PasswordPolicy::default() };
        assert!(occurrences.objection("a1a2a3b4").is_some() && occurrences.objection("a1a2c3b4").is_none());
        let classes = PasswordPolicy { classes: 4, ..PasswordPolicy::default() };
        assert!(classes.objection("Abcdefg1").is_some() && classes.objection("Abcdef1!").is_none());
    }
}
