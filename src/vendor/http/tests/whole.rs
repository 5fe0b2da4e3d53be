//! The whole pipeline over real sockets, with a real mapping: signing in, calling, and a creation whose answer is lost.

use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::*;
use crate::mapping::bundle::Bundle;

#[derive(Debug, Default)]
struct Seen {
    sign_ins: AtomicU32,
    creations: AtomicU32,
    reads: AtomicU32,
}

/// Answers sign-ins and reads (the first read with a 401) and cuts the connection after it has taken a creation in.
async fn vendor_host() -> (String, Arc<Seen>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let seen = Arc::new(Seen::default());
    let counts = Arc::clone(&seen);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, Arc::clone(&counts)));
        }
    });
    (base, seen)
}

async fn serve(mut stream: TcpStream, seen: Arc<Seen>) {
    let mut bytes = vec![0; 8192];
    while let Ok(length) = stream.read(&mut bytes).await {
        let request = String::from_utf8_lossy(&bytes[..length]).into_owned();
        let (status, body) = if request.starts_with("POST /oauth2/token ") {
            let number = seen.sign_ins.fetch_add(1, Ordering::SeqCst) + 1;
            ("200 OK", json!({ "access_token": format!("t{number}"), "expires_in": "86400", "token_type": "bearer" }))
        } else if request.starts_with("GET /users/7 ") {
            assert!(request.contains("x-request-id: req-1"), "{request}");
            match seen.reads.fetch_add(1, Ordering::SeqCst) {
                1 => ("401 Unauthorized", json!({})),
                _ => ("200 OK", json!({ "id": 7, "email": "ada@example.com" })),
            }
        } else if request.starts_with("POST /users ") {
            seen.creations.fetch_add(1, Ordering::SeqCst);
            return;
        } else {
            return;
        };
        let body = body.to_string();
        let answer = format!(
            "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        if stream.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

fn bound(base: &str) -> Arc<Bound> {
    let mapping = json!({
        "version": 1,
        "vendor": { "name": "example", "title": "Example" },
        "secrets": { "username": { "description": "u" }, "password": { "description": "p" } },
        "api": {
            "base_url": base,
            "request_id_header": "X-Request-Id",
            "timeout_seconds": 5,
            "sign_in": {
                "scheme": "oauth2_password",
                "token_path": ["oauth2", "token"],
                "username": "$secrets.username",
                "password": "$secrets.password",
            },
            "answers": [{ "when": { "status": 401 }, "means": "unauthenticated" }],
        },
        "users": {
            "key": { "read": "id", "type": "integer" },
            "fields": { "email": { "from": "userName" } },
            "calls": {
                "create": { "method": "POST", "path": ["users"], "body": "$record", "user": "." },
                "read": { "method": "GET", "path": ["users", "$key"], "user": "." },
                "list": { "call": { "method": "GET", "path": ["users"] }, "items": "[*]" },
            },
        },
    });
    let file = serde_json::from_value::<crate::mapping::model::MappingFile>(mapping).unwrap();
    let bundle = Arc::new(Bundle { path: "mapping.yaml".into(), ..Bundle::default() });
    Arc::new(Bound::bind(Arc::new(file), bundle, &serde_json::Map::new()).unwrap())
}

fn options(secrets: &[(&str, &str)]) -> Options {
    Options {
        connection: connection(),
        limits: LimitsOverride::default(),
        secrets: secrets
            .iter()
            .map(|(name, value)| ((*name).to_owned(), SecretSource::Literal(SecretString::from(*value))))
            .collect(),
    }
}

const SECRETS: [(&str, &str); 2] = [("username", "bridge@example.com"), ("password", "hidden")];

#[tokio::test]
async fn a_call_signs_in_and_survives_a_revoked_token() {
    let (base, seen) = vendor_host().await;
    let vendor = HttpVendor::new(bound(&base), options(&SECRETS)).unwrap();
    assert_eq!(
        call(&vendor, CallName::Read).await.unwrap().answer.json.as_ref().map(|user| &user["id"]),
        Some(&Value::from(7))
    );
    assert_eq!(call(&vendor, CallName::Read).await.unwrap().attempts, 2);
    assert_eq!((seen.sign_ins.load(Ordering::SeqCst), seen.reads.load(Ordering::SeqCst)), (2, 3));
    assert_eq!(vendor.health(), Health::Reachable);
}

#[tokio::test]
async fn a_creation_whose_answer_is_lost_is_uncertain_and_made_once() {
    let (base, seen) = vendor_host().await;
    let vendor = HttpVendor::new(bound(&base), options(&SECRETS)).unwrap();
    let failure = call(&vendor, CallName::Create).await.unwrap_err();
    assert!(failure.uncertain, "{failure:?}");
    assert_eq!((failure.attempts, seen.creations.load(Ordering::SeqCst)), (1, 1));
}

#[test]
fn what_is_wrong_with_a_connection_is_told_before_anything_is_sent() {
    let build = |base: &str, secrets: &[(&str, &str)], limits: LimitsOverride| {
        HttpVendor::new(bound(base), Options { limits, ..options(secrets) }).unwrap_err().to_string()
    };
    let none = LimitsOverride::default();
    assert!(build("https://api.example", &SECRETS[..1], none).contains("the sign-in needs password"));
    assert!(build("https://api.example", &[("username", "x"), ("password", "")], none).contains("`password`"));
    let still = LimitsOverride { rate_per_second: Some(0.0), ..none };
    assert!(build("https://api.example", &SECRETS, still).starts_with("connection support: limits.rate_per_second"));
}
