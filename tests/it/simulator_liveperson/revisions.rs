//! Revisions of collections, `If-Match` in both of its meanings, `select`, and the query.

use super::*;

#[tokio::test]
async fn a_known_revision_is_answered_with_304_and_minus_one_never() {
    let sim = Sim::start().await;
    let first = sim.get("users?v=6.0&select=$all").await.is(200);
    let revision = first.revision();
    assert_eq!(first.header("etag"), first.header("ac-revision"));
    let list = |known: String| read(sim.to(Method::GET, "users?v=6.0&select=$all").header("if-match", known));
    let same = list(revision.to_string()).await.is(304);
    assert_eq!((same.revision(), &same.json), (revision, &json!("")));
    list("-1".to_owned()).await.is(200);
    list((revision - 1).to_string()).await.is(200);
    list("tomorrow".to_owned()).await.is(400);
    let one = read(sim.to(Method::GET, &format!("users/{ANA}")).header("if-match", revision.to_string())).await;
    one.is(304);
    let created = sim.post("users", &li()).await.is(201);
    assert_eq!(created.revision(), revision + 1);
    list(revision.to_string()).await.is(200);
}

#[tokio::test]
async fn the_counter_is_the_accounts_and_the_revision_the_collections() {
    let sim = Sim::start().await;
    let users = sim.get("users").await.revision();
    let skill = sim.post("skills", &json!({ "name": "Refunds" })).await.is(201).revision();
    assert_eq!(sim.get("users").await.revision(), users, "users did not change");
    assert_eq!(sim.post("users", &li()).await.is(201).revision(), skill + 1);
    assert_eq!(sim.get("skills").await.revision(), skill);
}

#[tokio::test]
async fn any_write_makes_the_revision_of_everybody_stale() {
    let sim = Sim::start().await;
    let before = sim.get(&format!("users/{ANA}?select=$all")).await;
    let revision = before.revision();
    sim.running
        .control()
        .act("edit", &json!({ "type": "users", "id": MARC, "set": { "nickname": "M" } }))
        .expect("an edit");
    let path = format!("users/{ANA}?select=$all");
    let stale = sim.put(&path, revision, &before.json).await.is(409);
    assert_eq!((stale.revision(), &stale.json["error"]["responseStatus"]), (revision + 1, &json!("CONFLICT")));
    sim.delete(&format!("users/{ANA}"), revision).await.is(409);
    assert_eq!(sim.entity("users", MARC).await["nickname"], "M");
    let after = sim.put(&path, revision + 1, &before.json).await.is(200);
    assert_eq!(after.revision(), revision + 2);

    sim.knobs(&json!({ "stale_status": 412 }));
    sim.put(&path, revision, &before.json).await.is(412);
    sim.put(&path, -1, &before.json).await.is(200);
    sim.knobs(&json!({ "minus_one": "reject" }));
    sim.put(&path, -1, &before.json).await.is(412);
    let bare = || read(sim.to(Method::PUT, &path).json(&before.json));
    assert!(bare().await.is(400).message().contains("If-Match"));
    sim.knobs(&json!({ "missing_if_match": "accept" }));
    bare().await.is(200);
}

#[tokio::test]
async fn profiles_tell_a_time_instead_of_a_revision() {
    let sim = Sim::start().await;
    let first = sim.get("profiles?v=4.0").await.is(200);
    let time = first.header("x-lp-last-modified").expect("a time").to_owned();
    assert_eq!((first.header("ac-revision"), time.len()), (None, "2025-02-03 10:11:12".len()));
    let list = |time: &str| read(sim.to(Method::GET, "profiles?v=4.0").header("x-lp-last-modified", time));
    list(&time).await.is(304);
    list("2000-01-01 00:00:00").await.is(200);
    let profile = sim.entity("profiles", AGENT).await;
    let put = |time: Option<&'static str>| {
        let request = sim.to(Method::PUT, &format!("profiles/{AGENT}")).json(&profile);
        read(time.into_iter().fold(request, |request, time| request.header("x-lp-last-modified", time)))
    };
    put(None).await.is(400);
    put(Some("2000-01-01 00:00:00")).await.is(409);
    sim.change("profiles", AGENT, json!({ "description": "People who chat" })).await.is(200);

    sim.knobs(&json!({ "profiles_revision": "number" }));
    let answer = sim.get("profiles").await.is(200);
    assert_eq!((answer.header("x-lp-last-modified"), answer.header("ac-revision").is_some()), (None, true));
}

#[tokio::test]
async fn without_select_a_list_of_users_has_four_fields() {
    let sim = Sim::start().await;
    let names = |user: &Value| user.as_object().expect("an object").keys().cloned().collect::<Vec<_>>();
    let list = sim.get("users?v=6.0").await.is(200).json;
    assert_eq!(names(&list[0]), ["id", "pid", "deleted", "loginName"]);
    assert!(names(&sim.entity("users", ANA).await).len() > 15);
    assert!(names(&sim.get(&format!("users/{ANA}")).await.json).len() > 15);
    assert!(sim.get("skills").await.json[0]["maxWaitTime"].is_number());
    let list = sim.get("users?select=id,memberOf(agentGroupId),nonsense").await.is(200).json;
    let ana = list.as_array().expect("a list").iter().find(|user| user["id"] == ANA).expect("Ana").clone();
    assert_eq!(ana, json!({ "id": ANA, "memberOf": { "agentGroupId": TIER_1 } }));
    sim.get("users?select=id(").await.is(400);
    sim.get("users?v=six").await.is(400);
    sim.get("users?v=2.0").await.is(200);
    sim.knobs(&json!({ "default_select": "all" }));
    assert!(names(&sim.get("users").await.json[0]).len() > 15);
}

#[tokio::test]
async fn deleted_ones_are_there_for_those_who_ask() {
    let sim = Sim::start().await;
    let has = |list: &Value| list.as_array().expect("a list").iter().any(|user| user["id"] == GONE);
    assert!(!has(&sim.get("users").await.json));
    assert!(has(&sim.get("users?include_deleted=true").await.json));
    sim.get(&format!("users/{GONE}")).await.is(404);
    let gone = sim.get(&format!("users/{GONE}?include_deleted=true")).await.is(200);
    assert_eq!(gone.json["deleted"], true);
    sim.get("users?include_deleted=maybe").await.is(400);
}

#[tokio::test]
async fn post_may_stand_for_put_and_delete() {
    let sim = Sim::start().await;
    let before = sim.get(&format!("users/{ANA}?select=$all")).await;
    let post = |path: String, method: &'static str, revision: u64| {
        let request = sim.to(Method::POST, &path).header("x-http-method-override", method);
        request.header("if-match", revision.to_string())
    };
    let body = with(before.json.clone(), json!({ "nickname": "Anita" }));
    let put = read(post(format!("users/{ANA}"), "PUT", before.revision()).json(&body)).await.is(200);
    assert_eq!(put.json["nickname"], "Anita");
    read(post(format!("users/{ANA}"), "DELETE", put.revision())).await.is(200);
    read(post(format!("users/{MARC}"), "PATCH", put.revision())).await.is(400);
    let calls: Vec<_> = sim.running.calls().into_iter().map(|call| call.operation).collect();
    assert!(calls.contains(&"updateUser".to_owned()) && calls.contains(&"deleteUser".to_owned()), "{calls:?}");
}

#[tokio::test]
async fn addresses_and_methods_that_do_not_exist_are_told_apart() {
    let sim = Sim::start().await;
    for (method, path, status) in [
        (Method::PATCH, format!("users/{ANA}"), 405),
        (Method::PATCH, "users".to_owned(), 405),
        (Method::POST, format!("users/{ANA}"), 405),
        (Method::POST, format!("users/{ANA}/resetPassword"), 405),
        (Method::GET, "agentgroups".to_owned(), 404),
        (Method::POST, "users/batch".to_owned(), 404),
        (Method::GET, "skills/abc".to_owned(), 404),
        (Method::GET, "users/1".to_owned(), 404),
        (Method::GET, "nothing".to_owned(), 404),
    ] {
        let answer = read(sim.to(method.clone(), &path)).await;
        assert_eq!(answer.status, status, "{method} {path}: {answer:?}");
        assert_eq!(answer.header("allow").is_some(), status == 405, "{method} {path}");
    }
    read(sim.to(Method::POST, "users").body("{}")).await.is(415);
    read(sim.to(Method::POST, "users").header("content-type", "application/json").body("{")).await.is(400);
}
