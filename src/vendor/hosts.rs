//! Hosts that the vendor names at run time: its list is fetched whole, once for all who wait for it, kept for a while, and used
//! on when it cannot be fetched again. Needs no permit and no credential, so that whoever holds one can wait for it. Makes no call
//! of the API itself.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use metrics::counter;
use tokio::time::{Instant, timeout};

use super::metrics::HOST_LISTS;
use super::send::{Origins, Prepared, SendError, Wire};
use crate::clock::whole_seconds;
use crate::ids::ConnectionName;
use crate::mapping::bound::hosts::{BoundHosts, split_placeholder};
use crate::mapping::model::{Meaning, Method};
use crate::mapping::wire::{Body, HttpRequest};

/// Longest time of one fetch. Every call of the connection waits for the first one.
const LONGEST_FETCH: Duration = Duration::from_secs(10);
/// Longest answer that is read: thousands of hosts are a few hundred kilobytes.
const MOST_LIST_BYTES: usize = 1024 * 1024;
/// The list is not fetched again within this time after it could not be had for reasons that pass.
const BROKEN_PAUSE: Duration = Duration::from_secs(5);
/// The same after the vendor refused it, or while an old list is there.
const REFUSED_PAUSE: Duration = Duration::from_secs(30);
/// Services that are named in a message.
const MOST_NAMED: usize = 12;

/// Why there is no host.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{say}")]
pub(super) struct HostError {
    /// `forbidden`: a person has to look, repeating does not help. `broken`: it may pass.
    pub(super) meaning: Meaning,
    /// The sentence for the administrator.
    say: String,
    /// When the list is asked for again.
    pub(super) retry_after: Option<Duration>,
}

type Services = HashMap<String, Result<String, String>>;

/// The hosts of one connection.
#[derive(Debug)]
pub(super) struct Hosts {
    connection: ConnectionName,
    title: String,
    /// `None`: the mapping has an address for every call.
    list: Option<BoundHosts>,
    wire: Arc<dyn Wire>,
    /// Where the sender may go.
    origins: Arc<Origins>,
    state: Mutex<State>,
    /// Held while somebody fetches.
    turn: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct State {
    kept: Option<Kept>,
    failed: Option<(Instant, HostError)>,
    /// Fetches that failed so far: who waited for one of them takes over its error.
    failures: u64,
}

#[derive(Debug)]
struct Kept {
    services: Arc<Services>,
    fetched: Instant,
    until: Instant,
}

impl Hosts {
    /// The hosts that this list names. Nothing is sent yet.
    pub(super) fn new(
        connection: &ConnectionName,
        title: &str,
        list: Option<BoundHosts>,
        wire: Arc<dyn Wire>,
        origins: Arc<Origins>,
    ) -> Arc<Self> {
        Arc::new(Self {
            connection: connection.clone(),
            title: title.to_owned(),
            list,
            wire,
            origins,
            state: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
        })
    }

    /// The address of a call, with the host in place of its name.
    ///
    /// # Errors
    /// When the vendor's list cannot be had, or has no such service.
    pub(super) async fn place(&self, url: &str) -> Result<String, HostError> {
        let (Some((service, behind)), Some(list)) = (split_placeholder(url), &self.list) else {
            return Ok(url.to_owned());
        };
        let services = self.services(list).await?;
        match services.get(service) {
            Some(Ok(origin)) => Ok(format!("{origin}{behind}")),
            Some(Err(problem)) => Err(self.settled(&format!(
                "{} names a host for {service} that is none: {problem}; no call goes there",
                list.url
            ))),
            None => {
                let mut known: Vec<&str> = services.keys().map(String::as_str).collect();
                known.sort_unstable();
                let more = if known.len() > MOST_NAMED { " …" } else { "" };
                known.truncate(MOST_NAMED);
                Err(self.settled(&format!(
                    "{} lists no service {service} for this account, only {}{more}; {} and whether the service is enabled for it \
                     (the list is at {})",
                    self.title,
                    known.join(", "),
                    self.look(list),
                    list.url
                )))
            }
        }
    }

    /// Nobody listens at a host that the list named: it may have moved, so that the list is fetched again before it is due.
    pub(super) fn doubt(&self) {
        let mut state = self.lock();
        if let Some(kept) = &mut state.kept
            && kept.fetched.elapsed() >= REFUSED_PAUSE
        {
            kept.until = kept.until.min(Instant::now());
        }
    }

    async fn services(&self, list: &BoundHosts) -> Result<Arc<Services>, HostError> {
        let (failures_before, old) = {
            let state = self.lock();
            if let Some(fresh) = state.fresh() {
                return Ok(fresh);
            }
            (state.failures, state.old())
        };
        let _turn = match (self.turn.try_lock(), old) {
            (Ok(turn), _) => turn,
            // somebody is fetching it; meanwhile the old one does
            (Err(_), Some(old)) => return Ok(old),
            (Err(_), None) => self.turn.lock().await,
        };
        {
            let state = self.lock();
            if let Some(fresh) = state.fresh() {
                return Ok(fresh);
            }
            if let Some((until, error)) = &state.failed
                && (state.failures != failures_before || *until > Instant::now())
            {
                let left = until.saturating_duration_since(Instant::now());
                return Err(HostError { retry_after: Some(left), ..error.clone() });
            }
        }
        match self.fetch(list).await {
            Ok(services) => Ok(self.keep(services, list.keep)),
            Err(error) => self.fail(error),
        }
    }

    async fn fetch(&self, list: &BoundHosts) -> Result<Services, HostError> {
        let request = HttpRequest {
            method: Method::Get,
            url: list.url.clone(),
            headers: list.headers.clone(),
            body: Body::Empty,
        };
        let broken = |problem: String| HostError {
            meaning: Meaning::Broken,
            say: format!("the list of {}'s hosts at {} cannot be read: {problem}", self.title, list.url),
            retry_after: Some(BROKEN_PAUSE),
        };
        let prepared = Prepared::new(&request).map_err(|error| self.settled(&error.to_string()))?;
        let prepared = prepared.with_longest_answer(MOST_LIST_BYTES);
        let answer = match timeout(LONGEST_FETCH, self.wire.send(&prepared, None)).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(SendError::NotAllowed(problem))) => return Err(self.settled(&problem)),
            Ok(Err(error)) => return Err(broken(error.to_string())),
            Err(_) => return Err(broken(format!("no answer within {} s", LONGEST_FETCH.as_secs()))),
        };
        match answer.status {
            200..300 => {}
            status @ (408 | 429 | 300..400 | 500..) => return Err(broken(format!("the answer was {status}"))),
            status => {
                return Err(self.settled(&format!(
                    "{} names no hosts for this account (the answer of {} was {status}); {}",
                    self.title,
                    list.url,
                    self.look(list)
                )));
            }
        }
        let services = list.read(&answer).map_err(|problem| broken(format!("of the answer, {problem}")))?;
        Ok(services.into_iter().map(|found| (found.name, found.origin)).collect())
    }

    fn keep(&self, services: Services, keep: Duration) -> Arc<Services> {
        self.count("read");
        let services = Arc::new(services);
        let now = Instant::now();
        let mut state = self.lock();
        let before = state.kept.as_ref().map(|kept| Arc::clone(&kept.services));
        state.kept = Some(Kept { services: Arc::clone(&services), fetched: now, until: now + keep });
        state.failed = None;
        drop(state);
        self.origins.replace(services.values().flatten().map(String::as_str));
        if let Some(before) = before {
            for (service, origin) in services.iter().filter_map(|(name, origin)| Some((name, origin.as_ref().ok()?))) {
                if let Some(Ok(old)) = before.get(service)
                    && old != origin
                {
                    tracing::info!(
                        connection = %self.connection,
                        "{service} of connection {} has moved from {old} to {origin}",
                        self.connection
                    );
                }
            }
        }
        services
    }

    /// Takes a failure down; an old list is used on.
    fn fail(&self, error: HostError) -> Result<Arc<Services>, HostError> {
        let mut state = self.lock();
        state.failures += 1;
        if let Some(kept) = &mut state.kept {
            let age = kept.fetched.elapsed();
            kept.until = Instant::now() + REFUSED_PAUSE;
            let services = Arc::clone(&kept.services);
            drop(state);
            self.count("kept");
            tracing::warn!(
                connection = %self.connection,
                "the list of hosts of connection {} could not be read again, the one of {} s ago is used on: {error}",
                self.connection,
                whole_seconds(age)
            );
            return Ok(services);
        }
        state.failed = Some((Instant::now() + error.retry_after.unwrap_or(REFUSED_PAUSE), error.clone()));
        drop(state);
        self.count("failed");
        Err(error)
    }

    /// An error that does not pass by itself.
    fn settled(&self, say: &str) -> HostError {
        let say = format!("{say}; connection {} makes no calls until that is right", self.connection);
        HostError { meaning: Meaning::Forbidden, say, retry_after: Some(REFUSED_PAUSE) }
    }

    /// What to look at.
    fn look(&self, list: &BoundHosts) -> String {
        if list.settings.is_empty() {
            return "check `api.hosts` in the mapping".to_owned();
        }
        let names: Vec<String> = list.settings.iter().map(|name| format!("settings.{name}")).collect();
        format!("check {} of connection {} in bridge.yaml", names.join(" and "), self.connection)
    }

    fn count(&self, outcome: &'static str) {
        counter!(HOST_LISTS, "connection" => self.connection.as_str().to_owned(), "outcome" => outcome).increment(1);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn fresh(&self) -> Option<Arc<Services>> {
        let kept = self.kept.as_ref().filter(|kept| Instant::now() < kept.until)?;
        Some(Arc::clone(&kept.services))
    }

    fn old(&self) -> Option<Arc<Services>> {
        self.kept.as_ref().map(|kept| Arc::clone(&kept.services))
    }
}

#[cfg(test)]
mod tests;
