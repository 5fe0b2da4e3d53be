//! Rules as they are written in `bridge.yaml`, and their way into [`GroupRules`]: every mistake that shows without the mapping. Knows no positions;
//! a problem names rule and key.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{GroupRule, GroupRules, ObjectRule, OnDelete, Pattern, RuleMeaning, TargetRule, Template};

/// A rule for pushed groups: `{ when: PATTERN, target: …, name: … }`, `{ when: PATTERN, then: … }` or, as the last one, `{ otherwise: … }`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct GroupRuleFile {
    /// Pattern on the whole name of the group, letter case ignored: `*` stands for any text, which `{1}`, `{2}` … in the other keys repeat; `[*]`
    /// stands for a star.
    pub when: Option<String>,
    /// What such groups mean when they are nothing at the vendor.
    pub then: Option<Word>,
    /// What all groups mean that no rule before fits. Without it they are kept.
    pub otherwise: Option<Word>,
    /// What such groups are at the vendor: a name under `groups` of the mapping.
    pub target: Option<String>,
    /// Name of the object at the vendor, such as `"{1}"`. Exactly one of `name` and `id` is given.
    pub name: Option<String>,
    /// The vendor's own id of the object.
    pub id: Option<IdText>,
    /// Level of the members, for a target with levels: a number, or `"{2}"` to take it from the group's name. Default: the mapping's.
    pub level: Option<LevelText>,
    /// What happens to the object at the vendor when the group is deleted. Default `delete`, where the mapping can; an object that is named by its
    /// id always stays.
    pub on_delete: Option<OnDelete>,
}

/// What a group means that is nothing at the vendor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Word {
    /// The bridge keeps the group and its members, and changes nothing at the vendor.
    Keep,
    /// The group is refused, with this rule as the reason.
    Refuse,
    /// The group is accepted, and its members are forgotten.
    Ignore,
}

/// A vendor's id: a number or a text.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged)]
#[expect(missing_docs, reason = "the names say it")]
pub enum IdText {
    Number(i64),
    Text(String),
}

/// A level: a number, or a text that a captured text makes a number.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged)]
#[expect(missing_docs, reason = "the names say it")]
pub enum LevelText {
    Number(i64),
    Text(String),
}

/// Something wrong with a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleProblem {
    /// Which rule, counted from 0.
    pub rule: usize,
    /// Which of its keys; `None`: the rule as a whole.
    pub key: Option<&'static str>,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub help: Option<String>,
}

impl GroupRules {
    /// Reads the rules.
    ///
    /// # Errors
    /// All problems found.
    pub fn read(written: Vec<GroupRuleFile>) -> Result<Self, Vec<RuleProblem>> {
        let mut rules = Vec::new();
        let mut problems = Vec::new();
        for (n, rule) in written.into_iter().enumerate() {
            let mut reader = Reader { rule: n, problems: &mut problems };
            // a rule with mistakes covers nothing, and has its own message
            rules.push(reader.rule(rule));
        }
        problems.extend(unreachable(&rules));
        if problems.is_empty() { Ok(Self { rules: rules.into_iter().flatten().collect() }) } else { Err(problems) }
    }
}

struct Reader<'a> {
    rule: usize,
    problems: &'a mut Vec<RuleProblem>,
}

impl Reader<'_> {
    fn rule(&mut self, file: GroupRuleFile) -> Option<GroupRule> {
        let before = self.problems.len();
        let rule = match (&file.when, file.otherwise) {
            (None, Some(word)) => self.otherwise(&file, word),
            (Some(when), None) => self.when(&when.clone(), file),
            (Some(_), Some(_)) => self.wrong(
                Some("otherwise"),
                "a rule has `when` or `otherwise`, not both",
                "with `when` it is `then: …`",
            ),
            (None, None) => self.wrong(
                None,
                "this rule does not say for which groups it is",
                "add `when: \"PATTERN\"`, or write `{ otherwise: keep }` for all the others",
            ),
        };
        rule.filter(|_| self.problems.len() == before)
    }

    fn otherwise(&mut self, file: &GroupRuleFile, word: Word) -> Option<GroupRule> {
        if let Some(key) = file.keys_of_a_target().chain(file.then.map(|_| "then")).next() {
            return self.wrong(
                Some(key),
                format!("`{key}` does not go with `otherwise`"),
                "for all other groups at the vendor write `when: \"*\"`",
            );
        }
        Some(GroupRule { when: None, then: word.into() })
    }

    fn when(&mut self, when: &str, file: GroupRuleFile) -> Option<GroupRule> {
        if when.trim().is_empty() {
            return self.wrong(
                Some("when"),
                "an empty pattern fits no group",
                "write the group's name, with `*` for any text",
            );
        }
        let pattern = Pattern::new(when);
        let then = match (file.then, file.target.clone()) {
            (Some(word), None) => match file.keys_of_a_target().next() {
                None => word.into(),
                Some(key) => {
                    return self.wrong(
                        Some(key),
                        format!("`{key}` needs a `target`"),
                        "write `target: …` in the place of `then`, or take it out",
                    );
                }
            },
            (None, Some(target)) => RuleMeaning::Target(Box::new(self.target(target, file, pattern.captures())?)),
            (Some(_), Some(_)) => {
                return self.wrong(Some("then"), "a rule has `target` or `then`, not both", "keep one of the two");
            }
            (None, None) => {
                return self.wrong(
                    None,
                    "this rule does not say what such groups mean",
                    "add `target: …` with `name` or `id`, or `then:` with keep, refuse or ignore",
                );
            }
        };
        Some(GroupRule { when: Some(pattern), then })
    }

    fn target(&mut self, target: String, file: GroupRuleFile, captures: usize) -> Option<TargetRule> {
        let object = match (file.name, file.id) {
            (Some(name), None) => self.template("name", &name, captures).map(ObjectRule::Name),
            (None, Some(id)) => self.template("id", &id.into_text(), captures).map(ObjectRule::Id),
            (Some(_), Some(_)) => self.wrong(Some("id"), "a rule has `name` or `id`, not both", "keep one of the two"),
            (None, None) => self.wrong(
                Some("target"),
                format!("this rule does not say which {target} such a group is"),
                "add `name: \"{1}\"` (what the first `*` stands for), or the vendor's `id: …`",
            ),
        };
        let level = match file.level {
            None => None,
            Some(LevelText::Number(number)) => self.template("level", &number.to_string(), captures),
            Some(LevelText::Text(text)) => self.template("level", &text, captures),
        };
        if let Some(text) = level.as_ref().and_then(Template::constant)
            && text.parse::<i64>().is_err()
        {
            return self.wrong(
                Some("level"),
                format!("`{text}` is no level"),
                "write a whole number, or \"{2}\" to take it from the group's name",
            );
        }
        let object = object?;
        let by_id = matches!(object, ObjectRule::Id(_));
        if by_id && file.on_delete == Some(OnDelete::Delete) {
            return self.wrong(
                Some("on_delete"),
                format!("a {target} that is named by its id is never deleted"),
                "take it out, or name the object by its name",
            );
        }
        let on_delete = if by_id { OnDelete::Keep } else { file.on_delete.unwrap_or_default() };
        Some(TargetRule { target, object, level, on_delete, key: None, levels: None })
    }

    fn template(&mut self, key: &'static str, text: &str, captures: usize) -> Option<Template> {
        match Template::new(text, captures) {
            Err(problem) => {
                self.problems.push(RuleProblem { rule: self.rule, key: Some(key), message: problem, help: None });
                None
            }
            Ok(template) if template.constant() == Some("") => self.wrong(
                Some(key),
                format!("`{key}` is empty"),
                "write a text, or \"{1}\" for what the first `*` stands for",
            ),
            Ok(template) => Some(template),
        }
    }

    fn wrong<T>(&mut self, key: Option<&'static str>, message: impl Into<String>, help: &str) -> Option<T> {
        let problem = RuleProblem { rule: self.rule, key, message: message.into(), help: Some(help.to_owned()) };
        self.problems.push(problem);
        None
    }
}

impl GroupRuleFile {
    fn keys_of_a_target(&self) -> impl Iterator<Item = &'static str> {
        let given = [
            ("target", self.target.is_some()),
            ("name", self.name.is_some()),
            ("id", self.id.is_some()),
            ("level", self.level.is_some()),
            ("on_delete", self.on_delete.is_some()),
        ];
        given.into_iter().filter_map(|(key, given)| given.then_some(key))
    }
}

impl IdText {
    fn into_text(self) -> String {
        match self {
            Self::Number(number) => number.to_string(),
            Self::Text(text) => text,
        }
    }
}

impl From<Word> for RuleMeaning {
    fn from(word: Word) -> Self {
        match word {
            Word::Keep => Self::Keep,
            Word::Refuse => Self::Refuse,
            Word::Ignore => Self::Ignore,
        }
    }
}

/// Rules that no group ever comes to, because an earlier one takes all of theirs.
fn unreachable(rules: &[Option<GroupRule>]) -> Vec<RuleProblem> {
    let mut problems = Vec::new();
    for (n, rule) in rules.iter().enumerate().filter_map(|(n, rule)| Some((n, rule.as_ref()?))) {
        let earlier = rules[..n].iter().enumerate().filter_map(|(n, rule)| Some((n, rule.as_ref()?)));
        let covering = earlier.into_iter().find(|(_, earlier)| match (&earlier.when, &rule.when) {
            (None, _) => true,
            (Some(earlier), Some(pattern)) => earlier.covers(pattern),
            (Some(earlier), None) => earlier.covers(&Pattern::new("*")),
        });
        if let Some((first, earlier)) = covering {
            problems.push(RuleProblem {
                rule: n,
                key: Some(if rule.when.is_some() { "when" } else { "otherwise" }),
                message: format!(
                    "no group ever comes to this rule: rule {} ({}) takes all of them before",
                    first + 1,
                    earlier.describe()
                ),
                help: Some("the first rule that fits decides: put the narrower one first".to_owned()),
            });
        }
    }
    problems
}
