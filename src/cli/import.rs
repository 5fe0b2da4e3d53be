//! `import`: brings the accounts in that the vendor already has. Changes nothing at the vendor.

use std::sync::Arc;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::failure::Failure;
use super::output::Output;
use super::setup::{ConfigFile, parse_connection};
use crate::clock::SystemClock;
use crate::ids::ConnectionName;
use crate::provision::{Options, Parts, Provisioner};
use crate::vendor::http::{self, HttpVendor};

/// How often the progress display is drawn again.
const TICK: Duration = Duration::from_millis(120);

/// Brings in the accounts that the vendor already has; changes nothing there
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Connection
    #[arg(long, value_name = "NAME", value_parser = parse_connection)]
    connection: ConnectionName,
    /// Prints the report as JSON, without a progress display
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: ConfigFile,
}

/// Imports, and prints what came in. Can run beside a running bridge.
pub(super) async fn run(arguments: &Arguments, output: &mut Output) -> Result<(), Failure> {
    let setup = arguments.config.load()?;
    let name = &arguments.connection;
    let connection = setup.connection(name)?;
    let bound = Arc::new(setup.bind(name)?);
    let options =
        http::Options { connection: name.clone(), limits: connection.limits, secrets: connection.secrets.clone() };
    let vendor = HttpVendor::new(bound.clone(), options).map_err(Failure::wrong)?;
    let provisioner = Provisioner::idle(Parts {
        connection: name.clone(),
        bound,
        vendor: Arc::new(vendor),
        store: setup.open_store()?,
        clock: Arc::new(SystemClock),
        options: Options::of(connection),
        runtime: tokio::runtime::Handle::current(),
    });
    let progress = if arguments.json { ProgressBar::hidden() } else { shown_progress(name) };
    let report = provisioner.import(&|listed| progress.set_position(listed)).await;
    progress.finish_and_clear();
    let report = report.map_err(Failure::failed)?;
    if arguments.json {
        return output.json(&report);
    }
    output.line(format_args!(
        "{name}: {} accounts listed; {} imported, {} linked to people of the identity provider, {} known before, {} left alone",
        report.listed,
        report.imported,
        report.linked,
        report.known,
        report.skipped.len(),
    ));
    if report.groups.listed > 0 {
        let groups = &report.groups;
        output.line(format_args!(
            "{name}: {} objects listed that groups can stand for; {} imported as groups, {} known before, {} memberships taken over",
            groups.listed, groups.imported, groups.known, groups.members,
        ));
    }
    for skipped in &report.skipped {
        output.line(format_args!("left alone: {skipped}"));
    }
    Ok(())
}

/// A counter on standard error; nothing is drawn where that is no terminal. How many accounts there are in all is not known beforehand.
fn shown_progress(name: &ConnectionName) -> ProgressBar {
    let progress = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {prefix}: {pos} accounts listed ({elapsed})") {
        progress.set_style(style);
    }
    progress.set_prefix(name.as_str().to_owned());
    progress.enable_steady_tick(TICK);
    progress
}
