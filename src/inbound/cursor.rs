//! Cursors of lists (RFC 9865): where the next page begins, as text. They hold everything themselves, so that they never expire; one that was made
//! for another query is told apart. How a list goes on behind a place, knows the store.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use super::error::InboundError;
use super::query::Parameters;
use crate::store::Kind;

/// Where a list goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// Among resources of this kind.
    pub kind: Kind,
    /// Behind this place; 0 is the beginning.
    pub place: i64,
}

impl Cursor {
    /// The beginning of a list that begins with this kind.
    pub fn first(kind: Kind) -> Self {
        Self { kind, place: 0 }
    }

    /// Reads the cursor of a request; an empty one asks for the first page.
    ///
    /// # Errors
    /// When it is none of ours, or belongs to another query: a client must repeat filter and order with each page (RFC 9865 section 2.1).
    pub fn read(text: &str, parameters: &Parameters, first: Kind) -> Result<Self, InboundError> {
        if text.is_empty() {
            return Ok(Self::first(first));
        }
        let read = || {
            let (place, seal) = text.split_once('.')?;
            let kind = match place.get(..1)? {
                "u" => Kind::User,
                "g" => Kind::Group,
                _ => return None,
            };
            let place = i64::from_str_radix(&place[1..], 16).ok().filter(|place| *place >= 0)?;
            (seal == seal_of(parameters)).then_some(Self { kind, place })
        };
        read().ok_or(InboundError::Cursor)
    }

    /// As text of unreserved characters (RFC 9865 section 2.1).
    pub fn text(self, parameters: &Parameters) -> String {
        let kind = match self.kind {
            Kind::User => 'u',
            Kind::Group => 'g',
        };
        format!("{kind}{:x}.{}", self.place, seal_of(parameters))
    }
}

/// What the pages of one list have in common, shortened.
fn seal_of(parameters: &Parameters) -> String {
    let Parameters { filter, sort_by, is_descending, .. } = parameters;
    let digest = Sha256::digest(format!("{filter:?} {sort_by:?} {is_descending}"));
    URL_SAFE_NO_PAD.encode(&digest[..6])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_back_for_the_same_query_only() {
        let parameters = Parameters { filter: Some("userName pr".to_owned()), ..Parameters::default() };
        let cursor = Cursor { kind: Kind::Group, place: 700 };
        let text = cursor.text(&parameters);
        assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)), "{text}");
        assert_eq!(Cursor::read(&text, &parameters, Kind::User).unwrap(), cursor);
        let other = Parameters { sort_by: Some("userName".to_owned()), ..parameters.clone() };
        assert!(matches!(Cursor::read(&text, &other, Kind::User), Err(InboundError::Cursor)));
        for wrong in ["x", "u5", "u-5.0", "é.0", "z1.00", ".", "u.0"] {
            assert!(matches!(Cursor::read(wrong, &parameters, Kind::User), Err(InboundError::Cursor)), "{wrong}");
        }
        assert_eq!(Cursor::read("", &parameters, Kind::User).unwrap(), Cursor::first(Kind::User));
    }
}
