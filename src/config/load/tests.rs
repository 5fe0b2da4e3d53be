use std::fs;

use super::*;
use crate::config::groups::{Meaning, MembersFirst};
use crate::config::model::{Delivery, Profile};

const GOOD: &str = "\
listen: 0.0.0.0:8080
admin_listen: 127.0.0.1:9090
public_url: https://bridge.example.com/
store: sqlite:data/bridge.db
connections:
  support:
    mapping: mappings/iadvize
    settings:
      base_url: https://api.example.com
    secrets:
      username: env:IADVIZE_USERNAME
      password: file:secrets/iadvize
    profile: okta
    inbound:
      rate: { per_second: 50 }
      tokens:
        - { name: okta, secret: env:OKTA_TOKEN, expires: 2027-01-31, me: mara@example.com }
        - { name: next, sha256: 2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b }
    delivery: accepted
    answer_within: 40
    adopt: false
    protected: [boss@example.com]
    limits: { rate_per_second: 0.5, burst: 2, concurrency: 1 }
";

fn load(text: &str) -> Result<Config, String> {
    let parsed = LoadedConfig::parse(Path::new("/etc/bridge/bridge.yaml"), text);
    parsed.map(|loaded| loaded.config).map_err(|problems| Problems::from(problems).to_string())
}

/// The good file with one part replaced.
#[track_caller]
fn complains(find: &str, put: &str, words: &[&str]) {
    assert!(GOOD.contains(find), "`{find}` is not in the good file");
    let problem = load(&GOOD.replace(find, put)).unwrap_err();
    assert_eq!(problem.matches("error: ").count(), 1, "{problem}");
    for word in words {
        assert!(problem.contains(word), "`{word}` is not in\n{problem}");
    }
}

#[test]
fn the_whole_file_is_read() {
    let config = load(GOOD).unwrap();
    assert_eq!(config.listen, "0.0.0.0:8080");
    assert_eq!(config.admin_listen.as_deref(), Some("127.0.0.1:9090"));
    assert_eq!(config.public_url.as_deref(), Some("https://bridge.example.com"));
    assert_eq!(config.store, StoreConfig::Sqlite("/etc/bridge/data/bridge.db".into()));
    let connection = &config.connections[0];
    assert_eq!(connection.mapping, Path::new("/etc/bridge/mappings/iadvize"));
    assert_eq!(connection.settings["base_url"], "https://api.example.com");
    assert!(matches!(&connection.secrets["username"], SecretSource::Env(name) if name == "IADVIZE_USERNAME"));
    assert!(
        matches!(&connection.secrets["password"], SecretSource::File(path) if path == Path::new("/etc/bridge/secrets/iadvize"))
    );
    assert_eq!((connection.profile, connection.delivery, connection.adopt), (Profile::Okta, Delivery::Accepted, false));
    assert!(connection.inbound.raw_token);
    assert_eq!(connection.inbound_rate, Some((50, 50)));
    assert_eq!(connection.answer_within.as_secs(), 40);
    assert_eq!(connection.protected, ["boss@example.com"]);
    assert_eq!(connection.limits.rate_per_second, Some(0.5));
    assert_eq!(connection.inbound.tokens[0].expires.unwrap().to_string(), "2027-01-31T23:59:59.999999999Z");
    assert_eq!(connection.inbound.tokens[0].me.as_deref(), Some("mara@example.com"));
    assert_eq!(connection.inbound.tokens[1].me, None);
    assert!(matches!(connection.inbound.tokens[1].secret, TokenSecret::Sha256(hash) if hash[0] == 0x2b));
}

#[test]
fn what_is_left_out_has_its_default() {
    let config = load(
        "store: sqlite:b.db\nconnections: { a: { mapping: x, inbound: { tokens: [{ name: t, secret: env:T }] } } }\n",
    )
    .unwrap();
    assert_eq!(config.listen, DEFAULT_LISTEN);
    let connection = &config.connections[0];
    assert_eq!(
        (connection.profile, connection.delivery, connection.adopt),
        (Profile::Generic, Delivery::Confirmed, true)
    );
    assert_eq!(connection.answer_within.as_secs(), 25);
    assert!(!connection.inbound.raw_token && connection.inbound_rate.is_none());
}

#[test]
fn unknown_keys_have_line_column_and_nearest() {
    complains(
        "profile: okta",
        "profil: okta",
        &["unknown key `profil`", "bridge.yaml:13:5", "did you mean `profile`?"],
    );
    complains("profile: okta", "profile: octa", &["`octa`", "did you mean `okta`?"]);
    complains("listen: 0.0.0.0:8080", "lissen: 0.0.0.0:8080", &["bridge.yaml:1:1", "`listen`"]);
}

#[test]
fn what_this_version_cannot_do_is_refused() {
    complains(
        "      rate:",
        "      oauth_clients: [{ id: a }]\n      rate:",
        &["`oauth_clients` is not supported by this version"],
    );
    complains(
        "sqlite:data/bridge.db",
        "postgres://h/d",
        &["PostgreSQL store is not supported by this version", "sqlite:PATH"],
    );
}

#[test]
fn rules_for_groups_are_read_and_their_mistakes_are_shown_in_the_file() {
    let rules = "    groups:\n      - { when: \"Skill *\", target: skill, name: \"{1}\" }\n      - { otherwise: ignore }\n    \
                 members_first: park";
    let config = load(&GOOD.replace("    adopt: false", rules)).unwrap();
    assert_eq!(config.connections[0].groups.meaning_of("other"), Meaning::Ignore);
    assert!(matches!(config.connections[0].groups.meaning_of("skill x"), Meaning::Target(_)));
    assert_eq!(config.connections[0].members_first, MembersFirst::Park);
    let rule = |wrong: &str| rules.replace("{ otherwise: ignore }", wrong);
    for (wrong, words) in [
        (rule("{ otherwise: ignor }"), ["`ignor`", "bridge.yaml:22:22", "did you mean `ignore`?"]),
        (rule("{ wen: a, then: keep }"), ["unknown key `wen`", "bridge.yaml:22:11", "did you mean `when`?"]),
        (rule("{ when: a, target: x, id: '{1}' }"), ["`{1}` stands for nothing", "bridge.yaml:22:35", "no `*`"]),
        (rule("{ when: skill x*, then: keep }"), ["no group ever comes to this rule", "bridge.yaml:22:17", "rule 1"]),
        (rule("{ then: keep }"), ["for which groups", "bridge.yaml:22:11", "otherwise"]),
        (rules.replace("park", "parc"), ["`parc`", "bridge.yaml:23:20", "did you mean `park`?"]),
    ] {
        complains("    adopt: false", &wrong, &words);
    }
}

#[test]
fn numbers_out_of_range_say_the_unit() {
    complains("answer_within: 40", "answer_within: 90", &["at most 55", "Seconds"]);
    complains("answer_within: 40", "answer_within: 0", &["at least 1"]);
    complains("answer_within: 40", "answer_within: 25s", &["expected a whole number", "`25s`", "Seconds"]);
    complains("burst: 2", "burst: 0", &["at least 1"]);
    complains("rate_per_second: 0.5", "rate_per_second: 0", &["at least 0.01"]);
}

#[test]
fn secrets_in_plain_are_refused_unless_the_vendor_is_on_loopback() {
    complains("env:IADVIZE_USERNAME", "hunter2", &["`username` is written in plain", "env:NAME or file:PATH"]);
    let plain = GOOD.replace("env:IADVIZE_USERNAME", "hunter2");
    assert!(!load(&plain).unwrap_err().contains("hunter2"));
    let loopback = plain.replace("https://api.example.com", "http://127.0.0.1:9000");
    let config = load(&loopback).unwrap();
    assert!(matches!(&config.connections[0].secrets["username"], SecretSource::Literal(_)));
    let elsewhere = loopback.replace("base_url:", "other_url: https://api.example.com\n      base_url:");
    assert!(load(&elsewhere).unwrap_err().contains("written in plain"));
}

#[test]
fn tokens_in_plain_are_refused_unless_listening_on_loopback() {
    complains("env:OKTA_TOKEN", "hunter2", &["`token okta` is written in plain", "`listen` is loopback"]);
    let loopback = GOOD.replace("env:OKTA_TOKEN", "12345").replace("0.0.0.0:8080", "127.0.0.1:8080");
    let mut config = load(&loopback).unwrap();
    assert!(config.listen_on("[::1]:0").is_ok());
    assert!(config.listen_on("0.0.0.0:80").unwrap_err().to_string().contains("in plain"));
    assert!(config.listen_on("80").is_err());
    assert_eq!(config.listen, "[::1]:0");
}

#[test]
fn no_message_shows_what_may_be_a_secret() {
    for wrong in [
        GOOD.replace("password: file:secrets/iadvize", "password: hunter2hunter2"),
        GOOD.replace("secret: env:OKTA_TOKEN", "secrt: hunter2hunter2"),
        GOOD.replace("    secrets:\n", "    secrets: hunter2hunter2\n    x:\n"),
        GOOD.replace("    adopt: false", "    password: hunter2hunter2"),
        GOOD.replace("secret: env:OKTA_TOKEN", "secret: [hunter2hunter2]"),
        GOOD.replace("secret: env:OKTA_TOKEN", "secret: hunter2hunter2, secret: hunter2hunter2"),
        GOOD.replace("secret: env:OKTA_TOKEN", "secret: hunter2hunter2: x"),
        GOOD.replace("secret: env:OKTA_TOKEN", "secret: 1234567890123"),
    ] {
        let problem = load(&wrong).unwrap_err();
        assert!(!problem.contains("hunter2") && !problem.contains("1234567890"), "{problem}");
    }
}

#[test]
fn tokens_have_one_value_and_a_name_of_their_own() {
    complains("name: next", "name: okta", &["two tokens are called `okta`"]);
    complains("secret: env:OKTA_TOKEN, ", "", &["the token `okta` has no value"]);
    complains("name: next,", "name: next, secret: env:X,", &["not both"]);
    complains("2bb80d", "2bb8", &["64 hexadecimal digits, found 62"]);
    complains("2027-01-31", "tomorrow", &["`tomorrow` is no day", "2027-01-31"]);
}

#[test]
fn a_connection_may_have_no_token_here_because_token_new_makes_them() {
    let connection = |inbound: &str| {
        load(&GOOD.replacen(&GOOD[GOOD.find("    inbound:").unwrap()..GOOD.find("    delivery").unwrap()], inbound, 1))
    };
    for inbound in ["", "    inbound: { tokens: [] }\n"] {
        assert!(connection(inbound).unwrap().connections[0].inbound.tokens.is_empty());
    }
}

#[test]
fn settings_may_come_from_files() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("url"), "https://api.other.example\n").unwrap();
    let path = folder.path().join("bridge.yaml");
    fs::write(&path, GOOD.replace("https://api.example.com", "file:url").replace("mappings/iadvize", "iadvize"))
        .unwrap();
    assert_eq!(Config::load(&path).unwrap().connections[0].settings["base_url"], "https://api.other.example");
    fs::write(&path, GOOD.replace("https://api.example.com", "env:SCIM_BRIDGE_TEST_NEVER_SET")).unwrap();
    let problem = Config::load(&path).unwrap_err().to_string();
    assert!(
        problem.contains("SCIM_BRIDGE_TEST_NEVER_SET is not set") && problem.contains("bridge.yaml:9:17"),
        "{problem}"
    );
}

#[test]
fn names_and_addresses_are_checked() {
    complains("  support:", "  Support Desk:", &["`Support Desk` cannot be the name of a connection"]);
    complains("127.0.0.1:9090", "\":9090\"", &["no address to listen on"]);
    complains("https://bridge.example.com/", "bridge.example.com", &["write it as https://"]);
    complains("sqlite:data/bridge.db", "data.db", &["no store", "sqlite:PATH"]);
    complains("[boss@example.com]", "['']", &["protects no account"]);
    let none = "store: sqlite:b.db\nconnections: {}\n";
    assert!(load(none).unwrap_err().contains("there is no connection"));
}

#[test]
fn a_missing_file_is_named() {
    let problem = Config::load(Path::new("/nowhere/bridge.yaml")).unwrap_err().to_string();
    assert!(problem.contains("/nowhere/bridge.yaml cannot be read"), "{problem}");
}
