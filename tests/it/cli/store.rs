//! Commands that look into the store: `token`, `pending`, `story`.

use serde_json::Value;

use super::{Folder, err, out, status};

#[test]
fn a_token_is_shown_once_listed_and_revoked() {
    let folder = Folder::new();
    let made = folder.run(&["token", "new", "okta", "--connection", "support", "--expires", "2999-12-31"]);
    assert_eq!(status(&made), 0, "{}", err(&made));
    let token = out(&made).trim().to_owned();
    assert_eq!(token.len(), 43, "{token}");
    assert!(!err(&made).contains(&token));

    let listed = folder.run(&["token", "list", "--json"]);
    let tokens: Value = serde_json::from_str(&out(&listed)).expect("JSON");
    assert_eq!(tokens[0]["name"], "okta");
    assert_eq!(tokens[0]["connection"], "support");
    assert_eq!(tokens[0]["expires"], "3000-01-01T00:00:00Z");
    assert!(!out(&listed).contains(&token));

    let again = folder.run(&["token", "new", "okta", "--connection", "support"]);
    assert_eq!(status(&again), 1, "a second token of the same name would make the first one unusable");

    let revoke = ["token", "revoke", "okta", "--connection", "support"];
    assert_eq!(status(&folder.run(&revoke)), 0);
    assert_eq!(status(&folder.run(&revoke)), 1);
    assert_eq!(out(&folder.run(&["token", "list"])), "");
}

#[test]
fn a_token_needs_a_connection_and_a_day_to_come() {
    let folder = Folder::new();
    for arguments in [
        &["token", "new", "okta"][..],
        &["token", "new", "okta", "--connection", "nobody"],
        &["token", "new", "two words", "--connection", "support"],
        &["token", "new", "okta", "--connection", "support", "--expires", "yesterday"],
        &["token", "new", "okta", "--connection", "support", "--expires", "2001-01-01"],
    ] {
        assert_eq!(status(&folder.run(arguments)), 2, "{arguments:?}");
    }
}

#[test]
fn no_work_and_nobody_known() {
    let folder = Folder::new();
    let pending = folder.run(&["pending", "--json"]);
    assert_eq!(status(&pending), 0, "{}", err(&pending));
    assert_eq!(serde_json::from_str::<Value>(&out(&pending)).expect("JSON"), Value::Array(Vec::new()));
    let story = folder.run(&["story", "nobody@example.com"]);
    assert_eq!(status(&story), 1);
    assert!(err(&story).contains("nobody@example.com"), "{}", err(&story));
}
