//! Identifiers. Each is a type of its own, made only by parsing or by the generator.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Makes a text newtype with `as_str`, `Display` and no way to change it.
macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(std::sync::Arc<str>);

        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_id!(
    /// Name of a connection as it stands in the SCIM URL: 1 to 63 characters of `a-z`, `0-9`, `-`, `_`.
    ConnectionName
);
text_id!(
    /// The `id` of a SCIM resource (RFC 7643 section 3.1): stable, never reassigned, made by the bridge.
    ScimId
);
text_id!(
    /// The vendor's own key of an account, as text.
    VendorId
);
text_id!(
    /// One id for everything that an IdP's request causes, down to the vendor's log.
    RequestId
);

impl ConnectionName {
    /// Reads a connection name; `None` when it is not one.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (1..=63).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_');
        fits.then(|| Self(text.into()))
    }
}

impl ScimId {
    /// A fresh id: UUID version 7, so that ids sort by creation.
    pub fn generate() -> Self {
        #[expect(clippy::disallowed_methods, reason = "the one place where resource ids are made")]
        Self(uuid::Uuid::now_v7().to_string().into())
    }

    /// Reads an id from a URL or from the store; `None` when it cannot be one of ours (longer than 64 characters or empty).
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
        fits.then(|| Self(text.into()))
    }

    /// Reads an id of the form that [`ScimId::generate`] makes; `None` for any other text.
    pub fn parse_own(text: &str) -> Option<Self> {
        let id = uuid::Uuid::try_parse(text).ok()?;
        // Other spellings of a UUID are not ours.
        (id.to_string() == text).then(|| Self(text.into()))
    }
}

impl VendorId {
    /// Takes the vendor's key as it came; `None` when it is empty or absurdly long (over 512 bytes).
    pub fn parse(text: &str) -> Option<Self> {
        (1..=512).contains(&text.len()).then(|| Self(text.into()))
    }
}

impl RequestId {
    /// A fresh request id.
    pub fn generate() -> Self {
        #[expect(clippy::disallowed_methods, reason = "the one place where request ids are made")]
        Self(uuid::Uuid::now_v7().to_string().into())
    }

    /// Takes over an id that a caller or the store gives, when it is short and plain.
    pub fn parse(text: &str) -> Option<Self> {
        let fits =
            (1..=128).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.:/".contains(&b));
        fits.then(|| Self(text.into()))
    }
}
