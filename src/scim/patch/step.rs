//! What an operation comes down to once its dialect is understood. Data only.

use serde_json::{Map, Value};

use crate::scim::filter::Filter;

/// A step with the place to name when it fails.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Operation {
    /// `operation 2 (replace name.givenName)`.
    pub(super) place: String,
    pub(super) step: Step,
}

/// An attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// URN of its extension.
    pub(super) urn: Option<String>,
    /// In schema case.
    pub(super) name: String,
}

/// A change that needs no further understanding. Values are in the attribute's type.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Step {
    /// A single-valued simple attribute gets a value.
    Assign { at: Place, value: Value },
    /// An attribute of any kind loses its value.
    Unassign { at: Place },
    /// A single-valued complex attribute gets these parts and loses those.
    Merge { at: Place, parts: Map<String, Value>, cleared: Vec<String> },
    /// A multi-valued attribute gets further values.
    Append { at: Place, elements: Vec<Value> },
    /// A multi-valued attribute gets exactly these values.
    Overwrite { at: Place, elements: Vec<Value> },
    /// A multi-valued attribute loses the listed values.
    RemoveListed { at: Place, listed: Vec<Listed> },
    /// Some or all elements of a multi-valued attribute change.
    Elements { at: Place, filter: Option<Filter>, change: ElementChange },
    /// An extension loses all its attributes.
    ClearExtension { urn: String },
    /// A new password; `None` changes nothing.
    Password(Option<String>),
    /// The client's idea of the resource's id.
    CheckId(String),
}

/// An element that a removal lists.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Listed {
    /// By its `value`, or by itself where elements are simple.
    Value(Value),
    /// By all of these parts.
    Like(Map<String, Value>),
}

/// What happens to each chosen element.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum ElementChange {
    /// It goes.
    Remove,
    /// It gets these parts and loses those.
    Merge(Map<String, Value>, Vec<String>),
    /// It becomes this.
    Replace(Value),
    /// A part gets a value.
    SetSub(String, Value),
    /// A part loses its value.
    RemoveSub(String),
}
