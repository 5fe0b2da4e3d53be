//! The `/_sim/` addresses: an order over HTTP, obeyed through [`Controls`]. They promise no access control: a simulator is for tests and demonstrations.

use std::time::Duration;

use serde_json::{Value, json};

use super::Controls;
use super::message::{Answer, Request};

/// Obeys one order; `order` is the path below `/_sim/`.
pub fn obey(controls: &impl Controls, order: &str, request: &Request) -> Answer {
    match (request.method.as_str(), order) {
        ("GET", "state") => Answer::json(200, &controls.state()),
        ("GET", "calls") => calls_after(controls, &request.query),
        ("GET", "faults") => Answer::json(200, &controls.faults()),
        ("GET", "knobs") => Answer::json(200, &controls.knobs()),
        ("GET", "outbox") => Answer::json(200, &controls.outbox()),
        ("DELETE", "calls") => {
            controls.clear_calls();
            done()
        }
        ("DELETE", "faults") => {
            controls.clear_faults();
            done()
        }
        ("POST", "reset") => {
            controls.reset();
            done()
        }
        ("POST", "revoke_tokens") => {
            controls.revoke_tokens();
            done()
        }
        ("POST", "faults") => tried(body(request).and_then(|rules| controls.add_faults(&rules))),
        ("POST", "knobs") => tried(body(request).and_then(|changes| controls.set_knobs(&changes))),
        ("POST", "advance") => tried(body(request).and_then(|order| advance(controls, &order))),
        ("POST", own) if controls.orders().contains(&own) => {
            tried(body(request).and_then(|body| controls.act(own, &body)))
        }
        (_, "state" | "calls" | "faults" | "knobs" | "outbox" | "reset" | "revoke_tokens" | "advance") => {
            refuse(405, "this address does not know the method")
        }
        (_, own) if controls.orders().contains(&own) => refuse(405, "this address does not know the method"),
        _ => refuse(404, "no such address; see the documentation of the simulator"),
    }
}

/// The calls, or those that were numbered after `?after=NUMBER`: who looks again and again need not read the old ones each time.
fn calls_after(controls: &impl Controls, query: &str) -> Answer {
    let Some(text) = query.strip_prefix("after=") else { return Answer::json(200, &json!(controls.calls())) };
    match text.parse::<u64>() {
        Ok(after) => {
            let calls: Vec<_> = controls.calls().into_iter().filter(|call| call.number > after).collect();
            Answer::json(200, &json!(calls))
        }
        Err(_) => refuse(400, "after: expected the number of a call"),
    }
}

fn advance(controls: &impl Controls, order: &Value) -> Result<(), String> {
    let seconds = order.get("seconds").and_then(Value::as_f64);
    let by = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    controls.advance(by.ok_or(r#"expected {"seconds": <a number that is not negative>}"#)?);
    Ok(())
}

fn body(request: &Request) -> Result<Value, String> {
    serde_json::from_slice(&request.body).map_err(|error| format!("the body is not JSON: {error}"))
}

fn done() -> Answer {
    Answer { status: 204, headers: Vec::new(), body: Vec::new() }
}

fn tried(result: Result<(), String>) -> Answer {
    match result {
        Ok(()) => done(),
        Err(message) => refuse(400, &message),
    }
}

fn refuse(status: u16, message: &str) -> Answer {
    Answer::json(status, &json!({ "error": message }))
}
