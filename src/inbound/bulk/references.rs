//! `bulkId:x` in the data of operations (RFC 7644 section 3.7.2): found, replaced by ids, and cut out for a while. Pure.
//!
//! A reference is a text that is one as a whole, the end of a `$ref`, or a quoted text in the `path` of a PATCH (`members[value eq "bulkId:x"]`).

use serde_json::{Map, Value};

const MARK: &str = "bulkId:";

/// The `bulkId` that a text refers to as a whole.
pub fn whole(text: &str) -> Option<&str> {
    text.strip_prefix(MARK).filter(|bulk_id| !bulk_id.is_empty())
}

/// Calls `visit` with every `bulkId` that is referred to, once per place.
pub fn each<'v>(data: &'v Value, visit: &mut impl FnMut(&'v str)) {
    walk("", data, &mut |name, text| {
        for (from, to) in places(name, text) {
            visit(&text[from + MARK.len()..to]);
        }
    });
}

/// Calls `visit` with every text in the data.
pub fn each_text<'v>(data: &'v Value, visit: &mut impl FnMut(&'v str)) {
    walk("", data, &mut |_, text| visit(text));
}

/// The data with every reference replaced; those that `id_of` does not know stay.
pub fn resolve(data: &mut Value, id_of: &impl Fn(&str) -> Option<String>) {
    resolve_below("", data, id_of);
}

/// Parts the data of a create in what can be done at once and what refers to resources that are not there yet: whole attributes, or some of the
/// elements of a multi-valued one.
pub fn sever(
    data: &Map<String, Value>,
    is_missing: &impl Fn(&str) -> bool,
) -> (Map<String, Value>, Map<String, Value>) {
    let (mut now, mut later) = (Map::new(), Map::new());
    for (name, value) in data {
        if !mentions(value, is_missing) {
            now.insert(name.clone(), value.clone());
            continue;
        }
        match value {
            Value::Array(elements) => {
                let (waiting, ready): (Vec<_>, Vec<_>) =
                    elements.iter().cloned().partition(|element| mentions(element, is_missing));
                if !ready.is_empty() {
                    now.insert(name.clone(), Value::Array(ready));
                }
                later.insert(name.clone(), Value::Array(waiting));
            }
            // An extension under its URN: its attributes can come one by one, too.
            Value::Object(parts) if name.contains(':') => {
                let (ready, waiting) = sever(parts, is_missing);
                if !ready.is_empty() {
                    now.insert(name.clone(), Value::Object(ready));
                }
                later.insert(name.clone(), Value::Object(waiting));
            }
            other => {
                later.insert(name.clone(), other.clone());
            }
        }
    }
    (now, later)
}

fn mentions(value: &Value, is_missing: &impl Fn(&str) -> bool) -> bool {
    let mut found = false;
    each(value, &mut |bulk_id| found |= is_missing(bulk_id));
    found
}

/// Depth is bounded: the body was read with a cap on its nesting.
fn walk<'v>(name: &'v str, value: &'v Value, visit: &mut impl FnMut(&'v str, &'v str)) {
    match value {
        Value::String(text) => visit(name, text),
        Value::Array(elements) => elements.iter().for_each(|element| walk(name, element, visit)),
        Value::Object(members) => members.iter().for_each(|(name, member)| walk(name, member, visit)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn resolve_below(name: &str, value: &mut Value, id_of: &impl Fn(&str) -> Option<String>) {
    match value {
        Value::String(text) => {
            // From the end, so that earlier places stay where they are.
            for (from, to) in places(name, text).into_iter().rev() {
                if let Some(id) = id_of(&text[from + MARK.len()..to]) {
                    text.replace_range(from..to, &id);
                }
            }
        }
        Value::Array(elements) => elements.iter_mut().for_each(|element| resolve_below(name, element, id_of)),
        Value::Object(members) => members.iter_mut().for_each(|(name, member)| resolve_below(name, member, id_of)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Where references stand in a text that is the value of the member `name`: from the mark to the end of the `bulkId`.
fn places(name: &str, text: &str) -> Vec<(usize, usize)> {
    if whole(text).is_some() {
        return vec![(0, text.len())];
    }
    if !text.contains(MARK) {
        return Vec::new();
    }
    if name == "$ref" {
        let last = text.rfind('/').map_or(0, |slash| slash + 1);
        return whole(&text[last..]).map(|_| (last, text.len())).into_iter().collect();
    }
    if !name.eq_ignore_ascii_case("path") {
        return Vec::new();
    }
    let quoted = format!("\"{MARK}");
    let found = text.match_indices(&quoted).filter_map(|(quote, _)| {
        let from = quote + 1;
        let length = text[from..].find('"')?;
        (length > MARK.len()).then_some((from, from + length))
    });
    found.collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn found(data: &Value) -> Vec<&str> {
        let mut found = Vec::new();
        each(data, &mut |bulk_id| found.push(bulk_id));
        found
    }

    #[test]
    fn references_are_found_and_replaced_wherever_they_may_stand() {
        // R76
        let mut data = json!({
            "displayName": "the bulkId:x of all", "members": [{"value": "bulkId:a"}, {"value": "7", "$ref": "../Users/bulkId:b"}],
            "urn:x": {"manager": "bulkId:c"},
            "Operations": [{"path": "members[value eq \"bulkId:d\" or value eq \"bulkId:e\"]"}, {"path": "bulkId:"}],
            "n": 7, "note": "/bulkId:z",
        });
        assert_eq!(found(&data), ["a", "b", "c", "d", "e"]);
        resolve(&mut data, &|bulk_id| (bulk_id != "e").then(|| format!("id-{bulk_id}")));
        assert_eq!(
            data,
            json!({
                "displayName": "the bulkId:x of all", "members": [{"value": "id-a"}, {"value": "7", "$ref": "../Users/id-b"}],
                "urn:x": {"manager": "id-c"},
                "Operations": [{"path": "members[value eq \"id-d\" or value eq \"bulkId:e\"]"}, {"path": "bulkId:"}],
                "n": 7, "note": "/bulkId:z",
            })
        );
    }

    #[test]
    fn what_refers_to_nothing_that_is_there_is_cut_out_as_narrowly_as_can_be() {
        let data = json!({
            "displayName": "A", "members": [{"value": "1"}, {"value": "bulkId:b"}], "others": ["bulkId:b"],
            "urn:x:User": {"department": "Care", "manager": {"value": "bulkId:b"}}, "name": {"familyName": "bulkId:b"}, "known": "bulkId:a",
        });
        let (now, later) = sever(data.as_object().unwrap(), &|bulk_id| bulk_id == "b");
        assert_eq!(
            Value::Object(now),
            json!({"displayName": "A", "members": [{"value": "1"}], "urn:x:User": {"department": "Care"}, "known": "bulkId:a"})
        );
        assert_eq!(
            Value::Object(later),
            json!({
                "members": [{"value": "bulkId:b"}], "others": ["bulkId:b"], "urn:x:User": {"manager": {"value": "bulkId:b"}},
                "name": {"familyName": "bulkId:b"},
            })
        );
    }
}
