//! Expressions: they parse, name only what exists, and yield a value on a sample person.

use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use super::Checker;
use super::types::describe;
use crate::document::Place;
use crate::mapping::expression::{Expression, FILTERS, TESTS};
use crate::mapping::model::{FieldType, SettingType};
use crate::nearest::did_you_mean;
use crate::scim::schema::{self, Attribute, AttributeType, Schema};

impl Checker<'_> {
    /// Checks the `expr` of a field: it knows `user` and `settings`.
    pub(super) fn check_field_expression(&mut self, text: &str, place: &Place, kind: FieldType) {
        let Some(expression) = self.check_expression(text, place, &["user", "settings"]) else { return };
        for name in expression.attributes() {
            self.check_user_attribute(name, place);
        }
        let names = json!({ "user": *SAMPLE, "settings": self.sample_settings() });
        match expression.evaluate(&names) {
            Ok(Some(value)) if value.is_object() || (value.is_array() && !is_list(kind)) => {
                self.at(place, format!("for a sample person the expression yields {}", describe(&value)))
                    .help("it must yield a single value; filters such as `first` and `join` make one of a list");
            }
            Ok(_) => {}
            Err(problem) => {
                self.at(place, format!("the expression fails for a sample person: {problem}"))
                    .maybe_help(filter_help(&problem));
            }
        }
    }

    /// Checks syntax and names; `known` are the variables without `$`.
    pub(super) fn check_expression(&mut self, text: &str, place: &Place, known: &[&str]) -> Option<Expression> {
        let expression = match Expression::compile(text) {
            Ok(expression) => expression,
            Err(problem) => {
                let help = filter_help(&problem);
                self.at(place, format!("the expression cannot be read: {problem}")).maybe_help(help);
                return None;
            }
        };
        let mut right = true;
        for name in expression.variables() {
            if name == "secrets" {
                self.at(place, "an expression must not use secrets").help("secrets belong into `api.sign_in` alone");
                right = false;
            } else if !known.contains(&name.as_str()) {
                self.at(place, format!("the expression uses `{name}`, which does not exist here"))
                    .maybe_help(did_you_mean(name, known.iter().copied()));
                right = false;
            }
        }
        for name in expression.attributes().iter().filter_map(|name| name.strip_prefix("settings.")) {
            if self.file.settings.contains_key(name) {
                self.used_settings.insert(name.to_owned());
            } else {
                let help = did_you_mean(name, self.file.settings.keys().map(String::as_str));
                self.at(place, format!("there is no setting `{name}`")).maybe_help(help);
                right = false;
            }
        }
        right.then_some(expression)
    }

    /// `user.NAME` and `user.NAME.SUB` exist in the core schema. What stands in brackets is not seen here.
    fn check_user_attribute(&mut self, name: &str, place: &Place) {
        let mut parts = name.split('.');
        let (Some("user"), Some(attribute)) = (parts.next(), parts.next()) else { return };
        let core = &*CORE;
        let known = core.attributes.iter().chain(schema::common());
        let Some(found) = known.clone().find(|known| known.name == attribute) else {
            let help = did_you_mean(attribute, known.map(|known| known.name.as_str()));
            self.at(place, format!("SCIM users have no attribute `{attribute}`")).maybe_help(help);
            return;
        };
        // a list's elements are reached with filters and brackets
        if let Some(sub) = parts.next()
            && !found.multi_valued
            && !found.sub_attributes.iter().any(|known| known.name == sub)
        {
            let help = did_you_mean(sub, found.sub_attributes.iter().map(|known| known.name.as_str()));
            self.at(place, format!("`{attribute}` has no part `{sub}`")).maybe_help(help);
        }
    }

    fn sample_settings(&self) -> Map<String, Value> {
        let sample = |kind| match kind {
            SettingType::String => json!("sample"),
            SettingType::Url => json!("https://api.example.com"),
            SettingType::Integer => json!(1),
            SettingType::Boolean => json!(true),
            SettingType::StringList => json!(["sample"]),
            SettingType::IntegerList => json!([1]),
        };
        let value = |setting: &crate::mapping::model::Setting| {
            setting.default.clone().or_else(|| setting.values.first().cloned()).unwrap_or_else(|| sample(setting.kind))
        };
        self.file.settings.iter().map(|(name, setting)| (name.clone(), value(setting))).collect()
    }
}

static CORE: LazyLock<Schema> = LazyLock::new(schema::user);
/// A person with a value in every attribute that the RFC defines.
static SAMPLE: LazyLock<Value> = LazyLock::new(|| {
    let mut user: Map<String, Value> = CORE.attributes.iter().map(|one| (one.name.clone(), sample(one))).collect();
    user.insert("userName".to_owned(), json!("ada.lovelace@example.com"));
    user.insert("externalId".to_owned(), json!("00u1"));
    let enterprise = schema::enterprise_user();
    let attributes = enterprise.attributes.iter().map(|one| (one.name.clone(), sample(one))).collect::<Map<_, _>>();
    user.insert(enterprise.id, Value::Object(attributes));
    Value::Object(user)
});

fn sample(attribute: &Attribute) -> Value {
    let one = match attribute.kind {
        AttributeType::Boolean => json!(true),
        AttributeType::Integer | AttributeType::Decimal => json!(1),
        AttributeType::DateTime => json!("2026-01-31T12:00:00Z"),
        AttributeType::Reference => json!("https://example.com/ada"),
        AttributeType::Complex => attribute.sub_attributes.iter().map(|sub| (sub.name.clone(), sample(sub))).collect(),
        AttributeType::String | AttributeType::Binary => attribute
            .canonical_values
            .first()
            .map_or_else(|| json!(format!("sample {}", attribute.name)), |word| json!(word)),
    };
    if attribute.multi_valued { Value::Array(vec![one]) } else { one }
}

fn is_list(kind: FieldType) -> bool {
    matches!(kind, FieldType::StringList | FieldType::IntegerList)
}

/// The nearest filter or test, when a message is about an unknown one.
fn filter_help(problem: &str) -> Option<String> {
    let known: &[&str] = match problem {
        _ if problem.contains("filter") => &FILTERS,
        _ if problem.contains("test") => &TESTS,
        _ => return None,
    };
    let wrong = problem.split("filter ").chain(problem.split("test ")).nth(1)?.split_whitespace().next()?;
    did_you_mean(wrong.trim_matches(|c: char| !c.is_alphanumeric() && c != '_'), known.iter().copied())
}
