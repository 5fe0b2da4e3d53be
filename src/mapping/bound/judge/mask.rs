//! Hides what we sent in what the vendor says. Better no text at all than one with a password in it.

use percent_encoding::percent_decode_str;
use regex::{Regex, RegexBuilder};
use serde_json::Value;

use crate::mapping::wire::{Body, HttpRequest};

/// Shorter values are left alone: they would hide half of every sentence and give nothing away.
const SHORTEST: usize = 4;
/// Longest text of a vendor that is passed on, in characters.
const LONGEST_TEXT: usize = 300;
/// What stands in place of a value.
const HIDDEN: &str = "***";
/// Largest pattern that is compiled, in bytes; a request with more text than that gets no vendor text.
const LARGEST_PATTERN: usize = 8 * 1024 * 1024;

/// The values of one request, as a pattern.
pub(super) struct Mask(Option<Regex>);

impl Mask {
    /// Gathers every value that the request carries: body leaves, form, query and path. `None` when there is too much to be sure.
    pub fn of(request: &HttpRequest) -> Option<Self> {
        let mut values = Vec::new();
        match &request.body {
            Body::Empty => {}
            Body::Json(json) => match json.get("variables").filter(|_| json.get("query").is_some()) {
                // the document is the mapping's own text
                Some(variables) => gather(variables, &mut values),
                None => gather(json, &mut values),
            },
            Body::Form(form) => values.extend(form.iter().map(|(_, value)| value.clone())),
        }
        let behind = request.url.split_once("://").map_or(request.url.as_str(), |(_, behind)| behind);
        let parts = behind.split(['/', '?', '&', '=']).skip(1);
        values.extend(parts.map(|part| percent_decode_str(part).decode_utf8_lossy().into_owned()));
        let mut patterns: Vec<String> = values.iter().flat_map(|value| spellings(value)).collect();
        patterns.sort_unstable_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        patterns.dedup();
        if patterns.is_empty() {
            return Some(Self(None));
        }
        let escaped: Vec<String> = patterns.iter().map(|pattern| regex::escape(pattern)).collect();
        let built = RegexBuilder::new(&escaped.join("|")).case_insensitive(true).size_limit(LARGEST_PATTERN).build();
        built.ok().map(|pattern| Self(Some(pattern)))
    }

    /// The text without control characters and sent values, cut to a readable length; `None` when nothing is left.
    pub fn apply(&self, text: &str) -> Option<String> {
        let plain = squeeze(text);
        let masked = match &self.0 {
            Some(pattern) => pattern.replace_all(&plain, HIDDEN).into_owned(),
            None => plain,
        };
        let cut: String = masked.chars().take(LONGEST_TEXT).collect();
        let cut = if cut.len() < masked.len() { format!("{cut}…") } else { cut };
        (!cut.is_empty()).then_some(cut)
    }
}

/// White space and control characters become single spaces.
fn squeeze(text: &str) -> String {
    let spaced: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The ways in which a vendor may quote a value: as it is, inside JSON, with its white space squeezed.
fn spellings(value: &str) -> Vec<String> {
    if value.chars().count() < SHORTEST {
        return Vec::new();
    }
    let quoted = Value::String(value.to_owned()).to_string();
    let inside = quoted.trim_matches('"').to_owned();
    let squeezed = squeeze(value);
    let mut spellings = vec![value.to_owned(), inside, squeezed];
    spellings.retain(|spelling| spelling.chars().count() >= SHORTEST);
    spellings
}

fn gather(json: &Value, values: &mut Vec<String>) {
    match json {
        Value::String(text) => values.push(text.clone()),
        Value::Number(number) => values.push(number.to_string()),
        Value::Array(elements) => elements.iter().for_each(|element| gather(element, values)),
        Value::Object(members) => members.values().for_each(|member| gather(member, values)),
        Value::Null | Value::Bool(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::model::Method;
    use serde_json::json;

    fn mask(body: Value, text: &str) -> Option<String> {
        let url = "https://api.example.com/users/ada%40example.com?scope=tenant-x".to_owned();
        let request = HttpRequest { method: Method::Post, url, headers: Vec::new(), body: Body::Json(body) };
        Mask::of(&request).expect("small enough").apply(text)
    }

    #[test]
    fn no_sent_value_comes_back() {
        let body = json!({ "query": "mutation", "variables": { "input": { "password": "S3cret\"pw", "ids": [412_345], "first": "Ada" } } });
        let text = "Variable input: \"S3CRET\\\"PW\" of 412345 for ada@EXAMPLE.com in tenant-x, says Ada";
        assert_eq!(mask(body, text).as_deref(), Some("Variable input: \"***\" of *** for *** in ***, says Ada"));
    }

    #[test]
    fn a_value_with_line_breaks_is_found_in_the_squeezed_text() {
        assert_eq!(mask(json!({ "a": "one\ntwo" }), "bad: one\n two\u{7}!").as_deref(), Some("bad: *** !"));
    }

    #[test]
    fn long_texts_are_cut_and_empty_ones_dropped() {
        let cut = mask(json!({}), &"word ".repeat(500)).expect("a text");
        assert_eq!(cut.chars().count(), LONGEST_TEXT + 1);
        assert_eq!(mask(json!({}), " \n "), None);
    }
}
