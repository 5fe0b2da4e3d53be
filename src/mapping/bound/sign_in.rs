//! The sign-in of one connection: the scheme that its settings choose, with settings filled in. Secrets stay references, and
//! nothing is sent.

pub mod call;
pub mod cookies;
pub mod kept;

use std::sync::Arc;

use indexmap::IndexMap;

use self::call::{BoundCallSignIn, Shared};
use super::Bound;
use super::bind::{BindProblem, bind_base_url};
use super::settings::SettingNames;
use crate::document::Place;
use crate::mapping::model::{MappingFile, SignIn, SignInLimit};
use crate::mapping::tree::Tree;
use crate::nearest::hint;

/// How a connection signs in; the variants are those of [`SignIn`], a choice excepted.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the fields are those of the mapping file, which documents them")]
pub enum BoundSignIn {
    None,
    Basic {
        username: Tree,
        password: Tree,
    },
    Header {
        header: String,
        value: Tree,
    },
    Keys {
        headers: Vec<(String, Tree)>,
        query: Vec<(String, Tree)>,
    },
    Digest {
        username: Tree,
        password: Tree,
    },
    Oauth1 {
        consumer_key: Tree,
        consumer_secret: Tree,
        token: Option<(Tree, Tree)>,
    },
    Oauth2Password {
        host: Option<String>,
        base_url: Option<String>,
        token_path: Vec<Tree>,
        username: Tree,
        password: Tree,
        renew_before_seconds: u64,
        limit: Option<SignInLimit>,
    },
    Oauth2ClientCredentials {
        host: Option<String>,
        base_url: Option<String>,
        token_path: Vec<Tree>,
        client_id: Tree,
        client_secret: Tree,
        scope: Option<Tree>,
        renew_before_seconds: u64,
        limit: Option<SignInLimit>,
    },
    Call(Arc<BoundCallSignIn>),
}

impl BoundSignIn {
    /// The sign-in under these settings.
    pub(super) fn bind(file: &MappingFile, shared: &Shared<'_>, problems: &mut Vec<BindProblem>) -> Self {
        let names = SettingNames(shared.settings);
        match chosen(&file.api.sign_in, &names) {
            Ok((SignIn::Call(scheme), place)) => {
                Self::Call(Arc::new(BoundCallSignIn::bind(scheme, &place, shared, problems)))
            }
            Ok((scheme, place)) => Self::fill_in(scheme, &place, &names, problems),
            Err(problem) => {
                // a setting that is missing or wrong has been told already
                if problems.is_empty() {
                    problems.push(BindProblem::new("api.sign_in.by", problem));
                }
                Self::None
            }
        }
    }

    /// Addresses of its own that sign-ins go to.
    pub fn addresses(&self) -> Vec<&str> {
        match self {
            Self::Oauth2Password { base_url, .. } | Self::Oauth2ClientCredentials { base_url, .. } => {
                base_url.as_deref().into_iter().collect()
            }
            Self::Call(scheme) => scheme.addresses(),
            _ => Vec::new(),
        }
    }

    fn fill_in(scheme: &SignIn, place: &str, names: &SettingNames<'_>, problems: &mut Vec<BindProblem>) -> Self {
        let mut address = |tree: &Option<Tree>| {
            tree.as_ref().map(|tree| bind_base_url(tree, &format!("{place}.base_url"), names, problems))
        };
        let fill = |tree: &Tree| tree.fill_in(names);
        let all = |trees: &[Tree]| trees.iter().map(fill).collect();
        match scheme {
            // a choice that leads to a choice does not pass the check, and a call is bound before
            SignIn::None | SignIn::Choose { .. } | SignIn::Call(_) => Self::None,
            SignIn::Basic { username, password } => Self::Basic { username: fill(username), password: fill(password) },
            SignIn::Header { header, value } => Self::Header { header: header.clone(), value: fill(value) },
            SignIn::Keys { headers, query } => {
                let filled = |trees: &IndexMap<String, Tree>| {
                    trees.iter().map(|(name, tree)| (name.clone(), fill(tree))).collect()
                };
                Self::Keys { headers: filled(headers), query: filled(query) }
            }
            SignIn::Digest { username, password } => {
                Self::Digest { username: fill(username), password: fill(password) }
            }
            SignIn::Oauth1 { consumer_key, consumer_secret, token, token_secret } => Self::Oauth1 {
                consumer_key: fill(consumer_key),
                consumer_secret: fill(consumer_secret),
                token: token.as_ref().zip(token_secret.as_ref()).map(|(token, secret)| (fill(token), fill(secret))),
            },
            SignIn::Oauth2Password { host, base_url, token_path, username, password, renew_before_seconds, limit } => {
                Self::Oauth2Password {
                    host: host.clone(),
                    base_url: address(base_url),
                    token_path: all(token_path),
                    username: fill(username),
                    password: fill(password),
                    renew_before_seconds: *renew_before_seconds,
                    limit: *limit,
                }
            }
            SignIn::Oauth2ClientCredentials {
                host,
                base_url,
                token_path,
                client_id,
                client_secret,
                scope,
                renew_before_seconds,
                limit,
            } => Self::Oauth2ClientCredentials {
                host: host.clone(),
                base_url: address(base_url),
                token_path: all(token_path),
                client_id: fill(client_id),
                client_secret: fill(client_secret),
                scope: scope.as_ref().map(fill),
                renew_before_seconds: *renew_before_seconds,
                limit: *limit,
            },
        }
    }
}

/// The scheme that the settings choose, and where it stands.
fn chosen<'a>(sign_in: &'a SignIn, names: &SettingNames<'_>) -> Result<(&'a SignIn, String), String> {
    let place = "api.sign_in".to_owned();
    let SignIn::Choose { by, schemes } = sign_in else { return Ok((sign_in, place)) };
    let name = by.resolve_text(names).map_err(|error| error.to_string())?;
    let name = name.ok_or("has no value, so that no sign-in is chosen")?;
    let near = || hint(&name, schemes.keys().map(String::as_str));
    let scheme = schemes.get(&name).ok_or_else(|| format!("there is no sign-in {name:?}{}", near()))?;
    Ok((scheme, format!("{place}.schemes.{name}")))
}

impl Bound {
    /// Does the connection need this secret of the mapping? Not when it belongs to sign-ins that the settings did not choose, and to nothing else.
    pub fn needs_secret(&self, name: &str) -> bool {
        let is_in = |tree: &Tree| {
            let mut found = false;
            tree.each_reference(&mut |path| found |= matches!(path, [root, own] if root == "secrets" && own == name));
            found
        };
        let of_scheme = |scheme: &SignIn| scheme.trees(&Place::root()).iter().any(|found| is_in(found.tree));
        let file = self.file();
        if file.users.protected.iter().filter_map(|rule| rule.equals.as_ref()).any(is_in) {
            return true;
        }
        match chosen(&file.api.sign_in, &SettingNames(self.settings())) {
            Ok((scheme, _)) if of_scheme(scheme) => true,
            _ => !file.api.sign_in.schemes(&Place::root()).iter().any(|(scheme, _)| of_scheme(scheme)),
        }
    }
}
