//! Which address a path names. Pure: one function from text to a closed set, so that logs and metrics have closed labels.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

/// The kinds of addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// The SCIM base URL itself.
    Root,
    /// `/Users`.
    Users,
    /// `/Users/{id}`.
    User,
    /// `/Groups`.
    Groups,
    /// `/Groups/{id}`.
    Group,
    /// `/Bulk`.
    Bulk,
    /// `/.search`.
    Search,
    /// `/Users/.search`.
    UserSearch,
    /// `/Groups/.search`.
    GroupSearch,
    /// `/{endpoint}`: an endpoint that only the connection's mapping can know. Whether it does, is asked when the credential is accepted: an address
    /// must not tell which connections there are.
    Extras,
    /// `/{endpoint}/{id}`, likewise.
    Extra,
    /// `/{endpoint}/.search`, likewise.
    ExtraSearch,
    /// `/Me`.
    Me,
    /// `/ServiceProviderConfig`, or `/serviceConfiguration` as Microsoft's reference collection calls it.
    ServiceProviderConfig,
    /// `/ResourceTypes`.
    ResourceTypes,
    /// `/ResourceTypes/{id}`.
    ResourceType,
    /// `/Schemas`.
    Schemas,
    /// `/Schemas/{urn}`.
    Schema,
    /// `/health/live`.
    Live,
    /// `/health/ready`.
    Ready,
    /// `/metrics`.
    Metrics,
    /// `/scim/v1/…` and the like.
    OtherVersion,
    /// Anything else.
    Unknown,
}

/// Number of [`Place`]s.
pub const PLACES: usize = Place::Unknown as usize + 1;

impl Place {
    /// Label for logs and metrics; path parameters stay placeholders.
    pub fn label(self) -> &'static str {
        match self {
            Self::Root => "/",
            Self::Users => "/Users",
            Self::User => "/Users/{id}",
            Self::Groups => "/Groups",
            Self::Group => "/Groups/{id}",
            Self::Bulk => "/Bulk",
            Self::Search => "/.search",
            Self::UserSearch => "/Users/.search",
            Self::GroupSearch => "/Groups/.search",
            Self::Extras => "/{endpoint}",
            Self::Extra => "/{endpoint}/{id}",
            Self::ExtraSearch => "/{endpoint}/.search",
            Self::Me => "/Me",
            Self::ServiceProviderConfig => "/ServiceProviderConfig",
            Self::ResourceTypes => "/ResourceTypes",
            Self::ResourceType => "/ResourceTypes/{id}",
            Self::Schemas => "/Schemas",
            Self::Schema => "/Schemas/{urn}",
            Self::Live => "/health/live",
            Self::Ready => "/health/ready",
            Self::Metrics => "/metrics",
            Self::OtherVersion => "/scim/{other version}",
            Self::Unknown => "unknown",
        }
    }

    /// Does it belong to a connection?
    pub fn is_scim(self) -> bool {
        !matches!(self, Self::Live | Self::Ready | Self::Metrics | Self::OtherVersion | Self::Unknown)
    }

    /// Methods that this address knows, as the value of `Allow`. `HEAD` comes with `GET` (RFC 9110 section 9.3.2).
    pub fn allow(self) -> &'static str {
        match self {
            Self::Users | Self::Groups => "GET, HEAD, POST",
            Self::User | Self::Group => "GET, HEAD, PUT, PATCH, DELETE",
            Self::Bulk | Self::Search | Self::UserSearch | Self::GroupSearch | Self::ExtraSearch => "POST",
            Self::Me => "GET, HEAD, POST, PUT, PATCH, DELETE",
            Self::Root
            | Self::Extras
            | Self::Extra
            | Self::ServiceProviderConfig
            | Self::ResourceTypes
            | Self::ResourceType
            | Self::Schemas
            | Self::Schema
            | Self::Live
            | Self::Ready
            | Self::Metrics
            | Self::OtherVersion
            | Self::Unknown => "GET, HEAD",
        }
    }

    /// May this method be used here? Unknown addresses take any: they are answered 404.
    pub fn allows(self, method: &str) -> bool {
        matches!(self, Self::Unknown | Self::OtherVersion) || self.allow().split(", ").any(|allowed| allowed == method)
    }
}

/// A path, understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address<'a> {
    /// What is there.
    pub place: Place,
    /// Name of the connection as written, for SCIM addresses.
    pub connection: Option<&'a str>,
    /// `/{endpoint}`, for endpoints that only the connection's mapping can know.
    pub extra: Option<&'a str>,
    /// `{id}` or `{urn}`, decoded.
    pub id: Option<Cow<'a, str>>,
}

impl<'a> Address<'a> {
    /// Understands a path. Doubled and trailing slashes are ignored: administrators end base URLs with one.
    pub fn find(path: &'a str) -> Self {
        let mut segments = path.split('/').filter(|segment| !segment.is_empty());
        let (first, second, third) = (segments.next(), segments.next(), segments.next());
        match (first, second, third) {
            (Some("scim"), Some("v2"), Some(connection)) => {
                let (endpoint, id, more) = (segments.next(), segments.next(), segments.next());
                let place = if more.is_some() { Place::Unknown } else { scim_place(endpoint, id) };
                let id = id.map(|id| percent_decode_str(id).decode_utf8().unwrap_or(Cow::Borrowed(id)));
                let is_extra = matches!(place, Place::Extras | Place::Extra | Place::ExtraSearch);
                Self { place, connection: Some(connection), extra: endpoint.filter(|_| is_extra), id }
            }
            (Some("scim"), Some(version), _) if is_version(version) && version != "v2" => {
                Self::plain(Place::OtherVersion)
            }
            (Some("health"), Some("live"), None) => Self::plain(Place::Live),
            (Some("health"), Some("ready"), None) => Self::plain(Place::Ready),
            (Some("metrics"), None, None) => Self::plain(Place::Metrics),
            _ => Self::plain(Place::Unknown),
        }
    }

    fn plain(place: Place) -> Self {
        Self { place, connection: None, extra: None, id: None }
    }
}

fn scim_place(endpoint: Option<&str>, id: Option<&str>) -> Place {
    match (endpoint, id) {
        (None, None) => Place::Root,
        (Some("Users"), None) => Place::Users,
        (Some("Groups"), None) => Place::Groups,
        (Some(".search"), None) => Place::Search,
        (Some("Users"), Some(".search")) => Place::UserSearch,
        (Some("Groups"), Some(".search")) => Place::GroupSearch,
        (Some("Users"), Some(_)) => Place::User,
        (Some("Groups"), Some(_)) => Place::Group,
        (Some("Bulk"), None) => Place::Bulk,
        (Some("Me"), None) => Place::Me,
        (Some("ServiceProviderConfig" | "serviceConfiguration"), None) => Place::ServiceProviderConfig,
        (Some("ResourceTypes"), None) => Place::ResourceTypes,
        (Some("ResourceTypes"), Some(_)) => Place::ResourceType,
        (Some("Schemas"), None) => Place::Schemas,
        (Some("Schemas"), Some(_)) => Place::Schema,
        (Some(endpoint), id) if is_endpoint(endpoint) => match id {
            None => Place::Extras,
            Some(".search") => Place::ExtraSearch,
            Some(_) => Place::Extra,
        },
        _ => Place::Unknown,
    }
}

/// Can a mapping declare it? None that the protocol itself has, and letters and digits only.
fn is_endpoint(endpoint: &str) -> bool {
    let taken =
        ["Users", "Groups", "Bulk", "Me", "ServiceProviderConfig", "serviceConfiguration", "ResourceTypes", "Schemas"];
    !taken.contains(&endpoint) && endpoint.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// `v1`, `v2`, `v2.1`, …
fn is_version(segment: &str) -> bool {
    segment.strip_prefix('v').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

/// The method as a label from a closed set.
pub fn method_label(method: &str) -> &'static str {
    METHODS.iter().find(|known| **known == method).copied().unwrap_or("other")
}

/// The methods that have a label of their own.
pub const METHODS: [&str; 8] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "other"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_of_the_contract_is_found() {
        for (path, place, id) in [
            ("/scim/v2/support", Place::Root, None),
            ("/scim/v2/support/", Place::Root, None),
            ("/scim/v2/support/Users", Place::Users, None),
            ("/scim/v2/support/Users/", Place::Users, None),
            ("/scim/v2/support//Users", Place::Users, None),
            ("/scim/v2/support/Users/7a3f", Place::User, Some("7a3f")),
            ("/scim/v2/support/Users/a%20b", Place::User, Some("a b")),
            ("/scim/v2/support/Users/.search", Place::UserSearch, Some(".search")),
            ("/scim/v2/support/Groups/.search", Place::GroupSearch, Some(".search")),
            ("/scim/v2/support/.search", Place::Search, None),
            ("/scim/v2/support/Groups", Place::Groups, None),
            ("/scim/v2/support/Groups/1", Place::Group, Some("1")),
            ("/scim/v2/support/Bulk", Place::Bulk, None),
            ("/scim/v2/support/Me", Place::Me, None),
            ("/scim/v2/support/ServiceProviderConfig", Place::ServiceProviderConfig, None),
            ("/scim/v2/support/serviceConfiguration", Place::ServiceProviderConfig, None),
            ("/scim/v2/support/ResourceTypes", Place::ResourceTypes, None),
            ("/scim/v2/support/ResourceTypes/User", Place::ResourceType, Some("User")),
            ("/scim/v2/support/Schemas", Place::Schemas, None),
            ("/scim/v2/support/Schemas/urn:a:b:2.0:User", Place::Schema, Some("urn:a:b:2.0:User")),
            ("/scim/v2/support/Schemas/urn%3Aa", Place::Schema, Some("urn:a")),
        ] {
            let address = Address::find(path);
            assert_eq!(
                (address.place, address.id.as_deref(), address.connection),
                (place, id, Some("support")),
                "{path}"
            );
        }
        assert_eq!(Address::find("/health/live").place, Place::Live);
        assert_eq!(Address::find("/health/ready").place, Place::Ready);
        assert_eq!(Address::find("/metrics").place, Place::Metrics);
    }

    #[test]
    fn other_versions_and_unknown_addresses_are_told_apart() {
        for path in ["/scim/v1/support/Users", "/scim/v2.1/support/Users", "/scim/v3"] {
            assert_eq!(Address::find(path).place, Place::OtherVersion, "{path}");
        }
        for path in [
            "/",
            "",
            "/scim",
            "/scim/v2",
            "/scim/v2/x/Users/1/2",
            "/scim/v2/x/Roles/1/2",
            "/scim/v2/x/Bulk/1",
            "/scim/v2/x/Me/.search",
            "/scim/v2/x/ro-les",
            "/scim/support/Users",
            "/health",
        ] {
            assert_eq!(Address::find(path).place, Place::Unknown, "{path}");
        }
    }

    #[test]
    fn endpoints_that_only_a_mapping_can_know_are_found_by_their_form() {
        for (path, place, id) in [
            ("/scim/v2/support/Roles", Place::Extras, None),
            ("/scim/v2/support/Roles/", Place::Extras, None),
            ("/scim/v2/support/Roles/a%2Fb", Place::Extra, Some("a/b")),
            ("/scim/v2/support/Roles/.search", Place::ExtraSearch, Some(".search")),
        ] {
            let address = Address::find(path);
            let found = (address.place, address.id.as_deref(), address.connection, address.extra);
            assert_eq!(found, (place, id, Some("support"), Some("Roles")), "{path}");
        }
        assert_eq!(Address::find("/scim/v2/support/users").place, Place::Extras, "the mapping does not have it");
        assert_eq!(Address::find("/scim/v2/support/Users").extra, None);
        assert!(Place::Extra.allows("HEAD") && !Place::Extra.allows("PUT") && !Place::Extras.allows("POST"));
    }

    #[test]
    fn methods_follow_the_address() {
        assert!(Place::Users.allows("POST") && !Place::Users.allows("PATCH"));
        assert!(Place::User.allows("PATCH") && !Place::User.allows("POST"));
        assert!(Place::Schemas.allows("HEAD") && !Place::Schemas.allows("POST"));
        assert!(Place::Unknown.allows("BREW"));
        assert!(!Place::User.allows("PAT"), "no part of a name is a name");
    }

    #[test]
    fn labels_are_a_closed_set() {
        assert_eq!(method_label("PATCH"), "PATCH");
        assert_eq!(method_label("BREW"), "other");
        assert_eq!(Address::find("/scim/v2/x/Users/secret-id").place.label(), "/Users/{id}");
    }
}
