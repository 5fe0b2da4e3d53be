//! The vendor's data: accounts, roles, groups. Pure data; the rules are in [`super::change`] and [`super::tenant`].

use std::collections::BTreeMap;

use jiff::Timestamp;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Role that makes an on-demand expert (provisioning guide: 2 operator, 3 manager, 4 admin, 5 expert, 6 developer, 7 bot).
pub const EXPERT_ROLE: i64 = 5;
/// Role that makes a developer account.
pub const DEVELOPER_ROLE: i64 = 6;
/// Role that makes a bot.
pub const BOT_ROLE: i64 = 7;

/// An account of any kind.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct User {
    /// Integer id, never used again.
    #[serde(default)]
    pub id: i64,
    /// Login name.
    pub email: String,
    /// First name.
    #[serde(default)]
    pub first_name: Option<String>,
    /// Last name.
    pub last_name: String,
    /// Nickname that visitors see.
    #[serde(rename = "userName")]
    pub nickname: String,
    /// Picture.
    #[serde(default)]
    pub avatar: Option<String>,
    /// Identifier in another system.
    #[serde(default)]
    pub external_id: Option<String>,
    /// Subject at the SAML identity provider.
    #[serde(default)]
    pub saml_id: Option<String>,
    /// The one role.
    pub role_id: i64,
    /// The one group.
    #[serde(default)]
    pub group_id: Option<i64>,
    /// Projects, in the order given.
    #[serde(default)]
    pub project_ids: Vec<i64>,
    /// Skills, in the order given.
    #[serde(default)]
    pub skill_ids: Vec<i64>,
    /// Channel configuration, as far as it was given.
    #[serde(default)]
    pub channels: Channels,
    /// Languages and formats.
    #[serde(default)]
    pub country_preferences: Option<CountryPreferences>,
    /// When it was made; the seed's default is the start of the simulator.
    #[serde(default)]
    pub created_at: Option<Timestamp>,
    /// When it was deleted.
    #[serde(default)]
    pub deleted_at: Option<Timestamp>,
    /// In a conversation.
    #[serde(default)]
    pub busy: bool,
    /// Logged in at the desk.
    #[serde(default)]
    pub connected: bool,
    /// Availability by channel, as set; a channel that is not named is available when it is switched on.
    #[serde(default)]
    pub availability: BTreeMap<String, bool>,
    /// Password; never shown.
    #[serde(default, skip_serializing)]
    pub password: Option<SecretString>,
    /// Counts the changes of the password; tokens of an older count are void.
    #[serde(skip)]
    pub credential: u32,
}

/// Kind of an account; it follows from the role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Agent of the brand: administrator, manager, operator, or a custom role.
    Professional,
    /// Developer.
    Developer,
    /// On-demand expert.
    Expert,
    /// Bot.
    Bot,
}

/// Base of a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum BaseRole {
    /// Every right.
    Admin,
    /// Rights within the own group.
    Manager,
    /// No right to administrate.
    Operator,
}

/// A role.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Role {
    /// Id.
    pub id: i64,
    /// Name.
    pub name: String,
    /// Only custom roles have one.
    #[serde(default)]
    pub description: Option<String>,
    /// None for expert, developer and bot.
    #[serde(default)]
    pub base_role_name: Option<BaseRole>,
    /// Made by the customer on top of a base role.
    #[serde(default)]
    pub custom: bool,
    /// Names of permissions.
    #[serde(default)]
    pub permissions: Vec<String>,
}

/// A user group, project or skill, or the client.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Named {
    /// Id.
    pub id: i64,
    /// Name.
    pub name: String,
    /// The group above; only for groups.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_id: Option<i64>,
}

/// Channel configuration: what was given for each channel.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Channels {
    /// Call.
    #[serde(rename = "callConfiguration")]
    pub call: Option<CallSettings>,
    /// Chat.
    #[serde(rename = "chatConfiguration")]
    pub chat: Option<ChatSettings>,
    /// Third-party messengers.
    #[serde(rename = "thirdPartyConfiguration")]
    pub third_party: Option<ThirdPartySettings>,
    /// Video.
    #[serde(rename = "videoConfiguration")]
    pub video: Option<VideoSettings>,
}

/// Call settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CallSettings {
    /// Phone number that calls go to.
    #[serde(default)]
    pub click_to_call_phone_number: Option<String>,
    /// Calls come first.
    pub has_priority_on_call: bool,
    /// The number is asked for at each login.
    pub is_always_ask_for_number: bool,
    /// Switched on.
    pub is_enabled: bool,
    /// `CLICK_TO_CALL_NUMBER` or `DESK`.
    pub respond_from: String,
}

/// Chat settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChatSettings {
    /// Chats come first.
    pub has_priority_on_chat: bool,
    /// A chat may become a video conversation.
    pub is_allow_chat_to_video: bool,
    /// Switched on.
    pub is_enabled: bool,
    /// A call may come during a chat.
    #[serde(default)]
    pub is_simultaneous_call_allowed: Option<bool>,
    /// Simultaneous chats.
    pub number_of_slots: i32,
}

/// Settings of third-party messengers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ThirdPartySettings {
    /// Switched on.
    pub is_enabled: bool,
    /// Simultaneous conversations.
    pub number_of_slots: i32,
}

/// Video settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct VideoSettings {
    /// Video comes first.
    pub has_priority_on_video: bool,
    /// Switched on.
    pub is_enabled: bool,
}

/// Languages and formats.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CountryPreferences {
    /// `DMY`, `MDY` or `YMD`.
    #[serde(default)]
    pub date_format: Option<String>,
    /// Language of the administration.
    pub interface_language: String,
    /// Languages that are spoken.
    pub languages: Vec<String>,
    /// `CLASSIC` or `MERIDIAN`.
    #[serde(default)]
    pub time_format: Option<String>,
    /// As `Europe/Paris`.
    #[serde(default)]
    pub timezone: Option<String>,
}

impl User {
    /// The kind that follows from the role.
    pub fn kind(&self) -> Kind {
        match self.role_id {
            EXPERT_ROLE => Kind::Expert,
            DEVELOPER_ROLE => Kind::Developer,
            BOT_ROLE => Kind::Bot,
            _ => Kind::Professional,
        }
    }

    /// Whether it was deleted.
    pub fn is_deleted(&self) -> bool {
        self.deleted_at.is_some()
    }

    /// As tests see it: everything but the password.
    pub fn state(&self) -> Value {
        let mut state = json!(self);
        state["kind"] = json!(self.kind().type_name());
        state["isDeleted"] = json!(self.is_deleted());
        state["hasPassword"] = json!(self.password.is_some());
        state
    }
}

impl Kind {
    /// Name of the GraphQL type.
    pub fn type_name(self) -> &'static str {
        match self {
            Self::Professional => "Professional",
            Self::Developer => "Developer",
            Self::Expert => "Expert",
            Self::Bot => "Bot",
        }
    }
}
