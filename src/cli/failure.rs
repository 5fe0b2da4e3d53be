//! Why a command ended without doing what was asked, and which exit status follows. Prints nothing itself.

use std::error::Error;
use std::process::ExitCode;

/// Any error, with its sources.
pub(super) type AnyError = Box<dyn Error + Send + Sync>;

/// Why a command ended without doing what was asked.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// Exit status 2: the command line or a file that it names is wrong; trying again cannot help.
    #[error(transparent)]
    Wrong(AnyError),
    /// Exit status 1: the work itself failed.
    #[error(transparent)]
    Failed(AnyError),
}

impl Failure {
    /// The command line or a file is wrong.
    pub(super) fn wrong(error: impl Into<AnyError>) -> Self {
        Self::Wrong(error.into())
    }

    /// The work failed.
    pub(super) fn failed(error: impl Into<AnyError>) -> Self {
        Self::Failed(error.into())
    }

    /// The exit status of the contract.
    pub(super) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Failed(_) => ExitCode::from(1),
            Self::Wrong(_) => ExitCode::from(2),
        }
    }

    /// The whole chain as one text: each source on a line of its own, unless the line above already says it.
    pub(super) fn text(&self) -> String {
        let (Self::Wrong(error) | Self::Failed(error)) = self;
        let mut text = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            let cause_text = cause.to_string();
            if !text.contains(&cause_text) {
                text.push_str("\n  because: ");
                text.push_str(&cause_text);
            }
            source = cause.source();
        }
        // What is wrong with a file comes rendered already, with a heading of its own.
        if text.starts_with("error") { text } else { format!("error: {text}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("the store cannot be opened")]
    struct Outer(#[source] std::io::Error);

    #[test]
    fn a_cause_is_told_once() {
        let failure = Failure::failed(Outer(std::io::Error::other("disk full")));
        assert_eq!(failure.text(), "error: the store cannot be opened\n  because: disk full");
        let rendered = Failure::wrong("error: unknown key");
        assert_eq!(rendered.text(), "error: unknown key");
    }
}
