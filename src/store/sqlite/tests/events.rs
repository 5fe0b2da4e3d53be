//! The event log: a story is found by every name a person had.

use super::*;

/// Person 1, created as `old`, renamed to `new`, with an event of another person and one of the connection.
async fn with_story() -> Fixture {
    let fixture = Fixture::new();
    let mut renamed = keys(1);
    renamed.name = "New@example.com".to_owned();
    fixture
        .commit(vec![
            Change::InsertResource { kind: Kind::User, resource: resource(1), keys: renamed },
            Change::PutAccount(Account { vendor_id: vendor_id("v-1"), ..account(1) }),
            Change::Event(event(20, Some(1), "New@example.com")),
            Change::Event(event(10, Some(1), "Old@example.com")),
            Change::Event(event(15, Some(2), "other@example.com")),
            Change::Event(event(16, None, "")),
        ])
        .await
        .unwrap();
    fixture
}

#[tokio::test]
async fn a_story_is_found_by_present_and_former_name_external_id_scim_id_and_vendor_id() {
    let fixture = with_story().await;
    for who in ["NEW@example.com", "old@example.com", "Ext1", id(1).as_str(), "v-1"] {
        let story = fixture.store.story(None, who).await.unwrap();
        let times: Vec<_> = story.iter().map(|(_, event)| event.at).collect();
        assert_eq!(times, [at(10), at(20)], "{who}");
        assert_eq!(story[0], (here(), event(10, Some(1), "Old@example.com")));
    }
    assert_eq!(fixture.store.story(None, "ext1").await.unwrap(), Vec::new(), "externalId minds letter case");
    assert_eq!(fixture.store.story(Some(&there()), "v-1").await.unwrap(), Vec::new());
}

#[tokio::test]
async fn a_story_outlives_the_resource() {
    let fixture = with_story().await;
    fixture.commit(vec![Change::DeleteResource { kind: Kind::User, id: id(1) }]).await.unwrap();
    for who in ["new@example.com", "old@example.com", id(1).as_str()] {
        assert_eq!(fixture.store.story(Some(&here()), who).await.unwrap().len(), 2, "{who}");
    }
}

#[tokio::test]
async fn events_of_the_same_moment_keep_the_order_in_which_they_were_written() {
    let fixture = Fixture::new();
    let events = ["a", "b", "c"].map(|what| Event { what: what.to_owned(), ..event(1, Some(1), "x") });
    fixture.commit(events.into_iter().map(Change::Event).collect()).await.unwrap();
    let story = fixture.store.story(None, "x").await.unwrap();
    assert_eq!(story.iter().map(|(_, event)| event.what.as_str()).collect::<Vec<_>>(), ["a", "b", "c"]);
}

#[tokio::test]
async fn old_events_are_removed_and_counted_also_when_they_are_many() {
    let fixture = Fixture::new();
    let events = (0..5003).map(|second| Change::Event(event(second, Some(1), "x"))).collect();
    fixture.commit(events).await.unwrap();
    assert_eq!(fixture.store.prune_events(at(5002)).await.unwrap(), 5002);
    assert_eq!(fixture.store.story(None, "x").await.unwrap().len(), 1);
    assert_eq!(fixture.store.prune_events(at(5002)).await.unwrap(), 0);
}
