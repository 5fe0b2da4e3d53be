//! The wire: media types, query strings as clients write them, methods without a body.

use serde_json::json;

use super::{MARA, with_mara};
use crate::support::{Answer, Leased, TOKEN, bridge, raw};

/// A GET whose request line is exactly this.
async fn gets(world: &Leased, target: &str) -> Answer {
    let request = format!(
        "GET {target} HTTP/1.1\r\nHost: bridge.example.com\r\nAuthorization: Bearer {TOKEN}\r\nConnection: close\r\n\r\n"
    );
    raw(&world.bridge.url, request.as_bytes()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_query_is_read_however_clients_encode_it() {
    let (world, id) = with_mara().await;
    for query in [
        "filter=userName+eq+\"mara.voss%40example.com\"",
        "filter=userName%20eq%20%22mara.voss%40example.com%22",
        "filter=userName+eq+%22mara.voss@example.com%22",
        "filter=userName eq \"mara.voss@example.com\"",
        "filter=userName%20eq%20mara.voss%40example.com",
        "FILTER=userName+eq+%22MARA.VOSS%40EXAMPLE.COM%22",
        "aadOptscim062020&filter=userName+eq+\"mara.voss%40example.com\"",
        "filter=userName+eq+\"mara.voss%40example.com\"&aadOptscim062020=",
        "filter=userName+eq+%22mara.voss%40example.com%22&",
        "filter=emails[type+eq+\"work\"].value+eq+\"mara.voss%40example.com\"",
        "&&filter=userName+pr&startIndex=1&count=100",
    ] {
        let answer = gets(&world, &format!("/scim/v2/support/Users?{query}")).await.is(200);
        assert_eq!(answer.body["totalResults"], 1, "{query}");
        assert_eq!(answer.body["Resources"][0]["id"], json!(id));
    }
    let nobody =
        gets(&world, "/scim/v2/support/Users?filter=userName+eq+\"f7b6c1f2-0d3e-4a53-9f7e-3b8f2f1d9a11\"").await;
    assert_eq!(nobody.is(200).body["totalResults"], 0);
    for target in
        ["/scim/v2/support/Users/", "//scim/v2/support//Users", "/scim/v2/support/Users?", "/scim/v2/support/Users/?&"]
    {
        assert_eq!(gets(&world, target).await.is(200).body["totalResults"], 1, "{target}");
    }
    let located = gets(&world, &format!("/scim/v2/support/Users/{id}")).await.is(200);
    assert_eq!(located.body["meta"]["location"], format!("http://bridge.example.com/scim/v2/support/Users/{id}"));
    world.give_back().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_have_the_type_that_the_client_takes() {
    let (world, id) = with_mara().await;
    let idp = world.idp();
    for (accept, expected) in [
        ("application/scim+json", "application/scim+json"),
        ("application/scim+json; charset=utf-8", "application/scim+json"),
        ("*/*", "application/scim+json"),
        ("text/html", "application/scim+json"),
        ("application/json, application/scim+json", "application/scim+json"),
        ("application/json, */*;q=0.1", "application/scim+json"),
        ("application/json", "application/json"),
        ("application/json;charset=UTF-8", "application/json"),
    ] {
        for path in
            ["/Users", &format!("/Users/{id}"), "/Schemas", "/ServiceProviderConfig", "/ResourceTypes", "/Groups"]
        {
            let request = idp.request_with("GET", path, &[("accept", accept)]);
            let answer = idp.send(format!("GET {path} {accept}"), request).await.is(200);
            assert_eq!(answer.header("content-type"), Some(expected), "{path} {accept}");
        }
    }
    world.give_back().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_prefers_to_be_answered_later_is_answered_at_once() {
    // RFC 9967: a server without it treats the request as an ordinary one.
    let (world, id) = with_mara().await;
    let idp = world.idp();
    let config = idp.get("/ServiceProviderConfig").await.is(200);
    assert_eq!(config.body.get("securityEvents"), None, "nothing of it is advertised");
    let bulk = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": [] });
    let change =
        json!({ "schemas": [crate::support::idp::PATCH], "Operations": [{ "op": "remove", "path": "title" }] });
    for (method, path, body) in [("PATCH", format!("/Users/{id}"), change), ("POST", "/Bulk".to_owned(), bulk)] {
        let headers = [("prefer", "respond-async"), ("content-type", "application/scim+json")];
        let request = idp.request_with(method, &path, &headers).body(body.to_string());
        let answer = idp.send(format!("{method} {path}"), request).await.is(200);
        for header in ["preference-applied", "set-txn"] {
            assert_eq!(answer.header(header), None, "{header}");
        }
    }
    assert_eq!(idp.get(&format!("/Users/{id}")).await.is(200).body.get("title"), None);
    world.give_back().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn head_is_get_without_a_body() {
    let (world, id) = with_mara().await;
    for (target, status) in
        [(format!("/Users/{id}"), 200), ("/Users".to_owned(), 200), ("/Users/nobody".to_owned(), 404)]
    {
        let request = |method: &str| {
            format!(
                "{method} /scim/v2/support{target} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {TOKEN}\r\nConnection: close\r\n\r\n"
            )
        };
        let head = raw(&world.bridge.url, request("HEAD").as_bytes()).await.is(status);
        let get = raw(&world.bridge.url, request("GET").as_bytes()).await.is(status);
        assert_eq!(head.text, "");
        assert_eq!(head.header("content-type"), get.header("content-type"));
        assert_eq!(head.header("etag"), get.header("etag"));
        assert_eq!(head.header("content-length"), get.header("content-length"));
    }
    world.give_back().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn several_requests_share_a_connection_and_keep_apart() {
    let (world, id) = with_mara().await;
    let body = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [{ "op": "replace", "path": "title", "value": "Boss" }] }).to_string();
    let auth = format!("Host: a\r\nAuthorization: Bearer {TOKEN}\r\n");
    let pipelined = format!(
        "GET /scim/v2/support/Users?filter=userName+eq+\"{MARA}\" HTTP/1.1\r\n{auth}\r\n\
         PATCH /scim/v2/support/Users/{id} HTTP/1.1\r\n{auth}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}\
         GET /scim/v2/support/Users?filter=title+eq+\"Boss\"&attributes=title HTTP/1.1\r\n{auth}Connection: close\r\n\r\n",
        body.len()
    );
    let answers = raw(&world.bridge.url, pipelined.as_bytes()).await;
    assert_eq!(answers.text.matches("HTTP/1.1 200 OK").count(), 2, "two more after the first: {}", answers.text);
    let last = answers.text.rsplit("HTTP/1.1").next().unwrap();
    assert!(last.contains("\"title\":\"Boss\""), "{last}");
    world.give_back().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_public_address_is_in_every_location() {
    let world = bridge().top("public_url", "https://bridge.example.com").start().await;
    let created = world.idp().okta_creates(MARA).await;
    let location = format!("https://bridge.example.com/scim/v2/support/Users/{}", created.id());
    assert_eq!(created.header("location"), Some(location.as_str()));
    let list = world.idp().get("/Users").await.is(200);
    assert_eq!(list.resources()[0]["meta"]["location"], json!(location));
    let schemas = world.idp().get("/Schemas").await.is(200);
    assert!(
        schemas
            .resources()
            .iter()
            .all(|schema| schema["meta"]["location"].as_str().unwrap().starts_with("https://bridge.example.com/"))
    );
}
