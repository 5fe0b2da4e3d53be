//! `api.sign_in`: the schemes by which the bridge signs in. Getting and renewing tokens is the vendor side's work.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::sign_in_call::{CallSignIn, SignInCall};
use crate::document::Place;
use crate::mapping::tree::Tree;

/// How the bridge signs in at the vendor.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "scheme", rename_all = "snake_case", deny_unknown_fields)]
pub enum SignIn {
    /// No credentials at all.
    None,
    /// HTTP Basic authentication on every call.
    Basic {
        /// User name.
        username: Tree,
        /// Password.
        password: Tree,
    },
    /// A constant header, such as an API key.
    Header {
        /// Name of the header.
        header: String,
        /// Value of the header.
        value: Tree,
    },
    /// Constant keys in several headers, in query parameters, or both.
    Keys {
        /// Headers of every call, by name.
        #[serde(default)]
        headers: IndexMap<String, Tree>,
        /// Query parameters of every call, by name. Neither logs nor messages show them.
        #[serde(default)]
        query: IndexMap<String, Tree>,
    },
    /// HTTP Digest authentication (RFC 7616) with MD5 or SHA-256, as the vendor asks.
    Digest {
        /// User name.
        username: Tree,
        /// Password.
        password: Tree,
    },
    /// OAuth 1.0a: every call is signed with HMAC-SHA1 (RFC 5849), its query included.
    Oauth1 {
        /// Consumer key (RFC 5849 calls it the client identifier).
        consumer_key: Tree,
        /// Consumer secret.
        consumer_secret: Tree,
        /// Access token. Left out where the vendor knows the consumer alone.
        #[serde(default)]
        token: Option<Tree>,
        /// Secret of the access token.
        #[serde(default)]
        token_secret: Option<Tree>,
    },
    /// OAuth 2.0 resource owner password credentials grant (RFC 6749 section 4.3).
    Oauth2Password {
        /// The service of `api.hosts` that has the token endpoint. Default: `api.base_url`, else `api.host`.
        #[serde(default)]
        host: Option<String>,
        /// Scheme, host and port of the token endpoint, where that is none of the API's: constant or setting.
        #[serde(default)]
        base_url: Option<Tree>,
        /// Path segments of the token endpoint.
        token_path: Vec<Tree>,
        /// User name of the service account.
        username: Tree,
        /// Password of the service account.
        password: Tree,
        /// How long before its end a token is renewed. Default 300 seconds.
        #[serde(default = "default_renew_before_seconds")]
        renew_before_seconds: u64,
        /// How many sign-ins the vendor allows, so that the bridge never locks its own account.
        #[serde(default)]
        limit: Option<SignInLimit>,
    },
    /// OAuth 2.0 client credentials grant (RFC 6749 section 4.4), credentials in the form body.
    Oauth2ClientCredentials {
        /// The service of `api.hosts` that has the token endpoint. Default: `api.base_url`, else `api.host`.
        #[serde(default)]
        host: Option<String>,
        /// Scheme, host and port of the token endpoint, where that is none of the API's: constant or setting.
        #[serde(default)]
        base_url: Option<Tree>,
        /// Path segments of the token endpoint.
        token_path: Vec<Tree>,
        /// Client identifier.
        client_id: Tree,
        /// Client secret.
        client_secret: Tree,
        /// Requested scope.
        #[serde(default)]
        scope: Option<Tree>,
        /// How long before its end a token is renewed. Default 300 seconds.
        #[serde(default = "default_renew_before_seconds")]
        renew_before_seconds: u64,
        /// How many sign-ins the vendor allows.
        #[serde(default)]
        limit: Option<SignInLimit>,
    },
    /// A call of the vendor's API, whose answer has what other calls carry.
    Call(Box<CallSignIn>),
    /// One of several schemes, chosen by a setting. Only the secrets of the chosen one are needed.
    Choose {
        /// The setting that chooses (`$settings.NAME`); its `values` are the names under `schemes`.
        by: Tree,
        /// The schemes by name.
        schemes: IndexMap<String, SignIn>,
    },
}

/// A tree of a sign-in, with its place in the file.
#[derive(Debug)]
pub struct SignInTree<'a> {
    /// The tree.
    pub tree: &'a Tree,
    /// Where it stands.
    pub place: Place,
    /// What it may refer to.
    pub reach: Reach,
}

/// Where a call of a sign-in goes.
#[derive(Debug)]
pub struct SignInAddress<'a> {
    /// The service whose host serves it.
    pub host: Option<&'a str>,
    /// Its own scheme, host and port.
    pub base_url: Option<&'a Tree>,
    /// Where it stands.
    pub place: Place,
}

/// What a tree of a sign-in may refer to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Settings.
    Settings,
    /// Settings and secrets.
    Secrets,
    /// Settings, secrets, and what is kept of the sign-in's answer.
    Kept,
}

impl SignIn {
    /// The schemes that can come to be used, each with its place: this one, or those it chooses from.
    pub fn schemes(&self, place: &Place) -> Vec<(&Self, Place)> {
        match self {
            Self::Choose { schemes, .. } => {
                schemes.iter().map(|(name, scheme)| (scheme, place.key("schemes").key(name))).collect()
            }
            other => vec![(other, place.clone())],
        }
    }

    /// Which host each of its calls goes to, with the place of the call: a service of `api.hosts`, an address of its own, or where all calls go.
    pub fn addresses(&self, place: &Place) -> Vec<SignInAddress<'_>> {
        match self {
            Self::Oauth2Password { host, base_url, .. } | Self::Oauth2ClientCredentials { host, base_url, .. } => {
                vec![SignInAddress { host: host.as_deref(), base_url: base_url.as_ref(), place: place.clone() }]
            }
            Self::Call(scheme) => {
                let refresh = scheme.refresh.as_ref();
                let refresh = refresh.map(|refresh| refresh.call.address(place.key("refresh").key("call")));
                std::iter::once(scheme.call.address(place.key("call"))).chain(refresh).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Every tree that gives the sign-in a value. A choice has none of its own.
    pub fn trees(&self, place: &Place) -> Vec<SignInTree<'_>> {
        let mut found = Trees { place, reach: Reach::Secrets, all: Vec::new() };
        match self {
            Self::None | Self::Choose { .. } => {}
            Self::Basic { username, password } | Self::Digest { username, password } => {
                found.add("username", Some(username));
                found.add("password", Some(password));
            }
            Self::Header { value, .. } => found.add("value", Some(value)),
            Self::Keys { headers, query } => {
                found.add_map("headers", headers);
                found.add_map("query", query);
            }
            Self::Oauth1 { consumer_key, consumer_secret, token, token_secret } => {
                found.add("consumer_key", Some(consumer_key));
                found.add("consumer_secret", Some(consumer_secret));
                found.add("token", token.as_ref());
                found.add("token_secret", token_secret.as_ref());
            }
            Self::Oauth2Password { base_url, token_path, username, password, .. } => {
                found.add_address(base_url.as_ref());
                found.add_path("token_path", token_path);
                found.add("username", Some(username));
                found.add("password", Some(password));
            }
            Self::Oauth2ClientCredentials { base_url, token_path, client_id, client_secret, scope, .. } => {
                found.add_address(base_url.as_ref());
                found.add_path("token_path", token_path);
                found.add("client_id", Some(client_id));
                found.add("client_secret", Some(client_secret));
                found.add("scope", scope.as_ref());
            }
            Self::Call(scheme) => return of_call(scheme, place),
        }
        found.all
    }
}

impl SignInCall {
    fn address(&self, place: Place) -> SignInAddress<'_> {
        SignInAddress { host: self.host.as_deref(), base_url: self.base_url.as_ref(), place }
    }
}

fn of_call<'a>(scheme: &'a CallSignIn, place: &Place) -> Vec<SignInTree<'a>> {
    let mut all = Vec::new();
    let mut gather = |place: &Place, reach, add: &dyn Fn(&mut Trees<'a, '_>)| {
        let mut found = Trees { place, reach, all: Vec::new() };
        add(&mut found);
        all.append(&mut found.all);
    };
    gather(&place.key("call"), Reach::Secrets, &|found| found.add_call(&scheme.call));
    gather(place, Reach::Kept, &|found| found.add_map("send", &scheme.send));
    if let Some(lives) = &scheme.lives {
        gather(&place.key("lives"), Reach::Settings, &|found| found.add("seconds", lives.seconds.as_ref()));
    }
    if let Some(refresh) = &scheme.refresh {
        let place = place.key("refresh");
        gather(&place.key("call"), Reach::Kept, &|found| found.add_call(&refresh.call));
        gather(&place, Reach::Settings, &|found| found.add("every_seconds", refresh.every_seconds.as_ref()));
    }
    all
}

/// Trees that are being gathered.
struct Trees<'a, 'p> {
    place: &'p Place,
    reach: Reach,
    all: Vec<SignInTree<'a>>,
}

impl<'a> Trees<'a, '_> {
    fn add(&mut self, key: &str, tree: Option<&'a Tree>) {
        let place = self.place.key(key);
        self.all.extend(tree.map(|tree| SignInTree { tree, place, reach: self.reach }));
    }

    fn add_address(&mut self, tree: Option<&'a Tree>) {
        let place = self.place.key("base_url");
        self.all.extend(tree.map(|tree| SignInTree { tree, place, reach: Reach::Settings }));
    }

    fn add_path(&mut self, key: &str, trees: &'a [Tree]) {
        let (place, reach) = (self.place.key(key), self.reach);
        let trees = trees.iter().enumerate();
        self.all.extend(trees.map(|(n, tree)| SignInTree { tree, place: place.index(n), reach }));
    }

    fn add_map(&mut self, key: &str, trees: &'a IndexMap<String, Tree>) {
        let (place, reach) = (self.place.key(key), self.reach);
        self.all.extend(trees.iter().map(|(name, tree)| SignInTree { tree, place: place.key(name), reach }));
    }

    fn add_call(&mut self, call: &'a SignInCall) {
        self.add_address(call.base_url.as_ref());
        self.add_path("path", &call.path);
        self.add_map("query", &call.query);
        self.add_map("headers", &call.headers);
        if let Some(pair) = &call.basic {
            let (place, reach) = (self.place.key("basic"), self.reach);
            let pair = [("username", &pair.username), ("password", &pair.password)];
            self.all.extend(pair.map(|(key, tree)| SignInTree { tree, place: place.key(key), reach }));
        }
        self.add("body", call.body.as_ref());
        if let Some(form) = &call.form {
            self.add_map("form", form);
        }
    }
}

/// A limit on sign-ins.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SignInLimit {
    /// Sign-ins allowed.
    pub calls: u32,
    /// Within this many seconds.
    pub per_seconds: u64,
}

pub(super) fn default_renew_before_seconds() -> u64 {
    300
}
