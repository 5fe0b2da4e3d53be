//! Updates that the settings switch off (`only_if`), such as those at an API that not every customer has. They are taken out before anything else is
//! bound; what they would have written is remembered, so that nobody else writes it and that it can be told why nobody does.

use super::Bound;
use super::bind::BindProblem;
use super::settings::SettingNames;
use crate::mapping::model::Users;
use crate::mapping::tree::Tree;

/// An update that a setting switches off.
#[derive(Debug)]
pub(super) struct SwitchedOff {
    call: String,
    setting: String,
    /// The fields that it names.
    pub writes: Vec<String>,
}

/// What the settings leave of the updates.
#[derive(Debug, Default)]
pub(super) struct Switched {
    /// The users without them; `None` when nothing is switched off.
    pub users: Option<Users>,
    pub off: Vec<SwitchedOff>,
}

impl Switched {
    /// Looks at all updates.
    pub(super) fn of(users: &Users, names: &SettingNames<'_>, problems: &mut Vec<BindProblem>) -> Self {
        let mut off = Vec::new();
        for (name, call) in &users.calls.update {
            let Some(tree) = &call.only_if else { continue };
            if super::fields::is_switched_off(tree, &format!("users.calls.update.{name}.only_if"), names, problems) {
                let setting = if let Tree::Reference(path) = tree { path.join(".") } else { String::new() };
                let writes = call.writes.clone().unwrap_or_default();
                off.push(SwitchedOff { call: name.clone(), setting, writes });
            }
        }
        if off.is_empty() {
            return Self::default();
        }
        let mut rest = users.clone();
        rest.calls.update.retain(|name, _| off.iter().all(|call| call.call != *name));
        Self { users: Some(rest), off }
    }
}

impl Bound {
    /// Does only a call write the field that a setting switches off?
    pub fn is_switched_off(&self, field: &str) -> bool {
        let names = |writes: &[String]| writes.iter().any(|name| name == field);
        self.switched_off.iter().any(|call| names(&call.writes)) && !self.updates.iter().any(|call| names(&call.writes))
    }

    /// Why an account keeps its value of a field.
    pub fn why_kept(&self, field: &str) -> String {
        if self.is_immutable(field) {
            return format!("{} cannot change {field} once the {} exists", self.vendor_title(), self.noun());
        }
        self.why_unchangeable(field)
    }

    /// Why no call changes a field, as far as the mapping knows.
    pub fn why_unchangeable(&self, field: &str) -> String {
        let title = self.vendor_title();
        match self.switched_off.iter().find(|call| call.writes.iter().any(|name| name == field)) {
            Some(SwitchedOff { call, setting, .. }) => {
                format!(
                    "{title} changes {field} by update.{call} only, and {setting} of the connection switches that off"
                )
            }
            None => format!("the mapping has no call that changes {field} at {title}"),
        }
    }
}
