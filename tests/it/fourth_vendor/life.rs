//! The life of a person and of a team, call by call.

use serde_json::json;

use super::server::Quay;
use super::{ada, bridge_to};
use crate::support::idp::ENTERPRISE;

#[tokio::test]
async fn a_person_is_created_with_what_the_create_takes_and_the_rest_follows() {
    let vendor = Quay::start();
    let bridge = bridge_to(&vendor);
    let more =
        json!({ "phoneNumbers": [{ "type": "mobile", "value": "+44 20" }], ENTERPRISE: { "department": "care" } });
    bridge.idp().post("/Users", ada(more)).await.is(201);
    let ada = vendor.with(|quay| quay.person("ada")).expect("she is there");
    assert_eq!(ada["mail"], "ada@example.com");
    assert_eq!(ada["mobile"], "+44 20");
    assert_eq!(ada["department"]["title"], "Care");
    assert_eq!(vendor.changes(), ["POST /v7/people", "PATCH /v7/people/401"], "she is enabled already");
}
