//! How texts are compared where letter case does not matter.

/// The form under which two texts are the same although letter case or Unicode composition differ (RFC 7644 section 7.8):
/// NFKC, lower case, NFKC again.
pub fn fold(text: &str) -> String {
    use unicode_normalization::UnicodeNormalization as _;
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.nfkc().flat_map(char::to_lowercase).nfkc().collect()
}
