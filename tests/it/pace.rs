//! The vendor's limits are kept, what matters most goes first, and a vendor in trouble is spared.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::support::{World, bridge, eventually, idp};

const ALICE: &str = "alice@example.com";
const BOB: &str = "bob@example.com";

fn person(number: usize) -> Value {
    idp::okta_user(&format!("person{number}@example.com"))
}

fn rename(name: &str) -> Value {
    json!([{ "op": "replace", "path": "name.givenName", "value": name }])
}

/// Creates so many people at once and waits for all of them.
async fn creates(world: &World, count: usize) {
    let idp = world.idp();
    for answer in join_all((0..count).map(|number| idp.post("/Users", person(number)))).await {
        answer.is(201);
    }
}

/// Calls that are paced: all but sign-ins.
async fn paced(world: &World) -> Vec<Value> {
    let calls = world.vendor().calls("").await;
    calls.into_iter().filter(|call| call["operation"] != "token").collect()
}

/// When a call arrived at the vendor, in milliseconds.
fn arrived(call: &Value) -> u64 {
    call["at_ms"].as_u64().expect("a time")
}

/// Most calls that were under way at the same time.
fn most_at_once(calls: &[Value]) -> usize {
    let spans: Vec<(u64, u64)> =
        calls.iter().map(|call| (arrived(call), arrived(call) + call["duration_ms"].as_u64().unwrap_or(0))).collect();
    spans.iter().map(|(at, _)| spans.iter().filter(|(begin, end)| begin <= at && at < end).count()).max().unwrap_or(0)
}

/// In no stretch of time more calls arrived than the limits allow. A call that left before the stretch can arrive within it; there are at most
/// `concurrency` of those.
#[track_caller]
fn keep_to(calls: &[Value], rate: f64, burst: u32, concurrency: u32) {
    for (first, begin) in calls.iter().enumerate() {
        for (last, end) in calls.iter().enumerate().skip(first) {
            let seconds = Duration::from_millis(arrived(end) - arrived(begin) + 1).as_secs_f64();
            let most = f64::from(burst + concurrency) + rate * seconds;
            let count = u32::try_from(last - first + 1).expect("few calls");
            assert!(f64::from(count) <= most, "{count} calls within {seconds} s: {begin} … {end}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rate_and_burst_of_the_configuration_hold_at_the_vendor() {
    let limits = json!({ "rate_per_second": 15, "burst": 5, "concurrency": 1 });
    let world = bridge().connection("limits", limits).start().await;
    creates(&world, 35).await;
    let calls = paced(&world).await;
    assert_eq!(calls.len(), 35);
    keep_to(&calls, 15.0, 5, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_limits_of_its_own_a_connection_keeps_to_those_of_the_mapping() {
    let world = bridge().connection("limits", json!({})).start().await;
    world.vendor().knobs(json!({ "latency_ms": 20 })).await;
    creates(&world, 60).await;
    let calls = paced(&world).await;
    keep_to(&calls, 20.0, 20, 4);
    assert!(most_at_once(&calls) <= 4, "{} at once", most_at_once(&calls));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_more_calls_are_under_way_than_allowed() {
    let limits = json!({ "rate_per_second": 1000, "burst": 1000, "concurrency": 3 });
    let world = bridge().connection("limits", limits).start().await;
    world.vendor().knobs(json!({ "latency_ms": 60 })).await;
    creates(&world, 30).await;
    let most = most_at_once(&paced(&world).await);
    assert!((2..=3).contains(&most), "{most} at once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_departure_overtakes_a_queue_of_creates() {
    let limits = json!({ "rate_per_second": 5, "burst": 1, "concurrency": 2 });
    let world = bridge().connection("limits", limits).start().await;
    let id = world.idp().okta_creates(ALICE).await.id();
    world.vendor().forget_calls().await;
    let waiting: Vec<_> = (0..40)
        .map(|number| {
            let idp = world.idp();
            tokio::spawn(async move { idp.post("/Users", person(number)).await })
        })
        .collect();
    eventually("all creates wait", || async {
        let pending = world.json(&["pending", "--json"]);
        (pending.as_array().map(Vec::len) >= Some(30)).then_some(())
    })
    .await;
    let before = paced(&world).await.len();
    world.idp().okta_sets_active(&id, false).await.is(200);
    let calls = paced(&world).await;
    let place = calls.iter().position(|call| call["operation"] == "userDelete").expect("the departure");
    // Between counting and the arrival of the request, creates go on at their pace.
    assert!(place <= before + 5, "{} calls came between", place - before);
    assert!(before < 20 && calls.len() < 40, "there was a queue to overtake: {before} of {} before", calls.len());
    for create in waiting {
        create.abort();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn retry_after_holds_for_the_whole_connection() {
    for (form, least_ms) in [("seconds", 2_000), ("date", 1_000)] {
        let world = bridge().start().await;
        let alice = world.idp().okta_creates(ALICE).await.id();
        let bob = world.idp().okta_creates(BOB).await.id();
        world.vendor().forget_calls().await;
        let limit =
            json!({ "match": { "operation": "userUpdate" }, "do": { "limit": { "seconds": 2, "form": form } } });
        world.vendor().fault(limit).await;
        let idp = world.idp();
        let bob_later = async {
            eventually("the connection pauses", || async {
                let metrics = world.root("/metrics").await.text;
                metrics.contains("scim_bridge_vendor_pauses_total{connection=\"support\"} 1").then_some(())
            })
            .await;
            idp.operations(&bob, rename("Changed")).await.is(200);
        };
        let alice_now = async { idp.operations(&alice, rename("Changed")).await.is(200) };
        tokio::join!(alice_now, bob_later);
        let calls = paced(&world).await;
        assert_eq!(calls[0]["status"], 429, "{}", calls[0]);
        assert_eq!(calls.len(), 3);
        for call in &calls[1..] {
            let waited = arrived(call) - arrived(&calls[0]);
            assert!(waited >= least_ms, "{form}: {waited} ms after the limit: {call}");
            assert_eq!(call["status"], 200);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vendor_that_fails_in_a_row_is_spared_and_comes_back_by_itself() {
    let world = bridge().connection("answer_within", 2).start().await;
    let id = world.idp().okta_creates(ALICE).await.id();
    world.vendor().fault(json!({ "match": { "times": "always" }, "do": { "status": 503 } })).await;
    let idp = world.idp();
    for answer in join_all((0..10).map(|number| idp.post("/Users", person(number)))).await {
        answer.is_error(503, "");
    }
    world.vendor().forget_calls().await;
    let begun = Instant::now();
    let spared = idp.operations(&id, rename("Later")).await.is_error(503, "").says("makes no calls");
    assert!(begun.elapsed() < Duration::from_millis(1_500), "answered after {:?}", begun.elapsed());
    let seconds: u64 = spared.header("retry-after").expect("Retry-After").parse().expect("whole seconds");
    assert!((1..=60).contains(&seconds), "{seconds} s");
    assert!(world.vendor().calls("userUpdate").await.is_empty(), "the vendor was not asked");
    assert_eq!(world.root("/health/ready").await.is(200).body["connections"]["support"]["vendor"], "failing");

    world.vendor().heal().await;
    eventually("the vendor follows without being asked again", || async {
        (world.vendor().has(ALICE).await["firstName"] == "Later").then_some(())
    })
    .await;
    for number in 0..10 {
        world.vendor().gets(&format!("person{number}@example.com")).await;
    }
    assert_eq!(world.root("/health/ready").await.is(200).body["connections"]["support"]["vendor"], "reachable");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vendor_that_is_switched_off_costs_nothing_but_time() {
    let mut world = bridge().connection("answer_within", 1).start().await;
    world.vendor_mut().stop();
    let late = world.idp().post("/Users", idp::okta_user(ALICE)).await.is_error(503, "").says("cannot be reached");
    assert!(late.header("retry-after").is_some());
    world.vendor_mut().start_again();
    world.vendor().gets(ALICE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_vendor_is_answered_for_in_time() {
    let world = bridge().connection("answer_within", 2).start().await;
    world
        .vendor()
        .fault(json!({ "match": { "operation": "userCreate", "times": 1 }, "do": { "delay_ms": 4_500 } }))
        .await;
    let begun = Instant::now();
    let late = world.idp().post("/Users", idp::okta_user(ALICE)).await.is_error(503, "");
    let took = begun.elapsed();
    assert!(took >= Duration::from_secs(2) && took < Duration::from_secs(4), "answered after {took:?}");
    assert!(late.header("retry-after").is_some());
    world.vendor().gets(ALICE).await;
    assert_eq!(world.vendor().accounts(ALICE).await.len(), 1);
}
