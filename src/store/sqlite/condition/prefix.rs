//! Where the texts with a prefix end, so that an index finds them as a range. Knows no SQL.

/// The smallest text after all texts that begin with `prefix`, in the order of code points; `None` when there is none.
pub(super) fn after_prefix(prefix: &str) -> Option<String> {
    let mut chars: Vec<char> = prefix.chars().collect();
    while let Some(last) = chars.pop() {
        if let Some(next) = (last..=char::MAX).nth(1) {
            chars.push(next);
            return Some(chars.into_iter().collect());
        }
    }
    None
}
