//! What people and rules do at the vendor without any API: the orders below `/_sim/`. They are obeyed without judging values.

use serde_json::Value;

use super::super::control::{lock, write};
use super::BrightPattern;
use super::tenant::{Tenant, new_id};
use super::user::User;

/// The orders.
pub const ORDERS: &[&str] = &["lock", "deactivate", "jit", "edit", "rename_team", "delete_skill", "tenant"];

impl BrightPattern {
    /// Obeys one of `ORDERS`.
    pub fn obey(&self, order: &str, body: &Value) -> Result<(), String> {
        let mut tenant = write(&self.tenant);
        match order {
            "lock" => {
                let locked_out = body.get("locked").and_then(Value::as_bool).ok_or("lock: expected locked")?;
                self.change(&mut tenant, order, body, |user| user.locked_out = locked_out)
            }
            "deactivate" => self.change(&mut tenant, order, body, |user| user.disabled = true),
            "jit" => {
                let (login_id, first_name) = (text(order, body, "loginId")?, text(order, body, "firstName")?);
                if tenant.find(&login_id, &self.current_knobs()).is_some() {
                    return Err(format!("jit: {login_id} exists"));
                }
                let user = User {
                    id: new_id(),
                    login_id,
                    first_name,
                    last_name: text(order, body, "lastName")?,
                    email: body.get("email").and_then(Value::as_str).map(str::to_owned),
                    team: tenant.scim_default_team.clone(),
                    roles: tenant.default_roles(),
                    extension: Some(tenant.take_extension()),
                    last_modified: Some(self.clock.now()),
                    ..User::default()
                };
                tenant.put(user);
                Ok(())
            }
            "edit" => self.edit(&mut tenant, order, body),
            "rename_team" => {
                let (from, to) = (text(order, body, "from")?, text(order, body, "to")?);
                let Some(place) = tenant.teams.get_index_of(&from) else {
                    return Err(format!("{order}: no team {from}"));
                };
                if tenant.teams.contains_key(&to) {
                    return Err(format!("{order}: there is a team {to}"));
                }
                if let Some((_, mut team)) = tenant.teams.shift_remove_index(place) {
                    team.name.clone_from(&to);
                    tenant.teams.shift_insert(place, to.clone(), team);
                }
                if tenant.scim_default_team == from {
                    tenant.scim_default_team.clone_from(&to);
                }
                tenant.for_each_user(|user| {
                    if user.team == from {
                        user.team.clone_from(&to);
                    }
                });
                Ok(())
            }
            "delete_skill" => {
                let name = text(order, body, "name")?;
                if !tenant.skills.remove(&name) {
                    return Err(format!("{order}: no skill {name}"));
                }
                for team in tenant.teams.values_mut() {
                    team.service_skills.retain(|skill| *skill != name);
                }
                tenant.for_each_user(|user| {
                    user.skills.shift_remove(&name);
                });
                Ok(())
            }
            _ => {
                tenant.active = body.get("active").and_then(Value::as_bool).ok_or("tenant: expected active")?;
                Ok(())
            }
        }
    }

    fn change(
        &self,
        tenant: &mut Tenant,
        order: &str,
        body: &Value,
        change: impl FnOnce(&mut User),
    ) -> Result<(), String> {
        let login_id = text(order, body, "loginId")?;
        let user = tenant.find(&login_id, &self.current_knobs()).cloned();
        let mut user = user.ok_or_else(|| format!("{order}: no user {login_id}"))?;
        change(&mut user);
        if user.disabled {
            lock(&self.tokens).revoke(&user.id);
        }
        user.last_modified = Some(self.clock.now());
        tenant.put(user);
        Ok(())
    }

    /// Lays fields over a user as the state shows it.
    fn edit(&self, tenant: &mut Tenant, order: &str, body: &Value) -> Result<(), String> {
        let login_id = text(order, body, "loginId")?;
        let set = body.get("set").and_then(Value::as_object).ok_or("edit: expected set")?;
        let user = tenant.find(&login_id, &self.current_knobs()).cloned();
        let user = user.ok_or_else(|| format!("{order}: no user {login_id}"))?;
        let mut fields = serde_json::to_value(&user).map_err(|error| format!("{order}: {error}"))?;
        for (name, value) in set {
            fields[name] = value.clone();
        }
        let edited: User = serde_json::from_value(fields).map_err(|error| format!("{order}: {error}"))?;
        if edited.id != user.id {
            return Err(format!("{order}: the id of a user never changes"));
        }
        let edited = User {
            password: edited.password.or(user.password),
            api_secret: edited.api_secret.or(user.api_secret),
            former_passwords: user.former_passwords,
            ..edited
        };
        self.change(tenant, order, body, |user| *user = edited)
    }
}

fn text(order: &str, body: &Value, name: &str) -> Result<String, String> {
    body.get(name).and_then(Value::as_str).map(str::to_owned).ok_or_else(|| format!("{order}: expected {name}"))
}
