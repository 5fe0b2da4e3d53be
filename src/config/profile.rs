//! What differs between identity providers, as switches, and which of them a profile turns on. What a switch does is written where it is asked.

use schemars::JsonSchema;
use serde::Deserialize;

use super::model::{Profile, Switches};

/// Differences between IdPs, each on or off; what is not named is as the profile says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SwitchesFile {
    /// PATCH on a group is always answered 204 without a body. Default: on in profile `entra`.
    pub group_patch_204: Option<bool>,
    /// PATCH on a user is answered 204 without a body. Default: off.
    pub user_patch_204: Option<bool>,
    /// Answers have the media type `application/json`. Default: on in profile `onelogin`.
    pub plain_json: Option<bool>,
    /// A PATCH that replaces the members of a group by a single one adds that one and removes nobody. Default: off.
    pub single_member_replace_adds: Option<bool>,
    /// A POST for the `userName` of an inactive person reactivates that person instead of being answered 409. Default: off.
    pub reactivate_on_create: Option<bool>,
    /// PATCH operations on attributes that nobody defines are left out instead of being refused. Default: off.
    pub ignore_unknown_paths: Option<bool>,
    /// A `userName` of 32 hexadecimal digits before the former one, as Entra ID gives to people whom it deletes softly, does not reach the vendor.
    /// Default: on in profile `entra`.
    pub soft_deleted_names: Option<bool>,
}

impl SwitchesFile {
    /// The switches of a connection with this profile.
    pub fn over(self, profile: Profile) -> Switches {
        let usual = profile.switches();
        Switches {
            group_patch_204: self.group_patch_204.unwrap_or(usual.group_patch_204),
            user_patch_204: self.user_patch_204.unwrap_or(usual.user_patch_204),
            plain_json: self.plain_json.unwrap_or(usual.plain_json),
            single_member_replace_adds: self.single_member_replace_adds.unwrap_or(usual.single_member_replace_adds),
            reactivate_on_create: self.reactivate_on_create.unwrap_or(usual.reactivate_on_create),
            ignore_unknown_paths: self.ignore_unknown_paths.unwrap_or(usual.ignore_unknown_paths),
            soft_deleted_names: self.soft_deleted_names.unwrap_or(usual.soft_deleted_names),
        }
    }
}

impl Profile {
    /// What the profile turns on. Everything else that clients do differently is understood in every profile.
    pub fn switches(self) -> Switches {
        match self {
            // they need nothing beyond what is understood from everybody
            Self::Generic | Self::Okta | Self::Ping | Self::Jumpcloud => Switches::default(),
            Self::Entra => Switches { group_patch_204: true, soft_deleted_names: true, ..Switches::default() },
            // OneLogin asks for the content type application/json (developers.onelogin.com/scim/implement-scim-api)
            Self::Onelogin => Switches { plain_json: true, ..Switches::default() },
        }
    }

    /// Whether a token without the word `Bearer` is accepted. Okta sends the token as it was typed in apps with header authentication.
    pub fn takes_raw_tokens(self) -> bool {
        self == Self::Okta
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_sets_what_the_file_does_not() {
        let on = |profile: Profile, file: SwitchesFile| file.over(profile);
        assert_eq!(
            on(Profile::Entra, SwitchesFile::default()),
            Switches { group_patch_204: true, soft_deleted_names: true, ..Switches::default() }
        );
        let file =
            SwitchesFile { soft_deleted_names: Some(false), user_patch_204: Some(true), ..SwitchesFile::default() };
        assert_eq!(
            on(Profile::Entra, file),
            Switches { group_patch_204: true, user_patch_204: true, ..Switches::default() }
        );
        assert_eq!(
            on(Profile::Onelogin, SwitchesFile::default()),
            Switches { plain_json: true, ..Switches::default() }
        );
        for plain in [Profile::Generic, Profile::Okta, Profile::Ping, Profile::Jumpcloud] {
            assert_eq!(on(plain, SwitchesFile::default()), Switches::default(), "{plain:?}");
        }
    }

    #[test]
    fn every_switch_can_be_turned_both_ways() {
        let names = [
            "group_patch_204",
            "user_patch_204",
            "plain_json",
            "single_member_replace_adds",
            "reactivate_on_create",
            "ignore_unknown_paths",
            "soft_deleted_names",
        ];
        let turned = |name: &str, value: bool| {
            let file: SwitchesFile = serde_json::from_value(serde_json::json!({ name: value })).unwrap();
            let mut profiles = [Profile::Generic, Profile::Entra, Profile::Onelogin].into_iter();
            let text = |profile| format!("{:?}", file.over(profile));
            profiles.all(|profile| text(profile).contains(&format!("{name}: {value}")))
        };
        for name in names {
            assert!(turned(name, true) && turned(name, false), "{name}");
        }
        let all = format!("{:?}", Switches::default());
        assert_eq!(all.matches(": ").count(), names.len(), "a switch is missing here: {all}");
    }
}
