use std::collections::VecDeque;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use secrecy::ExposeSecret;

use super::*;

/// Signs in by a script; each sign-in takes a second. Without a line left it hands out `tN` for an hour.
#[derive(Debug, Clone, Default)]
struct Scripted(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    lines: Mutex<VecDeque<Result<Option<Duration>, SignInError>>>,
    calls: AtomicU32,
    secrets: AtomicU32,
}

impl Scripted {
    fn new(lines: impl IntoIterator<Item = Result<Option<Duration>, SignInError>>) -> Self {
        let inner = Inner { lines: Mutex::new(lines.into_iter().collect()), ..Inner::default() };
        Self(Arc::new(inner))
    }

    fn calls(&self) -> u32 {
        self.0.calls.load(Ordering::SeqCst)
    }

    fn rotate_secrets(&self) {
        self.0.secrets.fetch_add(1, Ordering::SeqCst);
    }

    fn keeper(&self, limit: Option<SignInLimit>) -> Arc<TokenKeeper> {
        TokenKeeper::new(&ConnectionName::parse("support").unwrap(), Box::new(self.clone()), 300, limit)
    }
}

#[async_trait]
impl Grant for Scripted {
    async fn sign_in(&self) -> Result<Fresh, SignInError> {
        let number = self.0.calls.fetch_add(1, Ordering::SeqCst) + 1;
        tokio::time::sleep(Duration::from_secs(1)).await;
        let line = self.0.lines.lock().unwrap().pop_front();
        let lifetime = line.unwrap_or(Ok(Some(Duration::from_hours(1))))?;
        let credential = Credential::new("authorization", format!("t{number}").into());
        Ok(Fresh { credential, lifetime, session: Session::default() })
    }

    fn fingerprint(&self) -> Option<[u8; 32]> {
        Some([u8::try_from(self.0.secrets.load(Ordering::SeqCst)).unwrap(); 32])
    }
}

fn refused() -> Result<Option<Duration>, SignInError> {
    Err(SignInError::Refused { say: "refused".to_owned(), retry_after: Duration::ZERO })
}

fn broken() -> Result<Option<Duration>, SignInError> {
    Err(SignInError::Broken("no connection".to_owned()))
}

async fn text(keeper: &Arc<TokenKeeper>) -> String {
    keeper.credential().await.unwrap().0.headers[0].1.expose_secret().to_owned()
}

/// Lets tasks in the background go on until they wait for time.
async fn settle() {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}

async fn together<T: Send + 'static>(
    keeper: &Arc<TokenKeeper>,
    count: usize,
    pick: fn(Result<(Credential, u64), SignInError>) -> T,
) -> Vec<T> {
    let tasks: Vec<_> = (0..count)
        .map(|_| {
            let keeper = Arc::clone(keeper);
            tokio::spawn(async move { pick(keeper.credential().await) })
        })
        .collect();
    let mut results = Vec::new();
    for task in tasks {
        results.push(task.await.unwrap());
    }
    results
}

#[tokio::test(start_paused = true)]
async fn many_waiting_calls_cost_one_sign_in() {
    let grant = Scripted::default();
    let generations = together(&grant.keeper(None), 50, |result| result.unwrap().1).await;
    assert_eq!(generations, vec![1; 50]);
    assert_eq!(grant.calls(), 1);
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_a_sign_in_that_fails_does_not_try_again_himself() {
    let grant = Scripted::new([broken()]);
    let keeper = grant.keeper(None);
    let errors = together(&keeper, 50, |result| result.unwrap_err()).await;
    let own = errors.iter().filter(|error| matches!(error, SignInError::Broken(_))).count();
    assert_eq!(own, 1, "the vendor failed once");
    assert!(errors.iter().all(|error| error.to_string() == "no connection"));
    assert_eq!(grant.calls(), 1);
    assert_eq!(text(&keeper).await, "t2", "the next call tries anew");
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_sign_in_does_not_block_the_others() {
    let grant = Scripted::default();
    let keeper = grant.keeper(None);
    let first = tokio::spawn({
        let keeper = Arc::clone(&keeper);
        async move { keeper.credential().await.map(|_| ()) }
    });
    settle().await;
    first.abort();
    assert_eq!(text(&keeper).await, "t2");
}

#[tokio::test(start_paused = true)]
async fn renewal_happens_in_the_background_while_the_old_token_works() {
    let grant = Scripted::default();
    let keeper = grant.keeper(None);
    assert_eq!(text(&keeper).await, "t1");
    tokio::time::advance(Duration::from_secs(3600 - 299)).await;
    let before = Instant::now();
    assert_eq!(text(&keeper).await, "t1", "nobody waits for the renewal");
    assert_eq!(before.elapsed(), Duration::ZERO);
    settle().await;
    assert_eq!(text(&keeper).await, "t1", "and there is only one");
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(text(&keeper).await, "t2");
    assert_eq!(grant.calls(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_renewal_that_fails_leaves_the_old_token_and_is_tried_again_later() {
    let grant = Scripted::new([Ok(Some(Duration::from_hours(1))), broken()]);
    let keeper = grant.keeper(None);
    text(&keeper).await;
    tokio::time::advance(Duration::from_secs(3310)).await;
    text(&keeper).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(text(&keeper).await, "t1");
    assert_eq!(grant.calls(), 2);
    tokio::time::sleep(RENEWAL_PAUSE).await;
    assert_eq!(text(&keeper).await, "t1");
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(text(&keeper).await, "t3");
}

#[tokio::test(start_paused = true)]
async fn an_ended_token_is_not_used() {
    let grant = Scripted::default();
    let keeper = grant.keeper(None);
    text(&keeper).await;
    tokio::time::advance(Duration::from_hours(1)).await;
    assert_eq!(text(&keeper).await, "t2");
}

#[tokio::test(start_paused = true)]
async fn a_short_life_is_renewed_halfway_and_an_unknown_one_counts_as_an_hour() {
    let grant = Scripted::new([Ok(Some(Duration::from_secs(100))), Ok(None)]);
    let keeper = grant.keeper(None);
    text(&keeper).await;
    tokio::time::advance(Duration::from_secs(40)).await;
    text(&keeper).await;
    settle().await;
    assert_eq!(grant.calls(), 1, "not yet halfway");
    tokio::time::advance(Duration::from_secs(20)).await;
    text(&keeper).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(text(&keeper).await, "t2");
    tokio::time::advance(Duration::from_secs(3200)).await;
    assert_eq!(text(&keeper).await, "t2");
}

#[tokio::test(start_paused = true)]
async fn many_rejections_of_one_token_cost_one_sign_in() {
    let grant = Scripted::default();
    let keeper = grant.keeper(None);
    let (_, generation) = keeper.credential().await.unwrap();
    keeper.accept(generation);
    for _ in 0..20 {
        assert!(keeper.reject(generation));
    }
    let generations = together(&keeper, 20, |result| result.unwrap().1).await;
    assert_eq!(generations, vec![2; 20]);
    assert!(keeper.reject(generation), "a late rejection of the old one");
    assert_eq!(keeper.credential().await.unwrap().1, 2, "costs the new one nothing");
    assert_eq!(grant.calls(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_fresh_token_that_never_worked_is_not_replaced_at_once() {
    let grant = Scripted::default();
    let keeper = grant.keeper(None);
    let (_, generation) = keeper.credential().await.unwrap();
    assert!(!keeper.reject(generation));
    tokio::time::advance(UNPROVEN_FOR).await;
    assert!(keeper.reject(generation));
    assert_eq!(keeper.credential().await.unwrap().1, 2);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_remembered_for_a_growing_time() {
    let grant = Scripted::new([refused(), refused(), refused()]);
    let keeper = grant.keeper(None);
    for (round, pause) in [30, 60, 120].into_iter().enumerate() {
        let error = keeper.credential().await.unwrap_err();
        assert_eq!(error.retry_after(), Some(Duration::from_secs(pause)));
        assert!(!keeper.is_accepted());
        for _ in 0..10 {
            assert!(keeper.credential().await.is_err());
        }
        assert_eq!(grant.calls() as usize, round + 1, "calls in between do not sign in");
        tokio::time::advance(Duration::from_secs(pause)).await;
    }
    assert_eq!(text(&keeper).await, "t4");
    assert!(keeper.is_accepted());
}

#[tokio::test(start_paused = true)]
async fn changed_secrets_end_a_refusal_at_once() {
    let grant = Scripted::new([refused()]);
    let keeper = grant.keeper(None);
    assert!(keeper.credential().await.is_err());
    assert!(keeper.credential().await.is_err());
    grant.rotate_secrets();
    assert_eq!(text(&keeper).await, "t2");
}

#[tokio::test(start_paused = true)]
async fn the_limit_on_sign_ins_is_kept() {
    let grant = Scripted::default();
    let keeper = grant.keeper(Some(SignInLimit { calls: 10, per_seconds: 60 }));
    let started = Instant::now();
    let mut waits = 0;
    while started.elapsed() < Duration::from_mins(1) {
        match keeper.credential().await {
            Ok((_, generation)) => {
                keeper.accept(generation);
                keeper.reject(generation);
            }
            Err(error) => {
                waits += 1;
                tokio::time::sleep(error.retry_after().unwrap()).await;
            }
        }
    }
    assert!((8..=10).contains(&grant.calls()), "{}", grant.calls());
    assert!(waits > 0);
}

#[tokio::test(start_paused = true)]
async fn a_token_endpoint_that_cannot_be_reached_uses_up_no_sign_in() {
    let unreached = || Err(SignInError::Unreached("connection refused".to_owned()));
    let grant = Scripted::new((0..30).map(|_| unreached()).chain([broken(), broken()]));
    let keeper = grant.keeper(Some(SignInLimit { calls: 4, per_seconds: 60 }));
    for _ in 0..30 {
        assert!(matches!(keeper.credential().await, Err(SignInError::Unreached(_))));
    }
    // the two that may come at once were kept, and what did reach the vendor counts
    assert!(matches!(keeper.credential().await, Err(SignInError::Broken(_))));
    assert!(matches!(keeper.credential().await, Err(SignInError::Broken(_))));
    assert!(matches!(keeper.credential().await, Err(SignInError::Limited { .. })));
    assert_eq!(grant.calls(), 32);
}

#[tokio::test(start_paused = true)]
async fn a_used_up_limit_leaves_the_present_token_to_the_others() {
    let grant = Scripted::default();
    let keeper = grant.keeper(Some(SignInLimit { calls: 1, per_seconds: 60 }));
    let (_, generation) = keeper.credential().await.unwrap();
    keeper.accept(generation);
    assert!(keeper.reject(generation));
    assert!(matches!(keeper.credential().await, Err(SignInError::Limited { .. })));
    assert_eq!(text(&keeper).await, "t1");
}

#[tokio::test(start_paused = true)]
async fn whoever_finds_the_limit_used_up_is_told_what_used_it_up() {
    let keeper = Scripted::new([broken()]).keeper(Some(SignInLimit { calls: 1, per_seconds: 60 }));
    assert!(keeper.credential().await.is_err());
    for _ in 0..2 {
        let error = keeper.credential().await.expect_err("used up").to_string();
        assert!(error.ends_with("the last one failed: no connection"), "{error}");
    }
}

#[test]
fn debug_output_hides_the_token() {
    let token = Fresh {
        credential: Credential::new("authorization", "hidden".into()),
        lifetime: None,
        session: Session::default(),
    };
    assert!(!format!("{token:?}").contains("hidden"));
}
