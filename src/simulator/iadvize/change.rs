//! What a mutation wants of an account, and the vendor's rules about it. Whether the caller may do it is asked elsewhere.

use secrecy::SecretString;
use serde::{Deserialize, Deserializer};

use super::knobs::Knobs;
use super::mistake::Mistake;
use super::model::{CallSettings, Channels, ChatSettings, CountryPreferences, ThirdPartySettings, User, VideoSettings};
use super::tenant::Tenant;

/// A field of an input: left out, null, or given.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Wish<T> {
    /// Left out.
    #[default]
    Absent,
    /// Explicit null.
    Null,
    /// Given.
    Value(T),
}

/// `UserCreateInput` and `UserUpdateInput`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Change {
    pub user_id: i64,
    pub avatar: Wish<String>,
    pub channels: Wish<ChannelsChange>,
    pub country_preferences: Wish<CountryPreferences>,
    pub email: Wish<String>,
    pub external_id: Wish<String>,
    pub first_name: Wish<String>,
    pub group_id: Wish<i64>,
    pub last_name: Wish<String>,
    pub password: Wish<String>,
    pub project_ids: Wish<Vec<i64>>,
    pub role_id: Wish<i64>,
    pub saml_id: Wish<String>,
    pub skill_ids: Wish<Vec<i64>>,
    pub user_name: Wish<String>,
}

/// `ChannelConfigurationInput`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ChannelsChange {
    #[serde(rename = "callConfiguration")]
    pub call: Wish<CallSettings>,
    #[serde(rename = "chatConfiguration")]
    pub chat: Wish<ChatSettings>,
    #[serde(rename = "thirdPartyConfiguration")]
    pub third_party: Wish<ThirdPartySettings>,
    #[serde(rename = "videoConfiguration")]
    pub video: Wish<VideoSettings>,
}

/// What explicit null removes: `firstName` always (schema page of `ProfessionalUpdateInput`), the others by a knob.
#[derive(Debug, Clone, Copy)]
struct Nulls {
    others: bool,
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Wish<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(deserializer)?.map_or(Self::Null, Self::Value))
    }
}

impl Change {
    /// The account as it would be, or every mistake in the input, in the order of the input's fields in the schema.
    pub fn apply(self, before: &User, tenant: &Tenant, knobs: &Knobs) -> Result<User, Vec<Mistake>> {
        let mut mistakes = Vec::new();
        let mut user = before.clone();
        let nulls = Nulls { others: knobs.null_clears };
        let deleted = knobs.deleted_keeps_address;
        let with_saml_id = matches!(self.saml_id, Wish::Value(_));

        match self.avatar {
            Wish::Value(avatar) if !is_web_url(&avatar) => mistakes.push(Mistake::InvalidAvatarUrl),
            wish => set_optional(&mut user.avatar, wish, nulls.others),
        }
        if let Wish::Value(change) = self.channels {
            change.apply(&mut user.channels);
            mistakes.extend(check_channels(&user.channels));
        }
        if let Wish::Value(preferences) = self.country_preferences {
            user.country_preferences = Some(preferences);
        }
        if let Wish::Value(email) = self.email {
            if !is_address(&email) {
                mistakes.push(Mistake::InvalidEmail);
            } else if tenant.is_email_taken(&email, user.id, deleted) {
                mistakes.push(Mistake::EmailAlreadyUsed);
            }
            user.email = email;
        }
        match self.external_id {
            Wish::Value(id) if id.trim().is_empty() => mistakes.push(Mistake::ExternalIdIsEmpty),
            wish => set_optional(&mut user.external_id, wish, nulls.others),
        }
        match self.first_name {
            Wish::Value(name) if name.trim().is_empty() => mistakes.push(Mistake::FirstNameIsEmpty),
            wish => set_optional(&mut user.first_name, wish, true),
        }
        match self.group_id {
            Wish::Value(id) if !tenant.groups.contains_key(&id) => mistakes.push(Mistake::UnknownGroup),
            wish => set_optional(&mut user.group_id, wish, nulls.others),
        }
        set_text(&mut user.last_name, self.last_name, Mistake::LastNameIsEmpty, &mut mistakes);
        if let Wish::Value(password) = self.password {
            if !is_strong(&password, knobs.min_password_chars()) || (with_saml_id && knobs.refuse_password_with_saml) {
                mistakes.push(Mistake::InvalidPassword);
            }
            user.password = Some(SecretString::from(password));
            user.credential += 1;
        }
        if let Wish::Value(ids) = self.project_ids {
            let empty = ids.is_empty() && knobs.refuse_empty_projects;
            if empty || ids.iter().any(|id| !tenant.projects.contains_key(id)) {
                mistakes.push(Mistake::UnknownProject);
            }
            user.project_ids = distinct(ids);
        }
        if let Wish::Value(id) = self.role_id {
            if !tenant.roles.contains_key(&id) {
                mistakes.push(Mistake::UnknownRole);
            }
            user.role_id = id;
        }
        match self.saml_id {
            Wish::Value(id) if id.trim().is_empty() => mistakes.push(Mistake::SamlIdIsEmpty),
            Wish::Value(id) if tenant.is_saml_id_taken(&id, user.id, deleted) => {
                mistakes.push(Mistake::SamlIdAlreadyUsed);
            }
            wish => set_optional(&mut user.saml_id, wish, nulls.others),
        }
        if let Wish::Value(ids) = self.skill_ids {
            if ids.iter().any(|id| !tenant.skills.contains_key(id)) {
                mistakes.push(Mistake::UnknownSkill);
            }
            user.skill_ids = distinct(ids);
        }
        set_text(&mut user.nickname, self.user_name, Mistake::UserNameIsEmpty, &mut mistakes);
        if mistakes.is_empty() { Ok(user) } else { Err(mistakes) }
    }
}

impl ChannelsChange {
    /// Each channel that is given replaces its whole configuration; the others stay.
    fn apply(self, channels: &mut Channels) {
        set_optional(&mut channels.call, self.call, false);
        set_optional(&mut channels.chat, self.chat, false);
        set_optional(&mut channels.third_party, self.third_party, false);
        set_optional(&mut channels.video, self.video, false);
    }
}

/// The published cross-checks (schema page `UserError`), on the configuration as it would be.
fn check_channels(channels: &Channels) -> Vec<Mistake> {
    let call = channels.call.as_ref();
    let chat = channels.chat.as_ref();
    let call_is_on = call.is_some_and(|call| call.is_enabled);
    let video_is_on = channels.video.as_ref().is_some_and(|video| video.is_enabled);
    let wants_call = chat.is_some_and(|chat| chat.is_simultaneous_call_allowed == Some(true));
    let wants_video = chat.is_some_and(|chat| chat.is_allow_chat_to_video);
    let asks_at_desk = call.is_some_and(|call| call.is_always_ask_for_number && call.respond_from == "DESK");
    let checks = [
        (wants_call && !call_is_on, Mistake::ChatAndCallWithDisabledCall),
        (wants_video && !video_is_on, Mistake::ChatToVideoWithDisabledVideo),
        (asks_at_desk, Mistake::IncompatibleAskForNumberChoice),
    ];
    checks.into_iter().filter(|(wrong, _)| *wrong).map(|(_, mistake)| mistake).collect()
}

fn set_optional<T>(target: &mut Option<T>, wish: Wish<T>, null_removes: bool) {
    match wish {
        Wish::Value(value) => *target = Some(value),
        Wish::Null if null_removes => *target = None,
        Wish::Null | Wish::Absent => {}
    }
}

fn set_text(target: &mut String, wish: Wish<String>, empty: Mistake, mistakes: &mut Vec<Mistake>) {
    if let Wish::Value(text) = wish {
        if text.trim().is_empty() {
            mistakes.push(empty);
        }
        *target = text;
    }
}

fn distinct(ids: Vec<i64>) -> Vec<i64> {
    let mut seen = std::collections::HashSet::new();
    ids.into_iter().filter(|id| seen.insert(*id)).collect()
}

fn is_address(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let no_odd =
        |part: &str| part.chars().all(|c| !c.is_whitespace() && !c.is_control() && !"<>()[],;:\\\"@".contains(c));
    let dots = |part: &str| part.split('.').all(|label| !label.is_empty());
    text.len() <= 254 && no_odd(local) && no_odd(domain) && dots(local) && dots(domain) && domain.contains('.')
}

fn is_web_url(text: &str) -> bool {
    url::Url::parse(text).is_ok_and(|url| ["http", "https"].contains(&url.scheme()) && url.has_host())
}

/// A lower case letter, an upper case letter, a digit, another character (schema pages, `UserCreateInput.password`).
fn is_strong(password: &str, min_chars: usize) -> bool {
    password.chars().count() >= min_chars
        && password.chars().any(char::is_lowercase)
        && password.chars().any(char::is_uppercase)
        && password.chars().any(|c| c.is_ascii_digit())
        && password.chars().any(|c| !c.is_alphanumeric())
}
