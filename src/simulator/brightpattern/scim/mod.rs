//! The vendor's own SCIM API: users only. It alone changes names, addresses, phones, roles and the user name; it knows neither team nor skills.
//!
//! Source: the vendor's collection "SCIM-Compliant User Provisioning API" and the page on its integration account, whose only setting is the team of new users.
//! There are no groups, no discovery, no pages and no filter but `userName eq "…"`. A PUT without roles takes all roles away.

mod attribute;
mod patch;
mod resource;

use serde_json::{Map, Value, json};

use super::super::control::{Answer, Request, lock, read, write};
use super::BrightPattern;
use super::body::read_object;
use super::knobs::{Knobs, Samples, VendorScim};
use super::refusal::Refusal;
use super::route::ScimCall;
use super::tenant::{Tenant, new_id};
use super::token::hex;
use super::user::User;
use super::users::{check_references, check_unique, set_password};
use attribute::{ATTRIBUTES, set};

/// Media types that a body may have.
const TYPES: [&str; 2] = ["application/json", "application/scim+json"];

/// Attributes without which there is no user.
const REQUIRED: [&str; 3] = ["userName", "name", "emails"];

impl BrightPattern {
    /// Answers one call.
    pub fn answer_scim(&self, request: &Request, call: &ScimCall) -> Result<Answer, Refusal> {
        self.authenticate(request)?.check_scim()?;
        let knobs = self.current_knobs();
        match call {
            ScimCall::Create => self.scim_create(request, &knobs),
            ScimCall::Find => self.scim_find(request, &knobs),
            ScimCall::Get(id) => {
                let tenant = read(&self.tenant);
                let user = find(&tenant, id)?;
                Ok(shown(200, user, &tenant, request, &knobs))
            }
            ScimCall::Replace(id) => self.scim_replace(request, id, &knobs),
            ScimCall::Patch(id) => {
                let body = read_object(request, &TYPES)?;
                let mut tenant = write(&self.tenant);
                let mut user = find(&tenant, id)?.clone();
                patch::apply(&body, &mut user, &knobs)?;
                self.store(&mut tenant, user, request, 200, &knobs)
            }
            ScimCall::Delete(id) => {
                let mut tenant = write(&self.tenant);
                let id = find(&tenant, id)?.id.clone();
                tenant.remove(&id);
                lock(&self.tokens).revoke(&id);
                Ok(Answer { status: 204, headers: Vec::new(), body: Vec::new() })
            }
        }
    }

    fn scim_create(&self, request: &Request, knobs: &Knobs) -> Result<Answer, Refusal> {
        if knobs.vendor_scim == VendorScim::NoAccount {
            return Err(Refusal::bad("SCIM integration account is not configured"));
        }
        let body = read_object(request, &TYPES)?;
        let mut tenant = write(&self.tenant);
        let mut user = User { id: new_id(), team: tenant.scim_default_team.clone(), ..User::default() };
        // whatever name it has at first, it may be another
        set_all(&body, &mut user, &Knobs { username_changes: true, ..knobs.clone() })?;
        if user.password.is_none() {
            set_password(&mut user, &hex(&rand::random::<[u8; 16]>()), &Knobs::default())?;
        }
        if !body.contains_key("roles") {
            user.roles = tenant.default_roles();
        }
        if user.extension.is_none() {
            check(&tenant, &user, knobs)?;
            user.extension = Some(tenant.take_extension());
        }
        let location = resource::location(request, &user.id);
        self.store(&mut tenant, user, request, 201, knobs).map(|answer| answer.with_header("location", location))
    }

    fn scim_replace(&self, request: &Request, id: &str, knobs: &Knobs) -> Result<Answer, Refusal> {
        let body = read_object(request, &TYPES)?;
        let mut tenant = write(&self.tenant);
        let before = find(&tenant, id)?.clone();
        let mut user = User {
            nickname: None,
            title: None,
            timezone: None,
            address: Map::new(),
            work_phone: None,
            mobile_phone: None,
            default_hardphone: None,
            disabled: false,
            roles: Vec::new(),
            ..before
        };
        set_all(&body, &mut user, knobs)?;
        self.store(&mut tenant, user, request, 200, knobs)
    }

    fn scim_find(&self, request: &Request, knobs: &Knobs) -> Result<Answer, Refusal> {
        let filter = url::form_urlencoded::parse(request.query.as_bytes()).find(|(name, _)| name == "filter");
        let filter = filter.map(|(_, filter)| filter.into_owned()).unwrap_or_default();
        let name = filtered_name(&filter).ok_or_else(|| Refusal::bad("the only filter is userName eq \"…\""))?;
        let tenant = read(&self.tenant);
        let found: Vec<Value> =
            tenant.find(&name, knobs).map(|user| resource::show(user, &tenant, request, knobs)).into_iter().collect();
        let body = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": found.len(), "Resources": found });
        Ok(answer(200, &body, knobs))
    }

    /// Judges a user as it will be and keeps it.
    fn store(
        &self,
        tenant: &mut Tenant,
        mut user: User,
        request: &Request,
        status: u16,
        knobs: &Knobs,
    ) -> Result<Answer, Refusal> {
        check(tenant, &user, knobs)?;
        if user.disabled {
            lock(&self.tokens).revoke(&user.id);
        }
        user.last_modified = Some(self.clock.now());
        tenant.put(user.clone());
        Ok(shown(status, &user, tenant, request, knobs))
    }
}

fn check(tenant: &Tenant, user: &User, knobs: &Knobs) -> Result<(), Refusal> {
    check_references(tenant, None, &indexmap::IndexMap::new(), &user.roles)?;
    check_unique(tenant, user, knobs)
}

/// Sets every attribute that a whole resource gives.
fn set_all(body: &Map<String, Value>, user: &mut User, knobs: &Knobs) -> Result<(), Refusal> {
    for name in REQUIRED {
        if body.get(name).is_none_or(Value::is_null) {
            return Err(Refusal::missing(name));
        }
    }
    for name in ATTRIBUTES {
        if let Some(value) = body.get(name).filter(|value| !value.is_null()) {
            set(user, name, value, knobs)?;
        }
    }
    Ok(())
}

fn find<'a>(tenant: &'a Tenant, id: &str) -> Result<&'a User, Refusal> {
    tenant.user(&id.to_uppercase()).ok_or_else(Refusal::no_user)
}

fn shown(status: u16, user: &User, tenant: &Tenant, request: &Request, knobs: &Knobs) -> Answer {
    answer(status, &resource::show(user, tenant, request, knobs), knobs)
}

fn answer(status: u16, body: &Value, knobs: &Knobs) -> Answer {
    let media_type = match knobs.scim_samples {
        Samples::Of2022 => "application/scim+json",
        Samples::Of2020 => "application/json",
    };
    Answer::of_type(status, media_type, body.to_string().into_bytes())
}

/// The name in `userName eq "…"`.
fn filtered_name(filter: &str) -> Option<String> {
    let (attribute, rest) = filter.trim().split_once(' ')?;
    let (operator, value) = rest.trim_start().split_once(' ')?;
    let is_it = attribute.eq_ignore_ascii_case("userName") && operator.eq_ignore_ascii_case("eq");
    serde_json::from_str(value.trim()).ok().filter(|_| is_it)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_only_filter_is_read_and_all_others_are_not() {
        assert_eq!(filtered_name(r#"userName eq "maria.lind""#).as_deref(), Some("maria.lind"));
        assert_eq!(filtered_name(r#"username EQ "a \"b\" c""#).as_deref(), Some("a \"b\" c"));
        for filter in [
            "",
            "userName",
            r#"userName co "a""#,
            r#"emails eq "a""#,
            "userName eq a",
            r#"userName eq "a" and active eq true"#,
        ] {
            assert_eq!(filtered_name(filter), None, "{filter}");
        }
    }
}
