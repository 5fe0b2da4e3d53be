//! Reads the files of a mapping from disk, or takes the mapping of that name that is embedded in the program. Does not
//! look into them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::document::{MAX_BYTES, Problems};
use crate::mapping::bundle::Bundle;

/// Name of the main file in a mapping folder.
pub const MAIN_FILE: &str = "mapping.yaml";
/// Endings of the files that a mapping may name beside itself; others in the folder are not read.
const OTHER_ENDINGS: [&str; 3] = ["graphql", "graphqls", "gql"];
/// Most files beside the main one. A folder with more is taken for a mistake in the path.
const MAX_OTHERS: usize = 64;

/// The mappings in the repository's `mappings/` when the program was built: folder name, files with their text.
static EMBEDDED: &[(&str, &[(&str, &str)])] = include!(concat!(env!("OUT_DIR"), "/mappings.rs"));

/// Reads a mapping: a folder with `mapping.yaml`, or such a file. A path that does not exist and whose last part is the
/// name of an embedded mapping (`mappings/NAME`, `NAME`) yields that.
///
/// # Errors
/// When there is neither, or a file cannot be read.
pub fn read_bundle(path: &Path) -> Result<Bundle, Problems> {
    if !path.exists() {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        return embedded(name).ok_or_else(|| {
            let names = embedded_names().collect::<Vec<_>>().join(", ");
            Problems::one(format!(
                "there is no mapping at {}; give a folder with {MAIN_FILE}, such a file, or one of the built-in names: {names}",
                path.display()
            ))
        });
    }
    let main = if path.is_dir() { path.join(MAIN_FILE) } else { path.to_owned() };
    let folder = main.parent().unwrap_or(Path::new("")).to_owned();
    let text = read_text(&main)?;
    Ok(Bundle { path: main.display().to_string(), text, others: read_others(&folder)? })
}

/// The embedded mapping of that name.
pub fn embedded(name: &str) -> Option<Bundle> {
    let (_, files) = EMBEDDED.iter().find(|(known, _)| *known == name)?;
    let mut others: BTreeMap<String, String> =
        files.iter().map(|(file, text)| ((*file).to_owned(), (*text).to_owned())).collect();
    let text = others.remove(MAIN_FILE)?;
    Some(Bundle { path: format!("mappings/{name}/{MAIN_FILE} (built in)"), text, others })
}

/// Names of the embedded mappings.
pub fn embedded_names() -> impl Iterator<Item = &'static str> {
    EMBEDDED.iter().map(|(name, _)| *name)
}

fn read_others(folder: &Path) -> Result<BTreeMap<String, String>, Problems> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let entries = fs::read_dir(folder).map_err(|error| unreadable(folder, &error.kind().to_string()))?;
    let mut others = BTreeMap::new();
    for entry in entries.flatten() {
        let path = entry.path();
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        if !OTHER_ENDINGS.contains(&ending) {
            continue;
        }
        if others.len() == MAX_OTHERS {
            return Err(unreadable(folder, &format!("it holds more than {MAX_OTHERS} GraphQL files")));
        }
        if let Some(name) = path.file_name().and_then(|name| name.to_str()) {
            others.insert(name.to_owned(), read_text(&path)?);
        }
    }
    Ok(others)
}

fn read_text(path: &Path) -> Result<String, Problems> {
    let about = fs::metadata(path).map_err(|error| unreadable(path, &error.kind().to_string()))?;
    if about.len() > MAX_BYTES as u64 {
        return Err(unreadable(path, &format!("it has {} bytes, at most {MAX_BYTES} are read", about.len())));
    }
    fs::read_to_string(path).map_err(|error| unreadable(path, &error.kind().to_string()))
}

fn unreadable(path: &Path, reason: &str) -> Problems {
    Problems::one(format!("{} cannot be read: {reason}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_folder_of_the_repository_is_embedded_as_it_is() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("mappings");
        assert!(embedded_names().count() > 0);
        for name in embedded_names() {
            let disk = read_bundle(&root.join(name)).unwrap();
            let built_in = embedded(name).unwrap();
            assert_eq!(disk.text, built_in.text);
            for (file, text) in &disk.others {
                assert_eq!(built_in.others.get(file), Some(text), "{name}/{file}");
            }
        }
    }

    #[test]
    fn a_folder_and_its_file_are_the_same_mapping() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(MAIN_FILE), "version: 1").unwrap();
        fs::write(folder.path().join("schema.graphql"), "type Query").unwrap();
        fs::write(folder.path().join("notes.txt"), "not read").unwrap();
        for path in [folder.path().to_owned(), folder.path().join(MAIN_FILE)] {
            let bundle = read_bundle(&path).unwrap();
            assert_eq!(bundle.text, "version: 1");
            assert!(bundle.path.ends_with(MAIN_FILE));
            assert_eq!(bundle.others.keys().collect::<Vec<_>>(), ["schema.graphql"]);
        }
    }

    #[test]
    fn a_missing_folder_falls_back_to_the_embedded_mapping_of_that_name() {
        let name = embedded_names().next().unwrap();
        let bundle = read_bundle(&Path::new("/nowhere/mappings").join(name)).unwrap();
        assert!(bundle.path.contains("built in"));
        let problem = read_bundle(Path::new("/nowhere/unheard-of")).unwrap_err().to_string();
        assert!(problem.contains("/nowhere/unheard-of") && problem.contains(name), "{problem}");
    }
}
