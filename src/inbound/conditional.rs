//! Conditions in headers: `If-Match`, `If-None-Match` (RFC 7644 section 3.14). Comparing versions with the stored one on a write is
//! `provision`'s work.

use crate::provision::Precondition;
use crate::scim::etag::EntityTags;

/// Reads `If-Match`. Tags that are none of ours match nothing; an unreadable header is therefore a condition that does not hold, never one
/// that is ignored.
pub fn read_if_match(header: Option<&str>) -> Precondition {
    match header.map(EntityTags::parse) {
        None => Precondition::None,
        Some(EntityTags::Any) => Precondition::Exists,
        Some(EntityTags::Versions(versions)) => Precondition::Versions(versions),
    }
}

/// Does `If-None-Match` name this version, so that a GET is answered 304?
pub fn is_not_modified(header: Option<&str>, version: i64) -> bool {
    header.is_some_and(|header| EntityTags::parse(header).name(version))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn if_match_takes_lists_weak_strong_and_bare_tags() {
        assert_eq!(read_if_match(None), Precondition::None);
        assert_eq!(read_if_match(Some("*")), Precondition::Exists);
        assert_eq!(read_if_match(Some(r#"W/"3""#)), Precondition::Versions(vec![3]));
        assert_eq!(read_if_match(Some(r#""3", w/"4",5"#)), Precondition::Versions(vec![3, 4, 5]));
    }

    #[test]
    fn a_foreign_tag_is_a_condition_that_does_not_hold() {
        assert_eq!(read_if_match(Some(r#"W/"abc""#)), Precondition::Versions(vec![]));
        assert_eq!(read_if_match(Some("\"\"")), Precondition::Versions(vec![]));
    }

    #[test]
    fn if_none_match_holds_for_the_same_version_and_for_the_star() {
        assert!(is_not_modified(Some(r#"W/"3""#), 3));
        assert!(is_not_modified(Some("*"), 3));
        assert!(is_not_modified(Some(r#""1", "3""#), 3));
        assert!(!is_not_modified(Some(r#"W/"2""#), 3));
        assert!(!is_not_modified(Some(r#"W/"x""#), 3));
        assert!(!is_not_modified(None, 3));
    }
}
