use indexmap::IndexMap;
use jiff::Timestamp;
use serde_json::json;

use super::*;
use crate::config::model::SecretSource;
use crate::mapping::bound::Bound;
use crate::mapping::bound::sign_in::BoundSignIn;
use crate::mapping::bundle::Bundle;
use crate::mapping::load::Mapping;
use crate::vendor::send::Origins;
use crate::vendor::testing::{Reply, Script, Standing, answer, not_sent};

const TEXT: &str = "
version: 1
vendor: { name: made-up, title: Made Up }
settings:
  account: { type: string, description: Account, default: acme }
  every: { type: integer, description: Seconds between refreshes, default: 300 }
secrets:
  name: { description: Name }
  word: { description: Password }
api:
  base_url: http://127.0.0.1:9
  headers: { Accept: application/json, X-Account: $settings.account, X-Every: $settings.every }
  query: { v: 2 }
  errors: [{ at: error, name: code }]
  answers:
    - { when: { status: 404 }, means: not_found }
    - { when: { error: overloaded }, means: busy }
  sign_in: SIGN_IN
users:
  key: { read: id, type: integer }
  match: [{ field: mail }]
  fields: { mail: { from: userName }, on: { type: boolean, from: active } }
  calls:
    create: { method: POST, path: [u], body: $record }
    list: { call: { method: GET, path: [u] }, items: . }
    update: { all: { method: PUT, path: [u, $key], body: $record } }
    delete: { method: DELETE, path: [u, $key] }
";

/// A session with cookie, csrf and a life in milliseconds.
const SESSION: &str = r#"{
  scheme: call,
  call: {
    path: [api, account, $settings.account, login], query: { v: "1.3" }, body: { username: $secrets.name, password: $secrets.word },
    answers: [
      { when: { status: 429 }, means: limited, wait_seconds: 5 },
      { when: { status: 451 }, means: forbidden, say: the vendor has blocked the account },
    ],
  },
  kept: { bearer: { path: bearer }, csrf: { path: csrf } },
  send: { Authorization: { $concat: ["Bearer ", $kept.bearer] } },
  cookies: refresh,
  lives: { path: sessionTTl, in: milliseconds },
  refresh: { call: { path: [api, account, $settings.account, refresh], body: { csrf: $kept.csrf } }, every_seconds: $settings.every },
}"#;

/// A token in a header, which a refresh token renews that serves once.
const ONCE: &str = r"{
  scheme: call,
  call: { method: PUT, path: [tokens, $secrets.name], basic: { username: $secrets.name, password: $secrets.word }, form: { grant: own } },
  kept: { token: { header: X-Auth-Token }, again: { path: again }, extra: { path: extra, optional: true } },
  send: { X-Auth-Token: $kept.token, X-Extra: $kept.extra },
  lives: { header: X-Ends, in: time, seconds: 1200 },
  refresh: { call: { method: POST, path: [tokens, renew], form: { once: $kept.again } }, kept: { token: { path: fresh }, again: { path: again } } },
}";

fn scheme_of(sign_in: &str) -> Arc<BoundCallSignIn> {
    let text = TEXT.replace("SIGN_IN", sign_in);
    let bundle = Bundle { path: "made-up.yaml".to_owned(), text, others: std::collections::BTreeMap::new() };
    let bound: Bound = Mapping::load(bundle).unwrap().bind(&serde_json::Map::new()).unwrap();
    let BoundSignIn::Call(scheme) = bound.sign_in() else { panic!("a sign-in by a call") };
    Arc::clone(scheme)
}

fn grant(sign_in: &str, lines: Vec<HttpAnswer>) -> (CallGrant, Arc<Script>) {
    grant_of(sign_in, lines.into_iter().map(Reply::Answers).collect())
}

fn grant_of(sign_in: &str, lines: Vec<Reply>) -> (CallGrant, Arc<Script>) {
    let scheme = scheme_of(sign_in);
    let connection = ConnectionName::parse("support").unwrap();
    let secret = |text: &str| SecretSource::Literal(SecretString::from(text));
    let sources = IndexMap::from([("name".to_owned(), secret("ada")), ("word".to_owned(), secret("hid den"))]);
    let script = Script::new(lines);
    let parts = Parts {
        connection: connection.clone(),
        title: "Example".to_owned(),
        origin: None,
        host: None,
        hosts: Hosts::new(
            &connection,
            "Example",
            None,
            Arc::<Script>::clone(&script),
            Origins::of(std::iter::empty()).unwrap(),
        ),
        secrets: Arc::new(Secrets::new(connection, sources).unwrap()),
        wire: Arc::<Script>::clone(&script),
        clock: Arc::new(Standing(Timestamp::UNIX_EPOCH)),
    };
    (CallGrant::new(&parts, &scheme).unwrap(), script)
}

fn with(mut answer: HttpAnswer, name: &str, value: &str) -> HttpAnswer {
    answer.headers.push((name.to_owned(), value.to_owned()));
    answer
}

fn welcome(bearer: &str) -> HttpAnswer {
    let body = json!({ "bearer": bearer, "csrf": "c1", "sessionTTl": "28800000" });
    with(answer(200, &body), "set-cookie", "Session_id=s1; Path=/; HttpOnly")
}

fn empty() -> HttpAnswer {
    HttpAnswer { status: 200, headers: Vec::new(), text: String::new(), json: None }
}

fn headers(fresh: &Fresh) -> Vec<(String, String)> {
    let headers = fresh.credential.headers.iter();
    headers.map(|(name, value)| (name.clone(), value.expose_secret().to_owned())).collect()
}

fn pair(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

#[tokio::test(start_paused = true)]
async fn a_session_is_opened_and_kept_alive_with_its_cookie_and_csrf() {
    let (grant, script) = grant(SESSION, vec![welcome("b1"), empty()]);
    assert_eq!(grant.refresh_every(), Some(Duration::from_mins(5)));
    let fresh = grant.sign_in().await.unwrap();
    assert_eq!(headers(&fresh), [pair("Authorization", "Bearer b1")]);
    assert_eq!(fresh.lifetime, Some(Duration::from_hours(8)));
    let again = grant.refresh(&fresh.session).await.expect("a refresh").unwrap();
    assert_eq!(headers(&again), headers(&fresh));
    assert_eq!(again.lifetime, None, "as long as before");
    let sent = script.calls();
    assert_eq!((sent[0].path.as_str(), sent[0].credential.as_deref()), ("/api/account/acme/login", None));
    assert_eq!(sent[0].body, r#"{"username":"ada","password":"hid den"}"#);
    assert_eq!(
        (sent[1].path.as_str(), sent[1].credential.as_deref()),
        ("/api/account/acme/refresh", Some("Session_id=s1"))
    );
    assert_eq!(sent[1].body, r#"{"csrf":"c1"}"#);
}

#[tokio::test(start_paused = true)]
async fn a_token_comes_in_a_header_and_its_refresh_token_is_replaced_each_time() {
    let first = with(answer(201, &json!({ "again": "r1" })), "x-auth-token", "t1");
    let first = with(first, "x-ends", "Thu, 01 Jan 1970 00:10:00 GMT");
    let second = answer(200, &json!({ "fresh": "t2", "again": "r2" }));
    let third = answer(200, &json!({ "fresh": "t3", "again": "r3" }));
    let (grant, script) = grant(ONCE, vec![first, second, third]);
    let one = grant.sign_in().await.unwrap();
    assert_eq!((headers(&one), one.lifetime), (vec![pair("X-Auth-Token", "t1")], Some(Duration::from_mins(10))));
    let two = grant.refresh(&one.session).await.unwrap().unwrap();
    let three = grant.refresh(&two.session).await.unwrap().unwrap();
    assert_eq!(headers(&three), [pair("X-Auth-Token", "t3")]);
    let sent = script.calls();
    assert_eq!(sent[0].credential.as_deref(), Some("Basic YWRhOmhpZCBkZW4="));
    assert_eq!((sent[0].path.as_str(), sent[0].body.as_str()), ("/tokens/ada", "grant=own"));
    assert_eq!((sent[1].body.as_str(), sent[2].body.as_str()), ("once=r1", "once=r2"));
    assert_eq!(sent[1].credential, None);
}

#[tokio::test(start_paused = true)]
async fn without_a_time_in_the_answer_the_mapping_names_the_life_or_nobody() {
    let tokens = || with(answer(200, &json!({ "again": "r" })), "x-auth-token", "t");
    let (by_mapping, _) = grant(ONCE, vec![tokens()]);
    assert_eq!(by_mapping.sign_in().await.unwrap().lifetime, Some(Duration::from_mins(20)));
    let (by_nobody, _) =
        grant(&ONCE.replace("header: X-Ends, in: time, seconds: 1200", "header: X-Ends"), vec![tokens()]);
    assert_eq!(by_nobody.sign_in().await.unwrap().lifetime, Some(UNTIL_REFUSED));
}

#[tokio::test(start_paused = true)]
async fn cookies_can_be_what_calls_carry() {
    let sign_in = "{ scheme: call, call: { path: [login], form: { user: $secrets.name, word: $secrets.word } }, cookies: all_calls }";
    let (grant, _) = grant(sign_in, vec![with(with(empty(), "set-cookie", "sid=a"), "set-cookie", "node=b; Path=/")]);
    assert_eq!(headers(&grant.sign_in().await.unwrap()), [pair("cookie", "sid=a; node=b")]);
}

#[tokio::test(start_paused = true)]
async fn a_cookie_and_a_number_can_be_sent_in_any_header() {
    let sign_in = "{ scheme: call, call: { path: [login], body: { word: $secrets.word, name: $secrets.name } }, \
                   kept: { sid: { cookie: sid }, number: { path: number } }, send: { X-Sid: $kept.sid, X-Number: $kept.number } }";
    let (grant, _) = grant(sign_in, vec![with(answer(200, &json!({ "number": 7 })), "set-cookie", "sid=a; Secure")]);
    assert_eq!(headers(&grant.sign_in().await.unwrap()), [pair("X-Sid", "a"), pair("X-Number", "7")]);
}

async fn refusal(answer: HttpAnswer) -> SignInError {
    grant(SESSION, vec![answer]).0.sign_in().await.unwrap_err()
}

#[tokio::test(start_paused = true)]
async fn what_an_answer_means_is_the_rules_business_then_the_status() {
    let say = "the vendor has blocked the account";
    let limited = |error: &SignInError| match error {
        SignInError::Limited { retry_after, .. } => Some(*retry_after),
        _ => None,
    };
    let body = |code: &str| json!({ "error": { "code": code }, "echo": "hid den" });
    assert_eq!(limited(&refusal(answer(429, &json!({}))).await), Some(Duration::from_secs(5)));
    let told = with(answer(429, &json!({})), "retry-after", "90");
    assert_eq!(limited(&refusal(told).await), Some(Duration::from_secs(90)), "the vendor's own word comes first");
    let blocked = refusal(answer(451, &json!({}))).await;
    assert!(matches!(blocked, SignInError::Refused { retry_after: FORBIDDEN_PAUSE, .. }), "{blocked:?}");
    assert!(blocked.to_string().contains(say), "{blocked}");
    assert_eq!(limited(&refusal(answer(200, &body("overloaded"))).await), Some(BUSY_PAUSE), "a rule of the API");
    for (status, code) in [(401, ""), (400, "bad"), (403, "bad"), (200, "wrong_password"), (422, "hid den")] {
        let error = refusal(answer(status, &body(code))).await;
        assert!(matches!(error, SignInError::Refused { retry_after: Duration::ZERO, .. }), "{status}: {error:?}");
        let text = error.to_string();
        assert!(text.contains("check the secrets name and word") && text.contains(&status.to_string()), "{text}");
        assert!(!text.contains("hid den"), "{text}");
    }
    for status in [500, 503, 408] {
        assert!(matches!(refusal(answer(status, &json!({}))).await, SignInError::Broken(_)), "{status}");
    }
    let missing = refusal(answer(404, &json!({}))).await.to_string();
    assert!(missing.contains("knows no sign-in at http://127.0.0.1:9/api/account/acme/login"), "{missing}");
}

#[tokio::test(start_paused = true)]
async fn an_answer_without_a_token_is_a_refusal_and_shows_nothing_of_itself() {
    let lacking = json!({ "csrf": "sesame-1234", "bearer": "" });
    let error = refusal(answer(200, &lacking)).await;
    assert!(matches!(error, SignInError::Refused { .. }), "{error:?}");
    let text = error.to_string();
    assert!(text.contains("`bearer` is not there (path bearer of the body)") && !text.contains("sesame"), "{text}");
    let page = HttpAnswer { text: "<html>Welcome</html>".to_owned(), ..empty() };
    assert!(matches!(refusal(page).await, SignInError::Broken(_)));
}

#[tokio::test(start_paused = true)]
async fn nobody_listening_is_no_sign_in() {
    let (grant, _) = grant_of(SESSION, vec![not_sent()]);
    assert!(matches!(grant.sign_in().await.unwrap_err(), SignInError::Unreached(_)));
}

#[tokio::test(start_paused = true)]
async fn a_refresh_that_lacks_a_value_is_none() {
    let sign_in = ONCE.replace("again: { path: again }, extra", "again: { path: again, optional: true }, extra");
    let (grant, script) = grant(&sign_in, vec![with(answer(200, &json!({})), "x-auth-token", "t1")]);
    let fresh = grant.sign_in().await.unwrap();
    assert!(grant.refresh(&fresh.session).await.is_none());
    assert_eq!(script.calls().len(), 1);
}

#[test]
fn a_secret_in_the_path_is_not_shown_and_one_that_fits_no_path_is_refused() {
    let (grant, _) = grant(ONCE, Vec::new());
    let (request, _) = grant.build(Step::SignIn, None).unwrap().unwrap();
    let prepared = Prepared::new(&request).unwrap();
    assert!(!grant.refused_say(&prepared, 404, "", false).contains("ada"));
    assert!(!format!("{grant:?}").contains("hid den"));
    let scheme = scheme_of(&ONCE.replace("$secrets.name]", "a/b, $secrets.name]"));
    let names = SignInNames { secrets: &grant.secrets, session: None };
    assert!(scheme.request(Step::SignIn, &names).is_err());
}

#[test]
fn a_sign_in_may_be_somewhere_else_than_the_api() {
    let elsewhere = ONCE.replace("method: PUT, path", "method: PUT, base_url: \"https://login.example\", path");
    let (grant, _) = grant(&elsewhere, Vec::new());
    let (request, _) = grant.build(Step::SignIn, None).unwrap().unwrap();
    assert_eq!(request.url, "https://login.example/tokens/ada");
    assert_eq!(BoundSignIn::Call(Arc::clone(&grant.scheme)).addresses(), ["https://login.example"]);
    assert_eq!(BoundSignIn::Call(scheme_of(ONCE)).addresses(), Vec::<&str>::new());
}
