//! The calls that a mapping offers by name: each reaches the vendor and does what its description says.

use std::sync::Arc;
use std::time::Duration;

use indexmap::IndexMap;
use scim_bridge::config::mappings::embedded;
use scim_bridge::config::model::{LimitsOverride, SecretSource};
use scim_bridge::ids::{ConnectionName, RequestId};
use scim_bridge::mapping::bound::{CallName, Scope};
use scim_bridge::mapping::load::Mapping;
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
        let vendor = HttpVendor::new(Arc::new(bound), options).expect("the vendor can be reached");
        Self { simulator, vendor }
    }

    async fn call(&self, name: &str, args: Value) -> Result<Answered, CallFailure> {
        let scope = Scope { args: args.as_object().expect("an object").clone(), ..Scope::default() };
        let context = CallContext {
            request_id: RequestId::generate(),
            priority: Priority::Change,
            deadline: Instant::now() + Duration::from_secs(20),
        };
        self.vendor.call(&CallName::Named(name.to_owned()), &scope, &context).await
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
async fn skills_are_created_renamed_listed_and_deleted() {
    let door = Door::open().await;
    let created = door.done("skillCreate", json!({ "name": "Returns" })).await;
    let id = created["data"]["skillCreate"]["skill"]["id"].clone();
    assert!(id.is_number(), "{created}");
    door.done("skillUpdate", json!({ "skillId": id, "name": "Returns EU" })).await;
    let listed = door.done("skills", json!({ "first": 100 })).await;
    assert!(listed.to_string().contains("Returns EU"), "{listed}");
    door.done("skillDelete", json!({ "skillId": id })).await;
    assert!(!door.done("skills", json!({ "first": 100 })).await.to_string().contains("Returns EU"));
}

#[tokio::test(flavor = "multi_thread")]
async fn availability_projects_and_roles_are_reached() {
    let door = Door::open().await;
    let args = json!({ "userId": OPERATOR, "channel": "CHAT", "status": "UNAVAILABLE" });
    door.done("userAvailabilityStatusUpdate", args).await;
    assert!(door.done("projects", json!({ "first": 100 })).await.to_string().contains("6661"));
    assert!(door.done("roles", json!({})).await.to_string().contains("ADMIN"));
}
