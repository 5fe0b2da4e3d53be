//! Orders and cursors of lists.

use super::*;
use crate::scim::filter::{AttrPath, Filter};
use crate::store::Sort;

fn by(text: &str, descending: bool) -> Option<Sort> {
    let (name, sub) = text.split_once('.').map_or((text, None), |(name, sub)| (name, Some(sub.to_owned())));
    Some(Sort { by: AttrPath { urn: None, name: name.to_owned(), sub }, descending })
}

/// Titles and external ids of people 1 to 5; some have none.
const TITLES: [Option<&str>; 5] = [Some("b"), None, Some("A"), Some("a"), None];

async fn fixture() -> Fixture {
    let fixture = Fixture::new();
    for (number, title) in (1..).zip(TITLES) {
        let name = ["delta", "Alpha", "charlie", "Bravo", "echo"][number as usize - 1];
        let body = json!({
            "schemas": [USER], "userName": name, "title": title, "active": number % 2 == 0,
            "emails": [{ "value": format!("z{}@x", 9 - number) }, { "value": format!("a{number}@x"), "primary": true }],
        });
        let change = Change::InsertResource {
            kind: Kind::User,
            resource: StoredResource { body: body.to_string(), ..resource(number) },
            keys: Keys {
                name: name.to_owned(),
                external_id: title.map(str::to_owned),
                emails: Vec::new(),
                active: true,
            },
        };
        fixture.commit(vec![change]).await.unwrap();
    }
    fixture
}

impl Fixture {
    async fn ids(&self, query: &Query) -> (Vec<ScimId>, Option<i64>, u64) {
        let page = self.store.query(&here(), Kind::User, query).await.unwrap();
        (page.resources.into_iter().map(|resource| resource.id).collect(), page.next, page.total)
    }
}

fn ids(numbers: &[u32]) -> Vec<ScimId> {
    numbers.iter().map(|number| id(*number)).collect()
}

#[tokio::test]
async fn lists_are_sorted_by_columns_and_by_any_other_attribute() {
    let fixture = fixture().await;
    for (attribute, descending, expected) in [
        ("userName", false, [2, 4, 3, 1, 5]),
        ("userName", true, [5, 1, 3, 4, 2]),
        // No value is last, then first; letter case counts in externalId and not in title.
        ("externalId", false, [3, 4, 1, 2, 5]),
        ("externalId", true, [2, 5, 1, 4, 3]),
        ("title", false, [3, 4, 1, 2, 5]),
        ("title", true, [2, 5, 1, 3, 4]),
        ("meta.created", true, [5, 4, 3, 2, 1]),
        ("meta.lastModified", false, [1, 2, 3, 4, 5]),
        ("id", true, [5, 4, 3, 2, 1]),
        // The primary address, not the first.
        ("emails", true, [5, 4, 3, 2, 1]),
        ("emails.value", false, [1, 2, 3, 4, 5]),
        ("active", false, [1, 3, 5, 2, 4]),
        ("nickName", false, [1, 2, 3, 4, 5]),
    ] {
        let query = Query { sort: by(attribute, descending), ..list(1, 10) };
        assert_eq!(fixture.ids(&query).await, (ids(&expected), None, 5), "{attribute} {descending}");
        let page = Query { sort: by(attribute, descending), ..list(2, 3) };
        assert_eq!(fixture.ids(&page).await, (ids(&expected[1..4]), None, 5), "{attribute} {descending}");
    }
}

#[tokio::test]
async fn a_filter_and_an_order_go_together() {
    let fixture = fixture().await;
    for text in ["userName co \"a\"", "title pr or userName sw \"al\""] {
        let filter = Filter::parse(text, &user_type()).unwrap();
        let query = Query { filter: Some(filter), sort: by("userName", false), ..list(1, 10) };
        assert_eq!(fixture.ids(&query).await, (ids(&[2, 4, 3, 1]), None, 4), "{text}");
        let query = Query { from: Start::After(1), count: 2, ..query };
        assert_eq!(fixture.ids(&query).await, (ids(&[4, 3]), Some(3), 4), "{text}");
    }
}

#[tokio::test]
async fn cursors_skip_and_repeat_nobody_when_people_go_between_pages() {
    let fixture = fixture().await;
    for text in [None, Some("userName pr"), Some("meta.created gt \"2001-01-01T00:00:00Z\"")] {
        let filter = text.map(|text| Filter::parse(text, &user_type()).unwrap());
        let page = |place, count| Query { filter: filter.clone(), from: Start::After(place), ..list(1, count) };
        let (first, next, total) = fixture.ids(&page(0, 2)).await;
        assert_eq!((first, total), (ids(&[1, 2]), 5), "{text:?}");
        let (second, next, _) = fixture.ids(&page(next.unwrap(), 2)).await;
        assert_eq!(second, ids(&[3, 4]), "{text:?}");
        let (last, next, total) = fixture.ids(&page(next.unwrap(), 2)).await;
        assert_eq!((last, next, total), (ids(&[5]), None, 5), "{text:?}");
        assert_eq!(fixture.ids(&page(0, 5)).await, (ids(&[1, 2, 3, 4, 5]), None, 5), "{text:?}");
        assert_eq!(fixture.ids(&page(0, 0)).await, (vec![], None, 5), "{text:?}");
    }
    let page = |place| Query { from: Start::After(place), ..list(1, 2) };
    let (_, next, _) = fixture.ids(&page(0)).await;
    fixture.commit(vec![Change::DeleteResource { kind: Kind::User, id: id(1) }]).await.unwrap();
    assert_eq!(fixture.ids(&page(next.unwrap())).await.0, ids(&[3, 4]));
}

#[tokio::test]
async fn a_probe_has_cursors_too() {
    let fixture = fixture().await;
    let filter = Filter::parse("userName eq \"alpha\" or userName eq \"echo\"", &user_type()).unwrap();
    let page = |place| Query { filter: Some(filter.clone()), from: Start::After(place), ..list(1, 1) };
    let (first, next, total) = fixture.ids(&page(0)).await;
    assert_eq!((first, total), (ids(&[2]), 2));
    assert_eq!(fixture.ids(&page(next.unwrap())).await, (ids(&[5]), None, 2));
}
