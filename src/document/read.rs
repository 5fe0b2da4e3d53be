//! Reads YAML 1.2 into a tree with positions. Hostile input ends in a complaint, never in a panic or in much memory.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Number;
use serde_saphyr::{Location, Spanned};

use super::diagnostic::{Diagnostic, Source};
use super::node::{Entry, Node, NodeValue};

/// Largest file that is read, in bytes. A larger one is refused before it is parsed.
pub const MAX_BYTES: usize = 2 * 1024 * 1024;
/// Deepest nesting of lists and objects. A deeper file is refused; real ones stay below 20.
pub const MAX_DEPTH: usize = 48;
/// Most values in a file, those brought in by aliases included. A larger file is refused.
pub const MAX_NODES: usize = 200_000;
/// Most values that aliases may bring in: an alias of aliases multiplies.
const MAX_REPLAYED: usize = 50_000;

/// Reads a document.
///
/// # Errors
/// The first mistake of syntax, a limit that was passed, or every repeated key.
pub fn read(source: &Arc<Source>) -> Result<Node, Vec<Diagnostic>> {
    if source.text.len() > MAX_BYTES {
        let message = format!("the file has {} bytes, at most {MAX_BYTES} are read", source.text.len());
        return Err(vec![Diagnostic::new(source, 0..0, message)]);
    }
    let raw = serde_saphyr::from_str_with_options::<Spanned<Raw>>(&source.text, options())
        .map_err(|error| vec![syntax(source, &error)])?;
    let mut problems = Vec::new();
    let node = build(source, raw, &mut problems);
    if problems.is_empty() { Ok(node) } else { Err(problems) }
}

fn options() -> serde_saphyr::Options {
    use serde_saphyr::options::DuplicateKeyPolicy;
    serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_depth: MAX_DEPTH,
            flow_nesting_limit: MAX_DEPTH,
            max_nodes: MAX_NODES,
            max_events: 4 * MAX_NODES,
            max_documents: 1,
        },
        alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: MAX_REPLAYED },
        duplicate_keys: DuplicateKeyPolicy::PassThrough,
        strict_booleans: true,
        leading_zero_numbers_as_strings: true,
        underscored_numbers_as_strings: true,
        with_snippet: false,
    }
}

fn syntax(source: &Arc<Source>, error: &serde_saphyr::Error) -> Diagnostic {
    use serde_saphyr::MessageFormatter as _;
    let span = error.location().map_or(0..0, |at| range(&source.text, at));
    let error = error.without_snippet();
    let text = serde_saphyr::DefaultMessageFormatter.format_message(error);
    Diagnostic::new(source, span, format!("this is not YAML that can be read: {text}"))
}

fn build(source: &Arc<Source>, raw: Spanned<Raw>, problems: &mut Vec<Diagnostic>) -> Node {
    let span = range(&source.text, raw.referenced);
    let value = match raw.value {
        Raw::Null => NodeValue::Null,
        Raw::Bool(yes) => NodeValue::Bool(yes),
        Raw::Number(number) => NodeValue::Number(number),
        Raw::Text(text) => NodeValue::Text(text),
        Raw::List(items) => NodeValue::List(items.into_iter().map(|item| build(source, item, problems)).collect()),
        Raw::Object(pairs) => NodeValue::Object(build_object(source, pairs, problems)),
    };
    Node { span, value }
}

fn build_object(
    source: &Arc<Source>,
    pairs: Vec<(Spanned<String>, Spanned<Raw>)>,
    problems: &mut Vec<Diagnostic>,
) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::with_capacity(pairs.len());
    let mut seen = std::collections::HashMap::with_capacity(pairs.len());
    for (key, value) in pairs {
        let key_span = range(&source.text, key.referenced);
        let value = build(source, value, problems);
        if let Some(first) = seen.get(&key.value) {
            let first = Diagnostic::new(source, Range::clone(first), "").line();
            problems.push(
                Diagnostic::new(source, key_span, format!("the key `{}` is given twice", key.value))
                    .found(format!("it stands in line {first} already"))
                    .help("keep one of the two"),
            );
        } else {
            seen.insert(key.value.clone(), key_span.clone());
            entries.push(Entry { key: key.value, key_span, value });
        }
    }
    entries
}

/// Byte range of a location.
fn range(text: &str, at: Location) -> Range<usize> {
    let span = at.span();
    let as_usize = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
    if let (Some(start), Some(length)) = (span.byte_offset(), span.byte_len()) {
        let start = as_usize(start);
        return start..start.saturating_add(as_usize(length));
    }
    let line = as_usize(at.line()).saturating_sub(1);
    let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
    let column = as_usize(at.column()).saturating_sub(1);
    let inside = text[start..].chars().take(column).map(char::len_utf8).sum::<usize>();
    start + inside..start + inside
}

/// What serde sees.
enum Raw {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    List(Vec<Spanned<Raw>>),
    Object(Vec<(Spanned<String>, Spanned<Raw>)>),
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a YAML value")
    }
    fn visit_bool<E: de::Error>(self, yes: bool) -> Result<Raw, E> {
        Ok(Raw::Bool(yes))
    }
    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Raw, E> {
        Ok(Raw::Number(number.into()))
    }
    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Raw, E> {
        Ok(Raw::Number(number.into()))
    }
    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Raw, E> {
        Number::from_f64(number).map(Raw::Number).ok_or_else(|| E::custom("a number must be finite"))
    }
    fn visit_str<E: de::Error>(self, text: &str) -> Result<Raw, E> {
        Ok(Raw::Text(text.to_owned()))
    }
    fn visit_string<E: de::Error>(self, text: String) -> Result<Raw, E> {
        Ok(Raw::Text(text))
    }
    fn visit_unit<E: de::Error>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }
    fn visit_none<E: de::Error>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Raw, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        Ok(Raw::List(items))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Raw, A::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = map.next_entry()? {
            pairs.push(pair);
        }
        Ok(Raw::Object(pairs))
    }
}

#[cfg(test)]
mod tests {
    use super::super::node::Place;
    use super::*;

    fn parse(text: &str) -> Result<Node, Vec<Diagnostic>> {
        read(&Source::new("test.yaml", text))
    }

    fn slice<'a>(text: &'a str, node: &Node, place: &Place) -> &'a str {
        &text[node.locate(place)]
    }

    #[test]
    fn every_value_and_key_knows_its_place() {
        let text = "a: 1\nb:\n  - x\n  - { é.d: \"quoted\", e: 5 }\n";
        let node = parse(text).unwrap();
        assert_eq!(slice(text, &node, &Place::of(["a"])), "1");
        assert_eq!(slice(text, &node, &Place::of(["b"])), "b");
        assert_eq!(slice(text, &node, &Place::of(["b"]).index(0)), "x");
        assert_eq!(slice(text, &node, &Place::of(["b", "1", "é.d"])), "\"quoted\"");
        assert_eq!(&text[node.locate_key(&Place::of(["b", "1", "e"]))], "e");
        assert_eq!(slice(text, &node, &Place::of(["b", "7", "e"])), "b");
    }

    #[test]
    fn scalars_follow_yaml_1_2() {
        let json =
            parse("{a: yes, b: 007, c: 1_0, d: true, e: ~, f: 1.5, g: 0x1F, h: \"1\", i: -3}").unwrap().to_json();
        let right = serde_json::json!({"a": "yes", "b": "007", "c": "1_0", "d": true, "e": null, "f": 1.5, "g": 31, "h": "1", "i": -3});
        assert_eq!(json, right);
    }

    #[test]
    fn repeated_keys_are_all_reported() {
        let problems = parse("a: 1\na: 2\nb: {c: 1, c: 2}\n").unwrap_err();
        assert_eq!(problems.len(), 2);
        assert!(problems[0].render(false).contains("it stands in line 1 already"));
        assert_eq!((problems[1].line(), problems[1].column()), (3, 11));
    }

    #[test]
    fn hostile_documents_end_in_a_complaint() {
        let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for n in 1..9 {
            let row = (0..10).map(|_| format!("*a{}", n - 1)).collect::<Vec<_>>().join(", ");
            bomb = format!("{bomb}a{n}: &a{n} [{row}]\n");
        }
        let deep = format!("{}{}", "[".repeat(5000), "]".repeat(5000));
        let block = (0..400).map(|n| " ".repeat(n)).collect::<Vec<_>>().join("a:\n");
        let large = "x".repeat(MAX_BYTES + 1);
        for text in [&bomb, &deep, &block, &large] {
            assert_eq!(parse(text).unwrap_err().len(), 1);
        }
        for text in [
            "a: [",
            "\t- a",
            "a: *nowhere",
            "a: b: c",
            "%",
            "--- 1\n--- 2\n",
            "a: .nan",
            "{[a]: b}",
            "&x *x",
            "!!binary x",
        ] {
            let _ = parse(text);
        }
    }

    #[test]
    fn a_mistake_of_syntax_is_shown_where_it_is() {
        let problems = parse("a: 1\nb: [1, 2\nc: 3\n").unwrap_err();
        assert!(problems[0].line() >= 2, "{}", problems[0].render(false));
    }

    #[test]
    fn an_empty_document_is_null() {
        assert!(parse("").unwrap().to_json().is_null());
        assert!(parse("# only a comment\n").unwrap().to_json().is_null());
    }
}
