//! What the server says about itself, how it starts and stops.

use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn discovery_says_what_works() {
    let bridge = Started::plain().await;
    let anonymous = bridge.answer("GET", "/scim/v2/support/ServiceProviderConfig", "", "").await;
    let config = anonymous.json();
    assert_eq!(config["patch"], json!({ "supported": true }));
    assert_eq!(config["bulk"], json!({ "supported": true, "maxOperations": 1000, "maxPayloadSize": 8 << 20 }));
    assert_eq!(config["filter"], json!({ "supported": true, "maxResults": 1000 }));
    for member in ["changePassword", "sort", "etag"] {
        assert!(config[member]["supported"].is_boolean(), "{config}");
    }
    assert_eq!(config["authenticationSchemes"][0]["type"], "oauthbearertoken");
    assert_eq!(config["meta"]["location"], "http://bridge.test/scim/v2/support/ServiceProviderConfig");
    let alias = bridge.get("/serviceConfiguration").await;
    assert_eq!(alias.json(), config);
    let wrong = bridge.answer("GET", "/scim/v2/support/ServiceProviderConfig", "Authorization: Bearer x\r\n", "").await;
    wrong.is_error(401, None);

    let types = bridge.get("/ResourceTypes").await.json();
    assert_eq!(types["Resources"][0]["endpoint"], "/Users");
    assert_eq!(bridge.get("/ResourceTypes/User").await.json(), types["Resources"][0]);

    let schemas = bridge.get("/Schemas?count=1").await;
    assert!(schemas.body.contains("User Account"), "{schemas:?}");
    let schemas = schemas.json();
    assert_eq!(schemas["totalResults"], schemas["Resources"].as_array().unwrap().len());
    for schema in schemas["Resources"].as_array().unwrap() {
        let id = schema["id"].as_str().unwrap();
        assert_eq!(bridge.get(&format!("/Schemas/{id}")).await.json(), *schema);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn machines_see_health_and_metrics() {
    let bridge = Started::plain().await;
    bridge.get("/Users").await;
    assert_eq!(bridge.answer("GET", "/health/live", "", "").await.status, 200);
    let ready = bridge.answer("GET", "/health/ready", "", "").await;
    assert_eq!((ready.status, &ready.json()["status"], &ready.json()["store"]), (200, &json!("ready"), &json!("ok")));
    assert!(ready.json()["connections"]["support"]["vendor"].is_string(), "{ready:?}");
    let metrics = bridge.answer("GET", "/metrics", "", "").await;
    assert!(
        metrics
            .body
            .contains(r#"scim_bridge_requests_total{connection="support",route="/Users",method="GET",status="2xx"}"#),
        "{metrics:?}"
    );
    assert!(metrics.body.contains(r#"scim_bridge_accounts{connection="support",state="pending"} 0"#), "{metrics:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_admin_listener_has_the_metrics_to_itself_and_no_scim() {
    let bridge = Started::with("admin_listen: 127.0.0.1:0", "").await;
    let admin = bridge.running.admin_address.unwrap();
    bridge.answer("GET", "/metrics", "", "").await.is_error(404, None);
    assert_eq!(send(admin, "GET", "/metrics", "", "").await.status, 200);
    assert_eq!(send(admin, "GET", "/health/live", "", "").await.status, 200);
    send(admin, "GET", "/scim/v2/support/Users", AUTHORIZED, "").await.is_error(404, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn bridges_start_beside_each_other_and_stop_for_good() {
    let (first, second) = (Started::plain().await, Started::plain().await);
    assert_ne!(first.running.address, second.running.address);
    let address = first.running.address;
    assert_eq!(first.get("/Users").await.status, 200);
    first.running.stop().await;
    assert!(TcpStream::connect(address).is_err(), "nobody listens any more");
    assert_eq!(second.get("/Users").await.status, 200);
    // The store is free again.
    let again = start(first.folder.path(), "127.0.0.1:0", "", "").await;
    assert!(again.is_ok(), "{again:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_address_that_is_taken_is_named_with_its_setting() {
    let first = Started::plain().await;
    let folder = tempfile::tempdir().unwrap();
    let address = first.running.address.to_string();
    let refusal = start(folder.path(), &address, "", "").await.unwrap_err().to_string();
    assert!(refusal.contains(&address) && refusal.contains("`listen`"), "{refusal}");
}
