//! From an object at the vendor to the name of the group that means it. Does not know which objects there are.

use super::{GroupRule, GroupRules, Meaning, ObjectRef, ObjectRule, RuleMeaning};

impl GroupRules {
    /// The name of a group that means the object by this rule, if by all rules together it does: an earlier one may take the name.
    pub(super) fn led_by(&self, rule: &GroupRule, target: &str, key: &str, name: &str) -> Option<String> {
        let RuleMeaning::Target(then) = &rule.then else { return None };
        let pattern = rule.when.as_ref().filter(|_| then.target == target)?;
        let (template, wanted) = match &then.object {
            ObjectRule::Name(template) => (template, ObjectRef::Name(name.to_owned())),
            ObjectRule::Id(template) => (template, ObjectRef::Id(key.to_owned())),
        };
        let mut captured = vec![None; pattern.captures()];
        if !template.solve(template_text(&wanted), &mut captured) {
            return None;
        }
        if let (Some(level), Some(levels)) = (&then.level, then.levels) {
            level.solve(&levels.default.to_string(), &mut captured);
        }
        let display_name = pattern.filled(&captured)?;
        match self.meaning_of(&display_name) {
            Meaning::Target(meaning) if meaning.target == target && meaning.object == wanted => Some(display_name),
            _ => None,
        }
    }
}

fn template_text(object: &ObjectRef) -> &str {
    match object {
        ObjectRef::Name(text) | ObjectRef::Id(text) => text,
    }
}
