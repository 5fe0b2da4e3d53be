//! Read-only resource types: each has an address and a schema of its own kind, and shows a catalog that exists.

use super::Checker;
use crate::document::Place;
use crate::nearest::did_you_mean;
use crate::scim::schema::{ENTERPRISE_USER, GROUP, USER};

/// Names and endpoints that the protocol has already (RFC 7644 section 3.2).
const TAKEN: [&str; 7] = ["User", "Group", "Me", "Bulk", "Schema", "ResourceType", "ServiceProviderConfig"];
const TAKEN_ENDPOINTS: [&str; 7] =
    ["/Users", "/Groups", "/Me", "/Bulk", "/Schemas", "/ResourceTypes", "/ServiceProviderConfig"];

impl Checker<'_> {
    pub(super) fn check_resources(&mut self) {
        let file = self.file;
        for (n, (name, resource)) in file.resources.iter().enumerate() {
            let place = Place::of(["resources", name]);
            self.check_resource_name(name, &place);
            self.check_sentence_given(&resource.description, &place.key("description"));
            self.check_endpoint(&resource.endpoint, &place.key("endpoint"));
            let twin =
                file.resources.values().take(n).any(|other| other.endpoint.eq_ignore_ascii_case(&resource.endpoint));
            if twin {
                self.at(&place.key("endpoint"), format!("`{}` is the endpoint of another resource", resource.endpoint));
            }
            self.check_resource_schema(&resource.schema, &place.key("schema"));
            if !file.catalogs.contains_key(&resource.catalog) {
                let help = did_you_mean(&resource.catalog, file.catalogs.keys().map(String::as_str));
                self.at(&place.key("catalog"), format!("there is no catalog `{}`", resource.catalog)).maybe_help(help);
            }
            if resource.kind.as_ref().is_some_and(|kind| kind.trim().is_empty()) {
                self.at(&place.key("kind"), "the type is empty")
                    .help("leave it out: then it is the name of the catalog");
            }
        }
    }

    fn check_resource_name(&mut self, name: &str, place: &Place) {
        let is_name = name.starts_with(|first: char| first.is_ascii_uppercase())
            && name.chars().all(|letter| letter.is_ascii_alphanumeric());
        if TAKEN.iter().any(|taken| taken.eq_ignore_ascii_case(name)) {
            self.at_key(place, format!("the protocol has a resource type `{name}` already"))
                .help("choose another name");
        } else if !is_name {
            self.at_key(place, format!("`{name}` cannot be the name of a resource type"))
                .help("write it as `Role`: a capital letter, then letters and digits");
        }
    }

    fn check_endpoint(&mut self, endpoint: &str, place: &Place) {
        let name = endpoint.strip_prefix('/').unwrap_or_default();
        if TAKEN_ENDPOINTS.iter().any(|taken| taken.eq_ignore_ascii_case(endpoint)) {
            self.at(place, format!("the protocol has an endpoint `{endpoint}` already")).help("choose another address");
        } else if name.is_empty() || !name.chars().all(|letter| letter.is_ascii_alphanumeric()) {
            self.at(place, format!("`{endpoint}` is no endpoint"))
                .help("write it as /Roles: a slash, then letters and digits");
        }
    }

    fn check_resource_schema(&mut self, urn: &str, place: &Place) {
        let own = self.file.users.extension.as_deref();
        if [USER, ENTERPRISE_USER, GROUP].into_iter().chain(own).any(|known| known.eq_ignore_ascii_case(urn)) {
            self.at(place, "this schema belongs to users or groups").help(
                "Okta looks for urn:okta:scim:schemas:core:1.0:Role and urn:okta:scim:schemas:core:1.0:Entitlement",
            );
        } else if !super::identity::is_urn(urn) {
            self.at(place, format!("`{urn}` is no URN")).help("write it as urn:okta:scim:schemas:core:1.0:Role");
        }
    }
}
