use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use secrecy::ExposeSecret;

use super::*;
use crate::ids::ConnectionName;
use crate::vendor::credentials::token::Grant;

/// Signs in with `s1`, `s2` …; a refresh does what the script says, at the end of it for ever.
#[derive(Debug, Clone)]
struct Sessions(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    refreshes: Mutex<VecDeque<Does>>,
    every: Option<Duration>,
    lifetime: Duration,
    signed_in: AtomicU32,
    refreshed: AtomicU32,
}

#[derive(Debug, Clone, Copy)]
enum Does {
    /// The same token lives on.
    LivesOn,
    /// There is another token.
    Replaces,
    Refuses,
    Breaks,
}

impl Sessions {
    fn new(every: Option<u64>, lifetime_seconds: u64, refreshes: &[Does]) -> Self {
        Self(Arc::new(Inner {
            refreshes: Mutex::new(refreshes.iter().copied().collect()),
            every: every.map(Duration::from_secs),
            lifetime: Duration::from_secs(lifetime_seconds),
            signed_in: AtomicU32::new(0),
            refreshed: AtomicU32::new(0),
        }))
    }

    fn keeper(&self) -> Arc<TokenKeeper> {
        TokenKeeper::new(&ConnectionName::parse("support").unwrap(), Box::new(self.clone()), 60, None)
    }

    /// Sign-ins and refreshes so far.
    fn made(&self) -> (u32, u32) {
        (self.0.signed_in.load(Ordering::SeqCst), self.0.refreshed.load(Ordering::SeqCst))
    }

    fn fresh(token: String, lifetime: Option<Duration>) -> Fresh {
        Fresh { credential: Credential::new("x-token", token.into()), lifetime, session: Session::default() }
    }
}

#[async_trait]
impl Grant for Sessions {
    async fn sign_in(&self) -> Result<Fresh, SignInError> {
        let number = self.0.signed_in.fetch_add(1, Ordering::SeqCst) + 1;
        Ok(Self::fresh(format!("s{number}"), Some(self.0.lifetime)))
    }

    async fn refresh(&self, _: &Session) -> Option<Result<Fresh, SignInError>> {
        let number = self.0.refreshed.fetch_add(1, Ordering::SeqCst) + 1;
        let does = {
            let mut lines = self.0.refreshes.lock().unwrap();
            if lines.len() > 1 { lines.pop_front() } else { lines.front().copied() }
        };
        Some(match does? {
            Does::LivesOn => Ok(Self::fresh(format!("s{}", self.made().0), None)),
            Does::Replaces => Ok(Self::fresh(format!("r{number}"), None)),
            Does::Refuses => {
                Err(SignInError::Refused { say: "the session is unknown".to_owned(), retry_after: Duration::ZERO })
            }
            Does::Breaks => Err(SignInError::Broken("no answer".to_owned())),
        })
    }

    fn refresh_every(&self) -> Option<Duration> {
        self.0.every
    }

    fn fingerprint(&self) -> Option<[u8; 32]> {
        None
    }
}

async fn token(keeper: &Arc<TokenKeeper>) -> String {
    keeper.credential().await.unwrap().0.headers[0].1.expose_secret().to_owned()
}

/// Time passes, and whatever is due happens.
async fn pass(seconds: u64) {
    sleep(Duration::from_secs(seconds)).await;
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_session_is_refreshed_regularly_whether_it_is_used_or_not() {
    let sessions = Sessions::new(Some(300), 28_800, &[Does::LivesOn]);
    let keeper = sessions.keeper();
    pass(1_000).await;
    assert_eq!(sessions.made(), (0, 0), "nobody has signed in");
    assert_eq!(token(&keeper).await, "s1");
    pass(10 * 3_600 + 1).await;
    assert_eq!(sessions.made(), (1, 120), "longer than it lives without");
    assert_eq!(token(&keeper).await, "s1");
}

#[tokio::test(start_paused = true)]
async fn a_session_that_cannot_be_kept_alive_costs_one_sign_in_with_the_next_call() {
    let sessions = Sessions::new(Some(300), 28_800, &[Does::LivesOn, Does::Refuses, Does::LivesOn]);
    let keeper = sessions.keeper();
    token(&keeper).await;
    pass(3_001).await;
    assert_eq!(sessions.made(), (1, 2), "it is over, and nobody asks for another one");
    assert_eq!(token(&keeper).await, "s2");
    pass(301).await;
    assert_eq!(sessions.made(), (2, 3));
}

#[tokio::test(start_paused = true)]
async fn a_vendor_that_cannot_be_asked_does_not_end_the_session() {
    let sessions = Sessions::new(Some(300), 28_800, &[Does::Breaks, Does::LivesOn]);
    let keeper = sessions.keeper();
    token(&keeper).await;
    pass(301).await;
    assert_eq!(token(&keeper).await, "s1");
    pass(30).await;
    assert_eq!(sessions.made(), (1, 2), "it is asked again soon");
    assert_eq!(token(&keeper).await, "s1");
}

#[tokio::test(start_paused = true)]
async fn a_session_that_the_vendor_lost_is_replaced_and_only_the_new_one_is_kept_alive() {
    let sessions = Sessions::new(Some(300), 28_800, &[Does::LivesOn]);
    let keeper = sessions.keeper();
    let (_, generation) = keeper.credential().await.unwrap();
    keeper.accept(generation);
    pass(150).await;
    assert!(keeper.reject(generation));
    assert_eq!(token(&keeper).await, "s2");
    pass(3_001).await;
    assert_eq!(sessions.made(), (2, 10));
}

#[tokio::test(start_paused = true)]
async fn a_late_401_speaks_of_the_session_that_was_only_prolonged() {
    let sessions = Sessions::new(Some(300), 28_800, &[Does::LivesOn]);
    let keeper = sessions.keeper();
    let (_, generation) = keeper.credential().await.unwrap();
    keeper.accept(generation);
    pass(301).await;
    assert!(keeper.reject(generation));
    assert_eq!(token(&keeper).await, "s2", "it carries the same token, so that it is gone, too");
}

#[tokio::test(start_paused = true)]
async fn a_token_is_refreshed_before_it_ends_and_after_a_long_rest() {
    let sessions = Sessions::new(None, 600, &[Does::Replaces]);
    let keeper = sessions.keeper();
    assert_eq!(token(&keeper).await, "s1");
    pass(550).await;
    assert_eq!(token(&keeper).await, "s1", "nobody waits");
    pass(1).await;
    assert_eq!(token(&keeper).await, "r1");
    pass(7_200).await;
    assert_eq!(token(&keeper).await, "r2");
    assert_eq!(sessions.made(), (1, 2));
}

#[tokio::test(start_paused = true)]
async fn a_refused_refresh_leads_to_a_sign_in_and_is_not_tried_again() {
    let sessions = Sessions::new(None, 600, &[Does::Refuses, Does::Replaces]);
    let keeper = sessions.keeper();
    token(&keeper).await;
    pass(7_200).await;
    assert_eq!(token(&keeper).await, "s2");
    assert_eq!(sessions.made(), (2, 1));
}

#[tokio::test(start_paused = true)]
async fn many_calls_share_one_refresh_so_that_a_token_that_serves_once_is_used_once() {
    let sessions = Sessions::new(None, 600, &[Does::Replaces]);
    let keeper = sessions.keeper();
    token(&keeper).await;
    pass(7_200).await;
    let tasks: Vec<_> = (0..20)
        .map(|_| {
            let keeper = Arc::clone(&keeper);
            tokio::spawn(async move { token(&keeper).await })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.unwrap(), "r1");
    }
    assert_eq!(sessions.made(), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn nothing_is_kept_alive_for_a_connection_that_is_gone() {
    let sessions = Sessions::new(Some(300), 28_800, &[Does::LivesOn]);
    let keeper = sessions.keeper();
    token(&keeper).await;
    drop(keeper);
    pass(3_600).await;
    assert_eq!(sessions.made(), (1, 0));
}
