//! A place in the text of a filter. Knows characters and positions, no grammar.

use std::borrow::Cow;

use crate::scim::error::ScimError;

/// How much of an unexpected text is quoted back, in characters.
const SHOWN: usize = 24;

/// A place in a filter's text. Always on a character boundary.
#[derive(Debug, Clone)]
pub(super) struct Cursor<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Cursor<'t> {
    /// At the beginning.
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, at: 0 }
    }

    /// The byte offset, for [`Self::refuse_at`].
    pub(super) fn offset(&self) -> usize {
        self.at
    }

    /// What is left.
    pub(super) fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    /// The next byte.
    pub(super) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Steps over white space; says whether there was any.
    pub(super) fn skip_space(&mut self) -> bool {
        !self.take_while(|byte| byte.is_ascii_whitespace()).is_empty()
    }

    /// Steps over `byte` (an ASCII character) when it is next.
    pub(super) fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    /// Takes an attribute path: letters, digits, and the punctuation of names and URNs.
    pub(super) fn name(&mut self) -> &'t str {
        self.take_while(is_name_byte)
    }

    /// Takes the keyword `word` (lower case) when it is next, in any letter case, and no name goes on behind it.
    pub(super) fn keyword(&mut self, word: &str) -> bool {
        let mut ahead = self.clone();
        let found = ahead.name().eq_ignore_ascii_case(word);
        if found {
            self.at = ahead.at;
        }
        found
    }

    /// Takes an unquoted word: everything up to white space, a bracket or a quote.
    pub(super) fn word(&mut self) -> &'t str {
        self.take_while(|byte| !byte.is_ascii_whitespace() && !b"()[]\"".contains(&byte))
    }

    /// Takes exactly `length` bytes, which the caller has seen to be ASCII.
    pub(super) fn take(&mut self, length: usize) -> &'t str {
        let start = self.at;
        self.at += length;
        &self.text[start..self.at]
    }

    /// Takes a JSON string (RFC 8259 section 7), whose opening quote is next.
    pub(super) fn quoted(&mut self) -> Result<Cow<'t, str>, ScimError> {
        let start = self.at;
        let mut escaped = false;
        let mut bytes = self.text.as_bytes()[start + 1..].iter().zip(start + 1..);
        while let Some((byte, at)) = bytes.next() {
            match byte {
                b'"' => {
                    self.at = at + 1;
                    if !escaped {
                        return Ok(Cow::Borrowed(&self.text[start + 1..at]));
                    }
                    return serde_json::from_str(&self.text[start..=at]).map(Cow::Owned).map_err(|_| {
                        self.refuse_at(start, "a text in double quotes with the escapes of JSON, such as \\\" and \\\\")
                    });
                }
                b'\\' => {
                    escaped = true;
                    bytes.next();
                }
                _ => {}
            }
        }
        Err(self.refuse_at(start, "a closing double quote for the text that begins here"))
    }

    /// The refusal: what was expected here, and what was found.
    pub(super) fn refuse(&self, expected: &str) -> ScimError {
        self.refuse_at(self.at, expected)
    }

    /// The refusal for an earlier place.
    pub(super) fn refuse_at(&self, at: usize, expected: &str) -> ScimError {
        let rest = &self.text[at..];
        let shown: String = rest.split_whitespace().next().unwrap_or("").chars().take(SHOWN).collect();
        let found = if shown.is_empty() { "the end".to_owned() } else { format!("`{shown}`") };
        self.problem_at(at, &format!("expected {expected}, found {found}"))
    }

    /// A problem that is not one of expectation.
    pub(super) fn problem_at(&self, at: usize, problem: &str) -> ScimError {
        ScimError::InvalidFilter(format!("filter, position {}: {problem}", self.position(at)))
    }

    /// A byte offset as people count: characters, from 1.
    pub(super) fn position(&self, at: usize) -> usize {
        self.text[..at].chars().count() + 1
    }

    fn take_while(&mut self, fits: impl Fn(u8) -> bool) -> &'t str {
        let rest = self.rest();
        // Only ASCII bytes are ever left out, so the length is a character boundary.
        let length = rest.bytes().position(|byte| !fits(byte)).unwrap_or(rest.len());
        self.at += length;
        &rest[..length]
    }
}

/// Bytes of attribute names (RFC 7643 section 2.1, `$ref` included) and of the URNs before them.
fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_-$:./#~".contains(&byte)
}
