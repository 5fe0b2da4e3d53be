//! The JSON Schema of the mapping file, generated from the model: for editors, and for the check of a file's shape.

use serde_json::Value;

use super::model::MappingFile;

/// The JSON Schema of `mapping.yaml` (draft 2020-12).
pub fn mapping_schema() -> Value {
    schemars::schema_for!(MappingFile).to_value()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The committed copy. `UPDATE_EXPECTED=1` writes it anew.
    const COMMITTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/mappings/mapping.schema.json");

    #[test]
    fn the_committed_schema_is_fresh() {
        let fresh = format!("{}\n", serde_json::to_string_pretty(&mapping_schema()).unwrap());
        if std::env::var_os("UPDATE_EXPECTED").is_some() {
            std::fs::write(COMMITTED, &fresh).unwrap();
        }
        let committed = std::fs::read_to_string(COMMITTED).unwrap_or_default();
        assert!(committed == fresh, "mappings/mapping.schema.json is stale; run the tests with UPDATE_EXPECTED=1");
    }
}
