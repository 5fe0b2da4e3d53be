//! What a pushed group means at the vendor (`groups` of a connection): the first rule whose pattern fits the group's name decides. Whether the
//! mapping has such a target is checked beside the mapping.

mod inverse;
mod pattern;
mod read;
mod template;

use schemars::JsonSchema;
use serde::Deserialize;

pub use self::pattern::{Name, Pattern};
pub use self::read::{GroupRuleFile, IdText, LevelText, RuleProblem, Word};
pub use self::template::Template;
use crate::mapping::model::{KeyType, LevelRule};

/// The rules of a connection, in order, ready for use. Without rules every group is kept by the bridge alone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GroupRules {
    /// First match wins.
    pub rules: Vec<GroupRule>,
}

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupRule {
    /// Pattern on the whole `displayName`. `None`: every group (`otherwise`).
    pub when: Option<Pattern>,
    /// What it means.
    pub then: RuleMeaning,
}

/// What a rule says, before the captured texts are filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RuleMeaning {
    /// Only the bridge knows the group.
    Keep,
    /// The group is refused.
    Refuse,
    /// The group is accepted, and its members are forgotten.
    Ignore,
    /// The group is an object at the vendor.
    Target(Box<TargetRule>),
}

/// A rule by which a group is an object at the vendor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetRule {
    /// Name of the target in the mapping.
    pub target: String,
    /// Name of the object at the vendor (`{1}` is the first captured text), or its id.
    pub object: ObjectRule,
    /// Level of the members (`{2}` or a number).
    pub level: Option<Template>,
    /// What happens at the vendor when the group is deleted.
    pub on_delete: OnDelete,
    /// Type of the vendor's ids, known once the rules were held against the mapping.
    pub key: Option<KeyType>,
    /// Levels that the vendor takes, known once the rules were held against the mapping.
    pub levels: Option<LevelRule>,
}

/// How a rule names an object at the vendor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ObjectRule {
    /// By its name.
    Name(Template),
    /// By the vendor's id.
    Id(Template),
}

/// How a group names an object at the vendor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ObjectRef {
    /// By its name.
    Name(String),
    /// By the vendor's id, as text.
    Id(String),
}

/// What happens to the vendor's object when the group is deleted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnDelete {
    /// It is deleted, where the mapping has a call for it.
    #[default]
    Delete,
    /// It stays; its members leave it.
    Keep,
}

/// What becomes of members who arrive before their user.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MembersFirst {
    /// The request is refused and names them.
    #[default]
    Refuse,
    /// They wait in the group, and become members by themselves when a user with that id, externalId or userName arrives.
    Park,
    /// They are left out.
    Skip,
}

/// What a group with a certain name means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Meaning {
    /// Only the bridge knows the group.
    Keep,
    /// The group is refused. The text says which rule does that and why, for the administrator at the IdP.
    Refuse(String),
    /// The group is accepted, and its members are forgotten.
    Ignore,
    /// The group is an object at the vendor.
    Target(TargetMeaning),
}

/// A group that is an object at the vendor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetMeaning {
    /// Name of the target in the mapping.
    pub target: String,
    /// The object.
    pub object: ObjectRef,
    /// Level of the members; `None`: the target's default.
    pub level: Option<i64>,
    /// What happens to the object when the group is deleted.
    pub on_delete: OnDelete,
}

impl GroupRules {
    /// What a group of this name means.
    pub fn meaning_of(&self, display_name: &str) -> Meaning {
        self.matched(display_name).map_or(Meaning::Keep, |(_, meaning)| meaning)
    }

    /// The rule that decides about a group of this name, counted from 0, and what the group means by it. `None`: no rule fits, so that it is kept.
    pub fn matched(&self, display_name: &str) -> Option<(usize, Meaning)> {
        if self.rules.is_empty() {
            return None;
        }
        let name = Name::new(display_name);
        self.rules.iter().enumerate().find_map(|(n, rule)| Some((n, rule.meaning_of(&name)?)))
    }

    /// Whether some rule makes a group an object at the vendor.
    pub fn reach_the_vendor(&self) -> bool {
        self.rules.iter().any(|rule| matches!(rule.then, RuleMeaning::Target(_)))
    }

    /// The name of a group that means this object of the vendor, so that an existing object can be shown to the IdP as a group: `key` and `name` are
    /// the vendor's. `None`: no rule leads there. A rule whose level stands in the group's name is filled with the target's default level.
    pub fn display_name_of(&self, target: &str, key: &str, name: &str) -> Option<String> {
        self.rules.iter().find_map(|rule| self.led_by(rule, target, key, name))
    }
}

impl GroupRule {
    /// As the file says it, for messages.
    pub fn describe(&self) -> String {
        self.when.as_ref().map_or_else(|| "`otherwise`".to_owned(), |pattern| format!("`{}`", pattern.as_str()))
    }

    fn meaning_of(&self, name: &Name<'_>) -> Option<Meaning> {
        let captured = match &self.when {
            None => Vec::new(),
            Some(pattern) => pattern.capture(name)?,
        };
        let refused = |why: String| {
            Meaning::Refuse(format!("the rule {} in `groups` of the bridge's configuration {why}", self.describe()))
        };
        Some(match &self.then {
            RuleMeaning::Keep => Meaning::Keep,
            RuleMeaning::Ignore => Meaning::Ignore,
            RuleMeaning::Refuse => refused("refuses groups of this name".to_owned()),
            RuleMeaning::Target(rule) => rule.filled(&captured).map_or_else(refused, Meaning::Target),
        })
    }
}

impl TargetRule {
    /// What a group means by this rule; the error says why nothing.
    fn filled(&self, captured: &[&str]) -> Result<TargetMeaning, String> {
        Ok(TargetMeaning {
            target: self.target.clone(),
            object: self.object.filled(captured, self.key, &self.target)?,
            level: self.level.as_ref().map(|level| self.level_in(level, captured)).transpose()?,
            on_delete: self.on_delete,
        })
    }

    fn level_in(&self, level: &Template, captured: &[&str]) -> Result<i64, String> {
        let text = level.filled(captured);
        let number = text.parse::<i64>().map_err(|_| {
            format!(
                "takes the level of the members from the group's name, and finds `{}`, which is no whole number",
                shortened(&text)
            )
        })?;
        let (min, max) = self.levels.map_or((None, None), |levels| (levels.min, levels.max));
        match (min.filter(|min| number < *min), max.filter(|max| number > *max)) {
            (None, None) => Ok(number),
            (Some(min), _) => {
                Err(format!("gives the level {number}, and the lowest of the target `{}` is {min}", self.target))
            }
            (_, Some(max)) => {
                Err(format!("gives the level {number}, and the highest of the target `{}` is {max}", self.target))
            }
        }
    }
}

impl ObjectRule {
    /// The template, whichever of the two it is.
    pub fn template(&self) -> &Template {
        match self {
            Self::Name(template) | Self::Id(template) => template,
        }
    }

    fn filled(&self, captured: &[&str], key: Option<KeyType>, target: &str) -> Result<ObjectRef, String> {
        let text = self.template().filled(captured);
        if text.is_empty() {
            let what = if matches!(self, Self::Name(_)) { "name" } else { "id" };
            return Err(format!(
                "takes the {what} of the {target} from the group's name, and nothing is left of that; give the group a longer name"
            ));
        }
        match self {
            Self::Name(_) => Ok(ObjectRef::Name(text)),
            Self::Id(_) if key == Some(KeyType::Integer) && text.parse::<i64>().is_err() => Err(format!(
                "takes the id of the {target} from the group's name, and finds `{}`, which is no whole number",
                shortened(&text)
            )),
            Self::Id(_) => Ok(ObjectRef::Id(text)),
        }
    }
}

/// A text out of a group's name for a message.
fn shortened(text: &str) -> String {
    /// Longer texts say no more.
    const LONGEST: usize = 60;
    let mut short: String = text.chars().take(LONGEST).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests;
