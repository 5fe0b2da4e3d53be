use indexmap::IndexMap;
use serde_json::json;

use super::*;
use crate::config::model::SecretSource;
use crate::mapping::tree::Tree;
use crate::vendor::secrets::Secrets;
use crate::vendor::send::Origins;
use crate::vendor::testing::{Reply, Script, Standing, answer, not_sent};

fn parts(script: &Arc<Script>) -> Parts {
    let connection = ConnectionName::parse("support").unwrap();
    let secret = |text: &str| SecretSource::Literal(SecretString::from(text));
    let sources = IndexMap::from([("name".to_owned(), secret("ada&co")), ("word".to_owned(), secret("hid den"))]);
    Parts {
        connection: connection.clone(),
        title: "Example".to_owned(),
        origin: "https://api.example".parse().ok(),
        host: None,
        hosts: Hosts::new(
            &connection,
            "Example",
            None,
            Arc::<Script>::clone(script),
            Origins::of(std::iter::empty()).unwrap(),
        ),
        secrets: Arc::new(Secrets::new(connection, sources).unwrap()),
        wire: Arc::<Script>::clone(script),
        clock: Arc::new(Standing(jiff::Timestamp::UNIX_EPOCH)),
    }
}

fn value(name: &str, parts: &Parts) -> SecretValue {
    SecretValue::new(&Tree::Reference(vec!["secrets".to_owned(), name.to_owned()]), &parts.secrets)
}

fn constants(texts: &[&str]) -> Vec<Tree> {
    texts.iter().map(|text| Tree::Constant((*text).into())).collect()
}

fn password_grant(line: Reply) -> (Oauth2Grant, Arc<Script>) {
    let script = Script::new(Vec::new()).signing_in(vec![line]);
    let parts = parts(&script);
    let path = constants(&["oauth2", "token"]);
    (
        Oauth2Grant::password(
            &parts,
            parts.address(None, None, &path).unwrap(),
            value("name", &parts),
            value("word", &parts),
        )
        .unwrap(),
        script,
    )
}

#[tokio::test(start_paused = true)]
async fn a_password_grant_sends_what_the_rfc_names_and_no_client() {
    let (grant, script) = password_grant(Reply::Answers(answer(
        200,
        &json!({ "access_token": "t", "expires_in": 60, "token_type": "Bearer" }),
    )));
    let fresh = grant.sign_in().await.unwrap();
    assert_eq!(
        (fresh.credential.headers[0].1.expose_secret(), fresh.lifetime),
        ("Bearer t", Some(Duration::from_mins(1)))
    );
    let sent = script.sign_ins();
    assert_eq!(sent[0].body, "grant_type=password&username=ada%26co&password=hid+den");
    assert_eq!(sent[0].content_type.as_deref(), Some("application/x-www-form-urlencoded"));
    assert_eq!(sent[0].authorization, None);
}

#[tokio::test(start_paused = true)]
async fn a_client_grant_sends_its_credentials_in_the_form() {
    let line = Reply::Answers(answer(200, &json!({ "access_token": "t" })));
    let script = Script::new(Vec::new()).signing_in(vec![line]);
    let parts = parts(&script);
    let scope = Some(SecretValue::new(&Tree::Constant("users.external".into()), &parts.secrets));
    let path = constants(&["oauth2", "token"]);
    let grant = Oauth2Grant::client(
        &parts,
        parts.address(None, None, &path).unwrap(),
        value("name", &parts),
        value("word", &parts),
        scope,
    )
    .unwrap();
    assert_eq!(grant.sign_in().await.unwrap().lifetime, None);
    let sent = script.sign_ins();
    assert_eq!(
        sent[0].body,
        "grant_type=client_credentials&scope=users.external&client_id=ada%26co&client_secret=hid+den"
    );
    assert_eq!(sent[0].authorization, None);
}

#[tokio::test(start_paused = true)]
async fn lifetimes_are_read_as_vendors_write_them() {
    for (written, seconds) in [
        (json!(3600), Some(3600)),
        (json!("3480"), Some(3480)),
        (json!("soon"), None),
        (json!(null), None),
        (json!(-1), None),
    ] {
        let body =
            json!({ "access_token": "t", "token_type": "bEaReR", "expires_in": written, "refresh_token": "none" });
        let (grant, _) = password_grant(Reply::Answers(answer(201, &body)));
        assert_eq!(grant.sign_in().await.unwrap().lifetime, seconds.map(Duration::from_secs), "{body}");
    }
}

#[tokio::test(start_paused = true)]
async fn every_answer_has_its_word() {
    type Test = fn(&SignInError) -> bool;
    let refused = |error: &SignInError| matches!(error, SignInError::Refused { .. });
    let limited = |error: &SignInError| matches!(error, SignInError::Limited { .. });
    let broken = |error: &SignInError| matches!(error, SignInError::Broken(_));
    let cases: [(u16, Value, Test, &str); 8] = [
        (400, json!({ "error": "invalid_grant" }), refused, "check the secrets name and word"),
        (401, json!("no"), refused, "check the secrets name and word"),
        (451, json!({}), refused, "check the secrets name and word"),
        (400, json!({ "error": "unsupported_grant_type" }), refused, "the way in which connection support signs in"),
        (404, json!({}), refused, "no token endpoint at https://api.example/oauth2/token"),
        (429, json!({}), limited, "allows no further sign-ins"),
        (503, json!({}), broken, "answered 503"),
        (200, json!({ "token": "hid den" }), broken, "holds no usable token"),
    ];
    for (status, body, is_right, contains) in cases {
        let (grant, _) = password_grant(Reply::Answers(answer(status, &body)));
        let error = grant.sign_in().await.unwrap_err();
        assert!(is_right(&error), "{status}: {error:?}");
        assert!(error.to_string().contains(contains), "{status}: {error}");
        assert!(!error.to_string().contains("hid den"), "{error}");
    }
    let (grant, _) = password_grant(not_sent());
    assert!(matches!(grant.sign_in().await.unwrap_err(), SignInError::Unreached(_)));
}

#[tokio::test(start_paused = true)]
async fn an_error_name_that_is_no_word_is_not_passed_on() {
    let (grant, _) = password_grant(Reply::Answers(answer(400, &json!({ "error": "bad password: hid den" }))));
    let said = grant.sign_in().await.unwrap_err().to_string();
    assert!(said.ends_with("the answer was 400"), "{said}");
}

#[tokio::test(start_paused = true)]
async fn a_path_segment_is_encoded_for_its_place() {
    let script = Script::new(Vec::new());
    let parts = parts(&script);
    let path = constants(&["app", "a/b c", "token"]);
    let grant = Oauth2Grant::password(
        &parts,
        parts.address(None, None, &path).unwrap(),
        value("name", &parts),
        value("word", &parts),
    )
    .unwrap();
    assert_eq!(grant.token_url, "https://api.example/app/a%2Fb%20c/token");
}
