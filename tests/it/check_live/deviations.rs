//! A vendor that fits, and everything in which one can deviate: what is said about it, where, and with which exit status.

use serde_json::json;

use super::office::Office;
use super::{at, check, check_with, each};

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_vendor_that_fits_is_told_to_fit_and_nothing_is_written() {
    let office = Office::start(|_| {});
    let said = check(&office, &[], &[]);
    said.ends(0)
        .says("ok", &["Office accepts the sign-in"])
        .says("ok", &["`list` shows 2 accounts"])
        .says("ok", &["catalog `teams` has 2 objects"])
        .says("ok", &["the setting `home_team`: `Care` is in the catalog `teams`"])
        .says("ok", &["`read` shows the account 7"])
        .says("ok", &["`find` finds the account 7 again"])
        .says("ok", &["keeps from harm is there: 10"]);
    assert!(said.lines.iter().all(|line| line.starts_with("ok")), "{}", said.all);
    // one page, the beginning of the next, and no more
    let pages = said.calls.iter().filter(|call| *call == "GET /people").count();
    assert_eq!(pages, 2, "{:?}", said.calls);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_sign_in_that_is_refused_ends_it_at_once() {
    let office = Office::start(|state| state.instead.push(("POST /token", 401, json!({ "error": "invalid_client" }))));
    let said = check(&office, &[], &[]);
    said.ends(1)
        .says("FAILED", &[&at("sign_in:"), "refused", "client_secret"])
        .says("note", &["nothing more was asked"]);
    assert_eq!(said.calls, ["POST /token"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_host_that_is_not_there_is_told_at_the_setting_that_names_it() {
    let office = Office::start(|_| {});
    let said = check(&office, &[], &[(office.url.as_str(), "http://127.0.0.1:1")]);
    said.ends(1).says("FAILED", &["bridge.yaml:7: ", "cannot be reached"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_vendor_that_never_answers_does_not_hold_the_command() {
    let office = Office::start(|state| state.silent = Some("/people"));
    let begun = tokio::time::Instant::now();
    check(&office, &[], &[]).ends(1).says("FAILED", &["no answer in time"]);
    assert!(begun.elapsed().as_secs() < 30);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_missing_right_is_told_and_the_rest_is_still_asked() {
    let office = Office::start(|state| state.instead.push(("GET /people", 403, json!({}))));
    let said = check(&office, &[], &[]);
    said.ends(1).says("FAILED", &[&at("list:"), "`list`", "lacks the right"]).says("ok", &["catalog `teams`"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_answer_that_no_rule_speaks_of_is_told() {
    let office = Office::start(|state| state.instead.push(("GET /teams", 418, json!({}))));
    check(&office, &[], &[]).ends(1).says("FAILED", &["catalogs.teams.list", "418", "no rule under `answers`"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn what_the_vendor_quotes_of_a_secret_is_masked() {
    let answer = json!({ "error": { "code": "no", "text": "never-to-be-seen may not list" } });
    let office = Office::start(|state| state.instead.push(("GET /teams", 400, answer)));
    check(&office, &[], &[]).ends(1).says("FAILED", &["******** may not list"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_list_elsewhere_in_the_answer_is_found() {
    let office = Office::start(|state| {
        state.listed = |answer| json!({ "result": { "users": answer["data"]["people"] }, "meta": { "total": 4 } });
    });
    check(&office, &[], &[])
        .ends(1)
        .says("FAILED", &[&at("items: \"data.people"), "there is one at `result.users[*]`"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_page_that_holds_no_json_is_told() {
    let office = Office::start(|state| state.instead.push(("GET /people", 200, json!("no object"))));
    check(&office, &[], &[]).ends(1).says("FAILED", &["the answer holds no list at data.people[*]"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_key_that_is_not_where_it_is_read_is_told_with_the_nearest_name() {
    let office = Office::start(|_| {});
    let said = check(
        &office,
        &[("key: { read: id, type: integer }\n  match", "key: { read: uid, type: integer }\n  match")],
        &[],
    );
    said.ends(1).says(
        "FAILED",
        &[&at("key: { read: id, type: integer }"), "no accounts of the list have a key at `uid`; did you mean `id`?"],
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn keys_of_another_type_are_told() {
    let office = Office::start(|state| each(state, 2, "id", &json!("p-7")));
    let said = check(&office, &[], &[]);
    said.ends(1).says("FAILED", &["declared `integer`", "2 of 2 keys at `id` are no whole numbers"]);
    said.says("FAILED", &["`id` is not unique", "p-7"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_field_that_nobody_shows_is_a_note_with_the_nearest_name() {
    let office = Office::start(|_| {});
    let said =
        check(&office, &[("    level: { type: integer, from", "    level: { type: integer, read: levle, from")], &[]);
    said.ends(0).says(
        "note",
        &[&at("level: {"), "no account shows anything at `levle`, so `level` is never read; did you mean `level`?"],
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_value_of_another_type_is_a_problem() {
    for (member, value, texts) in [
        ("level", json!("high"), ["`level` is declared `integer`", "have a text at `level`"]),
        ("level", json!(2.5), ["`level` is declared `integer`", "have a number with a fraction at `level`"]),
        ("remote", json!(1), ["`remote` is declared `boolean`", "have a number at `remote`"]),
        ("name", json!({ "first": "A" }), ["`name` is declared `string`", "have an object at `name`"]),
        (
            "skills",
            json!([{ "id": "4" }]),
            ["`skills` is declared `level_map`", "no whole number at `read_each.value`"],
        ),
        ("skills", json!("4"), ["`skills` is declared `level_map`", "have a text at `skills`"]),
    ] {
        let office = Office::start(|state| each(state, 4, member, &value));
        check(&office, &[], &[]).ends(1).says("FAILED", &texts);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_value_that_is_read_all_the_same_is_a_note() {
    for (member, value) in [("level", json!("7")), ("remote", json!("TRUE"))] {
        let office = Office::start(|state| each(state, 4, member, &value));
        check(&office, &[], &[]).ends(0).says("note", &[member, "a text", "it is read as"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_word_in_no_table_is_told_with_its_number() {
    let office = Office::start(|state| each(state, 4, "status", &json!("frozen")));
    let said = check(&office, &[("size: 2", "size: 3")], &[]);
    said.ends(1).says("FAILED", &[&at("status: {"), "have `frozen`, which `table` of `status` does not have"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_value_outside_the_allowed_ones_is_told() {
    let office = Office::start(|state| each(state, 1, "shift", &json!("late")));
    check(&office, &[], &[]).ends(1).says("FAILED", &["has `late`, which `values` of `shift` does not have"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_required_field_without_a_value_is_told() {
    let office = Office::start(|state| each(state, 4, "name", &json!("")));
    check(&office, &[], &[]).ends(1).says("FAILED", &["`name` is `required`", "displayName"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn people_who_cannot_be_told_apart_or_recognised_are_told_by_key_and_number() {
    let office = Office::start(|state| each(state, 2, "login", &json!("Ada@example.com")));
    let said = check(&office, &[], &[]);
    said.ends(1).says("FAILED", &[&at("match:"), "2 accounts have the same `login`", "7, 8"]);
    assert!(!said.all.contains("Ada@"), "{}", said.all);
    let office = Office::start(|state| each(state, 1, "login", &json!(null)));
    check(&office, &[], &[]).ends(1).says("FAILED", &["1 of 2 accounts have no `login` in the list"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_total_that_is_not_there_is_told_with_the_nearest_name() {
    let office = Office::start(|_| {});
    let said = check(&office, &[("total: meta.total", "total: meta.totals")], &[]);
    said.ends(1).says("FAILED", &[&at("paging:"), "nothing at `meta.totals`; did you mean `total`?"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_next_page_that_is_named_elsewhere_is_found() {
    let office = Office::start(|state| {
        state.listed = |answer| json!({ "data": answer["data"], "links": { "next": "/people?offset=2" } });
    });
    let query = (", query: { offset: $page.offset, limit: $page.size } }", " }");
    let link =
        ("paging: { style: offset, size: 2, total: meta.total }", "paging: { style: link, size: 50, next: links.nxt }");
    let said = check(&office, &[query, link], &[]);
    said.ends(1).says("FAILED", &["nothing at `links.nxt`, but something at `links.next`"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_list_whose_pages_are_all_the_first_one_is_told() {
    let office = Office::start(|state| state.same_page = true);
    check(&office, &[], &[]).ends(1).says("FAILED", &[&at("paging:"), "second page begins with the same account"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn two_objects_of_one_name_are_told() {
    let office = Office::start(|state| state.teams.push(json!({ "id": 22, "name": "CARE" })));
    let said = check(&office, &[], &[]);
    said.ends(1).says("FAILED", &["2 objects of the catalog `teams` are called `Care` (20, 22)"]);
    said.says("FAILED", &["bridge.yaml:8: ", "home_team", "nobody can tell which is meant"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_setting_that_names_nothing_is_told_at_its_line() {
    let office = Office::start(|_| {});
    let said = check(&office, &[], &[("home_team: Care", "home_team: Caer")]);
    said.ends(1)
        .says("FAILED", &["bridge.yaml:8: ", "the setting `home_team`: teams has no \"Caer\"; did you mean \"Care\"?"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_group_rule_that_names_nothing_is_told_at_its_line() {
    let office = Office::start(|_| {});
    let said = check(&office, &[], &[("name: Night", "name: Nihgt")]);
    said.ends(1).says("FAILED", &["bridge.yaml:13: ", "`Nihgt`", "did you mean `Night`?"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_bridge_account_that_is_not_there_is_a_note() {
    let office = Office::start(|state| {
        state.people.pop();
    });
    check(&office, &[], &[]).ends(0).says("note", &[&at("protected:"), "it protects nobody"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn what_the_mapping_does_not_speak_of_is_named_without_values() {
    let office = Office::start(|state| each(state, 2, "nickname2", &json!("hidden value")));
    let said = check(&office, &[], &[]);
    said.ends(0).says("note", &["does not speak of: nickname2"]);
    assert!(!said.all.contains("hidden value"), "{}", said.all);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_condition_that_holds_for_nobody_is_told() {
    let office = Office::start(|_| {});
    let said = check(&office, &[("path: type, equals", "path: typ, equals")], &[]);
    said.ends(1).says("FAILED", &["no account has anything at `typ`; did you mean `type`?"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_read_that_shows_something_else_is_told() {
    let office = Office::start(|state| state.without_revision = true);
    check(&office, &[], &[]).ends(1).says("FAILED", &[&at("revision:"), "no revision in the header ETag"]);
    let office = Office::start(|_| {});
    let said = check(
        &office,
        &[("path: [people, $key], user: person }\n    list", "path: [people, $key], user: persons }\n    list")],
        &[],
    );
    said.ends(1).says("FAILED", &["nothing at `persons`; did you mean `person`?"]);
    let office = Office::start(|state| state.instead.push(("GET /people/7", 404, json!({}))));
    check(&office, &[], &[]).ends(1).says("FAILED", &["the list shows the account 7, and `read` does not know it"]);
    let office = Office::start(|state| {
        state.instead.push(("GET /people/7", 200, json!({ "person": { "id": 8, "login": "b" } })));
    });
    check(&office, &[], &[]).ends(1).says("FAILED", &["the account 7 was asked for, and the answer is about 8"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_search_that_does_not_find_whom_the_list_shows_is_told() {
    let office = Office::start(|state| state.instead.push(("POST /people/search", 200, json!({ "hits": [] }))));
    check(&office, &[], &[]).ends(1).says("FAILED", &["`find` does not find it: it would be created a second time"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_read_that_could_change_something_is_not_made() {
    let office = Office::start(|_| {});
    let said = check(
        &office,
        &[("read: { method: GET, path: [people, $key]", "read: { method: POST, path: [people, $key, open]")],
        &[],
    );
    said.ends(0).says("note", &["`read` was not tried"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn one_connection_can_be_chosen_and_an_unknown_one_is_wrong_usage() {
    let office = Office::start(|_| {});
    check_with(&office, &[], &[], &["check", "--live", "--connection", "desk"]).ends(0);
    let said = check_with(&office, &[], &[], &["check", "--live", "--connection", "shop"]);
    said.ends(2);
    assert!(said.all.contains("no connection shop"), "{}", said.all);
    let said = check_with(&office, &[], &[], &["check", "--connection", "desk"]);
    said.ends(2);
    assert_eq!(said.calls, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn without_the_option_nobody_is_asked() {
    let office = Office::start(|_| {});
    let said = check_with(&office, &[], &[], &["check"]);
    said.ends(0);
    assert_eq!(said.calls, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_secret_that_is_not_set_here_is_a_wrong_file() {
    let office = Office::start(|_| {});
    let said = check(&office, &[], &[("client_secret: never-to-be-seen", "client_secret: env:NOT_SET_ANYWHERE")]);
    said.ends(2);
    assert!(said.all.contains("NOT_SET_ANYWHERE"), "{}", said.all);
}
