//! Holds the rules for pushed groups against the mapping: targets exist, and take what the rules say of them. Tells the rules what only the mapping
//! knows.

use crate::config::groups::{GroupRule, GroupRules, ObjectRule, RuleMeaning, TargetRule};
use crate::config::load::LoadedConfig;
use crate::document::{Diagnostic, Place};
use crate::mapping::bound::{Bound, BoundTarget, Shape};
use crate::mapping::model::KeyType;
use crate::nearest::did_you_mean;

/// Every rule of a connection against the targets of its mapping; `place` is where the rules stand.
pub(super) fn check_groups(
    loaded: &LoadedConfig,
    rules: &GroupRules,
    bound: &Bound,
    place: &Place,
    problems: &mut Vec<Diagnostic>,
) {
    for (n, rule) in rules.rules.iter().enumerate() {
        let RuleMeaning::Target(rule) = &rule.then else { continue };
        let check = Check { loaded, rule, place: place.index(n) };
        match bound.target(&rule.target) {
            None => problems.push(check.no_such_target(bound)),
            Some(target) => check.target(target, bound, problems),
        }
    }
}

/// Rules that know the types and levels of their targets, so that a group's name which makes no sense there is refused.
pub(super) fn informed(rules: &GroupRules, bound: &Bound) -> GroupRules {
    let one = |rule: &GroupRule| {
        let mut rule = rule.clone();
        if let RuleMeaning::Target(then) = &mut rule.then
            && let Some(target) = bound.target(&then.target)
        {
            then.key = Some(target.key);
            then.levels = target.level;
        }
        rule
    };
    GroupRules { rules: rules.rules.iter().map(one).collect() }
}

struct Check<'a> {
    loaded: &'a LoadedConfig,
    rule: &'a TargetRule,
    place: Place,
}

impl Check<'_> {
    fn no_such_target(&self, bound: &Bound) -> Diagnostic {
        let name = &self.rule.target;
        if bound.file().groups.contains_key(name) {
            let message =
                format!("with these settings the mapping does not manage what a group of the target `{name}` gives");
            return self.at("target", message).help("change the settings, or take the rule out");
        }
        let known = bound.targets().map(|target| target.name.as_str());
        let none = "this mapping has no `groups`: its groups can only be kept, refused or ignored";
        self.at("target", format!("the mapping has no target `{name}` for groups"))
            .maybe_help(did_you_mean(name, known).or_else(|| Some(none.to_owned())))
    }

    fn target(&self, target: &BoundTarget, bound: &Bound, problems: &mut Vec<Diagnostic>) {
        let name = &target.name;
        match &self.rule.object {
            ObjectRule::Name(_) if target.catalog.is_none() => {
                let message = format!("a {name} cannot be found by its name: the mapping has no list of them");
                problems.push(self.at("name", message).help("write the vendor's own id: `id: …`"));
            }
            ObjectRule::Name(_) => {}
            ObjectRule::Id(id) => {
                let wrong = id.constant().filter(|id| target.key == KeyType::Integer && id.parse::<i64>().is_err());
                if let Some(id) = wrong {
                    let message = format!("`{id}` is no id of a {name}: the vendor's ids are whole numbers");
                    let help = target.catalog.as_ref().map(|_| format!("to name it, write `name: \"{id}\"`"));
                    problems.push(self.at("id", message).maybe_help(help));
                }
            }
        }
        self.level(target, problems);
        let can_delete = bound.file().groups.get(name).is_some_and(|target| target.calls.delete.is_some());
        if self.says_delete() && !can_delete {
            let message = format!("the mapping has no call that deletes a {name}");
            problems.push(self.at("on_delete", message).help("take it out, or write `on_delete: keep`"));
        }
    }

    fn level(&self, target: &BoundTarget, problems: &mut Vec<Diagnostic>) {
        let Some(level) = &self.rule.level else { return };
        let name = &target.name;
        if target.shape != Shape::LevelMap {
            let message = format!("members of a {name} have no level");
            problems.push(self.at_key("level", message).help("take it out"));
            return;
        }
        let Some(level) = level.constant().and_then(|text| text.parse::<i64>().ok()) else { return };
        let (min, max) = target.level.map_or((None, None), |levels| (levels.min, levels.max));
        if min.is_some_and(|min| level < min) || max.is_some_and(|max| level > max) {
            let range = match (min, max) {
                (Some(min), Some(max)) => format!("{min} to {max}"),
                (Some(min), None) => format!("{min} or more"),
                (None, Some(max)) => format!("at most {max}"),
                (None, None) => return,
            };
            problems.push(self.at("level", format!("the level {level} is outside what the vendor takes: {range}")));
        }
    }

    fn says_delete(&self) -> bool {
        self.loaded.text_at(&self.place.key("on_delete")) == Some("delete")
    }

    fn at(&self, key: &str, message: String) -> Diagnostic {
        self.loaded.problem_at(&self.place.key(key), message)
    }

    fn at_key(&self, key: &str, message: String) -> Diagnostic {
        self.loaded.problem_at_key(&self.place.key(key), message)
    }
}
