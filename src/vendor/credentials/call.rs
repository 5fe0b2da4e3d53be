//! A sign-in that is a call like any other: made, judged, and what other calls carry taken from its answer. Keeps nothing and repeats nothing;
//! neither its requests nor its answers are logged.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use secrecy::{ExposeSecret, SecretString};

use super::fixed::basic;
use super::session::{Session, SignInNames};
use super::token::{Fresh, Grant};
use super::values::plain_name;
use super::{Parts, SignInError, without_host};
use crate::clock::SharedClock;
use crate::ids::ConnectionName;
use crate::mapping::bound::RenderError;
use crate::mapping::bound::judge::follow::Wait;
use crate::mapping::bound::judge::sign_in::SignInVerdict;
use crate::mapping::bound::sign_in::call::{BoundCallSignIn, Step};
use crate::mapping::model::{CookiesTo, Meaning};
use crate::mapping::wire::{HttpAnswer, HttpRequest};
use crate::vendor::hosts::Hosts;
use crate::vendor::retry_after::retry_after;
use crate::vendor::secrets::{Secrets, fingerprint};
use crate::vendor::send::{Credential, Prepared, SendError, Wire};

/// Stands in for a host that is known at run time only (RFC 2606 section 2: nobody has it).
const STAND_IN: &str = "https://host.invalid";
/// Pause after a limit on sign-ins when neither the answer nor a rule names one.
const LIMITED_PAUSE: Duration = Duration::from_mins(1);
/// The same after an answer that means "not now".
const BUSY_PAUSE: Duration = Duration::from_secs(5);
/// No sign-in is tried for so long after an answer of which a rule says that a person has to look.
const FORBIDDEN_PAUSE: Duration = Duration::from_hours(1);
/// A sign-in whose end nobody names holds until the vendor no longer accepts it.
const UNTIL_REFUSED: Duration = Duration::from_hours(366 * 24);
/// Longest time that a vendor can make the bridge wait with the next sign-in.
const LONGEST_WISH: Duration = Duration::from_hours(24);

/// A sign-in by a call of the mapping.
#[derive(Debug)]
pub(super) struct CallGrant {
    connection: ConnectionName,
    title: String,
    scheme: Arc<BoundCallSignIn>,
    hosts: Arc<Hosts>,
    secrets: Arc<Secrets>,
    wire: Arc<dyn Wire>,
    clock: SharedClock,
}

impl CallGrant {
    /// A grant of this scheme. Nothing is sent yet.
    ///
    /// # Errors
    /// When the call cannot be built, because a secret is empty or does not fit its place.
    pub(super) fn new(parts: &Parts, scheme: &Arc<BoundCallSignIn>) -> Result<Self, String> {
        let grant = Self {
            connection: parts.connection.clone(),
            title: parts.title.clone(),
            scheme: Arc::clone(scheme),
            hosts: Arc::clone(&parts.hosts),
            secrets: Arc::clone(&parts.secrets),
            wire: Arc::clone(&parts.wire),
            clock: Arc::clone(&parts.clock),
        };
        let built = grant.build(Step::SignIn, None).map_err(|error| error.to_string())?;
        if let Some((request, _)) = built {
            // what fits no header would be found by the first call otherwise
            Prepared::to(STAND_IN, &request).map_err(|error| format!("api.sign_in: {error}"))?;
        }
        Ok(grant)
    }

    /// A call, with what signs it; `None` when there is none to be made.
    fn build(&self, step: Step, session: Option<&Session>) -> Result<Option<(HttpRequest, Credential)>, SignInError> {
        let names = SignInNames { secrets: &self.secrets, session };
        let unusable = |error: RenderError| {
            let problem = format!("{}: {}", error.place, error.problem);
            SignInError::Unusable(format!("the sign-in of connection {} cannot be built: {problem}", self.connection))
        };
        let Some(request) = self.scheme.request(step, &names).map_err(unusable)? else { return Ok(None) };
        let mut signed = Credential { headers: Vec::new(), query: Vec::new() };
        if let Some((username, password)) = self.scheme.basic(step, &names).map_err(unusable)? {
            signed.headers.push(("authorization".to_owned(), basic(&username.into(), &password.into())?));
        }
        if let Some(cookies) = session.filter(|_| self.scheme.cookies.is_some()).and_then(Session::cookie_header) {
            signed.headers.push(("cookie".to_owned(), cookies));
        }
        Ok(Some((request, signed)))
    }

    /// Makes a call and takes over what its answer has.
    async fn make(&self, step: Step, session: &Session) -> Option<Result<Fresh, SignInError>> {
        let before = (step == Step::Refresh).then_some(session);
        match self.build(step, before) {
            Ok(None) => None,
            Ok(Some((request, signed))) => Some(self.send(step, &request, &signed, session).await),
            Err(error) => Some(Err(error)),
        }
    }

    async fn send(
        &self,
        step: Step,
        request: &HttpRequest,
        signed: &Credential,
        session: &Session,
    ) -> Result<Fresh, SignInError> {
        let say = |problem: String| format!("{} sign-in of connection {}: {problem}", self.title, self.connection);
        let url = self.hosts.place(&request.url).await.map_err(|error| without_host(&error))?;
        let prepared = Prepared::to(&url, request).map_err(|error| SignInError::Unusable(say(error.to_string())))?;
        let answer = self.wire.send(&prepared, Some(signed)).await.map_err(|error| match &error {
            SendError::NotSent { .. } => SignInError::Unreached(say(error.to_string())),
            SendError::NotAllowed(_) | SendError::Lost { .. } | SendError::Useless { .. } => {
                SignInError::Broken(say(error.to_string()))
            }
        })?;
        match self.scheme.judge(step, &answer) {
            Some(verdict) if verdict.meaning != Meaning::Done => Err(self.not_signed_in(&prepared, &answer, &verdict)),
            _ => self.fresh(step, session.clone(), &answer),
        }
    }

    fn fresh(&self, step: Step, mut session: Session, answer: &HttpAnswer) -> Result<Fresh, SignInError> {
        let kept = self.scheme.kept_in(step, answer).map_err(|lack| self.useless(answer, &lack))?;
        session.take_over(kept, answer);
        let names = SignInNames { secrets: &self.secrets, session: Some(&session) };
        let headers = self.scheme.headers(&names).map_err(|error| {
            SignInError::Unusable(format!(
                "the sign-in of connection {} gives no header {}: {}",
                self.connection, error.place, error.problem
            ))
        })?;
        let mut headers: Vec<(String, SecretString)> =
            headers.into_iter().map(|(name, value)| (name, value.into())).collect();
        if self.scheme.cookies == Some(CookiesTo::AllCalls) {
            headers.extend(session.cookie_header().map(|cookies| ("cookie".to_owned(), cookies)));
        }
        let now = self.clock.now();
        let told = self.scheme.lives(step, answer).map(|wait| match wait {
            Wait::For(life) => life,
            Wait::Until(end) => Duration::try_from(end.duration_since(now)).unwrap_or(Duration::ZERO),
        });
        // a refresh that does not say it holds as long as what it renews
        let lifetime = told.or((step == Step::SignIn).then_some(UNTIL_REFUSED));
        Ok(Fresh { credential: Credential { headers, query: Vec::new() }, lifetime, session })
    }

    /// The vendor says yes, but there is nothing to sign calls with. Asking again would bring the same, and might lock the account.
    fn useless(&self, answer: &HttpAnswer, lack: &str) -> SignInError {
        let (title, connection, status) = (&self.title, &self.connection, answer.status);
        if answer.json.is_none() && answer.text.trim_start().starts_with('<') {
            return SignInError::Broken(format!(
                "{title} sign-in of connection {connection}: a web page came instead of an answer; \
                 look for a proxy in between or a wrong address in the settings"
            ));
        }
        SignInError::Refused {
            say: format!(
                "{title} answered {status} to the sign-in of connection {connection}, but {lack}; if such an answer is a refusal, \
                 say so in the `answers` of the sign-in, else correct `kept` in the mapping"
            ),
            retry_after: Duration::ZERO,
        }
    }

    fn not_signed_in(&self, prepared: &Prepared, answer: &HttpAnswer, verdict: &SignInVerdict) -> SignInError {
        let (title, connection, status) = (&self.title, &self.connection, answer.status);
        let name = verdict.error.as_deref().and_then(plain_name);
        let named = name.map(|name| format!(" ({name})")).unwrap_or_default();
        let own =
            |say: &str| format!("{title} sign-in of connection {connection}: {say} (the answer was {status}{named})");
        let say = verdict.say.as_deref().map(own);
        let wish = || self.wish(verdict.wait, answer);
        match verdict.meaning {
            Meaning::Limited => SignInError::Limited {
                say: say.unwrap_or_else(|| {
                    format!("{title} allows no further sign-ins of connection {connection} for now ({status}{named})")
                }),
                retry_after: wish().unwrap_or(LIMITED_PAUSE),
            },
            Meaning::Busy => SignInError::Limited {
                say: say.unwrap_or_else(|| own("it is not possible now")),
                retry_after: wish().unwrap_or(BUSY_PAUSE),
            },
            Meaning::Broken => SignInError::Broken(say.unwrap_or_else(|| {
                format!("{title} sign-in of connection {connection}: the answer was {status}{named}")
            })),
            Meaning::Forbidden if verdict.is_own => SignInError::Refused {
                say: say.unwrap_or_else(|| own("a person has to look before it is tried again")),
                retry_after: FORBIDDEN_PAUSE,
            },
            _ => SignInError::Refused {
                say: say.unwrap_or_else(|| self.refused_say(prepared, status, &named, verdict.is_own)),
                retry_after: Duration::ZERO,
            },
        }
    }

    fn refused_say(&self, prepared: &Prepared, status: u16, named: &str, is_ruled: bool) -> String {
        if matches!(status, 404 | 405 | 410) && !is_ruled {
            let mut address = prepared.url().clone();
            address.set_query(None);
            // a secret may be a part of the path
            let place = if self.scheme.has_secret_path() {
                "the address of the mapping".to_owned()
            } else {
                address.to_string()
            };
            return format!(
                "{} knows no sign-in at {place} (it answered {status}{named}); check the settings of connection {}",
                self.title, self.connection
            );
        }
        let said = super::refused_say(&self.title, "sign-in", &self.connection, &self.scheme.secrets().join(" and "));
        format!("{said}; the answer was {status}{named}")
    }

    fn wish(&self, ruled: Option<Wait>, answer: &HttpAnswer) -> Option<Duration> {
        let now = self.clock.now();
        let ruled = ruled.map(|wait| match wait {
            Wait::For(pause) => pause,
            Wait::Until(moment) => Duration::try_from(moment.duration_since(now)).unwrap_or(Duration::ZERO),
        });
        ruled.or_else(|| retry_after(answer, now)).map(|wish| wish.min(LONGEST_WISH))
    }
}

#[async_trait]
impl Grant for CallGrant {
    async fn sign_in(&self) -> Result<Fresh, SignInError> {
        let none = || SignInError::Unusable(format!("connection {} has no call to sign in with", self.connection));
        self.make(Step::SignIn, &Session::default()).await.unwrap_or_else(|| Err(none()))
    }

    async fn refresh(&self, session: &Session) -> Option<Result<Fresh, SignInError>> {
        if !self.scheme.has_refresh() {
            return None;
        }
        self.make(Step::Refresh, session).await
    }

    fn refresh_every(&self) -> Option<Duration> {
        self.scheme.refresh_every()
    }

    fn fingerprint(&self) -> Option<[u8; 32]> {
        let values: Vec<SecretString> =
            self.scheme.secrets().iter().filter_map(|name| self.secrets.get(name)).collect();
        Some(fingerprint(&values.iter().map(ExposeSecret::expose_secret).collect::<Vec<_>>()))
    }
}

#[cfg(test)]
mod tests;
