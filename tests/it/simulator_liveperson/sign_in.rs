//! Hosts, OAuth 2.0, OAuth 1.0a, the Login Service, and what each caller may do.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use scim_bridge::simulator::liveperson::{
    ACCESS_TOKEN, ACCESS_TOKEN_SECRET, APP_KEY, APP_SECRET, SERVICE_LOGIN, SERVICE_PASSWORD,
};
use sha1::Sha1;

use super::*;

fn hosts(rest: &str) -> String {
    format!("/api/account/{ACCOUNT_ID}/service/{rest}")
}

#[tokio::test]
async fn the_domain_api_answers_bare_hosts_and_knows_the_case_of_names() {
    let sim = Sim::start().await;
    let here = sim.running.address.to_string();
    let get = |path: String| read(sim.request(Method::GET, &path));
    let all = get(hosts("baseURI.json?version=1.0")).await.is(200).json;
    let names: Vec<_> = all["baseURIs"].as_array().expect("a list").iter().map(|one| one["service"].clone()).collect();
    for service in ["accountConfigReadOnly", "accountConfigReadWrite", "agentVep", "sentinel"] {
        assert!(names.contains(&json!(service)), "{names:?}");
    }
    assert_eq!(get(format!("/csdr/account/{ACCOUNT_ID}/service/baseURI.json?version=1.0")).await.json, all);
    let one = get(hosts("sentinel/baseURI.json?version=1.0")).await.is(200).json;
    assert_eq!(one, json!({ "service": "sentinel", "account": ACCOUNT_ID, "baseURI": here }));
    get(hosts("Sentinel/baseURI.json?version=1.0")).await.is(400);
    get(hosts("sentinel/baseURI.json")).await.is(400);
    get("/api/account/other/service/sentinel/baseURI.json?version=1.0".to_owned()).await.is(401);
    get("/api/account/no-way/service/sentinel/baseURI.json?version=1.0".to_owned()).await.is(400);
    read(sim.request(Method::POST, &hosts("baseURI.json?version=1.0"))).await.is(405);

    sim.knobs(&json!({ "domain_single_shape": "list" }));
    let one = get(hosts("sentinel/baseURI.json?version=1.0")).await.is(200).json;
    assert_eq!(one["baseURIs"][0]["baseURI"], json!(here));
}

#[tokio::test]
async fn client_credentials_give_a_token_whose_life_is_a_text() {
    let sim = Sim::start().await;
    let answer = sim.ask_token(CLIENT_ID, CLIENT_SECRET).await.is(200);
    assert_eq!((&answer.json["token_type"], &answer.json["expires_in"]), (&json!("Bearer"), &json!("3600")));
    let token = answer.json["access_token"].as_str().expect("a token");
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).expect("three parts")).expect("base64url");
    let claims: Value = serde_json::from_slice(&claims).expect("JSON");
    assert_eq!((&claims["aud"], &claims["scope"]), (&json!(ACCOUNT_ID), &json!("users.external")));
    assert_eq!(claims["exp"].as_i64().zip(claims["iat"].as_i64()).map(|(exp, iat)| exp - iat), Some(3_600));
    assert!(read(sim.request(Method::GET, "/sentinel/well-known/jwks")).await.is(200).json["keys"].is_array());

    for (form, expected) in [("number", json!(60)), ("absent", Value::Null)] {
        sim.knobs(&json!({ "expires_in_type": form, "token_lifetime_seconds": 60 }));
        assert_eq!(sim.ask_token(CLIENT_ID, CLIENT_SECRET).await.is(200).json["expires_in"], expected);
    }
    sim.knobs(&json!({ "expires_in_type": "string" }));
    let short =
        sim.ask_token(CLIENT_ID, CLIENT_SECRET).await.json["access_token"].as_str().expect("a token").to_owned();
    let ask = || read(sim.request(Method::GET, &configuration("users")).bearer_auth(&short));
    ask().await.is(200);
    sim.running.control().advance(Duration::from_secs(61));
    ask().await.is(401);
    sim.get("users").await.is(200);
    sim.running.control().revoke_tokens();
    sim.get("users").await.is(401);
}

#[tokio::test]
async fn bad_token_requests_are_told_apart() {
    let sim = Sim::start().await;
    let form = |fields: &[(&str, &str)]| read(sim.request(Method::POST, &token_path()).form(fields));
    let (id, secret) = (("client_id", CLIENT_ID), ("client_secret", CLIENT_SECRET));
    let grant = ("grant_type", "client_credentials");
    let cases = [
        (form(&[id, ("client_secret", "wrong"), grant]).await, 401, "invalid_client"),
        (form(&[("client_id", "nobody"), secret, grant]).await, 401, "invalid_client"),
        (form(&[id, secret, ("grant_type", "password")]).await, 400, "unsupported_grant_type"),
        (form(&[id, secret]).await, 400, "invalid_request"),
        (form(&[secret, grant]).await, 400, "invalid_request"),
        (form(&[id, id, secret, grant]).await, 400, "invalid_request"),
        (form(&[id, secret, grant, ("scope", "everything")]).await, 400, "invalid_scope"),
        (
            read(sim.request(Method::POST, &token_path()).basic_auth(CLIENT_ID, Some(CLIENT_SECRET)).form(&[grant]))
                .await,
            400,
            "invalid_request",
        ),
        (
            read(sim.request(Method::POST, &token_path()).json(&json!({ "client_id": CLIENT_ID }))).await,
            400,
            "invalid_request",
        ),
    ];
    for (answer, status, error) in cases {
        assert_eq!((answer.status, &answer.json["error"]), (status, &json!(error)), "{answer:?}");
    }
    let elsewhere = "/sentinel/api/v2/account/other/app/token";
    read(sim.request(Method::POST, elsewhere).form(&[id, secret, grant])).await.is(401);
    sim.knobs(&json!({ "bad_client_status": 403 }));
    sim.ask_token(CLIENT_ID, "wrong").await.is(403);
}

#[tokio::test]
async fn a_token_of_the_first_generation_opens_nothing_here() {
    let sim = Sim::start().await;
    let form = [("client_id", CLIENT_ID), ("client_secret", CLIENT_SECRET), ("grant_type", "client_credentials")];
    let path = format!("/sentinel/api/account/{ACCOUNT_ID}/app/token?v=1.0");
    let old = read(sim.request(Method::POST, &path).form(&form)).await.is(200);
    let token = old.json["access_token"].as_str().expect("a token");
    read(sim.request(Method::GET, &configuration("users")).bearer_auth(token)).await.is(401);
}

#[tokio::test]
async fn scopes_open_users_and_a_knob_closes_everything_else() {
    let seed = json!({ "clients": [
        { "clientId": "reader", "clientSecret": "s", "scope": "users.read" },
        { "clientId": "writer", "clientSecret": "s", "scope": "users.read users.write" },
        { "clientId": "other", "clientSecret": "s", "scope": "messages" },
    ] });
    let mut sim = Sim::start_with(Options { seed: Some(seed.to_string()), ..Options::default() }).await;
    for (client, reads, creates) in [("reader", 200, 403), ("writer", 200, 201), ("other", 403, 403)] {
        sim.token = sim.ask_token(client, "s").await.is(200).json["access_token"].as_str().expect("a token").to_owned();
        sim.get("users").await.is(reads);
        sim.post("users", &li()).await.is(creates);
        sim.get("skills").await.is(200);
    }
    sim.knobs(&json!({ "oauth2_only_users": true }));
    sim.get("skills").await.is(403);
}

/// A second implementation of the signature, for one request.
fn signed(method: &str, url: &str, query: &[(&str, &str)], changes: &[(&str, &str)]) -> String {
    let encode = |text: &str| {
        let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~".contains(byte);
        text.bytes()
            .map(|byte| if plain(&byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
            .collect::<String>()
    };
    let seconds = jiff_now().to_string();
    let nonce = format!("{:x}", rand::random::<u64>());
    let mut header = vec![
        ("oauth_consumer_key", APP_KEY),
        ("oauth_token", ACCESS_TOKEN),
        ("oauth_signature_method", "HMAC-SHA1"),
        ("oauth_timestamp", &seconds),
        ("oauth_nonce", &nonce),
        ("oauth_version", "1.0"),
    ];
    for (name, value) in changes {
        header.retain(|(given, _)| given != name);
        header.push((name, value));
    }
    let mut pairs: Vec<String> =
        header.iter().chain(query).map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    pairs.sort();
    let base = format!("{method}&{}&{}", encode(url), encode(&pairs.join("&")));
    let key = format!("{APP_SECRET}&{ACCESS_TOKEN_SECRET}");
    let signature =
        Hmac::<Sha1>::new_from_slice(key.as_bytes()).expect("a key").chain_update(base).finalize().into_bytes();
    let signature = encode(&STANDARD.encode(signature));
    let list: Vec<String> = header.iter().map(|(name, value)| format!("{name}=\"{}\"", encode(value))).collect();
    format!("OAuth {}, oauth_signature=\"{signature}\"", list.join(", "))
}

fn jiff_now() -> u64 {
    #[expect(
        clippy::disallowed_methods,
        reason = "a signed request carries the time of the client, which is the machine's"
    )]
    let now = std::time::SystemTime::now();
    now.duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_secs()
}

#[tokio::test]
async fn a_signed_request_needs_no_login_and_signs_its_query() {
    let sim = Sim::start().await;
    let path = configuration("users");
    let url = format!("{}{path}", sim.running.url());
    let query = [("v", "6.0"), ("select", "$all")];
    let get = |header: String, query: &'static str| {
        read(sim.request(Method::GET, &format!("{path}?{query}")).header("authorization", header))
    };
    let answer = get(signed("GET", &url, &query, &[]), "v=6.0&select=%24all").await.is(200);
    assert!(answer.json[0]["email"].is_string());
    get(signed("GET", &url, &query, &[("oauth_nonce", "once")]), "v=6.0&select=$all").await.is(200);
    get(signed("GET", &url, &query, &[("oauth_nonce", "once")]), "v=6.0&select=$all").await.is(401);
    get(signed("GET", &url, &query, &[]), "v=6.0&select=id").await.is(401);
    get(signed("POST", &url, &query, &[]), "v=6.0&select=$all").await.is(401);
    let late = (jiff_now() - 400).to_string();
    for wrong in [
        ("oauth_timestamp", late.as_str()),
        ("oauth_consumer_key", "nobody"),
        ("oauth_token", "nothing"),
        ("oauth_signature_method", "PLAINTEXT"),
        ("oauth_version", "2.0"),
        ("oauth_nonce", ""),
    ] {
        let answer = get(signed("GET", &url, &query, &[wrong]), "v=6.0&select=$all").await;
        assert_eq!(answer.status, 401, "{wrong:?}: {answer:?}");
    }
    // the body is not signed
    let post = sim.request(Method::POST, &path).header("authorization", signed("POST", &url, &[], &[]));
    read(post.json(&li())).await.is(201);
}

#[tokio::test]
async fn a_key_opens_the_parts_it_was_made_for() {
    let seed = json!({ "keys": [{ "appKey": APP_KEY, "appSecret": APP_SECRET, "accessToken": ACCESS_TOKEN,
        "accessTokenSecret": ACCESS_TOKEN_SECRET, "permissions": ["users"] }] });
    let sim = Sim::start_with(Options { seed: Some(seed.to_string()), ..Options::default() }).await;
    for (part, status) in [("users", 200), ("skills", 403), ("agentGroups", 403)] {
        let path = configuration(part);
        let header = signed("GET", &format!("{}{path}", sim.running.url()), &[], &[]);
        read(sim.request(Method::GET, &path).header("authorization", header)).await.is(status);
    }
}

#[tokio::test]
async fn exactly_one_authorization_is_expected() {
    let sim = Sim::start().await;
    read(sim.request(Method::GET, &configuration("users"))).await.is(401);
    read(sim.to(Method::GET, "users").header("authorization", "Bearer x")).await.is(401);
    read(sim.request(Method::GET, &configuration("users")).basic_auth("a", Some("b"))).await.is(401);
    let answer = read(sim.request(Method::GET, &configuration("users")).bearer_auth("made.up.token")).await.is(401);
    assert_eq!(answer.json["error"]["responseStatus"], "UNAUTHORIZED");
    assert!(answer.json["error"]["time"].as_str().is_some_and(|time| time.ends_with('M')), "{answer:?}");
    let elsewhere = sim.request(Method::GET, "/api/account/other/configuration/le-users/users").bearer_auth(&sim.token);
    read(elsewhere).await.is(401);
}

async fn session(sim: &Sim, step: &str, cookie: Option<&str>, body: &Value) -> Answer {
    let request = sim.request(Method::POST, &format!("/api/account/{ACCOUNT_ID}/{step}?v=1.3")).json(body);
    read(match cookie {
        Some(cookie) => request.header("cookie", cookie),
        None => request,
    })
    .await
}

fn service() -> Value {
    json!({ "username": SERVICE_LOGIN, "password": SERVICE_PASSWORD })
}

#[tokio::test]
async fn a_session_is_opened_kept_and_closed() {
    let sim = Sim::start().await;
    let opened = session(&sim, "login", None, &service()).await.is(200);
    assert_eq!(opened.json["sessionTTl"], "28800000");
    assert_eq!(
        (&opened.json["config"]["loginName"], &opened.json["config"]["isAdmin"]),
        (&json!(SERVICE_LOGIN), &json!(true))
    );
    assert_eq!(opened.json["accountData"]["agentGroupsData"]["items"][0]["id"], -1);
    assert!(opened.json["csdsCollectionResponse"]["baseURIs"][0]["baseURI"].is_string());
    let cookie = opened.header("set-cookie").expect("a cookie").split(';').next().expect("a pair").to_owned();
    assert_eq!(cookie, format!("Session_id={}", opened.json["sessionId"].as_str().expect("an id")));
    let bearer = opened.json["bearer"].as_str().expect("a bearer").to_owned();
    let list = || read(sim.request(Method::GET, &configuration("users")).bearer_auth(&bearer));
    list().await.is(200);

    let csrf = json!({ "csrf": opened.json["csrf"] });
    sim.running.control().advance(Duration::from_secs(28_000));
    let refreshed = session(&sim, "refresh", Some(&cookie), &csrf).await.is(200);
    assert_eq!(refreshed.json, json!(""));
    sim.running.control().advance(Duration::from_secs(28_000));
    list().await.is(200);
    let wrong = session(&sim, "refresh", Some(&cookie), &json!({ "csrf": "wrong" })).await.is(401);
    assert_eq!(wrong.json["error"]["internalCode"], 10);
    assert!(wrong.message().starts_with("CSRF token invalid!"));
    session(&sim, "refresh", None, &csrf).await.is(401);
    session(&sim, "refresh", Some(&cookie), &json!({})).await.is(400);
    session(&sim, "logout", Some(&cookie), &csrf).await.is(200);
    list().await.is(401);
    session(&sim, "refresh", Some(&cookie), &csrf).await.is(401);

    sim.knobs(&json!({ "session_ttl_seconds": 60 }));
    let opened = session(&sim, "login", None, &service()).await.is(200);
    assert_eq!(opened.json["sessionTTl"], "60000");
    sim.running.control().advance(Duration::from_secs(61));
    let bearer = opened.json["bearer"].as_str().expect("a bearer");
    read(sim.request(Method::GET, &configuration("users")).bearer_auth(bearer)).await.is(401);
}

#[tokio::test]
async fn bad_logins_are_told_apart() {
    let sim = Sim::start().await;
    let cases = [
        (json!({ "username": SERVICE_LOGIN, "password": "wrong" }), 401),
        (json!({ "username": "nobody", "password": "x" }), 401),
        (json!({ "username": "dora.off@example.com", "password": "Simulated-Agent-2" }), 401),
        (json!({ "username": SERVICE_LOGIN }), 400),
        (json!({ "password": "x" }), 400),
        (json!([]), 400),
    ];
    for (body, status) in cases {
        let answer = session(&sim, "login", None, &body).await;
        assert_eq!(answer.status, status, "{body}: {answer:?}");
    }
    sim.knobs(&json!({ "login_blacklist": [SERVICE_LOGIN] }));
    session(&sim, "login", None, &service()).await.is(451);
    sim.knobs(&json!({ "login_blacklist": [], "local_login": false }));
    session(&sim, "login", None, &service()).await.is(401);
    sim.knobs(&json!({ "local_login": true, "login_limit_per_minute": 1, "login_retry_after": "seconds", "session_cookie": "session_id" }));
    let opened = session(&sim, "login", None, &service()).await.is(200);
    assert!(opened.header("set-cookie").is_some_and(|cookie| cookie.starts_with("session_id=")), "{opened:?}");
    let refused = session(&sim, "login", None, &service()).await.is(429);
    assert!(refused.header("retry-after").is_some_and(|wait| wait.parse::<u64>().is_ok()), "{refused:?}");
    sim.running.control().advance(Duration::from_secs(61));
    session(&sim, "login", None, &service()).await.is(200);
}

#[tokio::test]
async fn an_api_user_signs_in_with_the_keys_of_an_application() {
    let sim = Sim::start().await;
    let keys = |app: &str, secret: &str, token: &str, token_secret: &str| json!({ "username": "api.bridge", "appKey": app, "secret": secret, "accessToken": token, "accessTokenSecret": token_secret });
    let right = keys(APP_KEY, APP_SECRET, ACCESS_TOKEN, ACCESS_TOKEN_SECRET);
    session(&sim, "login", None, &right).await.is(200);
    session(&sim, "login", None, &keys(CLIENT_ID, CLIENT_SECRET, "dummy", "dummy")).await.is(200);
    session(&sim, "login", None, &keys(CLIENT_ID, "wrong", "dummy", "dummy")).await.is(401);
    session(&sim, "login", None, &keys(APP_KEY, APP_SECRET, ACCESS_TOKEN, "wrong")).await.is(401);
    session(&sim, "login", None, &with(right, json!({ "username": SERVICE_LOGIN }))).await.is(401);
}

#[tokio::test]
async fn a_session_has_the_rights_of_its_user_and_ends_with_the_password_or_the_account() {
    let mut sim = Sim::start().await;
    let oauth = sim.token.clone();
    let agent = json!({ "username": "ana.ruiz@example.com", "password": "Simulated-Agent-1" });
    sim.token =
        session(&sim, "login", None, &agent).await.is(200).json["bearer"].as_str().expect("a bearer").to_owned();
    sim.get("users").await.is(200);
    sim.post("users", &li()).await.is(403);
    sim.post("skills", &json!({ "name": "x" })).await.is(403);

    let own = std::mem::replace(&mut sim.token, oauth);
    read(
        sim.to(Method::PUT, &format!("users/{ANA}/resetPassword")).json(&json!({ "newPassword": "Another-Secret-22" })),
    )
    .await
    .is(200);
    read(sim.request(Method::GET, &configuration("users")).bearer_auth(&own)).await.is(401);
    session(&sim, "login", None, &agent).await.is(401);
    let agent = json!({ "username": "ana.ruiz@example.com", "password": "Another-Secret-22" });
    let own = session(&sim, "login", None, &agent).await.is(200).json["bearer"].as_str().expect("a bearer").to_owned();
    sim.change("users", ANA, json!({ "isEnabled": false })).await.is(200);
    read(sim.request(Method::GET, &configuration("users")).bearer_auth(&own)).await.is(401);
}

#[tokio::test]
async fn the_own_password_changes_with_the_old_one_only() {
    let mut sim = Sim::start().await;
    sim.token = session(&sim, "login", None, &service()).await.json["bearer"].as_str().expect("a bearer").to_owned();
    let own = 2_359_237_212;
    sim.change("users", own, json!({ "passwordSh": "A-New-Password-1" })).await.is(400);
    let whole = json!({ "passwordSh": "A-New-Password-1", "oldPassword": SERVICE_PASSWORD, "confirmPassword": "A-New-Password-1" });
    sim.change("users", own, with(whole.clone(), json!({ "confirmPassword": "B" }))).await.is(400);
    sim.change("users", own, whole).await.is(200);
    session(&sim, "login", None, &json!({ "username": SERVICE_LOGIN, "password": "A-New-Password-1" })).await.is(200);
}
