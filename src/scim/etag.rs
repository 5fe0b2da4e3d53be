//! Versions as weak ETags (RFC 7644 section 3.14, RFC 9110 section 8.8.3). Compares nothing itself.

/// The `ETag` header and `meta.version` of a version: `W/"3"`.
pub fn format(version: i64) -> String {
    format!("W/\"{version}\"")
}

/// What an `If-Match` or `If-None-Match` header names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntityTags {
    /// `*`: any version of what exists.
    Any,
    /// These versions. Tags that are not ours are left out: no resource has them, so the list may be empty and then matches nothing.
    Versions(Vec<i64>),
}

impl EntityTags {
    /// Reads the header's value. `W/"3"`, `"3"` and a bare `3` are the same version, because clients send back what they have.
    pub fn parse(header: &str) -> Self {
        if header.trim() == "*" {
            return Self::Any;
        }
        Self::Versions(header.split(',').filter_map(version_in).collect())
    }

    /// Whether a resource that has this version is named.
    pub fn name(&self, version: i64) -> bool {
        match self {
            Self::Any => true,
            Self::Versions(versions) => versions.contains(&version),
        }
    }
}

fn version_in(tag: &str) -> Option<i64> {
    let tag = tag.trim();
    let tag = tag.strip_prefix("W/").or_else(|| tag.strip_prefix("w/")).unwrap_or(tag);
    let inner = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"')).unwrap_or(tag);
    // `parse` would take a plus sign, and leading zeros are another tag.
    inner.parse().ok().filter(|version: &i64| version.to_string() == inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_survives_the_trip() {
        // R73
        assert_eq!(format(7), "W/\"7\"");
        assert!(EntityTags::parse(&format(7)).name(7));
        assert!(!EntityTags::parse(&format(7)).name(8));
    }

    #[test]
    fn lists_stars_and_strong_tags_are_read() {
        assert_eq!(EntityTags::parse(" * "), EntityTags::Any);
        assert_eq!(EntityTags::parse(r#""1", W/"2" ,3"#), EntityTags::Versions(vec![1, 2, 3]));
    }

    #[test]
    fn a_tag_that_is_not_ours_matches_nothing() {
        for header in ["", "\"abc\"", "W/\"+7\"", "W/\"07\"", "\""] {
            assert!(!EntityTags::parse(header).name(7), "{header}");
        }
    }
}
