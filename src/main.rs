//! The program: reads the command line and calls one function of the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    scim_bridge::cli::run()
}
