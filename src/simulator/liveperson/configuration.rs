//! The account configuration API: reading and changing entities. It promises the order of refusals and the revision; what a value must be like is elsewhere.
//!
//! Order of refusals: account (400, 401), sign-in (401), permission (403), query (400), body (400, 415), target (404), revision (400, 409 or 412), values (400).
//! A call about several entities changes all of them or none, and counts as one change.

use std::sync::Arc;

use serde_json::{Value, json};

use super::super::control::{Answer, Request, read, write};
use super::Liveperson;
use super::account::{Account, Entity, text};
use super::authenticate::Caller;
use super::catalogs::check_unused;
use super::convert::{read_fields, read_long};
use super::domain::host;
use super::kind::Kind;
use super::knobs::{DefaultSelect, DeleteBody, Knobs};
use super::query::{Query, Select};
use super::refusal::Refusal;
use super::route::Action;
use super::shown::{Shown, check_latest, date, is_unchanged, with_revision};
use super::users::Desk;

/// One call's surroundings.
struct Visit<'a> {
    request: &'a Request,
    kind: Kind,
    query: Query,
    knobs: Arc<Knobs>,
    caller: Caller,
    date: String,
}

impl Liveperson {
    /// Answers a call about entities.
    pub fn answer_entities(
        &self,
        request: &Request,
        account: &str,
        kind: Kind,
        action: &Action,
    ) -> Result<Answer, Refusal> {
        self.check_account(account)?;
        let caller = self.authenticate(request)?;
        let knobs = self.current_knobs();
        let is_write = !matches!(action, Action::List | Action::Get(_) | Action::GetByPid(_));
        caller.check(kind, is_write, &read(&self.account), &knobs)?;
        let query = Query::read(&request.query).map_err(Refusal::bad)?;
        let visit = Visit { request, kind, query, knobs, caller, date: date(self.clock.now()) };
        if !is_write {
            return visit.read(&read(&self.account), action);
        }
        let mut account = write(&self.account);
        let one = matches!(action, Action::Update(_) | Action::Delete(_) | Action::ResetPassword(_));
        // of several entities the first may be changed when another is refused; of one nothing is
        let before = (!one && request.body.trim_ascii_start().starts_with(b"[")).then(|| account.clone());
        let answer = self.change(&visit, &mut account, action);
        if let (Err(_), Some(before)) = (&answer, before) {
            *account = before;
        }
        answer
    }

    fn change(&self, visit: &Visit<'_>, account: &mut Account, action: &Action) -> Result<Answer, Refusal> {
        let kind = visit.kind;
        let body = match action {
            Action::Delete(_) => Value::Null,
            _ => read_body(visit.request)?,
        };
        let single = matches!(action, Action::Update(_) | Action::Delete(_)) || body.is_object();
        let touched = match action {
            Action::Create => visit.create(account, body)?,
            Action::Update(id) => vec![visit.update(account, Some(*id), body, true)?],
            Action::UpdateMany => {
                let items = list(body)?;
                let wanted: Vec<i64> = items.iter().map(read_id).collect::<Result<_, _>>()?;
                visit.check_targets(account, &wanted)?;
                items.into_iter().map(|item| visit.update(account, None, item, false)).collect::<Result<_, _>>()?
            }
            Action::Delete(id) => visit.delete(account, &[*id])?,
            Action::DeleteMany => {
                let ids = list(body)?;
                let ids: Result<Vec<i64>, _> = ids.iter().map(read_long).collect();
                visit.delete(account, &ids.map_err(|_| Refusal::bad("the body must be a list of ids"))?)?
            }
            Action::ResetPassword(id) => vec![visit.reset_password(account, *id, &body)?],
            Action::List | Action::Get(_) | Action::GetByPid(_) => Vec::new(),
        };
        account.commit(kind, self.clock.now());
        let is_delete = matches!(action, Action::Delete(_) | Action::DeleteMany);
        if is_delete && visit.knobs.delete_body == DeleteBody::Empty {
            let empty = Answer { status: 200, headers: Vec::new(), body: Vec::new() };
            return Ok(with_revision(empty, account.of(kind), kind, &visit.knobs));
        }
        let status = if matches!(action, Action::Create) { 201 } else { 200 };
        let answer = visit.show(account, status, &touched, single);
        Ok(match touched[..] {
            [id] if status == 201 && single => {
                let path = visit.request.path.trim_end_matches('/');
                answer.with_header("location", format!("http://{}{path}/{id}", host(visit.request)))
            }
            _ => answer,
        })
    }

    /// Answers what anybody may see of a user.
    pub fn show_public_profile(&self, account: &str, pid: &str) -> Result<Answer, Refusal> {
        self.check_account(account)?;
        let account = read(&self.account);
        let user = account.of(Kind::Users).live().find(|(_, user)| text(user, "pid") == pid);
        let (_, user) = user.ok_or_else(|| Refusal::not_found("no such user"))?;
        let shown = ["employeeId", "nickname", "fullName", "pictureUrl"];
        let fields = shown.iter().filter_map(|name| user.get(*name).map(|value| ((*name).to_owned(), value.clone())));
        Ok(Answer::json(200, &fields.collect()))
    }
}

impl Visit<'_> {
    fn desk<'a>(&'a self, account: &'a Account) -> Desk<'a> {
        Desk { account, knobs: &self.knobs, caller: &self.caller, date: &self.date }
    }

    fn read(&self, account: &Account, action: &Action) -> Result<Answer, Refusal> {
        let kind = self.kind;
        let collection = account.of(kind);
        let found = match action {
            Action::Get(id) => Some(*id),
            Action::GetByPid(pid) if pid.parse::<i64>().is_ok() => {
                return Err(Refusal::bad("pid must not be a number"));
            }
            Action::GetByPid(pid) => {
                let user = collection.all().find(|(_, user)| text(user, "pid") == pid);
                Some(user.ok_or_else(|| Refusal::not_found(format!("no user {pid}")))?.0)
            }
            _ => None,
        };
        if let Some(id) = found {
            let visible = if self.query.include_deleted { collection.get(id) } else { account.live(kind, id) };
            visible.ok_or_else(|| self.not_found(id))?;
        }
        if is_unchanged(self.request, collection, kind, &self.knobs)? {
            let answer = Answer { status: 304, headers: Vec::new(), body: Vec::new() };
            return Ok(with_revision(answer, collection, kind, &self.knobs));
        }
        let deleted = self.query.include_deleted;
        let all: Vec<i64> = match found {
            Some(id) => vec![id],
            None if deleted => collection.all().map(|(id, _)| id).collect(),
            None => collection.live().map(|(id, _)| id).collect(),
        };
        Ok(self.show(account, 200, &all, found.is_some()))
    }

    /// One entity, or a list of them.
    fn show(&self, account: &Account, status: u16, ids: &[i64], single: bool) -> Answer {
        let collection = account.of(self.kind);
        let is_list = self.request.method == "GET" && !single;
        let default = || match self.knobs.default_select {
            DefaultSelect::Summary if is_list && self.kind == Kind::Users => Select::summary(),
            _ => Select::All,
        };
        let shown = Shown::new(account, self.kind, &self.knobs, self.query.select.clone().unwrap_or_else(default));
        let mut entities = ids.iter().filter_map(|id| collection.get(*id).map(|entity| shown.show(*id, entity)));
        let body = if single { entities.next().unwrap_or_default() } else { entities.collect() };
        with_revision(Answer::json(status, &body), collection, self.kind, &self.knobs)
    }

    fn create(&self, account: &mut Account, body: Value) -> Result<Vec<i64>, Refusal> {
        if body.is_object() && !self.kind.takes_single() {
            return Err(Refusal::bad("the body must be a list"));
        }
        let items = if body.is_object() { vec![body] } else { list(body)? };
        items.into_iter().map(|item| self.create_one(account, item)).collect()
    }

    fn create_one(&self, account: &mut Account, item: Value) -> Result<i64, Refusal> {
        let given = self.read_entity(item)?;
        let (mut entity, password) = if self.kind == Kind::Users {
            let draft = self.desk(account).draft_user(given, None)?;
            (draft.user, draft.password)
        } else {
            (self.desk(account).draft(self.kind, given, None)?, None)
        };
        let id = account.take_id();
        entity.insert("dateCreated".to_owned(), json!(self.date));
        if let Some(password) = password {
            entity.insert("lastPwdChangeDate".to_owned(), json!(self.date));
            account.set_password(id, &password);
        }
        account.put(self.kind, id, stamp(self.kind, id, entity, &self.date));
        Ok(id)
    }

    fn update(&self, account: &mut Account, id: Option<i64>, item: Value, is_alone: bool) -> Result<i64, Refusal> {
        let id = match id {
            Some(id) => id,
            None => read_id(&item)?,
        };
        let before = account.live(self.kind, id).cloned().ok_or_else(|| self.not_found(id))?;
        if is_alone {
            check_latest(self.request, account.of(self.kind), self.kind, &self.knobs)?;
        }
        if read_id(&item)? != id {
            return Err(Refusal::bad("id must be the one in the address"));
        }
        let given = self.read_entity(item)?;
        let (mut entity, password) = if self.kind == Kind::Users {
            let draft = self.desk(account).draft_user(given, Some((id, &before)))?;
            (draft.user, draft.password)
        } else {
            (self.desk(account).draft(self.kind, given, Some(id))?, None)
        };
        for kept in ["dateCreated", "lastPwdChangeDate"] {
            if let Some(value) = before.get(kept) {
                entity.insert(kept.to_owned(), value.clone());
            }
        }
        if let Some(password) = password {
            entity.insert("lastPwdChangeDate".to_owned(), json!(self.date));
            account.set_password(id, &password);
        }
        account.put(self.kind, id, stamp(self.kind, id, entity, &self.date));
        Ok(id)
    }

    fn delete(&self, account: &mut Account, ids: &[i64]) -> Result<Vec<i64>, Refusal> {
        self.check_targets(account, ids)?;
        for id in ids {
            check_unused(account, self.kind, *id)?;
            let before = account.live(self.kind, *id).ok_or_else(|| self.not_found(*id))?;
            let mut entity = Entity::clone(before);
            entity.insert("deleted".to_owned(), json!(true));
            entity.insert("dateUpdated".to_owned(), json!(self.date));
            account.put(self.kind, *id, entity);
        }
        Ok(ids.to_vec())
    }

    fn reset_password(&self, account: &mut Account, id: i64, body: &Value) -> Result<i64, Refusal> {
        let before = account.live(self.kind, id).ok_or_else(|| self.not_found(id))?;
        let mut user = Entity::clone(before);
        let password = body.get("newPassword").and_then(Value::as_str).filter(|text| !text.is_empty());
        let password = password.ok_or_else(|| Refusal::bad("newPassword is required"))?;
        self.desk(account).check_policy(password)?;
        user.insert("lastPwdChangeDate".to_owned(), json!(self.date));
        account.set_password(id, password);
        account.put(self.kind, id, stamp(self.kind, id, user, &self.date));
        Ok(id)
    }

    /// Refuses a call about several entities when one of them is not there, or when it does not know the latest change.
    fn check_targets(&self, account: &Account, ids: &[i64]) -> Result<(), Refusal> {
        if let Some(id) = ids.iter().find(|id| account.live(self.kind, **id).is_none()) {
            return Err(self.not_found(*id));
        }
        check_latest(self.request, account.of(self.kind), self.kind, &self.knobs)
    }

    fn read_entity(&self, item: Value) -> Result<Entity, Refusal> {
        match item {
            Value::Object(given) => read_fields(self.kind, &given).map_err(Refusal::bad),
            _ => Err(Refusal::bad("an entity must be an object")),
        }
    }

    fn not_found(&self, id: i64) -> Refusal {
        Refusal::not_found(format!("no {id} among the {}", self.kind.segment()))
    }
}

/// Fills in what is the server's, in the order of the fields.
fn stamp(kind: Kind, id: i64, mut entity: Entity, date: &str) -> Entity {
    entity.insert("id".to_owned(), json!(id));
    entity.insert("deleted".to_owned(), json!(false));
    entity.insert("dateUpdated".to_owned(), json!(date));
    if kind == Kind::Users && text(&entity, "pid").is_empty() {
        entity
            .insert("pid".to_owned(), json!(uuid::Builder::from_random_bytes(rand::random()).into_uuid().to_string()));
    }
    kind.fields()
        .iter()
        .filter_map(|field| entity.shift_remove(field.name).map(|value| (field.name.to_owned(), value)))
        .collect()
}

fn read_body(request: &Request) -> Result<Value, Refusal> {
    if request.media_type() != "application/json" {
        return Err(Refusal::new(415, "Content-Type must be application/json"));
    }
    serde_json::from_slice(&request.body).map_err(|error| Refusal::bad(format!("the body is not JSON: {error}")))
}

fn read_id(item: &Value) -> Result<i64, Refusal> {
    let id = item.get("id").ok_or_else(|| Refusal::bad("id is required"))?;
    read_long(id).map_err(|wish| Refusal::bad(format!("id must be {wish}")))
}

fn list(body: Value) -> Result<Vec<Value>, Refusal> {
    match body {
        Value::Array(items) if !items.is_empty() => Ok(items),
        _ => Err(Refusal::bad("the body must be a list with something in it")),
    }
}
