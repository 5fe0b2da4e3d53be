//! The BulkResponse message (RFC 7644 section 3.7.3): one entry per operation that was looked at, in the order of the request.
//!
//! Resources are not repeated in it: `location` and `version` say where they are.

use serde_json::{Map, Value, json};

use super::request::Entry;
use crate::inbound::problem::Problem;
use crate::scim::etag;

/// URN of the BulkResponse message.
const BULK_RESPONSE: &str = "urn:ietf:params:scim:api:messages:2.0:BulkResponse";

/// What became of an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Done {
    /// It was carried out.
    Fine {
        /// As the same request would have been answered alone.
        status: u16,
        /// The resource.
        location: String,
        /// Its version; `None` when it is gone.
        version: Option<i64>,
    },
    /// It was not.
    Failed {
        /// Why.
        problem: Problem,
        /// The resource, when there is one.
        location: Option<String>,
    },
}

/// Writes the message. Operations without a result, because the bulk ended before them, are left out.
pub fn write(entries: &[Entry], results: &[Option<Done>]) -> String {
    let looked_at = entries.iter().zip(results).filter_map(|(entry, done)| Some(operation(entry, done.as_ref()?)));
    json!({ "schemas": [BULK_RESPONSE], "Operations": looked_at.collect::<Vec<_>>() }).to_string()
}

fn operation(entry: &Entry, done: &Done) -> Value {
    let mut members = Map::new();
    members.insert("method".to_owned(), entry.method.as_str().into());
    let mut add = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            members.insert(name.to_owned(), value);
        }
    };
    add("bulkId", entry.bulk_id.as_deref().map(Value::from));
    match done {
        Done::Fine { status, location, version } => {
            add("version", version.map(|version| etag::format(version).into()));
            add("location", Some(location.as_str().into()));
            add("status", Some(status.to_string().into()));
        }
        Done::Failed { problem, location } => {
            add("location", location.as_deref().map(Value::from));
            add("status", Some(problem.status.to_string().into()));
            add("response", Some(problem.document()));
        }
    }
    Value::Object(members)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inbound::bulk::error::BulkError;

    fn entry(method: &str, bulk_id: Option<&str>) -> Entry {
        Entry { method: method.to_owned(), bulk_id: bulk_id.map(str::to_owned), operation: Err(BulkError::NotBegun) }
    }

    #[test]
    fn the_answer_has_the_form_of_the_rfc() {
        // R74
        let entries = [entry("POST", Some("q")), entry("PUT", None), entry("DELETE", None), entry("PATCH", None)];
        let location = || "https://b.example/Users/7".to_owned();
        let results = [
            Some(Done::Fine { status: 201, location: location(), version: Some(1) }),
            None,
            Some(Done::Fine { status: 204, location: location(), version: None }),
            Some(Done::Failed {
                problem: Problem::of(&BulkError::Unmet { bulk_id: "q".to_owned() }.into()),
                location: Some(location()),
            }),
        ];
        let written: Value = serde_json::from_str(&write(&entries, &results)).unwrap();
        assert_eq!(written["schemas"], json!([BULK_RESPONSE]));
        let operations = written["Operations"].as_array().unwrap();
        assert_eq!(operations.len(), 3);
        assert_eq!(
            operations[0],
            json!({"method": "POST", "bulkId": "q", "version": "W/\"1\"", "location": location(), "status": "201"})
        );
        assert_eq!(operations[1], json!({"method": "DELETE", "location": location(), "status": "204"}));
        assert_eq!(operations[2]["status"], "409");
        assert_eq!(operations[2]["response"]["status"], "409");
        assert_eq!(operations[2]["response"]["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:Error"]));
    }
}
