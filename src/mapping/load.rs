//! Loads a mapping: reads the YAML, checks it completely, and offers it for binding.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::bound::{BindProblem, Bound};
use super::bundle::Bundle;
use super::check::{check, compare};
use super::json_schema::mapping_schema;
use super::model::MappingFile;
use super::tree::Tree;
use crate::document::{Diagnostic, Node, Place, Source, check_shape, read};

pub use super::check::Compared;
pub use crate::document::Problems;

/// A mapping that has passed every check.
#[derive(Debug, Clone)]
pub struct Mapping {
    /// The file.
    pub file: Arc<MappingFile>,
    /// Where it came from.
    pub bundle: Arc<Bundle>,
}

impl Mapping {
    /// Reads and checks a mapping.
    ///
    /// # Errors
    /// All problems found, not only the first.
    pub fn load(bundle: Bundle) -> Result<Self, Problems> {
        Self::examine(bundle).map_err(Problems::from)
    }

    /// As [`Mapping::load`], with the problems not yet rendered (`check` colours them on a terminal).
    ///
    /// # Errors
    /// All problems found: of syntax, else of shape, else of meaning, since each can only be judged when the one before holds.
    pub fn examine(bundle: Bundle) -> Result<Self, Vec<Diagnostic>> {
        let source = Source::new(bundle.path.clone(), bundle.text.clone());
        let root = read(&source)?;
        let problems = check_shape(&source, &root, &mapping_schema(), &[("Tree", is_tree)]);
        if !problems.is_empty() {
            return Err(problems);
        }
        let file: MappingFile = serde_json::from_value(root.to_json())
            .map_err(|error| vec![Diagnostic::new(&source, 0..0, format!("this mapping cannot be read: {error}"))])?;
        let problems = check(&file, &bundle, &source, &root);
        if !problems.is_empty() {
            return Err(Diagnostic::sorted(problems));
        }
        Ok(Self { file: Arc::new(file), bundle: Arc::new(bundle) })
    }

    /// Binds the mapping to the settings of one connection.
    ///
    /// # Errors
    /// Settings that are missing, unknown (with the nearest known name) or of the wrong type.
    pub fn bind(&self, settings: &Map<String, Value>) -> Result<Bound, Problems> {
        self.try_bind(settings).map_err(|problems| {
            Problems(problems.iter().map(|problem| format!("error: mapping {}: {problem}", self.bundle.path)).collect())
        })
    }

    /// As [`Mapping::bind`], with the problems not yet rendered, so that they can be shown where the settings stand.
    ///
    /// # Errors
    /// As [`Mapping::bind`].
    pub fn try_bind(&self, settings: &Map<String, Value>) -> Result<Bound, Vec<BindProblem>> {
        Bound::bind(Arc::clone(&self.file), Arc::clone(&self.bundle), settings)
    }
}

impl Mapping {
    /// Holds every GraphQL call of the mapping against a schema that the vendor itself told, in the schema language.
    ///
    /// # Errors
    /// When that schema cannot be read.
    pub fn compare_with_schema(&self, schema: &str) -> Result<Compared, String> {
        compare(&self.file, &self.bundle, schema)
    }

    /// A complaint about the key at a place of the file, so that its line can be told.
    pub fn complain_at(&self, place: &Place, message: impl Into<String>) -> Diagnostic {
        let source = Source::new(self.bundle.path.clone(), self.bundle.text.clone());
        // a file that passed its check can be read
        let span = read(&source).map_or(0..0, |root| root.locate_key(place));
        Diagnostic::new(&source, span, message)
    }
}

/// Whether a value can be read as a tree: references and operators are well-formed.
fn is_tree(node: &Node) -> Result<(), String> {
    serde_json::from_value::<Tree>(node.to_json()).map(drop).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_docs;
