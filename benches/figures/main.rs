//! The figures that the project promises, side by side in one run on one machine: `cargo bench --bench figures`.
//!
//! Each server is a process of its own: the simulated vendor, the bridge, a pass-through (actix-web and reqwest, no store, no mapping) to the
//! same vendor, and a bare actix-web handler. They are measured in turn by the same load generator, round by round, so that a busy
//! machine is busy for all of them; the best round of each counts. Ratios are what to look at.

mod baselines;
mod groups;
mod load;
mod people;
mod processes;

use std::time::Duration;

use tokio::time::Instant;

use load::{Load, Target};
use processes::Servers;

/// Connections of the load generator.
const CONNECTIONS: usize = 32;
/// Length of one round.
const ROUND: Duration = Duration::from_secs(4);
/// Rounds; the best of each target counts.
const ROUNDS: usize = 3;
/// People in the store for reads, memory and start.
const PEOPLE: usize = 100_000;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [role, rest @ ..] = arguments.as_slice()
        && role == "--role"
    {
        return baselines::run(rest);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("the runtime starts");
    runtime.block_on(measure());
}

async fn measure() {
    println!("preparing {PEOPLE} people …");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let ids = people::fill(folder.path(), PEOPLE).await;
    let groups = groups::fill(folder.path(), &ids).await;
    let servers = Servers::start(folder.path()).await;
    let ready = servers.bridge_ready_in;
    let memory_idle = servers.bridge_memory_mib();

    let persons = people::create_at_vendor(&servers, CONNECTIONS * 8).await;
    let patch_bridge =
        Target::new(servers.bridge, |connection, turn| people::patch_active(&persons, connection, turn, CONNECTIONS));
    let patch_through = Target::new(servers.pass_through, |connection, turn| {
        people::patch_through(&persons, connection, turn, CONNECTIONS)
    });
    let by_id = Target::new(servers.bridge, |connection, turn| people::get_by_id(&ids, connection, turn));
    let by_name = Target::new(servers.bridge, |connection, turn| people::get_by_name(ids.len(), connection, turn));
    let bare = Target::new(servers.bare, |_, _| people::get_bare());

    let mut best = [0.0f64; 5];
    let mut latency = [[Duration::ZERO; 2]; 5];
    for round in 1..=ROUNDS {
        println!("round {round} of {ROUNDS} …");
        for (index, target) in [&patch_through, &patch_bridge, &bare, &by_id, &by_name].into_iter().enumerate() {
            let begun = Instant::now();
            let load: Load = target.run(CONNECTIONS, ROUND).await;
            assert!(
                load.failures == 0,
                "{} of {} requests failed, first answer: {:?}",
                load.failures,
                load.done,
                load.first_failure
            );
            #[expect(clippy::cast_precision_loss, reason = "requests are counted in thousands")]
            let rate = load.done as f64 / begun.elapsed().as_secs_f64();
            if rate > best[index] {
                best[index] = rate;
                latency[index] = [load.percentile(50), load.percentile(99)];
            }
        }
    }
    let memory_loaded = servers.bridge_memory_mib();
    let [through, patch, bare, get, name] = best;
    let row = |name: &str, index: usize| {
        let [p50, p99] = latency[index];
        println!(
            "{name:<46}{:>10.0}/s   p50 {:>7.2} ms   p99 {:>7.2} ms",
            best[index],
            p50.as_secs_f64() * 1e3,
            p99.as_secs_f64() * 1e3
        );
    };
    println!("\n{CONNECTIONS} connections, rounds of {} s, best of {ROUNDS}; {} cores", ROUND.as_secs(), num_cores());
    row("pass-through to the vendor, no store", 0);
    row("bridge: PATCH active, one vendor call, durable", 1);
    row("bare actix-web handler", 2);
    row("bridge: GET by id", 3);
    row("bridge: GET ?filter=userName eq", 4);
    println!();
    verdict("PATCH / pass-through", patch / through, ">=", 0.25);
    verdict("GET by id / bare handler", get / bare, ">=", 0.4);
    verdict("GET by id / GET by userName", get / name, "<=", 1.5);
    verdict("memory after start, MiB", memory_idle[0], "<=", 60.0);
    verdict("memory after the load, MiB", memory_loaded[0], "<=", 60.0);
    println!("  of it the process's own: {:.1} after start, {:.1} after the load", memory_idle[1], memory_loaded[1]);
    verdict("ready after start, ms", ready.as_secs_f64() * 1e3, "<=", 300.0);
    groups::measure(&servers, &groups, &ids).await;
}

fn verdict(what: &str, value: f64, relation: &str, goal: f64) {
    let reached = if relation == ">=" { value >= goal } else { value <= goal };
    println!("{what:<46}{value:>10.2}   goal {relation} {goal}   {}", if reached { "reached" } else { "NOT reached" });
}

fn num_cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
