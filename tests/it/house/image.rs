//! The container image: small, unprivileged, pinned. It is not built here.

use super::read;

#[test]
fn the_image_is_small_unprivileged_and_pinned() {
    let text = read("Dockerfile");
    let instructions: Vec<&str> =
        text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    let bases: Vec<&str> = instructions.iter().filter_map(|line| line.strip_prefix("FROM ")).collect();
    let stages: Vec<&str> = bases.iter().filter_map(|base| base.split(" AS ").nth(1)).collect();
    for base in &bases {
        let image = base.split(" AS ").next().expect("a FROM names an image");
        let pinned = stages.contains(&image)
            || image.rsplit('/').next().is_some_and(|name| name.contains(':')) && !image.ends_with(":latest");
        assert!(pinned, "FROM {base}: no version");
    }
    let last_stage = text.rsplit("\nFROM ").next().expect("a Dockerfile has a stage");
    assert!(last_stage.contains("\nUSER nonroot") || last_stage.contains("\nUSER 65532"), "the program runs as root");
    for name in ["ENTRYPOINT", "CMD", "HEALTHCHECK"] {
        assert!(last_stage.contains(&format!("\n{name} ")), "{name} is missing");
    }
    assert!(last_stage.contains("\nENTRYPOINT ["), "a base without a shell needs the exec form");
    assert!(!instructions.iter().any(|line| line.starts_with("ADD ")), "COPY is enough");
    let rust = read("Cargo.toml");
    let version =
        rust.lines().find_map(|line| line.strip_prefix("rust-version = ")).expect("Cargo.toml states the Rust version");
    assert!(
        text.contains(&format!("rust:{}", version.trim_matches('"'))),
        "the image is built with another Rust than {version}"
    );
}
