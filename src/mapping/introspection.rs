//! A vendor's GraphQL schema as its introspection answers it (GraphQL specification, section 4), written down in the schema language, so that the
//! same check that holds a mapping against the file beside it holds it against the vendor. Asks nobody.

use std::fmt::Write as _;

use serde_json::Value;

/// The question. Types are asked for to the depth that `[[T!]!]!` needs; deprecated parts exist, and are asked for as well.
pub const QUERY: &str = "\
query Introspection {
  __schema {
    queryType { name }
    mutationType { name }
    subscriptionType { name }
    types {
      kind
      name
      fields(includeDeprecated: true) {
        name
        args { name type { ...Ref } defaultValue }
        type { ...Ref }
        isDeprecated
        deprecationReason
      }
      inputFields { name type { ...Ref } defaultValue }
      interfaces { name }
      enumValues(includeDeprecated: true) { name }
      possibleTypes { name }
    }
  }
}
fragment Ref on __Type {
  kind name
  ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } } }
}
";

/// Types that every schema has, so that none declares them (GraphQL specification, section 3.5).
const BUILT_IN: &[&str] = &["Int", "Float", "String", "Boolean", "ID"];

/// Deepest nesting of a type that is followed; [`QUERY`] asks for less.
const DEEPEST: usize = 16;

/// The schema in the schema language.
///
/// # Errors
/// What is missing in the answer.
pub fn schema_text(answer: &Value) -> Result<String, String> {
    let schema = answer.pointer("/data/__schema").filter(|schema| schema.is_object());
    let schema = schema.ok_or("the answer holds no schema")?;
    let mut text = String::new();
    let mut roots = String::new();
    for (key, word) in [("queryType", "query"), ("mutationType", "mutation"), ("subscriptionType", "subscription")] {
        if let Some(name) = schema.get(key).and_then(name_of) {
            write(&mut roots, format_args!("  {word}: {name}\n"));
        }
    }
    write(&mut text, format_args!("schema {{\n{roots}}}\n"));
    let types = schema.get("types").and_then(Value::as_array).ok_or("the schema in the answer has no types")?;
    for one in types {
        let name = name_of(one).ok_or("a type in the answer has no name")?;
        if !name.starts_with("__") && !BUILT_IN.contains(&name) {
            write_type(&mut text, name, one)?;
        }
    }
    Ok(text)
}

fn write_type(text: &mut String, name: &str, one: &Value) -> Result<(), String> {
    match one.get("kind").and_then(Value::as_str).unwrap_or_default() {
        "SCALAR" => write(text, format_args!("scalar {name}\n")),
        "ENUM" => {
            let values: Vec<&str> = members(one, "enumValues").filter_map(name_of).collect();
            write(text, format_args!("enum {name} {{ {} }}\n", values.join(" ")));
        }
        "UNION" => {
            let types: Vec<&str> = members(one, "possibleTypes").filter_map(name_of).collect();
            write(text, format_args!("union {name} = {}\n", types.join(" | ")));
        }
        "INPUT_OBJECT" => {
            write(text, format_args!("input {name} {{\n"));
            for field in members(one, "inputFields") {
                write(text, format_args!("  {}\n", input_value(field)?));
            }
            text.push_str("}\n");
        }
        kind @ ("OBJECT" | "INTERFACE") => {
            let word = if kind == "OBJECT" { "type" } else { "interface" };
            let interfaces: Vec<&str> = members(one, "interfaces").filter_map(name_of).collect();
            let implements =
                if interfaces.is_empty() { String::new() } else { format!(" implements {}", interfaces.join(" & ")) };
            write(text, format_args!("{word} {name}{implements} {{\n"));
            for field in members(one, "fields") {
                write_field(text, field)?;
            }
            text.push_str("}\n");
        }
        other => return Err(format!("the type {name} is of a kind {other:?} that GraphQL does not have")),
    }
    Ok(())
}

fn write_field(text: &mut String, field: &Value) -> Result<(), String> {
    let name = name_of(field).ok_or("a field in the answer has no name")?;
    let arguments: Vec<String> = members(field, "args").map(input_value).collect::<Result<_, _>>()?;
    let arguments = if arguments.is_empty() { String::new() } else { format!("({})", arguments.join(", ")) };
    let kind = type_of(field.get("type"), 0)?;
    write(text, format_args!("  {name}{arguments}: {kind}"));
    if field.get("isDeprecated") == Some(&Value::Bool(true)) {
        let reason = field.get("deprecationReason").and_then(Value::as_str).unwrap_or("no reason is given");
        // a text of JSON without escapes beyond those of GraphQL
        write(text, format_args!(" @deprecated(reason: {})", Value::from(reason)));
    }
    text.push('\n');
    Ok(())
}

fn input_value(value: &Value) -> Result<String, String> {
    let name = name_of(value).ok_or("an argument in the answer has no name")?;
    let kind = type_of(value.get("type"), 0)?;
    Ok(match value.get("defaultValue").and_then(Value::as_str) {
        Some(default) => format!("{name}: {kind} = {default}"),
        None => format!("{name}: {kind}"),
    })
}

fn type_of(reference: Option<&Value>, depth: usize) -> Result<String, String> {
    let reference = reference.filter(|_| depth < DEEPEST).ok_or("a type in the answer is cut off")?;
    let inner = || type_of(reference.get("ofType").filter(|inner| !inner.is_null()), depth + 1);
    match reference.get("kind").and_then(Value::as_str) {
        Some("NON_NULL") => inner().map(|inner| format!("{inner}!")),
        Some("LIST") => inner().map(|inner| format!("[{inner}]")),
        _ => name_of(reference).map(str::to_owned).ok_or_else(|| "a type in the answer has no name".to_owned()),
    }
}

/// A name as GraphQL allows it (section 2.1.9), so that no answer can smuggle in anything else.
fn name_of(value: &Value) -> Option<&str> {
    let name = value.get("name")?.as_str()?;
    let starts = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    (starts && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')).then_some(name)
}

fn members<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}

fn write(text: &mut String, what: std::fmt::Arguments<'_>) {
    // writing to a text cannot fail
    let _ = text.write_fmt(what);
}

#[cfg(test)]
mod tests {
    use apollo_compiler::Schema;
    use serde_json::json;

    use super::*;

    fn answer() -> Value {
        let named = |kind: &str, name: &str| json!({ "kind": kind, "name": name, "ofType": null });
        let of = |kind: &str, inner: Value| json!({ "kind": kind, "name": null, "ofType": inner });
        json!({ "data": { "__schema": {
            "queryType": { "name": "Query" }, "mutationType": { "name": "Change" }, "subscriptionType": null,
            "types": [
                { "kind": "OBJECT", "name": "Query", "interfaces": [], "fields": [
                    { "name": "users", "isDeprecated": false, "type": of("NON_NULL", of("LIST", named("INTERFACE", "User"))),
                      "args": [{ "name": "first", "type": named("SCALAR", "Int"), "defaultValue": "20" }] },
                ] },
                { "kind": "OBJECT", "name": "Change", "interfaces": [], "fields": [
                    { "name": "add", "type": named("OBJECT", "Agent"), "args": [{ "name": "input", "type": of("NON_NULL", named("INPUT_OBJECT", "Add")), "defaultValue": null }] },
                ] },
                { "kind": "INTERFACE", "name": "User", "interfaces": [], "fields": [{ "name": "id", "type": of("NON_NULL", named("SCALAR", "LegacyId")), "args": [] }] },
                { "kind": "OBJECT", "name": "Agent", "interfaces": [{ "name": "User" }], "fields": [
                    { "name": "id", "type": of("NON_NULL", named("SCALAR", "LegacyId")), "args": [] },
                    { "name": "old", "type": named("SCALAR", "String"), "args": [], "isDeprecated": true, "deprecationReason": "use \"id\"" },
                    { "name": "level", "type": named("ENUM", "Level"), "args": [] },
                ] },
                { "kind": "UNION", "name": "Anybody", "possibleTypes": [{ "name": "Agent" }] },
                { "kind": "INPUT_OBJECT", "name": "Add", "inputFields": [{ "name": "level", "type": named("ENUM", "Level"), "defaultValue": "LOW" }] },
                { "kind": "ENUM", "name": "Level", "enumValues": [{ "name": "LOW" }, { "name": "HIGH" }] },
                { "kind": "SCALAR", "name": "LegacyId" },
                { "kind": "SCALAR", "name": "Int" },
                { "kind": "SCALAR", "name": "String" },
                { "kind": "OBJECT", "name": "__Type", "fields": [] },
            ],
        } } })
    }

    #[test]
    fn what_the_vendor_answers_is_a_schema_in_which_everything_is_found_again() {
        let text = schema_text(&answer()).expect("a schema");
        Schema::parse_and_validate(&text, "vendor.graphql").unwrap_or_else(|error| panic!("{}\n{text}", error.errors));
        for expected in [
            "mutation: Change",
            "users(first: Int = 20): [User]!",
            "add(input: Add!): Agent",
            "type Agent implements User {",
            "old: String @deprecated(reason: \"use \\\"id\\\"\")",
            "union Anybody = Agent",
            "level: Level = LOW",
            "enum Level { LOW HIGH }",
            "scalar LegacyId",
        ] {
            assert!(text.contains(expected), "{expected} is missing:\n{text}");
        }
        assert!(!text.contains("__Type") && !text.contains("scalar Int"), "{text}");
    }

    #[test]
    fn an_answer_that_is_none_is_told() {
        for (answer, problem) in [
            (json!({ "errors": [{ "message": "no" }] }), "no schema"),
            (json!({ "data": { "__schema": { "types": [{ "kind": "OBJECT", "name": "A {} type B" }] } } }), "no name"),
            (json!({ "data": { "__schema": { "types": [{ "kind": "THING", "name": "A" }] } } }), "kind"),
        ] {
            let said = schema_text(&answer).expect_err("no schema");
            assert!(said.contains(problem), "{said}");
        }
    }

    #[test]
    fn the_question_is_a_valid_document() {
        let schema = Schema::parse_and_validate("type Query { a: Int }", "any.graphql").expect("a schema");
        apollo_compiler::ExecutableDocument::parse_and_validate(&schema, QUERY, "query.graphql")
            .unwrap_or_else(|error| panic!("{}", error.errors));
    }
}
