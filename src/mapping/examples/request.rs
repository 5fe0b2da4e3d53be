//! Examples with a SCIM request: the vendor calls that it causes, or the error.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{all_equal, differences, object_of};
use crate::mapping::bound::{Beside, Bound, CallName, Lists, MapError, Mapped, Membership, UsedName};
use crate::mapping::model::{Example, ExampleCall, ExampleError, ExampleMembership, ExampleRequest, Method, Removal};
use crate::mapping::plan::{PlanError, Step, plan};
use crate::mapping::record::{Desired, Record};
use crate::mapping::wire::{Body, HttpRequest};
use crate::scim::error::ScimError;
use crate::scim::patch::PatchRequest;
use crate::scim::resource;

/// Key of the vendor's account when an example does not name one.
pub(super) const KEY: &str = "1001";

/// What stands in the place of a value that is made.
const GENERATED: &str = "********";
/// Identifier of a membership that is found.
const MEMBERSHIP: i64 = 1;

/// What a PATCH names as its schema; an example need not.
const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// Runs the request of an example.
pub(super) fn run(example: &Example, bound: &Bound, lists: &Lists) -> Result<(), String> {
    let key = example.key.as_deref().unwrap_or(KEY);
    compare(steps(example, key, bound, lists), example, bound)
}

/// Compares what there is with what the example expects.
pub(super) fn compare(steps: Result<Vec<Step>, Stopped>, example: &Example, bound: &Bound) -> Result<(), String> {
    let key = example.key.as_deref().unwrap_or(KEY);
    match (steps, &example.error) {
        (Ok(steps), None) => compare_calls(&steps, example, key, bound),
        (Ok(steps), Some(_)) => {
            let calls: Vec<String> = steps.iter().map(|step| bound.name_of_call(&step.call)).collect();
            Err(format!("expected an error, found the calls [{}]", calls.join(", ")))
        }
        (Err(Stopped::Broken(problem)), _) => Err(problem),
        (Err(Stopped::Refused { scim_type, detail }), None) => {
            Err(format!("expected calls, found {scim_type}: {detail}"))
        }
        (Err(Stopped::Refused { scim_type, detail }), Some(error)) => compare_error(error, scim_type, &detail),
    }
}

/// Why there are no calls.
pub(super) enum Stopped {
    /// The request is refused, as the example may expect.
    Refused { scim_type: &'static str, detail: String },
    /// The example itself makes no sense.
    Broken(String),
}

impl From<ScimError> for Stopped {
    fn from(error: ScimError) -> Self {
        let scim_type = match &error {
            ScimError::InvalidFilter(_) => "invalidFilter",
            ScimError::TooMany(_) => "tooMany",
            ScimError::Uniqueness(_) => "uniqueness",
            ScimError::Mutability(_) => "mutability",
            ScimError::InvalidSyntax(_) => "invalidSyntax",
            ScimError::InvalidPath(_) => "invalidPath",
            ScimError::NoTarget(_) => "noTarget",
            ScimError::InvalidValue(_) => "invalidValue",
            ScimError::Sensitive(_) => "sensitive",
        };
        Self::Refused { scim_type, detail: error.to_string() }
    }
}

impl From<MapError> for Stopped {
    fn from(error: MapError) -> Self {
        let scim_type = if error.mutability { "mutability" } else { "invalidValue" };
        Self::Refused { scim_type, detail: error.to_string() }
    }
}

impl From<PlanError> for Stopped {
    fn from(error: PlanError) -> Self {
        let scim_type = if error.is_missing { "invalidValue" } else { "mutability" };
        Self::Refused { scim_type, detail: error.to_string() }
    }
}

/// What a person's groups mean: before, and after, with what is over.
fn memberships(example: &Example) -> (Vec<Membership>, Vec<Membership>) {
    let Some(groups) = &example.groups else { return (Vec::new(), Vec::new()) };
    let of = |one: &ExampleMembership, is_over: bool| Membership {
        target: one.target.clone(),
        value: one.value.clone(),
        level: one.level,
        is_over,
    };
    let over = groups.before.iter().filter(|one| !groups.after.contains(one)).map(|one| of(one, true));
    let after = over.chain(groups.after.iter().map(|one| of(one, false)));
    (groups.before.iter().map(|one| of(one, false)).collect(), after.collect())
}

fn steps(example: &Example, key: &str, bound: &Bound, lists: &Lists) -> Result<Vec<Step>, Stopped> {
    let (held, given) = memberships(example);
    let before = match &example.before {
        None => None,
        Some(before) => {
            object_of(before, "before").map_err(Stopped::Broken)?;
            let incoming = resource::read(before, bound.user_type())?;
            let mapped = map(bound, &incoming.attributes, beside(&held, lists))?;
            Some((incoming.attributes, mapped))
        }
    };
    let stored = before.as_ref().map(|(stored, _)| stored);
    let mapped = match &example.request {
        Some(request) => after(request, stored, beside(&given, lists), key, bound)?,
        None => map(bound, stored.ok_or_else(no_before)?, beside(&given, lists))?,
    };
    // the vendor is taken to hold what the resource before maps to
    let (key, applied) = match before {
        Some((_, Mapped { desired: Desired::Present(record), .. })) => {
            (Some(key), Some(bound.with_first_values(&record)))
        }
        // of somebody inactive it has what he was before, with what takes his access away
        Some((mut stored, Mapped { desired: Desired::Parked(record), .. })) => {
            stored.insert("active".to_owned(), Value::Bool(true));
            let mut whole = match bound.desired(&stored, beside(&held, lists)).map(|mapped| mapped.desired) {
                Ok(Desired::Present(whole)) => bound.with_first_values(&whole),
                _ => Record::default(),
            };
            whole.0.extend(record.0);
            (Some(key), Some(whole))
        }
        Some((_, Mapped { desired: Desired::Absent, .. })) | None => (None, None),
    };
    let desired = bound.with_first_names(mapped.desired, key, lists);
    Ok(plan(bound, key, applied.as_ref(), &desired, &mapped.transient)?)
}

/// What the request makes of the resource, mapped.
fn after(
    request: &ExampleRequest,
    stored: Option<&Map<String, Value>>,
    beside: Beside<'_>,
    key: &str,
    bound: &Bound,
) -> Result<Mapped, Stopped> {
    let body = || request.body.as_ref().ok_or_else(|| Stopped::Broken("request.body is missing".to_owned()));
    let before = || stored.ok_or_else(no_before);
    let (attributes, password) = match request.method {
        Method::Post => {
            let incoming = resource::read(body()?, bound.user_type())?;
            (incoming.attributes, incoming.password)
        }
        Method::Put => {
            let incoming = resource::read(body()?, bound.user_type())?;
            (resource::replace(before()?, &incoming, bound.user_type()), incoming.password)
        }
        Method::Patch => {
            let patch = PatchRequest::parse(&with_schemas(body()?.clone()), bound.user_type())?;
            let patched = patch.apply(key, before()?, bound.user_type())?;
            (patched.attributes, patched.password)
        }
        Method::Delete => return deleted(before()?, beside, bound),
        Method::Get => {
            return Err(Stopped::Broken("a GET changes nothing; an example needs another method".to_owned()));
        }
    };
    let secrets = password.map(|password| ("password".to_owned(), Value::String(password))).into_iter().collect();
    map(bound, &attributes, Beside { secrets: Some(&secrets), ..beside })
}

/// The body of a PATCH with the schema that every PATCH has.
fn with_schemas(mut body: Value) -> Value {
    if let Value::Object(members) = &mut body {
        members.entry("schemas").or_insert_with(|| Value::Array(vec![PATCH.into()]));
    }
    body
}

fn beside<'a>(memberships: &'a [Membership], lists: &'a Lists) -> Beside<'a> {
    Beside { memberships, lists: Some(lists), ..Beside::default() }
}

/// Maps, when the example says what the vendor lists where names are looked up.
fn map(bound: &Bound, resource: &Map<String, Value>, beside: Beside<'_>) -> Result<Mapped, Stopped> {
    let used = bound.names_used(resource, beside);
    let unsaid = used.iter().find(|used| !used.is_known && !beside.lists.is_some_and(|lists| lists.has(&used.catalog)));
    if let Some(UsedName { catalog, name, .. }) = unsaid {
        return Err(Stopped::Broken(format!(
            "{name:?} is looked up in {catalog}, and the example does not say what the vendor lists there; add catalogs: {{ {catalog}: [{{ key: 1, name: {name} }}] }}"
        )));
    }
    Ok(bound.desired(resource, beside)?)
}

fn no_before() -> Stopped {
    Stopped::Broken("before is missing: the resource that changes".to_owned())
}

fn deleted(stored: &Map<String, Value>, beside: Beside<'_>, bound: &Bound) -> Result<Mapped, Stopped> {
    match bound.removal() {
        Removal::Delete => {
            Ok(Mapped { desired: Desired::Absent, transient: Record::default(), identity: Record::default() })
        }
        Removal::Deactivate => {
            let mut inactive = stored.clone();
            inactive.insert("active".to_owned(), Value::Bool(false));
            map(bound, &inactive, beside)
        }
    }
}

fn compare_calls(steps: &[Step], example: &Example, key: &str, bound: &Bound) -> Result<(), String> {
    let expected = example.calls.as_deref().unwrap_or_default();
    let names: Vec<String> = steps.iter().map(|step| bound.name_of_call(&step.call)).collect();
    let wanted: Vec<&str> = expected.iter().map(|call| call.call.as_str()).collect();
    if names != wanted {
        return Err(format!("expected the calls [{}], found [{}]", wanted.join(", "), names.join(", ")));
    }
    let mut lines = Vec::new();
    for (at, (step, expected)) in steps.iter().zip(expected).enumerate() {
        let mut scope = step.scope.clone();
        if step.call != CallName::Create {
            scope.key.get_or_insert_with(|| key.to_owned());
        }
        if step.call == CallName::Create {
            for (field, _) in bound.to_generate(&step.scope.record) {
                scope.record.0.insert(field.to_owned(), GENERATED.into());
            }
        }
        if bound.finds_membership(&step.call).is_some() {
            scope.membership = Some(MEMBERSHIP.into());
        }
        if let Some(found) = example.found.as_ref().filter(|_| bound.looks_for_others(&step.call, &scope.record)) {
            let own = step.scope.kept.clone();
            scope.record = bound.with_others(&scope.record, Some(found), &own, &BTreeSet::new());
        }
        if bound.needs_other_key(&step.call) {
            scope.other_key = Some(example.other_key.clone().unwrap_or_else(|| key.to_owned()));
        }
        if bound.is_whole(&step.call) {
            let found = example.found.clone().ok_or_else(|| {
                format!("calls[{at}]: {} sends the {} whole; say what is there under `found`", step.call, bound.noun())
            })?;
            scope.found = Some(found);
        }
        let request = bound.request(&step.call, &scope).map_err(|error| error.to_string())?;
        lines.extend(compare_call(&format!("calls[{at}]"), expected, &request));
    }
    all_equal(&lines)
}

fn compare_call(place: &str, expected: &ExampleCall, request: &HttpRequest) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(url) = &expected.url {
        let found = path_and_query(&request.url);
        if url != found {
            lines.push(format!("{place}.url: expected {url}, found {found}"));
        }
    }
    let body = match &request.body {
        Body::Empty => Value::Null,
        Body::Json(json) => json.clone(),
        Body::Form(form) => form.iter().map(|(name, value)| (name.clone(), json!(value))).collect(),
    };
    if let Some(expected) = &expected.body {
        lines.extend(differences(&format!("{place}.body"), expected, &body));
    }
    if let Some(expected) = &expected.variables {
        let found = body.get("variables").cloned().unwrap_or_default();
        lines.extend(differences(&format!("{place}.variables"), expected, &found));
    }
    lines
}

fn path_and_query(url: &str) -> &str {
    let behind = url.split_once("://").map_or(url, |(_, behind)| behind);
    behind.find('/').and_then(|at| behind.get(at..)).unwrap_or("/")
}

fn compare_error(expected: &ExampleError, scim_type: &str, detail: &str) -> Result<(), String> {
    let mut lines = Vec::new();
    if expected.scim_type.as_deref().is_some_and(|expected| expected != scim_type) {
        let expected = expected.scim_type.as_deref().unwrap_or_default();
        lines.push(format!("error.scim_type: expected {expected}, found {scim_type}: {detail}"));
    }
    if expected.contains.as_ref().is_some_and(|part| !detail.contains(part)) {
        let part = expected.contains.as_deref().unwrap_or_default();
        lines.push(format!("error.contains: expected {part:?} in {detail:?}"));
    }
    all_equal(&lines)
}
