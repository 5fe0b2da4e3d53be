//! `check`: configuration and mappings, and the examples inside them. No network. Whether secrets are there is looked at; they are neither shown nor
//! used.

use std::path::{Path, PathBuf};

use super::failure::Failure;
use super::output::{Output, note};
use super::setup::{ConfigFile, load_mapping};
use crate::config::model::{Config, TokenSecret};
use crate::config::secret::read_source;
use crate::mapping::examples;
use crate::mapping::load::Mapping;

/// Checks configuration and mapping files, and runs the examples inside the mappings; no network
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Configuration file; checked as well as the mappings that it names. Default: `bridge.yaml`, unless mappings are given
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Mappings: folders with `mapping.yaml`, or such files
    #[arg(value_name = "MAPPING")]
    mappings: Vec<PathBuf>,
}

/// Checks everything, and tells everything that is wrong, not only the first.
pub(super) fn run(arguments: &Arguments, output: &mut Output) -> Result<(), Failure> {
    let mut tally = Tally::default();
    let config_file = match (&arguments.config, arguments.mappings.is_empty()) {
        (Some(path), _) => Some(ConfigFile::at(path.clone())),
        (None, true) => Some(ConfigFile::at("bridge.yaml".into())),
        (None, false) => None,
    };
    let mut paths = arguments.mappings.clone();
    if let Some(file) = config_file {
        match file.load() {
            Ok(setup) => {
                output.line(format_args!("ok      {}", setup.path.display()));
                tell_missing_secrets(&setup.config, output);
                for connection in setup.config.connections.values() {
                    if !paths.contains(&connection.mapping) {
                        paths.push(connection.mapping.clone());
                    }
                }
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
        if self.failed > 0 {
            return Err(Failure::failed(format!("{} of {} examples failed", self.failed, self.examples)));
        }
        Ok(())
    }
}
