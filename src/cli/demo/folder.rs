//! Where a demo keeps its configuration and its store: a throw-away folder, or one that stays. Writes nothing else.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::cli::failure::Failure;
use crate::simulator::iadvize::{SERVICE_EMAIL, SERVICE_PASSWORD};

/// The connection of a demo.
pub(super) const CONNECTION: &str = "demo";

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
    pub(super) fn write_config(&self, listen: &str, vendor: SocketAddr, token: &str) -> Result<PathBuf, Failure> {
        let config = json!({
            "listen": listen,
            "store": "sqlite:bridge.db",
            "connections": { CONNECTION: {
                "mapping": "iadvize",
                "settings": { "base_url": format!("http://{vendor}") },
                "secrets": { "username": SERVICE_EMAIL, "password": SERVICE_PASSWORD },
                "groups": [
                    { "when": "Skill *", "target": "skill", "name": "{1}" },
                    { "otherwise": "keep" },
                ],
                "members_first": "park",
                "inbound": { "tokens": [{ "name": "demo", "sha256": hex(&Sha256::digest(token.as_bytes())) }] },
            }},
        });
        let path = self.path().join("bridge.yaml");
        let text = format!("# Written by `scim-bridge demo`, anew at each start.\n{config:#}\n");
        std::fs::write(&path, text).map_err(|error| Failure::failed(format!("{}: {error}", path.display())))?;
        Ok(path)
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
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

    #[test]
    fn the_configuration_holds_the_hash_and_not_the_token() {
        let folder = Folder::prepare(None).unwrap();
        let path = folder.write_config("127.0.0.1:0", "127.0.0.1:9".parse().unwrap(), "abc").unwrap();
        let text = std::fs::read_to_string(path).unwrap();
        // FIPS 180-2, the first example of SHA-256.
        assert!(text.contains("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
        assert!(!text.contains("abc\""));
    }
}
