//! Who takes part in a demo: the simulated vendors, each with the connection in front of it. Starts nothing but simulators.

use std::net::SocketAddr;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::cli::failure::Failure;
use crate::cli::simulate;
use crate::cli::token::random_token;
use crate::config::mappings::embedded;
use crate::simulator::{self, Running, VendorKind, brightpattern, iadvize, liveperson};

/// A simulated vendor and the connection to it.
pub(super) struct Part {
    /// Name of the vendor, of its mapping and of the connection.
    pub(super) name: &'static str,
    /// The vendor's name in sentences.
    pub(super) title: &'static str,
    /// The running simulator.
    pub(super) vendor: Running,
    /// The token of the connection.
    pub(super) token: String,
    kind: VendorKind,
}

/// The vendors of a demo, in the order in which they are shown. One whose mapping is not built in takes no part.
const VENDORS: [(VendorKind, &str, &str); 3] = [
    (VendorKind::Iadvize, "iadvize", "iAdvize"),
    (VendorKind::Liveperson, "liveperson", "LivePerson"),
    (VendorKind::BrightPattern, "bright-pattern", "Bright Pattern"),
];

/// Starts all of them, each with a token of its own.
pub(super) async fn enter() -> Result<Vec<Part>, Failure> {
    let mut parts = Vec::new();
    for (kind, name, title) in VENDORS.into_iter().filter(|(_, name, _)| embedded(name).is_some()) {
        let vendor = simulator::start(kind, "127.0.0.1:0", simulator::Options::default())
            .await
            .map_err(|error| simulate::cannot_start("127.0.0.1:0", &error))?;
        parts.push(Part { name, title, vendor, token: random_token()?, kind });
    }
    Ok(parts)
}

impl Part {
    /// The connection in `bridge.yaml`. It holds the hash of the token, not the token.
    pub(super) fn connection(&self) -> Value {
        connection(self.kind, self.name, self.vendor.address, &self.token)
    }
}

fn connection(kind: VendorKind, name: &str, vendor: SocketAddr, token: &str) -> Value {
    let url = format!("http://{vendor}");
    let (settings, secrets, groups) = match kind {
        VendorKind::Iadvize => (
            json!({ "base_url": url }),
            json!({ "username": iadvize::SERVICE_EMAIL, "password": iadvize::SERVICE_PASSWORD }),
            json!([{ "when": "Skill *", "target": "skill", "name": "{1}" }]),
        ),
        VendorKind::Liveperson => (
            json!({ "account_id": liveperson::ACCOUNT_ID, "domain_api": url, "scheme": "http" }),
            json!({ "client_id": liveperson::CLIENT_ID, "client_secret": liveperson::CLIENT_SECRET }),
            json!([{ "when": "Skill *", "target": "skill", "name": "{1}" }]),
        ),
        VendorKind::BrightPattern => (
            json!({
                "base_url": url, "tenant": brightpattern::TENANT, "default_team": "Customer Service", "vendor_scim": true,
            }),
            json!({ "client_id": brightpattern::SERVICE_LOGIN, "client_secret": brightpattern::API_SECRET }),
            json!([
                { "when": "Team *", "target": "team", "name": "{1}" },
                { "when": "Skill *", "target": "skill", "id": "{1}" },
            ]),
        ),
    };
    let mut rules = groups.as_array().cloned().unwrap_or_default();
    rules.push(json!({ "otherwise": "keep" }));
    json!({
        "mapping": name,
        "settings": settings,
        "secrets": secrets,
        "groups": rules,
        "members_first": "park",
        "inbound": { "tokens": [{ "name": "demo", "sha256": hex(&Sha256::digest(token.as_bytes())) }] },
    })
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_holds_the_hash_and_not_the_token() {
        for (kind, name, _) in VENDORS {
            let text = connection(kind, name, "127.0.0.1:9".parse().unwrap(), "abc").to_string();
            // FIPS 180-2, the first example of SHA-256.
            assert!(text.contains("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
            assert!(!text.contains("abc\""));
        }
    }
}
