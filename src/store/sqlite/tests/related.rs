//! Filters on members and groups, orders and cursors: on random requests the store finds what `scim` finds in the full resources.

use proptest::prelude::*;
use serde_json::{Map, Value};

use super::super::condition::translate;
use super::super::query::{in_full, probe_statement};
use super::plans::{empty, plan};
use super::*;
use crate::scim::evaluate::matches;
use crate::scim::filter::{AttrPath, Filter};
use crate::scim::order::{compare, sort_key};
use crate::scim::schema::{ENTERPRISE_USER, group_type, user_type};
use crate::store::Sort;

const PEOPLE: u32 = 40;
const GROUPS: u32 = 12;
const WORDS: [&str; 6] = ["a", "A", "Ab", "b", "\u{e9}", "z"];

fn word(number: u32, step: u32) -> &'static str {
    WORDS[(number / step) as usize % WORDS.len()]
}

/// Groups have numbers from 1000.
fn group_number(number: u32) -> u32 {
    1000 + number
}

/// A person whose values follow from the number; many share values, many lack them.
fn person(number: u32) -> Change {
    let name = format!("{}{number}", word(number, 1));
    let emails = (0..number % 3).map(|nth| json!({ "value": word(number + nth, 2), "primary": nth == 1 }));
    let mut body = json!({ "schemas": [USER], "userName": name, "emails": emails.collect::<Vec<_>>() });
    for (key, step, every) in [("title", 3, 2), ("displayName", 2, 3), ("externalId", 1, 4)] {
        if !number.is_multiple_of(every) {
            body[key] = json!(word(number, step));
        }
    }
    if number.is_multiple_of(2) {
        body["active"] = json!(number.is_multiple_of(4));
        body[ENTERPRISE_USER] = json!({ "department": word(number, 4) });
    }
    let external_id = body["externalId"].as_str().map(str::to_owned);
    let fine = jiff::SignedDuration::from_micros(i64::from(number % 3) * 400);
    let resource = StoredResource {
        body: body.to_string(),
        created: at(i64::from(number / 5)) + fine,
        modified: at(i64::from(number % 7)) + fine,
        confirmed: !number.is_multiple_of(10),
        ..resource(number)
    };
    let keys = Keys { name, external_id, emails: Vec::new(), active: number.is_multiple_of(4) };
    Change::InsertResource { kind: Kind::User, resource, keys }
}

/// A resource as an IdP sees it.
type Shown = (StoredResource, Map<String, Value>);

struct World {
    fixture: Fixture,
    people: Vec<Shown>,
    groups: Vec<Shown>,
}

/// People in groups, one group without anybody; and what can be found, read by the look-ups.
async fn world() -> World {
    let fixture = Fixture::new();
    let mut changes: Vec<_> = (0..PEOPLE).map(person).collect();
    for number in 0..GROUPS {
        changes.push(insert_group(group_number(number), &format!("{}{number}", word(number, 1))));
        let members = (0..PEOPLE).rev().filter(|person| (person * 7 + number * 5) % 11 < number % 4);
        let given = members.map(|number| NewMember { id: id(number), display: Some(word(number, 3).to_owned()) });
        changes.push(Change::AddMembers { group: id(group_number(number)), members: given.collect() });
    }
    fixture.commit(changes).await.unwrap();
    let (mut people, mut groups) = (Vec::new(), Vec::new());
    for id in (0..PEOPLE).map(id) {
        let Some(stored) = fixture.store.get(&here(), Kind::User, &id).await.unwrap() else { continue };
        let found = fixture.store.groups_of(&here(), &[id]).await.unwrap().remove(0);
        let related = found.into_iter().map(|group| (group.id, group.display));
        people.push(shown(stored, &user_type(), "groups", "direct", related));
    }
    for id in (0..GROUPS).map(group_number).map(id) {
        let stored = fixture.store.get(&here(), Kind::Group, &id).await.unwrap().unwrap();
        let found = fixture.store.members(&here(), &id, 0, 1000).await.unwrap();
        let related = found.into_iter().map(|member| (member.id, member.display));
        groups.push(shown(stored, &group_type(), "members", "User", related));
    }
    World { fixture, people, groups }
}

fn shown(
    stored: StoredResource,
    resource_type: &ResourceType,
    name: &str,
    label: &str,
    related: impl Iterator<Item = (ScimId, String)>,
) -> Shown {
    let mut full = in_full(&stored, resource_type).unwrap();
    let related: Vec<_> =
        related.map(|(id, display)| json!({ "value": id, "type": label, "display": display })).collect();
    if !related.is_empty() {
        full.insert(name.to_owned(), related.into());
    }
    (stored, full)
}

/// What a comparison compares with.
fn literal() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => (0..PEOPLE).prop_map(|number| id(number).to_string()),
        3 => (0..GROUPS).prop_map(|number| id(group_number(number)).to_string()),
        3 => prop::sample::select(WORDS.to_vec()).prop_map(str::to_owned),
        1 => prop::sample::select(vec!["User", "direct", "nobody", ""]).prop_map(str::to_owned),
    ]
}

/// A condition on the members of groups, or the groups of people.
fn related_term(name: &'static str) -> impl Strategy<Value = String> {
    let operator = || prop::sample::select(vec!["eq", "eq", "eq", "ne", "co", "sw", "gt"]);
    let part = || prop::sample::select(vec!["value", "value", "display", "type"]);
    let plain = (prop::sample::select(vec!["", ".value", ".display", ".type"]), operator(), literal())
        .prop_map(move |(part, operator, value)| format!("{name}{part} {operator} {}", json!(value)));
    let present = prop::sample::select(vec!["", ".value", ".display"]).prop_map(move |part| format!("{name}{part} pr"));
    let one = (part(), operator(), literal())
        .prop_map(move |(part, operator, value)| format!("{name}[{part} {operator} {}]", json!(value)));
    let both = (literal(), part(), operator(), literal(), prop::sample::select(vec!["and", "or"])).prop_map(
        move |(value, part, operator, other, word)| {
            format!("{name}[value eq {} {word} {part} {operator} {}]", json!(value), json!(other))
        },
    );
    let behind = (literal(), literal())
        .prop_map(move |(display, value)| format!("{name}[display eq {}].value eq {}", json!(display), json!(value)));
    let null = Just(format!("{name}.value eq null"));
    prop_oneof![6 => plain, 2 => present, 3 => one, 3 => both, 1 => behind, 1 => null]
}

fn other_term(name: &'static str) -> impl Strategy<Value = String> {
    prop_oneof![
        literal().prop_map(|value| format!("id eq {}", json!(value))),
        (prop::sample::select(vec!["eq", "sw", "gt"]), literal())
            .prop_map(move |(operator, value)| format!("{name} {operator} {}", json!(value))),
        literal().prop_map(|value| format!("externalId eq {}", json!(value))),
    ]
}

fn filter(related: &'static str, name: &'static str) -> impl Strategy<Value = String> {
    prop_oneof![2 => related_term(related), 1 => other_term(name)].prop_recursive(2, 4, 2, |inner| {
        prop_oneof![
            2 => (inner.clone(), inner.clone()).prop_map(|(left, right)| format!("({left} and {right})")),
            2 => (inner.clone(), inner.clone()).prop_map(|(left, right)| format!("({left} or {right})")),
            1 => inner.prop_map(|inner| format!("not ({inner})")),
        ]
    })
}

fn by(path: &str) -> AttrPath {
    let (urn, path) = match path.rsplit_once(':') {
        Some((urn, path)) => (Some(urn.to_owned()), path),
        None => (None, path),
    };
    let (name, sub) = path.split_once('.').map_or((path, None), |(name, sub)| (name, Some(sub.to_owned())));
    AttrPath { urn, name: name.to_owned(), sub }
}

fn sort(paths: Vec<String>) -> impl Strategy<Value = Option<Sort>> {
    prop::option::of((prop::sample::select(paths), prop::bool::ANY))
        .prop_map(|sort| sort.map(|(path, descending)| Sort { by: by(&path), descending }))
}

/// The matches, in order.
fn expected(
    all: &[Shown],
    filter: Option<&Filter>,
    sort: Option<&Sort>,
    resource_type: &ResourceType,
) -> Vec<StoredResource> {
    let mut found: Vec<_> =
        all.iter().filter(|(_, full)| filter.is_none_or(|filter| matches(filter, resource_type, full))).collect();
    if let Some(sort) = sort {
        let key = |shown: &Shown| sort_key(&sort.by, resource_type, &shown.1);
        found.sort_by(|left, right| compare(key(left).as_ref(), key(right).as_ref(), sort.descending));
    }
    found.into_iter().map(|(stored, _)| stored.clone()).collect()
}

/// Random requests for one kind: by index, and by cursor from page to page.
fn agrees(kind: Kind, filters: impl Strategy<Value = String>, sorts: impl Strategy<Value = Option<Sort>>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let world = runtime.block_on(world());
    let (all, resource_type) = match kind {
        Kind::User => (&world.people, Arc::new(user_type())),
        Kind::Group => (&world.groups, Arc::new(group_type())),
    };
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases: 500,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let requests = (prop::option::weighted(0.8, filters), sorts, 0..20_u64, 1..9_u64);
    let outcome = runner.run(&requests, |(text, sort, start_index, count)| {
        let filter = text.as_ref().map(|text| Filter::parse(text, &resource_type));
        prop_assume!(!matches!(filter, Some(Err(_))));
        let filter = filter.and_then(Result::ok);
        let expected = expected(all, filter.as_ref(), sort.as_ref(), &resource_type);
        let ask = |from, count| {
            let query =
                Query { filter: filter.clone(), resource_type: resource_type.clone(), from, count, sort: sort.clone() };
            runtime.block_on(world.fixture.store.query(&here(), kind, &query)).unwrap()
        };
        let page = ask(Start::Index(start_index), count);
        prop_assert_eq!(page.total, expected.len() as u64);
        let skipped = usize::try_from(start_index.max(1) - 1).unwrap();
        let wanted: Vec<_> = expected.iter().skip(skipped).take(usize::try_from(count).unwrap()).cloned().collect();
        prop_assert_eq!(page.resources, wanted);
        let (mut place, mut walked) = (Some(0), Vec::new());
        while let Some(from) = place {
            let page = ask(Start::After(from), count);
            prop_assert_eq!(page.total, expected.len() as u64);
            prop_assert!(page.next.is_none() || page.resources.len() as u64 == count);
            walked.extend(page.resources);
            prop_assert!(walked.len() <= expected.len());
            place = page.next;
        }
        prop_assert_eq!(walked, expected);
        let none = ask(Start::After(0), 0);
        prop_assert_eq!((none.total, none.resources.len(), none.next), (page.total, 0, None));
        Ok(())
    });
    outcome.unwrap();
}

#[test]
fn groups_are_found_and_sorted_as_scim_says() {
    let paths = ["displayName", "id", "externalId", "meta.created", "members", "members.display", "meta.version"];
    agrees(Kind::Group, filter("members", "displayName"), sort(paths.map(str::to_owned).into()));
}

#[test]
fn people_are_found_and_sorted_as_scim_says() {
    let mut paths: Vec<_> = [
        "userName",
        "id",
        "externalId",
        "meta.created",
        "meta.lastModified",
        "title",
        "displayName",
        "active",
        "emails",
        "emails.value",
        "name.familyName",
        "groups",
        "groups.display",
    ]
    .map(str::to_owned)
    .into();
    paths.push(format!("{ENTERPRISE_USER}:department"));
    agrees(Kind::User, filter("groups", "userName"), sort(paths));
}

#[test]
fn who_asks_for_one_member_or_group_probes_the_memberships() {
    const MEMBER: &str = "SEARCH m USING COVERING INDEX members_member (member=?)";
    const GROUP: &str = "SEARCH m USING PRIMARY KEY (grp=?)";
    const ID: &str = "resources_id (connection=? AND id=?)";
    let folder = TempDir::new().unwrap();
    let db = empty(&folder);
    for (kind, filter, index, exact, wide) in [
        (Kind::Group, "members eq \"x\"", MEMBER, true, false),
        (Kind::Group, "members.value eq \"x\"", MEMBER, true, false),
        (Kind::Group, "members[value eq \"x\"]", MEMBER, true, false),
        (Kind::Group, "members[value eq \"x\" and display eq \"y\"]", MEMBER, false, false),
        (Kind::Group, "id eq \"g\" and members eq \"u\"", ID, true, false),
        (Kind::User, "groups eq \"g\"", GROUP, true, true),
        (Kind::User, "groups.value eq \"g\"", GROUP, true, true),
        (Kind::User, "groups[value eq \"g\"]", GROUP, true, true),
        (Kind::User, "groups eq \"g\" and userName eq \"x\"", "resources_name", true, false),
        (Kind::User, "userName eq \"x\" or groups eq \"g\"", GROUP, true, true),
    ] {
        let resource_type = match kind {
            Kind::User => user_type(),
            Kind::Group => group_type(),
        };
        let condition = translate(&Filter::parse(filter, &resource_type).unwrap(), &resource_type, kind);
        let way = condition.probe.unwrap();
        assert_eq!((condition.exact, way.wide), (exact, wide), "{filter}");
        let again = if way.whole { String::new() } else { format!(" AND {}", condition.sql) };
        let plan = plan(&db, &probe_statement(&way, &again));
        assert!(plan.contains(index), "{filter}\n{plan}");
        assert!(plan.starts_with("SEARCH r USING INTEGER PRIMARY KEY (rowid=?)"), "{filter}\n{plan}");
        assert!(!plan.contains("SCAN") && !plan.contains("resources_page"), "{filter}\n{plan}");
    }
}

#[tokio::test]
async fn skipping_counts_a_group_once_however_many_members_it_has() {
    let world = world().await;
    let resource_type = Arc::new(group_type());
    let filter = Filter::parse("members pr", &resource_type).unwrap();
    let query = Query { filter: Some(filter), resource_type, from: Start::Index(3), sort: None, count: 2 };
    let page = world.fixture.store.query(&here(), Kind::Group, &query).await.unwrap();
    let ids: Vec<_> = page.resources.into_iter().map(|resource| resource.id).collect();
    assert_eq!(ids, [1003, 1005].map(id));
}

#[tokio::test]
async fn a_group_of_more_than_a_probe_finds_is_counted_truly() {
    let fixture = Fixture::new();
    fixture
        .commit((1..=1500).map(insert).chain([insert_group(9000, "All"), join(9000, 1..=1500)]).collect())
        .await
        .unwrap();
    let resource_type = Arc::new(user_type());
    let filter = Filter::parse(&format!("groups eq \"{}\"", id(9000)), &resource_type).unwrap();
    let query = Query { filter: Some(filter), resource_type, from: Start::Index(1499), sort: None, count: 5 };
    let page = fixture.store.query(&here(), Kind::User, &query).await.unwrap();
    let ids: Vec<_> = page.resources.into_iter().map(|resource| resource.id).collect();
    assert_eq!((page.total, ids, page.next), (1500, vec![id(1499), id(1500)], None));
}

#[tokio::test]
async fn pages_behind_a_place_skip_and_repeat_nothing_when_resources_go() {
    for text in [None, Some("userName pr"), Some("active eq true")] {
        let fixture = Fixture::new();
        fixture.commit((1..=9).map(insert).collect()).await.unwrap();
        let resource_type = Arc::new(user_type());
        let filter = text.map(|text| Filter::parse(text, &resource_type).unwrap());
        let page = async |place| {
            let (filter, resource_type) = (filter.clone(), resource_type.clone());
            let query = Query { filter, resource_type, from: Start::After(place), sort: None, count: 3 };
            fixture.store.query(&here(), Kind::User, &query).await.unwrap()
        };
        let first = page(0).await;
        let gone = |number| Change::DeleteResource { kind: Kind::User, id: id(number) };
        fixture.commit(vec![gone(1), gone(3), gone(5)]).await.unwrap();
        let second = page(first.next.unwrap()).await;
        let third = page(second.next.unwrap()).await;
        let ids = |page: &crate::store::Page| page.resources.iter().map(|found| found.id.clone()).collect::<Vec<_>>();
        assert_eq!((ids(&first), first.total), ([1, 2, 3].map(id).to_vec(), 9), "{text:?}");
        assert_eq!((ids(&second), second.total), ([4, 6, 7].map(id).to_vec(), 6), "{text:?}");
        assert_eq!((ids(&third), third.total, third.next), ([8, 9].map(id).to_vec(), 6, None), "{text:?}");
    }
}
