//! `api.hosts`: hosts that the vendor names at run time. Asking for them is the vendor side's work.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::mapping::tree::Tree;

/// Where the vendor says which host serves which part of its API. The list is fetched whole, without a sign-in, and kept.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Hosts {
    /// The call that lists them: `GET`, without a sign-in.
    pub call: HostsCall,
    /// Path to the list in the answer. Where it leads to nothing, the answer itself is taken as the one entry of the list.
    pub items: String,
    /// Path to the name of the service in an entry; calls refer to it as `host: NAME`. Letter case counts.
    pub name: String,
    /// Path to the host in an entry: a host, host and port, or an address without a path.
    pub host: String,
    /// Scheme of hosts that come without one. Default `https`; `http` only to a loopback host.
    #[serde(default)]
    pub scheme: Option<Tree>,
    /// How long the list is kept, in seconds; constant or setting. Default 600. When it cannot be read again, the old one goes on being used.
    #[serde(default)]
    pub keep_seconds: Option<Tree>,
}

/// The call that lists the hosts.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HostsCall {
    /// Scheme, host and port, usually a setting. `http` only to a loopback host.
    pub base_url: Tree,
    /// Path segments; constants and settings only.
    pub path: Vec<Tree>,
    /// Query parameters.
    #[serde(default)]
    pub query: IndexMap<String, Tree>,
    /// Headers.
    #[serde(default)]
    pub headers: IndexMap<String, Tree>,
}
