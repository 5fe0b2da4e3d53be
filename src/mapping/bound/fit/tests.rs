//! Answers of a made-up vendor that deviate from its mapping, one way at a time.

use serde_json::{Value, json};

use super::*;
use crate::mapping::bound::{Bound, CallName, PageState};
use crate::mapping::made_up::{bound, bound_of};
use crate::mapping::wire::HttpAnswer;

fn answer(body: Value) -> HttpAnswer {
    HttpAnswer { status: 200, headers: Vec::new(), text: body.to_string(), json: Some(body) }
}

fn page(bound: &Bound, body: Value) -> SeenPage {
    bound.look_at_page(&CallName::List, &answer(body), &PageState::default())
}

fn said(findings: &Findings) -> Vec<String> {
    let one = |finding: &Finding| {
        let word = if finding.weight == Weight::Problem { "problem" } else { "note" };
        let place = match &finding.at {
            Spot::Mapping(place) => place.to_string(),
            Spot::Setting(name) => format!("settings.{name}"),
            Spot::Connection(place) => format!("connection {place}"),
        };
        format!("{word} at {place}: {}", finding.text)
    };
    findings.0.iter().map(one).collect()
}

/// A vendor with lists in another form.
fn with_list(list: &str) -> Bound {
    bound_of(&format!(
        "
version: 1
vendor: {{ name: other, title: Other }}
api: {{ base_url: http://127.0.0.1:9, sign_in: {{ scheme: none }} }}
users:
  key: {{ read: id, type: string }}
  match: [{{ field: login }}, {{ field: mail }}]
  fields:
    login: {{ from: userName }}
    mail: {{ from: externalId, compare: loose }}
    hidden: {{ from: title, unread: true }}
    secret: {{ from: password, write_only: true }}
    grades: {{ type: integer_list, from: 'urn:x:grades' }}
  calls:
    create: {{ method: POST, path: [users] }}
    read: {{ method: GET, path: [users, $key], user: . }}
    list: {list}
"
    ))
}

fn cursor() -> Bound {
    with_list(
        "{ call: { method: GET, path: [users] }, items: 'data[*]', paging: { style: cursor, next: page.next, more: page.more, size: 2 } }",
    )
}

#[test]
fn a_cursor_list_that_fits_is_silent_on_its_last_page_and_before() {
    let users = json!([{ "id": "a", "login": "x" }]);
    for paging in [json!({ "next": "c2", "more": true }), json!({ "next": null, "more": false })] {
        let seen = page(&cursor(), json!({ "data": users, "page": paging }));
        assert_eq!(said(&seen.findings), Vec::<String>::new());
        assert_eq!((seen.keys, seen.next.is_some()), (vec!["a".to_owned()], paging["more"] == json!(true)));
    }
}

#[test]
fn a_cursor_list_whose_end_cannot_be_told_says_so() {
    let users = json!([{ "id": "a" }, { "id": "b" }]);
    for (paging, expected) in [
        (
            json!({ "next": null, "more": "yes" }),
            "problem at users.calls.list.paging.more: what stands at `page.more` is neither true nor false",
        ),
        (
            json!({ "next": null, "mroe": true }),
            "problem at users.calls.list.paging.more: the answer has nothing at `page.more`, which counts as the end of the list; did you mean `mroe`?",
        ),
        (
            json!({ "more": false }),
            "problem at users.calls.list.paging.next: the page is full, and the answer has nothing at `page.next`",
        ),
        (
            json!({ "nextCursor": "c2", "more": false }),
            "problem at users.calls.list.paging.next: the answer has nothing at `page.next`, but something at `page.nextCursor`",
        ),
        (
            json!({ "more": true }),
            "problem at users.calls.list.paging: the vendor says that there are more pages and names none",
        ),
    ] {
        let found = said(&page(&cursor(), json!({ "data": users, "page": paging })).findings);
        assert!(found.iter().any(|line| line.starts_with(expected)), "{expected} is not in {found:?}");
    }
    let short = said(&page(&cursor(), json!({ "data": [{ "id": "a" }], "page": { "more": false } })).findings);
    assert_eq!(short.len(), 1, "{short:?}");
    assert!(short[0].starts_with("note at users.calls.list.paging.next"), "{short:?}");
}

#[test]
fn a_list_without_paging_that_seems_to_have_pages_is_a_note() {
    let plain = with_list("{ call: { method: GET, path: [users] }, items: 'data[*]' }");
    let found =
        said(&page(&plain, json!({ "data": [{ "id": "a" }], "links": { "next": { "href": "/users?p=2" } } })).findings);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].starts_with("note at users.calls.list: the answer has something at `links.next.href`"),
        "{found:?}"
    );
    assert_eq!(
        said(&page(&plain, json!({ "data": [{ "id": "a", "next": "of kin" }] })).findings),
        Vec::<String>::new()
    );
}

#[test]
fn numbers_of_pages_and_totals_are_numbers() {
    let seen = page(&bound(), json!({ "data": [{ "id": "a" }], "total": "many" }));
    assert!(said(&seen.findings).iter().any(|line| line.contains("paging.total: what stands at `total` is no number")));
    let seen = page(&bound(), json!({ "data": [{ "id": "a" }], "total": "1" }));
    assert_eq!(said(&seen.findings), Vec::<String>::new());
}

#[test]
fn elements_that_are_no_objects_are_told_unless_they_are_keys() {
    let plain = with_list("{ call: { method: GET, path: [users] }, items: 'data[*]' }");
    let found = said(&page(&plain, json!({ "data": ["a", "b"] })).findings);
    assert_eq!(
        found,
        ["problem at users.calls.list.items: the elements of the list are texts, and accounts are objects"]
    );
}

#[test]
fn an_account_is_one_although_list_and_read_show_it() {
    let bound = with_list("{ call: { method: GET, path: [users] }, items: 'data[*]' }");
    let mut findings = Findings::default();
    let listed = [json!({ "id": "a", "login": "x" })];
    let read = [json!({ "id": "a", "login": "x", "mail": "m", "grades": [1, "two"] })];
    bound.look_at_accounts(&listed, &read, &mut findings);
    assert_eq!(
        said(&findings),
        [
            "problem at users.fields.grades.type: `grades` is declared `integer_list`, and 1 account has a list of other values at `grades`"
        ]
    );
}

#[test]
fn people_are_recognised_by_any_of_the_match_fields() {
    let bound = with_list("{ call: { method: GET, path: [users] }, items: 'data[*]' }");
    let told = |accounts: &[Value]| {
        let mut findings = Findings::default();
        bound.look_at_accounts(accounts, &[], &mut findings);
        said(&findings).into_iter().filter(|line| line.starts_with("problem")).collect::<Vec<_>>()
    };
    assert_eq!(told(&[json!({ "id": "a", "login": "x" }), json!({ "id": "b", "mail": "m" })]), Vec::<String>::new());
    assert_eq!(
        told(&[json!({ "id": "a", "login": "x" }), json!({ "id": "b" })]),
        [
            "problem at users.match: 1 of 2 accounts have no `login` or `mail` in the list, by which an account is recognised"
        ]
    );
    let shared = told(&[json!({ "id": "a", "mail": " M@x " }), json!({ "id": "b", "mail": "m@X" })]);
    assert_eq!(
        shared,
        [
            "problem at users.match[1].field: 2 accounts have the same `mail`, so that nobody can tell which of them is meant: a, b"
        ]
    );
}

#[test]
fn a_field_that_is_said_to_be_unread_and_is_shown_is_a_note_and_a_password_is_never_looked_for() {
    let bound = with_list("{ call: { method: GET, path: [users] }, items: 'data[*]' }");
    let mut findings = Findings::default();
    bound.look_at_accounts(
        &[json!({ "id": "a", "login": "x", "mail": "m", "hidden": 1, "grades": [] })],
        &[],
        &mut findings,
    );
    assert_eq!(
        said(&findings),
        ["note at users.fields.hidden.unread: `hidden` is `unread`, and the vendor shows something at `hidden`"]
    );
}

#[test]
fn what_the_bridge_may_ask_is_what_reads() {
    let bound = bound();
    for (call, reads) in [
        (CallName::List, true),
        (CallName::Read, true),
        (CallName::Find, true),
        (CallName::Named("look".into()), true),
        (CallName::Named("nudge".into()), false),
        (CallName::Create, false),
        (CallName::Update("profile".into()), false),
        (CallName::Delete, false),
    ] {
        assert_eq!(bound.only_reads(&call), reads, "{call}");
    }
    let posted = with_list("{ call: { method: POST, path: [users, search], body: {} }, items: 'data[*]' }");
    assert!(posted.only_reads(&CallName::List), "a list that is asked for by POST");
    let put = with_list("{ call: { method: PUT, path: [users] }, items: 'data[*]' }");
    assert!(!put.only_reads(&CallName::List));
}
