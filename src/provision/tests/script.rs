//! A vendor in memory that does what it is told: accounts and other objects, a list of what goes wrong next, and a record of what it was asked.
//!
//! Calls on other objects than accounts are called by the first segment of their address: `skills.create`.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Map, Value, json};

use crate::mapping::bound::{Bound, CallName, Scope};
use crate::mapping::model::Meaning;
use crate::mapping::wire::{HttpAnswer, Verdict};
use crate::vendor::{Answered, CallContext, CallFailure, Vendor};

/// What goes wrong with one call.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Act {
    /// Answered with this word; nothing happens.
    Say(Meaning),
    /// The answer is lost, and nothing has happened.
    LostBefore,
    /// The answer is lost after it has happened.
    LostAfter,
    /// It happens, and nobody ever hears of it: the process has died.
    Vanish,
    /// It happens when [`Script::release`] is called; answered then.
    Wait,
    /// As `Wait`, and then answered with this word instead.
    WaitAndSay(Meaning),
    /// Answered with success, but nothing happens.
    Ignore,
    /// It happens; the answer does not show the account.
    Silent,
    /// This answer.
    Answer(Value),
    /// A defect of the program.
    Panic,
}

/// The vendor, as far as it speaks of one kind of objects.
#[derive(Debug, Default)]
pub(super) struct Script {
    state: Arc<Mutex<State>>,
    gate: Arc<tokio::sync::Notify>,
    part: String,
}

#[derive(Debug, Default)]
struct State {
    parts: BTreeMap<String, BTreeMap<u64, Map<String, Value>>>,
    last: u64,
    next: VecDeque<(String, Act)>,
    always: Vec<(String, Act)>,
    calls: Vec<String>,
    /// A call and the login of the account for which it is refused.
    refused: Vec<(String, String)>,
    waiting: usize,
    is_unique: bool,
    ignores_null: bool,
}

impl Script {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// The next call of this name goes wrong like this.
    pub(super) fn next(&self, call: &str, act: Act) {
        self.state().next.push_back((call.to_owned(), act));
    }

    /// Every call of this name goes wrong like this, until [`Script::heal`].
    pub(super) fn always(&self, call: &str, act: Act) {
        self.state().always.push((call.to_owned(), act));
    }

    pub(super) fn heal(&self) {
        let mut state = self.state();
        state.next.clear();
        state.always.clear();
    }

    /// Lets one call go on that waits.
    pub(super) fn release(&self) {
        self.gate.notify_one();
    }

    /// How many calls wait now.
    pub(super) fn waiting(&self) -> usize {
        self.state().waiting
    }

    /// Logins must be unique.
    pub(super) fn is_unique(&self) {
        self.state().is_unique = true;
    }

    /// `null` does not clear.
    pub(super) fn ignores_null(&self) {
        self.state().ignores_null = true;
    }

    /// An account that somebody makes by hand.
    pub(super) fn makes(&self, account: &Value) -> u64 {
        let mut state = self.state();
        state.last += 1;
        let key = state.last;
        state.part("").insert(key, account.as_object().cloned().unwrap());
        key
    }

    /// Another object that somebody makes by hand.
    pub(super) fn makes_object(&self, part: &str, name: &str) -> u64 {
        let mut state = self.state();
        state.last += 1;
        let key = state.last;
        state.part(part).insert(key, Map::from_iter([("name".to_owned(), name.into())]));
        key
    }

    /// Somebody deletes another object by hand.
    pub(super) fn loses_object(&self, part: &str, key: u64) {
        self.state().part(part).remove(&key).expect("an object");
    }

    /// The names of other objects.
    pub(super) fn names(&self, part: &str) -> Vec<String> {
        let mut state = self.state();
        let names = state.part(part).values().filter_map(|object| object.get("name")?.as_str().map(str::to_owned));
        names.collect()
    }

    /// The key of another object.
    #[track_caller]
    pub(super) fn key_of(&self, part: &str, name: &str) -> String {
        let mut state = self.state();
        let found = state.part(part).iter().find(|(_, object)| object.get("name") == Some(&name.into()));
        found.map(|(key, _)| key.to_string()).expect("an object of that name")
    }

    /// The name of another object.
    pub(super) fn name_of(&self, part: &str, key: &str) -> Option<String> {
        let mut state = self.state();
        let object = state.part(part).get(&key.parse().ok()?)?;
        object.get("name")?.as_str().map(str::to_owned)
    }

    /// What the account with this login has in a field.
    #[track_caller]
    pub(super) fn has(&self, login: &str, field: &str) -> Value {
        let accounts = self.accounts();
        let account = accounts.iter().find(|account| account["login"] == login).expect("an account");
        account.get(field).cloned().unwrap_or_default()
    }

    /// Somebody deletes an account by hand.
    pub(super) fn loses(&self, key: u64) {
        self.state().part("").remove(&key).expect("an account");
    }

    /// All accounts.
    pub(super) fn accounts(&self) -> Vec<Value> {
        self.state().part("").values().cloned().map(Value::Object).collect()
    }

    /// The only account.
    #[track_caller]
    pub(super) fn only(&self) -> Value {
        let accounts = self.accounts();
        assert_eq!(accounts.len(), 1, "{accounts:?}");
        accounts[0].clone()
    }

    /// How many calls were made.
    pub(super) fn calls(&self) -> usize {
        self.state().calls.len()
    }

    /// Every call of this name on the account with this login is refused.
    pub(super) fn refuses(&self, call: &str, login: &str) {
        self.state().refused.push((call.to_owned(), login.to_owned()));
    }

    /// How often a call of this name was made.
    pub(super) fn count(&self, call: &str) -> usize {
        self.state().calls.iter().filter(|made| *made == call).count()
    }

    fn act(&self, call: &str) -> Option<Act> {
        let mut state = self.state();
        state.calls.push(call.to_owned());
        if let Some(at) = state.next.iter().position(|(name, _)| name == call) {
            return state.next.remove(at).map(|(_, act)| act);
        }
        state.always.iter().find(|(name, _)| name == call).map(|(_, act)| act.clone())
    }

    async fn waits(&self) {
        self.state().waiting += 1;
        self.gate.notified().await;
        self.state().waiting -= 1;
    }
}

impl State {
    fn part(&mut self, part: &str) -> &mut BTreeMap<u64, Map<String, Value>> {
        self.parts.entry(part.to_owned()).or_default()
    }

    fn perform(&mut self, part: &str, call: &CallName, scope: &Scope) -> Result<Value, Meaning> {
        let key = scope.key.as_deref().map(|key| key.parse::<u64>().unwrap());
        match call {
            CallName::Create => {
                self.check(part, None, scope)?;
                self.last += 1;
                let key = self.last;
                self.part(part).insert(key, scope.record.0.clone());
                Ok(self.show(part, key))
            }
            CallName::Update(_) => {
                let key = key.filter(|key| self.part(part).contains_key(key)).ok_or(Meaning::NotFound)?;
                self.check(part, Some(key), scope)?;
                let ignores_null = self.ignores_null;
                let account = self.part(part).get_mut(&key).unwrap();
                for (field, value) in &scope.record.0 {
                    match value {
                        Value::Null if ignores_null => None,
                        Value::Null => account.shift_remove(field),
                        value => account.insert(field.clone(), value.clone()),
                    };
                }
                Ok(self.show(part, key))
            }
            CallName::Delete => self.part(part).remove(&key.unwrap()).map(|_| json!({})).ok_or(Meaning::NotFound),
            CallName::Read => {
                let key = key.filter(|key| self.part(part).contains_key(key)).ok_or(Meaning::NotFound)?;
                Ok(self.show(part, key))
            }
            CallName::List | CallName::Lists(_) | CallName::Find => {
                let keys: Vec<u64> = self.part(part).keys().copied().collect();
                Ok(json!({ "data": keys.into_iter().map(|key| self.show(part, key)).collect::<Vec<_>>() }))
            }
            CallName::Membership(_) => unreachable!("the script knows no memberships with identifiers"),
            CallName::Named(_) => unreachable!("the engine calls nothing by name"),
        }
    }

    fn is_refused(&mut self, name: &str, scope: &Scope) -> bool {
        let key = scope.key.as_deref().and_then(|key| key.parse::<u64>().ok());
        let login = key.and_then(|key| self.part("").get(&key)?.get("login")?.as_str().map(str::to_owned));
        self.refused.iter().any(|(call, of)| call == name && Some(of) == login.as_ref())
    }

    fn check(&mut self, part: &str, own: Option<u64>, scope: &Scope) -> Result<(), Meaning> {
        let Some(login) = scope.record.0.get("login").filter(|_| self.is_unique) else { return Ok(()) };
        let is_taken =
            self.part(part).iter().any(|(key, account)| Some(*key) != own && account.get("login") == Some(login));
        if is_taken { Err(Meaning::AlreadyExists) } else { Ok(()) }
    }

    fn show(&mut self, part: &str, key: u64) -> Value {
        let mut shown = self.part(part)[&key].clone();
        shown.insert("id".into(), key.to_string().into());
        for field in ["login", "mail", "name", "nick", "enabled", "role", "skills", "team"] {
            shown.entry(field).or_insert(Value::Null);
        }
        Value::Object(shown)
    }
}

#[async_trait]
impl Vendor for Script {
    async fn call(&self, call: &CallName, scope: &Scope, _: &CallContext) -> Result<Answered, CallFailure> {
        let perform = || self.state().perform(&self.part, call, scope);
        let name = if self.part.is_empty() { call.to_string() } else { format!("{}.{call}", self.part) };
        let act = self.act(&name);
        let result = match act {
            None if self.state().is_refused(&name, scope) => Err(Meaning::Refused),
            None => perform(),
            Some(Act::Say(meaning)) => Err(meaning),
            Some(Act::LostBefore) => return Err(failure(Meaning::Broken, true)),
            Some(Act::LostAfter) => {
                let _ = perform();
                return Err(failure(Meaning::Broken, true));
            }
            Some(Act::Vanish) => {
                let _ = perform();
                std::future::pending().await
            }
            Some(Act::Wait) => {
                self.waits().await;
                perform()
            }
            Some(Act::WaitAndSay(meaning)) => {
                self.waits().await;
                Err(meaning)
            }
            Some(Act::Ignore) => Ok(self.state().show(&self.part, scope.key.as_deref().unwrap().parse().unwrap())),
            Some(Act::Silent) => perform().map(|_| json!({})),
            Some(Act::Answer(answer)) => Ok(answer),
            Some(Act::Panic) => panic!("a defect, on purpose"),
        };
        match result {
            Ok(json) => {
                let answer = HttpAnswer { status: 200, headers: Vec::new(), text: json.to_string(), json: Some(json) };
                Ok(Answered { answer, attempts: 1 })
            }
            Err(meaning) => Err(failure(meaning, false)),
        }
    }

    fn speaking(&self, bound: Arc<Bound>) -> Arc<dyn Vendor> {
        let url = bound.request(&CallName::List, &Scope::default()).expect("a list").url;
        let part = url.rsplit('/').next().unwrap_or_default().to_owned();
        Arc::new(Self { state: self.state.clone(), gate: self.gate.clone(), part })
    }

    fn secret(&self, _: &str) -> Option<secrecy::SecretString> {
        None
    }

    fn health(&self) -> crate::vendor::Health {
        crate::vendor::Health::Reachable
    }
}

fn failure(meaning: Meaning, uncertain: bool) -> CallFailure {
    let verdict = Verdict {
        meaning,
        say: format!("scripted {meaning:?}"),
        vendor_text: None,
        field: None,
        rule: "script".into(),
    };
    CallFailure { verdict, uncertain, retry_after: Some(Duration::from_secs(1)), attempts: 1 }
}
