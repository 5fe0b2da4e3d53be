//! What takes the place of `users` where a catalog or a group's object is spoken of: an "account" that is the object, with its name as a field
//! that is mapped from `displayName`. So one engine serves people and objects alike. Nothing here is bound.

use indexmap::IndexMap;

use crate::mapping::model::{
    Call, Catalog, Field, ListCall, MatchRule, OneOrMany, Source, Target, Transform, UserCalls, Users,
};

/// The field that holds the name of an object.
pub(super) const NAME: &str = "name";
/// The field that holds its description.
pub(super) const ABOUT: &str = "about";
/// The call that renames an object, among its updates.
pub(super) const RENAME: &str = "rename";

/// The objects of a catalog, to be listed.
pub(super) fn users_of_catalog(catalog: &Catalog, list: &ListCall) -> Users {
    let mut users = users_of(catalog, calls_of(list));
    if let Some(about) = &catalog.about {
        let field = Field { read: Some(about.clone()), ..Field::default() };
        users.fields.insert(ABOUT.to_owned(), field);
    }
    users
}

/// The object of a group, to be found, created, renamed and deleted.
pub(super) fn users_of_object(target: &Target, catalog: &Catalog, list: &ListCall) -> Users {
    let calls = &target.calls;
    let rename = calls.rename.iter().map(|call| (RENAME.to_owned(), of_object(call)));
    let calls = UserCalls {
        create: calls.create.as_ref().map(of_object),
        read: calls.read.as_ref().map(of_object),
        update: rename.collect(),
        delete: calls.delete.as_ref().map(of_object),
        ..calls_of(list)
    };
    Users { revision: target.revision.clone(), ..users_of(catalog, calls) }
}

fn users_of(catalog: &Catalog, calls: UserCalls) -> Users {
    let name = Field {
        from: Some(OneOrMany::One(Source::Path("displayName".to_owned()))),
        transforms: vec![Transform::Trim],
        // the only other source of a name is the list itself
        to: Some(OneOrMany::One("displayName".to_owned())),
        required: true,
        read: Some(catalog.name.clone()),
        compare: catalog.compare,
        ..Field::default()
    };
    Users {
        key: catalog.key.clone(),
        extension: None,
        keep: Vec::new(),
        r#match: vec![MatchRule { field: NAME.to_owned() }],
        find_before_create: true,
        only: catalog.only.clone(),
        gone: Vec::new(),
        protected: Vec::new(),
        fields: IndexMap::from([(NAME.to_owned(), name)]),
        objects: IndexMap::new(),
        erases: Vec::new(),
        deactivate: None,
        revision: None,
        remove: None,
        calls,
    }
}

fn calls_of(list: &ListCall) -> UserCalls {
    UserCalls {
        create: None,
        read: None,
        list: list.clone(),
        lists: Vec::new(),
        find: None,
        update: IndexMap::new(),
        delete: None,
        named: IndexMap::new(),
    }
}

/// What the calls of `groups` say of their `object`, the engine looks for at `user`.
fn of_object(call: &Call) -> Call {
    Call { user: call.object.clone(), object: None, ..call.clone() }
}
