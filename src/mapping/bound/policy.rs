//! What the mapping says about single fields and calls, for whoever plans: which call writes what, how a value is cleared, what is
//! protected. It decides nothing itself.

use indexmap::IndexMap;
use serde_json::Value;

use super::elements::Each;
use super::fields::{BoundField, BoundObject};
use super::names::Lists;
use super::settings::SettingNames;
use super::switched::SwitchedOff;
use super::{Bound, CallName, Deactivation};
use crate::mapping::convert::{canonical, is_empty};
use crate::mapping::model::{
    Call, CannotChange, Clear, Confirm, Generate, NotCleared, Overlay, PasswordRule, RecordMode, Removal, Users,
};
use crate::mapping::record::Record;
use crate::mapping::tree::resolve::Names;

/// An update call and the fields that it writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpdateCall {
    /// Its name under `users.calls.update`.
    pub name: String,
    /// The fields that it writes; each field belongs to one call only.
    pub writes: Vec<String>,
    /// Does it send the fields that differ, or all that it writes?
    pub record: RecordMode,
    /// It is made only when these fields shall have one of these values (`null`: none).
    pub when: Vec<(String, Vec<Value>)>,
    /// It is made for single elements of a list, and writes that.
    pub each: Option<Each>,
}

/// Distributes the fields over the update calls: a field belongs to the first call that names it, else to the first that writes everything. What
/// only a call names that is switched off belongs to none.
pub(super) fn update_calls(
    users: &Users,
    fields: &IndexMap<String, BoundField>,
    off: &[SwitchedOff],
) -> Vec<UpdateCall> {
    let updates = &users.calls.update;
    let is_plain = |call: &Call| call.for_each.is_none() && call.when.is_empty();
    let named = |field: &String| {
        let names = |call: &Call| is_plain(call) && call.writes.as_ref().is_some_and(|writes| writes.contains(field));
        updates.values().position(names)
    };
    let open = updates.values().position(|call| is_plain(call) && call.writes.is_none());
    let is_others = |field: &String| {
        off.iter().any(|call| call.writes.contains(field))
            || updates.values().any(|call| call.of.as_ref() == Some(field) || brings_about(call).contains(&field))
    };
    let owner = |field: &String| named(field).or(open.filter(|_| !is_others(field)));
    let owners: Vec<(&String, Option<usize>)> = fields.keys().map(|field| (field, owner(field))).collect();
    let calls = updates.iter().enumerate().map(|(at, (name, call))| UpdateCall {
        name: name.clone(),
        writes: if call.when.is_empty() {
            owners.iter().filter(|(_, owner)| *owner == Some(at)).map(|(field, _)| (*field).clone()).collect()
        } else {
            brings_about(call).into_iter().filter(|field| fields.contains_key(*field)).cloned().collect()
        },
        when: call.when.iter().map(|(field, value)| (field.clone(), any_of(value))).collect(),
        record: match (call.record, call.overlay) {
            (Some(RecordMode::All), _) | (Some(RecordMode::Whole), Some(Overlay::All)) => RecordMode::All,
            _ => RecordMode::Changed,
        },
        each: Each::of(call).filter(|each| fields.contains_key(&each.field)),
    });
    calls.collect()
}

/// The fields that a call with `when` brings about.
fn brings_about(call: &Call) -> Vec<&String> {
    match &call.writes {
        Some(writes) if !call.when.is_empty() => writes.iter().collect(),
        _ => call.when.keys().collect(),
    }
}

/// The values of which any will do.
fn any_of(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_else(|| vec![value.clone()])
}

impl Bound {
    /// Is a call made for an account that shall be like this?
    pub fn is_made_for(&self, call: &UpdateCall, desired: &Record) -> bool {
        call.when.iter().all(|(field, values)| {
            values
                .iter()
                .any(|value| self.same(field, desired.0.get(field), Some(value).filter(|value| !value.is_null())))
        })
    }

    /// The managed fields by name, in the order of the file.
    pub fn fields(&self) -> impl Iterator<Item = &BoundField> {
        self.fields.values()
    }

    /// The update calls in their order.
    pub fn update_calls(&self) -> &[UpdateCall] {
        &self.updates
    }

    /// How many rules there are about what the vendor erases.
    pub fn erase_rules(&self) -> usize {
        self.users().erases.len()
    }

    /// The managed fields that the vendor erases when these change.
    pub fn erased_by<'a>(&'a self, changed: &dyn Fn(&str) -> bool) -> impl Iterator<Item = &'a str> + use<'a> {
        let rules = self.users().erases.iter().filter(|rule| changed(&rule.by)).collect::<Vec<_>>();
        let fields = rules.into_iter().flat_map(|rule| &rule.fields);
        fields.filter(|field| self.fields.contains_key(*field)).map(String::as_str)
    }

    /// Does `create` write this field?
    pub fn create_writes(&self, field: &str) -> bool {
        let writes = self.users().calls.create.as_ref().and_then(|create| create.writes.as_ref());
        self.fields.contains_key(field) && writes.is_none_or(|writes| writes.iter().any(|name| name == field))
    }

    /// The fields whose value must be made for a create that carries this record, and how.
    pub fn to_generate(&self, record: &Record) -> Vec<(&str, PasswordRule)> {
        let is_there = |field: &String| record.0.get(field).is_some_and(|value| !is_empty(value));
        let one = |field: &'_ BoundField| {
            let Some(Generate::Password(rule)) = field.spec.generate else { return None };
            let stands_back = field.spec.unless.as_ref().is_some_and(is_there);
            (!stands_back && !is_there(&field.name) && self.create_writes(&field.name)).then_some(rule)
        };
        self.fields.values().filter_map(|field| Some((field.name.as_str(), one(field)?))).collect()
    }

    /// How an absent value of the field is told to the vendor.
    pub fn clear_rule(&self, field: &str) -> Clear {
        self.fields.get(field).map_or_else(Clear::default, |field| field.spec.clear)
    }

    /// What happens when the vendor keeps a value that was cleared.
    pub fn not_cleared(&self, field: &str) -> NotCleared {
        self.fields.get(field).map_or_else(NotCleared::default, |field| field.spec.not_cleared)
    }

    /// Is the field the login or e-mail of the person?
    pub fn is_login(&self, field: &str) -> bool {
        self.fields.get(field).is_some_and(|field| field.spec.login)
    }

    /// Is the field sent but never read back?
    pub fn is_write_only(&self, field: &str) -> bool {
        self.fields.get(field).is_some_and(|field| field.spec.write_only)
    }

    /// Does the vendor take the field without ever showing it?
    pub fn is_unread(&self, field: &str) -> bool {
        self.fields.get(field).is_some_and(|field| field.spec.unread)
    }

    /// Does the account keep its value of the field when no call can change it, so that the story tells it?
    pub fn reports_unchangeable(&self, field: &str) -> bool {
        self.fields.get(field).is_some_and(|field| field.cannot_change == CannotChange::Report)
    }

    /// Can the field not change after creation?
    pub fn is_immutable(&self, field: &str) -> bool {
        self.fields.get(field).is_some_and(|field| field.spec.immutable)
    }

    /// The SCIM attribute behind a field, as an administrator knows it; the field's own name when it has none.
    pub fn attribute_of(&self, field: &str) -> String {
        self.fields.get(field).map_or_else(|| field.to_owned(), |field| field.attribute.clone())
    }

    /// The object whose members are sent together, when the field is in one.
    pub fn object_of(&self, field: &str) -> Option<&BoundObject> {
        self.objects.iter().find(|object| object.members.iter().any(|member| member == field))
    }

    /// The fields by which an existing account is recognised, in order.
    pub fn match_fields(&self) -> &[String] {
        &self.matches
    }

    /// Is an existing account looked for before each create?
    pub fn find_before_create(&self) -> bool {
        self.users().find_before_create
    }

    /// What the mapping speaks of, in a sentence: `account`, or the name of a catalog or of a group's target.
    pub fn noun(&self) -> &str {
        self.part.noun()
    }

    /// Where a call stands in the mapping file (`users.calls.create`, `groups.skill.calls.rename`).
    pub fn place_of(&self, call: &CallName) -> String {
        self.part.place_of(call)
    }

    /// The SCIM attribute that decides whether there is such a thing at all: a person's `active`, the name of an object.
    pub(in crate::mapping) fn attribute_of_existence(&self) -> String {
        match (&self.own, self.matches.first()) {
            (Some(_), Some(name)) => self.attribute_of(name),
            _ => "active".to_owned(),
        }
    }

    /// Does the mapping have this call?
    pub fn has_call(&self, call: &CallName) -> bool {
        self.calls.contains_key(call)
    }

    /// What proves that a call took effect.
    pub fn confirm(&self, call: &CallName) -> Confirm {
        self.calls.get(call).map_or(Confirm::Nothing, |call| call.confirm)
    }

    /// May the same call be sent again when its answer was lost?
    pub fn is_repeatable(&self, call: &CallName) -> bool {
        self.calls.get(call).is_some_and(|call| call.repeatable)
    }

    /// Does the mapping say that a success of this call may hold anything?
    pub fn takes_anything(&self, call: &CallName) -> bool {
        self.calls.get(call).is_some_and(|call| call.takes_anything)
    }

    /// What happens on SCIM DELETE.
    pub fn removal(&self) -> Removal {
        self.removal
    }

    /// Does `active: false` delete the account?
    pub fn deactivation_deletes(&self) -> bool {
        self.deactivation == Deactivation::Delete
    }

    /// What a deactivated person loses, in the words of the policy that the settings choose; `None` when a field does it.
    pub fn deactivation_loses(&self) -> Option<&str> {
        let deactivate = self.users().deactivate.as_ref()?;
        let chosen = deactivate.policy.resolve_text(&SettingNames(&self.settings)).ok().flatten()?;
        deactivate.policies.get(&chosen).map(|policy| policy.loses.as_str())
    }

    /// The fields and values that name the accounts which are never changed, the bridge's own above all. `secret` as for
    /// [`Bound::protected_rule`].
    pub fn protected_values(&self, secret: &dyn Fn(&str) -> Option<String>) -> Vec<(&str, Value)> {
        let names = SecretNames { settings: SettingNames(&self.settings), secret };
        let rules = self.users().protected.iter();
        rules
            .filter_map(|rule| Some((rule.field.as_str(), rule.equals.as_ref()?.resolve(&names).ok().flatten()?)))
            .collect()
    }

    /// The catalogs whose objects protect who has one of them.
    pub fn catalogs_of_protection(&self) -> impl Iterator<Item = &str> {
        self.users().protected.iter().filter_map(|rule| rule.within.as_deref())
    }

    /// The rule that protects the account with this record, as text for messages; `None` when nothing protects it. `secret` gives the
    /// value of a secret by name; it is compared, never kept. `lists`: what is known of catalogs whose objects protect.
    pub fn protected_rule(
        &self,
        record: &Record,
        secret: &dyn Fn(&str) -> Option<String>,
        lists: &Lists,
    ) -> Option<String> {
        let names = SecretNames { settings: SettingNames(&self.settings), secret };
        self.users().protected.iter().enumerate().find_map(|(at, rule)| {
            let have = record.0.get(&rule.field)?;
            let is_it = match (&rule.equals, &rule.within) {
                (Some(equals), _) => {
                    let protected = equals.resolve(&names).ok().flatten()?;
                    self.same(&rule.field, Some(have), Some(&protected))
                }
                (None, Some(catalog)) => {
                    let listed = lists.of(catalog)?;
                    let values = have.as_array().map_or_else(|| std::slice::from_ref(have), Vec::as_slice);
                    values.iter().any(|value| listed.has_key(&canonical(value)))
                }
                (None, None) => false,
            };
            is_it.then(|| format!("users.protected[{at}] on {}", self.attribute_of(&rule.field)))
        })
    }
}

struct SecretNames<'a> {
    settings: SettingNames<'a>,
    secret: &'a dyn Fn(&str) -> Option<String>,
}

impl Names for SecretNames<'_> {
    fn look_up(&self, path: &[String]) -> Option<Value> {
        match path {
            [root, name] if root == "secrets" => (self.secret)(name).map(Value::String),
            path => self.settings.look_up(path),
        }
    }
}
