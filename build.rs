//! Lists the files of `mappings/*/` for `config/mappings.rs`, so that a new mapping folder is embedded without a change of code.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default()).join("mappings");
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join("mappings.rs");
    println!("cargo::rerun-if-changed={}", root.display());
    let mut code = String::from("&[\n");
    for folder in sorted(&root)?.iter().filter(|path| path.join("mapping.yaml").is_file()) {
        let files = sorted(folder)?;
        let files = files.iter().filter(|path| path.is_file());
        let _ = writeln!(code, "({:?}, &[", name(folder));
        for file in files {
            println!("cargo::rerun-if-changed={}", file.display());
            let _ = writeln!(code, "({:?}, include_str!({:?})),", name(file), file.display().to_string());
        }
        code.push_str("]),\n");
    }
    code.push_str("]\n");
    fs::write(out, code)
}

fn sorted(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths =
        fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}

fn name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}
