//! Whether paths into an answer exist in what the operation selects: GraphQL answers hold exactly that.

use apollo_compiler::ExecutableDocument;
use apollo_compiler::executable::{Operation, Selection, SelectionSet};

use super::super::{CallKind, Checker, NamedPlace, Subject};
use super::Documents;
use crate::document::Place;
use crate::mapping::model::{Catalog, Key, Paging};
use crate::nearest::{did_you_mean, nearest};

/// What a path leads to.
enum Reached<'d> {
    /// An object with these selections (several, when fragments add to it).
    Object(Vec<&'d SelectionSet>),
    /// A single value.
    Leaf,
    /// Not decided here: a `*` over any member, or a path that leaves `data`.
    Unknown,
}

impl<'a> Checker<'a> {
    pub(super) fn check_answer_paths(&mut self, named: &NamedPlace<'a>, operation: &Operation, documents: &Documents) {
        let document = &*documents.document;
        let root = vec![&operation.selection_set];
        let (path, key) = named.answer_path();
        let answered = path.map(|path| (path, named.place.key(key)));
        let items = named.list.as_ref().map(|(list, place)| (&list.items, place.key("items")));
        for (path, place) in answered.iter().chain(items.iter()) {
            match self.follow_answer(path, &root, document, place) {
                Some(Reached::Object(sets)) => self.check_selected(named, &sets, document),
                Some(Reached::Leaf) => {
                    let what = if named.is_about_people() { "a user" } else { "it" };
                    self.at(place, format!("`{path}` is a single value, and {what} is an object"));
                }
                Some(Reached::Unknown) | None => {}
            }
        }
        let needs_user = named.is_about_people() && matches!(named.kind, CallKind::Create | CallKind::Read);
        if needs_user && path.is_none() {
            let name = &named.name;
            self.at_key(&named.place, format!("nothing says where the user object is in the answer to `{name}`"))
                .help("add `user: data.…`, the path to it");
        }
        if let Some((list, place)) = &named.list {
            self.check_paging_answer(&list.paging, &root, document, &place.key("paging"));
        }
    }

    fn check_paging_answer(
        &mut self,
        paging: &Paging,
        root: &[&SelectionSet],
        document: &ExecutableDocument,
        place: &Place,
    ) {
        let paths: Vec<(&str, &String)> = match paging {
            Paging::None => Vec::new(),
            Paging::Cursor { next, .. } => vec![("next", next)],
            Paging::Offset { total, .. } => total.iter().map(|total| ("total", total)).collect(),
            Paging::Page { pages, .. } => pages.iter().map(|pages| ("pages", pages)).collect(),
            Paging::Link { next, .. } => next.iter().map(|next| ("next", next)).collect(),
        };
        for (key, path) in paths.into_iter().chain(paging.more().map(|more| ("more", more))) {
            self.follow_answer(path, root, document, &place.key(key));
        }
    }

    /// Follows a path from the root of the answer, of which GraphQL puts the selections under `data`.
    fn follow_answer<'d>(
        &mut self,
        path: &str,
        root: &[&'d SelectionSet],
        document: &'d ExecutableDocument,
        place: &Place,
    ) -> Option<Reached<'d>> {
        let steps = steps_of(path);
        match steps.split_first() {
            Some((first, rest)) if first == "data" => match follow(rest, root, document) {
                Ok(reached) => Some(reached),
                Err((missing, known)) => {
                    self.at(place, format!("the operation does not select `{missing}`"))
                        .maybe_help(did_you_mean(&missing, known.iter().map(String::as_str)));
                    None
                }
            },
            Some((first, _)) if first == "errors" || first == "extensions" || first == "*" => Some(Reached::Unknown),
            _ => {
                self.at(place, format!("`{path}` does not begin with `data`"))
                    .help("a GraphQL answer has its values under `data`");
                None
            }
        }
    }

    /// What the mapping reads of an object is selected; a field that the vendor does not show says `unread`.
    fn check_selected(&mut self, named: &NamedPlace<'a>, sets: &[&SelectionSet], document: &ExecutableDocument) {
        let operation = named.call.graphql.as_ref().map_or("", |call| call.operation.as_str());
        let wanted = match named.subject {
            Subject::Person => self.read_of_people(named),
            Subject::Object(Some(catalog)) | Subject::Catalog(catalog) => self.read_of_catalog(named, catalog),
            Subject::Object(None) => return,
        };
        for (path, place) in wanted {
            let Err((missing, known)) = follow(&steps_of(&path), sets, document) else { continue };
            let call = &named.name;
            let message = format!(
                "the operation `{operation}` of the call `{call}` does not select `{missing}`, so `{path}` is never read"
            );
            let meant =
                nearest(&missing, known.iter().map(String::as_str)).map(|name| format!("did you mean `{name}`?"));
            let otherwise = if named.is_about_people() {
                "add it to the operation, or give the field `read: PATH`, or `unread: true` when the vendor does not show it"
            } else {
                "add it to the operation"
            };
            self.at(&place, message).help(meant.unwrap_or_else(|| otherwise.to_owned()));
        }
    }

    /// The paths that are read of the objects of a catalog, with their places.
    fn read_of_catalog(&self, named: &NamedPlace<'a>, catalog: &'a Catalog) -> Vec<(String, Place)> {
        let name = self.file.catalogs.iter().find(|(_, one)| std::ptr::eq(*one, catalog)).map_or("", |(name, _)| name);
        let base = Place::of(["catalogs", name]);
        let name_place = if self.reporter.has(&base.key("name")) { base.key("name") } else { base.key("description") };
        let mut wanted = self.key_paths(&catalog.key, &base);
        wanted.push((catalog.name.clone(), name_place));
        if named.list.is_some() {
            wanted.extend(catalog.about.iter().map(|about| (about.clone(), base.key("about"))));
            let conditions = catalog.only.iter().enumerate();
            wanted.extend(conditions.map(|(n, one)| (one.path.clone(), base.key("only").index(n).key("path"))));
        }
        wanted
    }

    fn key_paths(&self, key: &Key, base: &Place) -> Vec<(String, Place)> {
        let place = base.key("key").key("read");
        let listed = self.reporter.is_list(&place);
        let paths = key.read.as_slice().iter().enumerate();
        paths.map(|(n, path)| (path.clone(), if listed { place.index(n) } else { place.clone() })).collect()
    }

    /// The paths that are read of an account, with their places.
    fn read_of_people(&self, named: &NamedPlace<'a>) -> Vec<(String, Place)> {
        let users = &self.file.users;
        let base = Place::of(["users"]);
        let mut wanted = self.key_paths(&users.key, &base);
        // without a call that reads one account, it is looked for in the list
        let reads_all = match named.kind {
            CallKind::Read => true,
            CallKind::List => users.calls.read.is_none(),
            _ => false,
        };
        for (name, field) in users.fields.iter().filter(|(_, field)| !field.write_only && !field.unread) {
            let place = base.key("fields").key(name);
            let matched = users.r#match.iter().any(|rule| rule.field == *name);
            let listed = matches!(named.kind, CallKind::List | CallKind::Find);
            if reads_all || (listed && matched) {
                for (n, condition) in field.true_when.iter().enumerate() {
                    wanted.push((condition.path.clone(), place.key("true_when").index(n).key("path")));
                }
                if !field.true_when.is_empty() {
                    continue;
                }
                let place = if field.read.is_some() { place.key("read") } else { place };
                wanted.push((field.read.clone().unwrap_or_else(|| name.clone()), place));
            }
        }
        if !matches!(named.kind, CallKind::Create | CallKind::Update) {
            for (key, conditions) in [("only", &users.only), ("gone", &users.gone)] {
                let conditions = conditions.iter().enumerate();
                wanted.extend(conditions.map(|(n, one)| (one.path.clone(), base.key(key).index(n).key("path"))));
            }
        }
        wanted
    }
}

/// Names of a path; `[*]` and `[0]` do not matter here, since GraphQL selects through lists.
fn steps_of(path: &str) -> Vec<String> {
    let names = path.split('.').map(|part| part.split('[').next().unwrap_or_default());
    names.filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

/// Follows names through selections; the error is the name that is not selected, and those that are.
fn follow<'d>(
    steps: &[String],
    from: &[&'d SelectionSet],
    document: &'d ExecutableDocument,
) -> Result<Reached<'d>, (String, Vec<String>)> {
    let Some((step, rest)) = steps.split_first() else { return Ok(Reached::Object(from.to_vec())) };
    if step == "*" {
        return Ok(Reached::Unknown);
    }
    let mut known = Vec::new();
    let mut next = Vec::new();
    let mut leaf = false;
    for set in from {
        visit(set, document, &mut |name, inner| {
            known.push(name.to_owned());
            if name == step {
                if inner.selections.is_empty() { leaf = true } else { next.push(inner) }
            }
        });
    }
    if !next.is_empty() {
        return follow(rest, &next, document);
    }
    match (leaf, rest.first()) {
        (true, None) => Ok(Reached::Leaf),
        (true, Some(inner)) => Err((inner.clone(), Vec::new())),
        (false, _) => Err((step.clone(), known)),
    }
}

fn visit<'d>(set: &'d SelectionSet, document: &'d ExecutableDocument, found: &mut dyn FnMut(&str, &'d SelectionSet)) {
    for selection in &set.selections {
        match selection {
            Selection::Field(field) => found(field.response_key().as_str(), &field.selection_set),
            Selection::InlineFragment(fragment) => visit(&fragment.selection_set, document, found),
            // a valid document has no cycles of fragments
            Selection::FragmentSpread(spread) => {
                if let Some(fragment) = spread.fragment_def(document) {
                    visit(&fragment.selection_set, document, found);
                }
            }
        }
    }
}
