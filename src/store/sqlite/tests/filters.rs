//! Filters: SQL and the evaluator agree on everything, and what has an index is a probe.

use proptest::prelude::*;
use serde_json::{Map, Value};

use super::super::condition::{Condition, translate};
use super::super::query::{in_full, probe_statement};
use super::plans::{empty, plan};
use super::*;
use crate::scim::evaluate::matches;
use crate::scim::filter::{Filter, MAX_TERMS};
use crate::scim::schema::ENTERPRISE_USER;

/// Texts that collide in letter case, Unicode form, prefixes and SQL's special signs.
const TEXTS: [&str; 12] =
    ["a", "A", "ab", "Ab%", "b_", "\u{e9}", "E\u{301}", "\u{c9}a", "\u{212a}", "k", "\u{10ffff}z", "'; --"];
/// How many people there are.
const PEOPLE: u32 = 150;

fn text(number: u32, step: u32) -> &'static str {
    TEXTS[(number / step) as usize % TEXTS.len()]
}

/// Unique, although the texts fold to the same.
fn various_name(number: u32) -> String {
    format!("{}{}{}", text(number, 1), text(number, 12), number % 10 + number / 100 * 10)
}

/// A person whose values follow from the number; many share values, many lack them.
fn various(number: u32) -> Change {
    let name = various_name(number);
    let external_id = (!number.is_multiple_of(3)).then(|| text(number, 2).to_owned());
    let emails: Vec<_> = (0..number % 4).map(|nth| text(number + nth, 3).to_owned()).collect();
    let active = !number.is_multiple_of(5);
    let types = ["work", "home"];
    let mut body = json!({
        "schemas": [USER],
        "userName": name,
        "active": active,
        "emails": emails.iter().enumerate().map(|(nth, value)| json!({ "value": value, "type": types[nth % 2] })).collect::<Vec<_>>(),
        "title": text(number, 5),
    });
    if let Some(external_id) = &external_id {
        body["externalId"] = json!(external_id);
    }
    let fine = jiff::SignedDuration::from_micros(i64::from(number % 7) * 400);
    let resource = StoredResource {
        body: body.to_string(),
        created: at(i64::from(number / 10)) + fine,
        modified: at(i64::from(number % 10)) + fine,
        confirmed: !number.is_multiple_of(20),
        ..resource(number)
    };
    let keys = Keys { name, external_id, emails, active };
    Change::InsertResource { kind: Kind::User, resource, keys }
}

/// A store with all of them, and those that can be found, as an IdP sees them.
async fn with_everybody() -> (Fixture, Vec<(StoredResource, Map<String, Value>)>) {
    let fixture = Fixture::new();
    let mut visible = Vec::new();
    let mut changes = Vec::new();
    for change in (0..PEOPLE).map(various) {
        if let Change::InsertResource { resource, .. } = &change
            && resource.confirmed
        {
            visible.push((resource.clone(), in_full(resource, &user_type()).unwrap()));
        }
        changes.push(change);
    }
    fixture.commit(changes).await.unwrap();
    (fixture, visible)
}

/// A comparison, as text.
fn comparison() -> impl Strategy<Value = String> {
    let operator = prop::sample::select(vec!["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"]);
    let word = prop_oneof![
        8 => prop::sample::select(TEXTS.to_vec()).prop_map(str::to_owned),
        4 => (0..PEOPLE).prop_map(various_name),
        1 => Just(String::new()),
        1 => Just("nobody".to_owned()),
    ];
    let texts = (
        prop::sample::select(vec!["userName", "externalId", "emails.value", "emails", "title"]),
        operator.clone(),
        word.clone(),
    )
        .prop_map(|(path, operator, word)| format!("{path} {operator} {}", json!(word)));
    let ids = (operator.clone(), 0..PEOPLE).prop_map(|(operator, number)| format!("id {operator} \"{}\"", id(number)));
    // Around the times that people have.
    let paths = prop::sample::select(vec![("meta.created", 15_i64), ("meta.lastModified", 10)]);
    let times = (paths, operator, 0..15_i64, 0..4_i64, prop::sample::select(vec![0, 0, 0, 400])).prop_map(
        |((path, seconds), operator, second, millisecond, fine)| {
            let time = at(second % seconds) + jiff::SignedDuration::from_micros(millisecond * 1000 + fine);
            format!("{path} {operator} \"{time}\"")
        },
    );
    let flags = (prop::sample::select(vec!["eq", "ne"]), prop::bool::ANY)
        .prop_map(|(operator, active)| format!("active {operator} {active}"));
    let nulls = prop::sample::select(vec![
        "externalId eq null",
        "externalId ne null",
        "userName ne null",
        "emails.value eq null",
    ])
    .prop_map(str::to_owned);
    let present =
        prop::sample::select(vec!["externalId pr", "emails pr", "title pr", "nickName pr"]).prop_map(str::to_owned);
    let elements = (word.clone(), prop::sample::select(vec!["work", "home"]), prop::sample::select(vec!["and", "or"]))
        .prop_map(|(value, kind, word)| format!("emails[value eq {} {word} type eq \"{kind}\"]", json!(value)));
    let entra = (word, prop::sample::select(vec!["eq", "ne", "sw"]))
        .prop_map(|(value, operator)| format!("emails[type eq \"work\"].value {operator} {}", json!(value)));
    prop_oneof![8 => texts, 1 => ids, 6 => times, 1 => flags, 1 => nulls, 1 => present, 2 => elements, 1 => entra]
}

/// Any filter, as text.
fn filter() -> impl Strategy<Value = String> {
    comparison().prop_recursive(2, 4, 2, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(left, right)| format!("({left} and {right})")),
            (inner.clone(), inner.clone()).prop_map(|(left, right)| format!("({left} or {right})")),
            inner.prop_map(|inner| format!("not ({inner})")),
        ]
    })
}

#[test]
fn sql_and_the_evaluator_agree_on_every_filter_and_page() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (fixture, visible) = runtime.block_on(with_everybody());
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases: 600,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let outcome = runner.run(&(filter(), 0..30_u64, 0..40_u64), |(text, start_index, count)| {
        let resource_type = user_type();
        let filter = Filter::parse(&text, &resource_type);
        // An order on something that has none is refused before it comes here.
        prop_assume!(filter.is_ok());
        let filter = filter.unwrap();
        let expected: Vec<_> = visible
            .iter()
            .filter(|(_, full)| matches(&filter, &resource_type, full))
            .map(|(resource, _)| resource.clone())
            .collect();
        let query = Query { filter: Some(filter), resource_type, from: Start::Index(start_index), sort: None, count };
        let page = runtime.block_on(fixture.store.query(&here(), Kind::User, &query)).unwrap();
        prop_assert_eq!(page.total, expected.len() as u64, "{}", text);
        let skipped = usize::try_from(start_index.max(1) - 1).unwrap();
        let wanted: Vec<_> = expected.into_iter().skip(skipped).take(usize::try_from(count).unwrap()).collect();
        prop_assert_eq!(page.resources, wanted, "{}", text);
        Ok(())
    });
    outcome.unwrap();
}

fn translated(text: &str) -> Condition {
    let resource_type = user_type();
    translate(&Filter::parse(text, &resource_type).unwrap(), &resource_type, Kind::User)
}

#[test]
fn what_idps_ask_is_a_probe_of_the_right_index_and_nothing_else() {
    const NAME: &str = "resources_name (connection=? AND kind=? AND folded=?)";
    const EXTERNAL_ID: &str = "resources_external_id (connection=? AND kind=? AND external_id=?)";
    const EMAIL: &str = "SEARCH e USING PRIMARY KEY (connection=? AND kind=? AND folded=?)";
    let folder = TempDir::new().unwrap();
    let db = empty(&folder);
    for (filter, indexes, exact) in [
        ("userName eq \"x\"", vec![NAME], true),
        ("externalId eq \"x\"", vec![EXTERNAL_ID], true),
        ("id eq \"x\"", vec!["resources_id (connection=? AND id=?)"], true),
        ("emails.value eq \"x\"", vec![EMAIL], true),
        ("emails[type eq \"work\" and value eq \"x\"]", vec![EMAIL], false),
        ("emails[type eq \"work\"].value eq \"x\"", vec![EMAIL], false),
        ("userName eq \"x\" and active eq true", vec![NAME], true),
        ("title eq \"y\" and userName eq \"x\"", vec![NAME], false),
        ("userName eq \"x\" or externalId eq \"y\" or emails.value eq \"z\"", vec![NAME, EXTERNAL_ID, EMAIL], true),
    ] {
        let condition = translated(filter);
        assert_eq!(condition.exact, exact, "{filter}");
        let way = condition.probe.unwrap();
        let plan = plan(&db, &probe_statement(&way, &format!(" AND {}", condition.sql)));
        assert!(indexes.into_iter().all(|index| plan.contains(index)), "{filter}\n{plan}");
        assert!(plan.starts_with("SEARCH r USING INTEGER PRIMARY KEY (rowid=?)"), "{filter}\n{plan}");
        assert!(!plan.contains("SCAN") && !plan.contains("resources_page"), "{filter}\n{plan}");
    }
}

#[test]
fn what_has_no_index_is_no_probe() {
    for filter in [
        "title eq \"x\"",
        "userName sw \"x\"",
        "not (userName eq \"x\")",
        "userName eq \"x\" or title eq \"y\"",
        "userName ne \"x\"",
    ] {
        assert_eq!(translated(filter).probe, None, "{filter}");
    }
}

#[tokio::test]
async fn the_longest_filter_is_answered() {
    let (fixture, visible) = with_everybody().await;
    let ids: Vec<_> =
        (0..u32::try_from(MAX_TERMS).unwrap()).map(|number| format!("id eq \"{}\"", id(number))).collect();
    let resource_type = user_type();
    let filter = Filter::parse(&ids.join(" or "), &resource_type).unwrap();
    assert!(translate(&filter, &resource_type, Kind::User).probe.is_some());
    let query = Query { filter: Some(filter), resource_type, from: Start::Index(1), sort: None, count: 1000 };
    let page = fixture.store.query(&here(), Kind::User, &query).await.unwrap();
    assert_eq!(page.total, visible.len() as u64);
}

#[tokio::test]
async fn a_value_that_everybody_has_is_counted_truly() {
    let fixture = Fixture::new();
    let changes = (0..1500).map(|number| {
        let keys = Keys { external_id: Some("same".to_owned()), ..keys(number) };
        Change::InsertResource { kind: Kind::User, resource: resource(number), keys }
    });
    fixture.commit(changes.collect()).await.unwrap();
    let resource_type = user_type();
    let filter = Filter::parse("externalId eq \"same\"", &resource_type).unwrap();
    let query = Query { filter: Some(filter), resource_type, from: Start::Index(1499), sort: None, count: 5 };
    let page = fixture.store.query(&here(), Kind::User, &query).await.unwrap();
    assert_eq!((page.total, page.resources), (1500, vec![resource(1498), resource(1499)]));
}

#[tokio::test]
async fn groups_are_found_by_display_name_and_extensions_are_looked_at_in_memory() {
    let fixture = Fixture::new();
    let body = json!({ "schemas": [GROUP], "displayName": "Team A" }).to_string();
    let group = Change::InsertResource {
        kind: Kind::Group,
        resource: StoredResource { body, ..resource(1) },
        keys: Keys { name: "Team A".to_owned(), ..Keys::default() },
    };
    let body =
        json!({ "schemas": [USER], "userName": name(2), ENTERPRISE_USER: { "department": "Sales" } }).to_string();
    let person =
        Change::InsertResource { kind: Kind::User, resource: StoredResource { body, ..resource(2) }, keys: keys(2) };
    fixture.commit(vec![group, person, insert(3)]).await.unwrap();
    let groups = resource_type(schema::group());
    let mut people = (*user_type()).clone();
    people.extensions = vec![schema::enterprise_user()];
    for (kind, resource_type, text, found) in [
        (Kind::Group, groups.clone(), "displayName eq \"TEAM a\"".to_owned(), 1),
        (Kind::Group, groups, "displayName co \"b\"".to_owned(), 0),
        (Kind::User, Arc::new(people), format!("{ENTERPRISE_USER}:department eq \"sales\""), 1),
    ] {
        let filter = Some(Filter::parse(&text, &resource_type).unwrap());
        let query = Query { filter, resource_type, from: Start::Index(1), sort: None, count: 10 };
        assert_eq!(fixture.store.query(&here(), kind, &query).await.unwrap().total, found, "{text}");
    }
}
