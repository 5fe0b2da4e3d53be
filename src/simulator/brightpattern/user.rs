//! One user of the tenant, as the simulator keeps it and as a seed gives it. Pure data.

use indexmap::IndexMap;
use jiff::Timestamp;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::knobs::Knobs;

/// A user.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct User {
    /// Stable id, which only the SCIM API shows. Upper-case UUID.
    #[serde(default)]
    pub id: String,
    /// User name, the key of the Configuration API.
    pub login_id: String,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// The one team, by name.
    pub team: String,
    /// Phone extension.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extension: Option<String>,
    /// Phone at work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub work_phone: Option<String>,
    /// Mobile phone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mobile_phone: Option<String>,
    /// E-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Whether the account is disabled.
    #[serde(default)]
    pub disabled: bool,
    /// Whether the password has to be changed at the next login.
    #[serde(default)]
    pub change_password: bool,
    /// Levels by skill.
    #[serde(default)]
    pub skills: IndexMap<String, i64>,
    /// Names of roles.
    #[serde(default)]
    pub roles: Vec<String>,
    /// Whether too many failed logins have locked the account.
    #[serde(default)]
    pub locked_out: bool,
    /// Nickname in chats (SCIM only).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nickname: Option<String>,
    /// Title (SCIM only).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Time zone by its IANA name (SCIM only).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
    /// Country, region and locality (SCIM only).
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub address: Map<String, Value>,
    /// Number of the default hardphone (SCIM only).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_hardphone: Option<String>,
    /// Direct number from outside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external: Option<String>,
    /// Whether there is a voice mail box.
    #[serde(default)]
    pub voice_mail: bool,
    /// Whether there is a greeting.
    #[serde(default)]
    pub greeting: bool,
    /// Last change.
    #[serde(default)]
    pub last_modified: Option<Timestamp>,
    /// Password. No state shows it.
    #[serde(default, skip_serializing)]
    pub password: Option<SecretString>,
    /// Secret with which a program signs in as this user. No state shows it.
    #[serde(default, skip_serializing)]
    pub api_secret: Option<SecretString>,
    /// Passwords of before, oldest first.
    #[serde(skip)]
    pub former_passwords: Vec<SecretString>,
}

impl User {
    /// What the Configuration API answers: known fields in the vendor's order, unset texts left out, never a password.
    pub fn shown(&self, knobs: &Knobs) -> Value {
        let mut shown = json!({
            "disabled": self.disabled, "changePassword": self.change_password, "skills": self.skills, "loginId": self.login_id,
            "firstName": self.first_name, "lastName": self.last_name, "team": self.team,
        });
        let texts = [
            ("extension", &self.extension),
            ("workPhone", &self.work_phone),
            ("mobilePhone", &self.mobile_phone),
            ("email", &self.email),
        ];
        for (name, text) in texts {
            if let Some(text) = text {
                shown[name] = json!(text);
            }
        }
        shown["roles"] = json!(self.roles);
        if knobs.login_info {
            shown["loginInfo"] = json!({ "isLoggedIn": false, "browser": "Chrome 120.0.0", "os": "Linux", "ipAddress": "192.0.2.10",
                "appType": "Agent Desktop", "appVersion": "5.24.99.755" });
        }
        shown
    }
}
