//! GraphQL: the documents are right for the vendor's schema, and every call fits its operation. Sends nothing and asks no
//! vendor: the schema file is what is known of it.

mod live;
mod selection;
mod variables;

use std::sync::Arc;

use apollo_compiler::diagnostic::ToCliReport as _;
use apollo_compiler::executable::{Operation, Selection, SelectionSet};
use apollo_compiler::parser::SourceSpan;
use apollo_compiler::validation::{DiagnosticList, Valid};
use apollo_compiler::{ExecutableDocument, Name, Schema};

pub use self::live::Compared;
pub(in crate::mapping) use self::live::compare;
use super::{Checker, NamedPlace};
use crate::document::{Diagnostic, Place, Source};
use crate::mapping::model::GraphqlApi;
use crate::nearest::did_you_mean;

/// The two files, read and found right.
struct Documents {
    schema: Valid<Schema>,
    document: Valid<ExecutableDocument>,
    /// The documents file, for complaints about it.
    source: Arc<Source>,
}

impl<'a> Checker<'a> {
    pub(super) fn check_graphql(&mut self) {
        let file = self.file;
        let Some(api) = &file.api.graphql else { return };
        let place = Place::of(["api", "graphql"]);
        if api.path.is_empty() {
            self.at_key(&place.key("path"), "the endpoint has no path")
                .help("write `path: [graphql]`, a list of segments");
        }
        let Some(documents) = self.read_documents(api, &place) else { return };
        self.check_deprecated(&documents);
        let calls = self.calls();
        let fitting = calls.iter().filter(|named| self.check_operation(named, &documents)).count();
        // an operation that no call uses is probably the one that such a call should name
        let all_fit = fitting == calls.len();
        for (name, operation) in &documents.document.operations.named {
            let used = calls
                .iter()
                .any(|named| named.call.graphql.as_ref().is_some_and(|call| call.operation == name.as_str()));
            if !used && all_fit {
                let complaint = documents.at(
                    operation.name.as_ref().and_then(Name::location),
                    format!("no call uses the operation `{name}`"),
                );
                self.reporter.add(complaint).help("take it out, or name it in a call of the mapping");
            }
        }
        if documents.document.operations.anonymous.is_some() {
            let complaint = documents.at(None, "an operation has no name".to_owned());
            self.reporter.add(complaint).help("calls refer to operations by name");
        }
    }

    fn read_documents(&mut self, api: &GraphqlApi, place: &Place) -> Option<Documents> {
        let schema_source = self.beside(&api.schema, &place.key("schema"));
        let source = self.beside(&api.documents, &place.key("documents"));
        let (schema_source, source) = (schema_source?, source?);
        let schema = match Schema::parse_and_validate(schema_source.text.as_str(), schema_source.path.as_str()) {
            Ok(schema) => schema,
            Err(error) => {
                self.add_all(&error.errors, &[&schema_source]);
                return None;
            }
        };
        let parsed = ExecutableDocument::parse_and_validate(&schema, source.text.as_str(), source.path.as_str());
        match parsed {
            Ok(document) => Some(Documents { schema, document, source }),
            Err(error) => {
                self.add_all(&error.errors, &[&source, &schema_source]);
                None
            }
        }
    }

    /// A file beside the mapping.
    fn beside(&mut self, name: &str, place: &Place) -> Option<Arc<Source>> {
        let Some(text) = self.bundle.others.get(name) else {
            let help = did_you_mean(name, self.bundle.others.keys().map(String::as_str));
            self.at(place, format!("there is no file `{name}` beside the mapping"))
                .maybe_help(help.or_else(|| Some("files are named without folder and end in .graphql".to_owned())));
            return None;
        };
        let folder = self.bundle.path.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
        Some(Source::new(format!("{folder}{name}"), text.clone()))
    }

    fn add_all(&mut self, errors: &DiagnosticList, sources: &[&Arc<Source>]) {
        for one in errors.iter() {
            let location = one.error.location();
            let path =
                location.and_then(|span| one.sources.get(&span.file_id())).map(|file| file.path().to_string_lossy());
            let source =
                sources.iter().find(|source| path.as_deref() == Some(source.path.as_str())).unwrap_or(&sources[0]);
            self.reporter.add(Diagnostic::new(source, range(location), format!("GraphQL: {}", one.error)));
        }
    }

    fn check_deprecated(&mut self, documents: &Documents) {
        let operations = documents.document.operations.iter().map(|operation| &operation.selection_set);
        let fragments = documents.document.fragments.values().map(|fragment| &fragment.selection_set);
        let mut found = Vec::new();
        for set in operations.chain(fragments) {
            deprecated_fields(set, &mut found);
        }
        for (name, reason, location) in found {
            let complaint = documents.at(location, format!("the field `{name}` is deprecated by the vendor"));
            self.reporter.add(complaint).maybe_help(reason);
        }
    }

    /// Whether the call names an operation of the right kind.
    fn check_operation(&mut self, named: &NamedPlace<'a>, documents: &Documents) -> bool {
        let Some(call) = &named.call.graphql else { return true };
        let place = named.place.key("graphql");
        let known = || documents.document.operations.named.keys().map(Name::as_str);
        let Some(operation) = documents.document.operations.named.get(call.operation.as_str()) else {
            let help = did_you_mean(&call.operation, known());
            self.at(
                &place.key("operation"),
                format!("there is no operation `{}` in {}", call.operation, documents.source.path),
            )
            .maybe_help(help);
            return false;
        };
        let fits = self.check_operation_type(named, operation, &place);
        self.check_variables(named, operation, documents, &place.key("variables"));
        self.check_answer_paths(named, operation, documents);
        fits
    }

    fn check_operation_type(&mut self, named: &NamedPlace<'a>, operation: &Operation, place: &Place) -> bool {
        use super::CallKind;
        let changes = matches!(named.kind, CallKind::Create | CallKind::Update | CallKind::Delete);
        let reads = matches!(named.kind, CallKind::Read | CallKind::List | CallKind::Find);
        let fits = (operation.is_mutation() || !changes) && (operation.is_query() || !reads);
        if !fits {
            let (is, needs) = if changes { ("no mutation", "a mutation") } else { ("no query", "a query") };
            let name = operation.name.as_ref().map_or("", |name| name.as_str());
            self.at(&place.key("operation"), format!("`{name}` is {is}, and the call `{}` needs {needs}", named.name));
        }
        fits
    }
}

impl Documents {
    fn at(&self, location: Option<SourceSpan>, message: String) -> Diagnostic {
        Diagnostic::new(&self.source, range(location), message)
    }
}

fn range(location: Option<SourceSpan>) -> std::ops::Range<usize> {
    location.map_or(0..0, |span| span.offset()..span.end_offset())
}

fn deprecated_fields(set: &SelectionSet, found: &mut Vec<(String, Option<String>, Option<SourceSpan>)>) {
    for selection in &set.selections {
        match selection {
            Selection::Field(field) => {
                if let Some(directive) = field.definition.directives.get("deprecated") {
                    let reason = directive.specified_argument_by_name("reason").and_then(|value| value.as_str());
                    let reason = reason.map(|reason| format!("the schema says: {reason}"));
                    found.push((field.name.to_string(), reason, field.name.location()));
                }
                deprecated_fields(&field.selection_set, found);
            }
            Selection::InlineFragment(fragment) => deprecated_fields(&fragment.selection_set, found),
            // fragments are visited on their own
            Selection::FragmentSpread(_) => {}
        }
    }
}
