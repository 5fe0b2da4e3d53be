//! The files of one mapping as text: `mapping.yaml` and what it names beside itself.

use std::collections::BTreeMap;

/// The files of one mapping. Whoever reads the disk (or embeds them) fills this; the mapping itself does no I/O.
#[derive(Debug, Clone, Default)]
pub struct Bundle {
    /// Path of the main file as the administrator knows it, for messages (`mappings/VENDOR/mapping.yaml`).
    pub path: String,
    /// Text of the main file.
    pub text: String,
    /// Other files of the folder by their name (`schema.graphql`).
    pub others: BTreeMap<String, String>,
}
