//! Collects complaints about one document by place. Judges nothing.

use std::sync::Arc;

use super::diagnostic::{Diagnostic, Source};
use super::node::{Node, NodeValue, Place};

/// Collects complaints about one document.
#[derive(Debug)]
pub struct Reporter<'a> {
    source: &'a Arc<Source>,
    root: &'a Node,
    problems: Vec<Diagnostic>,
}

/// The complaint just made, to which more may be added.
#[derive(Debug)]
pub struct Report<'a>(&'a mut Diagnostic);

impl<'a> Reporter<'a> {
    /// A collector for a document.
    pub fn new(source: &'a Arc<Source>, root: &'a Node) -> Self {
        Self { source, root, problems: Vec::new() }
    }

    /// Complains about the value at a place.
    pub fn at(&mut self, place: &Place, message: impl Into<String>) -> Report<'_> {
        self.add(Diagnostic::new(self.source, self.root.locate(place), message))
    }

    /// Complains about the key of a place.
    pub fn at_key(&mut self, place: &Place, message: impl Into<String>) -> Report<'_> {
        self.add(Diagnostic::new(self.source, self.root.locate_key(place), message))
    }

    /// Adds a complaint, perhaps about another document.
    pub fn add(&mut self, problem: Diagnostic) -> Report<'_> {
        self.problems.push(problem);
        let last = self.problems.len() - 1;
        Report(&mut self.problems[last])
    }

    /// How many complaints there are so far.
    pub fn count(&self) -> usize {
        self.problems.len()
    }

    /// Whether a place of the document holds a list.
    pub fn is_list(&self, place: &Place) -> bool {
        self.root.find(place).is_some_and(|node| matches!(node.value, NodeValue::List(_)))
    }

    /// Whether the document has something at a place.
    pub fn has(&self, place: &Place) -> bool {
        self.root.find(place).is_some()
    }

    /// The complaints.
    pub fn into_problems(self) -> Vec<Diagnostic> {
        self.problems
    }
}

impl Report<'_> {
    /// What to write instead.
    pub fn help(self, help: impl Into<String>) {
        *self.0 = self.0.clone().help(help);
    }

    /// What to write instead, when there is something to say.
    pub fn maybe_help(self, help: Option<String>) {
        *self.0 = self.0.clone().maybe_help(help);
    }
}
