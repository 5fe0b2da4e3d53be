//! `bridge.yaml` and the start: what is wrong is shown where it stands, and nothing starts half.

use std::path::PathBuf;
use std::process::Output;

use serde_json::json;

use crate::support::{Idp, Program, Vendor, bridge, eventually, idp, program, run_in, world};

/// A right configuration. `{{mapping}}` is the shipped mapping.
const RIGHT: &str = "\
listen: 127.0.0.1:0
store: sqlite:data/bridge.db
connections:
  support:
    mapping: {{mapping}}
    settings:
      base_url: https://api.example.com
      project_ids: [6661]
    secrets:
      username: env:OBSERVE_USER
      password: file:secrets/password
    profile: okta
    inbound:
      tokens:
        - { name: okta, secret: env:OBSERVE_TOKEN }
";

/// A folder with a `bridge.yaml` and what it refers to.
struct Folder(tempfile::TempDir);

impl Folder {
    /// With one text in another's place.
    #[track_caller]
    fn with(find: &str, put: &str) -> Self {
        assert!(RIGHT.contains(find), "{find}");
        Self::of(&RIGHT.replacen(find, put, 1))
    }

    fn of(text: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mapping = format!("{}/mappings/iadvize", env!("CARGO_MANIFEST_DIR"));
        std::fs::write(folder.path().join("bridge.yaml"), text.replace("{{mapping}}", &mapping)).expect("written");
        std::fs::create_dir(folder.path().join("secrets")).expect("a folder");
        std::fs::write(folder.path().join("secrets/password"), "from-a-file\n").expect("written");
        Self(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Runs a command to its end, from a folder of its own: nothing may depend on where it is started.
    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("the program starts")
    }

    fn command(&self, arguments: &[&str]) -> std::process::Command {
        let config = self.path("bridge.yaml").display().to_string();
        let mut command = program(arguments);
        command.args(["--config", &config]).current_dir(std::env::temp_dir());
        command.env("OBSERVE_USER", "admin@example.com").env("OBSERVE_TOKEN", "a-token-from-the-environment");
        command
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Both `check` and `serve` refuse it with status 2 and these words.
#[track_caller]
fn is_refused(folder: &Folder, words: &[&str]) {
    for command in [&["check"][..], &["serve"]] {
        let output = folder.run(command);
        assert_eq!(output.status.code(), Some(2), "{command:?}: {}", said(&output));
        for word in words {
            assert!(said(&output).contains(word), "{command:?}: {word:?} is not in\n{}", said(&output));
        }
        assert!(!said(&output).contains("listening"), "{}", said(&output));
    }
    assert!(!folder.path("data").exists(), "nothing was made");
}

#[test]
fn check_tells_which_secrets_are_not_set_here_and_finds_no_fault_with_that() {
    let folder = Folder::of(RIGHT);
    let checked = folder.run(&["check"]);
    assert!(!String::from_utf8_lossy(&checked.stdout).contains("not set here"), "all are there");
    std::fs::remove_file(folder.path("secrets/password")).expect("removed");
    let mut command = folder.command(&["check"]);
    let checked = command.env_remove("OBSERVE_TOKEN").env("OBSERVE_USER", "").output().expect("the program starts");
    assert_eq!(checked.status.code(), Some(0), "{}", said(&checked));
    let out = String::from_utf8_lossy(&checked.stdout).into_owned();
    let told: Vec<&str> = out.lines().filter_map(|line| line.strip_prefix("not set here: ")).collect();
    let password = folder.path("secrets/password").display().to_string();
    assert_eq!(
        told,
        [
            "the secret `username` of connection support: the environment variable OBSERVE_USER is empty",
            &format!(
                "the secret `password` of connection support: the file {password} cannot be read (entity not found)"
            ),
            "the token `okta` of connection support: the environment variable OBSERVE_TOKEN is not set",
        ],
        "{out}"
    );
}

#[test]
fn a_right_configuration_is_served() {
    let folder = Folder::of(RIGHT);
    let checked = folder.run(&["check"]);
    assert_eq!(checked.status.code(), Some(0), "{}", said(&checked));
    let mut served = Program::listening(folder.command(&["serve"]));
    assert!(folder.path("data/bridge.db").exists(), "relative paths are relative to the file");
    assert_eq!(served.terminate(), 0);
}

#[test]
fn a_wrong_key_is_shown_with_line_column_and_the_nearest_right_one() {
    for (find, put, words) in [
        ("listen:", "lissen:", &["bridge.yaml:1:1", "`lissen`", "`listen`"][..]),
        ("    mapping:", "    maping:", &["bridge.yaml:5:5", "`maping`", "`mapping`"]),
        ("    profile: okta", "    profil: okta", &["bridge.yaml:12:5", "`profil`", "`profile`"]),
        ("    profile: okta", "    profile: otka", &["bridge.yaml:12:14", "otka", "okta"]),
        ("      base_url:", "      base_ulr:", &["bridge.yaml:7:7", "base_ulr", "base_url"]),
        ("      username:", "      user_name:", &["bridge.yaml:10:7", "user_name", "username"]),
        ("secret: env:", "secrt: env:", &["bridge.yaml:15:25", "`secrt`", "`secret`"]),
        ("    profile: okta", "    delivery: sometimes", &["bridge.yaml:12:15", "sometimes", "accepted"]),
    ] {
        is_refused(&Folder::with(find, put), words);
    }
}

#[test]
fn a_wrong_value_is_shown_where_it_stands() {
    for (find, put, words) in [
        ("    profile: okta", "    answer_within: 90", &["bridge.yaml:12:20", "55"][..]),
        ("    profile: okta", "    answer_within: soon", &["bridge.yaml:12:20", "soon"]),
        ("    profile: okta", "    limits: { rate_per_second: 0 }", &["bridge.yaml:12:32", "0.01"]),
        ("[6661]", "[six]", &["bridge.yaml:8:", "six"]),
        ("sqlite:data", "mysql:data", &["bridge.yaml:2:8", "sqlite:PATH"]),
        ("127.0.0.1:0", "localhost", &["bridge.yaml:1:9", "ADDRESS:PORT"]),
        ("  support:", "  Support Desk:", &["bridge.yaml:4:3", "a-z"]),
        ("{{mapping}}", "mappings/nowhere", &["bridge.yaml:5:14", "mappings/nowhere"]),
        ("    inbound:", "    inbound: [", &["bridge.yaml:"]),
    ] {
        is_refused(&Folder::with(find, put), words);
    }
    is_refused(&Folder::of(""), &["bridge.yaml"]);
    is_refused(
        &Folder::of("listen: 127.0.0.1:0\nstore: sqlite:b.db\nconnections: {}\n"),
        &["bridge.yaml:3:", "no connection"],
    );
}

#[test]
fn every_mistake_is_told_at_once() {
    let text = RIGHT.replace("listen:", "lissen:").replace("project_ids: [6661]", "project_ids: none");
    let text = text.replace("profile: okta", "answer_within: 0");
    let output = Folder::of(&text).run(&["check"]);
    let said = said(&output);
    for place in ["bridge.yaml:1:1", "bridge.yaml:12:"] {
        assert!(said.contains(place), "{place}:\n{said}");
    }
}

#[test]
fn plain_secrets_and_plain_http_are_for_loopback_only() {
    let plain = Folder::with("env:OBSERVE_USER", "admin-in-plain");
    is_refused(&plain, &["bridge.yaml:10:7", "`username` is written in plain", "env:NAME or file:PATH"]);
    for command in ["check", "serve"] {
        assert!(!said(&plain.run(&[command])).contains("admin-in-plain"), "the value itself is not shown");
    }
    is_refused(&Folder::with("https://api", "http://api"), &["bridge.yaml:7:17", "https"]);
    let loopback = RIGHT.replace("https://api.example.com", "http://127.0.0.1:9").replace("env:OBSERVE_USER", "plain");
    assert_eq!(Folder::of(&loopback).run(&["check"]).status.code(), Some(0));
    let token = Folder::of(&RIGHT.replace("127.0.0.1:0", "0.0.0.0:0").replace("env:OBSERVE_TOKEN", "token-in-plain"));
    is_refused(&token, &["bridge.yaml:15:", "in plain"]);
    let token = Folder::with("env:OBSERVE_TOKEN", "token-in-plain");
    let elsewhere = token.run(&["serve", "--listen", "0.0.0.0:0"]);
    assert_eq!(elsewhere.status.code(), Some(2), "{}", said(&elsewhere));
    assert!(said(&elsewhere).contains("--listen 0.0.0.0:0 is not loopback"), "{}", said(&elsewhere));
    assert!(!said(&elsewhere).contains("token-in-plain"), "{}", said(&elsewhere));
}

#[test]
fn a_secret_that_is_not_there_stops_the_start_and_is_named() {
    let folder = Folder::of(RIGHT);
    let mut command = folder.command(&["serve"]);
    let output = command.env_remove("OBSERVE_USER").output().expect("the program starts");
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    for word in ["connection support", "`username`", "OBSERVE_USER"] {
        assert!(said(&output).contains(word), "{word}: {}", said(&output));
    }
    let mut command = folder.command(&["serve"]);
    let output = command.env_remove("OBSERVE_TOKEN").output().expect("the program starts");
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(said(&output).contains("OBSERVE_TOKEN") && said(&output).contains("okta"), "{}", said(&output));
    std::fs::remove_file(folder.path("secrets/password")).expect("it was there");
    let output = folder.run(&["serve"]);
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    for word in ["`password`", &folder.path("secrets/password").display().to_string()] {
        assert!(said(&output).contains(word), "{word}: {}", said(&output));
    }
}

#[test]
fn a_port_that_is_taken_is_told_with_the_setting_to_change() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = taken.local_addr().expect("an address").to_string();
    for (folder, setting) in [
        (Folder::with("127.0.0.1:0", &address), "`listen`"),
        (Folder::with("store:", &format!("admin_listen: {address}\nstore:")), "`admin_listen`"),
    ] {
        let output = folder.run(&["serve"]);
        assert_eq!(output.status.code(), Some(1), "{}", said(&output));
        for word in ["cannot listen on", &address, setting] {
            assert!(said(&output).contains(word), "{word}: {}", said(&output));
        }
    }
    let elsewhere = Folder::with("127.0.0.1:0", &address);
    let mut served = Program::listening(elsewhere.command(&["serve", "--listen", "127.0.0.1:0"]));
    assert!(!served.url.ends_with(&address), "--listen wins");
    assert_eq!(served.terminate(), 0);
}

#[test]
fn a_store_that_cannot_be_used_is_told_with_what_to_do() {
    let folder = Folder::of(RIGHT);
    let mut first = Program::listening(folder.command(&["serve"]));
    let second = folder.run(&["serve"]);
    assert_eq!(second.status.code(), Some(1), "{}", said(&second));
    assert!(said(&second).contains("another scim-bridge serves from this file; stop it"), "{}", said(&second));
    assert_eq!(first.terminate(), 0);
    let mut again = Program::listening(folder.command(&["serve"]));
    again.kill();
    let mut after_a_kill = Program::listening(folder.command(&["serve"]));
    assert_eq!(after_a_kill.terminate(), 0, "a killed server leaves no lock");

    let folder = Folder::of(RIGHT);
    std::fs::create_dir(folder.path("data")).expect("a folder");
    std::fs::write(folder.path("data/bridge.db"), "this is a letter to a friend, not a database".repeat(200))
        .expect("written");
    let output = folder.run(&["serve"]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    for word in ["bridge.db", "not a database", "restore a backup"] {
        assert!(said(&output).contains(word), "{word}: {}", said(&output));
    }

    let folder = Folder::of(RIGHT);
    std::fs::write(folder.path("data"), "a file where a folder should be").expect("written");
    for command in ["serve", "pending"] {
        let output = folder.run(&[command]);
        assert_eq!(output.status.code(), Some(1), "{}", said(&output));
        assert!(said(&output).contains("data") && said(&output).contains("`store`"), "{}", said(&output));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_connections_are_two_worlds() {
    let (one, two) = (Vendor::start(), Vendor::start());
    let connection = |vendor: &Vendor, token: &str| {
        json!({
            "mapping": "{{mapping}}", "settings": { "base_url": vendor.url() },
            "secrets": {
                "username": scim_bridge::simulator::iadvize::SERVICE_EMAIL,
                "password": scim_bridge::simulator::iadvize::SERVICE_PASSWORD
            },
            "inbound": { "tokens": [{ "name": "idp", "secret": token }] }
        })
    };
    let config = json!({
        "listen": "127.0.0.1:0", "store": "sqlite:bridge.db",
        "connections": { "one": connection(&one, "token-of-one"), "two": connection(&two, "token-of-two") }
    });
    let folder = Folder::of(&config.to_string());
    let served = Program::listening(folder.command(&["serve"]));
    let idp = |name: &str, token: &str| {
        Idp::new(world::http_client(), format!("{}/scim/v2/{name}", served.url), Some(token.to_owned()))
    };
    let (idp_one, idp_two) = (idp("one", "token-of-one"), idp("two", "token-of-two"));
    let alice = idp_one.okta_creates("alice@example.com").await.id();
    assert_eq!(two.account("alice@example.com").await, None);
    idp_two.get(&format!("/Users/{alice}")).await.is_error(404, "");
    idp("two", "token-of-one").get("/Users").await.is_error(401, "");
    idp_two.okta_creates("alice@example.com").await;
    idp_two.okta_creates("bob@example.com").await;
    assert_eq!(idp_one.get("/Users").await.body["totalResults"], 1);
    assert_eq!(idp_two.get("/Users").await.body["totalResults"], 2);
    one.fault(json!({ "match": { "times": "always" }, "do": { "status": 503 } })).await;
    idp_two.okta_creates("carol@example.com").await;
    let story = folder.run(&["story", "alice@example.com", "--connection", "two", "--json"]);
    let story: serde_json::Value = serde_json::from_slice(&story.stdout).expect("JSON");
    assert!(story.as_array().is_some_and(|story| story.iter().all(|event| event["connection"] == "two")), "{story}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bridge_that_is_asked_to_end_under_load_answers_everybody() {
    let mut world = bridge().start().await;
    world.vendor().knobs(json!({ "latency_ms": 40 })).await;
    let requests: Vec<_> = (0..60)
        .map(|number| {
            let idp = world.idp();
            tokio::spawn(async move {
                let path = "/Users";
                let body = idp::okta_user(&format!("person{number}@example.com")).to_string();
                let request = idp.request("POST", path).header("content-type", "application/scim+json").body(body);
                #[expect(
                    clippy::disallowed_methods,
                    reason = "a test is a client, and here a refused connection is no fault"
                )]
                let answer = request.send().await;
                answer.map(|answer| answer.status().as_u16())
            })
        })
        .collect();
    eventually("some are done and some are not", || async {
        (world.vendor().calls("userCreate").await.len() >= 10).then_some(())
    })
    .await;
    assert_eq!(world.bridge.terminate(), 0);
    let mut created = 0;
    for request in requests {
        match request.await.expect("the request ends") {
            Ok(201) => created += 1,
            Ok(503) | Err(_) => {}
            Ok(status) => panic!("answered {status}"),
        }
    }
    assert!(created >= 10, "{created} created");
    world.restart();
    let idp = world.idp();
    let there = eventually("whatever was begun is finished", || async {
        let pending = world.json(&["pending", "--json"]);
        let total = idp.get("/Users?count=0").await.body["totalResults"].as_u64()?;
        (pending == json!([])).then_some(total)
    })
    .await;
    assert!(there >= created, "{there} of {created} confirmed people are there");
    for resource in idp.get("/Users?count=100").await.is(200).resources() {
        let email = resource["userName"].as_str().expect("a userName");
        assert_eq!(world.vendor().accounts(email).await.len(), 1, "{email}");
    }
}

#[test]
fn a_configuration_that_cannot_be_read_is_told() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for command in ["serve", "check", "pending"] {
        let output = run_in(folder.path(), &[command]);
        assert_eq!(output.status.code(), Some(2), "{}", said(&output));
        assert!(said(&output).contains("bridge.yaml cannot be read"), "{}", said(&output));
    }
    std::fs::write(folder.path().join("bridge.yaml"), [0xff, 0xfe, 0x00]).expect("written");
    let output = run_in(folder.path(), &["check"]);
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
}
