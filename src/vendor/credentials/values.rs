//! Values of a sign-in that come from secrets, read when they are needed and not before. Shows the names of secrets,
//! never their values.

use std::sync::Arc;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::SignInError;
use crate::mapping::tree::Tree;
use crate::mapping::tree::resolve::Names;
use crate::vendor::secrets::Secrets;

/// What signatures and extended header values encode: everything but the unreserved characters of RFC 3986 section 2.3.
pub(super) const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Longest error name of a sign-in that is passed on to the administrator, in characters.
const MOST_ERROR_NAME: usize = 64;

/// A value of the sign-in.
#[derive(Debug)]
pub(super) struct SecretValue {
    tree: Tree,
    secrets: Arc<Secrets>,
}

impl SecretValue {
    /// The value of this tree, whose settings are filled in already.
    pub(super) fn new(tree: &Tree, secrets: &Arc<Secrets>) -> Self {
        Self { tree: tree.clone(), secrets: Arc::clone(secrets) }
    }

    /// Its present text.
    ///
    /// # Errors
    /// When it has none.
    pub(super) fn read(&self) -> Result<SecretString, SignInError> {
        let found = text(&self.tree, &self.secrets).map_err(SignInError::Unusable)?;
        found.filter(|text| !text.expose_secret().is_empty()).ok_or_else(|| {
            let names = secret_names(&[self]);
            let what = if names.is_empty() { "a value of api.sign_in".to_owned() } else { names };
            SignInError::Unusable(format!("the sign-in needs {what}, which is empty or not set in bridge.yaml"))
        })
    }
}

/// The path segments of a sign-in address.
///
/// # Errors
/// When a segment has no value.
pub(super) fn segments(trees: &[Tree], secrets: &Arc<Secrets>) -> Result<Vec<String>, String> {
    trees
        .iter()
        .map(|tree| match text(tree, secrets) {
            Ok(Some(text)) => Ok(text.expose_secret().to_owned()),
            Ok(None) => Err("api.sign_in.token_path: a segment has no value".to_owned()),
            Err(problem) => Err(problem),
        })
        .collect()
}

/// Names of the secrets that go into some values: `username and password`. Empty when there are none.
pub(super) fn secret_names(values: &[&SecretValue]) -> String {
    let mut names: Vec<String> = Vec::new();
    for value in values {
        value.tree.each_reference(&mut |path| match path {
            [space, name, ..] if space == "secrets" && !names.contains(name) => names.push(name.clone()),
            _ => {}
        });
    }
    names.join(" and ")
}

/// An error name is a word (RFC 6749 section 5.2); anything else could quote what we sent.
pub(super) fn plain_name(name: &str) -> Option<String> {
    let is_word = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte));
    (!name.is_empty() && name.len() <= MOST_ERROR_NAME && is_word(name)).then(|| name.to_owned())
}

fn text(tree: &Tree, secrets: &Secrets) -> Result<Option<SecretString>, String> {
    let found = tree.resolve_text(&OnlySecrets(secrets)).map_err(|error| format!("api.sign_in: {}", error.problem))?;
    Ok(found.map(SecretString::from))
}

/// The names of a sign-in once its settings are filled in.
struct OnlySecrets<'a>(&'a Secrets);

impl Names for OnlySecrets<'_> {
    fn look_up(&self, path: &[String]) -> Option<Value> {
        match path {
            [space, name] if space == "secrets" => Some(self.0.get(name)?.expose_secret().into()),
            _ => None,
        }
    }
}
