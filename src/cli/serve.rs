//! `serve`: the bridge, until it is told to stop. Building and draining is done by [`crate::server`].

use super::failure::Failure;
use super::log::LogOptions;
use super::output::note;
use super::setup::ConfigFile;
use super::stop::StopSignals;
use crate::config::model::Config;
use crate::server::{Bridge, Running, StartError};

/// Runs the bridge until it is stopped by Ctrl-C or SIGTERM
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    config: ConfigFile,
    /// Address to listen on instead of the file's, port 0 for any free one
    #[arg(long, value_name = "ADDR")]
    listen: Option<String>,
    #[command(flatten)]
    log: LogOptions,
}

/// Serves.
pub(super) async fn run(arguments: &Arguments) -> Result<(), Failure> {
    let mut config = arguments.config.load()?.config;
    if let Some(listen) = &arguments.listen {
        config.listen_on(listen).map_err(Failure::wrong)?;
    }
    let _logging = arguments.log.begin("info")?;
    let stop = StopSignals::heed()?;
    let running = start(config).await?;
    stop.wait().await;
    running.stop().await;
    Ok(())
}

/// Starts the bridge and says where it listens as soon as it takes connections.
pub(super) async fn start(config: Config) -> Result<Running, Failure> {
    let running = Bridge::new(config).start().await.map_err(|error| match error {
        StartError::Mapping { .. } | StartError::Vendor(_) | StartError::Credentials(_) => Failure::wrong(error),
        StartError::Store(_) | StartError::Listen { .. } => Failure::failed(error),
    })?;
    note(format_args!("listening on http://{}", running.address));
    if let Some(address) = running.admin_address {
        note(format_args!("metrics on http://{address}"));
    }
    Ok(running)
}
