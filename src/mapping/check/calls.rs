//! The calls: each is one kind of request, goes somewhere, and its answer can be read.

use super::{CallKind, Checker, NamedPlace, walk};
use crate::document::Place;
use crate::mapping::model::{Confirm, Method, Paging};
use crate::mapping::tree::Tree;

impl Checker<'_> {
    pub(super) fn check_calls(&mut self) {
        for named in self.calls() {
            self.check_kind_of_request(&named);
            self.check_path(&named);
            self.check_parameters(&named);
            self.check_headers(&named.call.headers, &named.place.key("headers"), named.call.body.is_some());
            let (path, key) = named.answer_path();
            if let Some(path) = path {
                self.check_vendor_path(path, &named.place.key(key));
            }
            let (foreign, foreign_key) =
                if named.is_about_people() { (&named.call.object, "object") } else { (&named.call.user, "user") };
            if foreign.is_some() {
                let message =
                    format!("the call `{}` is about an {}, which stands at `{key}`", named.name, named.noun());
                self.at_key(&named.place.key(foreign_key), message).help(format!("write `{key}: PATH`"));
            }
            if named.call.confirm == Some(Confirm::Answer) && path.is_none() {
                let message = format!("the answer is to prove the change, and nothing says where the {key} object is");
                let message = message.replace("object object", "object");
                self.at(&named.place.key("confirm"), message).help(format!("add `{key}: PATH`, or `confirm: read`"));
            }
            if let Some((list, place)) = &named.list {
                self.check_vendor_path(&list.items, &place.key("items"));
                self.check_paging(&named, &list.paging, &place.key("paging"));
                self.check_list(&named, list, place);
            }
            if let Some(path) = &named.call.new_key {
                let place = named.place.key("new_key");
                self.check_vendor_path(path, &place);
                if !matches!(named.kind, CallKind::Update) {
                    self.at_key(&place, format!("the call `{}` gives nothing another key", named.name))
                        .help("`new_key` is for calls that change something; of a new account the key stands at `users.key.read`");
                }
            }
            if let CallKind::Named(call) = named.kind {
                self.check_args_used(&named, call.args.keys());
            }
        }
    }

    fn check_kind_of_request(&mut self, named: &NamedPlace<'_>) {
        let (call, place, name) = (named.call, &named.place, &named.name);
        let rest = [
            ("method", call.method.is_some()),
            ("path", !call.path.is_empty()),
            ("query", !call.query.is_empty()),
            ("body", call.body.is_some()),
            ("form", call.form.is_some()),
        ];
        if call.graphql.is_some() {
            for (key, _) in rest.iter().filter(|(_, given)| *given) {
                self.at_key(&place.key(key), format!("a GraphQL call has no `{key}`"))
                    .help("the endpoint is described once, under `api.graphql`; values go into `variables`");
            }
            if self.file.api.graphql.is_none() {
                self.at_key(&place.key("graphql"), "nothing says where the GraphQL endpoint is")
                    .help("add `api.graphql` with `path`, `schema` and `documents`");
            }
            return;
        }
        if call.method.is_none() {
            self.at_key(place, format!("the call `{name}` has no `method`"))
                .help("add `method: POST` and `path`, or `graphql`");
        }
        if call.path.is_empty() {
            self.at_key(place, format!("the call `{name}` has no `path`"))
                .help("add `path: [users, $key]`, a list of segments");
        }
        if call.body.is_some() && call.form.is_some() {
            self.at_key(&place.key("form"), "a call has `body` or `form`, not both").help("keep one of the two");
        }
        let changes = matches!(named.kind, CallKind::Create | CallKind::Update | CallKind::Delete);
        if changes && call.method == Some(Method::Get) && call.repeatable.is_none() {
            self.at(
                &place.key("method"),
                format!("GET must change nothing, and the call `{name}` is to change an {}", named.noun()),
            )
            .help("use POST, PUT, PATCH or DELETE; where the vendor has nothing but GET, say `repeatable: false` (or `true`)");
        }
    }

    /// Parameters stand one by one; an operator in the place of a name would be sent as one.
    fn check_parameters(&mut self, named: &NamedPlace<'_>) {
        let (call, place) = (named.call, &named.place);
        let form = call.form.iter().flat_map(|form| form.keys()).map(|name| (place.key("form"), name));
        let variables = call.graphql.iter().flat_map(|graphql| graphql.variables.keys());
        let variables = variables.map(|name| (place.key("graphql").key("variables"), name));
        let query = call.query.keys().map(|name| (place.key("query"), name));
        let wrong: Vec<(Place, &String)> =
            query.chain(form).chain(variables).filter(|(_, name)| is_operator(name)).collect();
        for (place, name) in wrong {
            self.broken_calls.insert(named.name.clone());
            self.at_key(&place.key(name), format!("`{name}` cannot stand in the place of a name here"))
                .help("write the names one by one, such as `mail: $record.mail`: one without a value is left out");
        }
    }

    fn check_path(&mut self, named: &NamedPlace<'_>) {
        for (n, segment) in named.call.path.iter().enumerate() {
            let place = named.place.key("path").index(n);
            match segment {
                Tree::Constant(value) => match value.as_str() {
                    Some("" | "." | "..") => {
                        self.at(&place, "this is no segment of a path");
                    }
                    Some(text) if text.contains('/') => {
                        self.broken_calls.insert(named.name.clone());
                        let parts = text.split('/').filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ");
                        self.at(&place, format!("`{text}` is more than one segment: its slash would be encoded"))
                            .help(format!("write each on its own: [{parts}]"));
                    }
                    Some(text) if text.contains(['?', '#']) => {
                        self.at(&place, format!("`{text}` holds a query, which would be encoded"))
                            .help("query parameters go into `query`");
                    }
                    Some(text) if text.contains(['{', '}']) => {
                        self.broken_calls.insert(named.name.clone());
                        self.at(&place, format!("`{text}` is taken as it is: braces fill in nothing"))
                            .help("refer to a value with $key or {$concat: [$key, .json]}");
                    }
                    _ => {}
                },
                Tree::Object(_) | Tree::List(_) | Tree::Merge(_) | Tree::ForEach { .. } => {
                    self.at_key(&place, "a segment of a path is one value").help("join values with {$concat: [a, b]}");
                }
                _ => {}
            }
        }
        let needs_key = matches!(named.kind, CallKind::Read | CallKind::Update | CallKind::Delete);
        // a membership that was found for the account names it
        let names_it = refers_to(named, &["key"]) || refers_to(named, &["membership"]);
        if needs_key && !self.broken_calls.contains(&named.name) && !names_it {
            self.at_key(
                &named.place,
                format!("the call `{}` does not say which {} it is about", named.name, named.noun()),
            )
            .help("use $key in `path`, `query`, `body` or `variables`");
        }
    }

    fn check_paging(&mut self, named: &NamedPlace<'_>, paging: &Paging, place: &Place) {
        self.check_paging_paths(paging, place);
        let (needed, size) = match paging {
            // the address of the next page is the vendor's own
            Paging::None | Paging::Link { .. } => return,
            Paging::Cursor { size, .. } => ("cursor", *size),
            Paging::Offset { size, .. } => ("offset", *size),
            Paging::Page { size, .. } => ("number", *size),
        };
        if size == 0 {
            self.at(&place.key("size"), "a page has at least one element");
        }
        if !self.broken_calls.contains(&named.name) && !refers_to(named, &["page", needed]) {
            self.at_key(place, format!("the call does not ask for further pages: `$page.{needed}` is used nowhere"))
                .help(format!(
                    "put $page.{needed} into `query`, `body` or `variables`; else the first page comes for ever"
                ));
        }
    }

    fn check_args_used<'n>(&mut self, named: &NamedPlace<'_>, args: impl Iterator<Item = &'n String>) {
        for arg in args {
            if !refers_to(named, &["arg", arg]) {
                let place =
                    Place::of(["users", "calls", "named", named.name.trim_start_matches("named."), "args", arg]);
                self.at_key(&place, format!("nothing uses the argument `{arg}`"))
                    .help(format!("refer to it as $arg.{arg}, or take it out"));
            }
        }
    }
}

/// Is this an operator of trees? Other names with a dollar are parameters of APIs (`$filter`).
fn is_operator(name: &str) -> bool {
    ["$merge", "$concat", "$for_each", "$when", "$expr"].contains(&name)
}

/// Whether a call refers to a name, in a reference or in an expression.
pub(super) fn refers_to(call: &NamedPlace<'_>, wanted: &[&str]) -> bool {
    leaves(call).any(|found| found.len() >= wanted.len() && found.iter().zip(wanted).all(|(a, b)| a == b))
}

/// The names that a call refers to, each cut at its dots.
pub(super) fn leaves(of: &NamedPlace<'_>) -> impl Iterator<Item = Vec<String>> {
    let call = of.call;
    let graphql = call.graphql.iter().flat_map(|graphql| graphql.variables.values());
    let form = call.form.iter().flat_map(indexmap::IndexMap::values);
    let trees = call.path.iter().chain(call.query.values()).chain(&call.body).chain(form).chain(graphql);
    let mut found = Vec::new();
    for tree in trees {
        walk::walk(tree, &Place::root(), &mut |leaf, _| match leaf {
            walk::Leaf::Reference(names) => found.push(names.to_vec()),
            walk::Leaf::Expression(text) => {
                if let Ok(expression) = crate::mapping::expression::Expression::compile(text) {
                    let names = expression.attributes().iter().chain(expression.variables());
                    found.extend(names.map(|name| name.split('.').map(str::to_owned).collect()));
                }
            }
            walk::Leaf::Constant(_) => {}
        });
    }
    found.into_iter()
}
