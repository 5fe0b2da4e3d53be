//! Who calls, and what the caller may do. It issues no tokens.
//!
//! Privileges (FAQ "User management privileges"): Manage Users is for users of the teams that one supervises, Manage All Teams for all; skill levels need Manage
//! Skills. The FAQ is written for the administration pages; that the API asks for the same is an assumption. The SCIM API asks for Manage Users and Manage All Teams.

use std::collections::{BTreeSet, HashMap};

use jiff::{SignedDuration, Timestamp};

use super::super::control::{Request, lock, read};
use super::BrightPattern;
use super::digest::Digested;
use super::knobs::{Algorithm, Knobs, Server};
use super::refusal::Refusal;
use super::tenant::{Privilege, Tenant};
use super::token::hex;

/// Realm of HTTP Digest; none is documented.
const REALM: &str = "Bright Pattern";

/// Nonces that are kept; beyond it those that ended are dropped, then all.
const MAX_NONCES: usize = 10_000;

/// Who calls.
#[derive(Debug, Clone)]
pub struct Caller {
    login_id: String,
    privileges: BTreeSet<Privilege>,
}

/// The nonces that were given out, each with its end and the highest count that was used.
#[derive(Debug, Default)]
pub struct Nonces {
    given: HashMap<String, (Timestamp, u32)>,
}

impl BrightPattern {
    /// Finds out who calls.
    pub fn authenticate(&self, request: &Request) -> Result<Caller, Refusal> {
        let knobs = self.current_knobs();
        let now = self.clock.now();
        let tenant = read(&self.tenant);
        let user = match knobs.server {
            Server::Five => {
                let token = request.bearer().ok_or_else(Refusal::unauthorized)?;
                let grant = lock(&self.tokens).find(token, now).cloned().ok_or_else(Refusal::unauthorized)?;
                // a token of the provider belongs to nobody here
                let id = grant.user.ok_or_else(Refusal::forbidden)?;
                tenant.user(&id)
            }
            Server::Three => {
                let login_id = self.check_digest(request, &tenant, &knobs, now)?;
                tenant.find(&login_id, &knobs)
            }
        };
        let user = user.filter(|user| tenant.active && !user.disabled).ok_or_else(Refusal::unauthorized)?;
        Ok(Caller { login_id: user.login_id.clone(), privileges: tenant.privileges(user) })
    }

    /// The login id of a digest that fits the user's password.
    fn check_digest(
        &self,
        request: &Request,
        tenant: &Tenant,
        knobs: &Knobs,
        now: Timestamp,
    ) -> Result<String, Refusal> {
        let challenge = |is_stale| self.challenge(knobs, now, is_stale);
        let digested = request.header("authorization").and_then(Digested::read).ok_or_else(|| challenge(false))?;
        let parameter = |name: &str| digested.parameter(name).unwrap_or_default();
        let algorithm = digested.parameter("algorithm").unwrap_or("MD5");
        let qop = digested.parameter("qop");
        let target =
            if request.query.is_empty() { request.path.clone() } else { format!("{}?{}", request.path, request.query) };
        let is_as_asked = parameter("realm") == REALM
            && parameter("uri") == target
            && algorithm.eq_ignore_ascii_case(algorithm_name(knobs.digest_algorithm))
            && qop == knobs.digest_qop.then_some("auth");
        let user = tenant.find(parameter("username"), knobs).filter(|user| is_as_asked && !user.locked_out);
        let password = user.and_then(|user| user.password.as_ref().map(|own| (user, own)));
        let (user, _) = password
            .filter(|(_, own)| {
                digested.fits(knobs.digest_algorithm, secrecy::ExposeSecret::expose_secret(*own), &request.method)
            })
            .ok_or_else(|| challenge(false))?;
        let count = u32::from_str_radix(parameter("nc"), 16).unwrap_or_default();
        // the lock must be free again before another nonce is given
        let turn = lock(&self.nonces).use_up(parameter("nonce"), count, knobs.digest_qop, now);
        match turn {
            Use::Fresh => Ok(user.login_id.clone()),
            Use::Replayed => Err(challenge(false)),
            Use::Stale => Err(challenge(true)),
        }
    }

    fn challenge(&self, knobs: &Knobs, now: Timestamp, is_stale: bool) -> Refusal {
        let life = SignedDuration::from_secs(i64::try_from(knobs.digest_nonce_seconds).unwrap_or(i64::MAX));
        let nonce = lock(&self.nonces).give(now.checked_add(life).unwrap_or(Timestamp::MAX), now);
        let mut header =
            format!(r#"Digest realm="{REALM}", nonce="{nonce}", algorithm={}"#, algorithm_name(knobs.digest_algorithm));
        if knobs.digest_qop {
            header.push_str(r#", qop="auth""#);
        }
        if is_stale {
            header.push_str(", stale=true");
        }
        Refusal::unauthorized().with_header("www-authenticate", header)
    }
}

enum Use {
    Fresh,
    Replayed,
    Stale,
}

impl Nonces {
    fn give(&mut self, ends: Timestamp, now: Timestamp) -> String {
        if self.given.len() >= MAX_NONCES {
            self.given.retain(|_, (ends, _)| *ends > now);
        }
        if self.given.len() >= MAX_NONCES {
            self.given.clear();
        }
        let nonce = hex(&rand::random::<[u8; 16]>());
        self.given.insert(nonce.clone(), (ends, 0));
        nonce
    }

    /// Uses a nonce; with `qop` its count has to grow.
    fn use_up(&mut self, nonce: &str, count: u32, counts: bool, now: Timestamp) -> Use {
        match self.given.get_mut(nonce) {
            Some((ends, highest)) if *ends > now => {
                if counts && count <= *highest {
                    return Use::Replayed;
                }
                *highest = count;
                Use::Fresh
            }
            _ => Use::Stale,
        }
    }
}

impl Caller {
    /// Refuses whoever manages no users at all.
    pub fn check_users(&self) -> Result<(), Refusal> {
        check(self.has(Privilege::Users) || self.has(Privilege::AllTeams))
    }

    /// Refuses whoever manages neither users nor phones.
    pub fn check_phones(&self) -> Result<(), Refusal> {
        check(self.has(Privilege::Phones)).or_else(|_| self.check_users())
    }

    /// Refuses whoever does not manage users and all teams.
    pub fn check_scim(&self) -> Result<(), Refusal> {
        check(self.has(Privilege::Users) && self.has(Privilege::AllTeams))
    }

    /// Refuses whoever does not manage skills.
    pub fn check_skills(&self) -> Result<(), Refusal> {
        check(self.has(Privilege::Skills))
    }

    /// Refuses a team that the caller does not supervise.
    pub fn check_team(&self, team: &str, tenant: &Tenant, knobs: &Knobs) -> Result<(), Refusal> {
        let supervises = |login_id: &String| login_id.eq_ignore_ascii_case(&self.login_id);
        let is_own = tenant.teams.get(team).is_some_and(|team| team.supervisors.iter().any(supervises));
        match knobs.unsupervised_status {
            _ if is_own || self.has(Privilege::AllTeams) => Ok(()),
            404 => Err(Refusal::no_user()),
            _ => Err(Refusal::forbidden()),
        }
    }

    fn has(&self, privilege: Privilege) -> bool {
        self.privileges.contains(&privilege)
    }
}

fn check(may: bool) -> Result<(), Refusal> {
    if may { Ok(()) } else { Err(Refusal::forbidden()) }
}

fn algorithm_name(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::Md5 => "MD5",
        Algorithm::Sha256 => "SHA-256",
    }
}
