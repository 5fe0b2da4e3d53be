mod reading;
mod sign_in;
mod whole;

use indexmap::IndexMap;
use secrecy::SecretString;
use serde_json::json;

use super::build::limits_of;
use super::*;
use crate::config::model::{LimitsOverride, SecretSource};
use crate::ids::RequestId;
use crate::mapping::bound::sign_in::BoundSignIn as SignIn;
use crate::mapping::model::Limits;
use crate::vendor::Priority;
use crate::vendor::credentials::Parts as SignInParts;
use crate::vendor::send::Origins;
use crate::vendor::testing::{ByStatus, Reply, Script, Standing, answer, answer_with, lost, not_sent};

fn connection() -> ConnectionName {
    ConnectionName::parse("support").unwrap()
}

fn vendor(script: &Arc<Script>, sign_in: &SignIn) -> HttpVendor {
    let secret = |text: &str| SecretSource::Literal(SecretString::from(text));
    let sources = IndexMap::from([
        ("username".to_owned(), secret("bridge@example.com")),
        ("password".to_owned(), secret("hidden")),
    ]);
    let secrets = Arc::new(Secrets::new(connection(), sources).unwrap());
    let wire: Arc<dyn Wire> = Arc::<Script>::clone(script);
    let clock: SharedClock = Arc::new(Standing("2026-11-21T10:00:00Z".parse().unwrap()));
    let origins = Origins::of(std::iter::empty()).unwrap();
    let hosts = Hosts::new(&connection(), "Example", None, Arc::clone(&wire), origins);
    let parts = SignInParts {
        connection: connection(),
        title: "Example".to_owned(),
        origin: "https://api.example".parse().ok(),
        host: None,
        hosts: Arc::clone(&hosts),
        secrets: Arc::clone(&secrets),
        wire: Arc::clone(&wire),
        clock: Arc::clone(&clock),
    };
    HttpVendor {
        connection: connection(),
        report: Report::new("support".into()),
        rules: Arc::new(ByStatus),
        retry: Retry::default(),
        request_id_header: Some("X-Request-Id".to_owned()),
        desk: PermitDesk::new(100.0, 100, 4),
        breaker: Breaker::new("support".into()),
        credentials: Arc::new(Credentials::new(sign_in, &parts).unwrap()),
        secrets,
        hosts,
        wire,
        clock,
        reads_only: false,
    }
}

fn without_sign_in(lines: Vec<Reply>) -> (HttpVendor, Arc<Script>) {
    let script = Script::new(lines);
    (vendor(&script, &SignIn::None), script)
}

fn context() -> CallContext {
    CallContext {
        request_id: RequestId::parse("req-1").unwrap(),
        priority: Priority::Change,
        deadline: Instant::now() + Duration::from_secs(25),
    }
}

async fn call(vendor: &HttpVendor, call: CallName) -> Result<Answered, CallFailure> {
    vendor.call(&call, &Scope { key: Some("7".to_owned()), ..Scope::default() }, &context()).await
}

fn update() -> CallName {
    CallName::Update("userUpdate".to_owned())
}

fn ok() -> Reply {
    Reply::Answers(answer(200, &json!({ "id": 7 })))
}

fn status(status: u16) -> Reply {
    Reply::Answers(answer(status, &json!({})))
}

#[tokio::test(start_paused = true)]
async fn a_call_that_works_is_made_once_and_carries_the_request_id() {
    let (vendor, script) = without_sign_in(vec![ok()]);
    let answered = call(&vendor, CallName::Create).await.unwrap();
    assert_eq!(answered.attempts, 1);
    let sent = script.calls();
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].request_id.as_deref(), Some("req-1"));
    assert_eq!(sent[0].content_type.as_deref(), Some("application/json"));
    assert_eq!(sent[0].credential, None);
}

#[tokio::test(start_paused = true)]
async fn a_creation_is_never_repeated_after_it_may_have_happened() {
    for line in [
        lost(),
        status(500),
        status(502),
        Reply::Fails(SendError::Useless { host: "h".into(), status: 201, problem: "p".into() }),
    ] {
        let (vendor, script) = without_sign_in(vec![line.clone(), ok()]);
        let failure = call(&vendor, CallName::Create).await.unwrap_err();
        assert!(failure.uncertain, "{line:?}");
        assert_eq!(failure.verdict.meaning, Meaning::Broken);
        assert_eq!((failure.attempts, script.calls().len()), (1, 1), "{line:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_creation_is_repeated_when_it_certainly_did_not_happen() {
    for line in [not_sent(), status(429), status(409)] {
        let (vendor, script) = without_sign_in(vec![line.clone(), ok()]);
        let answered = call(&vendor, CallName::Create).await.unwrap();
        assert_eq!((answered.attempts, script.calls().len()), (2, 2), "{line:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_creation_that_fails_for_certain_to_its_end_is_not_uncertain() {
    let (vendor, script) = without_sign_in(vec![not_sent()]);
    let failure = call(&vendor, CallName::Create).await.unwrap_err();
    assert!(!failure.uncertain);
    assert_eq!((failure.attempts, script.calls().len()), (4, 4));
}

#[tokio::test(start_paused = true)]
async fn an_update_is_repeated_after_a_lost_answer_and_stays_uncertain_when_it_fails() {
    let (vendor, script) = without_sign_in(vec![lost(), ok()]);
    assert_eq!(call(&vendor, update()).await.unwrap().attempts, 2);
    assert_eq!(script.calls().len(), 2);

    let (vendor, _) = without_sign_in(vec![lost(), status(422)]);
    let failure = call(&vendor, update()).await.unwrap_err();
    assert_eq!(failure.verdict.meaning, Meaning::Refused);
    assert!(failure.uncertain, "the first attempt may have taken effect");
}

#[tokio::test(start_paused = true)]
async fn reading_is_never_uncertain() {
    let (vendor, _) = without_sign_in(vec![lost()]);
    let failure = call(&vendor, CallName::Read).await.unwrap_err();
    assert!(!failure.uncertain);
    assert_eq!(failure.attempts, 4);
}

#[tokio::test(start_paused = true)]
async fn a_final_answer_is_final() {
    for status_code in [422, 412] {
        let (vendor, script) = without_sign_in(vec![status(status_code), ok()]);
        let failure = call(&vendor, update()).await.unwrap_err();
        assert_eq!((failure.attempts, script.calls().len(), failure.uncertain), (1, 1, false));
        assert_eq!(failure.to_string(), format!("status {status_code}"));
    }
}

#[tokio::test(start_paused = true)]
async fn retry_after_is_kept_and_holds_for_the_whole_connection() {
    let (vendor, _) = without_sign_in(vec![Reply::Answers(answer_with(429, "retry-after", "7")), ok()]);
    let vendor = Arc::new(vendor);
    let started = Instant::now();
    let first = tokio::spawn({
        let vendor = Arc::clone(&vendor);
        async move { call(&vendor, update()).await.map(|_| Instant::now()) }
    });
    sleep(Duration::from_secs(1)).await;
    assert!(vendor.pause_left().is_some_and(|left| left > Duration::from_secs(5)));
    call(&vendor, CallName::Delete).await.unwrap();
    assert!(started.elapsed() >= Duration::from_secs(7), "the other call waits as well");
    assert!(first.await.unwrap().unwrap() - started >= Duration::from_secs(7));
}

#[tokio::test(start_paused = true)]
async fn a_date_in_retry_after_is_read_by_the_clock() {
    let (vendor, _) =
        without_sign_in(vec![Reply::Answers(answer_with(503, "retry-after", "Sat, 21 Nov 2026 10:00:09 GMT")), ok()]);
    let started = Instant::now();
    call(&vendor, update()).await.unwrap();
    let took = started.elapsed();
    assert!((Duration::from_secs(9)..Duration::from_secs(10)).contains(&took), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn a_pause_beyond_the_deadline_is_not_begun() {
    let (vendor, script) = without_sign_in(vec![Reply::Answers(answer_with(429, "retry-after", "90")), ok()]);
    let started = Instant::now();
    let failure = call(&vendor, update()).await.unwrap_err();
    assert!(started.elapsed() < Duration::from_secs(1));
    assert_eq!(failure.retry_after, Some(Duration::from_secs(90)));
    assert_eq!(failure.verdict.meaning, Meaning::Limited);
    let next = call(&vendor, CallName::Delete).await.unwrap_err();
    assert_eq!((next.attempts, script.calls().len()), (0, 1), "nobody else is sent into the pause");
    assert_eq!(next.verdict.say, "Example asked connection support to pause, 90 s are left");
}

#[tokio::test(start_paused = true)]
async fn no_permit_is_held_while_a_call_pauses() {
    let (mut vendor, _) = without_sign_in(vec![status(409), ok()]);
    vendor.desk = PermitDesk::new(100.0, 100, 1);
    let vendor = Arc::new(vendor);
    let busy = tokio::spawn({
        let vendor = Arc::clone(&vendor);
        async move { call(&vendor, update()).await.map(|answered| answered.attempts) }
    });
    sleep(Duration::from_millis(50)).await;
    let started = Instant::now();
    call(&vendor, CallName::Delete).await.unwrap();
    assert!(started.elapsed() < Duration::from_secs(1));
    assert_eq!(busy.await.unwrap().unwrap(), 2);
}

#[tokio::test(start_paused = true)]
async fn an_exhausted_rate_pauses_before_the_vendor_refuses() {
    let mut spent = answer_with(200, "x-ratelimit-remaining", "0");
    spent.headers.push(("x-ratelimit-reset".to_owned(), "3".to_owned()));
    let (vendor, _) = without_sign_in(vec![Reply::Answers(spent), ok()]);
    call(&vendor, update()).await.unwrap();
    assert_eq!(vendor.pause_left(), Some(Duration::from_secs(3)));
}

#[tokio::test(start_paused = true)]
async fn a_vendor_that_is_down_is_left_in_peace() {
    let (vendor, script) = without_sign_in(vec![not_sent()]);
    assert_eq!(vendor.health(), Health::NotAskedYet);
    let _ = call(&vendor, update()).await;
    assert_eq!(vendor.health(), Health::Failing, "it was asked and never answered");
    let opened = call(&vendor, update()).await.unwrap_err();
    assert_eq!(vendor.health(), Health::Failing);
    assert_eq!((opened.verdict.rule.as_str(), opened.attempts, script.calls().len()), ("transport", 3, 7));
    assert!(opened.retry_after.is_some());
    assert!(!opened.uncertain);
    let started = Instant::now();
    let failure = call(&vendor, CallName::Create).await.unwrap_err();
    assert_eq!((failure.attempts, script.calls().len(), started.elapsed()), (0, 7, Duration::ZERO));
    assert!(failure.retry_after.is_some() && !failure.uncertain);
    assert!(
        failure
            .verdict
            .say
            .starts_with("Example failed several times in a row, so connection support makes no calls for ")
    );
}

#[tokio::test(start_paused = true)]
async fn a_refusal_does_not_count_against_the_vendor() {
    let (vendor, _) = without_sign_in(vec![status(422)]);
    for _ in 0..20 {
        let _ = call(&vendor, update()).await;
    }
    assert_eq!(vendor.health(), Health::Reachable);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_cannot_be_built_is_refused_with_its_place() {
    let (vendor, script) = without_sign_in(vec![ok()]);
    let failure = vendor.call(&CallName::Read, &Scope::default(), &context()).await.unwrap_err();
    assert_eq!((failure.verdict.meaning, failure.attempts), (Meaning::Refused, 0));
    assert_eq!(failure.verdict.rule, "users.calls.read");
    assert!(script.calls().is_empty());
}

#[test]
fn limits_of_the_connection_win_and_must_make_sense() {
    let with = |rate_per_second, burst| {
        limits_of(Limits::default(), LimitsOverride { rate_per_second, burst, concurrency: None })
    };
    let limits = with(Some(0.5), Some(3)).unwrap();
    assert_eq!((limits.burst, limits.concurrency), (3, Limits::default().concurrency));
    assert!(with(Some(0.0), None).is_err());
    assert!(with(Some(f64::NAN), None).is_err());
    assert!(with(None, Some(0)).is_err());
}
