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
        let (letter, place) = open(text, &seal_of(parameters, "")).ok_or(InboundError::Cursor)?;
        let kind = match letter {
            'u' => Kind::User,
            'g' => Kind::Group,
            _ => return Err(InboundError::Cursor),
        };
        Ok(Self { kind, place })
    }

    /// As text of unreserved characters (RFC 9865 section 2.1).
    pub fn text(self, parameters: &Parameters) -> String {
        let kind = match self.kind {
            Kind::User => 'u',
            Kind::Group => 'g',
        };
        format!("{kind}{:x}.{}", self.place, seal_of(parameters, ""))
    }
}

/// The letter of cursors of lists that are in memory.
const IN_MEMORY: char = 'm';

/// How many resources of a list that is in memory come before the cursor of a request; an empty one asks for the first page.
///
/// # Errors
/// When it is none of ours, or belongs to another query or endpoint.
pub fn read_offset(text: &str, parameters: &Parameters, endpoint: &str) -> Result<usize, InboundError> {
    if text.is_empty() {
        return Ok(0);
    }
    let opened = open(text, &seal_of(parameters, endpoint)).filter(|(letter, _)| *letter == IN_MEMORY);
    opened.and_then(|(_, place)| usize::try_from(place).ok()).ok_or(InboundError::Cursor)
}

/// The cursor behind this many resources of a list that is in memory.
pub fn offset_text(offset: usize, parameters: &Parameters, endpoint: &str) -> String {
    format!("{IN_MEMORY}{offset:x}.{}", seal_of(parameters, endpoint))
}

/// Letter and place of a cursor with this seal.
fn open(text: &str, seal: &str) -> Option<(char, i64)> {
    let (place, found) = text.split_once('.')?;
    let letter = place.chars().next()?;
    let place = i64::from_str_radix(&place[letter.len_utf8()..], 16).ok().filter(|place| *place >= 0)?;
    (found == seal).then_some((letter, place))
}

/// What the pages of one list have in common, shortened. `endpoint` is empty for people and groups, whom a letter tells apart.
fn seal_of(parameters: &Parameters, endpoint: &str) -> String {
    let Parameters { filter, sort_by, is_descending, .. } = parameters;
    let digest = Sha256::digest(format!("{endpoint} {filter:?} {sort_by:?} {is_descending}"));
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

    #[test]
    fn a_cursor_of_a_list_in_memory_belongs_to_its_endpoint() {
        let parameters = Parameters::default();
        let text = offset_text(700, &parameters, "/Roles");
        assert_eq!(read_offset(&text, &parameters, "/Roles").unwrap(), 700);
        assert_eq!(read_offset("", &parameters, "/Roles").unwrap(), 0);
        assert!(read_offset(&text, &parameters, "/Skills").is_err());
        assert!(Cursor::read(&text, &parameters, Kind::User).is_err());
        let other = Cursor { kind: Kind::User, place: 7 }.text(&parameters);
        assert!(read_offset(&other, &parameters, "/Roles").is_err());
    }
}
