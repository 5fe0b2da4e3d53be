//! Loads a mapping: reads the YAML, checks it completely, and offers it for binding.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::bound::Bound;
use super::bundle::Bundle;
use super::model::MappingFile;

/// A mapping that has passed every check.
#[derive(Debug, Clone)]
pub struct Mapping {
    /// The file.
    pub file: Arc<MappingFile>,
    /// Where it came from.
    pub bundle: Arc<Bundle>,
}

/// What is wrong with a mapping (or with what a connection sets in it), rendered for people in the manner of rustc: file, line, column, what was found, the
/// nearest right name.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub struct Problems(pub Vec<String>);

#[expect(unused_variables, clippy::unimplemented, reason = "skeleton")]
impl Mapping {
    /// Reads and checks a mapping.
    ///
    /// # Errors
    /// All problems found, not only the first.
    pub fn load(bundle: Bundle) -> Result<Self, Problems> {
        unimplemented!()
    }

    /// Binds the mapping to the settings of one connection.
    ///
    /// # Errors
    /// Settings that are missing, unknown (with the nearest known name) or of the wrong type.
    pub fn bind(&self, settings: &Map<String, Value>) -> Result<Bound, Problems> {
        unimplemented!()
    }
}
