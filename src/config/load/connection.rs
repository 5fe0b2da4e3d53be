//! One connection of the configuration: names, sources of secrets and settings, tokens, and what this version cannot do.

use std::time::Duration;

use indexmap::IndexMap;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Map, Value};

use super::address::is_loopback_url;
use super::{Reader, token};
use crate::config::file::{ConnectionFile, InboundFile, TokenFile};
use crate::config::groups::{GroupRuleFile, GroupRules};
use crate::config::model::{
    ConnectionConfig, InboundConfig, InboundToken, LimitsOverride, Profile, SecretSource, TokenSecret,
};
use crate::config::secret::read_source;
use crate::document::Place;
use crate::ids::ConnectionName;

/// How long an IdP's request may wait for the vendor when the file does not say, in seconds.
const DEFAULT_ANSWER_WITHIN: u64 = 25;

impl Reader<'_> {
    pub(super) fn connection(
        &mut self,
        name: &str,
        file: ConnectionFile,
        loopback_listener: bool,
    ) -> Option<(ConnectionName, ConnectionConfig)> {
        let place = Place::of(["connections", name]);
        let parsed = ConnectionName::parse(name);
        if parsed.is_none() {
            self.reporter
                .at_key(&place, format!("`{name}` cannot be the name of a connection"))
                .help("it stands in the SCIM address: 1 to 63 of a-z, 0-9, - and _");
        }
        if file.mapping.trim().is_empty() {
            self.reporter
                .at(&place.key("mapping"), "no mapping is named")
                .help("give the folder of a mapping or the name of a built-in mapping");
        }
        let settings = self.settings(&place.key("settings"), file.settings);
        let plain_allowed = vendor_is_loopback(&settings);
        let secrets = self.secrets(&place.key("secrets"), file.secrets, plain_allowed);
        let inbound_rate = file.inbound.rate.map(|rate| (rate.per_second, rate.burst.unwrap_or(rate.per_second)));
        let inbound = self.inbound(&place.key("inbound"), file.inbound, file.profile, loopback_listener);
        for (n, account) in file.protected.iter().enumerate() {
            if account.trim().is_empty() {
                self.reporter.at(&place.key("protected").index(n), "an empty text protects no account");
            }
        }
        let groups = self.groups(&place.key("groups"), file.groups);
        let config = ConnectionConfig {
            mapping: self.relative(&file.mapping),
            settings,
            secrets,
            profile: file.profile,
            inbound,
            delivery: file.delivery,
            answer_within: Duration::from_secs(file.answer_within.unwrap_or(DEFAULT_ANSWER_WITHIN)),
            adopt: file.adopt.unwrap_or(true),
            protected: file.protected,
            limits: LimitsOverride {
                rate_per_second: file.limits.rate_per_second,
                burst: file.limits.burst,
                concurrency: file.limits.concurrency,
            },
            inbound_rate,
            groups,
            members_first: file.members_first,
            switches: file.switches.over(file.profile),
        };
        parsed.map(|name| (name, config))
    }

    /// Reads `env:` and `file:` values once, at load.
    fn settings(&mut self, place: &Place, given: Map<String, Value>) -> Map<String, Value> {
        let mut settings = Map::new();
        for (name, value) in given {
            let source = value.as_str().and_then(|text| self.source(text));
            let value = match source.map(|source| read_source(&source)) {
                None => value,
                Some(Ok(text)) => Value::String(text.expose_secret().to_owned()),
                Some(Err(problem)) => {
                    self.reporter.at(&place.key(&name), format!("the setting `{name}` cannot be read: {problem}"));
                    continue;
                }
            };
            settings.insert(name, value);
        }
        settings
    }

    fn groups(&mut self, place: &Place, written: Vec<GroupRuleFile>) -> GroupRules {
        let problems = match GroupRules::read(written) {
            Ok(rules) => return rules,
            Err(problems) => problems,
        };
        for problem in problems {
            let rule = place.index(problem.rule);
            let report = match problem.key {
                Some(key) => self.reporter.at(&rule.key(key), problem.message),
                None => self.reporter.at(&rule, problem.message),
            };
            report.maybe_help(problem.help);
        }
        GroupRules::default()
    }

    fn secrets(
        &mut self,
        place: &Place,
        given: IndexMap<String, String>,
        plain_allowed: bool,
    ) -> IndexMap<String, SecretSource> {
        let mut secrets = IndexMap::new();
        for (name, text) in given {
            let source = self.secret(&place.key(&name), &name, text, plain_allowed, "the vendor's address is loopback");
            secrets.extend(source.map(|source| (name, source)));
        }
        secrets
    }

    fn inbound(
        &mut self,
        place: &Place,
        file: InboundFile,
        profile: Profile,
        loopback_listener: bool,
    ) -> InboundConfig {
        if file.oauth_clients.is_some() {
            self.reporter
                .at_key(&place.key("oauth_clients"), "`oauth_clients` is not supported by this version")
                .help("let the IdP sign in with a token: `tokens: [{ name: …, secret: env:NAME }]`");
        }
        let mut names: Vec<&str> = Vec::new();
        for (n, token) in file.tokens.iter().enumerate() {
            if names.contains(&token.name.as_str()) {
                self.reporter
                    .at(&place.key("tokens").index(n).key("name"), format!("two tokens are called `{}`", token.name))
                    .help("the name tells them apart in logs: give each its own");
            }
            names.push(&token.name);
        }
        let raw_token = file.raw_token.unwrap_or(profile.takes_raw_tokens());
        let tokens = file.tokens.into_iter().enumerate();
        let tokens = tokens
            .filter_map(|(n, token)| self.token(&place.key("tokens").index(n), token, loopback_listener))
            .collect();
        InboundConfig { tokens, raw_token }
    }

    fn token(&mut self, place: &Place, file: TokenFile, loopback_listener: bool) -> Option<InboundToken> {
        if file.name.trim().is_empty() {
            self.reporter.at(&place.key("name"), "a token needs a name, for logs and to revoke it");
        }
        let expires = file.expires.and_then(|text| match token::expiry(&text) {
            Ok(end) => Some(end),
            Err(problem) => self.refuse(&place.key("expires"), problem),
        });
        if file.me.as_deref().is_some_and(|me| me.trim().is_empty()) {
            self.reporter
                .at(&place.key("me"), format!("the token `{}` acts for nobody", file.name))
                .help("write the userName of a person, or leave `me` out");
        }
        let secret = match (file.secret, file.sha256) {
            (Some(text), None) => {
                let name = format!("token {}", file.name);
                let why = "`listen` is loopback";
                self.secret(&place.key("secret"), &name, text, loopback_listener, why).map(TokenSecret::Source)
            }
            (None, Some(text)) => match token::sha256(&text) {
                Ok(hash) => Some(TokenSecret::Sha256(hash)),
                Err(problem) => self.refuse(&place.key("sha256"), problem),
            },
            (Some(_), Some(_)) => {
                self.reporter
                    .at_key(&place.key("sha256"), "a token has `secret` or `sha256`, not both")
                    .help("keep one of the two");
                None
            }
            (None, None) => {
                self.reporter
                    .at(place, format!("the token `{}` has no value", file.name))
                    .help("add `secret: env:NAME`, `secret: file:PATH` or `sha256: …`");
                None
            }
        }?;
        Some(InboundToken { name: file.name, secret, expires, me: file.me })
    }

    /// `env:`, `file:` or, where allowed, a value in plain.
    fn secret(
        &mut self,
        place: &Place,
        name: &str,
        text: String,
        plain_allowed: bool,
        plain_condition: &str,
    ) -> Option<SecretSource> {
        if let Some(source) = self.source(&text) {
            return Some(source);
        }
        if text.is_empty() || text == "env:" || text == "file:" {
            self.reporter.at(place, format!("`{name}` is empty")).help("write env:NAME or file:PATH");
            return None;
        }
        if !plain_allowed {
            // the value itself must not be printed: point at the key
            self.reporter.at_key(place, format!("`{name}` is written in plain")).help(format!(
                "write env:NAME or file:PATH; a value in plain is accepted only where {plain_condition}"
            ));
            return None;
        }
        Some(SecretSource::Literal(SecretString::from(text)))
    }

    fn source(&self, text: &str) -> Option<SecretSource> {
        if let Some(name) = text.strip_prefix("env:").filter(|name| !name.is_empty()) {
            return Some(SecretSource::Env(name.to_owned()));
        }
        let path = text.strip_prefix("file:").filter(|path| !path.is_empty())?;
        Some(SecretSource::File(self.relative(path)))
    }
}

/// Whether every address among the settings is of this machine, and there is one.
fn vendor_is_loopback(settings: &Map<String, Value>) -> bool {
    let addresses: Vec<bool> = settings.values().filter_map(Value::as_str).filter_map(is_loopback_url).collect();
    !addresses.is_empty() && addresses.iter().all(|loopback| *loopback)
}
