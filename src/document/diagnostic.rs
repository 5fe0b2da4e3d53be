//! A complaint about a file: where, what was found, what to write instead. Does not decide what is wrong.

use std::ops::Range;
use std::sync::Arc;

use annotate_snippets::{AnnotationKind, Level, Origin, Renderer, Snippet};

/// Most problems that are shown at once; the rest are counted. More would scroll the first one away.
pub const MAX_PROBLEMS: usize = 40;

/// A file with its text, shared by the complaints about it.
#[derive(Debug)]
pub struct Source {
    /// Path as the administrator knows it.
    pub path: String,
    /// Whole text.
    pub text: String,
}

impl Source {
    /// A source to share.
    pub fn new(path: impl Into<String>, text: impl Into<String>) -> Arc<Self> {
        Arc::new(Self { path: path.into(), text: text.into() })
    }
}

/// One complaint.
#[derive(Debug, Clone)]
pub struct Diagnostic {
    source: Arc<Source>,
    span: Range<usize>,
    message: String,
    found: Option<String>,
    help: Option<String>,
    line_hidden: bool,
}

impl Diagnostic {
    /// A complaint about a byte range of the source. A range outside the text is moved to its end.
    pub fn new(source: &Arc<Source>, span: Range<usize>, message: impl Into<String>) -> Self {
        let text = &source.text;
        let start = floor_char(text, span.start.min(text.len()));
        let end = floor_char(text, span.end.clamp(start, text.len()));
        // one line only: a marked block of many lines hides the key that is meant
        let end = text[start..end].find('\n').map_or(end, |line_break| start + line_break);
        Self {
            source: Arc::clone(source),
            span: start..end,
            message: message.into(),
            found: None,
            help: None,
            line_hidden: false,
        }
    }

    /// What stands there, shown under the mark.
    #[must_use]
    pub fn found(mut self, found: impl Into<String>) -> Self {
        self.found = Some(found.into());
        self
    }

    /// What to write instead.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// What to write instead, when there is something to say.
    #[must_use]
    pub fn maybe_help(mut self, help: Option<String>) -> Self {
        self.help = help.or(self.help);
        self
    }

    /// Shows the position but not the line, which may hold a secret.
    #[must_use]
    pub fn without_line(mut self) -> Self {
        self.line_hidden = true;
        self
    }

    /// Whether it says what to write instead.
    pub fn has_help(&self) -> bool {
        self.help.is_some()
    }

    /// What is wrong.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Path of the file.
    pub fn file(&self) -> &str {
        &self.source.path
    }

    /// Line, counted from 1.
    pub fn line(&self) -> usize {
        self.source.text[..self.span.start].matches('\n').count() + 1
    }

    /// Column in characters, counted from 1.
    pub fn column(&self) -> usize {
        let before = &self.source.text[..self.span.start];
        before[before.rfind('\n').map_or(0, |at| at + 1)..].chars().count() + 1
    }

    /// The complaint as text: title, file with line and column, the line with a mark, help. `colour` is for terminals.
    pub fn render(&self, colour: bool) -> String {
        let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
        let path = printable(&self.source.path);
        let title = Level::ERROR.primary_title(printable(&self.message));
        let mut group = if self.line_hidden {
            title.element(Origin::path(path).line(self.line()).char_column(self.column()))
        } else {
            let mut mark = AnnotationKind::Primary.span(self.span.clone());
            if let Some(found) = &self.found {
                mark = mark.label(printable(found));
            }
            title.element(Snippet::source(self.source.text.as_str()).path(path).annotation(mark))
        };
        if let Some(help) = &self.help {
            group = group.element(Level::HELP.message(printable(help)));
        }
        renderer.render(&[group]).lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
    }

    /// Puts complaints into the order of the file, drops repeated ones and caps their number.
    pub fn sorted(mut all: Vec<Self>) -> Vec<Self> {
        all.sort_by(|a, b| (&a.source.path, a.span.start, &a.message).cmp(&(&b.source.path, b.span.start, &b.message)));
        all.dedup_by(|a, b| a.source.path == b.source.path && a.span == b.span && a.message == b.message);
        all
    }
}

/// What is wrong with a file (or with what a connection sets), rendered for people in the manner of rustc: file, line,
/// column, what was found, the nearest right name.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{}", .0.join("\n\n"))]
pub struct Problems(pub Vec<String>);

impl Problems {
    /// One problem without a place in a file.
    pub fn one(text: impl Into<String>) -> Self {
        Self(vec![format!("error: {}", text.into())])
    }
}

impl From<Vec<Diagnostic>> for Problems {
    /// Sorted by position, rendered without colour, at most [`MAX_PROBLEMS`] of them.
    fn from(all: Vec<Diagnostic>) -> Self {
        let sorted = Diagnostic::sorted(all);
        let more = sorted.len().saturating_sub(MAX_PROBLEMS);
        let mut texts: Vec<String> = sorted.iter().take(MAX_PROBLEMS).map(|one| one.render(false)).collect();
        if more > 0 {
            texts.push(format!("error: and {more} more problems; repair these first"));
        }
        Self(texts)
    }
}

impl From<Diagnostic> for Problems {
    fn from(one: Diagnostic) -> Self {
        vec![one].into()
    }
}

/// Control characters would let a file write to the administrator's terminal.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c }).collect()
}

fn floor_char(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_complaint_shows_file_line_mark_and_help() {
        let source = Source::new("m/mapping.yaml", "version: 1\nfields:\n  é: 1\n  fron: x\n");
        let at = source.text.find("fron").unwrap();
        let one = Diagnostic::new(&source, at..at + 4, "unknown key `fron`").help("did you mean `from`?");
        assert_eq!((one.line(), one.column()), (4, 3));
        assert_eq!(
            one.render(false),
            "error: unknown key `fron`\n --> m/mapping.yaml:4:3\n  |\n4 |   fron: x\n  |   ^^^^\n  |\n  = help: did you mean `from`?"
        );
        assert!(one.render(true).contains("\u{1b}["));
    }

    #[test]
    fn a_range_outside_the_text_is_no_panic() {
        let source = Source::new("x", "é");
        assert!(Diagnostic::new(&source, 1..900, "a").render(false).contains("error: a"));
        let empty = Source::new("x", "");
        assert!(Diagnostic::new(&empty, 5..9, "b").render(false).contains("error: b"));
    }

    #[test]
    fn problems_come_in_the_order_of_the_file_and_are_capped() {
        let source = Source::new("x", "a\n".repeat(100));
        let all = (0..100).rev().map(|n| Diagnostic::new(&source, n * 2..n * 2 + 1, "wrong")).collect::<Vec<_>>();
        let problems = Problems::from(all);
        assert_eq!(problems.0.len(), MAX_PROBLEMS + 1);
        assert!(problems.0[0].contains("x:1:1"));
        assert!(problems.0[MAX_PROBLEMS].contains("60 more"));
    }
}
