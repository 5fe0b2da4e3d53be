//! The BulkRequest message (RFC 7644 section 3.7), taken apart. Operations that make no sense are kept as such: they fail alone.

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

use super::error::BulkError;
use super::{MAX_OPERATIONS, references};
use crate::inbound::conditional::read_if_match;
use crate::inbound::problem::Failure;
use crate::provision::Precondition;
use crate::scim::message::{member, members};
use crate::scim::patch::PATCH_OP;
use crate::store::Kind;

/// URN of the BulkRequest message.
pub const BULK_REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";

/// Longest text that is repeated to the client.
const MOST_ECHOED: usize = 100;

/// A bulk after reading.
#[derive(Debug)]
pub struct BulkRequest {
    /// After how many failures it ends; `None`: never.
    pub fail_on_errors: Option<usize>,
    /// In the order of the request.
    pub entries: Vec<Entry>,
}

/// One operation of a bulk.
#[derive(Debug)]
pub struct Entry {
    /// As sent, for the answer.
    pub method: String,
    /// As sent.
    pub bulk_id: Option<String>,
    /// What is to be done, or why that cannot be understood.
    pub operation: Result<Operation, BulkError>,
}

/// What an operation does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// Creates.
    Post,
    /// Replaces.
    Put,
    /// Changes.
    Patch,
    /// Deletes.
    Delete,
}

/// An operation, understood.
#[derive(Debug)]
pub struct Operation {
    /// What is done.
    pub verb: Verb,
    /// To what kind of resource.
    pub kind: Kind,
    /// To which.
    pub target: Target,
    /// On which condition.
    pub condition: Precondition,
    /// The body; `null` for DELETE.
    pub data: Value,
}

/// To which resource something is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// One that comes to be.
    New,
    /// That with this id.
    Known(String),
    /// The one that the operation with this `bulkId` makes.
    Promised(String),
}

/// Reads a BulkRequest. `base` is the SCIM base URL, with which paths may begin.
///
/// # Errors
/// When it is no BulkRequest or has too many operations. What is wrong with a single operation is in its [`Entry`].
pub fn read(mut body: Value, base: &str) -> Result<BulkRequest, Failure> {
    let message = members(&body, BULK_REQUEST)?;
    let fail_on_errors = match member(message, "failOnErrors") {
        None | Some(Value::Null) => None,
        // 0 is not defined by the RFC; read as "never", since "at once" would make the request pointless.
        Some(number) => match number.as_u64() {
            Some(count) => usize::try_from(count).ok().filter(|count| *count > 0),
            None => return Err(malformed("`failOnErrors` must be a whole number").into()),
        },
    };
    let Some(Value::Array(operations)) = body.as_object_mut().and_then(|message| take(message, "Operations")) else {
        return Err(malformed("a bulk needs `Operations`, a list of operations").into());
    };
    if operations.len() > MAX_OPERATIONS {
        return Err(BulkError::TooMany { count: operations.len(), limit: MAX_OPERATIONS }.into());
    }
    let mut entries: Vec<Entry> = Vec::with_capacity(operations.len());
    for operation in operations {
        let mut entry = entry(operation, base);
        let is_same = |earlier: &Entry| earlier.bulk_id == entry.bulk_id;
        if let Some(bulk_id) = entry.bulk_id.as_ref().filter(|_| entries.iter().any(is_same)) {
            entry.operation = Err(BulkError::Repeated { bulk_id: shorten(bulk_id) });
        }
        entries.push(entry);
    }
    Ok(BulkRequest { fail_on_errors, entries })
}

fn entry(operation: Value, base: &str) -> Entry {
    let Value::Object(mut operation) = operation else {
        let problem = malformed("an operation must be a JSON object");
        return Entry { method: String::new(), bulk_id: None, operation: Err(problem) };
    };
    let text = |name| member(&operation, name).and_then(Value::as_str);
    let method = text("method").unwrap_or_default().to_owned();
    let bulk_id = text("bulkId").filter(|bulk_id| !bulk_id.is_empty()).map(str::to_owned);
    let understood = understand(&method, bulk_id.as_deref(), &mut operation, base);
    Entry { method: shorten(&method), bulk_id, operation: understood }
}

fn understand(
    method: &str,
    bulk_id: Option<&str>,
    operation: &mut Map<String, Value>,
    base: &str,
) -> Result<Operation, BulkError> {
    let verbs = [("POST", Verb::Post), ("PUT", Verb::Put), ("PATCH", Verb::Patch), ("DELETE", Verb::Delete)];
    let Some((_, verb)) = verbs.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(method)) else {
        return Err(malformed("`method` of an operation must be POST, PUT, PATCH or DELETE"));
    };
    let Some(path) = member(operation, "path").and_then(Value::as_str) else {
        return Err(malformed("an operation needs a `path`, such as /Users"));
    };
    let path_error = || BulkError::Path { method: shorten(method), path: shorten(path) };
    let (kind, target) = place(path.strip_prefix(base).unwrap_or(path)).ok_or_else(path_error)?;
    if (verb == Verb::Post) != (target == Target::New) {
        return Err(path_error());
    }
    if verb == Verb::Post && bulk_id.is_none() {
        // RFC 7644 section 3.7: "REQUIRED when method is POST".
        return Err(malformed("an operation with the method POST needs a `bulkId`"));
    }
    let condition = match member(operation, "version") {
        None | Some(Value::Null) => Precondition::None,
        Some(Value::String(version)) => read_if_match(Some(version)),
        Some(_) => return Err(malformed("`version` of an operation must be a text")),
    };
    let data = match (verb, take(operation, "data")) {
        (Verb::Delete, _) => Value::Null,
        (_, None | Some(Value::Null)) => return Err(malformed("an operation that is no DELETE needs `data`")),
        // The example of RFC 7644 section 3.7.3 has the bare list where a PatchOp message is meant.
        (Verb::Patch, Some(Value::Array(operations))) => json!({ "schemas": [PATCH_OP], "Operations": operations }),
        (_, Some(data)) => data,
    };
    Ok(Operation { verb, kind, target, condition, data })
}

/// The resource that a path below the base URL names.
fn place(path: &str) -> Option<(Kind, Target)> {
    let mut segments = path.split('/').filter(|segment| !segment.is_empty());
    let kind = match segments.next()? {
        "Users" => Kind::User,
        "Groups" => Kind::Group,
        _ => return None,
    };
    let (id, more) = (segments.next(), segments.next());
    if more.is_some() || path.contains('?') {
        return None;
    }
    let Some(id) = id else { return Some((kind, Target::New)) };
    let id = percent_decode_str(id).decode_utf8().ok()?;
    Some((
        kind,
        references::whole(&id)
            .map_or_else(|| Target::Known(id.to_string()), |bulk_id| Target::Promised(bulk_id.to_owned())),
    ))
}

fn take(members: &mut Map<String, Value>, name: &str) -> Option<Value> {
    let key = members.keys().find(|key| key.eq_ignore_ascii_case(name))?.clone();
    members.remove(&key)
}

fn malformed(problem: &str) -> BulkError {
    BulkError::Malformed(problem.to_owned())
}

/// What stands in messages of a text that may be as long as the request.
pub(super) fn shorten(text: &str) -> String {
    text.chars().take(MOST_ECHOED).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operation(operation: &Value) -> Result<Operation, BulkError> {
        let body = json!({"schemas": [BULK_REQUEST], "operations": [operation]});
        read(body, "https://b.example/scim/v2/a").unwrap().entries.remove(0).operation
    }

    #[test]
    fn an_operation_names_what_it_is_done_to() {
        let data = json!({"userName": "a"});
        for (method, path, kind, target) in [
            ("POST", "/Users", Kind::User, Target::New),
            ("post", "Groups", Kind::Group, Target::New),
            ("PUT", "/Users/7", Kind::User, Target::Known("7".to_owned())),
            ("PATCH", "https://b.example/scim/v2/a/Groups/7", Kind::Group, Target::Known("7".to_owned())),
            ("DELETE", "/Users/bulkId:q", Kind::User, Target::Promised("q".to_owned())),
            ("PATCH", "/Users/bulkId%3Aq/", Kind::User, Target::Promised("q".to_owned())),
        ] {
            let read = operation(&json!({"method": method, "path": path, "bulkId": "x", "data": data})).unwrap();
            assert_eq!((read.kind, read.target), (kind, target), "{method} {path}");
        }
        let versioned = json!({"method": "DELETE", "path": "/Users/7", "version": "W/\"3\""});
        assert_eq!(operation(&versioned).unwrap().condition, Precondition::Versions(vec![3]));
    }

    #[test]
    fn a_patch_may_be_the_bare_list_of_its_operations() {
        let list = json!([{"op": "remove", "path": "nickName"}]);
        let bare = operation(&json!({"method": "PATCH", "path": "/Users/7", "data": list})).unwrap();
        assert_eq!(bare.data, json!({"schemas": [PATCH_OP], "Operations": list}));
        let put = operation(&json!({"method": "PUT", "path": "/Users/7", "data": list})).unwrap();
        assert_eq!(put.data, list, "no other operation has such a form");
    }

    #[test]
    fn an_operation_that_makes_no_sense_says_why() {
        for (wrong, word) in [
            (json!(7), "object"),
            (json!({}), "method"),
            (json!({"method": "GET", "path": "/Users"}), "method"),
            (json!({"method": "DELETE"}), "path"),
            (json!({"method": "POST", "path": "/Users", "data": {}}), "bulkId"),
            (json!({"method": "POST", "path": "/Users/7", "bulkId": "a", "data": {}}), "/Users/7"),
            (json!({"method": "PUT", "path": "/Users", "data": {}}), "/Users"),
            (json!({"method": "PUT", "path": "/Users/7?x=1", "data": {}}), "?x=1"),
            (json!({"method": "DELETE", "path": "/Schemas/x"}), "/Schemas/x"),
            (json!({"method": "DELETE", "path": "/Users/1/2"}), "/Users/1/2"),
            (json!({"method": "PATCH", "path": "/Users/7"}), "data"),
            (json!({"method": "PATCH", "path": "/Users/7", "data": null}), "data"),
            (json!({"method": "DELETE", "path": "/Users/7", "version": 3}), "version"),
        ] {
            let problem = operation(&wrong).unwrap_err().to_string();
            assert!(problem.contains(word), "{wrong}: {problem}");
        }
    }

    #[test]
    fn a_message_without_sense_or_end_is_refused_as_a_whole() {
        let refusal = |body: Value| read(body, "").unwrap_err().to_string();
        assert!(refusal(json!({"schemas": [BULK_REQUEST]})).contains("Operations"));
        assert!(refusal(json!({"schemas": [BULK_REQUEST], "Operations": {}})).contains("Operations"));
        assert!(refusal(json!({"schemas": ["urn:x"], "Operations": []})).contains("schemas"));
        assert!(
            refusal(json!({"schemas": [BULK_REQUEST], "failOnErrors": "1", "Operations": []})).contains("failOnErrors")
        );
        let many = vec![json!({}); MAX_OPERATIONS + 1];
        assert!(refusal(json!({"schemas": [BULK_REQUEST], "Operations": many})).contains(&MAX_OPERATIONS.to_string()));
    }

    #[test]
    fn a_bulk_id_is_given_once() {
        let one = json!({"method": "POST", "path": "/Users", "bulkId": "a", "data": {}});
        let body = json!({"schemas": [BULK_REQUEST], "failOnErrors": 0, "Operations": [one, one]});
        let read = read(body, "").unwrap();
        assert_eq!(read.fail_on_errors, None);
        assert!(read.entries[0].operation.is_ok());
        assert!(matches!(read.entries[1].operation, Err(BulkError::Repeated { .. })));
    }
}
