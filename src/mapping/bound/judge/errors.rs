//! The named errors in an answer. What they mean is for the rules to say.

use serde_json::Value;

use super::condition::Condition;
use super::rule::status_fits;
use crate::mapping::bound::bind::{BindProblem, bind_conditions, path_or_note};
use crate::mapping::model::{ErrorSource, StatusCondition};
use crate::mapping::tree::resolve::scalar_text;
use crate::mapping::vendor_path::VendorPath;

/// Where named errors stand, with paths parsed.
#[derive(Debug)]
pub struct ErrorPaths {
    at: VendorPath,
    name: Option<VendorPath>,
    message: Option<VendorPath>,
    about: Option<VendorPath>,
    status: Option<StatusCondition>,
    only: Vec<Condition>,
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
            let only = bind_conditions(&source.only, &format!("{place}[{at}].only"), problems);
            let mut path = |key: &str, text: &str| path_or_note(text, &format!("{place}[{at}].{key}"), problems);
            Self {
                at: path("at", &source.at),
                name: source.name.as_deref().map(|text| path("name", text)),
                message: source.message.as_deref().map(|text| path("message", text)),
                about: source.about.as_deref().map(|text| path("about", text)),
                status: source.status.clone(),
                only,
            }
        });
        bound.collect()
    }

    /// Adds the errors that stand in the body of an answer with this status.
    pub(super) fn collect(&self, status: u16, json: &Value, errors: &mut Vec<FoundError>) {
        if self.status.as_ref().is_some_and(|wanted| !status_fits(wanted, status)) {
            return;
        }
        for found in self.at.all(json) {
            let elements = found.as_array().map_or_else(|| std::slice::from_ref(found), Vec::as_slice);
            for element in elements.iter().filter(|element| self.only.iter().all(|condition| condition.holds(element)))
            {
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn found(source: Value, status: u16, body: &Value) -> usize {
        let source: ErrorSource = serde_json::from_value(source).expect("a source");
        let (mut problems, mut errors) = (Vec::new(), Vec::new());
        for paths in ErrorPaths::bind_all(&[source], "api.errors", &mut problems) {
            paths.collect(status, body, &mut errors);
        }
        assert!(problems.is_empty());
        errors.len()
    }

    #[test]
    fn an_error_may_be_one_only_with_some_statuses() {
        let (source, body) =
            (json!({ "at": "message", "message": ".", "status": ["4xx", 500] }), json!({ "message": "x" }));
        assert_eq!([202, 400, 500, 503].map(|status| found(source.clone(), status, &body)), [0, 1, 1, 0]);
        assert_eq!(found(json!({ "at": "message", "message": "." }), 202, &body), 1, "any status unless it is said");
    }

    #[test]
    fn an_object_that_every_answer_has_is_an_error_only_when_it_says_so() {
        let source = json!({ "at": "data.*.result", "name": "slug", "only": [{ "path": "ok", "equals": false }] });
        let answer = |ok: bool| json!({ "data": { "create": { "result": { "ok": ok, "slug": "taken" } } } });
        assert_eq!((found(source.clone(), 200, &answer(true)), found(source, 200, &answer(false))), (0, 1));
    }
}
