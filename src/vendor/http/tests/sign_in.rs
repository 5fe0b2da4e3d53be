//! Calls and their credentials: what a 401, a refused and a limited sign-in do to them.

use super::*;
use crate::mapping::model::SignInLimit;
use crate::mapping::tree::Tree;
use crate::vendor::testing::token;

fn secret(name: &str) -> Tree {
    Tree::Reference(vec!["secrets".to_owned(), name.to_owned()])
}

fn password_sign_in() -> SignIn {
    SignIn::Oauth2Password {
        base_url: None,
        host: None,
        token_path: vec![Tree::Constant("oauth2".into()), Tree::Constant("token".into())],
        username: secret("username"),
        password: secret("password"),
        renew_before_seconds: 300,
        limit: Some(SignInLimit { calls: 10, per_seconds: 60 }),
    }
}

#[tokio::test(start_paused = true)]
async fn a_rejected_token_is_replaced_once_and_the_call_repeated_once() {
    let script = Script::new(vec![ok(), status(401), ok()]).signing_in(vec![token("t1", 86_400), token("t2", 86_400)]);
    let vendor = vendor(&script, &password_sign_in());
    call(&vendor, CallName::Read).await.unwrap();
    assert_eq!(call(&vendor, CallName::Create).await.unwrap().attempts, 2);
    let credentials: Vec<_> = script.calls().into_iter().map(|sent| sent.credential.unwrap()).collect();
    assert_eq!(credentials, ["Bearer t1", "Bearer t1", "Bearer t2"]);
    assert_eq!(script.sign_ins().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_second_401_ends_the_call() {
    let script = Script::new(vec![ok(), status(401)]).signing_in(vec![token("t1", 86_400), token("t2", 86_400)]);
    let vendor = vendor(&script, &password_sign_in());
    call(&vendor, CallName::Read).await.unwrap();
    let failure = call(&vendor, update()).await.unwrap_err();
    assert_eq!((failure.attempts, failure.verdict.meaning), (2, Meaning::Unauthenticated));
    assert!(failure.verdict.say.contains("does not accept the token"), "{}", failure.verdict.say);
    assert_eq!(script.sign_ins().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn many_calls_with_a_revoked_token_cost_one_sign_in() {
    let mut lines = vec![ok()];
    lines.extend(std::iter::repeat_n(status(401), 4));
    lines.push(ok());
    let script = Script::new(lines).signing_in(vec![token("t1", 86_400), token("t2", 86_400)]);
    let vendor = Arc::new(vendor(&script, &password_sign_in()));
    call(&vendor, CallName::Read).await.unwrap();
    let calls: Vec<_> = (0..4)
        .map(|_| {
            let vendor = Arc::clone(&vendor);
            tokio::spawn(async move { call(&vendor, update()).await.map(|answered| answered.attempts) })
        })
        .collect();
    for call in calls {
        assert_eq!(call.await.unwrap().unwrap(), 2);
    }
    assert_eq!(script.sign_ins().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_refused_sign_in_names_the_secrets_and_is_not_repeated_by_every_call() {
    let refusal =
        Reply::Answers(answer(400, &json!({ "error": "invalid_grant", "error_description": "hidden is wrong" })));
    let script = Script::new(vec![ok()]).signing_in(vec![refusal]);
    let vendor = vendor(&script, &password_sign_in());
    for _ in 0..5 {
        let failure = call(&vendor, CallName::Create).await.unwrap_err();
        assert_eq!(failure.verdict.meaning, Meaning::Unauthenticated);
        assert_eq!(
            failure.verdict.say,
            "Example refused the user name or password of connection support: check the secrets username and password; \
             trying again does not help until they are right; the answer was 400 (invalid_grant)"
        );
        assert_eq!(failure.retry_after, Some(Duration::from_secs(30)));
        assert!(!failure.uncertain);
    }
    assert_eq!((script.sign_ins().len(), script.calls().len()), (1, 0));
    assert_eq!(vendor.health(), Health::Failing);
}

#[tokio::test(start_paused = true)]
async fn a_token_endpoint_that_is_down_is_tried_again() {
    let script = Script::new(vec![ok()]).signing_in(vec![not_sent(), status(503), token("t1", 86_400)]);
    let vendor = vendor(&script, &password_sign_in());
    assert_eq!(call(&vendor, CallName::Create).await.unwrap().attempts, 3);
    assert_eq!(script.sign_ins().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_limit_on_sign_ins_waits_as_long_as_the_vendor_says() {
    let script = Script::new(vec![ok()])
        .signing_in(vec![Reply::Answers(answer_with(429, "retry-after", "5")), token("t1", 86_400)]);
    let vendor = vendor(&script, &password_sign_in());
    let started = Instant::now();
    call(&vendor, CallName::Create).await.unwrap();
    assert!((5..6).contains(&started.elapsed().as_secs()));
    assert_eq!(script.sign_ins().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn basic_and_keys_go_into_their_headers_and_are_not_repeated_after_a_401() {
    let basic = SignIn::Basic { username: secret("username"), password: secret("password") };
    let key = SignIn::Header { header: "x-api-key".to_owned(), value: secret("password") };
    for (sign_in, value, what) in
        [(basic, "Basic YnJpZGdlQGV4YW1wbGUuY29tOmhpZGRlbg==", "user name or password"), (key, "hidden", "key")]
    {
        let script = Script::new(vec![ok(), status(401)]);
        let vendor = vendor(&script, &sign_in);
        call(&vendor, update()).await.unwrap();
        assert_eq!(vendor.health(), Health::Reachable);
        assert_eq!(script.calls()[0].credential.as_deref(), Some(value));
        let failure = call(&vendor, update()).await.unwrap_err();
        assert_eq!(failure.attempts, 1);
        assert!(failure.verdict.say.starts_with(&format!("Example refused the {what} of connection support")));
        assert_eq!(vendor.health(), Health::Failing);
    }
}

#[tokio::test(start_paused = true)]
async fn debug_output_shows_no_secret() {
    let script = Script::new(vec![ok()]).signing_in(vec![token("t1-hidden", 86_400)]);
    let vendor = vendor(&script, &password_sign_in());
    call(&vendor, update()).await.unwrap();
    let shown = format!("{:?} {:?}", vendor.credentials, vendor.secrets);
    assert!(!shown.contains("hidden"), "{shown}");
}
