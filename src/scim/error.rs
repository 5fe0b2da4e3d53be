//! What a SCIM request can be refused for, before any vendor is asked. Chooses no HTTP status.

/// A refusal in the protocol's own words. The status and `scimType` are chosen in `inbound/problem.rs`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScimError {
    /// RFC 7644 table 9 `invalidFilter`.
    #[error("{0}")]
    InvalidFilter(String),
    /// `tooMany`.
    #[error("{0}")]
    TooMany(String),
    /// `uniqueness`.
    #[error("{0}")]
    Uniqueness(String),
    /// `mutability`.
    #[error("{0}")]
    Mutability(String),
    /// `invalidSyntax`.
    #[error("{0}")]
    InvalidSyntax(String),
    /// `invalidPath`.
    #[error("{0}")]
    InvalidPath(String),
    /// `noTarget`.
    #[error("{0}")]
    NoTarget(String),
    /// `invalidValue`.
    #[error("{0}")]
    InvalidValue(String),
    /// `sensitive` (403, RFC 7644 section 7.5.2).
    #[error("{0}")]
    Sensitive(String),
}

impl ScimError {
    /// The same refusal with the place in front: `operation 2 (replace title): …`.
    #[must_use]
    pub fn at(mut self, place: &str) -> Self {
        let text = self.text_mut();
        *text = format!("{place}: {text}");
        self
    }

    /// The sentence.
    fn text_mut(&mut self) -> &mut String {
        match self {
            Self::InvalidFilter(text)
            | Self::TooMany(text)
            | Self::Uniqueness(text)
            | Self::Mutability(text)
            | Self::InvalidSyntax(text)
            | Self::InvalidPath(text)
            | Self::NoTarget(text)
            | Self::InvalidValue(text)
            | Self::Sensitive(text) => text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_goes_in_front_and_the_kind_stays() {
        let error = ScimError::NoTarget("nothing matches".to_owned()).at("operation 2");
        assert_eq!(error, ScimError::NoTarget("operation 2: nothing matches".to_owned()));
    }
}
