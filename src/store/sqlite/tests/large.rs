//! What one membership costs: the same in a group of ten and in one of a hundred thousand, counted in steps of SQLite's machine.

use rusqlite::{Connection, StatementStatus, params};

use super::super::statements as sql;
use super::*;

const SMALL: u32 = 10;
const LARGE: u32 = 100_000;
/// Number of the first person beyond the members.
const OTHERS: u32 = LARGE + 1;

/// A store with a group of ten (200001), one of a hundred thousand (200002), and a few people besides.
async fn with_large_group() -> Fixture {
    let fixture = Fixture::new();
    for begin in (1..=OTHERS + 20).step_by(20_000) {
        let end = (begin + 20_000).min(OTHERS + 21);
        fixture.commit((begin..end).map(insert).collect()).await.unwrap();
    }
    fixture.commit(vec![insert_group(200_001, "Small"), insert_group(200_002, "Large")]).await.unwrap();
    fixture.commit(vec![join(200_001, 1..=SMALL)]).await.unwrap();
    for begin in (1..=LARGE).step_by(20_000) {
        fixture.commit(vec![join(200_002, begin..begin + 20_000)]).await.unwrap();
    }
    fixture
}

/// Steps of a statement, run inside a transaction that is taken back.
fn steps(db: &Connection, text: &str, values: &[rusqlite::types::Value]) -> i32 {
    let transaction = db.unchecked_transaction().unwrap();
    let mut statement = transaction.prepare(text).unwrap();
    let mut rows = statement.query(rusqlite::params_from_iter(values)).unwrap();
    while rows.next().unwrap().is_some() {}
    drop(rows);
    statement.get_status(StatementStatus::VmStep)
}

#[tokio::test]
async fn the_cost_of_one_member_does_not_depend_on_the_size_of_the_group() {
    let fixture = with_large_group().await;
    assert_eq!(fixture.store.count_members(&here(), &id(200_002), 1_000_000).await.unwrap(), u64::from(LARGE));
    let db = Connection::open(fixture.path()).unwrap();
    let seq = |number: u32| -> i64 {
        db.query_row("SELECT seq FROM resources WHERE id = ?1", params![id(number).as_str()], |row| row.get(0)).unwrap()
    };
    let (small, large, stranger) = (seq(200_001), seq(200_002), seq(OTHERS + 5));
    let of = |group: i64| -> Vec<(&str, i32)> {
        let number = |value: i64| rusqlite::types::Value::Integer(value);
        let text = |value: &str| rusqlite::types::Value::Text(value.to_owned());
        let member = text(id(5).as_str());
        [
            ("join", sql::ADD_MEMBER, vec![number(group), number(9_999_999), number(stranger), text("x")]),
            ("join again", sql::ADD_MEMBER, vec![number(group), number(9_999_999), number(seq(5)), text("x")]),
            ("leave", sql::REMOVE_MEMBER, vec![number(group), number(seq(5))]),
            ("is a member", sql::IS_MEMBER, vec![number(1), number(group), member.clone()]),
            ("is owed", sql::OWED_ONE, vec![number(1), number(group), member]),
            ("ten members", sql::MEMBERS, vec![number(group), number(0), number(10)]),
            ("a few counted", sql::COUNT_MEMBERS, vec![number(group), number(10)]),
        ]
        .map(|(what, statement, values)| (what, steps(&db, statement, &values)))
        .into()
    };
    for ((what, few), (_, many)) in of(small).into_iter().zip(of(large)) {
        println!("{what}: {few} steps among {SMALL}, {many} among {LARGE}");
        assert!(few > 0 && f64::from(many) <= f64::from(few) * 1.5, "{what}: {few} steps, then {many}");
    }
    // Through the door; time is printed, not judged.
    for (group, size) in [(200_001, SMALL), (200_002, LARGE)] {
        let began = tokio::time::Instant::now();
        for nth in 0..10 {
            let people = [OTHERS + nth];
            fixture.commit(vec![join(group, people)]).await.unwrap();
            assert_eq!(fixture.store.which_are_members(&here(), &id(group), &people.map(id)).await.unwrap(), [true]);
            fixture.commit(vec![leave(group, people)]).await.unwrap();
        }
        println!("ten people in and out of {size}: {:?}", began.elapsed());
    }
}

#[tokio::test]
async fn a_large_group_is_read_in_pages_that_cost_the_same() {
    let fixture = with_large_group().await;
    let (mut place, mut read) = (0, 0);
    let began = tokio::time::Instant::now();
    loop {
        let page = fixture.store.members(&here(), &id(200_002), place, 1000).await.unwrap();
        let Some(last) = page.last() else { break };
        (place, read) = (last.place, read + page.len());
    }
    assert_eq!(read, LARGE as usize);
    println!("{LARGE} members in pages of 1000: {:?}", began.elapsed());
    let db = Connection::open(fixture.path()).unwrap();
    let group: i64 = db
        .query_row("SELECT seq FROM resources WHERE id = ?1", params![id(200_002).as_str()], |row| row.get(0))
        .unwrap();
    let page = |after: i64| steps(&db, sql::MEMBERS, &[group, after, 100].map(rusqlite::types::Value::Integer));
    let (first, last) = (page(0), page(place - 101));
    assert!(last <= first + first / 10, "{first} steps for the first page, {last} for the last");
}

#[tokio::test]
async fn twenty_thousand_members_join_and_leave_in_one_commit() {
    let fixture = Fixture::new();
    fixture.commit((1..=20_000).map(insert).collect()).await.unwrap();
    fixture.commit(vec![insert_group(200_001, "Large")]).await.unwrap();
    let began = tokio::time::Instant::now();
    fixture.commit(vec![join(200_001, 1..=20_000)]).await.unwrap();
    println!("20,000 join: {:?}", began.elapsed());
    assert_eq!(fixture.store.count_members(&here(), &id(200_001), 1_000_000).await.unwrap(), 20_000);
    let began = tokio::time::Instant::now();
    fixture.commit(vec![leave(200_001, 1..=20_000)]).await.unwrap();
    println!("20,000 leave: {:?}", began.elapsed());
    assert_eq!(fixture.store.count_members(&here(), &id(200_001), 1_000_000).await.unwrap(), 0);
}

#[tokio::test]
async fn ten_thousand_groups_are_listed_from_page_to_page() {
    let fixture = Fixture::new();
    fixture
        .commit((1..=10_000).map(|number| insert_group(number, &format!("Group {number}"))).collect())
        .await
        .unwrap();
    let groups = Arc::new(schema::group_type());
    let (mut place, mut read) = (Some(0), 0);
    let began = tokio::time::Instant::now();
    while let Some(from) = place {
        let query =
            Query { filter: None, resource_type: groups.clone(), from: Start::After(from), sort: None, count: 500 };
        let page = fixture.store.query(&here(), Kind::Group, &query).await.unwrap();
        assert_eq!(page.total, 10_000);
        (place, read) = (page.next, read + page.resources.len());
    }
    assert_eq!(read, 10_000);
    println!("10,000 groups in pages of 500: {:?}", began.elapsed());
}
