//! Lists: the total is true, pages are in the order of creation, also at the edges.

use super::*;
use crate::store::Page;

/// Persons 1 to 5, the third deleted, one more not confirmed.
async fn with_people() -> Fixture {
    let fixture = Fixture::new();
    for number in 1..=5 {
        fixture.add(number).await;
    }
    fixture.commit(vec![Change::DeleteResource { kind: Kind::User, id: id(3) }]).await.unwrap();
    let hidden = StoredResource { confirmed: false, ..resource(6) };
    fixture.commit(vec![Change::InsertResource { kind: Kind::User, resource: hidden, keys: keys(6) }]).await.unwrap();
    fixture
}

#[tokio::test]
async fn pages_have_the_true_total_and_the_order_of_creation() {
    let fixture = with_people().await;
    for (start_index, count, expected) in [
        (1, 10, vec![1, 2, 4, 5]),
        (0, 2, vec![1, 2]),
        (1, 2, vec![1, 2]),
        (3, 2, vec![4, 5]),
        (4, 2, vec![5]),
        (5, 2, vec![]),
        (1, 0, vec![]),
        (20_000, 2, vec![]),
        (u64::MAX, u64::MAX, vec![]),
        (2, u64::MAX, vec![2, 4, 5]),
    ] {
        let page = fixture.store.query(&here(), Kind::User, &list(start_index, count)).await.unwrap();
        let resources: Vec<_> = expected.into_iter().map(resource).collect();
        assert_eq!(page, Page { next: page.next, total: 4, resources }, "startIndex {start_index}, count {count}");
    }
}

#[tokio::test]
async fn a_change_does_not_move_a_resource_in_the_list() {
    let fixture = with_people().await;
    let changed = StoredResource { version: 2, modified: at(999), ..resource(1) };
    let change = Change::UpdateResource { kind: Kind::User, resource: changed, keys: keys(1), expected_version: 1 };
    fixture.commit(vec![change]).await.unwrap();
    let page = fixture.store.query(&here(), Kind::User, &list(1, 1)).await.unwrap();
    assert_eq!(page.resources[0].id, id(1));
}

#[tokio::test]
async fn counters_agree_with_the_rows_after_all_kinds_of_changes() {
    let fixture = with_people().await;
    let store = &fixture.store;
    let turn = |number, confirmed, version| Change::UpdateResource {
        kind: Kind::User,
        resource: StoredResource { confirmed, version: version + 1, ..resource(number) },
        keys: keys(number),
        expected_version: version,
    };
    for changes in [vec![turn(6, true, 1)], vec![turn(1, false, 1)], vec![turn(1, true, 2)], vec![turn(2, true, 1)]] {
        fixture.commit(changes).await.unwrap();
        let counted = store.query(&here(), Kind::User, &list(1, 0)).await.unwrap().total;
        let rows = store.query(&here(), Kind::User, &list(1, 100)).await.unwrap().resources.len();
        assert_eq!(counted, rows as u64);
    }
}
