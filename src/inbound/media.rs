//! Media types: what bodies may come in and what answers go out as (RFC 7644 sections 3.1 and 3.8). No body is read here.

use super::error::InboundError;

/// What answers are, without parameters: strict clients compare the whole text.
pub const SCIM_JSON: &str = "application/scim+json";
/// What answers are for clients that accept nothing else.
pub const JSON: &str = "application/json";

/// Accepts SCIM's and JSON's own type with any parameters, and bodies without a type.
///
/// # Errors
/// Every other type.
pub fn check_content_type(content_type: Option<&str>) -> Result<(), InboundError> {
    let Some(found) = content_type else { return Ok(()) };
    let essence = essence(found);
    if essence.is_empty() || essence.eq_ignore_ascii_case(SCIM_JSON) || essence.eq_ignore_ascii_case(JSON) {
        Ok(())
    } else {
        Err(InboundError::MediaType { found: essence.chars().take(100).collect() })
    }
}

/// Accepts bodies as they are.
///
/// # Errors
/// Compressed bodies.
pub fn check_content_encoding(content_encoding: Option<&str>) -> Result<(), InboundError> {
    match content_encoding.map(str::trim) {
        None | Some("") => Ok(()),
        Some(found) if found.eq_ignore_ascii_case("identity") => Ok(()),
        Some(found) => Err(InboundError::ContentEncoding { found: found.chars().take(100).collect() }),
    }
}

/// Does an `Accept` header list `application/json` and nothing under which SCIM's own type could be sent?
pub fn wants_plain_json(accept: Option<&str>) -> bool {
    let Some(accept) = accept else { return false };
    let mut plain = false;
    for range in accept.split(',') {
        let essence = essence(range);
        if essence.eq_ignore_ascii_case(JSON) {
            plain = true;
        } else if essence.eq_ignore_ascii_case(SCIM_JSON)
            || essence == "*/*"
            || essence.eq_ignore_ascii_case("application/*")
        {
            return false;
        }
    }
    plain
}

fn essence(media_type: &str) -> &str {
    media_type.split(';').next().unwrap_or_default().trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_json_types_are_read_with_any_parameters() {
        for fine in [
            None,
            Some("application/scim+json"),
            Some("application/json"),
            Some("application/scim+json; charset=utf-8"),
            Some("Application/JSON;charset=UTF-8"),
            Some(""),
        ] {
            assert!(check_content_type(fine).is_ok(), "{fine:?}");
        }
    }

    #[test]
    fn other_types_are_refused_by_name() {
        for wrong in [
            "text/plain",
            "application/xml; charset=utf-8",
            "application/x-www-form-urlencoded",
            "application/json+scim",
        ] {
            let refusal = check_content_type(Some(wrong)).unwrap_err().to_string();
            assert!(refusal.contains(wrong.split(';').next().unwrap()), "{refusal}");
        }
    }

    #[test]
    fn compressed_bodies_are_refused() {
        assert!(check_content_encoding(Some("gzip")).is_err());
        assert!(check_content_encoding(Some("identity")).is_ok());
        assert!(check_content_encoding(None).is_ok());
    }

    #[test]
    fn plain_json_is_sent_only_to_those_who_take_nothing_else() {
        for (accept, plain) in [
            (None, false),
            (Some("*/*"), false),
            (Some("text/html"), false),
            (Some("application/json"), true),
            (Some("application/json; charset=utf-8"), true),
            (Some("application/json, text/plain"), true),
            (Some("application/json, */*"), false),
            (Some("application/json, application/scim+json"), false),
            (Some("application/scim+json; charset=utf-8"), false),
        ] {
            assert_eq!(wants_plain_json(accept), plain, "{accept:?}");
        }
    }
}
