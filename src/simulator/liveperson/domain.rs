//! The Domain API: which host serves which part of the vendor. Here one address serves all of them, so every host is the one that was asked.
//!
//! Source: the vendor's page "Domain API", with the statuses 200, 400 (path or query) and 401 (site). Service names are case-sensitive.

use serde_json::{Value, json};

use super::super::control::{Answer, Request};
use super::Liveperson;
use super::knobs::SingleShape;
use super::refusal::Refusal;

/// The services that exist.
const SERVICES: [&str; 6] =
    ["accountConfigReadOnly", "accountConfigReadWrite", "agentVep", "sentinel", "acCdnDomain", "appKeyManagement"];

impl Liveperson {
    /// Answers which host serves one service, or all of them.
    pub fn find_hosts(&self, request: &Request, account: &str, service: Option<&str>) -> Result<Answer, Refusal> {
        let version = url::form_urlencoded::parse(request.query.as_bytes()).find(|(name, _)| name == "version");
        if version.is_none_or(|(_, version)| version != "1.0") {
            return Err(Refusal::bad("version must be 1.0"));
        }
        self.check_account(account)?;
        let body = match service {
            None => host_list(request, account),
            Some(name) if !SERVICES.contains(&name) => return Err(Refusal::bad(format!("no service {name}"))),
            Some(name) => match self.current_knobs().domain_single_shape {
                SingleShape::Object => entry(request, account, name),
                SingleShape::List => json!({ "baseURIs": [entry(request, account, name)] }),
            },
        };
        Ok(Answer::json(200, &body))
    }

    /// Refuses accounts that are not there.
    pub fn check_account(&self, account: &str) -> Result<(), Refusal> {
        let is_name = (1..=20).contains(&account.len())
            && account.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if !is_name {
            return Err(Refusal::bad("the account must be 1 to 20 letters, digits and _"));
        }
        if account != self.seed.account_id {
            return Err(Refusal::unauthorized(format!("no account {account}")));
        }
        Ok(())
    }
}

/// All services with their hosts; a login answers it, too.
pub fn host_list(request: &Request, account: &str) -> Value {
    let all: Vec<Value> = SERVICES.iter().map(|service| entry(request, account, service)).collect();
    json!({ "baseURIs": all })
}

fn entry(request: &Request, account: &str, service: &str) -> Value {
    json!({ "service": service, "account": account, "baseURI": host(request) })
}

/// The host and port that the caller asked, in lower case, without a default port.
pub fn host(request: &Request) -> String {
    let host = request.header("host").unwrap_or_default().to_ascii_lowercase();
    host.strip_suffix(":80").map(str::to_owned).unwrap_or(host)
}
