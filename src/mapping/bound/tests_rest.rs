//! REST calls of a made-up vendor: places, encoding, paging, searches, rules about single fields.

use serde_json::{Value, json};

use super::*;
use crate::mapping::made_up::{bound, object};
use crate::mapping::model::Meaning;
use crate::mapping::wire::{Body, HttpAnswer, HttpRequest};

fn request(call: &CallName, key: &str, record: Value) -> Result<HttpRequest, RenderError> {
    let scope = Scope { key: Some(key.to_owned()), record: Record(object(record)), ..Scope::default() };
    bound().request(call, &scope)
}

fn update(name: &str) -> CallName {
    CallName::Update(name.to_owned())
}

fn answer(status: u16, body: Value) -> HttpAnswer {
    HttpAnswer { status, headers: Vec::new(), text: body.to_string(), json: Some(body) }
}

#[test]
fn values_are_encoded_for_their_place() {
    let read = request(&CallName::Read, "ada lovelace@x?y#z%", json!({})).expect("renders");
    assert_eq!(read.url, "http://127.0.0.1:9/users/ada%20lovelace%40x%3Fy%23z%25.json?v=2");
    assert_eq!(read.headers, [("Accept".to_owned(), "application/json".to_owned())]);
    let find = request(&CallName::Find, "7", json!({ "login": "a&b=c d" })).expect("renders");
    assert_eq!(find.url, "http://127.0.0.1:9/users?v=2&login=a%26b%3Dc%20d");
}

#[test]
fn a_key_that_would_leave_its_segment_is_refused() {
    for key in ["", ".", "..", "a/b", "a\\b", "a\nb"] {
        let error = request(&update("profile"), key, json!({})).expect_err(key);
        assert!(error.to_string().starts_with("users.calls.update.profile: path[1]"), "{error}");
    }
}

#[test]
fn a_query_parameter_without_value_is_left_out_and_an_empty_one_stays() {
    let list = bound().request(&CallName::List, &Scope::default()).expect("renders");
    assert_eq!(list.url, "http://127.0.0.1:9/users?v=2&from=1&max=2&all=");
    let find = request(&CallName::Find, "7", json!({})).expect("renders");
    assert_eq!(find.url, "http://127.0.0.1:9/users?v=2");
}

#[test]
fn bodies_are_trees_lists_and_forms() {
    let body = |call: &CallName, record: Value| request(call, "7", record).expect("renders").body;
    assert_eq!(
        body(&CallName::Create, json!({ "login": "ada", "address.city": "Paris" })),
        Body::Json(json!({ "login": "ada", "address": { "city": "Paris" }, "kind": "human" }))
    );
    assert_eq!(
        body(&update("skills"), json!({ "skills": ["x", "y"] })),
        Body::Json(json!([{ "name": "x" }, { "name": "y" }]))
    );
    assert_eq!(body(&update("skills"), json!({ "skills": null })), Body::Json(json!([])));
    assert_eq!(
        body(&update("secret"), json!({ "secret": "pw" })),
        Body::Form(vec![("secret".to_owned(), "pw".to_owned())])
    );
    assert_eq!(
        body(&update("profile"), json!({ "address.city": null, "address.street": null })),
        Body::Json(json!({ "address": null }))
    );
    assert_eq!(body(&CallName::Read, json!({})), Body::Empty);
}

#[test]
fn offsets_follow_what_came_back_until_the_total_or_an_empty_page() {
    let bound = bound();
    let page = |ids: &[&str], total: Value| {
        let data: Vec<Value> = ids.iter().map(|id| json!({ "id": id })).collect();
        answer(200, json!({ "data": data, "total": total }))
    };
    let first = bound.page_in(&CallName::List, &page(&["a", "b"], json!(3)), &PageState::default()).next.expect("more");
    assert_eq!((first.offset, first.number), (2, 1));
    let list = bound.request(&CallName::List, &Scope { page: first.clone(), ..Scope::default() }).expect("renders");
    assert!(list.url.contains("from=3&"), "{}", list.url);
    assert_eq!(bound.page_in(&CallName::List, &page(&["c"], json!("3")), &first).next, None);
    // a short page is no end: vendors cut the size without a word
    assert!(bound.page_in(&CallName::List, &page(&["a"], Value::Null), &PageState::default()).next.is_some());
    assert_eq!(bound.page_in(&CallName::List, &page(&[], Value::Null), &first).next, None);
    assert_eq!(bound.page_in(&CallName::Find, &page(&["a"], Value::Null), &PageState::default()).next, None);
}

#[test]
fn a_rule_may_ask_which_field_an_error_is_about() {
    let bound = bound();
    let request = request(&CallName::Create, "7", json!({})).expect("renders");
    let judge = |field: &str| {
        let body = json!({ "problems": [{ "code": "other" }, { "code": "taken", "text": "Taken", "field": field }] });
        bound.judge(&CallName::Create, &request, &answer(409, body))
    };
    let login = judge("login");
    assert_eq!(
        (login.meaning, login.field.as_deref(), login.rule.as_str()),
        (Meaning::AlreadyExists, Some("login"), "api.answers[0]")
    );
    assert_eq!(judge("phone").meaning, Meaning::Refused);
}

#[test]
fn without_a_rule_the_status_decides() {
    let bound = bound();
    let request = request(&CallName::Read, "7", json!({})).expect("renders");
    for (call, status, meaning) in [
        (CallName::Create, 201, Meaning::Done),
        (CallName::Create, 409, Meaning::AlreadyExists),
        (update("profile"), 409, Meaning::Stale),
        (update("profile"), 412, Meaning::Stale),
        (update("profile"), 404, Meaning::NotFound),
        (CallName::Create, 404, Meaning::Refused),
        (CallName::Read, 401, Meaning::Unauthenticated),
        (CallName::Read, 403, Meaning::Forbidden),
        (CallName::Read, 429, Meaning::Limited),
        (CallName::Read, 302, Meaning::Broken),
        (CallName::Read, 500, Meaning::Broken),
        (CallName::Read, 422, Meaning::Refused),
    ] {
        assert_eq!(
            bound.judge(&call, &request, &answer(status, json!({ "id": "7" }))).meaning,
            meaning,
            "{call} {status}"
        );
    }
    let ok = HttpAnswer { status: 200, headers: Vec::new(), text: "OK".to_owned(), json: None };
    assert_eq!(bound.judge(&update("profile"), &request, &ok).meaning, Meaning::Done);
    assert_eq!(bound.judge(&CallName::Read, &request, &ok).meaning, Meaning::Broken);
    assert_eq!(bound.judge(&CallName::List, &request, &ok).meaning, Meaning::Broken);
}

#[test]
fn a_flag_and_an_expression_are_mapped_like_any_field() {
    let bound = bound();
    let resource = object(json!({ "userName": "ADA", "nickName": "A", "title": "OFF", "active": false }));
    let mapped = bound.desired(&resource, Beside::default()).expect("maps");
    assert_eq!(
        mapped.desired,
        Desired::Parked(Record(object(
            json!({ "nick": "A", "enabled": false, "state": "SUSPENDED", "label": "A/ADA" })
        )))
    );
    let resource = object(json!({ "userName": "ADA" }));
    let mapped = bound.desired(&resource, Beside::default()).expect("maps");
    assert_eq!(mapped.desired, Desired::Present(Record(object(json!({ "login": "ada", "enabled": true })))));
}

#[test]
fn a_secret_that_does_not_fit_is_not_quoted() {
    let resource = object(json!({ "userName": "ada" }));
    let secrets = object(json!({ "password": "p4ss word" }));
    let error =
        bound().desired(&resource, Beside { secrets: Some(&secrets), ..Beside::default() }).expect_err("does not fit");
    assert!(!error.to_string().contains("p4ss") && error.attribute == "password", "{error}");
}

#[test]
fn an_import_reads_the_flag_and_many_words_as_one() {
    let bound = bound();
    let account = bound
        .read_account(&json!({ "id": "7", "login": "ada", "enabled": false, "state": "ARCHIVED", "mail": "a@b" }))
        .expect("an account");
    let resource = bound.resource_from(&account, &Lists::default());
    assert_eq!(
        Value::Object(resource),
        json!({ "userName": "ada", "emails": [{ "value": "a@b", "type": "work", "primary": true }], "active": false, "title": "off" })
    );
}

#[test]
fn an_account_without_a_name_still_gets_a_user_name() {
    let bound = bound();
    let account = bound.read_account(&json!({ "id": "7" })).expect("an account");
    assert_eq!(
        Value::Object(bound.resource_from(&account, &Lists::default())),
        json!({ "active": true, "userName": "7" })
    );
}

#[test]
fn what_is_mapped_is_advertised_and_nothing_else() {
    let bound = bound();
    let user = bound.user_type();
    let names: Vec<&str> = user.core.attributes.iter().map(|attribute| attribute.name.as_str()).collect();
    for name in ["userName", "active", "nickName", "title", "emails", "addresses"] {
        assert!(names.contains(&name), "{name} in {names:?}");
    }
    for name in ["timezone", "phoneNumbers", "name"] {
        assert!(!names.contains(&name), "{name} in {names:?}");
    }
    assert!(user.known_core.attributes.len() > user.core.attributes.len());
    let own = user.extensions.iter().find(|schema| schema.id == "urn:test:made-up:User").expect("the extension");
    let skills = own.attributes.iter().find(|attribute| attribute.name == "skills").expect("skills");
    assert!(skills.multi_valued);
}

#[test]
fn a_named_call_that_changes_something_is_repeatable_only_when_the_file_says_so() {
    let bound = bound();
    assert!(!bound.is_repeatable(&CallName::Named("nudge".to_owned())));
    assert!(bound.is_repeatable(&CallName::Named("look".to_owned())));
}

const LISTS: &str = "
version: 1
vendor: { name: made-up, title: Made Up }
api: { base_url: http://127.0.0.1:9/, sign_in: { scheme: none } }
users:
  key: { read: id, type: integer }
  match: [{ field: mail }]
  fields:
    mail: { from: userName }
    state: { from: title, read: account.state }
  calls:
    create: { method: POST, path: [u], body: $record }
    read: { method: GET, path: [u, $key], user: . }
    find: { call: { method: GET, path: [u, $record.mail] }, items: . }
    list:
      call: { method: GET, path: [u], query: { v: 2 } }
      items: data
      paging: { style: link }
      set: { account.state: here }
      unchanged: { header: X-Rev, send: If-Match }
    lists:
      - call: { method: GET, path: [gone], query: { at: $page.offset } }
        items: .
        paging: { style: offset, size: 3, end: short_page }
        read_each: true
      - { call: { method: GET, path: [pages], query: { at: $page.number } }, items: ., paging: { style: page, size: 2 } }
    update: { all: { method: PUT, path: [u, $key], body: $record } }
";

fn lists() -> Bound {
    crate::mapping::made_up::bound_of(LISTS)
}

fn with_header(mut answer: HttpAnswer, name: &str, value: &str) -> HttpAnswer {
    answer.headers.push((name.to_owned(), value.to_owned()));
    answer
}

#[test]
fn the_next_page_is_where_a_link_on_the_same_host_says() {
    let bound = lists();
    let page = |link: &str, at: &PageState| {
        let answer = with_header(answer(200, json!({ "data": [{ "id": 1 }] })), "link", link);
        bound.page_in(&CallName::List, &answer, at)
    };
    let next = |link: &str, at: &PageState| page(link, at).next.and_then(|next| next.link);
    let first = PageState::default();
    let relative = r#"</u?p=0>; rel="first prev", <?v=2&p=2>; title="a, <b"; rel="next""#;
    assert_eq!(next(relative, &first).as_deref(), Some("http://127.0.0.1:9/u?v=2&p=2"));
    assert_eq!(next("<http://127.0.0.1:9/x?p=3>; rel=next", &first).as_deref(), Some("http://127.0.0.1:9/x?p=3"));
    assert_eq!(next("<?p=1>; rel=prev", &first), None);
    let second = page("<?v=2&p=2>; rel=next", &first).next.expect("more");
    let request = bound.request(&CallName::List, &Scope { page: second.clone(), ..Scope::default() }).expect("renders");
    assert_eq!(request.url, "http://127.0.0.1:9/u?v=2&p=2");
    for circle in ["<?v=2&p=2>; rel=next", "<>; rel=next x"] {
        assert!(page(circle, &second).next.is_none(), "{circle}");
    }
    for elsewhere in ["http://127.0.0.1:8/u", "https://127.0.0.1:9/u", "//thief.example/u", "javascript:1"] {
        let page = page(&format!("<{elsewhere}>; rel=next"), &first);
        assert!(page.problem.is_some() && page.next.is_none(), "{elsewhere}");
    }
}

#[test]
fn a_vendor_that_says_whether_there_is_more_is_believed_in_every_style() {
    for (style, next) in [
        ("offset", json!({})),
        ("page", json!({})),
        ("link, next: next", json!({ "next": "http://127.0.0.1:9/u?p=2" })),
        ("cursor, next: next", json!({ "next": "abc" })),
    ] {
        let style = format!("paging: {{ style: {style}, more: meta.more }}");
        let text = LISTS.replace("paging: { style: link }", &style).replace("{ v: 2 }", "{ v: 2, o: $page.offset }");
        let bound = crate::mapping::made_up::bound_of(
            &text.replace("      unchanged: { header: X-Rev, send: If-Match }\n", ""),
        );
        let goes_on = |more: Value| {
            let mut body = next.clone();
            body["data"] = json!([{ "id": 1 }]);
            body["meta"] = json!({ "more": more });
            bound.page_in(&CallName::List, &answer(200, body), &PageState::default()).next.is_some()
        };
        assert_eq!([json!(true), json!(false), json!(null)].map(goes_on), [true, false, false], "{style}");
    }
}

#[test]
fn a_list_implies_what_its_elements_do_not_say() {
    let data =
        json!({ "data": [{ "id": 1 }, { "id": 2, "account": { "state": "away" } }, { "id": 3, "account": null }] });
    let page = lists().page_in(&CallName::List, &answer(200, data), &PageState::default());
    let states: Vec<_> = page.accounts.iter().map(|account| account.record.0["state"].clone()).collect();
    assert_eq!(states, ["here", "away", "here"]);
}

#[test]
fn a_list_that_is_read_one_by_one_gives_keys_and_a_short_page_may_be_the_last() {
    let bound = lists();
    let page = |ids: &[i64]| {
        let data: Vec<Value> = ids.iter().map(|id| json!({ "id": id })).collect();
        bound.page_in(&CallName::Lists(0), &answer(200, json!(data)), &PageState::default())
    };
    let full = page(&[1, 2, 3]);
    assert_eq!(
        (full.keys, full.accounts.len(), full.next.is_some()),
        (vec!["1".into(), "2".into(), "3".into()], 0, true)
    );
    assert_eq!(page(&[1, 2]).next, None);
    let nameless = bound.page_in(&CallName::Lists(0), &answer(200, json!([{ "name": "x" }])), &PageState::default());
    assert!(nameless.problem.is_some());
    let cut = bound.page_in(&CallName::Lists(1), &answer(200, json!([{ "id": 1 }])), &PageState::default());
    assert!(cut.next.is_some(), "without `end` only an empty page is the last: vendors cut the size");
}

#[test]
fn a_search_may_answer_the_one_whom_it_finds() {
    let one = lists().page_in(&CallName::Find, &answer(200, json!({ "id": 7, "mail": "a" })), &PageState::default());
    assert_eq!(one.accounts.iter().map(|account| account.key.as_str()).collect::<Vec<_>>(), ["7"]);
    let list = lists().page_in(&CallName::Lists(1), &answer(200, json!({ "id": 7 })), &PageState::default());
    assert!(list.problem.is_some(), "a list is a list");
}

#[test]
fn unchanged_is_an_answer_only_to_who_asked() {
    let bound = lists();
    let unchanged = HttpAnswer { status: 304, headers: Vec::new(), text: String::new(), json: None };
    let judged = |revision: Option<&str>| {
        let scope = Scope { revision: revision.map(str::to_owned), ..Scope::default() };
        let request = bound.request(&CallName::List, &scope).expect("renders");
        bound.judge(&CallName::List, &request, &unchanged).meaning
    };
    assert_eq!((judged(Some("7")), judged(None)), (Meaning::Done, Meaning::Broken));
    let marked = with_header(answer(200, json!({ "data": [] })), "x-rev", "8");
    assert_eq!(bound.mark_in(&CallName::List, &marked).as_deref(), Some("8"));
    assert_eq!(bound.list_calls(), [CallName::List, CallName::Lists(0), CallName::Lists(1)]);
}
