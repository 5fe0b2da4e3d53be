//! A YAML document as a tree in which every value and every key knows where it stands.

use std::ops::Range;

use serde_json::{Map, Number, Value};

/// A value with its place in the text.
#[derive(Debug, Clone)]
pub struct Node {
    /// Bytes of the text that it takes (of a list or an object: its beginning).
    pub span: Range<usize>,
    /// The value.
    pub value: NodeValue,
}

/// The value of a [`Node`].
#[derive(Debug, Clone)]
pub enum NodeValue {
    /// Nothing, `null` or `~`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// An object, in the order of the file; keys are unique.
    Object(Vec<Entry>),
}

/// A member of an object.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// Bytes of the text that the key takes.
    pub key_span: Range<usize>,
    /// The value.
    pub value: Node,
}

impl Node {
    /// The member with this key.
    pub fn get(&self, key: &str) -> Option<&Entry> {
        match &self.value {
            NodeValue::Object(entries) => entries.iter().find(|entry| entry.key == key),
            _ => None,
        }
    }

    /// The same value without positions.
    pub fn to_json(&self) -> Value {
        match &self.value {
            NodeValue::Null => Value::Null,
            NodeValue::Bool(yes) => Value::Bool(*yes),
            NodeValue::Number(number) => Value::Number(number.clone()),
            NodeValue::Text(text) => Value::String(text.clone()),
            NodeValue::List(items) => Value::Array(items.iter().map(Self::to_json).collect()),
            NodeValue::Object(entries) => Value::Object(
                entries.iter().map(|entry| (entry.key.clone(), entry.value.to_json())).collect::<Map<_, _>>(),
            ),
        }
    }

    /// The value in words, for `expected …, found …`.
    pub fn describe(&self) -> String {
        match &self.value {
            NodeValue::Null => "nothing".into(),
            NodeValue::Bool(yes) => format!("`{yes}`"),
            NodeValue::Number(number) => format!("the number {number}"),
            NodeValue::Text(text) if text.chars().count() > 40 => "a text".into(),
            NodeValue::Text(text) => format!("the text `{text}`"),
            NodeValue::List(_) => "a list".into(),
            NodeValue::Object(_) => "an object".into(),
        }
    }

    /// Where a place is: its value, or as much of the way to it as the document has.
    pub fn locate(&self, place: &Place) -> Range<usize> {
        self.walk(place).1
    }

    /// Where the key of a place is; of a list's element: the element.
    pub fn locate_key(&self, place: &Place) -> Range<usize> {
        self.walk(place).0
    }

    /// The node at a place.
    pub fn find(&self, place: &Place) -> Option<&Self> {
        place.0.iter().try_fold(self, |node, step| match &node.value {
            NodeValue::Object(_) => node.get(step).map(|entry| &entry.value),
            NodeValue::List(items) => items.get(step.parse::<usize>().ok()?),
            _ => None,
        })
    }

    fn walk(&self, place: &Place) -> (Range<usize>, Range<usize>) {
        let mut node = self;
        let mut key = self.span.clone();
        for step in &place.0 {
            match &node.value {
                NodeValue::Object(_) => match node.get(step) {
                    Some(entry) => {
                        key = entry.key_span.clone();
                        node = &entry.value;
                    }
                    None => return (key.clone(), key),
                },
                NodeValue::List(items) => match step.parse::<usize>().ok().and_then(|index| items.get(index)) {
                    Some(item) => {
                        // an object begins with its first key, whatever bracket or dash stands before it
                        key = match &item.value {
                            NodeValue::Object(entries) => entries.first().map_or(&item.span, |entry| &entry.key_span),
                            _ => &item.span,
                        }
                        .clone();
                        node = item;
                    }
                    None => return (key.clone(), key),
                },
                _ => break,
            }
        }
        // an empty value and a block below its key are best shown by the key
        let value = match node.value {
            NodeValue::Null | NodeValue::Object(_) | NodeValue::List(_) => key.clone(),
            _ => node.span.clone(),
        };
        (key, value)
    }
}

/// A way into a document: keys and positions from its root.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place(Vec<String>);

impl Place {
    /// The root.
    pub fn root() -> Self {
        Self::default()
    }

    /// From a list of keys.
    pub fn of<const N: usize>(keys: [&str; N]) -> Self {
        Self(keys.iter().map(|&key| key.to_owned()).collect())
    }

    /// One step further: a key.
    #[must_use]
    pub fn key(&self, key: &str) -> Self {
        let mut steps = self.0.clone();
        steps.push(key.to_owned());
        Self(steps)
    }

    /// One step further: an element of a list.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        self.key(&index.to_string())
    }
}

impl std::fmt::Display for Place {
    /// `users.fields.email.from[0]`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (n, step) in self.0.iter().enumerate() {
            if step.bytes().all(|b| b.is_ascii_digit()) {
                write!(f, "[{step}]")?;
            } else {
                write!(f, "{}{step}", if n == 0 { "" } else { "." })?;
            }
        }
        Ok(())
    }
}
