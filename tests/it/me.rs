//! `/Me` (RFC 7644 section 3.11): the person on whose behalf a token acts.

use serde_json::json;

use crate::support::bridge;
use crate::support::idp::{PATCH, okta_user};

const TOKEN: &str = "maras-token-0123456789abcdef";
const MARA: &str = "mara.voss@example.com";

#[tokio::test(flavor = "multi_thread")]
async fn me_is_the_person_beside_the_token_at_the_permanent_address() {
    let tokens = json!({ "tokens": [
        { "name": "test", "secret": crate::support::TOKEN },
        { "name": "mara", "secret": TOKEN, "me": "Mara.Voss@example.com" },
    ] });
    let world = bridge().connection("inbound", tokens).start().await;
    let (idp, mara) = (world.idp(), world.idp_with(Some(TOKEN)));
    mara.get("/Me").await.is_error(404, "").says("Mara.Voss@example.com");

    let id = idp.okta_creates(MARA).await.id();
    let whole = idp.get(&format!("/Users/{id}")).await.is(200);
    let me = mara.get("/Me").await.is(200);
    assert_eq!(me.body, whole.body);
    for header in ["location", "etag", "content-location"] {
        assert_eq!(me.header(header), whole.header(header), "{header}");
    }
    assert_eq!(me.header("location"), Some(format!("{}/Users/{id}", idp.base()).as_str()));

    let change = json!({ "schemas": [PATCH], "Operations": [{ "op": "replace", "path": "title", "value": "Lead" }] });
    let changed = mara.patch("/Me?attributes=title", change).await.is(200);
    assert_eq!((&changed.body["title"], changed.body.get("userName")), (&json!("Lead"), None));
    let tag = changed.header("etag").expect("a version").to_owned();
    let stale = mara.request_with("DELETE", "/Me", &[("if-match", "W/\"1\"")]);
    mara.send("DELETE /Me".to_owned(), stale).await.is_error(412, "");
    let same = mara.request_with("GET", "/Me", &[("if-none-match", &tag)]);
    mara.send("GET /Me".to_owned(), same).await.is(304);
    let replaced = mara.put("/Me", okta_user(MARA)).await.is(200);
    assert_eq!(replaced.body.get("title"), None);
    mara.post("/Me", okta_user(MARA)).await.is_error(501, "");

    // The other token acts for nobody.
    idp.get("/Me").await.is_error(501, "");
    mara.delete("/Me").await.is(204);
    mara.get("/Me").await.is_error(404, "");
    assert_eq!(world.vendor().account(MARA).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn me_is_not_offered_unless_the_configuration_says_who_that_is() {
    let world = bridge().lease().await;
    let idp = world.idp();
    idp.get("/Me").await.is_error(501, "");
    idp.delete("/Me").await.is_error(501, "");
    idp.patch("/Me", json!({})).await.is_error(501, "");
    world.idp_with(None).get("/Me").await.is_error(401, "");
    world.give_back().await;
}
