//! The command line: a file per command. Reads arguments and prints; the work itself is done by the rest of the library.

mod check;
mod demo;
mod explain;
mod failure;
mod health;
mod import;
mod log;
mod output;
mod pending;
mod schema;
mod serve;
mod setup;
mod simulate;
mod stop;
mod story;
mod token;

use std::process::ExitCode;

use clap::Parser as _;

use failure::Failure;
use output::{Output, note};

/// SCIM 2.0 provisioning bridge: Okta and Entra ID in, vendor APIs without SCIM out
#[derive(Debug, clap::Parser)]
#[command(
    name = "scim-bridge",
    version,
    max_term_width = 100,
    after_help = "Exit status: 0 done, 1 the work failed, 2 wrong usage or wrong file. Results are printed on standard output, everything else on standard error."
)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Serve(serve::Arguments),
    Demo(demo::Arguments),
    Simulate(simulate::Arguments),
    Check(check::Arguments),
    Explain(explain::Arguments),
    Import(import::Arguments),
    Token(token::Arguments),
    Pending(pending::Arguments),
    Story(story::Arguments),
    Schema(schema::Arguments),
    Health(health::Arguments),
}

/// Reads the command line, runs the command and returns the exit status of the contract: 0 done, 1 the work failed, 2 wrong usage or file.
pub fn run() -> ExitCode {
    let command = match CommandLine::try_parse() {
        Ok(command_line) => command_line.command,
        Err(error) => {
            // `--help` and `--version` come this way, too; they may be printed into a pipe that closes early.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
        }
    };
    let mut output = Output::stdout();
    let outcome = run_command(&command, &mut output);
    let written = output.finish();
    match outcome.and(written) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            note(failure.text());
            failure.exit_code()
        }
    }
}

fn run_command(command: &Command, output: &mut Output) -> Result<(), Failure> {
    match command {
        Command::Check(arguments) => in_runtime(check::run(arguments, output)),
        Command::Explain(arguments) => explain::run(arguments, output),
        Command::Schema(arguments) => schema::run(arguments, output),
        Command::Health(arguments) => health::run(arguments, output),
        Command::Serve(arguments) => in_runtime(serve::run(arguments)),
        Command::Demo(arguments) => in_runtime(demo::run(arguments, output)),
        Command::Simulate(arguments) => in_runtime(simulate::run(arguments)),
        Command::Import(arguments) => in_runtime(import::run(arguments, output)),
        Command::Token(arguments) => in_runtime(token::run(arguments, output)),
        Command::Pending(arguments) => in_runtime(pending::run(arguments, output)),
        Command::Story(arguments) => in_runtime(story::run(arguments, output)),
    }
}

/// Runs a command that waits for the network or the store.
fn in_runtime(work: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::failed(format!("the operating system gives no threads: {error}")))?;
    runtime.block_on(work)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::CommandLine;

    #[test]
    fn the_command_line_is_consistent() {
        CommandLine::command().debug_assert();
    }
}
