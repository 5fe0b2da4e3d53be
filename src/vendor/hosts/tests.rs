use serde_json::{Value, json};

use super::*;
use crate::mapping::made_up::bound_of;
use crate::vendor::testing::{Reply, Script, answer, lost};

const TEXT: &str = "
version: 1
vendor: { name: made-up, title: Made Up }
settings:
  account: { type: string, description: Account, default: a1 }
api:
  hosts:
    call: { base_url: https://where.example, path: [account, $settings.account, hosts.json] }
    items: baseURIs
    name: service
    host: baseURI
    keep_seconds: 60
  host: accounts
  sign_in: { scheme: none }
users:
  key: { read: id, type: integer }
  match: [{ field: mail }]
  fields: { mail: { from: userName } }
  calls:
    create: { method: POST, path: [u], body: $record }
    list: { call: { host: lists, method: GET, path: [u] }, items: . }
    delete: { method: DELETE, path: [u, $key] }
";

fn hosts(lines: Vec<Reply>) -> (Arc<Hosts>, Arc<Script>) {
    let script = Script::new(lines);
    let list = bound_of(TEXT).hosts().cloned();
    let origins = Origins::of(["https://where.example"].into_iter()).unwrap();
    let wire: Arc<dyn Wire> = Arc::<Script>::clone(&script);
    let connection = ConnectionName::parse("support").unwrap();
    (Hosts::new(&connection, "Made Up", list, wire, origins), script)
}

fn list(host: &str) -> Reply {
    reply(200, &json!({ "baseURIs": [{ "service": "accounts", "baseURI": host }] }))
}

fn reply(status: u16, body: &Value) -> Reply {
    Reply::Answers(answer(status, body))
}

async fn place(hosts: &Hosts) -> Result<String, String> {
    hosts.place("{accounts}/u/7?v=2").await.map_err(|error| error.to_string())
}

#[tokio::test(start_paused = true)]
async fn one_fetch_serves_all_who_wait_and_lasts_for_its_time() {
    let (hosts, script) = hosts(vec![list("one.example"), list("two.example")]);
    let many = (0..20).map(|_| {
        let hosts = Arc::clone(&hosts);
        tokio::spawn(async move { place(&hosts).await })
    });
    for one in many.collect::<Vec<_>>() {
        assert_eq!(one.await.unwrap().as_deref(), Ok("https://one.example/u/7?v=2"));
    }
    tokio::time::advance(Duration::from_secs(58)).await;
    assert_eq!(place(&hosts).await.as_deref(), Ok("https://one.example/u/7?v=2"));
    assert_eq!(script.calls().len(), 1);
    assert_eq!(script.calls()[0].path, "/account/a1/hosts.json");
    assert_eq!(script.calls()[0].credential, None);
    tokio::time::advance(Duration::from_secs(2)).await;
    assert_eq!(place(&hosts).await.as_deref(), Ok("https://two.example/u/7?v=2"));
    assert_eq!(script.calls().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn an_old_list_is_used_on_when_it_cannot_be_read_again() {
    let (hosts, script) = hosts(vec![
        list("one.example"),
        reply(503, &json!({})),
        reply(404, &json!({})),
        lost(),
        reply(200, &json!({ "baseURIs": [] })),
        list("two.example"),
    ]);
    assert!(place(&hosts).await.is_ok());
    tokio::time::advance(Duration::from_mins(1)).await;
    for fetches in 2..=5 {
        assert_eq!(place(&hosts).await.as_deref(), Ok("https://one.example/u/7?v=2"));
        assert_eq!(place(&hosts).await.as_deref(), Ok("https://one.example/u/7?v=2"));
        assert_eq!(script.calls().len(), fetches, "not before its time");
        tokio::time::advance(REFUSED_PAUSE).await;
    }
    assert_eq!(place(&hosts).await.as_deref(), Ok("https://two.example/u/7?v=2"));
}

#[tokio::test(start_paused = true)]
async fn without_a_list_the_error_says_whether_trying_again_helps() {
    let (hosts, script) = hosts(vec![reply(503, &json!({})), reply(401, &json!({})), list("one.example")]);
    let error = hosts.place("{accounts}/u").await.unwrap_err();
    assert_eq!((error.meaning, error.retry_after), (Meaning::Broken, Some(BROKEN_PAUSE)));
    assert_eq!(hosts.place("{accounts}/u").await.unwrap_err().meaning, Meaning::Broken);
    assert_eq!(script.calls().len(), 1, "nobody asks again at once");
    tokio::time::advance(BROKEN_PAUSE).await;
    let error = hosts.place("{accounts}/u").await.unwrap_err();
    assert_eq!(error.meaning, Meaning::Forbidden);
    for part in ["401", "settings.account", "support", "bridge.yaml"] {
        assert!(error.to_string().contains(part), "{error}");
    }
    tokio::time::advance(REFUSED_PAUSE).await;
    assert!(hosts.place("{accounts}/u").await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_service_that_is_not_listed_is_a_mistake_in_the_settings() {
    let (hosts, script) = hosts(vec![list("one.example")]);
    let error = hosts.place("{Accounts}/u").await.unwrap_err();
    assert_eq!(error.meaning, Meaning::Forbidden);
    for part in ["Accounts", "only accounts", "settings.account", "https://where.example/account/a1/hosts.json"] {
        assert!(error.to_string().contains(part), "{error}");
    }
    assert!(hosts.place("{Accounts}/u").await.is_err());
    assert_eq!(script.calls().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_host_that_leads_elsewhere_is_refused_and_the_others_serve() {
    let (hosts, _) = hosts(vec![reply(
        200,
        &json!({ "baseURIs": [
            { "service": "accounts", "baseURI": "one.example" },
            { "service": "lists", "baseURI": "user:word@thief.example/x" },
        ] }),
    )]);
    assert!(hosts.place("{accounts}/u").await.is_ok());
    let error = hosts.place("{lists}/u").await.unwrap_err();
    assert_eq!(error.meaning, Meaning::Forbidden);
}

#[tokio::test(start_paused = true)]
async fn a_host_where_nobody_listens_is_asked_for_before_its_time() {
    let (hosts, script) = hosts(vec![list("one.example"), list("two.example")]);
    assert!(place(&hosts).await.is_ok());
    hosts.doubt();
    assert!(place(&hosts).await.is_ok());
    assert_eq!(script.calls().len(), 1, "a list that has just been read is not doubted");
    tokio::time::advance(REFUSED_PAUSE).await;
    hosts.doubt();
    assert_eq!(place(&hosts).await.as_deref(), Ok("https://two.example/u/7?v=2"));
}

#[tokio::test(start_paused = true)]
async fn an_address_with_a_host_of_its_own_asks_nobody() {
    let (hosts, script) = hosts(vec![list("one.example")]);
    assert_eq!(hosts.place("https://api.example/{accounts}").await.unwrap(), "https://api.example/{accounts}");
    assert!(script.calls().is_empty());
}
