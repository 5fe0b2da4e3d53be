//! Stored resources as JSON text. A resource that is wanted whole is spliced from its stored text without being parsed.

use serde_json::{Map, Value, json};

use crate::scim::etag;
use crate::scim::projection::Projection;
use crate::scim::schema::ResourceType;
use crate::scim::value::date_time;
use crate::store::StoredResource;

/// How resources are shown in one answer.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    /// SCIM base URL of the connection, without a final slash.
    pub base: &'a str,
    /// Type of the resources.
    pub resource_type: &'a ResourceType,
    /// Which attributes.
    pub projection: &'a Projection,
}

impl View<'_> {
    /// `meta.location` of a resource.
    pub fn location(&self, resource: &StoredResource) -> String {
        format!("{}{}/{}", self.base, self.resource_type.endpoint, resource.id)
    }

    /// One resource.
    pub fn resource(&self, resource: &StoredResource) -> String {
        let mut text = String::with_capacity(resource.body.len() + 320);
        self.push(&mut text, resource);
        text
    }

    fn push(&self, text: &mut String, resource: &StoredResource) {
        if self.projection.is_everything() && splice(text, resource, &self.meta(resource)) {
            return;
        }
        // Only a damaged store holds something else than an object; what is shown then is the resource without attributes.
        let mut whole: Map<String, Value> = serde_json::from_str(&resource.body).unwrap_or_default();
        whole.insert("id".to_owned(), resource.id.as_str().into());
        whole.insert("meta".to_owned(), serde_json::from_str(&self.meta(resource)).unwrap_or_default());
        let shown = self.projection.apply(whole, self.resource_type);
        text.push_str(&Value::Object(shown).to_string());
    }

    /// `meta` (RFC 7643 section 3.1): every member of it.
    fn meta(&self, resource: &StoredResource) -> String {
        let location = json!(self.location(resource));
        let version = json!(etag::format(resource.version));
        format!(
            r#"{{"resourceType":"{}","created":"{}","lastModified":"{}","location":{location},"version":{version}}}"#,
            self.resource_type.name,
            date_time(resource.created),
            date_time(resource.modified),
        )
    }
}

/// Puts `id` behind `schemas` and `meta` at the end. `false` (and nothing written) when the text is not of the stored form.
fn splice(text: &mut String, resource: &StoredResource, meta: &str) -> bool {
    let body = resource.body.as_str();
    if !body.starts_with("{\"schemas\":[") {
        return false;
    }
    // URNs hold no brackets, so the first one ends the list.
    let Some((schemas, rest)) = body.split_once(']') else { return false };
    let Some(rest) = rest.strip_suffix('}') else { return false };
    text.push_str(schemas);
    text.push_str("],\"id\":\"");
    // Ids are printable ASCII by construction; quotes and backslashes are made harmless all the same.
    for character in resource.id.as_str().chars() {
        if matches!(character, '"' | '\\') {
            text.push('\\');
        }
        text.push(character);
    }
    text.push('"');
    text.push_str(rest);
    text.push_str(",\"meta\":");
    text.push_str(meta);
    text.push('}');
    true
}

#[cfg(test)]
mod tests;
