//! Differences between IdPs that can be switched.

use serde_json::json;

use super::{MAPPING, user, world, world_with};
use crate::provision::error::ProvisionError;

const DELETED: &str = "7a3f09c1d2e84b5fa6071829304a5b6cada";

#[tokio::test(start_paused = true)]
async fn a_soft_deleted_person_keeps_his_login_at_the_vendor_in_whatever_order_he_is_renamed() {
    // Entra renames before, with, or after the deactivation.
    let rename = json!({ "op": "replace", "path": "userName", "value": DELETED });
    let disable = json!({ "op": "replace", "path": "active", "value": false });
    let title = json!({ "op": "replace", "path": "title", "value": "left" });
    for requests in [
        vec![json!([rename]), json!([disable])],
        vec![json!([disable]), json!([rename])],
        vec![json!([rename, disable, title])],
        vec![json!([rename, title])],
    ] {
        let world = world_with(MAPPING, |options| options.switches.soft_deleted_names = true).await;
        let id = world.post(user("ada", &json!({}))).await.unwrap().id;
        for request in requests {
            world.patch(&id, request).await.unwrap();
        }
        assert_eq!(world.vendor.only()["login"], "ada");
        assert_eq!(world.body(&id).await["userName"], DELETED, "the IdP reads what it wrote");
        let restored = json!([
            { "op": "replace", "path": "userName", "value": "ada" },
            { "op": "replace", "path": "active", "value": true },
        ]);
        world.patch(&id, restored).await.unwrap();
        assert_eq!((&world.vendor.only()["login"], &world.vendor.only()["enabled"]), (&json!("ada"), &json!(true)));
    }
    let world = world().await;
    let id = world.post(user("ada", &json!({}))).await.unwrap().id;
    world.patch(&id, json!([rename])).await.unwrap();
    assert_eq!(world.vendor.only()["login"], DELETED, "without the switch a name is a name");
}

#[tokio::test(start_paused = true)]
async fn a_create_for_somebody_inactive_reactivates_him_where_the_switch_says_so() {
    // D14
    for reactivates in [true, false] {
        let world = world_with(MAPPING, |options| options.switches.reactivate_on_create = reactivates).await;
        let id = world.post(user("ada", &json!({ "title": "agent", "externalId": "1" }))).await.unwrap().id;
        let active = world.post(user("ada", &json!({}))).await;
        assert!(matches!(active, Err(ProvisionError::NameTaken { .. })), "{active:?}");
        world.set(&id, "active", json!(false)).await.unwrap();
        let again = world.post(user("ada", &json!({ "name": { "familyName": "New" } }))).await;
        if !reactivates {
            assert!(matches!(again, Err(ProvisionError::NameTaken { .. })), "{again:?}");
            continue;
        }
        assert_eq!(again.unwrap().id, id);
        let account = world.vendor.only();
        assert_eq!((&account["enabled"], &account["name"]), (&json!(true), &json!("New")));
        assert_eq!(account.get("role"), None, "what is not said any more goes, as with PUT");
        assert_eq!(world.body(&id).await["externalId"], "1");
    }
}
