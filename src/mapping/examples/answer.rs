//! Examples with something from the vendor: what an account becomes on import, and what an answer means.

use serde_json::{Map, Value, json};

use super::{all_equal, differences};
use crate::mapping::bound::sign_in::BoundSignIn;
use crate::mapping::bound::sign_in::call::Step;
use crate::mapping::bound::{Bound, Entry, ListPage, Lists, PageState};
use crate::mapping::convert::canonical;
use crate::mapping::model::{Example, ExampleAnswer, ExampleEntry, Meaning, Method};
use crate::mapping::wire::{Body, HttpAnswer, HttpRequest};

/// Compares the resource that an account becomes.
pub(super) fn run_account(
    account: &Value,
    resource: Option<&Value>,
    bound: &Bound,
    lists: &Lists,
) -> Result<(), String> {
    let found = bound.read_account(account).map(|account| Value::Object(bound.resource_from(&account, lists)));
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
    let text = match (&answer.body, &answer.text) {
        (Some(body), _) => body.to_string(),
        (None, text) => text.clone().unwrap_or_default(),
    };
    let json = answer.body.clone().or_else(|| serde_json::from_str(&text).ok());
    let headers = answer
        .headers
        .iter()
        .flat_map(|(name, values)| values.as_slice().iter().map(|value| (name.to_lowercase(), value.clone())));
    let answer = HttpAnswer { status: answer.status, headers: headers.collect(), text, json };
    let step = match name {
        "sign_in" => Some(Step::SignIn),
        "sign_in.refresh" => Some(Step::Refresh),
        _ => None,
    };
    if let Some(step) = step {
        return run_sign_in(step, &answer, example, bound);
    }
    let found = bound.call_of_name(name);
    let (bound, call) = found.ok_or_else(|| format!("to_call: the mapping has no call {name}"))?;
    // nothing was sent, so there is nothing to mask
    let request = HttpRequest {
        method: Method::Get,
        url: String::new(),
        headers: Vec::new(),
        body: Body::Json(Value::Object(Map::new())),
    };
    if let Some(entries) = &example.entries {
        compare_entries(entries, &bound.page_in(&call, &answer, &PageState::default()))?;
    }
    let Some(wanted) = example.means.or(example.entries.is_some().then_some(Meaning::Done)) else {
        return Err("means is missing: what the answer must mean".to_owned());
    };
    let verdict = bound.judge(&call, &request, &answer);
    if verdict.meaning == wanted {
        return Ok(());
    }
    Err(format!("means: expected {wanted:?}, found {:?} by {} ({})", verdict.meaning, verdict.rule, verdict.say))
}

/// Compares what an answer to a sign-in means, and what is kept of it.
fn run_sign_in(step: Step, answer: &HttpAnswer, example: &Example, bound: &Bound) -> Result<(), String> {
    let BoundSignIn::Call(scheme) = bound.sign_in() else {
        return Err("to_call: under these settings the bridge does not sign in by a call".to_owned());
    };
    let verdict = scheme.judge(step, answer).ok_or("to_call: the sign-in has no refresh")?;
    let wanted = example.means.unwrap_or(Meaning::Done);
    if verdict.meaning != wanted {
        return Err(format!("means: expected {wanted:?}, found {:?}", verdict.meaning));
    }
    let Some(expected) = &example.kept else { return Ok(()) };
    let kept = scheme.kept_in(step, answer).map_err(|problem| format!("kept: {problem}"))?;
    let expected: Map<String, Value> =
        expected.iter().map(|(name, value)| (name.clone(), canonical(value).into())).collect();
    let kept: Map<String, Value> = kept.into_iter().map(|(name, value)| (name, value.into())).collect();
    all_equal(&differences("kept", &Value::Object(expected), &Value::Object(kept)))
}

/// Compares the objects of a catalog that a page holds.
fn compare_entries(expected: &[ExampleEntry], page: &ListPage) -> Result<(), String> {
    if let Some(problem) = &page.problem {
        return Err(format!("entries: {problem}"));
    }
    let shown = |key: String, name: &str, description: Option<&str>| match description {
        Some(description) => json!({ "key": key, "name": name, "description": description }),
        None => json!({ "key": key, "name": name }),
    };
    let expected = expected.iter().map(|one| shown(canonical(&one.key), &one.name, one.description.as_deref()));
    let found = page.accounts.iter().filter_map(Entry::of);
    let found = found.map(|one| shown(one.key, &one.name, one.description.as_deref()));
    all_equal(&differences("entries", &Value::Array(expected.collect()), &Value::Array(found.collect())))
}
