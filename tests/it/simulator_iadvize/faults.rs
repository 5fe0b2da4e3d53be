//! Faults and the `/_sim/` addresses, over HTTP.

use std::io::{Read, Write};
use std::time::Duration;

use super::*;

async fn order(sim: &Sim, method: Method, path: &str, body: Option<Value>) -> Answer {
    let request = sim.request(method, path);
    read(
        send(match body {
            Some(body) => request.json(&body),
            None => request,
        })
        .await,
    )
    .await
}

fn is_broken(error: &reqwest::Error) -> bool {
    !error.is_timeout() && !error.is_status() && !error.is_builder()
}

#[tokio::test]
async fn cut_before_means_that_nothing_happened_and_cut_after_that_it_did() {
    let sim = Sim::start().await;
    sim.faults(&json!([
        { "match": { "operation": "userCreate" }, "do": { "cut": "before" } },
        { "match": { "operation": "userCreate", "nth": 2 }, "do": { "cut": "after" } },
    ]));
    let before = sim.user_count();
    let error = try_send(sim.graphql(CREATE, json!({ "input": ada() }))).await.expect_err("no answer");
    assert!(is_broken(&error), "{error:?}");
    assert_eq!(sim.user_count(), before);
    let error = try_send(sim.graphql(CREATE, json!({ "input": ada() }))).await.expect_err("no answer");
    assert!(is_broken(&error), "{error:?}");
    assert_eq!(sim.user_count(), before + 1);
    assert_eq!(mistakes(&sim.create(ada()).await), ["EmailAlreadyUsedError"], "the rules have counted down");
    let cut: Vec<_> = sim.running.calls().into_iter().filter(|call| call.operation == "userCreate").collect();
    assert_eq!(
        cut.iter().map(|call| (call.status, call.fault.as_deref())).collect::<Vec<_>>(),
        [(None, Some("cut before")), (None, Some("cut after")), (Some(200), None)]
    );
    assert_eq!(cut[0].variables, Some(json!({ "input": ada() })));
}

#[tokio::test]
async fn a_cut_connection_ends_without_a_single_byte() {
    let sim = Sim::start().await;
    sim.faults(&json!({ "match": { "path": "/_authenticated" }, "do": { "cut": "after" } }));
    let address = sim.running.address;
    let received = tokio::task::spawn_blocking(move || {
        let mut socket = std::net::TcpStream::connect(address).expect("a connection");
        socket.set_read_timeout(Some(Duration::from_secs(10))).expect("a timeout");
        socket.write_all(b"GET /_authenticated HTTP/1.1\r\nHost: x\r\n\r\n").expect("the request is sent");
        let mut received = Vec::new();
        socket.read_to_end(&mut received).map(|_| received)
    })
    .await
    .expect("the thread ends");
    assert_eq!(received.unwrap_or_default(), b"");
}

#[tokio::test]
async fn answers_are_replaced_garbled_and_truncated() {
    let sim = Sim::start().await;
    sim.faults(&json!([
        { "match": { "operation": "clients" }, "do": { "status": 502, "body": "<html>bad gateway</html>", "headers": { "content-type": "text/html", "x-from": "proxy" } } },
        { "match": { "operation": "clients", "nth": 2 }, "do": { "garbage": true } },
        { "match": { "operation": "clients", "nth": 3 }, "do": { "truncate": 10 } },
        { "match": { "operation": "clients", "nth": 4 }, "do": { "status": 200, "body": { "data": null } } },
    ]));
    let ask = || send(sim.graphql("query Named { clients { edges { node { id } } } }", json!({})));
    let response = ask().await;
    assert_eq!(
        (response.status().as_u16(), response.headers()["x-from"].to_str().expect("plain text")),
        (502, "proxy")
    );
    assert_eq!(response.headers()["content-type"], "text/html");
    assert_eq!(response.text().await.expect("a body"), "<html>bad gateway</html>");
    let response = ask().await;
    assert_eq!(response.status(), 200);
    let body = response.bytes().await.expect("a body");
    assert!(serde_json::from_slice::<Value>(&body).is_err() && std::str::from_utf8(&body).is_err());
    let response = ask().await;
    assert_eq!(response.status(), 200);
    assert!(is_broken(&response.bytes().await.expect_err("half a body")));
    assert_eq!(read(ask().await).await.json, json!({ "data": null }));
    assert_eq!(read(ask().await).await.json["data"]["clients"]["edges"][0]["node"]["id"], 335);
}

#[tokio::test]
async fn a_limit_says_when_to_come_again_in_every_form() {
    let sim = Sim::start().await;
    sim.faults(&json!([
        { "match": { "operation": "Named" }, "do": { "limit": { "seconds": 7 } } },
        { "match": { "operation": "Named", "nth": 2 }, "do": { "limit": { "seconds": 7, "form": "date" } } },
        { "match": { "operation": "Named", "nth": 3 }, "do": { "limit": { "form": "none" } } },
    ]));
    let mut forms = Vec::new();
    for _ in 0..3 {
        let response = send(sim.graphql("query Named { clients { edges { node { id } } } }", json!({}))).await;
        assert_eq!(response.status(), 429);
        forms.push(response.headers().get("retry-after").map(|value| value.to_str().expect("plain text").to_owned()));
    }
    assert_eq!(forms[0].as_deref(), Some("7"));
    assert!(forms[1].as_deref().is_some_and(|date| date.ends_with(" GMT") && date.len() == 29), "{forms:?}");
    assert_eq!(forms[2], None);
}

#[tokio::test]
async fn a_status_after_the_operation_hides_that_it_happened() {
    let sim = Sim::start().await;
    sim.faults(&json!({ "match": { "operation": "userCreate" }, "do": { "status": 500, "when": "after" } }));
    let before = sim.user_count();
    assert_eq!(sim.ask(CREATE, json!({ "input": ada() })).await.status, 500);
    assert_eq!(sim.user_count(), before + 1);
}

#[tokio::test]
async fn a_delay_holds_the_call_before_or_after_it_has_happened() {
    let sim = Sim::start().await;
    sim.faults(&json!({ "match": { "operation": "userCreate" }, "do": { "delay_ms": 60_000, "when": "after" } }));
    let before = sim.user_count();
    let slow = sim.graphql(CREATE, json!({ "input": ada() }));
    let call = tokio::spawn(try_send(slow));
    while sim.user_count() == before {
        tokio::task::yield_now().await;
    }
    assert!(!call.is_finished(), "it happened, and the answer waits");
    call.abort();
    assert_eq!(sim.running.calls().last().map(|call| call.ended), Some(false));
}

#[tokio::test]
async fn rules_last_as_long_as_they_say() {
    let sim = Sim::start().await;
    sim.faults(&json!([{ "match": { "operation": "clients", "nth": 2, "times": 2 }, "do": { "status": 503 } }, { "match": { "method": "GET", "path": "/_auth*", "times": "always" }, "do": { "status": 504 } }]));
    let mut statuses = Vec::new();
    for _ in 0..5 {
        statuses.push(sim.ask("{ clients { edges { node { id } } } }", json!({})).await.status);
    }
    assert_eq!(statuses, [200, 503, 503, 200, 200]);
    for _ in 0..3 {
        assert_eq!(order(&sim, Method::GET, "/_authenticated", None).await.status, 504);
    }
    let shown = order(&sim, Method::GET, "/_sim/faults", None).await.json;
    assert_eq!((&shown[0]["seen"], &shown[0]["hit"], &shown[1]["hit"]), (&json!(5), &json!(2), &json!(3)));
    assert_eq!(order(&sim, Method::DELETE, "/_sim/faults", None).await.status, 204);
    assert_eq!(order(&sim, Method::GET, "/_authenticated", None).await.status, 401);
}

#[tokio::test]
async fn malformed_orders_are_refused_with_a_reason_and_change_nothing() {
    let sim = Sim::start().await;
    let knobs = sim.running.control().knobs();
    let cases = [
        ("/_sim/faults", json!([{ "do": { "status": 500 } }, { "do": {} }]), "rule 2"),
        ("/_sim/faults", json!({ "do": { "status": 99 } }), "status"),
        ("/_sim/faults", json!({ "do": { "status": 500, "cut": "after" } }), "only one"),
        ("/_sim/faults", json!({ "match": { "operaton": "x" }, "do": { "cut": "after" } }), "operaton"),
        ("/_sim/faults", json!({ "do": { "status": 500, "headers": { "bad name": "x" } } }), "header"),
        ("/_sim/faults", json!({ "match": { "nth": 0 }, "do": { "cut": "after" } }), "nth"),
        ("/_sim/knobs", json!({ "latency_ms": 5, "no_such_knob": 1 }), "no_such_knob"),
        ("/_sim/knobs", json!({ "text_ids": true, "rate_per_second": 0 }), "rate_per_second"),
        ("/_sim/knobs", json!({ "bad_login_status": 402 }), "bad_login_status"),
        ("/_sim/busy", json!({ "userId": 1, "busy": true }), "no account 1"),
        ("/_sim/advance", json!({ "seconds": -1 }), "seconds"),
    ];
    for (path, body, reason) in cases {
        let answer = order(&sim, Method::POST, path, Some(body)).await;
        assert_eq!(answer.status, 400);
        assert!(answer.json["error"].as_str().expect("a text").contains(reason), "{answer:?}");
    }
    assert_eq!(sim.running.control().knobs(), knobs);
    assert_eq!(sim.running.control().faults(), json!([]));
    assert_eq!(order(&sim, Method::PUT, "/_sim/knobs", None).await.status, 405);
    assert_eq!(order(&sim, Method::GET, "/_sim/nothing", None).await.status, 404);
}

#[tokio::test]
async fn a_rate_limit_holds_for_all_calls_but_not_for_orders() {
    let sim = Sim::start().await;
    order(&sim, Method::POST, "/_sim/knobs", Some(json!({ "rate_per_second": 0.001, "rate_burst": 2 }))).await;
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(order(&sim, Method::GET, "/_authenticated", None).await.status);
    }
    assert_eq!(statuses, [401, 401, 429]);
    let limited = send(sim.request(Method::GET, "/_authenticated")).await;
    assert!(limited.headers()["retry-after"].to_str().expect("plain text").parse::<u64>().expect("a number") > 100);
    assert_eq!(order(&sim, Method::POST, "/_sim/knobs", Some(json!({ "rate_per_second": null }))).await.status, 204);
    assert_eq!(order(&sim, Method::GET, "/_authenticated", None).await.status, 401);
}

#[tokio::test]
async fn the_call_log_says_who_asked_what_in_which_order() {
    let sim = Sim::start().await;
    assert_eq!(order(&sim, Method::DELETE, "/_sim/calls", None).await.status, 204);
    send(
        sim.graphql("query Two { clients { edges { node { id } } } skill(id: 901) { id } }", json!({ "unused": 1 }))
            .header("x-request-id", "r-1"),
    )
    .await;
    sim.log_in(SERVICE_EMAIL, "wrong").await;
    let calls = order(&sim, Method::GET, "/_sim/calls", None).await.json;
    let first = &calls[0];
    assert_eq!((&first["number"], &first["method"], &first["path"]), (&json!(1), &json!("POST"), &json!("/graphql")));
    assert_eq!((&first["operation"], &first["operation_name"]), (&json!("clients,skill"), &json!("Two")));
    assert_eq!(
        (&first["status"], &first["request_id"], &first["variables"]),
        (&json!(200), &json!("r-1"), &json!({ "unused": 1 }))
    );
    assert_eq!((&calls[1]["operation"], &calls[1]["status"]), (&json!("token"), &json!(400)));
    assert_eq!(calls[1]["variables"]["password"], "***");
    assert_eq!(calls.as_array().map(Vec::len), Some(2), "orders are not calls");
    let later = order(&sim, Method::GET, "/_sim/calls?after=1", None).await.json;
    assert_eq!(later, json!([calls[1]]), "only what came after");
    assert_eq!(order(&sim, Method::GET, "/_sim/calls?after=one", None).await.status, 400);
}

#[tokio::test]
async fn reset_brings_the_beginning_back() {
    let sim = Sim::start().await;
    let before = sim.running.state();
    sim.created(ada()).await;
    sim.knobs(&json!({ "introspection": false, "latency_ms": 1 }));
    sim.faults(&json!({ "do": { "status": 500 } }));
    assert_eq!(order(&sim, Method::POST, "/_sim/reset", None).await.status, 204);
    let users = |state: &Value| {
        state["ha"]["users"].as_array().expect("a list").iter().map(|user| user["email"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(users(&sim.running.state()), users(&before));
    assert_eq!((&sim.running.control().knobs()["introspection"], sim.running.calls().len()), (&json!(true), 0));
    assert_eq!(sim.ask("{ clients { edges { node { id } } } }", json!({})).await.status, 401, "tokens are gone");
}

#[tokio::test]
async fn a_state_is_a_seed_again() {
    let sim = Sim::start().await;
    sim.created(with(ada(), json!({ "skillIds": [901] }))).await;
    let state = sim.running.state();
    // passwords are not part of a state, so the copy's service account could not log in
    let options = Options { seed: Some(state.to_string()), faults: None };
    let copy = start(VendorKind::Iadvize, "127.0.0.1:0", options).await.expect("a state is a seed");
    assert_eq!(without_passwords(copy.state()), without_passwords(state));
}

/// `hasPassword` is the one thing that a state cannot carry over.
fn without_passwords(mut state: Value) -> Value {
    for platform in ["ha", "sd"] {
        for user in state[platform]["users"].as_array_mut().expect("users") {
            user["hasPassword"] = Value::Null;
        }
    }
    state
}

#[tokio::test]
async fn faults_and_seed_are_read_at_the_start_and_malformed_ones_stop_it() {
    let faults = json!([{ "match": { "operation": "token", "nth": 2 }, "do": { "status": 503 } }]).to_string();
    let sim = Sim::start_with(Options { faults: Some(faults), seed: None }).await;
    assert_eq!(sim.log_in(SERVICE_EMAIL, SERVICE_PASSWORD).await.status(), 503);
    for options in [
        Options { faults: Some("{".to_owned()), seed: None },
        Options { faults: Some(r#"[{"do": {}}]"#.to_owned()), seed: None },
        Options { faults: None, seed: Some(r#"{"hb": {}}"#.to_owned()) },
        Options { faults: None, seed: Some(r#"{"ha": {"users": [{"email": "a@b.c"}]}}"#.to_owned()) },
    ] {
        let error = start(VendorKind::Iadvize, "127.0.0.1:0", options).await.expect_err("malformed");
        assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput);
    }
}

#[tokio::test]
async fn a_taken_address_is_reported_and_a_stopped_one_is_free_again() {
    let sim = Sim::start().await;
    let address = sim.running.address.to_string();
    let error = start(VendorKind::Iadvize, &address, Options::default()).await.expect_err("taken");
    assert_eq!(error.kind(), std::io::ErrorKind::AddrInUse);
    let Sim { running, .. } = sim;
    running.stop().await;
    let again = start(VendorKind::Iadvize, &address, Options::default()).await.expect("free");
    assert_eq!(again.address.to_string(), address);
}

#[test]
fn it_starts_from_any_kind_of_runtime_and_ends_when_dropped() {
    let current = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let multi = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    for runtime in [current, multi] {
        let address = runtime.block_on(async {
            let running = start(VendorKind::Iadvize, "127.0.0.1:0", Options::default()).await.expect("it starts");
            running.address
        });
        drop(runtime);
        let started = std::time::Instant::from(tokio::time::Instant::now());
        while std::net::TcpStream::connect(address).is_ok() {
            assert!(started.elapsed() < Duration::from_secs(10), "still listening");
            std::thread::yield_now();
        }
    }
}
