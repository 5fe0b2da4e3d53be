//! Hides what may be a secret before a line of `bridge.yaml` is shown. An allow-list: a value under a key that is not known
//! to be harmless (a misspelled `secret` above all) is hidden. Does not decide whether a secret may stand there.

use crate::document::{Node, NodeValue};

/// Keys whose values may be shown.
const HARMLESS: [&str; 19] = [
    "adopt",
    "admin_listen",
    "answer_within",
    "burst",
    "concurrency",
    "delivery",
    "expires",
    "listen",
    "mapping",
    "members_first",
    "name",
    "per_second",
    "profile",
    "protected",
    "public_url",
    "rate_per_second",
    "raw_token",
    "store",
    "sha256",
];

/// Keys below which everything may be shown.
const HARMLESS_BELOW: [&str; 3] = ["groups", "settings", "switches"];

/// What stands in the place of a hidden value in the tree.
const HIDDEN: &str = "…";

/// A copy of tree and text in which everything that may be a secret is hidden. Positions stay the same.
pub(super) fn mask(root: &Node, text: &str) -> (Node, String) {
    let mut bytes = text.as_bytes().to_vec();
    let mut masked = root.clone();
    hide(&mut masked, false, &mut bytes);
    // stars replace whole values, so the text stays UTF-8; if it did not, nothing of it is shown
    (masked, String::from_utf8(bytes).unwrap_or_default())
}

/// Turns numbers where a secret is expected into the text that was written: nobody quotes a numeric password.
pub(super) fn secrets_as_text(node: &mut Node, text: &str, inside: bool) {
    match &mut node.value {
        NodeValue::Number(_) if inside => {
            if let Some(written) = text.get(node.span.clone()) {
                node.value = NodeValue::Text(written.trim().to_owned());
            }
        }
        NodeValue::List(items) => items.iter_mut().for_each(|item| secrets_as_text(item, text, inside)),
        NodeValue::Object(entries) => {
            for entry in entries {
                let inside = inside || matches!(entry.key.as_str(), "secret" | "secrets");
                secrets_as_text(&mut entry.value, text, inside);
            }
        }
        _ => {}
    }
}

fn hide(node: &mut Node, harmless: bool, bytes: &mut [u8]) {
    match &mut node.value {
        NodeValue::List(items) => items.iter_mut().for_each(|item| hide(item, harmless, bytes)),
        NodeValue::Object(entries) => {
            for entry in entries {
                let harmless =
                    harmless || [&HARMLESS[..], &HARMLESS_BELOW].iter().any(|keys| keys.contains(&entry.key.as_str()));
                hide(&mut entry.value, harmless, bytes);
            }
        }
        NodeValue::Text(text) if !harmless && !is_source(text) => {
            text.replace_range(.., HIDDEN);
            blank(bytes, &node.span);
        }
        NodeValue::Number(_) if !harmless => {
            node.value = NodeValue::Text(HIDDEN.to_owned());
            blank(bytes, &node.span);
        }
        _ => {}
    }
}

fn is_source(text: &str) -> bool {
    text.starts_with("env:") || text.starts_with("file:")
}

fn blank(bytes: &mut [u8], span: &std::ops::Range<usize>) {
    let end = span.end.min(bytes.len());
    for byte in bytes.get_mut(span.start.min(end)..end).into_iter().flatten() {
        if !matches!(byte, b'\n' | b'\r') {
            *byte = b'*';
        }
    }
}
