//! Examples with something from the vendor: what an account becomes on import, and what an answer means.

use serde_json::{Map, Value};

use super::{all_equal, differences};
use crate::mapping::bound::{Bound, CallName};
use crate::mapping::model::{Example, ExampleAnswer, Method};
use crate::mapping::wire::{Body, HttpAnswer, HttpRequest};

/// Compares the resource that an account becomes.
pub(super) fn run_account(account: &Value, resource: Option<&Value>, bound: &Bound) -> Result<(), String> {
    let found = bound.read_account(account).map(|account| Value::Object(bound.resource_from(&account)));
    match (found, resource.filter(|resource| !resource.is_null())) {
        (Some(found), Some(expected)) => all_equal(&differences("resource", expected, &found)),
        (None, None) => Ok(()),
        (None, Some(_)) => {
            Err("expected a resource; the account is left alone (users.key, users.only or users.gone)".to_owned())
        }
        (Some(found), None) => Err(format!("expected the account to be left alone, found {found}")),
    }
}

/// Compares what an answer means.
pub(super) fn run_answer(answer: &ExampleAnswer, example: &Example, bound: &Bound) -> Result<(), String> {
    let name = example.to_call.as_deref().ok_or("to_call is missing: the call that the answer belongs to")?;
    let wanted = example.means.ok_or("means is missing: what the answer must mean")?;
    let call = CallName::parse(name).filter(|call| bound.has_call(call));
    let call = call.ok_or_else(|| format!("to_call: the mapping has no call {name}"))?;
    let text = match (&answer.body, &answer.text) {
        (Some(body), _) => body.to_string(),
        (None, text) => text.clone().unwrap_or_default(),
    };
    let json = answer.body.clone().or_else(|| serde_json::from_str(&text).ok());
    let answer = HttpAnswer { status: answer.status, headers: Vec::new(), text, json };
    // nothing was sent, so there is nothing to mask
    let request = HttpRequest {
        method: Method::Get,
        url: String::new(),
        headers: Vec::new(),
        body: Body::Json(Value::Object(Map::new())),
    };
    let verdict = bound.judge(&call, &request, &answer);
    if verdict.meaning == wanted {
        return Ok(());
    }
    Err(format!("means: expected {wanted:?}, found {:?} by {} ({})", verdict.meaning, verdict.rule, verdict.say))
}
