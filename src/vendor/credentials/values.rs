//! Values of a sign-in that come from secrets, read when they are needed and not before. Shows the names of secrets, never their values.

use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::SignInError;
use crate::mapping::bound::RenderError;
use crate::mapping::tree::Tree;
use crate::vendor::secrets::Secrets;

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
        let found = text(&self.tree, &self.secrets).map_err(|error| SignInError::Unusable(error.to_string()))?;
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
            Err(error) => Err(error.to_string()),
        })
        .collect()
}

/// Names of the secrets that go into some values: `username and password`. Empty when there are none.
pub(super) fn secret_names(values: &[&SecretValue]) -> String {
    let mut names = Vec::new();
    for value in values {
        collect(&value.tree, &mut names);
    }
    names.join(" and ")
}

fn collect(tree: &Tree, names: &mut Vec<String>) {
    match tree {
        Tree::Reference(path) if path.first().is_some_and(|first| first == "secrets") => {
            if let Some(name) = path.get(1).filter(|name| !names.contains(name)) {
                names.push(name.clone());
            }
        }
        Tree::Concat(parts) | Tree::List(parts) | Tree::Merge(parts) => {
            for part in parts {
                collect(part, names);
            }
        }
        Tree::Object(members) => members.values().for_each(|part| collect(part, names)),
        Tree::When { value, is, then, otherwise } => {
            collect(value, names);
            [is.as_ref(), Some(then), otherwise.as_ref()].into_iter().flatten().for_each(|part| collect(part, names));
        }
        Tree::ForEach { list, put } => {
            collect(list, names);
            collect(put, names);
        }
        Tree::Constant(_) | Tree::Reference(_) | Tree::Expression(_) => {}
    }
}

fn text(tree: &Tree, secrets: &Secrets) -> Result<Option<SecretString>, RenderError> {
    match tree {
        Tree::Constant(Value::String(text)) => Ok(Some(text.clone().into())),
        Tree::Constant(Value::Number(number)) => Ok(Some(number.to_string().into())),
        Tree::Constant(Value::Null) => Ok(None),
        Tree::Reference(path) => match path.as_slice() {
            [space, name] if space == "secrets" => Ok(secrets.get(name)),
            _ => Ok(None),
        },
        Tree::Concat(parts) => {
            let mut whole = String::new();
            for part in parts {
                match text(part, secrets)? {
                    Some(text) => whole.push_str(text.expose_secret()),
                    None => return Ok(None),
                }
            }
            Ok(Some(whole.into()))
        }
        _ => Err(RenderError { place: "api.sign_in".to_owned(), problem: "a text is needed here".to_owned() }),
    }
}
