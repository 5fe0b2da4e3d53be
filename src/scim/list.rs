//! The envelope of a list (RFC 7644 section 3.4.2) around resources that are JSON text already. Chooses no page.

/// URN of the ListResponse message.
pub const LIST_RESPONSE: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";

/// Where a page stands in its list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// It begins at this match, counted from 1: the effective `startIndex`.
    Index(u64),
    /// It was asked for by a cursor; that of the next page (RFC 9865 section 2.1) is plain ASCII without quotes, `None` on the last one.
    Cursor(Option<String>),
}

/// The JSON text of a ListResponse with exactly the members that the RFCs define. `total` counts all matches, `resources` are the JSON texts
/// of this page.
pub fn envelope<T: AsRef<str>>(total: u64, place: &Place, resources: &[T]) -> String {
    let size: usize = resources.iter().map(|resource| resource.as_ref().len() + 1).sum();
    let mut text = String::with_capacity(size + 192);
    text.push_str("{\"schemas\":[\"");
    text.push_str(LIST_RESPONSE);
    text.push_str("\"],\"totalResults\":");
    text.push_str(&total.to_string());
    match place {
        Place::Index(start_index) => {
            text.push_str(",\"startIndex\":");
            text.push_str(&start_index.to_string());
        }
        Place::Cursor(Some(next)) => {
            text.push_str(",\"nextCursor\":\"");
            text.push_str(next);
            text.push('"');
        }
        Place::Cursor(None) => {}
    }
    text.push_str(",\"itemsPerPage\":");
    text.push_str(&resources.len().to_string());
    text.push_str(",\"Resources\":[");
    for (index, resource) in resources.iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        text.push_str(resource.as_ref());
    }
    text.push_str("]}");
    text
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn an_empty_list_has_all_its_members() {
        // R23, D20, D45
        let list: Value = serde_json::from_str(&envelope::<&str>(0, &Place::Index(1), &[])).unwrap();
        assert_eq!(
            list,
            json!({"schemas": [LIST_RESPONSE], "totalResults": 0, "startIndex": 1, "itemsPerPage": 0, "Resources": []})
        );
    }

    #[test]
    fn items_per_page_counts_what_is_returned() {
        // R26
        let list: Value =
            serde_json::from_str(&envelope(9, &Place::Index(5), &[r#"{"id":"a"}"#, r#"{"id":"b"}"#])).unwrap();
        assert_eq!(
            (list["totalResults"].clone(), list["startIndex"].clone(), list["itemsPerPage"].clone()),
            (json!(9), json!(5), json!(2))
        );
        assert_eq!(list["Resources"], json!([{"id": "a"}, {"id": "b"}]));
    }
}
