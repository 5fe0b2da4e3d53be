use proptest::prelude::*;
use tokio::io::AsyncReadExt as _;

use super::*;

/// What comes out when the input arrives in pieces of `size` bytes.
async fn passed(input: &[u8], size: usize) -> Vec<u8> {
    let mut mock = tokio_chunks(input, size);
    let mut output = Vec::new();
    mock.read_to_end(&mut output).await.unwrap();
    output
}

fn tokio_chunks(input: &[u8], size: usize) -> RepairRequestLines<Pieces> {
    RepairRequestLines::new(Pieces { left: input.to_vec(), size })
}

struct Pieces {
    left: Vec<u8>,
    size: usize,
}

impl AsyncRead for Pieces {
    fn poll_read(mut self: Pin<&mut Self>, _: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let count = self.size.min(self.left.len()).min(buffer.remaining());
        buffer.put_slice(&self.left.drain(..count).collect::<Vec<_>>());
        Poll::Ready(Ok(()))
    }
}

async fn assert_passed(input: &str, expected: &str) {
    for size in [1, 2, 3, 7, 16, 61, 10_000] {
        let output = passed(input.as_bytes(), size).await;
        assert_eq!(String::from_utf8_lossy(&output), expected, "in pieces of {size}");
    }
}

#[tokio::test]
async fn quotes_in_the_query_are_escaped() {
    assert_passed(
        "GET /Users?filter=userName+eq+\"a\" HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /Users?filter=userName+eq+%22a%22 HTTP/1.1\r\nHost: x\r\n\r\n",
    )
    .await;
}

#[tokio::test]
async fn spaces_angles_hashes_and_other_scripts_are_escaped() {
    assert_passed(
        "GET /Users?filter=a eq \"<\u{e9}#>\" HTTP/1.1\n\n",
        "GET /Users?filter=a%20eq%20%22%3C%C3%A9%23%3E%22 HTTP/1.1\n\n",
    )
    .await;
}

#[tokio::test]
async fn every_request_of_a_connection_is_followed_and_bodies_stay() {
    let body = "{\"a\": \"GET /\\\"x\\\" HTTP/1.1\"}\n";
    let length = body.len();
    let input = format!(
        "POST /a HTTP/1.1\r\ncontent-LENGTH:  {length}\r\nX-Note: \"quoted\"\r\n\r\n{body}GET /?\"1\" HTTP/1.1\r\n\r\n\r\nGET /?\"2\" HTTP/1.1\r\n\r\n"
    );
    let expected = format!(
        "POST /a HTTP/1.1\r\ncontent-LENGTH:  {length}\r\nX-Note: \"quoted\"\r\n\r\n{body}GET /?%221%22 HTTP/1.1\r\n\r\n\r\nGET /?%222%22 HTTP/1.1\r\n\r\n"
    );
    assert_passed(&input, &expected).await;
}

#[tokio::test]
async fn what_cannot_be_followed_passes_untouched() {
    for input in [
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /?\"1\" HTTP/1.1\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxGET /?\"1\" HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nUpgrade: x\r\n\r\nGET /?\"1\" HTTP/1.1\r\n\r\n",
        "\u{16}\u{3}\u{1} \"tls\" HTTP/1.1\r\n",
        "GET /?\"unfinished\"",
        "GET /?\"no version\"\r\n\r\n",
    ] {
        assert_passed(input, input).await;
    }
}

#[tokio::test]
async fn an_endless_line_is_not_held_forever() {
    let input = format!("GET /?{}", "\"".repeat(MAX_LINE_BYTES * 2));
    let output = passed(input.as_bytes(), 1000).await;
    assert_eq!(output, input.as_bytes());
}

#[test]
fn a_clean_request_is_not_copied() {
    let mut follower = Follower::default();
    assert_eq!(follower.follow(b"GET /scim/v2/a/Users/1 HTTP/1.1\r\nHost: a\r\nCookie: \"x\"\r\n\r\n"), None);
    assert_eq!(follower.expecting, Expecting::Line);
}

#[tokio::test]
async fn a_length_that_is_too_far_away_to_see_ends_the_repairing() {
    let far =
        format!("POST / HTTP/1.1\r\nContent-Length:{}1234\r\n\r\n{{}}\nGET /?\"1\" HTTP/1.1\r\n\r\n", " ".repeat(112));
    assert_passed(&far, &far).await;
}

/// Bytes that look like requests more often than chance would have it.
fn traffic() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just("GET /?a=\"b\" HTTP/1.1\r\n".to_owned()),
        Just("POST /a b HTTP/1.1\n".to_owned()),
        Just("Content-Length: 3\r\n".to_owned()),
        Just("Transfer-Encoding: chunked\r\n".to_owned()),
        Just("Host: \"x\"\r\n".to_owned()),
        Just("\r\n".to_owned()),
        Just("{\"}".to_owned()),
        "\\PC{0,20}",
    ];
    proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat().into_bytes())
}

proptest! {
    #[test]
    fn the_pieces_in_which_bytes_arrive_make_no_difference(input in traffic(), size in 1_usize..40) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (pieces, whole) = runtime.block_on(async { (passed(&input, size).await, passed(&input, 10_000).await) });
        prop_assert_eq!(&pieces, &whole);
        // Only escapes are added.
        let unescaped = |bytes: &[u8]| percent_encoding::percent_decode(bytes).collect::<Vec<_>>();
        prop_assert_eq!(unescaped(&whole), unescaped(&input));
    }
}
