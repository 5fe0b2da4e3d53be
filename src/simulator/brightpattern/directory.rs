//! Lists: the directory of phones, which is the only list of users, access numbers, and teams. None of them has pages or filters.

use serde_json::{Value, json};

use super::super::control::{Answer, Request, read};
use super::BrightPattern;
use super::knobs::{DirectoryKey, Server};
use super::refusal::Refusal;
use super::user::User;

impl BrightPattern {
    /// Users who have an extension, by extension: no team, no e-mail address, no roles, no skills, no state.
    pub fn list_phones(&self, request: &Request) -> Result<Answer, Refusal> {
        self.authenticate(request)?.check_phones()?;
        let knobs = self.current_knobs();
        let key = match (knobs.server, knobs.directory_key) {
            (Server::Five, DirectoryKey::LoginId) => "loginId",
            (Server::Three, _) | (_, DirectoryKey::SnakeCase) => "login_id",
        };
        let tenant = read(&self.tenant);
        let mut listed: Vec<(&str, &User)> = tenant
            .users()
            .filter(|user| knobs.directory_includes_disabled || !user.disabled)
            .filter_map(|user| user.extension.as_deref().map(|extension| (extension, user)))
            .collect();
        // of numbers without leading zeros the shorter one is the smaller one
        listed.sort_by_key(|(extension, _)| (extension.trim_start_matches('0').len(), *extension));
        let entry = |(extension, user): (&str, &User)| {
            let mut entry = json!({ "extension": extension, key: user.login_id, "firstName": user.first_name, "lastName": user.last_name });
            if let Some(external) = &user.external {
                entry["external"] = json!(external);
            }
            entry["voiceMail"] = json!(user.voice_mail);
            entry["greeting"] = json!(user.greeting);
            entry
        };
        Ok(Answer::json(200, &listed.into_iter().map(entry).collect()))
    }

    /// Numbers that can be called from outside.
    pub fn list_access_numbers(&self, request: &Request) -> Result<Answer, Refusal> {
        self.authenticate(request)?.check_phones()?;
        let tenant = read(&self.tenant);
        let entry = |user: &User| {
            let number = user.external.as_ref()?;
            Some(
                json!({ "number": number, "media": "voice", "type": "softphone", "extension": user.extension, "loginId": user.login_id,
                "firstName": user.first_name, "lastName": user.last_name }),
            )
        };
        let list: Vec<Value> = tenant.users().filter_map(entry).collect();
        Ok(Answer::json(200, &json!(list)))
    }

    /// Names of the teams.
    pub fn list_teams(&self, request: &Request) -> Result<Answer, Refusal> {
        self.authenticate(request)?.check_users()?;
        let tenant = read(&self.tenant);
        let mut names: Vec<&String> = tenant.teams.keys().collect();
        names.sort_by_key(|name| name.to_lowercase());
        Ok(Answer::json(200, &names.into_iter().map(|name| json!({ "name": name })).collect()))
    }
}
