//! Reads a request's body as JSON, bounded in size, depth and time. What the JSON means is the business of `scim`.

use std::time::Duration;

use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use actix_web::web::{Bytes, BytesMut, Payload};
use actix_web::{HttpRequest, error::PayloadError};
use futures_util::{Stream, StreamExt as _};
use serde_json::Value;

use super::error::InboundError;
use super::media;

/// Largest body, 1 MiB: a person has a few kilobytes. A larger one is answered 413.
pub const MAX_BODY_BYTES: usize = 1 << 20;
/// Largest body that describes or changes a group, 16 MiB: a PUT of 100,000 members with `value` and `display` has some ten. A larger one is
/// answered 413.
pub const MAX_GROUP_BYTES: usize = 16 << 20;
/// Deepest nesting of arrays and objects. SCIM needs seven levels (PATCH, operations, extension, manager). A deeper one is answered 400.
pub const MAX_DEPTH: usize = 32;
/// How long a body may take to arrive, so that slow senders do not hold connections.
pub const BODY_TIMEOUT: Duration = Duration::from_secs(15);

/// Reads the body of a POST, PUT or PATCH, of at most `limit` bytes.
///
/// # Errors
/// Wrong media type, too large, too slow, broken off, no JSON, too deep.
pub async fn read_json(request: &HttpRequest, payload: Payload, limit: usize) -> Result<Value, InboundError> {
    let text = |name| request.headers().get(name).map(|value| value.to_str().unwrap_or("unreadable"));
    media::check_content_type(text(&CONTENT_TYPE))?;
    media::check_content_encoding(text(&CONTENT_ENCODING))?;
    let announced = text(&CONTENT_LENGTH).and_then(|length| length.parse::<usize>().ok());
    if announced.is_some_and(|length| length > limit) {
        return Err(InboundError::TooLarge { limit });
    }
    parse(&receive(payload, announced.unwrap_or_default(), limit).await?)
}

/// Gathers a body in time and within the cap.
async fn receive(
    body: impl Stream<Item = Result<Bytes, PayloadError>> + Unpin,
    announced: usize,
    limit: usize,
) -> Result<Bytes, InboundError> {
    tokio::time::timeout(BODY_TIMEOUT, gather(body, announced, limit))
        .await
        .map_err(|_| InboundError::SlowBody { seconds: BODY_TIMEOUT.as_secs() })?
}

async fn gather(
    mut body: impl Stream<Item = Result<Bytes, PayloadError>> + Unpin,
    announced: usize,
    limit: usize,
) -> Result<Bytes, InboundError> {
    let mut bytes = BytesMut::with_capacity(announced);
    while let Some(chunk) = body.next().await {
        let chunk = chunk.map_err(|_| InboundError::BrokenBody)?;
        if bytes.len() + chunk.len() > limit {
            return Err(InboundError::TooLarge { limit });
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes.freeze())
}

/// Parses JSON; the last of duplicate members wins.
fn parse(bytes: &[u8]) -> Result<Value, InboundError> {
    // Some scripts put a byte order mark in front, which RFC 8259 section 8.1 lets us ignore.
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(InboundError::BrokenJson { problem: "it is empty".to_owned() });
    }
    if depth(bytes) > MAX_DEPTH {
        return Err(InboundError::TooDeep { limit: MAX_DEPTH });
    }
    serde_json::from_slice(bytes).map_err(|error| InboundError::BrokenJson { problem: place(&error) })
}

/// Line and column of the fault, without the parser's own words: those quote the body.
fn place(error: &serde_json::Error) -> String {
    let fault = if error.is_eof() { "it ends too early" } else { "it has a fault" };
    format!("{fault} at line {} column {}", error.line(), error.column())
}

/// Deepest nesting of brackets outside of strings.
fn depth(bytes: &[u8]) -> usize {
    let (mut depth, mut deepest, mut in_string, mut escaped) = (0_usize, 0_usize, false, false);
    for &byte in bytes {
        if in_string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'{' | b'[' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use futures_util::stream;

    use super::*;

    #[tokio::test]
    async fn an_unannounced_body_is_cut_at_the_cap() {
        let chunk = Bytes::from(vec![b' '; MAX_BODY_BYTES / 2]);
        let fits = stream::iter([Ok(chunk.clone()), Ok(chunk.clone())]);
        assert_eq!(receive(fits, 0, MAX_BODY_BYTES).await.unwrap().len(), MAX_BODY_BYTES);
        let too_large = stream::iter([Ok(chunk.clone()), Ok(chunk), Ok(Bytes::from_static(b" "))]);
        assert!(matches!(
            receive(too_large, 0, MAX_BODY_BYTES).await,
            Err(InboundError::TooLarge { limit: MAX_BODY_BYTES })
        ));
    }

    #[tokio::test(start_paused = true)]
    async fn a_sender_that_stalls_is_not_waited_for() {
        assert!(matches!(receive(stream::pending(), 10, MAX_BODY_BYTES).await, Err(InboundError::SlowBody { .. })));
    }

    #[tokio::test]
    async fn a_body_that_breaks_off_is_no_body() {
        let broken = stream::iter([Ok(Bytes::from_static(b"{}")), Err(PayloadError::Incomplete(None))]);
        assert!(matches!(receive(broken, 0, MAX_BODY_BYTES).await, Err(InboundError::BrokenBody)));
    }

    #[test]
    fn json_is_read_and_the_last_duplicate_wins() {
        assert_eq!(parse(br#"{"a":1,"a":2}"#).unwrap(), serde_json::json!({"a": 2}));
        assert_eq!(parse(b"\xef\xbb\xbf{}").unwrap(), serde_json::json!({}));
    }

    #[test]
    fn what_is_no_json_is_refused_with_the_place_and_without_its_words() {
        let refusal = parse(b"{\"password\": secret}").unwrap_err().to_string();
        assert!(refusal.contains("line 1 column 14"), "{refusal}");
        assert!(!refusal.contains("secret"), "{refusal}");
        assert!(parse(b"{\"a\":").unwrap_err().to_string().contains("ends too early"));
        assert!(parse(b" \r\n").unwrap_err().to_string().contains("empty"));
        assert!(parse(b"{} {}").is_err());
        assert!(parse(b"\"\xff\"").is_err());
    }

    #[test]
    fn depth_is_bounded_before_the_parser_sees_it() {
        let nested = |levels: usize| [b"[".repeat(levels), b"]".repeat(levels)].concat();
        assert!(parse(&nested(MAX_DEPTH)).is_ok());
        assert!(matches!(parse(&nested(MAX_DEPTH + 1)), Err(InboundError::TooDeep { limit: MAX_DEPTH })));
        assert!(matches!(parse(&b"[".repeat(100_000)), Err(InboundError::TooDeep { .. })));
    }

    #[test]
    fn brackets_in_strings_are_no_depth() {
        let text = format!(r#"{{"a":"\"{}"}}"#, "[".repeat(100));
        assert!(parse(text.as_bytes()).is_ok());
    }
}
