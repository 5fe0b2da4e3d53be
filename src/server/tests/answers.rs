//! What is answered when all is well.

use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn connection_tests_of_okta_and_entra_succeed_on_an_empty_bridge() {
    let bridge = Started::plain().await;
    for path in [
        "/Users?startIndex=1&count=2",
        "/Groups?startIndex=1&count=100",
        "/Users?filter=userName+eq+\"f7b6c1f2-0d3e-4a53-9f7e-3b8f2f1d9a11\"",
        "/Users/?filter=userName eq \"a@b\"&aadOptscim062020",
        "/Users?filter=userName+eq+%22x%22&",
        "//Users?filter=userName%20eq%20%22a%2Bb%40example.com%22&startIndex=1&count=100",
    ] {
        let answer = bridge.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        assert_eq!(answer.header("content-type"), Some("application/scim+json"));
        let list = answer.json();
        assert_eq!((&list["totalResults"], &list["Resources"]), (&json!(0), &json!([])), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn two_requests_on_one_connection_are_both_repaired() {
    let bridge = Started::plain().await;
    let one = |closing: &str| {
        format!("GET /scim/v2/support/Users?filter=userName+eq+\"a\" HTTP/1.1\r\nHost: x\r\n{closing}{AUTHORIZED}\r\n")
    };
    let answer =
        exchange(bridge.running.address, format!("{}{}", one(""), one("Connection: close\r\n")).into_bytes()).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.body.matches("HTTP/1.1 200 OK").count(), 1, "the second answer follows the first: {answer:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_person_is_read_with_version_and_location() {
    let bridge = Started::plain().await;
    bridge.has_mara().await;
    let answer = bridge.get("/Users/mara").await;
    let person = answer.json();
    assert_eq!((answer.status, &person["userName"]), (200, &json!("mara@example.com")));
    assert_eq!(person["meta"]["location"], "http://bridge.test/scim/v2/support/Users/mara");
    assert_eq!(answer.header("location"), person["meta"]["location"].as_str());
    assert_eq!(answer.header("content-location"), person["meta"]["location"].as_str());
    assert_eq!(answer.header("etag"), Some("W/\"3\""));
    assert_eq!(answer.header("etag"), person["meta"]["version"].as_str());

    let same = bridge
        .answer("GET", "/scim/v2/support/Users/mara", &format!("{AUTHORIZED}If-None-Match: W/\"3\"\r\n"), "")
        .await;
    assert_eq!((same.status, same.body.as_str(), same.header("etag")), (304, "", Some("W/\"3\"")));
    let changed = bridge
        .answer("GET", "/scim/v2/support/Users/mara", &format!("{AUTHORIZED}If-None-Match: W/\"2\"\r\n"), "")
        .await;
    assert_eq!(changed.status, 200);
    let head = bridge.answer("HEAD", "/scim/v2/support/Users/mara", AUTHORIZED, "").await;
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    let stale = format!("{AUTHORIZED}If-Match: W/\"2\"\r\n");
    bridge.answer("DELETE", "/scim/v2/support/Users/mara", &stale, "").await.is_error(412, None);

    let list = bridge.get("/Users?filter=userName+eq+\"MARA@example.com\"&attributes=userName").await.json();
    assert_eq!((&list["totalResults"], &list["itemsPerPage"]), (&json!(1), &json!(1)));
    let found = &list["Resources"][0];
    assert_eq!(
        (&found["id"], &found["userName"], found.get("active")),
        (&json!("mara"), &json!("mara@example.com"), None)
    );
    let counted = bridge.get("/Users?count=0").await.json();
    assert_eq!((&counted["totalResults"], &counted["Resources"]), (&json!(1), &json!([])));
    let beyond = bridge.get("/Users?startIndex=50").await.json();
    assert_eq!(
        (&beyond["totalResults"], &beyond["startIndex"], &beyond["itemsPerPage"]),
        (&json!(1), &json!(50), &json!(0))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn answers_are_plain_json_for_those_who_need_it() {
    let bridge = Started::with("public_url: https://bridge.example.com", "    profile: onelogin\n").await;
    bridge.has_mara().await;
    let answer = bridge.get("/Users/mara").await;
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("location"), Some("https://bridge.example.com/scim/v2/support/Users/mara"));
    let generic = Started::plain().await;
    let accepts = format!("{AUTHORIZED}Accept: application/json\r\n");
    let answer = generic.answer("GET", "/scim/v2/support/Users", &accepts, "").await;
    assert_eq!(answer.header("content-type"), Some("application/json"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn every_answer_carries_a_request_id() {
    let bridge = Started::plain().await;
    let answer = bridge.answer("GET", "/nowhere", "X-Request-Id: okta-17\r\n", "").await;
    assert_eq!(answer.header("x-request-id"), Some("okta-17"));
    let answer = bridge.answer("GET", "/nowhere", "X-Request-Id: <script>\r\n", "").await;
    assert!(answer.header("x-request-id").is_some_and(|id| id.len() == 36), "{answer:?}");
}
