//! A vendor in memory that does what it is told: accounts, a list of what goes wrong next, and a record of what it was asked.

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

/// The vendor.
#[derive(Debug, Default)]
pub(super) struct Script {
    state: Mutex<State>,
    gate: tokio::sync::Notify,
}

#[derive(Debug, Default)]
struct State {
    accounts: BTreeMap<u64, Map<String, Value>>,
    last: u64,
    next: VecDeque<(String, Act)>,
    always: Vec<(String, Act)>,
    calls: Vec<String>,
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
        state.accounts.insert(key, account.as_object().cloned().unwrap());
        key
    }

    /// Somebody deletes an account by hand.
    pub(super) fn loses(&self, key: u64) {
        self.state().accounts.remove(&key).expect("an account");
    }

    /// All accounts.
    pub(super) fn accounts(&self) -> Vec<Value> {
        self.state().accounts.values().cloned().map(Value::Object).collect()
    }

    /// The only account.
    #[track_caller]
    pub(super) fn only(&self) -> Value {
        let accounts = self.accounts();
        assert_eq!(accounts.len(), 1, "{accounts:?}");
        accounts[0].clone()
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
    fn perform(&mut self, call: &CallName, scope: &Scope) -> Result<Value, Meaning> {
        let key = scope.key.as_deref().map(|key| key.parse::<u64>().unwrap());
        match call {
            CallName::Create => {
                self.check(None, scope)?;
                self.last += 1;
                self.accounts.insert(self.last, scope.record.0.clone());
                Ok(self.show(self.last))
            }
            CallName::Update(_) => {
                let key = key.filter(|key| self.accounts.contains_key(key)).ok_or(Meaning::NotFound)?;
                self.check(Some(key), scope)?;
                let ignores_null = self.ignores_null;
                let account = self.accounts.get_mut(&key).unwrap();
                for (field, value) in &scope.record.0 {
                    match value {
                        Value::Null if ignores_null => None,
                        Value::Null => account.shift_remove(field),
                        value => account.insert(field.clone(), value.clone()),
                    };
                }
                Ok(self.show(key))
            }
            CallName::Delete => self.accounts.remove(&key.unwrap()).map(|_| json!({})).ok_or(Meaning::NotFound),
            CallName::Read => {
                let key = key.filter(|key| self.accounts.contains_key(key)).ok_or(Meaning::NotFound)?;
                Ok(self.show(key))
            }
            CallName::List | CallName::Find => {
                Ok(json!({ "data": self.accounts.keys().map(|key| self.show(*key)).collect::<Vec<_>>() }))
            }
            CallName::Named(_) => unreachable!("the engine calls nothing by name"),
        }
    }

    fn check(&self, own: Option<u64>, scope: &Scope) -> Result<(), Meaning> {
        let Some(login) = scope.record.0.get("login").filter(|_| self.is_unique) else { return Ok(()) };
        let is_taken =
            self.accounts.iter().any(|(key, account)| Some(*key) != own && account.get("login") == Some(login));
        if is_taken { Err(Meaning::AlreadyExists) } else { Ok(()) }
    }

    fn show(&self, key: u64) -> Value {
        let mut shown = self.accounts[&key].clone();
        shown.insert("id".into(), key.to_string().into());
        for field in ["login", "mail", "name", "nick", "enabled", "role"] {
            shown.entry(field).or_insert(Value::Null);
        }
        Value::Object(shown)
    }
}

#[async_trait]
impl Vendor for Script {
    async fn call(&self, call: &CallName, scope: &Scope, _: &CallContext) -> Result<Answered, CallFailure> {
        let perform = || self.state().perform(call, scope);
        let act = self.act(&call.to_string());
        let result = match act {
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
            Some(Act::Ignore) => Ok(self.state().show(scope.key.as_deref().unwrap().parse().unwrap())),
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

    fn speaking(&self, _: Arc<Bound>) -> Arc<dyn Vendor> {
        unimplemented!("no group's object is scripted")
    }

    fn secret(&self, _: &str) -> Option<secrecy::SecretString> {
        None
    }

    fn is_healthy(&self) -> bool {
        true
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
