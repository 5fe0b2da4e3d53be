//! Groups: what a change of one member costs in a small and in a large group, and what reading groups costs. No vendor is asked: these groups are
//! the bridge's own, so that only its own work is measured.

use std::path::Path;
use std::time::Duration;

use scim_bridge::ids::{ConnectionName, ScimId};
use scim_bridge::store::sqlite::{Role, SqliteStore};
use scim_bridge::store::{Change, Keys, Kind, NewMember, Store as _, StoredResource};
use serde_json::json;
use tokio::time::Instant;

use super::load::{Load, Target, read_answer};
use super::people::{get_by_name, request};
use super::processes::Servers;

/// Groups that are listed.
const GROUPS: usize = 10_000;
/// Members of the small group.
const SMALL: usize = 10;
/// Members of the middle group.
const MIDDLE: usize = 10_000;
/// Writers beside whom people are looked up.
const WRITERS: usize = 25;
/// Connections that look people up beside the writers.
const READERS: usize = 8;
/// Length of one measurement.
const ROUND: Duration = Duration::from_secs(4);
/// Largest page of a list.
const PAGE: usize = 1000;

/// The groups in the store.
pub struct Groups {
    small: ScimId,
    middle: ScimId,
    large: ScimId,
}

/// Adds 10,000 groups to a store with people; three of them have members: 10, 10,000 and everybody but the last thousand.
pub async fn fill(folder: &Path, people: &[String]) -> Groups {
    let store = SqliteStore::open(&folder.join("bridge.db"), Role::Server).expect("the store opens");
    let connection = ConnectionName::parse("support").expect("a name");
    let ids: Vec<ScimId> = (0..GROUPS).map(|_| ScimId::generate()).collect();
    for (chunk, numbers) in ids.chunks(500).zip((0..GROUPS).step_by(500)) {
        let changes = chunk.iter().zip(numbers..).map(|(id, number)| group(id.clone(), number)).collect();
        store.commit(&connection, changes).await.expect("the store takes them");
    }
    let groups = Groups { small: ids[0].clone(), middle: ids[1].clone(), large: ids[2].clone() };
    let sizes = [(&groups.small, SMALL), (&groups.middle, MIDDLE), (&groups.large, people.len() - 1000)];
    for (group, size) in sizes {
        for chunk in people[..size].chunks(5000) {
            let members = chunk.iter().filter_map(|id| ScimId::parse(id)).map(|id| NewMember { id, display: None });
            let change = Change::AddMembers { group: group.clone(), members: members.collect() };
            store.commit(&connection, vec![change]).await.expect("the store takes them");
        }
    }
    groups
}

fn group(id: ScimId, number: usize) -> Change {
    let name = format!("Group {number}");
    let body = json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": name }).to_string();
    let now = jiff::Timestamp::UNIX_EPOCH;
    Change::InsertResource {
        kind: Kind::Group,
        resource: StoredResource { id, version: 1, created: now, modified: now, body, confirmed: true },
        keys: Keys { name, external_id: None, emails: Vec::new(), active: true },
    }
}

/// Measures and prints.
pub async fn measure(servers: &Servers, groups: &Groups, people: &[String]) {
    println!(
        "\ngroups: {GROUPS} of them, one with {SMALL}, one with {MIDDLE}, one with {} members",
        people.len() - 1000
    );
    // In turn, so that a busy machine is busy for both; of the same people, who are in none of them.
    let (mut small, mut large) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        small.push(change_members(servers, &groups.small, people).await);
        large.push(change_members(servers, &groups.large, people).await);
    }
    let best = |loads: &[Load]| loads.iter().map(|load| load.percentile(50)).min().unwrap_or_default();
    let (small, large) = (best(&small), best(&large));
    println!("PATCH of one member: {:.2} ms in the small group, {:.2} ms in the large one", ms(small), ms(large));
    super::verdict("one member: large group / small group", large.as_secs_f64() / small.as_secs_f64(), "<=", 1.5);

    let before = servers.bridge_memory_mib()[1];
    let listed = list(servers).await;
    println!(
        "GET /Groups?excludedAttributes=members, {GROUPS} in pages of {PAGE}: {:.0} ms in all, {:.1} MiB more memory afterwards",
        ms(listed),
        servers.bridge_memory_mib()[1] - before
    );
    let (middle, middle_bytes) = read(servers, &groups.middle, "").await;
    let before = servers.bridge_memory_mib()[1];
    let (large, large_bytes) = read(servers, &groups.large, "").await;
    println!(
        "GET of a group: {:.0} ms for {MIDDLE} members ({:.1} MiB), {:.0} ms for {} ({:.1} MiB), {:.1} MiB more memory afterwards",
        ms(middle),
        mib(middle_bytes),
        ms(large),
        people.len() - 1000,
        mib(large_bytes),
        servers.bridge_memory_mib()[1] - before
    );
    let (without, _) = read(servers, &groups.large, "?excludedAttributes=members").await;
    println!("GET of the large group without its members: {:.2} ms", ms(without));

    let alone = look_up(servers, people.len()).await;
    let (beside, _) = tokio::join!(look_up(servers, people.len()), write(servers, &groups.middle, people));
    println!(
        "GET ?filter=userName eq: p99 {:.2} ms alone, {:.2} ms beside {WRITERS} writers",
        ms(alone.percentile(99)),
        ms(beside.percentile(99))
    );
}

/// One connection adds somebody, takes him out again, and so on.
async fn change_members(servers: &Servers, group: &ScimId, people: &[String]) -> Load {
    let outsiders = &people[people.len() - 1000..];
    let load = Target::new(servers.bridge, |_, turn| member(group, outsiders, turn)).run(1, ROUND / 2).await;
    checked(load)
}

fn member(group: &ScimId, outsiders: &[String], turn: u64) -> Vec<u8> {
    let index = usize::try_from(turn / 2).unwrap_or_default() % outsiders.len();
    let person = &outsiders[index];
    let operation = if turn.is_multiple_of(2) {
        format!(r#"{{"op":"add","path":"members","value":[{{"value":"{person}"}}]}}"#)
    } else {
        format!(r#"{{"op":"remove","path":"members[value eq \"{person}\"]"}}"#)
    };
    let body = format!(r#"{{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{operation}]}}"#);
    let path = format!("/scim/v2/support/Groups/{group}?excludedAttributes=members");
    request("PATCH", &path, "application/scim+json", &body)
}

async fn write(servers: &Servers, group: &ScimId, people: &[String]) -> Load {
    let share = 1000 / WRITERS;
    let outsiders = &people[people.len() - 1000..];
    let target = Target::new(servers.bridge, |connection, turn| {
        member(group, &outsiders[connection * share..(connection + 1) * share], turn)
    });
    checked(target.run(WRITERS, ROUND).await)
}

async fn look_up(servers: &Servers, people: usize) -> Load {
    let target = Target::new(servers.bridge, |connection, turn| get_by_name(people, connection, turn));
    checked(target.run(READERS, ROUND).await)
}

/// All groups, page by page.
async fn list(servers: &Servers) -> Duration {
    let begun = Instant::now();
    for start in (1..=GROUPS).step_by(PAGE) {
        let path = format!("/scim/v2/support/Groups?excludedAttributes=members&startIndex={start}&count={PAGE}");
        get(servers, &path).await;
    }
    begun.elapsed()
}

async fn read(servers: &Servers, group: &ScimId, query: &str) -> (Duration, usize) {
    let begun = Instant::now();
    let bytes = get(servers, &format!("/scim/v2/support/Groups/{group}{query}")).await;
    (begun.elapsed(), bytes)
}

/// Reads one answer; its size.
async fn get(servers: &Servers, path: &str) -> usize {
    let mut stream = tokio::net::TcpStream::connect(servers.bridge).await.expect("the bridge takes connections");
    let bytes = request("GET", path, "", "");
    tokio::io::AsyncWriteExt::write_all(&mut stream, &bytes).await.expect("the bridge reads");
    let mut buffer = Vec::new();
    let status = read_answer(&mut stream, &mut buffer).await;
    assert_eq!(status, 200, "{path}: {}", String::from_utf8_lossy(&buffer[..buffer.len().min(500)]));
    buffer.len()
}

fn checked(load: Load) -> Load {
    assert!(load.failures == 0, "{} of {} requests failed: {:?}", load.failures, load.done, load.first_failure);
    load
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

#[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^52")]
fn mib(bytes: usize) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}
