//! What must be known of a document, and done to it, before the engine executes it. It promises nothing about validity: that is the engine's work.

use async_graphql::Value;
use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument, Field, OperationDefinition, OperationType, Selection, SelectionSet,
};
use async_graphql::{Name, Pos, Positioned, Variables};

use super::coerce;
use super::types::Types;

/// A message and where in the document it points.
pub type Refusal = (String, Option<Pos>);

/// Name of the field that [`fill_selections`] adds; the specification reserves names with two underscores, so no caller uses it.
const FILLER: &str = "__filler";

/// The operation that will be executed, with its name; none when the caller's choice fits none.
pub fn find_operation<'a>(
    document: &'a ExecutableDocument,
    wanted: Option<&str>,
) -> Option<(Option<&'a str>, &'a OperationDefinition)> {
    match (&document.operations, wanted) {
        (DocumentOperations::Single(operation), None) => Some((None, &operation.node)),
        (DocumentOperations::Multiple(operations), Some(name)) => {
            operations.get_key_value(name).map(|(name, operation)| (Some(name.as_str()), &operation.node))
        }
        (DocumentOperations::Multiple(operations), None) if operations.len() == 1 => {
            operations.iter().next().map(|(name, operation)| (Some(name.as_str()), &operation.node))
        }
        (DocumentOperations::Single(_), Some(_)) | (DocumentOperations::Multiple(_), None) => None,
    }
}

/// Checks the literals of root arguments before anything happens: the engine takes a quoted enum value for a bare one.
pub fn check_root_arguments(
    types: &Types,
    document: &ExecutableDocument,
    operation: &OperationDefinition,
    variables: &Variables,
) -> Result<(), Vec<Refusal>> {
    let root = match operation.ty {
        OperationType::Query => "Query",
        OperationType::Mutation => "Mutation",
        OperationType::Subscription => return Ok(()),
    };
    let mut seen = Vec::new();
    check_selection(types, document, root, &operation.selection_set.node, variables, &mut seen)
}

fn check_selection<'a>(
    types: &Types,
    document: &'a ExecutableDocument,
    root: &str,
    selection: &'a SelectionSet,
    variables: &Variables,
    seen: &mut Vec<&'a str>,
) -> Result<(), Vec<Refusal>> {
    for item in &selection.items {
        match &item.node {
            Selection::Field(field) => {
                if let Some(definition) = types.find_field(root, &field.node.name.node) {
                    coerce::arguments(types, definition, &field.node, variables)
                        .map_err(|reason| vec![(reason, Some(field.pos))])?;
                }
            }
            Selection::InlineFragment(fragment) => {
                check_selection(types, document, root, &fragment.node.selection_set.node, variables, seen)?;
            }
            Selection::FragmentSpread(spread) => {
                let name = spread.node.fragment_name.node.as_str();
                // a fragment that contains itself is refused by the engine
                if let Some(fragment) = document.fragments.get(name)
                    && !seen.contains(&name)
                {
                    seen.push(name);
                    check_selection(types, document, root, &fragment.node.selection_set.node, variables, seen)?;
                }
            }
        }
    }
    Ok(())
}

/// Gives every selection of fragments alone a field of its own. The engine answers null for an object of which no field was selected, the specification
/// an empty object (October 2021, section 6.3). Returns whether there was any.
pub fn fill_selections(document: &mut ExecutableDocument) -> bool {
    let mut filled = false;
    let operations: Vec<&mut OperationDefinition> = match &mut document.operations {
        DocumentOperations::Single(operation) => vec![&mut operation.node],
        DocumentOperations::Multiple(operations) => operations.values_mut().map(|one| &mut one.node).collect(),
    };
    for operation in operations {
        fill_fields(&mut operation.selection_set.node, &mut filled);
    }
    for fragment in document.fragments.values_mut() {
        fill_fields(&mut fragment.node.selection_set.node, &mut filled);
    }
    filled
}

/// Takes the fields of [`fill_selections`] out of an answer again.
pub fn remove_fillers(data: &mut Value) {
    match data {
        Value::Object(members) => {
            members.shift_remove(FILLER);
            members.values_mut().for_each(remove_fillers);
        }
        Value::List(items) => items.iter_mut().for_each(remove_fillers),
        _ => {}
    }
}

/// Fills the selections of the fields in a selection; its own is its parent's business, because fragments share it.
fn fill_fields(selection: &mut SelectionSet, filled: &mut bool) {
    for item in &mut selection.items {
        match &mut item.node {
            Selection::Field(field) => {
                let own = &mut field.node.selection_set.node;
                fill_fields(own, filled);
                let is_field = |item: &Positioned<Selection>| matches!(item.node, Selection::Field(_));
                if !own.items.is_empty() && !own.items.iter().any(is_field) {
                    own.items.push(filler(field.pos));
                    *filled = true;
                }
            }
            Selection::InlineFragment(fragment) => fill_fields(&mut fragment.node.selection_set.node, filled),
            Selection::FragmentSpread(_) => {}
        }
    }
}

fn filler(pos: Pos) -> Positioned<Selection> {
    let at = |name: &str| Positioned::new(Name::new(name), pos);
    let field = Field {
        alias: Some(at(FILLER)),
        name: at("__typename"),
        arguments: Vec::new(),
        directives: Vec::new(),
        selection_set: Positioned::new(SelectionSet::default(), pos),
    };
    Positioned::new(Selection::Field(Positioned::new(field, pos)), pos)
}
