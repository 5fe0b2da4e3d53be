use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::*;
use crate::mapping::model::Method;
use crate::mapping::wire::{Body, HttpRequest};

/// What a test server does with a connection.
#[derive(Clone)]
enum Does {
    /// Reads the request, then writes this and closes.
    Answers(Vec<u8>),
    /// Closes before it has read anything.
    ClosesAtOnce,
    /// Reads the request, then closes.
    ReadsAndCloses,
    /// Reads the request and never answers.
    Waits,
}

struct Server {
    base: String,
    requests: Arc<std::sync::Mutex<Vec<String>>>,
    connections: Arc<AtomicU32>,
}

/// A server that does the same with every connection.
async fn server(does: Does) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let server = Server { base, requests: Arc::default(), connections: Arc::default() };
    let (requests, connections) = (Arc::clone(&server.requests), Arc::clone(&server.connections));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            connections.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(serve(stream, does.clone(), Arc::clone(&requests)));
        }
    });
    server
}

async fn serve(mut stream: TcpStream, does: Does, requests: Arc<std::sync::Mutex<Vec<String>>>) {
    if matches!(does, Does::ClosesAtOnce) {
        return;
    }
    while let Some(request) = read_request(&mut stream).await {
        requests.lock().unwrap().push(request);
        match &does {
            Does::Answers(bytes) => {
                if stream.write_all(bytes).await.is_err() || !bytes.starts_with(b"HTTP/1.1 200 OK\r\nkeep") {
                    return;
                }
            }
            Does::Waits => std::future::pending().await,
            Does::ClosesAtOnce | Does::ReadsAndCloses => return,
        }
    }
}

/// Head and body as text; `None` at the end of the connection.
async fn read_request(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        let mut chunk = [0; 4096];
        let read = stream.read(&mut chunk).await.ok().filter(|read| *read > 0)?;
        bytes.extend_from_slice(&chunk[..read]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length =
            head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
        if body.len() >= length.unwrap_or(0) {
            return Some(text);
        }
    }
}

fn answers(status: &str, headers: &str, body: &str) -> Does {
    let text = format!("HTTP/1.1 {status}\r\n{headers}content-length: {}\r\n\r\n{body}", body.len());
    Does::Answers(text.into_bytes())
}

fn request(base: &str, path: &str) -> HttpRequest {
    HttpRequest {
        method: Method::Post,
        url: format!("{base}{path}"),
        headers: vec![("accept".to_owned(), "application/json".to_owned())],
        body: Body::Json(json!({ "name": "Ada" })),
    }
}

async fn post(base: &str) -> Result<HttpAnswer, SendError> {
    send(base, &request(base, "/users"), Duration::from_secs(5)).await
}

fn sender(base: &str, timeout: Duration) -> Sender {
    Sender::new(&Origins::of(std::iter::once(base)).unwrap(), timeout, 4).unwrap()
}

async fn send(base: &str, request: &HttpRequest, timeout: Duration) -> Result<HttpAnswer, SendError> {
    let sender = sender(base, timeout);
    let credential = Credential::new("authorization", "Bearer hidden".into());
    sender.send(&Prepared::new(request)?, Some(&credential)).await
}

fn is_lost(result: &Result<HttpAnswer, SendError>) -> bool {
    matches!(result, Err(SendError::Lost { .. }))
}

#[tokio::test]
async fn a_request_arrives_whole_and_its_answer_comes_back() {
    let server =
        server(answers("201 Created", "Content-Type: application/json\r\nX-Thing: 1\r\n", r#"{"id":7}"#)).await;
    let answer = post(&server.base).await.unwrap();
    assert_eq!(answer.status, 201);
    assert_eq!(answer.json, Some(json!({ "id": 7 })));
    assert!(answer.headers.contains(&("x-thing".to_owned(), "1".to_owned())));
    let sent = server.requests.lock().unwrap()[0].to_ascii_lowercase();
    assert!(sent.starts_with("post /users http/1.1\r\n"), "{sent}");
    for line in [
        "content-type: application/json",
        "authorization: bearer hidden",
        "user-agent: scim-bridge/",
        "accept-encoding: gzip",
    ] {
        assert!(sent.contains(line), "{line} in {sent}");
    }
    assert!(sent.ends_with(r#"{"name":"ada"}"#), "{sent}");
}

#[tokio::test]
async fn keys_go_into_every_header_and_behind_the_query_and_no_message_shows_them() {
    let server = server(answers("200 OK", "Content-Type: application/json\r\n", "{}")).await;
    let credential = Credential {
        headers: vec![("x-app".to_owned(), "hidden1".into()), ("x-key".to_owned(), "hidden2".into())],
        query: vec![("token".to_owned(), "a&b=hidden3".into())],
    };
    let prepared = Prepared::new(&request(&server.base, "/users?page=2")).unwrap();
    sender(&server.base, Duration::from_secs(5)).send(&prepared, Some(&credential)).await.unwrap();
    let sent = server.requests.lock().unwrap()[0].to_ascii_lowercase();
    assert!(sent.starts_with("post /users?page=2&token=a%26b%3dhidden3 http/1.1\r\n"), "{sent}");
    assert!(sent.contains("x-app: hidden1") && sent.contains("x-key: hidden2"), "{sent}");
    assert!(!format!("{credential:?} {prepared:?}").contains("hidden"));
    let nowhere = format!("http://127.0.0.1:{}", unused_port());
    let prepared = Prepared::new(&request(&nowhere, "/users")).unwrap();
    let failed = sender(&nowhere, Duration::from_secs(5)).send(&prepared, Some(&credential)).await.unwrap_err();
    assert!(!format!("{failed} {failed:?}").contains("hidden"), "{failed}");
}

/// A port on which nobody listens.
fn unused_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[tokio::test]
async fn an_answer_that_is_not_json_is_text() {
    let server = server(answers("200 OK", "", "OK")).await;
    let answer = post(&server.base).await.unwrap();
    assert_eq!((answer.text.as_str(), answer.json), ("OK", None));
}

#[tokio::test]
async fn a_form_is_encoded() {
    let server = server(answers("200 OK", "", "OK")).await;
    let body = Body::Form(vec![("a b".to_owned(), "ü&=".to_owned())]);
    let request = HttpRequest { body, ..request(&server.base, "/form") };
    send(&server.base, &request, Duration::from_secs(5)).await.unwrap();
    let sent = server.requests.lock().unwrap()[0].clone();
    assert!(sent.contains("content-type: application/x-www-form-urlencoded"), "{sent}");
    assert!(sent.ends_with("a+b=%C3%BC%26%3D"), "{sent}");
}

#[tokio::test]
async fn connections_are_kept() {
    let server = server(Does::Answers(b"HTTP/1.1 200 OK\r\nkeep: 1\r\ncontent-length: 2\r\n\r\nOK".to_vec())).await;
    let sender = sender(&server.base, Duration::from_secs(5));
    for _ in 0..5 {
        sender.send(&Prepared::new(&request(&server.base, "/")).unwrap(), None).await.unwrap();
    }
    assert_eq!(server.connections.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_refused_connection_was_certainly_not_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = post(&base).await.unwrap_err();
    assert!(matches!(error, SendError::NotSent { .. }), "{error:?}");
    assert!(error.to_string().starts_with("127.0.0.1:"), "{error}");
}

#[tokio::test]
async fn a_cut_connection_is_lost_whether_or_not_the_request_was_read() {
    for does in [Does::ClosesAtOnce, Does::ReadsAndCloses] {
        let server = server(does).await;
        let result = post(&server.base).await;
        assert!(is_lost(&result), "{result:?}");
    }
}

#[tokio::test]
async fn a_slow_answer_is_lost() {
    let server = server(Does::Waits).await;
    let result = send(&server.base, &request(&server.base, "/"), Duration::from_millis(100)).await;
    assert!(is_lost(&result), "{result:?}");
    assert!(result.unwrap_err().to_string().ends_with("did not answer: no answer in time"));
}

#[tokio::test]
async fn garbage_instead_of_http_is_lost() {
    let server = server(Does::Answers(b"\x16\x03\x01 what is this\r\n\r\n".to_vec())).await;
    let result = post(&server.base).await;
    assert!(is_lost(&result), "{result:?}");
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_useless_and_keeps_its_status() {
    let server = server(Does::Answers(b"HTTP/1.1 201 Created\r\ncontent-length: 100\r\n\r\n{\"id\":".to_vec())).await;
    let result = post(&server.base).await;
    assert!(matches!(result, Err(SendError::Useless { status: 201, .. })), "{result:?}");
}

#[tokio::test]
async fn a_huge_answer_is_not_read_to_its_end() {
    let mut bytes = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", MOST_ANSWER_BYTES * 4).into_bytes();
    bytes.resize(bytes.len() + MOST_ANSWER_BYTES * 4, b'x');
    let server = server(Does::Answers(bytes)).await;
    let result = post(&server.base).await;
    assert!(
        matches!(&result, Err(SendError::Useless { status: 200, problem, .. }) if problem.contains("longer")),
        "{result:?}"
    );
}

#[tokio::test]
async fn a_redirect_elsewhere_is_not_followed() {
    let elsewhere = server(answers("200 OK", "", "stolen")).await;
    for status in ["302 Found", "307 Temporary Redirect"] {
        let location = format!("location: {}/users\r\n", elsewhere.base);
        let server = server(answers(status, &location, "")).await;
        let result = post(&server.base).await;
        assert!(
            matches!(&result, Err(SendError::Useless { problem, .. }) if problem.contains("redirects to")),
            "{result:?}"
        );
    }
    assert!(elsewhere.requests.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_redirect_on_the_same_host_keeps_the_method_or_is_not_followed() {
    let server = server(answers("308 Permanent Redirect", "location: /moved\r\n", "")).await;
    let result = post(&server.base).await;
    assert!(is_lost(&result), "a circle ends: {result:?}");
    let seen = server.requests.lock().unwrap().len();
    assert_eq!(seen, MOST_REDIRECTS + 1);
    assert!(server.requests.lock().unwrap()[1].starts_with("POST /moved "));

    let server = self::server(answers("303 See Other", "location: /done\r\n", "")).await;
    let result = post(&server.base).await;
    assert!(matches!(result, Err(SendError::Useless { status: 303, .. })), "{result:?}");
    assert_eq!(server.requests.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_call_to_another_host_is_not_sent() {
    let (server, other) = (server(Does::Waits).await, server(Does::Waits).await);
    let result = send(&server.base, &request(&other.base, "/"), Duration::from_secs(1)).await;
    assert!(matches!(result, Err(SendError::NotAllowed(_))), "{result:?}");
    assert_eq!(other.connections.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_host_that_the_vendor_names_is_open_until_it_has_named_others_twice() {
    let server = server(answers("200 OK", "", "")).await;
    let origins = Origins::of(std::iter::once("https://api.example")).unwrap();
    let sender = Sender::new(&origins, Duration::from_secs(5), 4).unwrap();
    let call = Prepared::new(&request(&server.base, "/")).unwrap();
    let is_open = async || !matches!(sender.send(&call, None).await, Err(SendError::NotAllowed(_)));
    assert!(!is_open().await);
    origins.replace([server.base.as_str()].into_iter());
    assert!(is_open().await);
    origins.replace(["https://other.example"].into_iter());
    assert!(is_open().await, "calls to it may be on their way");
    origins.replace(["https://third.example"].into_iter());
    assert!(!is_open().await);
    origins.replace(["http://third.example"].into_iter());
    let plain = Prepared::new(&request("http://third.example", "/")).unwrap();
    assert!(matches!(sender.send(&plain, None).await, Err(SendError::NotAllowed(_))));
}

#[tokio::test]
async fn an_answer_that_is_longer_than_the_call_allows_is_broken_off() {
    let server = server(answers("200 OK", "", "0123456789")).await;
    let call = || Prepared::new(&request(&server.base, "/")).unwrap();
    let sender = sender(&server.base, Duration::from_secs(5));
    assert!(sender.send(&call().with_longest_answer(10), None).await.is_ok());
    let result = sender.send(&call().with_longest_answer(9), None).await;
    assert!(matches!(result, Err(SendError::Useless { status: 200, .. })), "{result:?}");
}

#[test]
fn plain_http_is_for_loopback_only() {
    let build = |base| Origins::of(std::iter::once(base));
    for base in ["http://localhost:1", "http://127.9.9.9:1", "http://[::1]:1", "https://api.example"] {
        assert!(build(base).is_ok(), "{base}");
    }
    for base in
        ["http://api.example", "http://10.0.0.1", "http://localhost.example", "ftp://localhost", "api.example", ""]
    {
        assert!(build(base).is_err(), "{base}");
    }
}

#[test]
fn credentials_hide_in_debug_output() {
    let credential = Credential::new("authorization", "Bearer hidden".into());
    assert!(!format!("{credential:?}").contains("hidden"));
}

#[test]
fn a_header_with_a_line_break_is_refused() {
    let mut bad = request("https://api.example", "/");
    bad.headers.push(("x-a".to_owned(), "1\r\nx-b: 2".to_owned()));
    assert!(matches!(Prepared::new(&bad), Err(SendError::NotAllowed(_))));
}

#[test]
fn what_a_vendor_quotes_of_a_credential_is_hidden() {
    let text = r#"{"error":{"message":"the token sesame-1234== has ended, Bearer of 7"}}"#;
    let answer =
        HttpAnswer { status: 401, headers: Vec::new(), text: text.to_owned(), json: serde_json::from_str(text).ok() };
    let hidden = Credential::new("authorization", "Bearer sesame-1234==".into()).hide_in(&answer).unwrap();
    assert_eq!(hidden.json, Some(json!({ "error": { "message": "the token ***== has ended, Bearer of 7" } })));
    assert!(!hidden.text.contains("sesame"));
    assert_eq!(Credential::new("cookie", "sid=other-value".into()).hide_in(&answer), None);
}
