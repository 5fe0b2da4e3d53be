//! The simulated vendor, looked at from outside: what it was asked, and what it has in the end.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

/// How often the calls are read while the sync runs: long before the simulator's log, which keeps 10,000, drops any.
const EVERY: Duration = Duration::from_secs(20);

/// Access to a simulator.
#[derive(Clone)]
pub struct Vendor {
    http: reqwest::Client,
    url: String,
}

/// What it was asked.
#[derive(Default)]
pub struct Calls {
    /// How many of each operation.
    pub operations: BTreeMap<String, u64>,
    /// Answers with 429, by the second since the first call.
    pub limited: BTreeMap<u64, u64>,
    /// All other answers that are no success.
    pub refused: BTreeMap<(String, u64), u64>,
    last: u64,
    first_at_ms: Option<u64>,
}

impl Calls {
    /// Number of all calls.
    pub fn total(&self) -> u64 {
        self.operations.values().sum()
    }

    /// Answers with 429 after the first second.
    pub fn late_limits(&self) -> u64 {
        self.limited.iter().filter(|(second, _)| **second >= 1).map(|(_, count)| count).sum()
    }

    fn take(&mut self, call: &Value) {
        self.last = call["number"].as_u64().expect("calls have numbers");
        let at_ms = call["at_ms"].as_u64().expect("calls have times");
        let first = *self.first_at_ms.get_or_insert(at_ms);
        let operation = call["operation"].as_str().unwrap_or_default().to_owned();
        let status = call["status"].as_u64().unwrap_or_default();
        if status == 429 {
            *self.limited.entry((at_ms - first) / 1000).or_default() += 1;
        } else if !(200..300).contains(&status) {
            *self.refused.entry((operation.clone(), status)).or_default() += 1;
        }
        *self.operations.entry(operation).or_default() += 1;
    }
}

impl Vendor {
    /// The one at this address.
    pub fn new(url: &str) -> Self {
        let http = reqwest::Client::builder().build().expect("a client");
        Self { http, url: url.to_owned() }
    }

    /// Changes its knobs.
    pub async fn set(&self, knobs: &Value) {
        self.ask(self.http.post(self.at("knobs")).json(knobs)).await;
    }

    /// Everything that it has.
    pub async fn state(&self) -> Value {
        self.ask(self.http.get(self.at("state"))).await
    }

    /// Reads what was asked until `done`, and then the rest.
    pub async fn watch(&self, done: impl Future<Output = ()>) -> Calls {
        let mut calls = Calls::default();
        tokio::pin!(done);
        loop {
            let is_done = tokio::time::timeout(EVERY, &mut done).await.is_ok();
            // A call that is under way is read the next time.
            let new = self.ask(self.http.get(format!("{}?after={}", self.at("calls"), calls.last))).await;
            for call in new.as_array().into_iter().flatten().take_while(|call| call["ended"] == true) {
                calls.take(call);
            }
            if is_done {
                return calls;
            }
        }
    }

    fn at(&self, order: &str) -> String {
        format!("{}/_sim/{order}", self.url)
    }

    async fn ask(&self, request: reqwest::RequestBuilder) -> Value {
        #[expect(clippy::disallowed_methods, reason = "the benchmark is a client")]
        let answer = request.send().await.expect("the simulator answers");
        let status = answer.status();
        let text = answer.text().await.expect("the simulator's answer is text");
        assert!(status.is_success(), "the simulator answered {status}: {text}");
        serde_json::from_str(&text).unwrap_or(Value::Null)
    }
}
