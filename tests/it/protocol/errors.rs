//! Whatever goes wrong is answered by a SCIM error (RFC 7644 section 3.12), never by a page of the server beneath.

use serde_json::{Value, json};

use super::with_mara;
use crate::support::idp::{ENTERPRISE, PATCH, USER, VENDOR};
use crate::support::{Idp, bridge, raw};

/// Sends a request whose body is any text under any type.
async fn sends(
    idp: &Idp,
    method: &str,
    path: &str,
    content_type: &str,
    body: impl Into<reqwest::Body>,
) -> crate::support::Answer {
    let request = idp.request(method, path).header("content-type", content_type).body(body);
    idp.send(format!("{method} {path} ({content_type})"), request).await
}

#[tokio::test(flavor = "multi_thread")]
async fn addresses_and_methods_that_do_not_exist_are_scim_errors() {
    let (world, id) = with_mara().await;
    let idp = world.idp();
    for path in [
        "/users",
        "/Users/1/2",
        "/People",
        "/Schemas/urn:nothing",
        "/ResourceTypes/Device",
        "/Users/%00",
        "/Users/%ff%fe",
    ] {
        idp.get(path).await.is_error(404, "");
    }
    for path in ["/", "/favicon.ico", "/scim", "/scim/v2", "/health"] {
        world.root(path).await.is_error(404, "");
    }
    world.root("/scim/v1/support/Users").await.is_error(400, "invalidVers");
    world.root("/scim/v2/nowhere/Users").await.is_error(401, "");
    for (method, path, allow) in [
        ("PATCH", "/Users", "GET, HEAD, POST"),
        ("DELETE", "/Users", "GET, HEAD, POST"),
        ("OPTIONS", "/Users", "GET, HEAD, POST"),
        ("BREW", "/Users", "GET, HEAD, POST"),
        ("POST", &format!("/Users/{id}"), "GET, HEAD, PUT, PATCH, DELETE"),
        ("OPTIONS", &format!("/Users/{id}"), "GET, HEAD, PUT, PATCH, DELETE"),
        ("POST", "/Schemas", "GET, HEAD"),
        ("DELETE", "/ServiceProviderConfig", "GET, HEAD"),
        ("PUT", "/ResourceTypes", "GET, HEAD"),
        ("GET", "/Bulk", "POST"),
    ] {
        let refused = idp.send(format!("{method} {path}"), idp.request(method, path)).await.is_error(405, "");
        assert_eq!(refused.header("allow"), Some(allow), "{method} {path}");
    }
    world.give_back().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ids_that_cannot_be_ours_name_nobody() {
    let (world, id) = with_mara().await;
    let idp = world.idp();
    let long = "x".repeat(5000);
    for wrong in
        ["0", "null", "%22", "..%2f..%2fetc", "bulkId:1", &id.to_uppercase(), &id[1..], &format!("{id}0"), &long]
    {
        let path = format!("/Users/{wrong}");
        let refused = idp.get(&path).await.is_error(404, "");
        assert!(refused.detail().len() < 400, "an id is quoted in part at most");
        idp.put(&path, json!({ "schemas": [USER], "userName": "x@example.com" })).await.is_error(404, "");
        idp.patch(&path, json!({ "schemas": [PATCH], "Operations": [] })).await.is_error(404, "");
        idp.delete(&path).await.is_error(404, "");
    }
    assert_eq!(idp.get("/Users").await.is(200).body["totalResults"], 1);
    world.give_back().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_that_are_no_scim_are_refused_and_not_quoted() {
    let (world, id) = with_mara().await;
    let idp = world.idp();
    let one = format!("/Users/{id}");
    let json = "application/scim+json";
    for (body, scim_type) in [
        ("", "invalidSyntax"),
        ("   ", "invalidSyntax"),
        ("{", "invalidSyntax"),
        ("{\"userName\": s3cret}", "invalidSyntax"),
        ("{} {}", "invalidSyntax"),
        ("<user>s3cret</user>", "invalidSyntax"),
        ("\"s3cret\"", "invalidSyntax"),
        ("[]", "invalidSyntax"),
        ("null", "invalidSyntax"),
        ("7", "invalidSyntax"),
        ("{}", "invalidValue"),
    ] {
        for (method, path) in [("POST", "/Users"), ("PUT", one.as_str()), ("PATCH", one.as_str())] {
            let expected = if method == "PATCH" { "invalidSyntax" } else { scim_type };
            let refused = sends(&idp, method, path, json, body).await.is_error(400, expected);
            assert!(!refused.text.contains("s3cret"), "{}", refused.text);
        }
    }
    let deep = format!("{{\"schemas\":[\"{USER}\"],\"x\":{}1{}}}", "[".repeat(5000), "]".repeat(5000));
    sends(&idp, "POST", "/Users", json, deep).await.is_error(400, "invalidSyntax").says("levels deep");
    let invalid = b"{\"userName\":\"\xff\xfe\"}".to_vec();
    sends(&idp, "POST", "/Users", json, invalid).await.is_error(400, "invalidSyntax");
    for wrong in
        ["text/plain", "application/xml", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
    {
        sends(&idp, "POST", "/Users", wrong, "{}").await.is_error(415, "").says("application/scim+json");
    }
    let packed =
        idp.request("POST", "/Users").header("content-type", json).header("content-encoding", "gzip").body("{}");
    idp.send("POST packed".to_owned(), packed).await.is_error(415, "").says("gzip");
    assert_eq!(idp.get("/Users").await.is(200).body["totalResults"], 1);
    world.give_back().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_beyond_the_limit_is_refused_with_the_limit() {
    let (world, _) = with_mara().await;
    let head = |extra: &str| {
        format!(
            "POST /scim/v2/support/Users HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\nConnection: close\r\nContent-Type: application/scim+json\r\n{extra}\r\n\r\n",
            crate::support::TOKEN
        )
    };
    // Announced: refused before it is sent.
    let announced = head(&format!("Content-Length: {}", (1 << 20) + 1));
    raw(&world.bridge.url, announced.as_bytes()).await.is_error(413, "").says("1048576");
    // Not announced: refused when it is too much.
    let chunk = format!("{:x}\r\n{}\r\n", 1 << 19, " ".repeat(1 << 19));
    let unannounced = format!("{}{chunk}{chunk}1\r\n \r\n0\r\n\r\n", head("Transfer-Encoding: chunked"));
    raw(&world.bridge.url, unannounced.as_bytes()).await.is_error(413, "").says("1048576");
    // The largest that is read.
    let mut body = json!({ "schemas": [USER], "userName": "big@example.com" }).to_string();
    body.push_str(&" ".repeat((1 << 20) - body.len()));
    sends(&world.idp(), "POST", "/Users", "application/scim+json", body).await.is(201);
    world.give_back().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn values_of_a_wrong_type_are_named_and_not_stored() {
    let (world, id) = with_mara().await;
    let idp = world.idp();
    let before = idp.get(&format!("/Users/{id}")).await.is(200).body;
    for (attribute, value) in [
        ("userName", json!(7)),
        ("userName", json!(["a"])),
        ("userName", json!({ "value": "a" })),
        ("active", json!("perhaps")),
        ("active", json!(1)),
        ("name", json!("Mara Voss")),
        ("name", json!({ "givenName": 5 })),
        ("title", json!(true)),
        ("emails", json!(7)),
        ("emails", json!([["a@example.com"]])),
        ("emails", json!([{ "value": 5 }])),
        ("emails", json!([{ "value": "a@example.com", "primary": "perhaps" }])),
        ("externalId", json!({ "a": 1 })),
        (ENTERPRISE, json!("Care")),
        (ENTERPRISE, json!({ "department": 5 })),
        (ENTERPRISE, json!({ "manager": 5 })),
        (ENTERPRISE, json!({ "manager": [{ "value": "a" }, { "value": "b" }] })),
        (VENDOR, json!({ "chatSlots": "many" })),
        (VENDOR, json!({ "skillIds": ["billing"] })),
        (VENDOR, json!({ "chatEnabled": "perhaps" })),
    ] {
        let mut body = json!({ "schemas": [USER], "userName": "new@example.com" });
        body[attribute] = value.clone();
        let created = idp.post("/Users", body.clone()).await.is_error(400, "invalidValue");
        let named = attribute.rsplit(':').next().unwrap().trim_end_matches("User");
        assert!(created.detail().contains(named), "{attribute}: {}", created.detail());
        idp.put(&format!("/Users/{id}"), body).await.is_error(400, "invalidValue");
        let operation = json!([{ "op": "replace", "path": attribute, "value": value }]);
        idp.operations(&id, operation).await.is_error(400, "invalidValue");
        let operation = json!([{ "op": "replace", "value": { attribute: value } }]);
        idp.operations(&id, operation).await.is_error(400, "invalidValue");
    }
    assert_eq!(idp.get(&format!("/Users/{id}")).await.is(200).body, before);
    assert_eq!(idp.get("/Users").await.is(200).body["totalResults"], 1);
    world.give_back().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_that_make_no_sense_are_refused_and_never_guessed() {
    let (world, id) = with_mara().await;
    let idp = world.idp();
    for filter in [
        "",
        " ",
        "userName",
        "userName eq",
        "eq \"a\"",
        "userName eq \"a",
        "userName = \"a\"",
        "userName like \"a\"",
        "shoeSize eq 39",
        "userName.first eq \"a\"",
        "name eq \"Mara\"",
        "(userName pr",
        "userName pr)",
        "not userName pr",
        "userName pr and",
        "emails[type eq \"work\"",
        "emails[shoe eq 1]",
        "title[value eq 1]",
        "active gt true",
        "active eq maybe",
        "password eq \"q7T2randomlyMade\"",
        "meta.created gt \"2020-99-01T00:00:00Z\"",
        "urn:nothing:2.0:User:userName eq \"a\"",
        "userName eq \"a\" xor title pr",
        "userName pr; drop table resources",
    ] {
        idp.find(filter).await.is_error(400, "invalidFilter");
    }
    let brackets = |count: usize| "(".repeat(count);
    for count in [33, 20_000] {
        idp.get(&format!("/Users?filter={}userName+pr", brackets(count))).await.is_error(400, "invalidFilter");
        let path = format!("emails[{}value eq \"a\"].value", brackets(count));
        idp.operations(&id, json!([{ "op": "replace", "path": path, "value": "x" }]))
            .await
            .is_error(400, "invalidFilter");
    }
    let many = vec!["title+pr"; 2000].join("+or+");
    idp.get(&format!("/Users?filter={many}")).await.is_error(400, "invalidFilter");
    idp.get("/Users?filter=title+pr&filter=userName+pr").await.is_error(400, "invalidFilter");
    idp.get("/Users?filter=%ff").await.is_error(400, "invalidFilter");
    for (query, scim_type) in
        [("count=many", "invalidValue"), ("startIndex=1.5", "invalidValue"), ("attributes=%ff", "invalidValue")]
    {
        idp.get(&format!("/Users?{query}")).await.is_error(400, scim_type);
    }
    idp.get("/Schemas?filter=id+pr").await.is_error(403, "");
    idp.get("/ResourceTypes?filter=id+pr").await.is_error(403, "");
    world.give_back().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_patch_with_too_many_operations_or_a_long_path_is_refused() {
    let (world, id) = with_mara().await;
    let idp = world.idp();
    let operation = json!({ "op": "replace", "path": "title", "value": "x" });
    let many: Vec<&Value> = vec![&operation; 10_000];
    let refused = idp.operations(&id, json!(many)).await;
    assert!(refused.status == 400 || refused.status == 413, "{}", refused.text);
    let long = "a".repeat(100_000);
    let refused = idp.operations(&id, json!([{ "op": "replace", "path": long, "value": "x" }])).await;
    assert!(refused.is_error(400, "invalidPath").detail().len() < 1000, "a path is quoted in part at most");
    assert_eq!(idp.get(&format!("/Users/{id}")).await.is(200).body["title"], "Lead");
    world.give_back().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_at_the_edge_of_http_are_answered_by_scim() {
    let world = bridge().lease().await;
    let url = &world.bridge.url;
    let end = "Host: a\r\nConnection: close\r\n\r\n";
    let long = "x".repeat(60_000);
    raw(url, format!("GET /scim/v2/support/Users?filter={long} HTTP/1.1\r\n{end}").as_bytes()).await.is_error(401, "");
    raw(url, format!("FROB /scim/v2/support/Users HTTP/1.1\r\n{end}").as_bytes()).await.is_error(401, "");
    raw(url, format!("GET /%zz%00 HTTP/1.1\r\n{end}").as_bytes()).await.is_error(404, "");
    let mut odd = b"GET /scim/v2/support/Users HTTP/1.1\r\nAuthorization: Bearer \xff\xfe\r\n".to_vec();
    odd.extend_from_slice(end.as_bytes());
    raw(url, &odd).await.is_error(401, "");
    raw(url, b"GET /scim/v2/support/Users HTTP/1.0\r\n\r\n").await.is_error(401, "");
    world.give_back().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_http_is_refused_and_disturbs_nobody() {
    let world = bridge().lease().await;
    let url = &world.bridge.url;
    // Below SCIM: the HTTP parser refuses these before there is a request, with an empty answer.
    for nonsense in [
        "garbage\r\n\r\n",
        "GET /scim/v2/support/Users HTTP/1.1\r\nno header\r\n\r\n",
        "POST /scim/v2/support/Users HTTP/1.1\r\nHost: a\r\nContent-Length: many\r\n\r\n",
    ] {
        let refused = raw(url, nonsense.as_bytes()).await;
        assert!(refused.status == 400 || refused.status == 431, "{refused:?}");
    }
    world.idp().get("/Users").await.is(200);
    world.give_back().await;
}
