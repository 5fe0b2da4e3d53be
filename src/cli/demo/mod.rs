//! `demo`: the bridge with simulated vendors in the same process. No file, no account and no network is needed; nothing is left behind.

mod cast;
mod folder;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use super::failure::Failure;
use super::log::LogOptions;
use super::output::{Output, note};
use super::serve;
use super::setup::ConfigFile;
use super::stop::StopSignals;
use cast::Part;
use folder::Folder;

/// The person whom the printed lines are about.
const PERSON: &str = "ada.lovelace@example.com";

/// Runs the bridge with all vendors simulated, a throw-away store and printed tokens; needs no file, account or network
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Address to listen on, port 0 for any free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    listen: String,
    /// Folder in which the store is kept; default: one that goes when the demo ends. The simulated vendors forget everything each time
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    #[command(flatten)]
    log: LogOptions,
}

/// Runs until it is told to stop.
pub(super) async fn run(arguments: &Arguments, output: &mut Output) -> Result<(), Failure> {
    let _logging = arguments.log.begin("warn")?;
    let folder = Folder::prepare(arguments.data.as_deref())?;
    let stop = StopSignals::heed()?;
    let parts = cast::enter().await?;
    let titles: Vec<&str> = parts.iter().map(|part| part.title).collect();
    note(format!("starting a bridge in front of simulated vendors: {}", titles.join(", ")));
    let configuration = folder.write_config(&arguments.listen, &parts)?;
    let config = ConfigFile::at(configuration.clone()).load()?.config;
    let bridge = serve::start(config).await?;
    introduce(&Scene { bridge: bridge.address, parts: &parts, configuration: &configuration }, output);
    output.finish()?;
    stop.wait().await;
    note("stopping");
    bridge.stop().await;
    for part in parts {
        part.vendor.stop().await;
    }
    Ok(())
}

/// What a reader of the introduction has to know.
struct Scene<'a> {
    bridge: SocketAddr,
    parts: &'a [Part],
    configuration: &'a Path,
}

/// Says where everything is, and what to paste.
fn introduce(scene: &Scene<'_>, output: &mut Output) {
    let Scene { bridge, parts, configuration } = scene;
    let configuration = configuration.display();
    let base = |part: &Part| format!("http://{bridge}/scim/v2/{}", part.name);
    for part in *parts {
        let vendor = part.vendor.address;
        output.line(format_args!("{}", part.title));
        output.line(format_args!("SCIM base URL        {}", base(part)));
        output.line(format_args!("token                {}", part.token));
        output.line(format_args!("state at the vendor  http://{vendor}/_sim/state"));
        output.line(format_args!("calls to the vendor  http://{vendor}/_sim/calls"));
        output.line("");
    }
    if let Some(first) = parts.first() {
        let (base, token) = (&base(first), &first.token);
        output.line(format_args!("To be pasted, at {}:", first.title));
        for (says, line) in [
            ("create a person", create_line(base, token)),
            ("find her", find_line(base, token)),
            ("push a group that gives her a skill", group_line(base, token)),
            ("deactivate her", deactivate_line(base, token)),
        ] {
            output.line(format_args!("# {says}"));
            output.line(line);
        }
        output.line("");
    }
    output.line(format_args!("health               http://{bridge}/health/ready"));
    output.line(format_args!("metrics              http://{bridge}/metrics"));
    output.line(format_args!("story                {} story {PERSON} --config {configuration}", program()));
    output.line(format_args!("configuration        {configuration}"));
    output.line("");
    output.line("Ctrl-C ends the demo.");
}

/// This program as it was called, so that the printed command line works wherever the program lies.
fn program() -> String {
    std::env::args().next().unwrap_or_else(|| "scim-bridge".to_owned())
}

fn create_line(base: &str, token: &str) -> String {
    let body = format!(
        r#"{{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"{PERSON}","name":{{"givenName":"Ada","familyName":"Lovelace"}},"emails":[{{"value":"{PERSON}","type":"work","primary":true}}],"active":true}}"#
    );
    format!("curl -s {} -H 'Content-Type: application/scim+json' {base}/Users -d '{body}'", authorization(token))
}

fn find_line(base: &str, token: &str) -> String {
    format!(r#"curl -s -G {} {base}/Users --data-urlencode 'filter=userName eq "{PERSON}"'"#, authorization(token))
}

/// By the rules of the demo's configuration the group is a skill at the vendor. Its member is looked up by the line itself.
fn group_line(base: &str, token: &str) -> String {
    let body = r#"{\"schemas\":[\"urn:ietf:params:scim:schemas:core:2.0:Group\"],\"displayName\":\"Skill French\",\"members\":[{\"value\":\"$ID\"}]}"#;
    format!(
        r#"ID=$({} | sed -n 's/.*"id":"\([^"]*\)".*/\1/p'); curl -s {} -H 'Content-Type: application/scim+json' {base}/Groups -d "{body}""#,
        find_line(base, token),
        authorization(token),
    )
}

/// The id is not known beforehand: the line looks it up by itself.
fn deactivate_line(base: &str, token: &str) -> String {
    let body = r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","path":"active","value":false}]}"#;
    format!(
        r#"ID=$({} | sed -n 's/.*"id":"\([^"]*\)".*/\1/p'); curl -s -X PATCH {} -H 'Content-Type: application/scim+json' {base}/Users/$ID -d '{body}'"#,
        find_line(base, token),
        authorization(token),
    )
}

fn authorization(token: &str) -> String {
    format!("-H 'Authorization: Bearer {token}'")
}
