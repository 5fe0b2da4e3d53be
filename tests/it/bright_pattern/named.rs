//! Calls by name: the lock after too many failed logins.

use std::sync::Arc;
use std::time::Duration;

use indexmap::IndexMap;
use scim_bridge::config::mappings::embedded;
use scim_bridge::config::model::{LimitsOverride, SecretSource};
use scim_bridge::ids::{ConnectionName, RequestId};
use scim_bridge::mapping::bound::{CallName, Scope};
use scim_bridge::mapping::load::Mapping;
use scim_bridge::simulator::brightpattern::{API_SECRET, SERVICE_LOGIN, TENANT};
use scim_bridge::simulator::{Options, VendorKind, start};
use scim_bridge::vendor::http::{HttpVendor, Options as VendorOptions};
use scim_bridge::vendor::{CallContext, Priority, Vendor as _};
use serde_json::{Value, json};
use tokio::time::Instant;

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_is_told_and_ended() {
    let simulator = start(VendorKind::BrightPattern, "127.0.0.1:0", Options::default()).await.expect("it starts");
    let mapping = Mapping::load(embedded("bright-pattern").expect("it is shipped")).expect("it is right");
    let settings = json!({ "base_url": simulator.url(), "tenant": TENANT });
    let bound = Arc::new(mapping.bind(settings.as_object().expect("an object")).expect("the settings fit"));
    let secret = |value: &str| SecretSource::Literal(value.to_owned().into());
    let secrets = IndexMap::from([
        ("client_id".to_owned(), secret(SERVICE_LOGIN)),
        ("client_secret".to_owned(), secret(API_SECRET)),
    ]);
    let connection = ConnectionName::parse("care").expect("a name");
    let options = VendorOptions { connection, limits: LimitsOverride::default(), secrets };
    let vendor = HttpVendor::new(Arc::clone(&bound), options).expect("the vendor can be reached");
    simulator.control().act("lock", &json!({ "loginId": "maria.lind", "locked": true })).expect("locked");
    let mut told = Vec::new();
    for name in ["lockState", "unlock", "lockState"] {
        let args = json!({ "loginId": "maria.lind" });
        let scope = Scope { args: args.as_object().expect("an object").clone(), ..Scope::default() };
        let context = CallContext {
            request_id: RequestId::generate(),
            priority: Priority::Change,
            deadline: Instant::now() + Duration::from_secs(20),
        };
        let answered = vendor.call(&CallName::Named(name.to_owned()), &scope, &context).await;
        let json = answered.unwrap_or_else(|failure| panic!("{name}: {failure:?}")).answer.json.expect("JSON");
        told.push(json["lockedOut"].clone());
    }
    assert_eq!(told, [Value::Bool(true), Value::Bool(false), Value::Bool(false)]);
}
