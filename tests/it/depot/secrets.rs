//! A password on which the vendor insists and that nobody has: made, sent once, and kept nowhere.

use serde_json::json;

use super::{Bridge, ada};

#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_nobody_has_is_made_for_each_new_account() {
    let bridge = Bridge::usual();
    let (idp, vendor) = (bridge.idp(), &bridge.vendor);
    // The answer to the create is lost: the account is found, and no second password is made.
    vendor.with(|state| state.lost = vec!["POST staff"]);
    idp.post("/Users", ada(json!({}))).await.is(201);
    let id = idp.post("/Users", ada(json!({ "userName": "eve" }))).await.is(201).id();
    let made = vendor.with(|state| state.secrets.clone());
    let (ada_has, eve_has) = (&made[&101], &made[&102]);
    assert_eq!((ada_has.len(), eve_has.len()), (24, 24));
    assert_ne!(ada_has, eve_has);

    idp.operations(&id, json!([{ "op": "replace", "path": "title", "value": "Head" }])).await.is(200);
    idp.okta_sets_active(&id, false).await.is(200);
    idp.okta_sets_active(&id, true).await.is(200);
    assert_eq!(vendor.with(|state| state.secrets.clone()), made, "only with the create");

    idp.operations(&id, json!([{ "op": "replace", "path": "password", "value": "Chosen-by-1-idp" }])).await.is(200);
    assert_eq!(vendor.with(|state| state.secrets[&102].clone()), "Chosen-by-1-idp");

    let shown = idp.get("/Users").await.text + &bridge.program.log().join("\n");
    assert!(shown.contains("eve"));
    for file in std::fs::read_dir(bridge.folder.path()).expect("the folder").flatten() {
        let bytes = std::fs::read(file.path()).unwrap_or_default();
        for secret in [ada_has, eve_has] {
            let is_in = bytes.windows(secret.len()).any(|part| part == secret.as_bytes());
            assert!(!is_in && !shown.contains(secret), "a password is in {}", file.path().display());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_of_the_idp_comes_first() {
    let bridge = Bridge::usual();
    let (idp, vendor) = (bridge.idp(), &bridge.vendor);
    idp.post("/Users", ada(json!({ "password": "Chosen-by-1-idp" }))).await.is(201);
    assert_eq!(vendor.with(|state| state.secrets[&101].clone()), "Chosen-by-1-idp");
    let weak = idp.post("/Users", ada(json!({ "userName": "eve", "password": "weakling" }))).await;
    let weak = weak.is_error(400, "invalidValue");
    assert!(!weak.text.contains("weakling"), "what was sent is masked: {}", weak.text);
}
