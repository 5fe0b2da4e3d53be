//! Stored resources as JSON text. A resource that is wanted whole is spliced from its stored text without being parsed; references to other
//! resources, of which there may be very many, are written as text straight away.

mod links;

use serde_json::{Map, Value, json};

use crate::scim::etag;
use crate::scim::projection::Projection;
use crate::scim::schema::ResourceType;
use crate::scim::value::date_time;
use crate::store::StoredResource;
pub use links::{Links, MEMBERS, MEMBERSHIPS};

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

    /// One resource, with its references to others.
    pub fn resource(&self, resource: &StoredResource, links: Option<&Links>) -> String {
        let links = links.filter(|links| !links.is_empty());
        let mut text = String::with_capacity(resource.body.len() + 320 + links.map_or(0, Links::len));
        if !(self.projection.is_everything() && splice(&mut text, resource, links, &self.meta(resource))) {
            self.push_parsed(&mut text, resource, links);
        }
        text
    }

    fn push_parsed(&self, text: &mut String, resource: &StoredResource, links: Option<&Links>) {
        // Only a damaged store holds something else than an object; what is shown then is the resource without attributes.
        let mut whole: Map<String, Value> = serde_json::from_str(&resource.body).unwrap_or_default();
        whole.insert("id".to_owned(), resource.id.as_str().into());
        whole.insert("meta".to_owned(), serde_json::from_str(&self.meta(resource)).unwrap_or_default());
        let shown = self.projection.apply(whole, self.resource_type);
        text.push_str(&Value::Object(shown).to_string());
        if let Some(links) = links {
            // There is always an `id` before it.
            text.pop();
            links.push_member(text);
            text.push('}');
        }
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

/// Puts `id` behind `schemas`, and references and `meta` at the end. `false` (and nothing written) when the text is not of the stored form.
fn splice(text: &mut String, resource: &StoredResource, links: Option<&Links>, meta: &str) -> bool {
    let body = resource.body.as_str();
    if !body.starts_with("{\"schemas\":[") {
        return false;
    }
    // URNs hold no brackets, so the first one ends the list.
    let Some((schemas, rest)) = body.split_once(']') else { return false };
    let Some(rest) = rest.strip_suffix('}') else { return false };
    text.push_str(schemas);
    text.push_str("],\"id\":");
    links::push_text(text, resource.id.as_str());
    text.push_str(rest);
    if let Some(links) = links {
        links.push_member(text);
    }
    text.push_str(",\"meta\":");
    text.push_str(meta);
    text.push('}');
    true
}

#[cfg(test)]
mod tests;
