//! `simulate`: one vendor simulator alone, as a real HTTP server. What it answers is the simulator's own business.

use std::path::PathBuf;

use super::failure::Failure;
use super::output::note;
use super::setup::read_text;
use super::stop::StopSignals;
use crate::simulator::{self, Options, VendorKind};

/// Runs a vendor simulator until it is stopped by Ctrl-C or SIGTERM
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Vendor
    #[arg(value_enum)]
    vendor: Vendor,
    /// Address to listen on, port 0 for any free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8090")]
    listen: String,
    /// JSON file with faults to begin with, in the form that `POST /_sim/faults` takes
    #[arg(long, value_name = "FILE")]
    faults: Option<PathBuf>,
    /// JSON file with the data to begin with instead of the built-in data
    #[arg(long, value_name = "FILE")]
    seed: Option<PathBuf>,
}

/// The vendors by their names on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Vendor {
    Iadvize,
    Liveperson,
    #[value(hide = true)]
    BrightPattern,
}

/// Runs until it is told to stop.
pub(super) async fn run(arguments: &Arguments) -> Result<(), Failure> {
    let kind = match arguments.vendor {
        Vendor::Iadvize => VendorKind::Iadvize,
        Vendor::Liveperson => VendorKind::Liveperson,
        Vendor::BrightPattern => return Err(no_simulator("bright-pattern")),
    };
    let read = |path: &Option<PathBuf>| path.as_deref().map(read_text).transpose();
    let options = Options { faults: read(&arguments.faults)?, seed: read(&arguments.seed)? };
    let stop = StopSignals::heed()?;
    let running = simulator::start(kind, &arguments.listen, options)
        .await
        .map_err(|error| cannot_start(&arguments.listen, &error))?;
    note(format_args!("listening on http://{}", running.address));
    stop.wait().await;
    running.stop().await;
    Ok(())
}

/// Malformed faults or seed are wrong files; everything else is bad luck.
pub(super) fn cannot_start(listen: &str, error: &std::io::Error) -> Failure {
    let text = format!("the simulator on {listen} cannot start: {error}");
    match error.kind() {
        std::io::ErrorKind::InvalidInput | std::io::ErrorKind::InvalidData => Failure::wrong(text),
        _ => Failure::failed(text),
    }
}

fn no_simulator(vendor: &str) -> Failure {
    Failure::wrong(format!("this version has no simulator for {vendor}; it has one for iadvize"))
}
