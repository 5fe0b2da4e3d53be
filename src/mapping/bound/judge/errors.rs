//! The named errors in an answer. What they mean is for the rules to say.

use serde_json::Value;

use crate::mapping::bound::bind::{BindProblem, path_or_note};
use crate::mapping::model::ErrorSource;
use crate::mapping::tree::resolve::scalar_text;
use crate::mapping::vendor_path::VendorPath;

/// Where named errors stand, with paths parsed.
#[derive(Debug)]
pub struct ErrorPaths {
    at: VendorPath,
    name: Option<VendorPath>,
    message: Option<VendorPath>,
    about: Option<VendorPath>,
}

/// An error found in an answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct FoundError {
    pub name: Option<String>,
    pub message: Option<String>,
    pub about: Option<String>,
}

impl ErrorPaths {
    /// Parses the paths of all sources.
    pub fn bind_all(sources: &[ErrorSource], place: &str, problems: &mut Vec<BindProblem>) -> Vec<Self> {
        let bound = sources.iter().enumerate().map(|(at, source)| {
            let mut path = |key: &str, text: &str| path_or_note(text, &format!("{place}[{at}].{key}"), problems);
            Self {
                at: path("at", &source.at),
                name: source.name.as_deref().map(|text| path("name", text)),
                message: source.message.as_deref().map(|text| path("message", text)),
                about: source.about.as_deref().map(|text| path("about", text)),
            }
        });
        bound.collect()
    }

    /// Adds the errors that stand in this body.
    pub(super) fn collect(&self, json: &Value, errors: &mut Vec<FoundError>) {
        for found in self.at.all(json) {
            let elements = found.as_array().map_or_else(|| std::slice::from_ref(found), Vec::as_slice);
            for element in elements {
                let read = |path: &Option<VendorPath>| {
                    path.as_ref().and_then(|path| path.first(element)).and_then(scalar_text)
                };
                let error = match element {
                    Value::String(text) => FoundError { message: Some(text.clone()), ..FoundError::default() },
                    Value::Object(_) => {
                        FoundError { name: read(&self.name), message: read(&self.message), about: read(&self.about) }
                    }
                    _ => continue,
                };
                // an object at such a place is an error only when it says something (`.` is the whole answer)
                if error.name.is_some() || error.message.is_some() {
                    errors.push(error);
                }
            }
        }
    }
}
