//! Hosts that the vendor names at run time: the call that lists them, and what its answer says. A host that could lead a call
//! somewhere else than to a host is refused. Asks nobody and keeps nothing.

use std::time::Duration;

use percent_encoding::utf8_percent_encode;
use serde_json::Value;
use url::Url;

use super::Bound;
use super::bind::{BindProblem, path_or_note};
use super::request::{ENCODED, query_values, segment};
use super::settings::{SettingNames, check_address};
use crate::mapping::model::{Api, Hosts};
use crate::mapping::tree::Tree;
use crate::mapping::tree::resolve::scalar_text;
use crate::mapping::vendor_path::{Found, VendorPath};
use crate::mapping::wire::HttpAnswer;

/// How long the list is kept when the mapping does not say it.
pub(crate) const DEFAULT_KEEP_SECONDS: u64 = 600;
/// The longest time that a list may be kept. A host that has moved should be found within a day.
pub(crate) const LONGEST_KEEP_SECONDS: u64 = 24 * 60 * 60;
/// Entries that are read. A longer list is no list of hosts.
const MOST_ENTRIES: usize = 10_000;

/// The list of hosts, ready to be asked for.
#[derive(Debug, Clone)]
pub struct BoundHosts {
    /// The address of the list.
    pub url: String,
    /// Headers of the call.
    pub headers: Vec<(String, String)>,
    /// How long the list is kept.
    pub keep: Duration,
    /// Names of the settings that its address is made of, for messages.
    pub settings: Vec<String>,
    items: VendorPath,
    name: VendorPath,
    host: VendorPath,
    scheme: String,
}

/// A service and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceHost {
    /// Name of the service.
    pub name: String,
    /// Scheme, host and port; or why what the vendor says is no host.
    pub origin: Result<String, String>,
}

/// The beginning of an address whose host the vendor names at run time: `{NAME}`.
pub fn placeholder(service: &str) -> String {
    format!("{{{service}}}")
}

/// The service in an address that begins with a placeholder, and what stands behind it.
pub fn split_placeholder(url: &str) -> Option<(&str, &str)> {
    url.strip_prefix('{')?.split_once('}')
}

/// What the address of a call begins with: the host that the call names, else the one that all calls share.
pub(super) fn base_of(host: Option<&str>, base_url: &str, api: &Api) -> String {
    match host.or(api.host.as_deref()) {
        Some(service) => placeholder(service),
        None => base_url.to_owned(),
    }
}

impl BoundHosts {
    pub(super) fn bind(hosts: &Hosts, names: &SettingNames<'_>, problems: &mut Vec<BindProblem>) -> Self {
        let mut own = Vec::new();
        let mut note = |place: &str, problem: String| {
            own.push(BindProblem::new(format!("api.hosts.{place}"), problem));
            String::new()
        };
        let url = address(hosts, names).unwrap_or_else(|(place, problem)| note(&format!("call.{place}"), problem));
        let scheme = scheme(hosts, names).unwrap_or_else(|problem| note("scheme", problem));
        let keep = keep(hosts, names).unwrap_or_else(|problem| {
            note("keep_seconds", problem);
            Duration::from_secs(DEFAULT_KEEP_SECONDS)
        });
        let mut headers = Vec::new();
        for (name, tree) in &hosts.call.headers {
            match tree.resolve_text(names) {
                Ok(value) => headers.extend(value.map(|value| (name.clone(), value))),
                Err(error) => {
                    note(&format!("call.headers.{name}"), error.to_string());
                }
            }
        }
        // what a setting that is missing or wrong makes of the rest has been told already
        if problems.is_empty() {
            problems.append(&mut own);
        }
        let mut path = |key: &str, text: &str| path_or_note(text, &format!("api.hosts.{key}"), problems);
        let (items, name, host) = (path("items", &hosts.items), path("name", &hosts.name), path("host", &hosts.host));
        let mut settings = Vec::new();
        for tree in &hosts.call.path {
            tree.each_reference(&mut |path| settings.extend(path.get(1).cloned()));
        }
        Self { url, headers, keep, settings, items, name, host, scheme }
    }

    /// What an answer says about the services.
    ///
    /// # Errors
    /// When it names none.
    pub fn read(&self, answer: &HttpAnswer) -> Result<Vec<ServiceHost>, String> {
        let json = answer.json.as_ref().ok_or("it is not JSON")?;
        let entries = match self.items.find(json) {
            Found::One(Value::Array(entries)) => entries.iter().collect(),
            Found::Many(entries) => entries,
            Found::One(one) => vec![one],
            // some vendors answer a list of one as that one
            Found::Nothing | Found::Null => vec![json],
        };
        if entries.len() > MOST_ENTRIES {
            return Err(format!("it lists more than {MOST_ENTRIES} services"));
        }
        let services: Vec<ServiceHost> = entries.into_iter().filter_map(|entry| self.service(entry)).collect();
        if services.is_empty() { Err("it names no service with a host".to_owned()) } else { Ok(services) }
    }

    fn service(&self, entry: &Value) -> Option<ServiceHost> {
        let name = self.name.first(entry).and_then(scalar_text)?;
        let host = self.host.first(entry).and_then(scalar_text)?;
        Some(ServiceHost { name, origin: origin(&host, &self.scheme) })
    }
}

impl Bound {
    /// The list of hosts, where the vendor names them at run time.
    pub fn hosts(&self) -> Option<&BoundHosts> {
        self.hosts.as_deref()
    }
}

fn address(hosts: &Hosts, names: &SettingNames<'_>) -> Result<String, (String, String)> {
    let base = hosts.call.base_url.resolve_text(names).map_err(|error| ("base_url".to_owned(), error.to_string()))?;
    let base = base.ok_or_else(|| ("base_url".to_owned(), "has no value; it needs scheme and host".to_owned()))?;
    check_address(&base).map_err(|problem| ("base_url".to_owned(), problem))?;
    let mut url = base.trim_end_matches('/').to_owned();
    for (at, tree) in hosts.call.path.iter().enumerate() {
        url.push('/');
        url.push_str(&segment(tree, names).map_err(|error| (format!("path[{at}]"), error.problem))?);
    }
    let mut separator = '?';
    for (name, tree) in &hosts.call.query {
        for value in query_values(tree, names).map_err(|error| (format!("query.{name}"), error.problem))? {
            url.push(separator);
            url.extend(utf8_percent_encode(name, ENCODED));
            url.push('=');
            url.extend(utf8_percent_encode(&value, ENCODED));
            separator = '&';
        }
    }
    Ok(url)
}

fn scheme(hosts: &Hosts, names: &SettingNames<'_>) -> Result<String, String> {
    let resolved = hosts.scheme.as_ref().map(|tree| tree.resolve_text(names)).transpose();
    let scheme = resolved.map_err(|error| error.to_string())?.flatten().unwrap_or_else(|| "https".to_owned());
    if scheme == "https" || scheme == "http" {
        Ok(scheme)
    } else {
        Err(format!("{scheme:?} is no scheme; it is https, or http for hosts on loopback"))
    }
}

fn keep(hosts: &Hosts, names: &SettingNames<'_>) -> Result<Duration, String> {
    let resolved = hosts.keep_seconds.as_ref().map(|tree: &Tree| tree.resolve(names)).transpose();
    let seconds = match resolved.map_err(|error| error.to_string())?.flatten() {
        None => Some(DEFAULT_KEEP_SECONDS),
        Some(value) => value.as_u64().or_else(|| value.as_str()?.trim().parse().ok()),
    };
    match seconds {
        Some(seconds @ 1..=LONGEST_KEEP_SECONDS) => Ok(Duration::from_secs(seconds)),
        _ => Err(format!("1 to {LONGEST_KEEP_SECONDS} seconds are possible")),
    }
}

/// Scheme, host and port from what the vendor calls a host. It is outside data: nothing but a host may come in with it.
fn origin(text: &str, scheme: &str) -> Result<String, String> {
    let text = text.trim();
    let (scheme, bare) = text.split_once("://").unwrap_or((scheme, text));
    let bare = bare.strip_suffix('/').unwrap_or(bare);
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._:[]".contains(c);
    if bare.is_empty() || !bare.chars().all(is_plain) {
        return Err(format!("{text:?} is no host: only a host, or host and port, may stand there"));
    }
    let address = format!("{}://{bare}", scheme.to_ascii_lowercase());
    check_address(&address)?;
    let url = Url::parse(&address).map_err(|error| format!("{text:?} is no host: {error}"))?;
    Ok(url.origin().ascii_serialization())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn hosts(more: Value) -> Hosts {
        let mut hosts = json!({
            "call": {
                "base_url": "http://127.0.0.1:9",
                "path": ["account", "$settings.account", "hosts.json"],
                "query": { "version": "1.0" },
            },
            "items": "baseURIs",
            "name": "service",
            "host": "baseURI",
        });
        if let (Value::Object(hosts), Value::Object(more)) = (&mut hosts, more) {
            hosts.extend(more);
        }
        serde_json::from_value(hosts).expect("hosts")
    }

    fn bind(more: Value) -> Result<BoundHosts, Vec<String>> {
        let settings = [("account".to_owned(), json!("a b")), ("keep".to_owned(), json!(7))].into_iter().collect();
        let mut problems = Vec::new();
        let bound = BoundHosts::bind(&hosts(more), &SettingNames(&settings), &mut problems);
        if problems.is_empty() { Ok(bound) } else { Err(problems.iter().map(ToString::to_string).collect()) }
    }

    fn read(bound: &BoundHosts, body: &Value) -> Result<Vec<ServiceHost>, String> {
        let answer = HttpAnswer { status: 200, headers: Vec::new(), text: body.to_string(), json: Some(body.clone()) };
        bound.read(&answer)
    }

    #[test]
    fn the_address_of_the_list_is_encoded_and_names_its_settings() {
        let bound = bind(json!({})).expect("binds");
        assert_eq!(bound.url, "http://127.0.0.1:9/account/a%20b/hosts.json?version=1.0");
        assert_eq!(bound.settings, ["account"]);
        assert_eq!(bound.keep, Duration::from_mins(10));
        let short = bind(json!({ "keep_seconds": "$settings.keep" })).expect("binds");
        assert_eq!(short.keep, Duration::from_secs(7));
    }

    #[test]
    fn a_list_and_a_single_entry_are_read_alike() {
        let bound = bind(json!({})).expect("binds");
        let entry = json!({ "service": "accounts", "account": "1", "baseURI": "va.ac.example.net" });
        let origin = Ok("https://va.ac.example.net".to_owned());
        let expected = vec![ServiceHost { name: "accounts".to_owned(), origin }];
        assert_eq!(read(&bound, &json!({ "baseURIs": [entry] })), Ok(expected.clone()));
        assert_eq!(read(&bound, &json!({ "baseURIs": entry })), Ok(expected.clone()));
        assert_eq!(read(&bound, &entry), Ok(expected));
        for none in [json!([]), json!({ "baseURIs": [] }), json!({ "baseURIs": [{ "service": "x" }] }), json!("x")] {
            assert!(read(&bound, &none).is_err(), "{none}");
        }
    }

    #[test]
    fn what_the_vendor_calls_a_host_is_a_host_or_nothing() {
        for (text, scheme, expected) in [
            ("va.ac.example.net", "https", "https://va.ac.example.net"),
            (" VA.ac.example.net:8443 ", "https", "https://va.ac.example.net:8443"),
            ("https://lo.ac.example.net/", "https", "https://lo.ac.example.net"),
            ("127.0.0.1:4711", "http", "http://127.0.0.1:4711"),
            ("[::1]:4711", "http", "http://[::1]:4711"),
            ("http://localhost:1", "https", "http://localhost:1"),
        ] {
            assert_eq!(origin(text, scheme).as_deref(), Ok(expected), "{text}");
        }
        for (text, scheme) in [
            ("", "https"),
            ("va.example.net/path", "https"),
            ("https://va.example.net/path", "https"),
            ("user@va.example.net", "https"),
            ("https://user:word@va.example.net", "https"),
            ("va.example.net?x=1", "https"),
            ("va.example.net#x", "https"),
            ("va.exa mple.net", "https"),
            ("va.example.net\\evil", "https"),
            ("vä.example.net", "https"),
            ("va.example.net:99999", "https"),
            ("va.example.net", "http"),
            ("http://va.example.net", "https"),
            ("ftp://va.example.net", "https"),
            ("%6c.example.net", "https"),
        ] {
            assert!(origin(text, scheme).is_err(), "{text}");
        }
    }

    #[test]
    fn what_does_not_fit_is_told_with_its_place() {
        let path = json!({ "base_url": "http://vendor.example", "path": ["x"] });
        for (more, place) in [
            (json!({ "scheme": "ftp" }), "api.hosts.scheme"),
            (json!({ "keep_seconds": 0 }), "api.hosts.keep_seconds"),
            (json!({ "items": "a..b" }), "api.hosts.items"),
            (json!({ "call": path }), "api.hosts.call.base_url"),
        ] {
            let problems = bind(more).expect_err("must not bind");
            assert_eq!(problems.len(), 1, "{problems:?}");
            assert!(problems[0].starts_with(place), "{problems:?}");
        }
    }

    #[test]
    fn only_our_own_placeholder_is_one() {
        assert_eq!(split_placeholder("{accounts}/api/x?y={z}"), Some(("accounts", "/api/x?y={z}")));
        assert_eq!(split_placeholder("https://api.example/{x}"), None);
    }
}
