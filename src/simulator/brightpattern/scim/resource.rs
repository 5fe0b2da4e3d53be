//! A user as the vendor's SCIM API shows it: members and their order as in its samples. It changes nothing.

use serde_json::{Value, json};

use super::super::super::control::Request;
use super::super::knobs::{Knobs, RolesShape, Samples};
use super::super::tenant::Tenant;
use super::super::user::User;

/// Time zone of users who have none of their own.
const DEFAULT_TIMEZONE: &str = "America/Los_Angeles";

/// One user.
pub fn show(user: &User, tenant: &Tenant, request: &Request, knobs: &Knobs) -> Value {
    let format = match knobs.scim_samples {
        Samples::Of2022 => "%Y-%m-%dT%H:%M:%S",
        Samples::Of2020 => "%m-%d-%YT%H:%M:%S",
    };
    let modified = user.last_modified.map(|time| time.strftime(format).to_string());
    let mut shown = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "id": user.id,
        "meta": { "resourceType": "USER", "lastModified": modified, "location": location(request, &user.id) },
        "userName": user.login_id,
        "name": { "familyName": user.last_name, "givenName": user.first_name },
    });
    for (name, text) in [("nickName", &user.nickname), ("title", &user.title)] {
        if let Some(text) = text {
            shown[name] = json!(text);
        }
    }
    shown["timezone"] = json!(user.timezone.as_deref().unwrap_or(DEFAULT_TIMEZONE));
    shown["active"] = json!(!user.disabled);
    shown["emails"] = user.email.iter().map(|email| json!({ "value": email, "primary": true })).collect();
    let phones = [
        ("work", &user.work_phone),
        ("mobile", &user.mobile_phone),
        ("extension", &user.extension),
        ("default", &user.default_hardphone),
    ];
    let phone = |(kind, number): (&str, &Option<String>)| {
        number.as_ref().map(|number| json!({ "type": kind, "value": number }))
    };
    shown["phoneNumbers"] = phones.into_iter().filter_map(phone).collect();
    shown["addresses"] = json!([user.address]);
    shown["roles"] = match knobs.scim_roles_shape {
        RolesShape::Objects => user.roles.iter().map(|role| json!({ "value": role })).collect(),
        RolesShape::Strings => json!(user.roles),
    };
    if knobs.scim_samples == Samples::Of2022 {
        let team = tenant.teams.get(&user.team).map(|team| json!({ "value": team.id, "display": team.name }));
        shown["groups"] = team.into_iter().collect();
    }
    shown
}

/// Address of a user: the vendor says `http`, whatever it was asked by.
pub fn location(request: &Request, id: &str) -> String {
    format!("http://{}/configapi/v2/scim/users/{id}", request.header("host").unwrap_or_default())
}
