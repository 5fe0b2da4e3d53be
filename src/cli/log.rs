//! How the long-running commands log. What is logged is decided where things happen.

use super::failure::Failure;
use crate::telemetry::{self, Format, Logging};

/// Logging options.
#[derive(Debug, clap::Args)]
pub(super) struct LogOptions {
    /// What is logged, such as `info` or `warn,scim_bridge::vendor=debug`
    #[arg(long = "log", value_name = "FILTER", env = "RUST_LOG")]
    filter: Option<String>,
    /// How a line looks
    #[arg(long = "log-format", value_enum, value_name = "FORMAT", default_value = "auto")]
    format: LogFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum LogFormat {
    /// Text on a terminal, else JSON
    Auto,
    /// Text
    Human,
    /// A JSON object per line
    Json,
}

impl LogOptions {
    /// Begins to log, with `default` where neither option nor environment says anything. Logging lasts as long as what is returned.
    pub(super) fn begin(&self, default: &str) -> Result<Logging, Failure> {
        let format = match self.format {
            LogFormat::Auto => Format::Auto,
            LogFormat::Human => Format::Human,
            LogFormat::Json => Format::Json,
        };
        telemetry::init(Some(self.filter.as_deref().unwrap_or(default)), format).map_err(Failure::wrong)
    }
}
