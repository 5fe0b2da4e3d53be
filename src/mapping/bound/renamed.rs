//! Keys that change with a value: where the new one is after an update. What becomes of the old one is the caller's business.

use super::{Bound, CallName};
use crate::mapping::convert::is_empty;
use crate::mapping::record::Record;
use crate::mapping::tree::resolve::scalar_text;
use crate::mapping::wire::HttpAnswer;

impl Bound {
    /// The key that the account has after an update: as the answer says, else as the field says that is the key and was sent.
    pub fn key_after(&self, call: &CallName, sent: &Record, answer: &HttpAnswer) -> Option<String> {
        let said = || {
            let path = self.calls.get(call)?.new_key.as_ref()?;
            path.first(answer.json.as_ref()?).and_then(scalar_text).filter(|key| !key.is_empty())
        };
        let shown = || self.account_in(call, answer).map(|account| account.key);
        said().or_else(shown).or_else(|| self.key_of(sent))
    }

    /// The key of an account that has this record, where a field is the key.
    pub fn key_of(&self, record: &Record) -> Option<String> {
        let field = self.users().key.field.as_ref()?;
        record.0.get(field).filter(|value| !is_empty(value)).and_then(scalar_text)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::mapping::made_up::{bound_of, object};

    const TEXT: &str = "
version: 1
vendor: { name: made-up, title: Made Up }
api: { base_url: http://127.0.0.1:9/, sign_in: { scheme: none } }
users:
  key: { read: slug, type: string, field: login }
  match: [{ field: login }]
  fields: { login: { from: userName }, nick: { from: nickName } }
  calls:
    create: { method: POST, path: [u], body: $record }
    list: { call: { method: GET, path: [u] }, items: . }
    update:
      shown: { method: PUT, path: [u, $key], body: $record, user: person }
      said: { method: PUT, path: [v, $key], body: $record, writes: [nick], new_key: moved.to }
";

    fn after(call: &str, sent: Value, answer: Value) -> Option<String> {
        let answer = HttpAnswer { status: 200, headers: Vec::new(), text: String::new(), json: Some(answer) };
        bound_of(TEXT).key_after(&CallName::Update(call.to_owned()), &Record(object(sent)), &answer)
    }

    #[test]
    fn the_answer_says_which_key_an_account_has_after_a_change() {
        let shown = json!({ "person": { "slug": "from-answer" } });
        assert_eq!(after("shown", json!({ "login": "sent" }), shown).as_deref(), Some("from-answer"));
        assert_eq!(after("said", json!({ "nick": "n" }), json!({ "moved": { "to": 7 } })).as_deref(), Some("7"));
    }

    #[test]
    fn else_the_field_says_it_that_is_the_key() {
        assert_eq!(after("shown", json!({ "login": "sent" }), json!("OK")).as_deref(), Some("sent"));
        assert_eq!(after("shown", json!({ "nick": "n" }), json!("OK")), None, "another field was sent");
        assert_eq!(after("shown", json!({ "login": null }), json!({})), None);
    }
}
