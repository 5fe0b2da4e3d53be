//! `schema`: the JSON Schema of the program's files, for editors. The schema is made from the types that read them.

use super::failure::Failure;
use super::output::Output;

/// Prints the JSON Schema of a mapping file or of the configuration file
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Which file
    #[arg(value_enum)]
    file: File,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum File {
    /// `mapping.yaml`
    Mapping,
    /// `bridge.yaml`
    Config,
}

/// Prints it.
pub(super) fn run(arguments: &Arguments, output: &mut Output) -> Result<(), Failure> {
    let schema = match arguments.file {
        File::Mapping => crate::mapping::json_schema::mapping_schema(),
        File::Config => crate::config::file::config_schema(),
    };
    output.json(&schema)
}
