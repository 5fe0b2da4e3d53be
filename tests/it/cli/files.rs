//! `check` and `explain`: what they say about files, and with which exit status.

use std::path::Path;

use super::{Folder, err, out, run, status};

const PERSON: &str = r#"{
  "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
  "userName": "mara.voss@example.com",
  "name": {"givenName": "Mara", "familyName": "Voss"},
  "emails": [{"primary": true, "value": "mara.voss@example.com", "type": "work"}],
  "password": "never-to-be-seen-1!",
  "active": true
}"#;

fn shipped() -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("mappings/iadvize").display().to_string()
}

#[test]
fn the_shipped_mapping_is_right_and_so_are_its_examples() {
    let output = run(&["check", &shipped()]);
    assert_eq!(status(&output), 0, "{}{}", out(&output), err(&output));
    assert!(out(&output).contains("ok "));
    assert!(!out(&output).contains("FAILED"));
}

#[test]
fn a_right_configuration_passes() {
    let output = Folder::new().run(&["check"]);
    assert_eq!(status(&output), 0, "{}{}", out(&output), err(&output));
}

#[test]
fn the_configuration_in_the_readme_is_right() {
    let readme = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).expect("README.md");
    let example = readme.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next()).expect("an example");
    let folder = Folder::new();
    folder.write("bridge.yaml", example);
    let output = folder.run(&["check"]);
    assert_eq!(status(&output), 0, "{}{}", out(&output), err(&output));
}

#[test]
fn a_missing_file_is_a_wrong_file() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("bridge.yaml").display().to_string();
    for arguments in [&["check", "--config", &path][..], &["pending", "--config", &path], &["serve", "--config", &path]]
    {
        let output = run(arguments);
        assert_eq!(status(&output), 2, "{arguments:?}");
        assert!(err(&output).contains("bridge.yaml"), "{}", err(&output));
        assert_eq!(out(&output), "");
    }
}

#[test]
fn a_misspelt_key_is_found_with_its_place_and_the_right_name() {
    let folder = Folder::new();
    let text = std::fs::read_to_string(folder.path("bridge.yaml")).expect("the file is there");
    folder.write("bridge.yaml", &text.replace("profile:", "profil:"));
    let output = folder.run(&["check"]);
    assert_eq!(status(&output), 2);
    let said = err(&output);
    assert!(said.contains("profil") && said.contains("profile") && said.contains("bridge.yaml"), "{said}");
    assert!(said.contains(":11"), "the line is missing: {said}");
}

#[test]
fn a_wrong_setting_is_found() {
    let folder = Folder::new();
    let text = std::fs::read_to_string(folder.path("bridge.yaml")).expect("the file is there");
    folder.write("bridge.yaml", &text.replace("base_url:", "base_ulr:"));
    let output = folder.run(&["check"]);
    assert_eq!(status(&output), 2);
    assert!(err(&output).contains("base_ulr"), "{}", err(&output));
}

#[test]
fn a_failing_example_is_a_failure() {
    let folder = Folder::new();
    std::fs::create_dir(folder.path("mine")).expect("a writable folder");
    for entry in std::fs::read_dir(shipped()).expect("the shipped mapping") {
        let path = entry.expect("a readable folder").path();
        let name = path.file_name().expect("a file has a name");
        std::fs::copy(&path, folder.path("mine").join(name)).expect("a copy");
    }
    let text = std::fs::read_to_string(folder.path("mine/mapping.yaml")).expect("the copy");
    // Examples are the last part of a mapping file.
    let examples = text.split_once("\nexamples:").expect("the shipped mapping has examples").1;
    let indent = examples.lines().find_map(|line| line.find('-')).expect("a list of examples");
    let wrong = format!(
        "{}- {{ name: a promise that does not hold, request: {{ method: POST, body: {{ userName: a@example.com }} }}, calls: [] }}",
        " ".repeat(indent)
    );
    folder.write("mine/mapping.yaml", &format!("{}\n{wrong}\n", text.trim_end()));
    let output = folder.run(&["check", "mine"]);
    assert_eq!(status(&output), 1, "{}{}", out(&output), err(&output));
    assert!(out(&output).contains("FAILED  mine: a promise that does not hold"), "{}", out(&output));
    assert!(err(&output).contains("1 of "), "{}", err(&output));
}

#[test]
fn explain_shows_the_calls_and_no_password() {
    let folder = Folder::new();
    let text = std::fs::read_to_string(folder.path("bridge.yaml")).expect("the file is there");
    folder.write("bridge.yaml", &text.replace("    secrets:", "      send_password: true\n    secrets:"));
    folder.write("person.json", PERSON);
    let output = folder.run(&["explain", "--connection", "support", "--rules", "person.json"]);
    let said = out(&output);
    assert_eq!(status(&output), 0, "{said}{}", err(&output));
    for expected in
        ["call 1: create", "POST http://127.0.0.1:9/graphql", "mara.voss@example.com", "********", "api.answers[0]"]
    {
        assert!(said.contains(expected), "{expected} is missing:\n{said}");
    }
    assert!(!said.contains("never-to-be-seen"), "{said}");
    assert!(!said.contains("never-sent"), "{said}");
}

#[test]
fn explain_of_a_change_shows_only_what_differs() {
    let folder = Folder::new();
    folder.write("person.json", PERSON);
    folder.write(
        "patch.json",
        r#"{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{"op": "Replace", "path": "name.familyName", "value": "Lind"}]}"#,
    );
    let arguments =
        ["explain", "--connection", "support", "--method", "patch", "--stored", "person.json", "patch.json"];
    let output = folder.run(&arguments);
    let said = out(&output);
    assert_eq!(status(&output), 0, "{said}{}", err(&output));
    let call = said.split("call 1:").nth(1).unwrap_or_else(|| panic!("no call:\n{said}"));
    assert!(call.contains("Lind") && !call.contains("mara.voss"), "{said}");
}

#[test]
fn explain_of_a_departure_deletes_the_account() {
    let folder = Folder::new();
    folder.write("person.json", PERSON);
    let output = folder.run(&["explain", "--connection", "support", "--method", "DELETE", "--stored", "person.json"]);
    let said = out(&output);
    assert_eq!(status(&output), 0, "{said}{}", err(&output));
    assert!(said.contains("no account") && said.contains("call 1: delete"), "{said}");
}

/// What `explain` says of a group with these rules.
fn explain_group(arguments: &[&str], files: &[(&str, &str)]) -> String {
    let folder = Folder::new();
    let text = std::fs::read_to_string(folder.path("bridge.yaml")).expect("the file is there");
    let rules = "    groups:\n      - { when: \"Skill *\", target: skill, name: \"{1}\" }\n      - { when: \"Team *\", target: user_group, id: \"{1}\" }\n      - { when: \"Secret *\", then: refuse }\n    profile:";
    folder.write("bridge.yaml", &text.replace("    profile:", rules));
    for (name, text) in files {
        folder.write(name, text);
    }
    let arguments: Vec<&str> = ["explain", "--connection", "support"].iter().chain(arguments).copied().collect();
    let output = folder.run(&arguments);
    assert_eq!(status(&output), 0, "{}{}", out(&output), err(&output));
    out(&output)
}

const FRENCH: &str = r#"{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Skill French", "members": [{"value": "a"}, {"value": "b"}]}"#;

#[test]
fn explain_of_a_group_shows_what_it_means_its_object_and_what_its_members_get() {
    let said = explain_group(&["--rules", "group.json"], &[("group.json", FRENCH)]);
    for expected in [
        "rule 1 (`Skill *`) decides",
        "it is the skill called \"French\"",
        "only when the vendor has none of that name",
        "call groups.skill.create",
        "operation CreateSkill",
        "groups.skill.calls.create.answers[0]",
        "members: 2 join, 0 leave",
        "skillIds gets 1 (a stand-in for the id of the object)",
        "call update.",
    ] {
        assert!(said.contains(expected), "{expected} is missing:\n{said}");
    }
}

#[test]
fn explain_of_a_change_of_a_group_shows_who_joins_and_leaves_and_the_new_name() {
    let patch = |operations: &str| {
        format!(r#"{{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [{operations}]}}"#)
    };
    let arguments = ["--method", "PATCH", "--stored", "group.json", "--vendor-id", "77", "patch.json"];
    let explain =
        |operations: &str| explain_group(&arguments, &[("group.json", FRENCH), ("patch.json", &patch(operations))]);

    let said = explain(r#"{"op": "remove", "path": "members[value eq \"a\"]"}"#);
    assert!(said.contains("members: 0 join, 1 leave") && said.contains("skillIds loses 77"), "{said}");
    assert!(!said.contains("call groups."), "the object stays as it is:\n{said}");

    let said = explain(r#"{"op": "replace", "path": "displayName", "value": "Skill German"}"#);
    assert!(
        said.contains("call groups.skill.rename") && said.contains("German") && said.contains("0 join, 0 leave"),
        "{said}"
    );

    let said = explain(r#"{"op": "replace", "path": "displayName", "value": "Team 55"}"#);
    for expected in ["the vendor's id 55", "2 join, 2 leave", "groupId becomes 55", "stays as it is, without members"] {
        assert!(said.contains(expected), "{expected} is missing:\n{said}");
    }

    let said = explain(r#"{"op": "replace", "path": "displayName", "value": "Secret plans"}"#);
    assert!(said.contains("it is refused: the rule `Secret *`") && !said.contains("call "), "{said}");

    let said = explain(r#"{"op": "replace", "path": "displayName", "value": "Everybody"}"#);
    assert!(
        said.contains("no rule fits") && said.contains("2 leave") && said.contains("stays at the vendor"),
        "{said}"
    );
}

#[test]
fn explain_of_a_deleted_group_deletes_its_object_and_takes_its_members_out() {
    let arguments = ["--method", "DELETE", "--stored", "group.json", "--vendor-id", "77"];
    let said = explain_group(&arguments, &[("group.json", FRENCH)]);
    for expected in ["call groups.skill.delete", "77", "members: 0 join, 2 leave"] {
        assert!(said.contains(expected), "{expected} is missing:\n{said}");
    }
}

#[test]
fn explain_needs_what_it_cannot_know() {
    let folder = Folder::new();
    folder.write("person.json", PERSON);
    folder.write("broken.json", "{");
    let wrong = [
        &["explain", "--connection", "nobody", "person.json"][..],
        &["explain", "--connection", "support", "--method", "PUT", "person.json"],
        &["explain", "--connection", "support", "broken.json"],
        &["explain", "--connection", "support", "absent.json"],
        &["explain", "--connection", "support"],
    ];
    for arguments in wrong {
        let output = folder.run(arguments);
        assert_eq!(status(&output), 2, "{arguments:?}: {}{}", out(&output), err(&output));
        assert_eq!(out(&output), "", "{arguments:?}");
    }
}
