//! Results on standard output: a reader that has seen enough (`… | head`) ends the printing, never the program.

use std::fmt::Display;
use std::io::{ErrorKind, Write};

use serde::Serialize;

use super::failure::Failure;

/// Tells the person at the terminal something that is no result. A closed standard error is no reason to stop.
pub(super) fn note(text: impl Display) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// Where results go. Everything that is not a result goes to standard error instead.
pub(super) struct Output {
    writer: Box<dyn Write>,
    /// The reader went away: further lines are dropped.
    is_closed: bool,
    /// The first real error, such as a full disk; told by [`Output::finish`].
    failed: Option<std::io::Error>,
}

impl Output {
    /// Standard output.
    pub(super) fn stdout() -> Self {
        Self::to(Box::new(std::io::stdout()))
    }

    /// Any writer.
    pub(super) fn to(writer: Box<dyn Write>) -> Self {
        Self { writer, is_closed: false, failed: None }
    }

    /// Prints one line.
    pub(super) fn line(&mut self, text: impl Display) {
        if self.is_closed || self.failed.is_some() {
            return;
        }
        let outcome = writeln!(self.writer, "{text}");
        self.keep(outcome);
    }

    /// Prints a value as indented JSON.
    pub(super) fn json(&mut self, value: &impl Serialize) -> Result<(), Failure> {
        let text = serde_json::to_string_pretty(value).map_err(Failure::failed)?;
        self.line(text);
        Ok(())
    }

    /// Hands everything on to the reader.
    ///
    /// # Errors
    /// When something could not be written although the reader still wanted it.
    pub(super) fn finish(&mut self) -> Result<(), Failure> {
        if !self.is_closed && self.failed.is_none() {
            let outcome = self.writer.flush();
            self.keep(outcome);
        }
        match self.failed.take() {
            None => Ok(()),
            Some(error) => Err(Failure::failed(format!("standard output cannot be written: {error}"))),
        }
    }

    fn keep(&mut self, outcome: std::io::Result<()>) {
        match outcome {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::BrokenPipe => self.is_closed = true,
            Err(error) => self.failed = Some(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Broken(ErrorKind);

    impl Write for Broken {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(self.0.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_reader_that_left_is_no_failure() {
        let mut output = Output::to(Box::new(Broken(ErrorKind::BrokenPipe)));
        output.line("one");
        output.line("two");
        assert!(output.finish().is_ok());
    }

    #[test]
    fn a_full_disk_is_a_failure() {
        let mut output = Output::to(Box::new(Broken(ErrorKind::StorageFull)));
        output.line("one");
        assert!(matches!(output.finish(), Err(Failure::Failed(_))));
    }
}
