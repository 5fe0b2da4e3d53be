//! A 3.x server: other addresses and HTTP Digest.

use std::time::Duration;

use md5::{Digest as _, Md5};
use scim_bridge::simulator::brightpattern::SERVICE_PASSWORD;

use super::*;

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}

/// A second implementation: the header that answers a challenge.
fn respond(challenge: &str, method: &str, uri: &str, password: &str, count: u32) -> String {
    let part = |name: &str| {
        let at = challenge.find(&format!("{name}=\"")).expect("a parameter") + name.len() + 2;
        challenge[at..].split('"').next().expect("a value").to_owned()
    };
    let is_sha = challenge.contains("algorithm=SHA-256");
    let hash = |text: String| if is_sha { hex(&sha2::Sha256::digest(text)) } else { hex(&Md5::digest(text)) };
    let (realm, nonce) = (part("realm"), part("nonce"));
    let user = hash(format!("{SERVICE_LOGIN}:{realm}:{password}"));
    let asked = hash(format!("{method}:{uri}"));
    let algorithm = if is_sha { "SHA-256" } else { "MD5" };
    let head = format!(
        r#"Digest username="{SERVICE_LOGIN}", realm="{realm}", nonce="{nonce}", uri="{uri}", algorithm={algorithm}"#
    );
    if challenge.contains("qop=") {
        let response = hash(format!("{user}:{nonce}:{count:08x}:c:auth:{asked}"));
        format!(r#"{head}, qop=auth, nc={count:08x}, cnonce="c", response="{response}""#)
    } else {
        format!(r#"{head}, response="{}""#, hash(format!("{user}:{nonce}:{asked}")))
    }
}

fn path(rest: &str) -> String {
    format!("/admin/ws/t/{TENANT}/{rest}")
}

async fn challenge(sim: &Sim) -> String {
    let asked = read(sim.request(Method::GET, &path("phone/user"))).await.is(401);
    asked.header("www-authenticate").expect("a challenge").to_owned()
}

/// One call with a fresh challenge.
async fn call(sim: &Sim, method: Method, rest: &str, body: Option<Value>) -> Answer {
    let header = respond(&challenge(sim).await, method.as_str(), &path(rest), SERVICE_PASSWORD, 1);
    let request = sim.request(method, &path(rest)).header("authorization", header);
    read(match body {
        Some(body) => request.json(&body),
        None => request,
    })
    .await
}

#[tokio::test]
async fn every_form_of_digest_opens_the_old_addresses() {
    let sim = Sim::with_knobs(json!({ "server": "3" })).await;
    for knobs in
        [json!({}), json!({ "digest_algorithm": "SHA-256" }), json!({ "digest_algorithm": "MD5", "digest_qop": false })]
    {
        sim.knobs(&knobs);
        let list = call(&sim, Method::GET, "phone/user", None).await.is(200);
        assert_eq!(list.json[0]["login_id"], "admin", "{knobs}");
    }
}

#[tokio::test]
async fn bad_digests_are_refused_with_another_challenge() {
    let sim = Sim::with_knobs(json!({ "server": "3" })).await;
    let uri = path("phone/user");
    let get = |header: String| read(sim.request(Method::GET, &uri).header("authorization", header));
    let first = challenge(&sim).await;
    let right = respond(&first, "GET", &uri, SERVICE_PASSWORD, 1);
    get(right.clone()).await.is(200);
    let replayed = get(right.clone()).await.is(401);
    assert!(!replayed.header("www-authenticate").expect("a challenge").contains("stale"), "{replayed:?}");
    get(respond(&first, "GET", &uri, SERVICE_PASSWORD, 2)).await.is(200);
    get(respond(&first, "GET", &uri, "wrong", 3)).await.is(401);
    get(respond(&first, "PUT", &uri, SERVICE_PASSWORD, 3)).await.is(401);
    get(respond(&first, "GET", &path("user/admin"), SERVICE_PASSWORD, 3)).await.is(401);
    get(format!("Bearer {}", sim.token)).await.is(401);
    sim.running.control().advance(Duration::from_secs(301));
    let stale = get(respond(&first, "GET", &uri, SERVICE_PASSWORD, 3)).await.is(401);
    let second = stale.header("www-authenticate").expect("a challenge").to_owned();
    assert!(second.contains("stale=true"), "{second}");
    get(respond(&second, "GET", &uri, SERVICE_PASSWORD, 1)).await.is(200);
    sim.act("lock", &json!({ "loginId": SERVICE_LOGIN, "locked": true }));
    get(respond(&second, "GET", &uri, SERVICE_PASSWORD, 2)).await.is(401);
}

#[tokio::test]
async fn an_old_server_has_its_own_addresses_and_changes_less() {
    let sim = Sim::with_knobs(json!({ "server": "3" })).await;
    call(&sim, Method::POST, "user", Some(bo())).await.done();
    call(
        &sim,
        Method::PUT,
        "user/bo.ek",
        Some(json!({ "team": "Sales", "changePassword": true, "disabled": true, "skills": { "German": 5 } })),
    )
    .await
    .done();
    let user = call(&sim, Method::GET, "user/bo.ek", None).await.is(200).json;
    assert_eq!((&user["team"], &user["changePassword"]), (&json!("Customer Service"), &json!(false)));
    assert_eq!((&user["disabled"], &user["skills"]), (&json!(true), &json!({ "German": 5 })));
    call(&sim, Method::GET, "user/lock/bo.ek", None).await.says(200, r#"{"lockedOut":false}"#);
    call(&sim, Method::DELETE, "user/bo.ek", None).await.is(405);
    call(&sim, Method::GET, "team", None).await.is(404);
    sim.get("team").await.is(404);
    sim.ask_token(SERVICE_LOGIN, API_SECRET).await.is(404);
    read(sim.request(Method::GET, "/admin/ws/t/other.example.com/phone/user")).await.is(404);
}
