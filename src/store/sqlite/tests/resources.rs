//! Resources: what was written is read back, names are unique, versions are compared, connections do not see each other.

use super::*;
use crate::store::{Lookup, Person};

#[tokio::test]
async fn what_was_written_is_read_back_by_every_key() {
    let fixture = Fixture::new();
    let id = fixture.add(1).await;
    let store = &fixture.store;
    let expected = resource(1);
    assert_eq!(store.get(&here(), Kind::User, &id).await.unwrap(), Some(expected.clone()));
    for lookup in [
        Lookup::Name("PERSON1@example.COM".to_owned()),
        Lookup::ExternalId("Ext1".to_owned()),
        Lookup::Email("MAIL1@EXAMPLE.COM".to_owned()),
    ] {
        assert_eq!(store.look_up(&here(), Kind::User, &lookup).await.unwrap(), vec![expected.clone()], "{lookup:?}");
    }
    let other_case = Lookup::ExternalId("ext1".to_owned());
    assert_eq!(
        store.look_up(&here(), Kind::User, &other_case).await.unwrap(),
        Vec::new(),
        "externalId minds letter case"
    );
    let person = Person { resource: expected, account: None };
    assert_eq!(store.person(&here(), &id).await.unwrap(), Some(person.clone()));
    assert_eq!(store.person_by_name(&here(), "person1@EXAMPLE.com").await.unwrap(), Some(person));
}

#[tokio::test]
async fn an_unknown_connection_has_nothing() {
    let fixture = Fixture::new();
    let id = fixture.add(1).await;
    let store = &fixture.store;
    assert_eq!(store.get(&there(), Kind::User, &id).await.unwrap(), None);
    assert_eq!(store.query(&there(), Kind::User, &list(1, 10)).await.unwrap().total, 0);
    assert_eq!(store.due(&there(), "", at(0), 10).await.unwrap(), Vec::new());
}

#[tokio::test]
async fn connections_and_kinds_do_not_see_each_other() {
    let fixture = Fixture::new();
    let id = fixture.add(1).await;
    let store = &fixture.store;
    store.commit(&there(), vec![insert(1)]).await.unwrap();
    let group = Keys { emails: Vec::new(), ..keys(1) };
    let stored = StoredResource { id: super::id(2), ..resource(1) };
    fixture.commit(vec![Change::InsertResource { kind: Kind::Group, resource: stored, keys: group }]).await.unwrap();
    assert_eq!(store.get(&here(), Kind::Group, &id).await.unwrap(), None);
    fixture.commit(vec![Change::DeleteResource { kind: Kind::User, id: id.clone() }]).await.unwrap();
    assert_eq!(store.get(&here(), Kind::User, &id).await.unwrap(), None);
    assert!(store.get(&there(), Kind::User, &id).await.unwrap().is_some());
    assert_eq!(store.query(&here(), Kind::Group, &list(1, 10)).await.unwrap().total, 1);
}

#[tokio::test]
async fn a_taken_name_is_refused_whatever_its_letter_case_and_unicode_form() {
    let fixture = Fixture::new();
    let mut first = keys(1);
    first.name = "Jos\u{e9}@example.com".to_owned();
    let change = Change::InsertResource { kind: Kind::User, resource: resource(1), keys: first };
    fixture.commit(vec![change]).await.unwrap();
    let mut second = keys(2);
    second.name = "JOSE\u{301}@EXAMPLE.com".to_owned();
    let change = Change::InsertResource { kind: Kind::User, resource: resource(2), keys: second };
    let error = fixture.commit(vec![change]).await.unwrap_err();
    assert!(matches!(&error, StoreError::NameTaken { taken_by } if *taken_by == id(1)), "{error}");
}

#[tokio::test]
async fn a_refused_commit_leaves_nothing_behind() {
    let fixture = Fixture::new();
    fixture.add(1).await;
    let changes = vec![insert(2), Change::Event(event(1, Some(2), "x")), insert(1)];
    assert!(matches!(fixture.commit(changes).await, Err(StoreError::NameTaken { .. })));
    assert_eq!(fixture.store.person(&here(), &id(2)).await.unwrap(), None);
    assert_eq!(fixture.store.story(None, "x").await.unwrap(), Vec::new());
    assert_eq!(fixture.store.query(&here(), Kind::User, &list(1, 10)).await.unwrap().total, 1);
}

#[tokio::test]
async fn an_update_needs_the_expected_version_and_moves_the_keys() {
    let fixture = Fixture::new();
    fixture.add(1).await;
    fixture.add(2).await;
    let update = |keys: Keys, expected_version| Change::UpdateResource {
        kind: Kind::User,
        resource: StoredResource { version: 2, modified: at(50), ..resource(1) },
        keys,
        expected_version,
    };
    let mut moved = keys(1);
    moved.name = "new name".to_owned();
    moved.emails = vec!["new@example.com".to_owned(), "NEW@example.com".to_owned()];
    assert!(matches!(fixture.commit(vec![update(moved.clone(), 7)]).await, Err(StoreError::VersionMismatch)));
    assert!(matches!(fixture.commit(vec![update(keys(2), 1)]).await, Err(StoreError::NameTaken { .. })));
    fixture.commit(vec![update(moved, 1)]).await.unwrap();
    let store = &fixture.store;
    let found = |lookup: Lookup| async move { store.look_up(&here(), Kind::User, &lookup).await.unwrap().len() };
    assert_eq!(found(Lookup::Name(name(1))).await, 0);
    assert_eq!(found(Lookup::Name("NEW NAME".to_owned())).await, 1);
    assert_eq!(found(Lookup::Email("Mail1@example.com".to_owned())).await, 0);
    assert_eq!(found(Lookup::Email("new@example.com".to_owned())).await, 1);
    // The name is free again.
    let other = StoredResource { id: id(3), ..resource(1) };
    fixture.commit(vec![Change::InsertResource { kind: Kind::User, resource: other, keys: keys(1) }]).await.unwrap();
}

#[tokio::test]
async fn created_survives_an_update() {
    let fixture = Fixture::new();
    fixture.add(1).await;
    let resource = StoredResource { version: 2, created: at(900), modified: at(901), ..resource(1) };
    let change = Change::UpdateResource { kind: Kind::User, resource, keys: keys(1), expected_version: 1 };
    fixture.commit(vec![change]).await.unwrap();
    let found = fixture.store.get(&here(), Kind::User, &id(1)).await.unwrap().unwrap();
    assert_eq!((found.created, found.modified), (at(1), at(901)));
}

#[tokio::test]
async fn what_does_not_exist_cannot_be_changed() {
    let fixture = Fixture::new();
    fixture.add(1).await;
    let missing =
        Change::UpdateResource { kind: Kind::User, resource: resource(9), keys: keys(9), expected_version: 1 };
    let other_kind =
        Change::UpdateResource { kind: Kind::Group, resource: resource(1), keys: keys(1), expected_version: 1 };
    for change in [
        missing,
        other_kind,
        Change::DeleteResource { kind: Kind::User, id: id(9) },
        Change::DeleteResource { kind: Kind::Group, id: id(1) },
        Change::PutAccount(account(9)),
    ] {
        assert!(matches!(fixture.commit(vec![change.clone()]).await, Err(StoreError::Missing)), "{change:?}");
    }
}

#[tokio::test]
async fn an_unconfirmed_resource_holds_its_name_but_is_not_shown() {
    let fixture = Fixture::new();
    let store = &fixture.store;
    let resource = StoredResource { confirmed: false, ..resource(1) };
    let change = Change::InsertResource { kind: Kind::User, resource: resource.clone(), keys: keys(1) };
    fixture.commit(vec![change, Change::PutAccount(account(1))]).await.unwrap();
    assert_eq!(store.get(&here(), Kind::User, &id(1)).await.unwrap(), None);
    for lookup in
        [Lookup::Name(name(1)), Lookup::ExternalId("Ext1".to_owned()), Lookup::Email("mail1@example.com".to_owned())]
    {
        assert_eq!(store.look_up(&here(), Kind::User, &lookup).await.unwrap(), Vec::new(), "{lookup:?}");
    }
    assert_eq!(
        store.query(&here(), Kind::User, &list(1, 10)).await.unwrap(),
        crate::store::Page { total: 0, resources: Vec::new(), next: None }
    );
    assert!(store.person(&here(), &id(1)).await.unwrap().is_some());
    assert!(store.person_by_name(&here(), &name(1)).await.unwrap().is_some());
    let same_name = StoredResource { id: id(2), ..resource.clone() };
    let error =
        fixture.commit(vec![Change::InsertResource { kind: Kind::User, resource: same_name, keys: keys(1) }]).await;
    assert!(matches!(error, Err(StoreError::NameTaken { .. })));
    // Confirmed, it appears and counts.
    let confirmed = StoredResource { confirmed: true, version: 2, ..resource };
    let change = Change::UpdateResource { kind: Kind::User, resource: confirmed, keys: keys(1), expected_version: 1 };
    fixture.commit(vec![change]).await.unwrap();
    assert_eq!(store.query(&here(), Kind::User, &list(1, 10)).await.unwrap().total, 1);
}

#[tokio::test]
async fn deleting_a_resource_takes_account_and_emails_along() {
    let fixture = Fixture::new();
    fixture.add(1).await;
    let linked = Account { vendor_id: vendor_id("v1"), ..account(1) };
    fixture.commit(vec![Change::PutAccount(linked)]).await.unwrap();
    fixture.commit(vec![Change::DeleteResource { kind: Kind::User, id: id(1) }]).await.unwrap();
    let store = &fixture.store;
    assert_eq!(store.person(&here(), &id(1)).await.unwrap(), None);
    assert_eq!(store.person_by_vendor_id(&here(), "", &vendor_id("v1").unwrap()).await.unwrap(), None);
    assert!(store.work_counts(&here()).await.unwrap().iter().all(|(_, count)| *count == 0));
    // Another resource takes the freed row number; nothing of the old one sticks to it.
    let other = Keys { emails: Vec::new(), ..keys(2) };
    fixture
        .commit(vec![Change::InsertResource { kind: Kind::User, resource: resource(2), keys: other }])
        .await
        .unwrap();
    let lookup = Lookup::Email("mail1@example.com".to_owned());
    assert_eq!(store.look_up(&here(), Kind::User, &lookup).await.unwrap(), Vec::new());
    assert_eq!(store.person(&here(), &id(2)).await.unwrap().unwrap().account, None);
}

#[tokio::test]
async fn everything_survives_closing_and_opening() {
    let fixture = Fixture::new();
    fixture.add(1).await;
    let fixture = fixture.reopen();
    assert_eq!(fixture.store.get(&here(), Kind::User, &id(1)).await.unwrap(), Some(resource(1)));
    assert_eq!(fixture.store.query(&here(), Kind::User, &list(1, 10)).await.unwrap().total, 1);
}
