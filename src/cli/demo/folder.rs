//! Where a demo keeps its configuration and its store: a throw-away folder, or one that stays. Writes nothing else.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use super::cast::Part;
use crate::cli::failure::Failure;

/// The folder of a demo. A throw-away one goes when this is dropped.
#[derive(Debug)]
pub(super) enum Folder {
    /// Made for this demo alone.
    ThrowAway(tempfile::TempDir),
    /// `--data`: stays.
    Kept(PathBuf),
}

impl Folder {
    /// Makes the folder, readable for its owner only when it is new.
    pub(super) fn prepare(kept: Option<&Path>) -> Result<Self, Failure> {
        match kept {
            None => tempfile::Builder::new()
                .prefix("scim-bridge-demo-")
                .tempdir()
                .map(Self::ThrowAway)
                .map_err(|error| Failure::failed(format!("no temporary folder can be made: {error}"))),
            Some(path) => {
                std::fs::create_dir_all(path)
                    .map_err(|error| Failure::wrong(format!("{}: {error}", path.display())))?;
                Ok(Self::Kept(path.to_owned()))
            }
        }
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        match self {
            Self::ThrowAway(folder) => folder.path(),
            Self::Kept(path) => path,
        }
    }

    /// Writes the demo's `bridge.yaml`, so that other commands can look into the running demo. JSON is YAML, and needs no quoting rules of our own.
    pub(super) fn write_config(&self, listen: &str, parts: &[Part]) -> Result<PathBuf, Failure> {
        let connections: Map<String, Value> =
            parts.iter().map(|part| (part.name.to_owned(), part.connection())).collect();
        let config = json!({ "listen": listen, "store": "sqlite:bridge.db", "connections": connections });
        let path = self.path().join("bridge.yaml");
        let text = format!("# Written by `scim-bridge demo`, anew at each start.\n{config:#}\n");
        std::fs::write(&path, text).map_err(|error| Failure::failed(format!("{}: {error}", path.display())))?;
        Ok(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_throw_away_folder_goes_and_a_kept_one_stays() {
        let folder = Folder::prepare(None).unwrap();
        let gone = folder.path().to_owned();
        assert!(gone.is_dir());
        drop(folder);
        assert!(!gone.exists());

        let parent = tempfile::tempdir().unwrap();
        let kept = parent.path().join("a/b");
        drop(Folder::prepare(Some(&kept)).unwrap());
        assert!(kept.is_dir());
    }
}
