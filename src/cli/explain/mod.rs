//! `explain`: what a SCIM request would cause at the vendor. Sends nothing, stores nothing, needs no secret.

mod group;
mod show;
mod stand_in;

use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use stand_in::StandIns;

use super::failure::Failure;
use super::output::Output;
use super::setup::{ConfigFile, parse_connection, read_text};
use crate::config::model::ConnectionConfig;
use crate::ids::ConnectionName;
use crate::mapping::bound::{Beside, Bound, CallName};
use crate::mapping::model::Removal;
use crate::mapping::plan::{left_behind, plan};
use crate::mapping::record::{Desired, Record};
use crate::scim::patch::{PatchRequest, UnknownPaths};
use crate::scim::resource::{self, with_schemas};
use crate::scim::schema::ResourceType;

/// Largest request that is read, in bytes.
const MAX_REQUEST_BYTES: u64 = 10 * 1024 * 1024;

/// `id` that a stored resource without one is taken to have.
const STAND_IN_ID: &str = "00000000-0000-0000-0000-000000000000";

/// Prints what a SCIM request would cause at the vendor, and sends nothing
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Connection
    #[arg(long, value_name = "NAME", value_parser = parse_connection)]
    connection: ConnectionName,
    /// Method of the request
    #[arg(long, value_enum, ignore_case = true, default_value = "POST")]
    method: Method,
    /// The person or group as the bridge has it now, a SCIM resource in JSON; needed for PUT, PATCH and DELETE.
    /// The vendor is taken to have what it maps to
    #[arg(long, value_name = "FILE")]
    stored: Option<PathBuf>,
    /// The vendor's id of the stored person, or of the group's object
    #[arg(long, value_name = "ID", default_value = "1")]
    vendor_id: String,
    /// The request is about a group, which is seen anyway where body or stored resource name the schema of groups
    #[arg(long)]
    group: bool,
    /// Also prints the rules by which the vendor's answers are judged, in their order
    #[arg(long)]
    rules: bool,
    #[command(flatten)]
    config: ConfigFile,
    /// Body of the request, JSON; `-` reads standard input. DELETE needs none
    #[arg(required_unless_present = "stored")]
    file: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
#[value(rename_all = "UPPER")]
enum Method {
    Post,
    Put,
    Patch,
    Delete,
}

/// What a request asks for: the resource afterwards, and a new password.
struct Asked {
    /// `None`: the person goes.
    attributes: Option<Map<String, Value>>,
    password: Option<String>,
    /// Operations that are skipped although the request is carried out.
    skipped: Vec<String>,
}

/// Explains.
pub(super) fn run(arguments: &Arguments, output: &mut Output) -> Result<(), Failure> {
    let setup = arguments.config.load()?;
    let connection = setup.connection(&arguments.connection)?;
    let bound = setup.bind(&arguments.connection)?;
    let stored = arguments.stored.as_deref().map(|path| Ok((path, read_json(path)?))).transpose()?;
    let body = arguments.file.as_deref().map(read_json).transpose()?;
    let is_group = arguments.group || stored.iter().map(|(_, stored)| stored).chain(&body).any(group::is_group);
    if is_group {
        let stored = stored.as_ref().map(|(_, stored)| stored);
        return group::explain(&bound, connection, stored, body.as_ref(), arguments, output);
    }
    let mut stand_ins = StandIns::default();
    let stored = stored.map(|(path, stored)| read_stored(path, &stored, &bound, &mut stand_ins)).transpose()?;
    let asked = ask(arguments.method, body.as_ref(), stored.as_ref(), &bound, connection)?;
    explain(&bound, stored, asked, stand_ins, arguments, output)
}

fn explain(
    bound: &Bound,
    stored: Option<Stored>,
    asked: Asked,
    mut stand_ins: StandIns,
    arguments: &Arguments,
    output: &mut Output,
) -> Result<(), Failure> {
    for skipped in &asked.skipped {
        output.line(format_args!("skipped: {skipped}"));
    }
    let (desired, mut transient) = match &asked.attributes {
        Some(attributes) => {
            output.line("resource");
            output.json(&with_schemas(attributes, bound.user_type()))?;
            stand_ins.learn(bound, attributes);
            let secrets = asked.password.into_iter().map(|password| ("password".to_owned(), password.into())).collect();
            let mapped = bound
                .desired(
                    attributes,
                    Beside { secrets: Some(&secrets), lists: Some(stand_ins.lists()), ..Beside::default() },
                )
                .map_err(Failure::failed)?;
            (mapped.desired, mapped.transient)
        }
        None => (goal_of_removal(bound, stored.as_ref(), &mut stand_ins)?, Record::default()),
    };
    // Masked before the calls are built, so that no call can show it.
    for value in transient.0.values_mut() {
        *value = show::MASK.into();
    }
    output.line("\nrecord: what the vendor should have");
    stand_ins.tell(output);
    show::desired(&desired, output)?;
    let (key, applied) = match stored.map(|stored| stored.record) {
        Some(Desired::Present(record) | Desired::Parked(record)) => (Some(arguments.vendor_id.as_str()), Some(record)),
        Some(Desired::Absent) | None => (None, None),
    };
    let desired = bound.with_first_names(desired, key, stand_ins.lists());
    let steps = plan(bound, key, applied.as_ref(), &desired, &transient).map_err(Failure::failed)?;
    if steps.is_empty() {
        output.line("\nno calls: the vendor has what it should have");
    }
    for (index, step) in steps.iter().enumerate() {
        let mut scope = step.scope.clone();
        let mut remark = "";
        if scope.key.is_none() && step.call != CallName::Create {
            // What follows a create carries the id that the create's answer brings.
            scope.key = Some(arguments.vendor_id.clone());
            remark = " (with a stand-in for the id that the vendor gives)";
        }
        if step.call == CallName::Create {
            for (field, _) in bound.to_generate(&step.scope.record) {
                scope.record.0.insert(field.to_owned(), show::MASK.into());
            }
        }
        if let Some(find) = bound.finds_membership(&step.call) {
            output.line(format_args!(
                "\nthe membership is looked for first: {find}; a stand-in for its id is in what follows"
            ));
            scope.membership = Some(arguments.vendor_id.clone().into());
        }
        if let Some(find) = bound.finds_key(&step.call) {
            output.line(format_args!(
                "\nthe key at the other API is looked for first: {find}; a stand-in is in what follows"
            ));
            // It may be a text or a number.
            scope.other_key = Some("1".to_owned());
        }
        if bound.is_whole(&step.call) {
            remark = " (put into the account as it is read right before)";
        }
        let request = bound.request(&step.call, &scope).map_err(Failure::failed)?;
        output.line(format_args!("\ncall {}: {}{remark}", index + 1, step.call));
        show::request(&request, output)?;
        if arguments.rules {
            show::rules(bound, None, &step.call, output)?;
        }
    }
    for field in applied.iter().flat_map(|applied| left_behind(bound, applied, &desired)) {
        let (why, attribute) = (bound.why_kept(&field), bound.attribute_of(&field));
        output.line(format_args!(
            "\nnot changed: {why}; the account keeps its value, and its story says so ({attribute})"
        ));
    }
    Ok(())
}

/// The person as the bridge has him.
struct Stored {
    id: String,
    attributes: Map<String, Value>,
    /// What the vendor is taken to have.
    record: Desired,
}

fn read_stored(path: &Path, body: &Value, bound: &Bound, stand_ins: &mut StandIns) -> Result<Stored, Failure> {
    let wrong = |error: &dyn std::fmt::Display| Failure::wrong(format!("{}: {error}", path.display()));
    let incoming = resource::read(body, bound.user_type()).map_err(|error| wrong(&error))?;
    stand_ins.learn(bound, &incoming.attributes);
    let beside = Beside { lists: Some(stand_ins.lists()), ..Beside::default() };
    let mapped = bound.desired(&incoming.attributes, beside).map_err(|error| wrong(&error))?;
    let id = body.get("id").and_then(Value::as_str).unwrap_or(STAND_IN_ID).to_owned();
    Ok(Stored { id, attributes: incoming.attributes, record: mapped.desired })
}

fn ask(
    method: Method,
    body: Option<&Value>,
    stored: Option<&Stored>,
    bound: &Bound,
    connection: &ConnectionConfig,
) -> Result<Asked, Failure> {
    let needs_body = || body.ok_or_else(|| Failure::wrong("the request has no body: name a file with its JSON"));
    let needs_stored =
        || stored.ok_or_else(|| Failure::wrong("this method changes a person: --stored FILE says what he is now"));
    match method {
        Method::Post => {
            let incoming = resource::read(needs_body()?, bound.user_type()).map_err(Failure::failed)?;
            let mut attributes = incoming.attributes;
            attributes.entry("active").or_insert(true.into());
            Ok(Asked { attributes: Some(attributes), password: incoming.password, skipped: Vec::new() })
        }
        Method::Put => {
            let incoming = resource::read(needs_body()?, bound.user_type()).map_err(Failure::failed)?;
            let attributes = resource::replace(&needs_stored()?.attributes, &incoming, bound.user_type());
            Ok(Asked { attributes: Some(attributes), password: incoming.password, skipped: Vec::new() })
        }
        Method::Patch => {
            let stored = needs_stored()?;
            let request = read_patch(needs_body()?, bound.user_type(), connection)?;
            let patched = request.apply(&stored.id, &stored.attributes, bound.user_type()).map_err(Failure::failed)?;
            Ok(Asked { attributes: Some(patched.attributes), password: patched.password, skipped: patched.skipped })
        }
        Method::Delete => {
            needs_stored()?;
            Ok(Asked { attributes: None, password: None, skipped: Vec::new() })
        }
    }
}

/// Reads a PATCH with the switches of the connection.
fn read_patch(
    body: &Value,
    resource_type: &ResourceType,
    connection: &ConnectionConfig,
) -> Result<PatchRequest, Failure> {
    let ignores = connection.switches.ignore_unknown_paths;
    let unknown = if ignores { UnknownPaths::LeaveOut } else { UnknownPaths::Refuse };
    PatchRequest::parse_with(body, resource_type, unknown).map_err(Failure::failed)
}

/// What SCIM DELETE means under this mapping.
fn goal_of_removal(bound: &Bound, stored: Option<&Stored>, stand_ins: &mut StandIns) -> Result<Desired, Failure> {
    match (bound.removal(), stored) {
        (Removal::Deactivate, Some(stored)) => {
            let mut attributes = stored.attributes.clone();
            attributes.insert("active".to_owned(), false.into());
            stand_ins.learn(bound, &attributes);
            let beside = Beside { lists: Some(stand_ins.lists()), ..Beside::default() };
            Ok(bound.desired(&attributes, beside).map_err(Failure::failed)?.desired)
        }
        _ => Ok(Desired::Absent),
    }
}

/// Reads JSON from a file, or from standard input for `-`.
fn read_json(path: &Path) -> Result<Value, Failure> {
    let text = if path == Path::new("-") {
        let mut text = String::new();
        std::io::stdin()
            .take(MAX_REQUEST_BYTES)
            .read_to_string(&mut text)
            .map_err(|error| Failure::wrong(format!("standard input: {error}")))?;
        text
    } else {
        read_text(path)?
    };
    serde_json::from_str(&text).map_err(|error| Failure::wrong(format!("{}: {error}", path.display())))
}
