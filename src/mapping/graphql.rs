//! Cuts single operations out of a documents file, so that each call sends only its own text. Checking against the schema is done when
//! the mapping loads.

use std::collections::BTreeMap;

use apollo_compiler::ast::{Definition, Document, FragmentDefinition, OperationDefinition, OperationType, Selection};

use crate::nearest::hint;

/// The operations of a documents file by name.
#[derive(Debug, Clone, Default)]
pub struct Operations(BTreeMap<String, OperationText>);

/// One operation, ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationText {
    /// Its text, followed by the fragments that it uses.
    pub text: String,
    /// Does it change something?
    pub is_mutation: bool,
    /// Names of its variables.
    pub variables: Vec<String>,
}

impl Operations {
    /// Reads a documents file.
    ///
    /// # Errors
    /// Syntax errors, with line and column, and operations that have no name.
    pub fn parse(text: &str, file: &str) -> Result<Self, String> {
        let document = Document::parse(text, file).map_err(|error| error.errors.to_string())?;
        let mut fragments: BTreeMap<&str, &FragmentDefinition> = BTreeMap::new();
        for definition in &document.definitions {
            if let Definition::FragmentDefinition(fragment) = definition {
                fragments.insert(fragment.name.as_str(), fragment);
            }
        }
        let mut operations = BTreeMap::new();
        for definition in &document.definitions {
            if let Definition::OperationDefinition(operation) = definition {
                let name = operation.name.as_ref().ok_or_else(|| format!("{file}: every operation needs a name"))?;
                operations.insert(name.to_string(), cut_out(operation, &fragments));
            }
        }
        Ok(Self(operations))
    }

    /// An operation by name.
    ///
    /// # Errors
    /// When there is none, with the nearest name.
    pub fn find(&self, name: &str) -> Result<&OperationText, String> {
        self.0
            .get(name)
            .ok_or_else(|| format!("there is no operation {name}{}", hint(name, self.0.keys().map(String::as_str))))
    }

    /// Names of all operations.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

fn cut_out(operation: &OperationDefinition, fragments: &BTreeMap<&str, &FragmentDefinition>) -> OperationText {
    let mut used = Vec::new();
    collect(&operation.selection_set, fragments, &mut used);
    let mut text = operation.serialize().to_string();
    for fragment in used {
        text.push_str("\n\n");
        text.push_str(&fragment.serialize().to_string());
    }
    OperationText {
        text,
        is_mutation: operation.operation_type == OperationType::Mutation,
        variables: operation.variables.iter().map(|variable| variable.name.to_string()).collect(),
    }
}

fn collect<'a>(
    selections: &[Selection],
    fragments: &BTreeMap<&str, &'a FragmentDefinition>,
    used: &mut Vec<&'a FragmentDefinition>,
) {
    for selection in selections {
        match selection {
            Selection::Field(field) => collect(&field.selection_set, fragments, used),
            Selection::InlineFragment(fragment) => collect(&fragment.selection_set, fragments, used),
            Selection::FragmentSpread(spread) => {
                let name = spread.fragment_name.as_str();
                let is_known = used.iter().any(|fragment| fragment.name.as_str() == name);
                if let (false, Some(fragment)) = (is_known, fragments.get(name)) {
                    used.push(fragment);
                    collect(&fragment.selection_set, fragments, used);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "
        query One($id: ID!) { user(id: $id) { ...Parts } }
        mutation Change($input: Input!) { change(input: $input) { ok } }
        fragment Parts on User { id ...Inner }
        fragment Inner on User { name }
        fragment Unused on User { age }";

    #[test]
    fn a_call_sends_its_own_operation_and_the_fragments_it_uses() {
        let operations = Operations::parse(FILE, "operations.graphql").expect("parses");
        let one = operations.find("One").expect("known");
        assert!(
            one.text.contains("query One")
                && one.text.contains("fragment Parts")
                && one.text.contains("fragment Inner")
        );
        assert!(!one.text.contains("Unused") && !one.text.contains("Change"));
        assert_eq!((one.is_mutation, one.variables.as_slice()), (false, ["id".to_owned()].as_slice()));
        assert!(operations.find("Change").expect("known").is_mutation);
    }

    #[test]
    fn an_unknown_operation_and_broken_syntax_are_told() {
        let operations = Operations::parse(FILE, "operations.graphql").expect("parses");
        assert!(operations.find("Chnage").expect_err("unknown").contains("did you mean Change?"));
        assert!(Operations::parse("query {", "operations.graphql").expect_err("broken").contains("operations.graphql"));
    }
}
