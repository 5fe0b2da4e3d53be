//! A made-up vendor with other habits than the shipped ones, for tests: REST, several updates, a flag instead of deletion, offset paging.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::bound::Bound;
use super::bundle::Bundle;
use super::model::MappingFile;

const TEXT: &str = r#"
version: 1
vendor: { name: made-up, title: Made Up }
api:
  base_url: http://127.0.0.1:9/
  headers: { Accept: application/json }
  query: { v: 2 }
  sign_in: { scheme: header, header: X-Key, value: $secrets.key }
  errors:
    - { at: "problems[*]", name: code, message: text, about: field }
  answers:
    - { when: { error: taken, about: login }, means: already_exists }
    - { when: { error: taken }, means: refused }
users:
  extension: urn:test:made-up:User
  key: { read: id, type: string }
  match: [{ field: login }]
  fields:
    login: { from: userName, transforms: [lower], required: true, immutable: true, login: true }
    mail: { from: emails.value, to: 'emails[type eq "work"].value', clear: refuse }
    nick: { from: nickName, clear: keep }
    enabled: { type: boolean, from: active }
    state:
      from: title
      table: { values: { on: ACTIVE, off: SUSPENDED }, read: { ARCHIVED: "off" } }
    skills: { type: string_list, from: urn:test:made-up:User:skills, clear: send_empty }
    team: { from: urn:test:made-up:User:team, read: team.name }
    label: { expr: "user.nickName ~ '/' ~ user.userName" }
    address.city: { from: 'addresses[type eq "work"].locality' }
    address.street: { from: 'addresses[type eq "work"].streetAddress' }
    languages:
      type: level_map
      from: urn:test:made-up:User:languages
      read: spoken
      read_each: { name: language.id, value: grade }
      clear: send_empty
    secret: { from: password, write_only: true, pattern: '[a-z0-9]+' }
  objects:
    address: { needs: [city], incomplete: omit, clear: send_null }
  calls:
    create:
      method: POST
      path: [users]
      body: { $merge: [$record, { kind: human }] }
      writes: [login, mail, enabled, secret]
    read: { method: GET, path: [users, { $concat: [$key, .json] }], user: . }
    list:
      call: { method: GET, path: [users], query: { from: $page.offset, max: $page.size, all: "" } }
      items: data
      paging: { style: offset, first: 1, size: 2, total: total }
    find:
      call: { method: GET, path: [users], query: { login: $record.login } }
      items: data
    update:
      skills:
        method: PUT
        path: [users, $key, skills]
        writes: [skills]
        body: { $for_each: $record.skills, $put: { name: $item } }
      profile: { method: PATCH, path: [users, $key], body: $record }
      languages:
        method: PUT
        path: [users, $key, languages]
        writes: [languages]
        body: { $for_each: $record.languages, $put: { language: { id: $item.name }, grade: $item.value } }
      secret: { method: POST, path: [users, $key, password], form: { secret: $record.secret }, writes: [secret] }
    named:
      nudge: { description: Rings a bell, call: { method: POST, path: [users, $key, bell] } }
      look: { description: Looks at somebody, call: { method: GET, path: [users, $key, face] } }
catalogs:
  teams:
    description: Teams
    list:
      call: { method: GET, path: [teams], query: { from: $page.offset, max: $page.size } }
      items: data
      paging: { style: offset, size: 2 }
    key: { read: number, type: string }
    name: title
    about: purpose
    only: [{ path: closed, present: false }]
  grades:
    description: Grades
    values: [{ key: 7, name: Senior, description: Long here }, { key: j, name: Junior }]
    key: { read: id, type: string }
groups:
  skill: { description: A skill by name, field: skills }
  team:
    description: The team
    field: team
    catalog: teams
    calls:
      create: { method: POST, path: [teams], body: { title: $record.name }, object: . }
      rename: { method: PATCH, path: [teams, $key], body: { title: $record.name }, object: team }
  language: { description: A language with its grade, field: languages, level: { default: 3, min: 1, max: 5 } }
"#;

/// The made-up vendor, bound.
pub(crate) fn bound() -> Bound {
    bound_of(TEXT)
}

/// Another one, bound.
pub(crate) fn bound_of(text: &str) -> Bound {
    let file: MappingFile = serde_saphyr::from_str(text).expect("the made-up mapping is readable");
    Bound::bind(Arc::new(file), Arc::new(Bundle::default()), &Map::new()).expect("binds")
}

/// An object.
pub(super) fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        other => panic!("an object is needed, not {other}"),
    }
}
