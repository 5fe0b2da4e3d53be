//! Ledger, a made-up system, written from its made-up reference:
//!
//! # Ledger, remote administration
//!
//! Basic authentication on every request, over `/admin`. The form of everything is JSON.
//!
//! **Users.** `{"id": 7, "user_name", "email", "first_name", "last_name", "phone", "language", "notes", "groups": [{"id", "title", "since"}], "created_at",
//! "updated_at"}`. There is no way to lock a user out but to delete him.
//!
//! | request | |
//! | --- | --- |
//! | `GET /admin/users.json?page=2` | a bare list, thirty to a page; behind the last page the list is empty. `per_page` is ignored |
//! | `POST /admin/users.json` | `{"user": {…}}`; 201 with `{"user": {"id": 7}}` and nothing more |
//! | `GET /admin/users/7.json` | `{"user": {…}}`; 404 is a page |
//! | `PUT /admin/users/7.json` | `{"user": {…}}`, everything: what is not there is empty afterwards. 200 `{"user": {…}}` |
//! | `DELETE /admin/users/7.json` | 204 |
//! | `GET /admin/groups.json?page=2` | `[{"id", "title"}]` |
//! | `POST /admin/groups.json` | `{"group": {"title"}}`; 201 `{"group": {"id", "title"}}` |
//! | `DELETE /admin/groups/3.json` | 204; its users lose it. A group cannot be renamed |
//!
//! Written are `user_name`, `email`, `first_name`, `last_name`, `phone`, `language`, `notes` (all of them texts) and `group_ids`; anything else is 422. What is
//! wrong stands by field: 422 `{"errors": {"email": ["has already been taken", …]}}`. `user_name` and `email` are unique. E-mail is trimmed and kept in lower
//! case, first and last names are cut to 20 letters. A `phone` of more than 15 letters is 500, every time. 503 is an overloaded server.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::support::{Asked, MadeUp, Stand, Told};

pub const USER: &str = "scim";
pub const PASSWORD: &str = "open sesame";
/// Users or groups on a page.
const PAGE: usize = 30;
const TEXTS: [&str; 7] = ["user_name", "email", "first_name", "last_name", "phone", "language", "notes"];

/// Everything that it has.
pub struct Ledger {
    pub users: BTreeMap<i64, User>,
    pub groups: BTreeMap<i64, String>,
    /// Identifiers are never given twice.
    last_id: i64,
}

/// Somebody.
#[derive(Clone, Default)]
pub struct User {
    pub texts: Map<String, Value>,
    pub groups: BTreeSet<i64>,
    pub writes: u32,
}

type Wrong = Map<String, Value>;

impl Default for Ledger {
    fn default() -> Self {
        let mut ledger = Self { users: BTreeMap::new(), groups: BTreeMap::new(), last_id: 0 };
        ledger.makes(USER, "scim@ledger.example");
        ledger
    }
}

impl Ledger {
    pub fn start() -> Stand<Self> {
        Stand::start(Self::default())
    }

    /// A user whom an administrator makes by hand.
    pub fn makes(&mut self, user_name: &str, email: &str) -> i64 {
        self.last_id += 1;
        let mut texts = empty();
        texts.insert("user_name".into(), user_name.into());
        texts.insert("email".into(), email.into());
        texts.insert("notes".into(), "made by hand".into());
        self.users.insert(self.last_id, User { texts, ..User::default() });
        self.last_id
    }

    /// A group that an administrator makes by hand.
    pub fn makes_group(&mut self, title: &str) -> i64 {
        self.last_id += 1;
        self.groups.insert(self.last_id, title.to_owned());
        self.last_id
    }

    /// The user with this name, as shown.
    pub fn user(&self, user_name: &str) -> Option<Value> {
        let found: Vec<&i64> =
            self.users.iter().filter(|(_, user)| user.texts["user_name"] == user_name).map(|(id, _)| id).collect();
        assert!(found.len() <= 1, "user names are unique");
        found.first().map(|id| self.shown(**id))
    }

    /// Titles of the groups of the user with this name.
    pub fn groups_of(&self, user_name: &str) -> Vec<String> {
        let shown = self.user(user_name).unwrap_or_else(|| panic!("nobody is called {user_name}"));
        let groups = shown["groups"].as_array().cloned().unwrap_or_default();
        groups.iter().map(|group| group["title"].as_str().expect("a title").to_owned()).collect()
    }

    fn shown(&self, id: i64) -> Value {
        let user = &self.users[&id];
        let mut shown = user.texts.clone();
        shown.insert("id".into(), id.into());
        shown.insert("created_at".into(), "2020-01-01T00:00:00Z".into());
        shown.insert("updated_at".into(), format!("2020-01-01T00:00:{:02}Z", user.writes).into());
        let groups = user.groups.iter();
        let groups: Vec<Value> =
            groups.map(|id| json!({ "id": id, "title": self.groups[id], "since": "2020" })).collect();
        shown.insert("groups".into(), groups.into());
        shown.into()
    }

    fn users(&mut self, asked: &Asked, id: Option<i64>) -> Told {
        if id.is_some_and(|id| !self.users.contains_key(&id)) {
            return Told::text(404, "<html><h1>The page you were looking for doesn't exist.</h1></html>");
        }
        match (asked.method.as_str(), id) {
            ("GET", None) => page(asked, self.users.keys().map(|id| self.shown(*id))),
            ("POST", None) => match self.good(&asked.body, None) {
                Err(wrong) => wrong,
                Ok(user) => {
                    self.last_id += 1;
                    self.users.insert(self.last_id, user);
                    Told::json(201, &json!({ "user": { "id": self.last_id } }))
                }
            },
            ("GET", Some(id)) => Told::json(200, &json!({ "user": self.shown(id) })),
            ("PUT", Some(id)) => match self.good(&asked.body, Some(id)) {
                Err(wrong) => wrong,
                Ok(user) => {
                    let writes = self.users[&id].writes + 1;
                    self.users.insert(id, User { writes, ..user });
                    Told::json(200, &json!({ "user": self.shown(id) }))
                }
            },
            ("DELETE", Some(id)) => {
                self.users.remove(&id);
                Told::text(204, "")
            }
            _ => Told::text(405, "<html>no</html>"),
        }
    }

    /// The user that a body describes, whole.
    fn good(&self, body: &Value, own: Option<i64>) -> Result<User, Told> {
        let Some(given) = body["user"].as_object().filter(|_| body.as_object().is_some_and(|all| all.len() == 1))
        else {
            return Err(Told::text(400, "<html>param is missing or the value is empty: user</html>"));
        };
        let mut wrong = Wrong::new();
        let mut texts = empty();
        let mut groups = BTreeSet::new();
        for (name, value) in given {
            match value {
                Value::String(text) if TEXTS.contains(&name.as_str()) => {
                    texts.insert(name.clone(), normalised(name, text).into());
                }
                Value::Array(ids) if name == "group_ids" => {
                    groups = ids.iter().filter_map(Value::as_i64).collect();
                    if groups.len() != ids.len() || !groups.iter().all(|id| self.groups.contains_key(id)) {
                        wrong.insert(name.clone(), json!(["is not included in the list"]));
                    }
                }
                _ => {
                    wrong.insert(name.clone(), json!(["is not permitted"]));
                }
            }
        }
        if texts["phone"].as_str().is_some_and(|phone| phone.len() > 15) {
            return Err(Told::text(500, "<html>We're sorry, but something went wrong. ERROR: value too long</html>"));
        }
        for name in ["user_name", "email"] {
            let value = texts[name].as_str().unwrap_or_default();
            let is_taken = |(id, user): (&i64, &User)| {
                Some(*id) != own && user.texts[name].as_str().is_some_and(|other| other.eq_ignore_ascii_case(value))
            };
            if value.is_empty() {
                wrong.insert(name.to_owned(), json!(["can't be blank", "is invalid"]));
            } else if self.users.iter().any(is_taken) {
                wrong.insert(name.to_owned(), json!(["has already been taken"]));
            }
        }
        if wrong.is_empty() {
            Ok(User { texts, groups, writes: 0 })
        } else {
            Err(Told::json(422, &json!({ "errors": wrong })))
        }
    }

    fn groups(&mut self, asked: &Asked, id: Option<i64>) -> Told {
        match (asked.method.as_str(), id) {
            ("GET", None) => page(asked, self.groups.iter().map(|(id, title)| json!({ "id": id, "title": title }))),
            ("POST", None) => {
                let title = asked.body["group"]["title"].as_str().unwrap_or_default().to_owned();
                if title.is_empty() || self.groups.values().any(|other| *other == title) {
                    return Told::json(422, &json!({ "errors": { "title": ["has already been taken"] } }));
                }
                let id = self.makes_group(&title);
                Told::json(201, &json!({ "group": { "id": id, "title": title } }))
            }
            ("DELETE", Some(id)) if self.groups.remove(&id).is_some() => {
                self.users.values_mut().for_each(|user| {
                    user.groups.remove(&id);
                });
                Told::text(204, "")
            }
            (_, Some(_)) => Told::text(404, "<html>no such group</html>"),
            _ => Told::text(405, "<html>no</html>"),
        }
    }
}

impl MadeUp for Ledger {
    fn answer(&mut self, asked: &Asked) -> Told {
        use base64::Engine as _;
        let wanted = base64::engine::general_purpose::STANDARD.encode(format!("{USER}:{PASSWORD}"));
        if asked.header("authorization") != Some(&format!("Basic {wanted}")) {
            return Told::text(401, "HTTP Basic: Access denied.\n").with("WWW-Authenticate", "Basic realm=\"Ledger\"");
        }
        let parts: Vec<&str> = asked.path.iter().map(String::as_str).collect();
        let id = |name: &str| name.strip_suffix(".json").and_then(|id| id.parse::<i64>().ok());
        match parts.as_slice() {
            ["admin", "users.json"] => self.users(asked, None),
            ["admin", "groups.json"] => self.groups(asked, None),
            ["admin", "users", name] if id(name).is_some() => self.users(asked, id(name)),
            ["admin", "groups", name] if id(name).is_some() => self.groups(asked, id(name)),
            _ => Told::text(404, "<html>no such page</html>"),
        }
    }
}

fn empty() -> Map<String, Value> {
    TEXTS.iter().map(|name| ((*name).to_owned(), json!(""))).collect()
}

fn normalised(name: &str, text: &str) -> String {
    match name {
        "email" => text.trim().to_lowercase(),
        "first_name" | "last_name" => text.chars().take(20).collect(),
        _ => text.to_owned(),
    }
}

fn page(asked: &Asked, all: impl Iterator<Item = Value>) -> Told {
    let number = asked.number("page", 1);
    assert!(number >= 1, "pages begin with 1");
    Told::json(200, &all.skip((number - 1) * PAGE).take(PAGE).collect())
}
