//! How records, calls and rules are shown. Decides nothing.

use serde_json::Value;

use crate::cli::failure::Failure;
use crate::cli::output::Output;
use crate::mapping::bound::{Bound, CallName};
use crate::mapping::model::{AnswerRule, Call, MappingFile, Method, Target};
use crate::mapping::record::Desired;
use crate::mapping::wire::{Body, HttpRequest};

/// What stands in the place of a secret.
pub(super) const MASK: &str = "********";

/// What the vendor should have.
pub(super) fn desired(desired: &Desired, output: &mut Output) -> Result<(), Failure> {
    match desired {
        Desired::Absent => {
            output.line("no account");
            Ok(())
        }
        Desired::Present(record) => output.json(record),
        Desired::Parked(record) => {
            output.line("no new account; one that exists gets");
            output.json(record)
        }
    }
}

/// Method, address, headers and body. Credentials are added when a call is sent, so that there are none here.
pub(super) fn request(request: &HttpRequest, output: &mut Output) -> Result<(), Failure> {
    output.line(format_args!("{} {}", method_word(request.method), request.url));
    for (name, value) in &request.headers {
        output.line(format_args!("{name}: {value}"));
    }
    match &request.body {
        Body::Empty => Ok(()),
        Body::Form(fields) => {
            for (name, value) in fields {
                output.line(format_args!("{name}={value}"));
            }
            Ok(())
        }
        Body::Json(body) => match graphql_parts(body) {
            Some((operation, variables)) => {
                output.line(format_args!("operation {operation}"));
                output.json(variables)
            }
            None => output.json(body),
        },
    }
}

/// Operation name and variables of a GraphQL body: the document itself is in the mapping's folder and always the same.
fn graphql_parts(body: &Value) -> Option<(&str, &Value)> {
    body.get("query")?;
    Some((body.get("operationName")?.as_str()?, body.get("variables")?))
}

fn method_word(method: Method) -> &'static str {
    match method {
        Method::Get => "GET",
        Method::Post => "POST",
        Method::Put => "PUT",
        Method::Patch => "PATCH",
        Method::Delete => "DELETE",
    }
}

/// The rules that judge the answer to a call on a person, or on a group's object of a target: its own, then the common ones; the first that matches
/// holds.
pub(super) fn rules(bound: &Bound, target: Option<&str>, call: &CallName, output: &mut Output) -> Result<(), Failure> {
    output.line("its answer is judged by the first rule that matches");
    let file = bound.file();
    let own = match target {
        None => declaration(file, call),
        Some(target) => file.groups.get(target).and_then(|target| on_object(target, call)),
    };
    let own = own.map_or(&[][..], |call| &call.answers);
    let own_place = format!("{}.answers", bound.place_of(call));
    for (place, rules) in [(own_place.as_str(), own), ("api.answers", &file.api.answers[..])] {
        for (index, rule) in rules.iter().enumerate() {
            output.line(format_args!("  {place}[{index}] {}", rule_text(rule)?));
        }
    }
    output.line("  default: 2xx is done, anything else by its status");
    Ok(())
}

fn on_object<'a>(target: &'a Target, call: &CallName) -> Option<&'a Call> {
    match call {
        CallName::Create => target.calls.create.as_ref(),
        CallName::Update(_) => target.calls.rename.as_ref(),
        CallName::Delete => target.calls.delete.as_ref(),
        CallName::Read => target.calls.read.as_ref(),
        CallName::List | CallName::Lists(_) | CallName::Find | CallName::Membership(_) | CallName::Named(_) => None,
    }
}

fn declaration<'a>(file: &'a MappingFile, call: &CallName) -> Option<&'a Call> {
    let calls = &file.users.calls;
    match call {
        CallName::Create => calls.create.as_ref(),
        CallName::Read => calls.read.as_ref(),
        CallName::List => Some(&calls.list.call),
        CallName::Lists(number) => calls.lists.get(*number).map(|list| &list.call),
        CallName::Find => None,
        CallName::Update(name) => calls.update.get(name),
        CallName::Membership(name) => calls.update.get(name)?.find.as_ref().map(|find| &find.list.call),
        CallName::Delete => calls.delete.as_ref(),
        CallName::Named(name) => calls.named.get(name).map(|named| &named.call),
    }
}

/// `{"status":401} means unauthenticated: sentence`.
fn rule_text(rule: &AnswerRule) -> Result<String, Failure> {
    let when = without_blanks(serde_json::to_value(&rule.when).map_err(Failure::failed)?);
    let meaning = serde_json::to_value(rule.means).map_err(Failure::failed)?;
    let meaning = meaning.as_str().unwrap_or_default();
    let say = rule.say.as_deref().map(|say| format!(": {say}")).unwrap_or_default();
    let which = match (&rule.ask, rule.otherwise) {
        (Some(ask), Some(otherwise)) => {
            let otherwise = serde_json::to_value(otherwise).map_err(Failure::failed)?;
            format!(" if {ask} finds it, else {}", otherwise.as_str().unwrap_or_default())
        }
        _ => String::new(),
    };
    Ok(format!("{when} means {meaning}{which}{say}"))
}

/// Without conditions that are not given.
fn without_blanks(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let given = members.into_iter().filter(|(_, value)| !value.is_null() && *value != Value::Array(Vec::new()));
            Value::Object(given.map(|(name, value)| (name, without_blanks(value))).collect())
        }
        Value::Array(elements) => Value::Array(elements.into_iter().map(without_blanks).collect()),
        plain => plain,
    }
}
