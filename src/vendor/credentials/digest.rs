//! HTTP Digest (RFC 7616): the vendor asks with a nonce, each call answers with a response that proves the password. A nonce
//! serves one call after the other, never two at once, so that its count always grows, as strict servers want it.

mod challenge;

use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use md5::Md5;
use percent_encoding::utf8_percent_encode;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest as _, Sha256};
use url::Position;

pub(in crate::vendor) use self::challenge::Challenge;
use self::challenge::{Algorithm, next_nonce};
use super::SignInError;
use super::values::{SecretValue, UNRESERVED, secret_names};
use crate::ids::ConnectionName;
use crate::mapping::wire::HttpAnswer;
use crate::vendor::secrets::fingerprint;
use crate::vendor::send::{Credential, Prepared};

/// Nonces that are kept between calls; no more calls than that are under way at once anyway.
const MOST_NONCES: usize = 64;

/// Answers the vendor's challenges.
#[derive(Debug)]
pub(in crate::vendor) struct Digest {
    username: SecretValue,
    password: SecretValue,
    /// Nonces that no call uses at present; the last one used is the first to be used again.
    idle: Mutex<Vec<Nonce>>,
    is_accepted: AtomicBool,
}

/// A nonce of the vendor, and how often it has been used.
#[derive(Debug, Clone)]
pub(in crate::vendor) struct Nonce {
    challenge: Challenge,
    count: u32,
    /// The vendor has accepted a response with it.
    is_proven: bool,
    /// The secrets that it was used with.
    fingerprint: [u8; 32],
}

/// What a 401 means for the next attempt.
#[derive(Debug)]
pub(in crate::vendor) enum Reply {
    /// The nonce was too old, or was lost with a restart: a response to this challenge may be accepted.
    Renewed(Challenge),
    /// The vendor does not accept user name or password.
    Refused,
    /// It asks for something else than Digest, or for a form of it that is not spoken here.
    NotSpoken(String),
}

impl Digest {
    /// Answers with this user name and password.
    ///
    /// # Errors
    /// When one of them has no value, or the user name has a colon.
    pub(super) fn new(username: SecretValue, password: SecretValue) -> Result<Self, String> {
        let digest = Self { username, password, idle: Mutex::default(), is_accepted: AtomicBool::new(true) };
        digest.read().map_err(|error| error.to_string())?;
        Ok(digest)
    }

    /// The header for one attempt: the response to `challenge`, else with a nonce that has served before; none when the vendor has not asked yet.
    ///
    /// # Errors
    /// When a secret has no value.
    pub(super) fn respond(
        &self,
        request: &Prepared,
        challenge: Option<Challenge>,
    ) -> Result<Option<(Credential, Nonce)>, SignInError> {
        let (username, password) = self.read()?;
        let fingerprint = fingerprint(&[username.expose_secret(), password.expose_secret()]);
        let fresh = challenge.map(|challenge| Nonce { challenge, count: 0, is_proven: false, fingerprint });
        let Some(mut nonce) = fresh.or_else(|| self.idle().pop()) else { return Ok(None) };
        nonce.count += 1;
        nonce.is_proven &= nonce.fingerprint == fingerprint;
        nonce.fingerprint = fingerprint;
        let target = &request.url()[Position::BeforePath..Position::AfterQuery];
        let client_nonce = format!("{:032x}", rand::random::<u128>());
        let value = header(&nonce, &username, &password, request.method(), target, &client_nonce);
        Ok(Some((Credential::new("authorization", value), nonce)))
    }

    /// The vendor has answered a call with this nonce, and accepted it.
    pub(super) fn accept(&self, mut nonce: Nonce, answer: &HttpAnswer) {
        self.is_accepted.store(true, Ordering::Relaxed);
        nonce.is_proven = true;
        if let Some(next) = next_nonce(answer) {
            nonce.challenge.nonce = next;
            nonce.count = 0;
        }
        let mut idle = self.idle();
        if idle.len() < MOST_NONCES && nonce.count < u32::MAX {
            idle.push(nonce);
        }
    }

    /// What the vendor asks in answer to a call that carried no response; `None` when it is no such answer.
    pub(super) fn asked(answer: &HttpAnswer) -> Option<Challenge> {
        if answer.status == 401 { Challenge::find(answer).ok() } else { None }
    }

    /// The vendor has not accepted a call, made with this nonce or without any.
    pub(super) fn reject(&self, used: Option<&Nonce>, answer: &HttpAnswer) -> Reply {
        let challenge = match Challenge::find(answer) {
            Ok(challenge) => challenge,
            Err(problem) => {
                self.is_accepted.store(false, Ordering::Relaxed);
                return Reply::NotSpoken(problem);
            }
        };
        // A vendor that forgot the nonce may say so by `stale`, or only by a new one after the old one had worked.
        if challenge.is_stale || used.is_none_or(|used| used.is_proven) {
            return Reply::Renewed(challenge);
        }
        self.is_accepted.store(false, Ordering::Relaxed);
        Reply::Refused
    }

    /// Does the vendor accept them, as far as we know?
    pub(super) fn is_accepted(&self) -> bool {
        self.is_accepted.load(Ordering::Relaxed)
    }

    /// What the administrator is told when the vendor does not accept them.
    pub(super) fn refused_say(&self, title: &str, connection: &ConnectionName) -> String {
        let names = secret_names(&[&self.username, &self.password]);
        super::refused_say(title, "user name or password", connection, &names)
    }

    fn read(&self) -> Result<(SecretString, SecretString), SignInError> {
        let username = self.username.read()?;
        if username.expose_secret().contains(':') {
            return Err(SignInError::Unusable("a user name for HTTP Digest cannot contain a colon".to_owned()));
        }
        Ok((username, self.password.read()?))
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Nonce>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// RFC 7616 section 3.4.
fn header(
    nonce: &Nonce,
    username: &SecretString,
    password: &SecretString,
    method: &str,
    target: &str,
    client_nonce: &str,
) -> SecretString {
    let asked = &nonce.challenge;
    let (username, password) = (username.expose_secret(), password.expose_secret());
    let hash = |text: String| match asked.algorithm {
        Algorithm::Md5 => hex(&Md5::digest(text.as_bytes())),
        Algorithm::Sha256 => hex(&Sha256::digest(text.as_bytes())),
    };
    let user = hash(format!("{username}:{}:{password}", asked.realm));
    let request = hash(format!("{method}:{target}"));
    let count = format!("{:08x}", nonce.count);
    let response = if asked.has_qop {
        hash(format!("{user}:{}:{count}:{client_nonce}:auth:{request}", asked.nonce))
    } else {
        // RFC 2069, which RFC 7616 section 3.4.1 no longer describes and old servers still speak
        hash(format!("{user}:{}:{request}", asked.nonce))
    };
    let mut value = String::from("Digest ");
    if username.is_ascii() {
        push(&mut value, "username", &quoted(username));
    } else {
        push(&mut value, "username*", &format!("UTF-8''{}", utf8_percent_encode(username, UNRESERVED)));
    }
    push(&mut value, "realm", &quoted(&asked.realm));
    push(&mut value, "nonce", &quoted(&asked.nonce));
    push(&mut value, "uri", &quoted(target));
    push(&mut value, "response", &quoted(&response));
    if let Some(name) = &asked.algorithm_name {
        push(&mut value, "algorithm", name);
    }
    if asked.has_qop {
        push(&mut value, "qop", "auth");
        push(&mut value, "nc", &count);
        push(&mut value, "cnonce", &quoted(client_nonce));
    }
    if let Some(opaque) = &asked.opaque {
        push(&mut value, "opaque", &quoted(opaque));
    }
    value.into()
}

fn push(into: &mut String, name: &str, value: &str) {
    if !into.ends_with(' ') {
        into.push_str(", ");
    }
    // writing to a String cannot fail
    let _ = write!(into, "{name}={value}");
}

/// RFC 9110 section 5.6.4.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // writing to a String cannot fail
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests;
