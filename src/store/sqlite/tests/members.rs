//! Who is in which group: joining, leaving, touching, owing, parking, and the filters on them.

use super::super::query::in_full;
use super::*;
use crate::ids::RequestId;
use crate::scim::evaluate::matches;
use crate::scim::filter::Filter;
use crate::scim::schema::group;
use crate::store::{GroupRef, Members, NewMember};

/// Ids of groups, apart from those of people.
fn gid(number: u32) -> ScimId {
    id(900_000 + number)
}

fn insert_group(number: u32) -> Change {
    let name = format!("Group {number}");
    let body = json!({ "schemas": [schema::GROUP], "displayName": name }).to_string();
    Change::InsertResource {
        kind: Kind::Group,
        resource: StoredResource { id: gid(number), body, ..resource(number) },
        keys: Keys { name, ..Keys::default() },
    }
}

fn join(group: u32, people: &[u32]) -> Change {
    let members = people.iter().map(|number| NewMember { id: id(*number), display: Some(format!("given {number}")) });
    Change::AddMembers { group: gid(group), members: members.collect() }
}

fn leave(group: u32, people: &[u32]) -> Change {
    Change::RemoveMembers { group: gid(group), members: these(people) }
}

fn these(people: &[u32]) -> Members {
    Members::These(people.iter().map(|number| id(*number)).collect())
}

fn touch(group: u32, members: Members) -> Change {
    Change::TouchAccounts { members, group: gid(group), next_attempt: at(50), request_id: request() }
}

fn request() -> RequestId {
    RequestId::parse("touched").unwrap()
}

/// People 1 to 5 with settled accounts, groups 1 and 2.
async fn fixture() -> Fixture {
    let fixture = Fixture::new();
    for number in 1..=5 {
        fixture.add(number).await;
        let settled = Account { state: WorkState::Settled, settled_revision: 1, ..account(number) };
        fixture.commit(vec![Change::PutAccount(settled)]).await.unwrap();
    }
    fixture.commit(vec![insert_group(1), insert_group(2)]).await.unwrap();
    fixture
}

impl Fixture {
    async fn members_of(&self, group: u32) -> Vec<ScimId> {
        let members = self.store.members(&here(), &gid(group), 0, 100).await.unwrap();
        members.into_iter().map(|member| member.id).collect()
    }

    async fn version(&self, kind: Kind, id: &ScimId) -> i64 {
        self.store.get(&here(), kind, id).await.unwrap().unwrap().version
    }

    async fn account(&self, number: u32) -> Account {
        self.store.person(&here(), &id(number)).await.unwrap().unwrap().account.unwrap()
    }
}

#[tokio::test]
async fn joining_twice_is_joining_once_and_leaving_what_one_is_not_in_is_no_error() {
    let fixture = fixture().await;
    fixture.commit(vec![join(1, &[1, 2, 1])]).await.unwrap();
    fixture.commit(vec![join(1, &[2, 3])]).await.unwrap();
    assert_eq!(fixture.members_of(1).await, [id(1), id(2), id(3)]);
    assert_eq!(fixture.version(Kind::User, &id(2)).await, 2, "only joining counts");
    fixture.commit(vec![leave(1, &[2, 4])]).await.unwrap();
    assert_eq!(fixture.members_of(1).await, [id(1), id(3)]);
    assert_eq!((fixture.version(Kind::User, &id(2)).await, fixture.version(Kind::User, &id(4)).await), (3, 1));
    fixture.commit(vec![Change::RemoveMembers { group: gid(1), members: Members::All }]).await.unwrap();
    assert_eq!(fixture.members_of(1).await, []);
    assert_eq!(fixture.version(Kind::User, &id(3)).await, 3);
}

#[tokio::test]
async fn who_or_what_does_not_exist_refuses_the_whole_commit() {
    let fixture = fixture().await;
    for change in [join(1, &[1, 77]), join(7, &[1]), touch(7, Members::All)] {
        assert!(matches!(fixture.commit(vec![change]).await, Err(StoreError::Missing)));
    }
    let nested = NewMember { id: gid(2), display: None };
    let refused = fixture.commit(vec![Change::AddMembers { group: gid(1), members: vec![nested] }]).await;
    assert!(matches!(refused, Err(StoreError::Missing)), "a group is no person");
    assert_eq!(fixture.members_of(1).await, []);
}

#[tokio::test]
async fn members_are_paged_by_their_place_and_shown_by_their_own_name_first() {
    let fixture = fixture().await;
    fixture.commit(vec![join(1, &[1, 2, 3, 4, 5])]).await.unwrap();
    let named = StoredResource {
        version: 3,
        body: json!({ "schemas": [USER], "userName": name(2), "displayName": "Second" }).to_string(),
        ..resource(2)
    };
    let change = Change::UpdateResource { kind: Kind::User, resource: named, keys: keys(2), expected_version: 2 };
    fixture.commit(vec![change]).await.unwrap();
    let first = fixture.store.members(&here(), &gid(1), 0, 2).await.unwrap();
    let rest = fixture.store.members(&here(), &gid(1), first[1].place, 5000).await.unwrap();
    let shown: Vec<_> = first.iter().chain(&rest).map(|member| (member.id.clone(), member.display.as_str())).collect();
    assert_eq!(shown[..3], [(id(1), "given 1"), (id(2), "Second"), (id(3), "given 3")]);
    assert_eq!(shown.len(), 5);
    assert_eq!(fixture.store.count_members(&here(), &gid(1), 3).await.unwrap(), 3);
    assert_eq!(fixture.store.count_members(&here(), &gid(1), 99).await.unwrap(), 5);
    let are = fixture.store.which_are_members(&here(), &gid(1), &[id(5), id(77)]).await.unwrap();
    assert_eq!(are, [true, false]);
    let exist = fixture.store.which_exist(&here(), Kind::User, &[id(1), gid(1), id(77)]).await.unwrap();
    assert_eq!(exist, [true, false, false]);
}

#[tokio::test]
async fn a_persons_groups_stand_in_the_order_of_joining() {
    let fixture = fixture().await;
    fixture.commit(vec![join(2, &[1])]).await.unwrap();
    fixture.commit(vec![join(1, &[1, 2])]).await.unwrap();
    let object = Account { id: gid(2), realm: "skill".to_owned(), vendor_id: vendor_id("901"), ..account(1) };
    fixture.commit(vec![Change::PutAccount(object)]).await.unwrap();
    let groups = fixture.store.groups_of(&here(), &[id(1), id(5)]).await.unwrap();
    let group = |number: u32| GroupRef { id: gid(number), display: format!("Group {number}") };
    assert_eq!(groups, [vec![group(2), group(1)], vec![]]);
    let ties = fixture.store.memberships(&here(), &id(1)).await.unwrap();
    let ties: Vec<_> = ties.into_iter().map(|tie| (tie.group, tie.realm, tie.vendor_id)).collect();
    assert_eq!(ties, [(gid(2), Some("skill".to_owned()), vendor_id("901")), (gid(1), None, None)]);
}

#[tokio::test]
async fn a_person_who_goes_leaves_his_groups_and_changes_them() {
    let fixture = fixture().await;
    fixture.commit(vec![join(1, &[1, 2]), touch(1, these(&[1]))]).await.unwrap();
    fixture.commit(vec![Change::DeleteResource { kind: Kind::User, id: id(1) }]).await.unwrap();
    assert_eq!(fixture.members_of(1).await, [id(2)]);
    assert_eq!(fixture.version(Kind::Group, &gid(1)).await, 2);
    assert_eq!(fixture.version(Kind::Group, &gid(2)).await, 1);
    assert_eq!(fixture.store.owed(&here(), &gid(1), &Members::All).await.unwrap(), []);
    fixture.commit(vec![Change::DeleteResource { kind: Kind::Group, id: gid(1) }]).await.unwrap();
    assert_eq!(fixture.store.groups_of(&here(), &[id(2)]).await.unwrap(), [vec![]]);
}

#[tokio::test]
async fn a_touched_account_is_pending_due_and_owed_until_it_settles() {
    let fixture = fixture().await;
    fixture.commit(vec![join(1, &[1, 2]), touch(1, Members::All), touch(2, these(&[1, 5]))]).await.unwrap();
    let touched = fixture.account(1).await;
    assert_eq!((touched.state, touched.remap, touched.desired_revision), (WorkState::Pending, true, 3));
    assert_eq!((touched.urgency, touched.next_attempt, touched.request_id.clone()), (1, Some(at(50)), Some(request())));
    assert_eq!(fixture.store.due(&here(), "", at(49), 9).await.unwrap(), []);
    assert_eq!(fixture.store.due(&here(), "", at(50), 9).await.unwrap(), [id(1), id(2), id(5)]);
    assert_eq!(fixture.store.due(&here(), "skill", at(50), 9).await.unwrap(), []);
    let owed = async |group, of| fixture.store.owed(&here(), &gid(group), &of).await.unwrap();
    assert_eq!(owed(1, Members::All).await, [(id(1), 3), (id(2), 2)]);
    assert_eq!(owed(2, these(&[5, 4])).await, [(id(5), 2)]);
    let settled = Account { state: WorkState::Settled, remap: false, settled_groups: Some("[]".to_owned()), ..touched };
    fixture.commit(vec![Change::PutAccount(settled.clone())]).await.unwrap();
    assert_eq!(fixture.account(1).await, settled);
    assert_eq!(owed(1, Members::All).await, [(id(2), 2)]);
    assert_eq!(owed(2, Members::All).await, [(id(5), 2)]);
}

#[tokio::test]
async fn touching_keeps_what_goes_first_and_leaves_removals_alone() {
    let fixture = fixture().await;
    let pending = |urgency, number| Account { state: WorkState::Pending, urgency, ..account(number) };
    let going = Account { deleting: true, ..pending(0, 3) };
    let changes = [pending(0, 1), pending(2, 2), going.clone()].map(Change::PutAccount);
    fixture.commit(changes.into()).await.unwrap();
    fixture.commit(vec![touch(1, these(&[1, 2, 3]))]).await.unwrap();
    assert_eq!((fixture.account(1).await.urgency, fixture.account(2).await.urgency), (0, 2));
    assert_eq!(fixture.account(3).await, going);
    assert_eq!(fixture.store.owed(&here(), &gid(1), &these(&[3])).await.unwrap(), []);
}

#[tokio::test]
async fn vendor_keys_are_unique_within_their_realm_only() {
    let fixture = fixture().await;
    let of = |id, realm: &str| Account { id, realm: realm.to_owned(), vendor_id: vendor_id("7"), ..account(1) };
    fixture.commit(vec![Change::PutAccount(of(id(1), "")), Change::PutAccount(of(gid(1), "skill"))]).await.unwrap();
    let taken = fixture.commit(vec![Change::PutAccount(of(gid(2), "skill"))]).await;
    assert!(matches!(taken, Err(StoreError::VendorIdTaken { taken_by }) if taken_by == gid(1)));
    let found = async |realm| {
        let key = VendorId::parse("7").unwrap();
        fixture.store.person_by_vendor_id(&here(), realm, &key).await.unwrap().map(|found| found.resource.id)
    };
    assert_eq!((found("").await, found("skill").await, found("role").await), (Some(id(1)), Some(gid(1)), None));
    fixture.commit(vec![Change::DropAccount(gid(1))]).await.unwrap();
    assert_eq!(found("skill").await, None);
    assert!(fixture.store.get(&here(), Kind::Group, &gid(1)).await.unwrap().is_some(), "the group stays");
}

#[tokio::test]
async fn parked_values_wait_until_they_are_taken_out() {
    let fixture = fixture().await;
    let park = |group, values: &[&str]| Change::ParkMembers {
        group: gid(group),
        values: values.iter().map(|value| (*value).to_owned()).collect(),
    };
    fixture.commit(vec![park(1, &["a", "b", "a"]), park(2, &["a"])]).await.unwrap();
    let parked = async |values: Option<&[String]>| fixture.store.parked(&here(), values).await.unwrap();
    let a = ["a".to_owned(), "z".to_owned()];
    assert_eq!(parked(Some(&a)).await, [(gid(1), "a".to_owned()), (gid(2), "a".to_owned())]);
    let take = Change::UnparkMembers { group: gid(1), values: Some(vec!["a".to_owned()]) };
    fixture.commit(vec![take, Change::UnparkMembers { group: gid(2), values: None }]).await.unwrap();
    assert_eq!(parked(None).await, [(gid(1), "b".to_owned())]);
}

#[tokio::test]
async fn counting_up_moves_the_time_forwards_only() {
    let fixture = fixture().await;
    let up = |second| Change::CountUp { id: gid(1), at: at(second) };
    fixture.commit(vec![up(40), up(30)]).await.unwrap();
    let group = fixture.store.get(&here(), Kind::Group, &gid(1)).await.unwrap().unwrap();
    assert_eq!((group.version, group.modified), (3, at(40)));
}

#[tokio::test]
async fn filters_on_members_and_groups_find_what_the_evaluator_finds() {
    let fixture = fixture().await;
    fixture.commit(vec![insert_group(3), join(1, &[1, 2]), join(2, &[2, 3]), join(3, &[])]).await.unwrap();
    let group_type = resource_type(group());
    let person = |number| id(number).as_str().to_owned();
    let [one, two, five, second] = [person(1), person(2), person(5), gid(2).as_str().to_owned()];
    for text in [
        format!("members eq \"{one}\""),
        format!("members.value eq \"{two}\""),
        format!("members[value eq \"{two}\"]"),
        format!("members[value eq \"{two}\" and display eq \"given 2\"]"),
        format!("members[value eq \"{two}\" and display eq \"given 1\"]"),
        format!("id eq \"{second}\" and members eq \"{two}\""),
        format!("id eq \"{second}\" and members eq \"{one}\""),
        format!("not (members eq \"{two}\")"),
        format!("members eq \"{five}\" or displayName eq \"group 3\""),
        format!("members ne \"{two}\""),
        "members pr".to_owned(),
        "members.display co \"VEN 3\"".to_owned(),
        "not (members pr) and displayName sw \"Group\"".to_owned(),
    ] {
        let filter = Filter::parse(&text, &group_type).unwrap();
        let mut expected = Vec::new();
        for number in 1..=3 {
            let stored = fixture.store.get(&here(), Kind::Group, &gid(number)).await.unwrap().unwrap();
            let mut full = in_full(&stored, &group_type).unwrap();
            let members = fixture.store.members(&here(), &gid(number), 0, 99).await.unwrap();
            let members: Vec<_> =
                members.iter().map(|member| json!({ "value": member.id, "display": member.display })).collect();
            if !members.is_empty() {
                full.insert("members".to_owned(), members.into());
            }
            if matches(&filter, &group_type, &full) {
                expected.push(stored.id);
            }
        }
        let query = Query { filter: Some(filter), resource_type: group_type.clone(), ..list(1, 10) };
        let page = fixture.store.query(&here(), Kind::Group, &query).await.unwrap();
        let found: Vec<_> = page.resources.into_iter().map(|resource| resource.id).collect();
        assert_eq!(found, expected, "{text}");
        assert_eq!(page.total, found.len() as u64, "{text}");
    }
    let text = format!("groups.value eq \"{second}\"");
    let filter = Filter::parse(&text, &user_type()).unwrap();
    let query = Query { filter: Some(filter), ..list(1, 10) };
    let page = fixture.store.query(&here(), Kind::User, &query).await.unwrap();
    assert_eq!(page.resources.into_iter().map(|resource| resource.id).collect::<Vec<_>>(), [id(2), id(3)]);
}

#[tokio::test]
async fn a_change_of_one_member_walks_through_no_group() {
    let folder = TempDir::new().unwrap();
    let db = plans::empty(&folder);
    use super::super::statements as sql;
    for statement in [
        sql::ADD_MEMBER,
        sql::REMOVE_MEMBER,
        sql::REMOVE_MEMBERS,
        sql::COUNT_UP_PERSON,
        sql::COUNT_UP_MEMBERS,
        sql::TOUCH_ONE,
        sql::TOUCH_MEMBERS,
        sql::OWE_ONE,
        sql::OWE_MEMBERS,
        sql::EXISTS,
        sql::MEMBERS,
        sql::IS_MEMBER,
        sql::COUNT_MEMBERS,
        sql::GROUPS_OF,
        sql::MEMBERSHIPS,
        sql::OWED,
        sql::OWED_ONE,
        sql::PARKED,
        sql::ALL_PARKED,
        sql::DROP_ACCOUNT,
        sql::PAGE_AFTER,
        sql::BY_PLACE,
    ] {
        let plan = plans::plan(&db, statement);
        assert!(
            !plan
                .lines()
                .any(|line| line.starts_with("SCAN") && !line.contains("CONSTANT ROW") && !line.contains("(subquery")),
            "{statement}\n{plan}"
        );
    }
    let one = plans::plan(&db, sql::IS_MEMBER);
    assert!(one.contains("SEARCH m USING PRIMARY KEY (grp=? AND member=?)"), "{one}");
}
