//! Logs and metrics: set up here, written where things happen. Nothing here knows what is logged.

pub(crate) mod json;
pub mod metrics;
mod writer;

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use writer::BufferedWriter;

/// What is logged when nobody says anything else.
const DEFAULT_FILTER: &str = "info";

/// Crates with lines that say nothing to an operator, and what is still heard of those.
const CHATTER: [(&str, &str); 2] =
    [("actix_server", "actix_server=warn"), ("actix_http", "actix_http::h1::dispatcher=off")];

/// How logs look.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Format {
    /// For people on a terminal, else JSON.
    #[default]
    Auto,
    /// A line of text each.
    Human,
    /// A JSON object per line.
    Json,
}

/// Why logging cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    /// The filter cannot be read.
    #[error("log filter `{filter}`: {source}; write for example `info` or `info,scim_bridge::vendor=debug`")]
    Filter {
        /// As given.
        filter: String,
        /// What is wrong.
        source: tracing_subscriber::filter::ParseError,
    },
    /// Somebody has begun before.
    #[error("logging was begun before in this process")]
    Twice,
}

/// Keeps logging going. Dropping it writes what is still buffered.
#[derive(Debug, Default)]
#[must_use = "dropping it ends the buffering of log lines"]
pub struct Logging {
    writer: Option<BufferedWriter>,
}

impl Logging {
    /// Writes what is buffered, waiting at most a second for it.
    pub fn flush(&self) {
        if let Some(writer) = &self.writer {
            writer.flush();
        }
    }
}

impl Drop for Logging {
    fn drop(&mut self) {
        self.flush();
    }
}

/// Begins to log to standard error. `filter` is in the syntax of `RUST_LOG`, `None` means `info`. Called once per process.
///
/// # Errors
/// A filter that cannot be read, a second call.
pub fn init(filter: Option<&str>, format: Format) -> Result<Logging, InitError> {
    let text = filter.map(str::trim).filter(|text| !text.is_empty()).unwrap_or(DEFAULT_FILTER);
    let filter = EnvFilter::try_new(without_chatter(text))
        .map_err(|source| InitError::Filter { filter: text.to_owned(), source })?;
    let terminal = std::io::stderr().is_terminal();
    let registry = tracing_subscriber::registry().with(filter);
    // People see lines as they come; machines get them through a buffer, so that no request waits for the pipe.
    let writer = (!terminal).then(BufferedWriter::start);
    let human = format == Format::Human || (format == Format::Auto && terminal);
    let begun = match (human, &writer) {
        (true, None) => {
            let layer = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_target(false);
            registry.with(layer).try_init()
        }
        (true, Some(writer)) => {
            let layer =
                tracing_subscriber::fmt::layer().with_writer(writer.clone()).with_ansi(false).with_target(false);
            registry.with(layer).try_init()
        }
        (false, None) => registry.with(json::layer(std::io::stderr)).try_init(),
        (false, Some(writer)) => registry.with(json::layer(writer.clone())).try_init(),
    };
    begun.map_err(|_| InitError::Twice)?;
    Ok(Logging { writer })
}

/// The HTTP server reports each of its threads as it comes and goes, and as an error every request that is no HTTP: anybody who reaches the
/// port could fill the log and set off alarms. Both are heard only by those who ask for them by name.
fn without_chatter(filter: &str) -> String {
    let unnamed = CHATTER.iter().filter(|(name, _)| !filter.contains(name));
    unnamed.fold(filter.to_owned(), |text, (_, heard)| format!("{text},{heard}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_underneath_is_quiet_unless_it_is_named() {
        assert_eq!(without_chatter("debug"), "debug,actix_server=warn,actix_http::h1::dispatcher=off");
        assert_eq!(
            without_chatter("info,actix_server=debug"),
            "info,actix_server=debug,actix_http::h1::dispatcher=off"
        );
        assert_eq!(without_chatter("info,actix_http=error"), "info,actix_http=error,actix_server=warn");
        assert!(EnvFilter::try_new(without_chatter("info,scim_bridge::vendor=debug")).is_ok());
    }
}
