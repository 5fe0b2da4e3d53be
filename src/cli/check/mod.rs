//! `check`: configuration and mappings, and the examples inside them. Without `--live` no network, and secrets are only looked for; with it, each
//! vendor is asked whether it is as the mapping says.

mod live;

use std::path::{Path, PathBuf};

use super::failure::Failure;
use super::output::{Output, note};
use super::setup::{ConfigFile, load_mapping, parse_connection};
use crate::config::model::{Config, TokenSecret};
use crate::config::secret::read_source;
use crate::ids::ConnectionName;
use crate::mapping::examples;
use crate::mapping::load::Mapping;

/// Checks configuration and mapping files, and runs the examples inside the mappings; no network but with --live
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Configuration file; checked as well as the mappings that it names. Default: `bridge.yaml`, unless mappings are given
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Mappings: folders with `mapping.yaml`, or such files
    #[arg(value_name = "MAPPING")]
    mappings: Vec<PathBuf>,
    /// Also signs in to each vendor, reads a little of everything that the mapping reads, and tells what does not fit. Changes nothing there
    #[arg(long)]
    live: bool,
    /// With --live: asks the vendor of this connection only
    #[arg(long, value_name = "NAME", value_parser = parse_connection, requires = "live")]
    connection: Option<ConnectionName>,
}

/// Checks everything, and tells everything that is wrong, not only the first.
pub(super) async fn run(arguments: &Arguments, output: &mut Output) -> Result<(), Failure> {
    let mut tally = Tally::default();
    let mut configured = None;
    let config_file = match (&arguments.config, arguments.mappings.is_empty() || arguments.live) {
        (Some(path), _) => Some(ConfigFile::at(path.clone())),
        (None, true) => Some(ConfigFile::at("bridge.yaml".into())),
        (None, false) => None,
    };
    let mut paths = arguments.mappings.clone();
    if let Some(file) = config_file {
        match file.load() {
            Ok(setup) => {
                output.line(format_args!("ok      {}", setup.path.display()));
                if let Some(name) = &arguments.connection {
                    setup.connection(name)?;
                }
                tell_missing_secrets(&setup.config, output);
                for connection in setup.config.connections.values() {
                    if !paths.contains(&connection.mapping) {
                        paths.push(connection.mapping.clone());
                    }
                }
                configured = Some(setup).filter(|_| arguments.live);
            }
            Err(failure) => tally.wrong(&failure),
        }
    }
    for path in &paths {
        match load_mapping(path) {
            Ok(mapping) => run_examples(path, &mapping, output, &mut tally),
            Err(failure) => tally.wrong(&failure),
        }
    }
    if let Some(setup) = configured {
        live::run(&setup, arguments.connection.as_ref(), output, &mut tally).await;
    }
    tally.verdict()
}

/// Tells which secrets cannot be read here. That is no mistake of the file: it may be checked where the bridge does not run.
fn tell_missing_secrets(config: &Config, output: &mut Output) {
    for (name, connection) in &config.connections {
        let secrets = connection.secrets.iter().map(|(secret, source)| (format!("the secret `{secret}`"), source));
        let tokens = connection.inbound.tokens.iter().filter_map(|token| match &token.secret {
            TokenSecret::Source(source) => Some((format!("the token `{}`", token.name), source)),
            TokenSecret::Sha256(_) => None,
        });
        for (what, source) in secrets.chain(tokens) {
            if let Err(missing) = read_source(source) {
                output.line(format_args!("not set here: {what} of connection {name}: {}", missing.found()));
            }
        }
    }
}

fn run_examples(path: &Path, mapping: &Mapping, output: &mut Output, tally: &mut Tally) {
    let results = examples::run(mapping);
    for result in &results {
        tally.examples += 1;
        match &result.problem {
            None => output.line(format_args!("ok      {}: {}", path.display(), result.name)),
            Some(problem) => {
                tally.failed += 1;
                output.line(format_args!("FAILED  {}: {}\n{}", path.display(), result.name, indented(problem)));
            }
        }
    }
    if results.is_empty() {
        output.line(format_args!("ok      {} (no examples)", path.display()));
    }
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("        {line}")).collect::<Vec<_>>().join("\n")
}

/// What has been found so far.
#[derive(Debug, Default)]
struct Tally {
    examples: usize,
    failed: usize,
    wrong: usize,
    /// Connections whose vendors were asked.
    connections: usize,
    /// Those where something does not fit, and how much it is.
    unfit: usize,
    misfits: usize,
}

impl Tally {
    /// Tells what is wrong with a file at once, and remembers that there is something.
    fn wrong(&mut self, failure: &Failure) {
        self.wrong += 1;
        note(failure.text());
    }

    /// Wrong files weigh more than failing examples.
    fn verdict(&self) -> Result<(), Failure> {
        if self.wrong > 0 {
            return Err(Failure::wrong("the files named above have to be corrected"));
        }
        let mut failed = Vec::new();
        if self.failed > 0 {
            failed.push(format!("{} of {} examples failed", self.failed, self.examples));
        }
        if self.unfit > 0 {
            let (things, do_not) = if self.misfits == 1 { ("thing", "does not") } else { ("things", "do not") };
            let at = format!("at {} of {} connections", self.unfit, self.connections);
            failed.push(format!("{} {things} {do_not} fit {at}", self.misfits));
        }
        if failed.is_empty() { Ok(()) } else { Err(Failure::failed(failed.join("; "))) }
    }
}
