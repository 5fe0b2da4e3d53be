//! The defined name that somebody probably meant.

/// Longest text for which a nearest name is looked for, in bytes; longer ones are no typing slips, and the search is quadratic.
const MAX_COMPARED: usize = 64;
/// How alike two names must be, from 0 to 1.
const LEAST_LIKENESS: f64 = 0.6;

/// The candidate most like `given`, if one is like it at all.
pub(super) fn nearest<'a>(given: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    if given.len() > MAX_COMPARED {
        return None;
    }
    let given = given.to_ascii_lowercase();
    candidates
        .map(|candidate| (strsim::normalized_damerau_levenshtein(&given, &candidate.to_ascii_lowercase()), candidate))
        .filter(|(likeness, _)| *likeness >= LEAST_LIKENESS)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, candidate)| candidate)
}
