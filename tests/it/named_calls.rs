//! The calls that a mapping offers besides those on people: named ones, those on groups' objects, and the lists of catalogs. Each reaches the
//! vendor and does what its description says.

use std::sync::Arc;
use std::time::Duration;

use indexmap::IndexMap;
use scim_bridge::config::mappings::embedded;
use scim_bridge::config::model::{LimitsOverride, SecretSource};
use scim_bridge::ids::{ConnectionName, RequestId};
use scim_bridge::mapping::bound::{Beside, Bound, CallName, Entry, PageState, Scope};
use scim_bridge::mapping::load::Mapping;
use scim_bridge::mapping::plan::plan;
use scim_bridge::mapping::record::{Desired, Record};
use scim_bridge::simulator::iadvize::{SERVICE_EMAIL, SERVICE_PASSWORD};
use scim_bridge::simulator::{self, Running, VendorKind};
use scim_bridge::vendor::http::{HttpVendor, Options};
use scim_bridge::vendor::{Answered, CallContext, CallFailure, Priority, Vendor as _};
use serde_json::{Value, json};
use tokio::time::Instant;

/// An operator of the simulator's usual data.
const OPERATOR: u64 = 400_002;

struct Door {
    simulator: Running,
    bound: Arc<Bound>,
    vendor: HttpVendor,
}

impl Door {
    async fn open() -> Self {
        let simulator = simulator::start(VendorKind::Iadvize, "127.0.0.1:0", simulator::Options::default())
            .await
            .expect("the simulator starts");
        let mapping = Mapping::load(embedded("iadvize").expect("it is shipped")).expect("it is right");
        let settings = json!({ "base_url": simulator.url() });
        let bound = mapping.bind(settings.as_object().expect("an object")).expect("the settings fit");
        let secret = |value: &str| SecretSource::Literal(value.to_owned().into());
        let secrets = IndexMap::from([
            ("username".to_owned(), secret(SERVICE_EMAIL)),
            ("password".to_owned(), secret(SERVICE_PASSWORD)),
        ]);
        let connection = ConnectionName::parse("support").expect("a name");
        let options = Options { connection, limits: LimitsOverride::default(), secrets };
        let bound = Arc::new(bound);
        let vendor = HttpVendor::new(Arc::clone(&bound), options).expect("the vendor can be reached");
        Self { simulator, bound, vendor }
    }

    async fn call(&self, name: &str, args: Value) -> Result<Answered, CallFailure> {
        let scope = Scope { args: args.as_object().expect("an object").clone(), ..Scope::default() };
        self.vendor.call(&CallName::Named(name.to_owned()), &scope, &context()).await
    }

    /// The first page of a catalog.
    async fn entries(&self, catalog: &str) -> Vec<Entry> {
        let listed = self.bound.catalog(catalog).expect("a catalog").listed.clone().expect("a list");
        let vendor = self.vendor.speaking(Arc::clone(&listed));
        let answered = vendor.call(&CallName::List, &Scope::default(), &context()).await.expect("listed");
        let page = listed.page_in(&CallName::List, &answered.answer, &PageState::default());
        assert_eq!(page.problem, None);
        page.accounts.iter().filter_map(Entry::of).collect()
    }

    async fn done(&self, name: &str, args: Value) -> Value {
        let answered = self.call(name, args).await.unwrap_or_else(|failure| panic!("{name}: {failure:?}"));
        answered.answer.json.expect("a JSON answer")
    }

    fn skills_of_operator(&self) -> Value {
        let state = self.simulator.state();
        let users = state["ha"]["users"].as_array().expect("accounts").clone();
        users.into_iter().find(|user| user["id"] == OPERATOR).expect("the operator")["skillIds"].clone()
    }
}

fn context() -> CallContext {
    CallContext {
        request_id: RequestId::generate(),
        priority: Priority::Change,
        deadline: Instant::now() + Duration::from_secs(20),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn skills_of_a_person_are_added_removed_and_set() {
    let door = Door::open().await;
    door.done("userSkillsSet", json!({ "userId": OPERATOR, "skillIds": [901] })).await;
    assert_eq!(door.skills_of_operator(), json!([901]));
    door.done("userSkillsAdd", json!({ "userId": OPERATOR, "skillIds": [902, 903] })).await;
    assert_eq!(door.skills_of_operator(), json!([901, 902, 903]));
    door.done("userSkillsRemove", json!({ "userId": OPERATOR, "skillIds": [901] })).await;
    assert_eq!(door.skills_of_operator(), json!([902, 903]));
    let refused = door.call("userSkillsAdd", json!({ "userId": OPERATOR, "skillIds": [1] })).await.unwrap_err();
    assert!(refused.verdict.say.contains("skill"), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn availability_is_reached() {
    let door = Door::open().await;
    let args = json!({ "userId": OPERATOR, "channel": "CHAT", "status": "UNAVAILABLE" });
    let answered = door.done("userAvailabilityStatusUpdate", args).await;
    assert_eq!(answered["data"]["userAvailabilityStatusUpdate"]["userErrors"], Value::Null, "{answered}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_skill_is_created_listed_renamed_and_deleted_as_a_groups_object() {
    let door = Door::open().await;
    let skill = Arc::clone(door.bound.target("skill").expect("a target").object.as_ref().expect("an object"));
    let vendor = door.vendor.speaking(Arc::clone(&skill));
    let named = |name: &str| {
        let resource = json!({ "displayName": name });
        skill.desired(resource.as_object().expect("an object"), Beside::default()).expect("maps").desired
    };
    let steps = plan(&skill, None, None, &named("Claims"), &Record::default()).expect("a plan");
    let answered = vendor.call(&CallName::Create, &steps[0].scope, &context()).await.expect("created");
    let created = skill.account_in(&CallName::Create, &answered.answer).expect("an object");
    assert_eq!(door.entries("skills").await.last().map(|entry| entry.name.clone()), Some("Claims".to_owned()));

    let steps = plan(&skill, Some(&created.key), Some(&created.record), &named("Claims EU"), &Record::default());
    let step = steps.expect("a plan").remove(0);
    let answered = vendor.call(&step.call, &step.scope, &context()).await.expect("renamed");
    assert_eq!(skill.account_in(&step.call, &answered.answer).expect("an object").record.0["name"], "Claims EU");

    let step = plan(&skill, Some(&created.key), None, &Desired::Absent, &Record::default()).expect("a plan").remove(0);
    vendor.call(&step.call, &step.scope, &context()).await.expect("deleted");
    assert!(door.entries("skills").await.iter().all(|entry| entry.key != created.key));
    // who deletes again has what he wants
    vendor.call(&step.call, &step.scope, &context()).await.expect("gone already");
}

#[tokio::test(flavor = "multi_thread")]
async fn projects_are_listed() {
    let door = Door::open().await;
    assert!(door.entries("projects").await.iter().any(|entry| entry.key == "6661"));
}
