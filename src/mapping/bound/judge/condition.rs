//! A condition on a value inside a JSON body or a user object; `only`, `gone` and the rules on answers share it. Statuses and names of errors are in [`super::rule`].

use serde_json::Value;

use crate::mapping::convert::canonical;
use crate::mapping::model::BodyCondition;
use crate::mapping::tree::resolve::scalar_text;
use crate::mapping::vendor_path::{Found, VendorPath};

/// A condition on a value, with its path parsed.
#[derive(Debug)]
pub struct Condition {
    pub path: VendorPath,
    pub spec: BodyCondition,
}

impl Condition {
    /// Does it hold for this object or body?
    pub fn holds(&self, json: &Value) -> bool {
        let found = self.path.find(json);
        let values = match &found {
            Found::Nothing | Found::Null => Vec::new(),
            Found::One(value) => vec![*value],
            Found::Many(values) => values.clone(),
        };
        if let Some(present) = self.spec.present {
            return present != values.is_empty();
        }
        if let Some(wanted) = &self.spec.equals {
            return values.iter().any(|value| is_one_of(value, wanted));
        }
        self.spec.not.as_ref().is_none_or(|unwanted| !values.iter().any(|value| is_one_of(value, unwanted)))
    }

    /// Does this object or body show that it does not hold? One that does not have the value shows nothing.
    pub fn is_contradicted(&self, json: &Value) -> bool {
        !matches!(self.path.find(json), Found::Nothing | Found::Null) && !self.holds(json)
    }
}

fn is_one_of(value: &Value, wanted: &Value) -> bool {
    let same =
        |wanted: &Value| value == wanted || (scalar_text(value).is_some() && canonical(value) == canonical(wanted));
    same(wanted) || wanted.as_array().is_some_and(|wanted| wanted.iter().any(same))
}
