//! `serve`: the bridge. Building and draining is done by [`crate::server`].

use super::failure::Failure;
use super::setup::ConfigFile;

/// Runs the bridge until it is stopped by Ctrl-C or SIGTERM
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    config: ConfigFile,
    /// Address to listen on instead of the file's, port 0 for any free one
    #[arg(long, value_name = "ADDR")]
    listen: Option<String>,
}
