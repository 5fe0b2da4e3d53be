//! Who may call a connection: bearer tokens in every form, from every source, at every time of their life.

use serde_json::{Value, json};

use crate::support::idp::okta_user;
use crate::support::{Answer, TOKEN, World, bridge, eventually};

const SECOND: &str = "second-token:with:colons=";
const HASHED: &str = "hashed-token-0123456789abcdef";
/// `printf %s hashed-token-0123456789abcdef | sha256sum`
const HASH: &str = "d3af0778a1fb6ddef0b9b43dbd80f29d1b737ba942f1aca95368cb42eb5d9703";
const FROM_ENVIRONMENT: &str = "environment-token-0123456789";
const FROM_FILE: &str = "file-token-0123456789abcdef";
const EXPIRED: &str = "expired-token-0123456789abcdef";

/// `GET path` with this `Authorization` header, or with none.
async fn asks(world: &World, path: &str, authorization: Option<&str>) -> Answer {
    let idp = world.idp_with(None);
    let mut request = idp.request("GET", path);
    if let Some(authorization) = authorization {
        request = request.header("authorization", authorization);
    }
    idp.send(format!("GET {path} with {authorization:?}"), request).await
}

async fn bears(world: &World, token: &str) -> Answer {
    asks(world, "/Users?count=1", Some(&format!("Bearer {token}"))).await
}

fn tokens() -> Value {
    json!({ "tokens": [
        { "name": "test", "secret": TOKEN },
        { "name": "second", "secret": SECOND },
        { "name": "hashed", "sha256": HASH },
        { "name": "environment", "secret": "env:BRIDGE_TOKEN" },
        { "name": "file", "secret": "file:token.txt" },
        { "name": "expired", "secret": EXPIRED, "expires": "2020-01-31" },
        { "name": "lasting", "secret": "lasting-token-0123456789", "expires": "2999-12-31" },
    ] })
}

async fn with_all_tokens() -> World {
    bridge()
        .connection("inbound", tokens())
        .environment("BRIDGE_TOKEN", FROM_ENVIRONMENT)
        .file("token.txt", &format!("{FROM_FILE}\n"))
        .start()
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_token_of_a_connection_opens_it_and_nothing_else_does() {
    let world = with_all_tokens().await;
    for token in [TOKEN, SECOND, HASHED, FROM_ENVIRONMENT, FROM_FILE, "lasting-token-0123456789"] {
        bears(&world, token).await.is(200);
    }
    for scheme in ["bearer", "BEARER", "BeArEr"] {
        asks(&world, "/Users", Some(&format!("{scheme} {SECOND}"))).await.is(200);
    }
    asks(&world, "/Users", Some(&format!("Bearer   {TOKEN}  "))).await.is(200);

    let nearly = [
        TOKEN.to_uppercase(),
        TOKEN[1..].to_owned(),
        format!("{TOKEN}x"),
        format!("{TOKEN},{SECOND}"),
        HASH.to_owned(),
    ];
    for token in
        nearly.iter().map(String::as_str).chain(["wrong", "env:BRIDGE_TOKEN", "file:token.txt", "null", "undefined"])
    {
        let refused = bears(&world, token).await.is_error(401, "");
        assert_eq!(refused.header("www-authenticate"), Some("Bearer realm=\"scim-bridge\", error=\"invalid_token\""));
        assert!(!refused.text.contains(token), "a token is never quoted: {}", refused.text);
    }
    for header in
        [None, Some(""), Some("Bearer"), Some("Bearer "), Some(TOKEN), Some("Basic dGVzdDp0ZXN0"), Some("non-token")]
    {
        let refused = asks(&world, "/Users", header).await.is_error(401, "");
        assert_eq!(refused.header("www-authenticate"), Some("Bearer realm=\"scim-bridge\""), "{header:?}");
    }
    asks(&world, &format!("/Users?access_token={TOKEN}"), None).await.is_error(401, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_token_is_refused_by_its_name() {
    let world = with_all_tokens().await;
    let refused = bears(&world, EXPIRED).await.is_error(401, "").says("`expired` expired at 2020-01-31T23:59:59");
    assert!(refused.header("www-authenticate").is_some_and(|challenge| challenge.contains("invalid_token")));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_happens_without_a_token_whatever_is_asked() {
    let world = with_all_tokens().await;
    let nobody = world.idp_with(None);
    let id = world.idp().okta_creates("mara@example.com").await.id();
    nobody.post("/Users", okta_user("b@example.com")).await.is_error(401, "");
    nobody.delete(&format!("/Users/{id}")).await.is_error(401, "");
    nobody.okta_sets_active(&id, false).await.is_error(401, "");
    nobody.get(&format!("/Users/{id}")).await.is_error(401, "");
    nobody.get("/Users/no-such-id").await.is_error(401, "");
    nobody.patch("/Users", json!({})).await.is_error(401, "");
    for path in ["/Schemas", "/ResourceTypes", "/Me", "/Bulk", "/Groups"] {
        nobody.get(path).await.is_error(401, "");
    }
    nobody.get("/ServiceProviderConfig").await.is(200);
    assert_eq!(world.idp().get("/Users").await.is(200).body["totalResults"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_without_the_word_bearer_is_for_those_who_need_it() {
    let inbound = |raw: Option<bool>| {
        let mut inbound = json!({ "tokens": [{ "name": "test", "secret": TOKEN }] });
        if let Some(raw) = raw {
            inbound["raw_token"] = json!(raw);
        }
        inbound
    };
    for (profile, raw, accepted) in [
        ("generic", None, false),
        ("entra", None, false),
        ("okta", None, true),
        ("generic", Some(true), true),
        ("okta", Some(false), false),
    ] {
        let world = bridge().connection("profile", profile).connection("inbound", inbound(raw)).start().await;
        let status = if accepted { 200 } else { 401 };
        assert_eq!(asks(&world, "/Users", Some(TOKEN)).await.status, status, "{profile} {raw:?}");
        bears(&world, TOKEN).await.is(200);
        asks(&world, "/Users", Some("non-token")).await.is_error(401, "");
        asks(&world, "/Users", Some("")).await.is_error(401, "");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_opens_its_own_connection_only_and_names_cannot_be_searched_for() {
    const OTHER: &str = "other-token-0123456789abcdef";
    let world = bridge()
        .another("second", &json!({ "inbound": { "tokens": [{ "name": "other", "secret": OTHER }] } }))
        .start()
        .await;
    world.idp_of("second", OTHER).get("/Users").await.is(200);
    let foreign = world.idp_of("second", TOKEN).get("/Users").await.is_error(401, "");
    let nowhere = world.idp_of("third", TOKEN).get("/Users").await.is_error(401, "");
    assert_eq!(
        (&foreign.body, foreign.header("www-authenticate")),
        (&nowhere.body, nowhere.header("www-authenticate"))
    );
    world.idp_with(Some(OTHER)).get("/Users").await.is_error(401, "");
    let hidden = |name: &str| format!("/scim/v2/{name}/ServiceProviderConfig");
    world.root(&hidden("support")).await.is(200);
    world.root(&hidden("third")).await.is_error(401, "");
}

/// Standard output of `scim-bridge token …`, when it succeeds.
fn token(world: &World, arguments: &[&str]) -> String {
    let all: Vec<&str> = ["token"].into_iter().chain(arguments.iter().copied()).collect();
    let output = world.run(&[&all[..], &["--connection", "support", "--config", "bridge.yaml"]].concat());
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).expect("text").trim().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_are_made_and_revoked_while_the_bridge_runs() {
    let world = bridge().start().await;
    let (one, two) = (token(&world, &["new", "okta-2026"]), token(&world, &["new", "okta-2027"]));
    assert_ne!(one, two);
    for made in [&one, &two] {
        eventually("the new token is accepted", || async { (bears(&world, made).await.status == 200).then_some(()) })
            .await;
    }
    token(&world, &["revoke", "okta-2026"]);
    eventually("the revoked token is refused", || async { (bears(&world, &one).await.status == 401).then_some(()) })
        .await;
    bears(&world, &one).await.is_error(401, "").says("not valid");
    bears(&world, &two).await.is(200);
    bears(&world, TOKEN).await.is(200);
    // Only the hash is kept.
    let list = token(&world, &["list", "--json"]);
    assert!(list.contains("okta-2027") && !list.contains("okta-2026"), "{list}");
    for file in std::fs::read_dir(world.folder()).unwrap().flatten() {
        let bytes = std::fs::read(file.path()).unwrap();
        let holds = |token: &str| bytes.windows(token.len()).any(|window| window == token.as_bytes());
        assert!(!holds(&one) && !holds(&two), "{} holds a token", file.path().display());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_made_with_an_end_ends() {
    let world = bridge().start().await;
    #[expect(clippy::disallowed_methods, reason = "the token must end while the test runs")]
    let end = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(3);
    let made = token(&world, &["new", "short", "--expires", &end.to_string()]);
    eventually("the token expires", || async {
        bears(&world, &made).await.detail().contains("`short` expired").then_some(())
    })
    .await;
    bears(&world, &made).await.is_error(401, "");
    let late = world.run(&[
        "token",
        "new",
        "late",
        "--expires",
        "2020-01-31",
        "--connection",
        "support",
        "--config",
        "bridge.yaml",
    ]);
    assert!(!late.status.success(), "a token that has ended already is not made");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_in_a_file_is_read_again_when_the_file_changes() {
    let world = with_all_tokens().await;
    bears(&world, FROM_FILE).await.is(200);
    std::fs::write(world.folder().join("token.txt"), "another-token-in-the-same-file").unwrap();
    eventually("the new token is accepted", || async {
        (bears(&world, "another-token-in-the-same-file").await.status == 200).then_some(())
    })
    .await;
    bears(&world, FROM_FILE).await.is_error(401, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_credential_has_a_pace_of_its_own() {
    let inbound = json!({
        "tokens": [{ "name": "test", "secret": TOKEN }, { "name": "second", "secret": SECOND }],
        "rate": { "per_second": 1, "burst": 3 }
    });
    let world = bridge().connection("inbound", inbound).start().await;
    let asked = futures_util::future::join_all((0..30).map(|_| bears(&world, TOKEN))).await;
    let refused: Vec<Answer> = asked.into_iter().filter(|answer| answer.status != 200).collect();
    assert!(refused.len() >= 15, "{} of 30 requests were refused", refused.len());
    for refused in refused {
        let refused = refused.is_error(429, "").says("`test`");
        let seconds: u64 = refused.header("retry-after").unwrap().parse().expect("whole seconds");
        assert!((1..=31).contains(&seconds), "{seconds}");
    }
    bears(&world, SECOND).await.is(200);
    // A wrong token has no pace; it is refused for what it is.
    bears(&world, "wrong").await.is_error(401, "");
    eventually("the pace allows another", || async { (bears(&world, TOKEN).await.status == 200).then_some(()) }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_ever_logged() {
    let world = bridge()
        .connection("inbound", tokens())
        .environment("BRIDGE_TOKEN", FROM_ENVIRONMENT)
        .environment("RUST_LOG", "trace")
        .file("token.txt", FROM_FILE)
        .setting("send_password", true)
        .start()
        .await;
    for token in [TOKEN, SECOND, HASHED, FROM_ENVIRONMENT, FROM_FILE, EXPIRED, "wrong-token-that-somebody-tried"] {
        bears(&world, token).await;
    }
    asks(&world, "/Users", Some("raw-token-that-somebody-tried")).await.is_error(401, "");
    let mut mara = okta_user("mara@example.com");
    mara["password"] = json!("Initial-Secret-99!");
    let id = world.idp().post("/Users", mara).await.is(201).id();
    world
        .idp()
        .operations(&id, json!([{ "op": "replace", "path": "password", "value": "Changed-Secret-99!" }]))
        .await
        .is(200);
    let broken = world
        .idp()
        .request("POST", "/Users")
        .header("content-type", "application/json")
        .body("{\"password\":\"Broken-Secret-99!\"");
    world.idp().send("POST broken".to_owned(), broken).await.is_error(400, "invalidSyntax");
    let made = token(&world, &["new", "fresh"]);
    eventually("the new token is accepted", || async { (bears(&world, &made).await.status == 200).then_some(()) })
        .await;

    let log = world.bridge.log().join("\n");
    assert!(log.contains("/Users answered 201") && log.contains("\"TRACE\""), "everything is logged that can be");
    let secrets = [
        TOKEN,
        SECOND,
        HASHED,
        FROM_ENVIRONMENT,
        FROM_FILE,
        EXPIRED,
        &made,
        "wrong-token-that-somebody-tried",
        "raw-token-that-somebody-tried",
        "Initial-Secret-99!",
        "Changed-Secret-99!",
        "Broken-Secret-99!",
        scim_bridge::simulator::iadvize::SERVICE_PASSWORD,
    ];
    for secret in secrets {
        let line = log.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "a secret is in the log");
    }
}
