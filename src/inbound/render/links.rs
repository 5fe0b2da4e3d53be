//! References from one resource to many others, `members` of a group and `groups` of a person (RFC 7643 sections 4.1.2 and 4.2), written as they
//! come. A group may have a hundred thousand members: no tree is built of them, and what is not wanted is not written.

use crate::ids::ScimId;
use crate::scim::projection::Projection;

/// What the references of a kind of resource look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinkForm {
    /// Name of the attribute.
    pub attribute: &'static str,
    /// Where the resources are that are referred to, below the base URL.
    endpoint: &'static str,
    /// `type` of each reference.
    kind: &'static str,
}

/// `members` of a group. Groups in groups are not kept, so all members are people.
pub const MEMBERS: LinkForm = LinkForm { attribute: "members", endpoint: "/Users", kind: "User" };
/// `groups` of a person. Groups in groups are not kept, so all memberships are direct.
pub const MEMBERSHIPS: LinkForm = LinkForm { attribute: "groups", endpoint: "/Groups", kind: "direct" };

/// The references of one resource, as the JSON text of an array without its brackets.
#[derive(Debug)]
pub struct Links {
    attribute: &'static str,
    text: String,
    /// `"value":`, `"$ref":"…/Users/`, `"type":"User"`, `"display":`, or nothing for what is not wanted.
    value: bool,
    reference: Option<String>,
    kind: Option<String>,
    display: bool,
}

impl Links {
    /// No references yet. `None` when the projection shows nothing of them, so that nobody needs to look for them.
    pub fn begin(form: LinkForm, base: &str, projection: &Projection) -> Option<Self> {
        let shows = |part| projection.shows_part(form.attribute, part);
        let links = Self {
            attribute: form.attribute,
            text: String::new(),
            value: shows("value"),
            reference: shows("$ref").then(|| {
                let mut text = "\"$ref\":".to_owned();
                push_text(&mut text, &format!("{base}{}/", form.endpoint));
                // The id comes before the closing quote.
                text.pop();
                text
            }),
            kind: shows("type").then(|| format!("\"type\":\"{}\"", form.kind)),
            display: shows("display"),
        };
        (links.value || links.reference.is_some() || links.kind.is_some() || links.display).then_some(links)
    }

    /// Adds a reference.
    pub fn push(&mut self, id: &ScimId, display: &str) {
        let text = &mut self.text;
        text.push_str(if text.is_empty() { "{" } else { ",{" });
        let begin = text.len();
        let separate = |text: &mut String| {
            if text.len() > begin {
                text.push(',');
            }
        };
        if self.value {
            text.push_str("\"value\":");
            push_text(text, id.as_str());
        }
        if let Some(reference) = &self.reference {
            separate(text);
            text.push_str(reference);
            push_escaped(text, id.as_str());
            text.push('"');
        }
        if let Some(kind) = &self.kind {
            separate(text);
            text.push_str(kind);
        }
        if self.display && !display.is_empty() {
            separate(text);
            text.push_str("\"display\":");
            push_text(text, display);
        }
        text.push('}');
    }

    /// Bytes of text so far.
    pub fn len(&self) -> usize {
        self.text.len()
    }

    /// Is there none? Attributes without a value are left out of answers.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Writes the attribute behind other members of an object.
    pub(super) fn push_member(&self, text: &mut String) {
        text.push_str(",\"");
        text.push_str(self.attribute);
        text.push_str("\":[");
        text.push_str(&self.text);
        text.push(']');
    }
}

/// Writes a JSON string.
pub(super) fn push_text(text: &mut String, value: &str) {
    text.push('"');
    push_escaped(text, value);
    text.push('"');
}

fn push_escaped(text: &mut String, value: &str) {
    if value.bytes().all(|byte| byte >= b' ' && byte != b'"' && byte != b'\\') {
        text.push_str(value);
        return;
    }
    let quoted = serde_json::Value::from(value).to_string();
    text.push_str(quoted.strip_prefix('"').and_then(|quoted| quoted.strip_suffix('"')).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::scim::schema::group_type;

    fn links(attributes: Option<&str>, excluded: Option<&str>) -> Option<Value> {
        let projection = Projection::parse(attributes, excluded, &group_type()).unwrap();
        let mut links = Links::begin(MEMBERS, "https://b.example/scim/v2/a", &projection)?;
        assert!(links.is_empty());
        links.push(&ScimId::parse("7").unwrap(), "Mara \"M\" Voss\n");
        links.push(&ScimId::parse("a\"b").unwrap(), "");
        let mut text = "{\"id\":1".to_owned();
        links.push_member(&mut text);
        text.push('}');
        let mut whole: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
        Some(whole["members"].take())
    }

    #[test]
    fn every_part_is_there_and_every_text_is_harmless() {
        let expected = json!([
            {"value": "7", "$ref": "https://b.example/scim/v2/a/Users/7", "type": "User", "display": "Mara \"M\" Voss\n"},
            {"value": "a\"b", "$ref": "https://b.example/scim/v2/a/Users/a\"b", "type": "User"},
        ]);
        assert_eq!(links(None, None), Some(expected.clone()));
        assert_eq!(links(Some("members"), None), Some(expected));
    }

    #[test]
    fn what_is_not_wanted_is_not_written() {
        assert_eq!(links(Some("members.value"), None), Some(json!([{"value": "7"}, {"value": "a\"b"}])));
        assert_eq!(links(Some("members.display"), None), Some(json!([{"display": "Mara \"M\" Voss\n"}, {}])));
        let without = links(None, Some("members.$ref,members.display")).unwrap();
        assert_eq!(without, json!([{"value": "7", "type": "User"}, {"value": "a\"b", "type": "User"}]));
        assert_eq!(links(Some("displayName"), None), None);
        assert_eq!(links(None, Some("members")), None);
        assert_eq!(links(None, Some("members.value,members.$ref,members.type,members.display")), None);
    }
}
