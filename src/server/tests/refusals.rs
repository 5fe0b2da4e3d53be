//! What is answered when something is wrong, and who is let in.

use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn whatever_goes_wrong_is_a_scim_error() {
    let bridge = Started::plain().await;
    let users = "/scim/v2/support/Users";
    let one = "/scim/v2/support/Users/00919288221112222";
    let typed = |content_type: &str| format!("{AUTHORIZED}Content-Type: {content_type}\r\n");
    for (method, path, headers, body, status, scim_type) in [
        ("GET", "/", String::new(), "", 404, None),
        ("GET", "/favicon.ico", String::new(), "", 404, None),
        ("BREW", "/pot", String::new(), "", 404, None),
        ("GET", "/scim/v1/support/Users", AUTHORIZED.to_owned(), "", 400, Some("invalidVers")),
        ("GET", "/scim/v2/support/People", AUTHORIZED.to_owned(), "", 404, None),
        ("GET", users, String::new(), "", 401, None),
        ("GET", users, "Authorization: non-token\r\n".to_owned(), "", 401, None),
        ("GET", users, "Authorization: Bearer wrong\r\n".to_owned(), "", 401, None),
        ("GET", "/scim/v2/elsewhere/Users", AUTHORIZED.to_owned(), "", 401, None),
        ("PATCH", users, AUTHORIZED.to_owned(), "", 405, None),
        ("GET", one, AUTHORIZED.to_owned(), "", 404, None),
        ("DELETE", one, AUTHORIZED.to_owned(), "", 404, None),
        ("POST", users, typed("application/scim+json"), "{\"userName\":", 400, Some("invalidSyntax")),
        ("POST", users, typed("application/json"), "{}", 400, Some("invalidValue")),
        ("POST", users, typed("application/json"), "", 400, Some("invalidSyntax")),
        ("POST", users, typed("text/plain"), "{}", 415, None),
        ("PATCH", one, typed("application/json"), "{}", 400, Some("invalidSyntax")),
        ("GET", "/scim/v2/support/Users?filter=", AUTHORIZED.to_owned(), "", 400, Some("invalidFilter")),
        ("GET", "/scim/v2/support/Users?filter=shoeSize+eq+1", AUTHORIZED.to_owned(), "", 400, Some("invalidFilter")),
        ("GET", "/scim/v2/support/Users?count=many", AUTHORIZED.to_owned(), "", 400, Some("invalidValue")),
        (
            "GET",
            "/scim/v2/support/Users?attributes=a&excludedAttributes=b",
            AUTHORIZED.to_owned(),
            "",
            400,
            Some("invalidValue"),
        ),
        ("GET", "/scim/v2/support/Me", AUTHORIZED.to_owned(), "", 501, None),
        ("POST", "/scim/v2/support/Bulk", typed("application/json"), "{}", 400, Some("invalidSyntax")),
        ("POST", "/scim/v2/support/Users/.search", typed("application/json"), "{}", 400, Some("invalidSyntax")),
        ("POST", "/scim/v2/support/Groups", typed("application/json"), "{}", 400, Some("invalidValue")),
        ("GET", "/scim/v2/support/Groups/g", AUTHORIZED.to_owned(), "", 404, None),
        ("GET", "/scim/v2/support/Schemas?filter=a+eq+1", AUTHORIZED.to_owned(), "", 403, None),
        ("GET", "/scim/v2/support/Schemas/urn:nothing", AUTHORIZED.to_owned(), "", 404, None),
        ("GET", "/scim/v2/support/ResourceTypes/Device", AUTHORIZED.to_owned(), "", 404, None),
    ] {
        let answer = bridge.answer(method, path, &headers, body).await;
        let detail = answer.is_error(status, scim_type);
        assert!(detail.len() > 10, "{method} {path}: {detail}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn errors_carry_the_headers_of_http() {
    let bridge = Started::plain().await;
    let answer = bridge.answer("PATCH", "/scim/v2/support/Users", AUTHORIZED, "").await;
    assert_eq!(answer.header("allow"), Some("GET, HEAD, POST"));
    let answer = bridge.answer("GET", "/scim/v2/support/Users", "", "").await;
    assert_eq!(answer.header("www-authenticate"), Some(r#"Bearer realm="scim-bridge""#));
    let announced = format!("{AUTHORIZED}Content-Type: application/json\r\nContent-Length: 2000000\r\n");
    let answer = bridge.answer("POST", "/scim/v2/support/Users", &announced, "").await;
    assert!(answer.is_error(413, None).contains("1048576"));
    let nested = format!("{AUTHORIZED}Content-Type: application/json\r\n");
    let answer = bridge.answer("POST", "/scim/v2/support/Users", &nested, &"[".repeat(1000)).await;
    answer.is_error(400, Some("invalidSyntax"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn okta_may_send_its_token_raw() {
    let bridge = Started::with("", "    profile: okta\n").await;
    let answer = bridge.answer("GET", "/scim/v2/support/Users", "Authorization: secret-token\r\n", "").await;
    assert_eq!(answer.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_credential_that_asks_too_often_is_told_when_to_come_again() {
    let bridge = Started::with(
        "",
        "    inbound: { tokens: [{ name: idp, secret: secret-token }], rate: { per_second: 1, burst: 2 } }\n",
    )
    .await;
    let mut limited = None;
    for _ in 0..3 {
        limited = Some(bridge.get("/Users").await);
    }
    let limited = limited.unwrap();
    assert!(limited.is_error(429, None).contains("inbound.rate"));
    assert!(limited.header("retry-after").unwrap().parse::<u64>().unwrap() >= 1);
}
