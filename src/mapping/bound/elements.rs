//! Calls that change one element of a list at a time, prepared: what each is about, and the memberships that are found for it. When they are made
//! decides the plan.

use serde_json::Value;

use super::bind::{BindProblem, path_or_note};
use super::request::CallNames;
use super::{Bound, CallName, PageState, RenderError, Scope};
use crate::mapping::convert::{canonical, is_empty};
use crate::mapping::model::{Call, FieldType, FindMembership, ForEach};
use crate::mapping::tree::Tree;
use crate::mapping::vendor_path::VendorPath;
use crate::mapping::wire::HttpAnswer;

/// What a call for single elements is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Each {
    /// For which elements it is made.
    pub kind: ForEach,
    /// The list.
    pub field: String,
    /// So many travel in one call.
    pub batch: usize,
}

impl Each {
    /// What a call of the file is about, when it is one for single elements.
    pub(super) fn of(call: &Call) -> Option<Self> {
        Some(Self { kind: call.for_each?, field: call.of.clone()?, batch: call.batch.unwrap_or(1).max(1) })
    }
}

/// What a hit must hold, and where its identifier is.
#[derive(Debug)]
pub(super) struct BoundHit {
    key: VendorPath,
    matches: Vec<(VendorPath, Tree)>,
}

impl BoundHit {
    pub(super) fn bind(find: &FindMembership, place: &str, problems: &mut Vec<BindProblem>) -> Self {
        let mut path = |text: &str, key: &str| path_or_note(text, &format!("{place}.{key}"), problems);
        Self {
            key: path(&find.key, "key"),
            matches: find.matches.iter().map(|(text, tree)| (path(text, "matches"), tree.clone())).collect(),
        }
    }
}

/// One page of memberships.
#[derive(Debug, Clone, PartialEq)]
pub struct MembershipPage {
    /// Identifiers of those that are what was looked for.
    pub keys: Vec<Value>,
    /// Where the next page begins; `None` after the last.
    pub next: Option<PageState>,
    /// Why the list cannot be trusted to be complete.
    pub problem: Option<String>,
}

impl Bound {
    /// What an update is about, when it is one for single elements.
    pub fn each(&self, call: &CallName) -> Option<&Each> {
        let CallName::Update(name) = call else { return None };
        self.updates.iter().find(|update| update.name == *name)?.each.as_ref()
    }

    /// The call that finds the memberships which an update is about.
    pub fn finds_membership(&self, call: &CallName) -> Option<CallName> {
        let CallName::Update(name) = call else { return None };
        Some(CallName::Membership(name.clone())).filter(|find| self.calls.contains_key(find))
    }

    /// The memberships on one page that are what was looked for.
    ///
    /// # Errors
    /// When what they are compared with cannot be told.
    pub fn memberships_in(
        &self,
        call: &CallName,
        scope: &Scope,
        answer: &HttpAnswer,
    ) -> Result<MembershipPage, RenderError> {
        let cut = |problem: String| MembershipPage { keys: Vec::new(), next: None, problem: Some(problem) };
        let found = self.calls.get(call).and_then(|call| Some((call, call.list.as_ref()?, call.hit.as_ref()?)));
        let Some((bound, list, hit)) = found else { return Ok(cut("the mapping has no such list".to_owned())) };
        let Some(json) = &answer.json else { return Ok(cut("the answer holds no list".to_owned())) };
        let elements = match super::pages::elements(list, json) {
            Ok(elements) => elements,
            Err(problem) => return Ok(cut(problem)),
        };
        let names = CallNames::of(self, bound, scope)?;
        let mut wanted = Vec::with_capacity(hit.matches.len());
        for (path, tree) in &hit.matches {
            wanted.push((path, tree.resolve(&names)?.filter(|value| !is_empty(value)).as_ref().map(canonical)));
        }
        let is_hit = |element: &&Value| {
            wanted.iter().all(|(path, wanted)| {
                let has = path.first(element).filter(|value| !is_empty(value)).map(canonical);
                has.is_some() && has == *wanted
            })
        };
        let keys =
            elements.iter().copied().filter(is_hit).filter_map(|element| hit.key.first(element)).cloned().collect();
        Ok(match self.next_page(call, list, answer, scope, elements.len() as u64) {
            Ok(next) => MembershipPage { keys, next, problem: None },
            Err(problem) => cut(problem),
        })
    }

    /// The elements of a field's value, each as `$item`: a value, or name and level.
    pub fn elements_of(&self, field: &str, value: Option<&Value>) -> Vec<Value> {
        let Some(value) = value.filter(|value| !is_empty(value)) else { return Vec::new() };
        match value {
            Value::Array(values) => values.clone(),
            Value::Object(levels) if self.is_level_map(field) => {
                let one = |(name, level): (&String, &Value)| serde_json::json!({ "name": name, "value": level });
                levels.iter().map(one).collect()
            }
            one => vec![one.clone()],
        }
    }

    /// The value of a field that has these elements; `null` without any.
    pub fn value_of_elements(&self, field: &str, elements: &[Value]) -> Value {
        if elements.is_empty() {
            return Value::Null;
        }
        if !self.is_level_map(field) {
            return Value::Array(elements.to_vec());
        }
        let one = |element: &Value| {
            Some((element.get("name").map(canonical)?, element.get("value").cloned().unwrap_or_default()))
        };
        Value::Object(elements.iter().filter_map(one).collect())
    }

    fn is_level_map(&self, field: &str) -> bool {
        self.fields.get(field).is_some_and(|field| field.spec.kind == FieldType::LevelMap)
    }

    /// What makes two elements of a field the same, whatever their levels.
    pub fn form_of_element(&self, field: &str, element: &Value) -> String {
        let named = element.get("name").filter(|_| self.is_level_map(field));
        super::same::comparable(self.fields.get(field), named.unwrap_or(element))
    }
}
