//! Where a connection may send to, and a credential with it: to nobody whom neither the configuration nor the vendor has named.
//! Sends nothing.

use std::sync::{Arc, PoisonError, RwLock};

use url::{Origin, Url};

use super::{authority, is_allowed};

/// What the configuration names, and the hosts that the vendor has named since.
#[derive(Debug)]
pub(in crate::vendor) struct Origins {
    fixed: Vec<Url>,
    found: RwLock<Found>,
}

/// Hosts that the vendor has named, and those that it named the time before: calls to them may be on their way.
#[derive(Debug, Default)]
struct Found {
    now: Vec<Origin>,
    before: Vec<Origin>,
}

impl Origins {
    /// The scheme, host and port of these addresses.
    ///
    /// # Errors
    /// When an address is not allowed: plain HTTP to a host that is not loopback.
    pub(in crate::vendor) fn of<'a>(addresses: impl Iterator<Item = &'a str>) -> Result<Arc<Self>, String> {
        let mut fixed = Vec::new();
        for address in addresses {
            let url =
                Url::parse(address).map_err(|error| format!("the API's address {address} is not a URL: {error}"))?;
            if !is_allowed(&url) {
                return Err(format!("the API's address {address} must be https; plain http is for loopback only"));
            }
            fixed.push(url);
        }
        Ok(Arc::new(Self { fixed, found: RwLock::default() }))
    }

    /// The hosts that the vendor names from now on. One that is not allowed stays closed.
    pub(in crate::vendor) fn replace<'a>(&self, addresses: impl Iterator<Item = &'a str>) {
        let allowed = addresses.filter_map(|address| Url::parse(address).ok()).filter(is_allowed);
        let now: Vec<Origin> = allowed.map(|url| url.origin()).collect();
        let mut found = self.found.write().unwrap_or_else(PoisonError::into_inner);
        if found.now != now {
            found.before = std::mem::replace(&mut found.now, now);
        }
    }

    pub(super) fn has(&self, url: &Url) -> bool {
        let origin = url.origin();
        let found = self.found.read().unwrap_or_else(PoisonError::into_inner);
        self.fixed.iter().any(|known| known.origin() == origin)
            || found.now.contains(&origin)
            || found.before.contains(&origin)
    }

    /// For messages.
    pub(super) fn names(&self) -> String {
        let found = self.found.read().unwrap_or_else(PoisonError::into_inner);
        let more = if found.now.is_empty() { "" } else { " and the hosts that the vendor names" };
        let fixed: Vec<String> = self.fixed.iter().map(authority).collect();
        format!("{}{more}", fixed.join(", "))
    }
}
