//! Patterns on the names of groups: letter case ignored, `*` for any text. Knows nothing of what a group means.

use unicode_normalization::char::canonical_combining_class;

use crate::scim::text::fold;

/// How a `*` that means itself is written, as in the shell.
const LITERAL_STAR: &str = "[*]";
/// Stands for "any text" when patterns are held against each other: no pattern of an administrator has it.
const ANYTHING: char = '\u{10FFFF}';

/// A pattern on a whole name. Each `*` takes as little as the rest of the pattern allows, the last one what is left. `[*]` is a star.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    written: String,
    /// The texts before, between and after the stars, as written.
    literals: Vec<String>,
    /// The same, folded.
    folded: Vec<String>,
}

impl Pattern {
    /// Reads a pattern. Every text is one.
    pub fn new(written: &str) -> Self {
        let literals: Vec<String> = literals(written);
        let folded = literals.iter().map(|literal| fold(literal)).collect();
        Self { written: written.to_owned(), literals, folded }
    }

    /// The pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.written
    }

    /// How many texts it captures: one for each `*`.
    pub fn captures(&self) -> usize {
        self.literals.len() - 1
    }

    /// What the stars stand for in a name, in the letter case of the name; `None` when the name does not fit.
    pub fn capture<'a>(&self, name: &Name<'a>) -> Option<Vec<&'a str>> {
        let (first, rest) = self.folded.split_first()?;
        let Some((last, middle)) = rest.split_last() else {
            return (name.folded == *first).then(Vec::new);
        };
        let mut at = first.len();
        if !name.folded.starts_with(first.as_str()) || !name.is_cut(at) {
            return None;
        }
        let end = name.folded.len().checked_sub(last.len()).filter(|end| *end >= at)?;
        if !name.folded.ends_with(last.as_str()) || !name.is_cut(end) {
            return None;
        }
        let mut captured = Vec::with_capacity(self.captures());
        for literal in middle {
            let found = name.find(literal, at, end)?;
            captured.push(name.original(at, found)?);
            at = found + literal.len();
        }
        captured.push(name.original(at, end)?);
        Some(captured)
    }

    /// The name that this pattern has when its stars stand for these texts; `None` when one is not known.
    pub fn filled(&self, captured: &[Option<String>]) -> Option<String> {
        let mut name = String::new();
        for (n, literal) in self.literals.iter().enumerate() {
            if n > 0 {
                name.push_str(captured.get(n - 1)?.as_deref()?);
            }
            name.push_str(literal);
        }
        Some(name)
    }

    /// Whether every name that fits the other pattern fits this one.
    pub fn covers(&self, other: &Self) -> bool {
        // a letter that stands nowhere else can only be taken by a star, and what takes it takes any text in its place
        let example = other.literals.join(&ANYTHING.to_string());
        self.capture(&Name::new(&example)).is_some()
    }
}

fn literals(written: &str) -> Vec<String> {
    let mut all = vec![String::new()];
    let mut rest = written;
    while let Some(next) = rest.chars().next() {
        let (text, after) = match rest.strip_prefix(LITERAL_STAR) {
            Some(after) => (Some('*'), after),
            None => ((next != '*').then_some(next), &rest[next.len_utf8()..]),
        };
        match (text, all.last_mut()) {
            (Some(text), Some(literal)) => literal.push(text),
            _ => all.push(String::new()),
        }
        rest = after;
    }
    all
}

/// A name, folded once so that it can be held against many patterns, that still knows its own letters.
#[derive(Debug)]
pub struct Name<'a> {
    written: &'a str,
    folded: String,
    /// Where folded and written text can be cut at the same place, in ascending order; `None`: everywhere, since all of it is ASCII.
    cuts: Option<Vec<(usize, usize)>>,
}

impl<'a> Name<'a> {
    /// Folds a name.
    pub fn new(written: &'a str) -> Self {
        if written.is_ascii() {
            return Self { written, folded: fold(written), cuts: None };
        }
        let (mut folded, mut cuts, mut start) = (String::new(), Vec::new(), 0);
        while start < written.len() {
            cuts.push((folded.len(), start));
            let (end, form) = cluster(written, start);
            folded.push_str(&form);
            start = end;
        }
        let whole = fold(written);
        if folded != whole {
            // marks of different letters that change places: such a name is not cut at all
            (folded, cuts) = (whole, vec![(0, 0)]);
        }
        cuts.push((folded.len(), written.len()));
        Self { written, folded, cuts: Some(cuts) }
    }

    /// Where a folded text is found first between two places, such that it begins and ends between letters.
    fn find(&self, text: &str, from: usize, to: usize) -> Option<usize> {
        let mut at = from;
        while let Some(found) = self.folded.get(at..to)?.find(text) {
            let start = at + found;
            if self.is_cut(start) && self.is_cut(start + text.len()) {
                return Some(start);
            }
            at = start + self.folded.get(start..)?.chars().next()?.len_utf8();
        }
        None
    }

    fn is_cut(&self, folded: usize) -> bool {
        self.cuts.as_ref().is_none_or(|cuts| cuts.binary_search_by_key(&folded, |cut| cut.0).is_ok())
    }

    /// The letters of the name between two places of the folded text.
    fn original(&self, from: usize, to: usize) -> Option<&'a str> {
        let place = |folded: usize| match &self.cuts {
            None => Some(folded),
            Some(cuts) => cuts.binary_search_by_key(&folded, |cut| cut.0).ok().map(|at| cuts[at].1),
        };
        self.written.get(place(from)?..place(to)?)
    }
}

/// The end of the letters that fold as one, from a place on, and their form: a letter with its accents, or letters that grow together.
fn cluster(text: &str, start: usize) -> (usize, String) {
    let after = |end: usize| text[end..].chars().next();
    let mut end = start;
    let mut form = String::new();
    while let Some(next) = after(end) {
        let longer = end + next.len_utf8();
        let together = fold(&text[start..longer]);
        if end > start && together == format!("{form}{}", fold(&text[end..longer])) {
            break;
        }
        end = longer;
        // accents are folded with their letter, all at once
        while let Some(accent) = after(end).filter(|accent| canonical_combining_class(*accent) != 0) {
            end += accent.len_utf8();
        }
        form = fold(&text[start..end]);
    }
    (end, form)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn capture(pattern: &str, name: &str) -> Option<Vec<String>> {
        let captured = Pattern::new(pattern).capture(&Name::new(name))?;
        Some(captured.into_iter().map(str::to_owned).collect())
    }

    #[test]
    fn a_pattern_takes_the_whole_name_and_ignores_letter_case() {
        assert_eq!(capture("Support skill *", "SUPPORT Skill Français"), Some(vec!["Français".into()]));
        assert_eq!(capture("Support skill *", "Support skill "), Some(vec![String::new()]));
        assert_eq!(capture("Support skill *", "My Support skill French"), None);
        assert_eq!(capture("Managers", "managers"), Some(vec![]));
        assert_eq!(capture("Managers", "managers 2"), None);
        assert_eq!(capture("*", ""), Some(vec![String::new()]));
        assert_eq!(capture("ÉQUIPE *", "Équipe Nord"), Some(vec!["Nord".into()]));
        assert_eq!(capture("équipe *", "E\u{301}quipe Nord"), Some(vec!["Nord".into()]));
        assert_eq!(capture("straße *", "STRASSE x"), None, "folding knows lower case, not spelling");
    }

    #[test]
    fn each_star_takes_as_little_as_it_can_and_the_last_the_rest() {
        assert_eq!(capture("* level *", "French level 2"), Some(vec!["French".into(), "2".into()]));
        assert_eq!(capture("* - *", "A - B - C"), Some(vec!["A".into(), "B - C".into()]));
        assert_eq!(capture("*a*a", "aXa"), Some(vec![String::new(), "X".into()]));
        assert_eq!(capture("ab*ba", "aba"), None, "prefix and suffix do not share letters");
        assert_eq!(capture("**", "x"), Some(vec![String::new(), "x".into()]));
    }

    #[test]
    fn a_star_that_means_itself_stands_in_brackets() {
        assert_eq!(capture("[*] *", "* gold"), Some(vec!["gold".into()]));
        assert_eq!(capture("[*] *", "x gold"), None);
        assert_eq!(capture("[a] [", "[A] ["), Some(vec![]));
        assert_eq!(capture("[[*]]", "[*]"), Some(vec![]));
    }

    #[test]
    fn no_letter_is_cut_in_two() {
        // the ligature folds to two letters, and the first of them is no letter of the name
        assert_eq!(capture("f*", "ﬁ"), None);
        assert_eq!(capture("fi*", "ﬁ"), Some(vec![String::new()]));
        assert_eq!(capture("*i*", "ﬁxi"), Some(vec!["ﬁx".into(), String::new()]));
        assert_eq!(capture("e*", "e\u{301}"), None);
    }

    #[test]
    fn a_pattern_covers_what_can_only_fit_it() {
        let covers = |one: &str, other: &str| Pattern::new(one).covers(&Pattern::new(other));
        assert!(covers("*", "Skill *") && covers("skill *", "Skill * level *") && covers("S*l *", "Skill x*"));
        assert!(covers("Skill", "SKILL") && covers("a*", "a**"));
        assert!(!covers("Skill *", "*") && !covers("Skill * level *", "Skill *") && !covers("Skill", "Skill *"));
        assert!(!covers("a[*]", "a*") && covers("a*", "a[*]"));
    }

    /// Texts of few letters, so that patterns and names meet, with letters that are hard to fold.
    fn letters() -> impl Strategy<Value = String> {
        "[aAbB éE\u{301}\u{327}İßﬁΣ\u{1100}\u{1161}\u{11a8}*]{0,7}"
    }

    proptest! {
        #[test]
        fn a_name_in_clusters_folds_as_the_whole(name in "\\PC{0,12}", small in letters()) {
            for text in [&name, &small] {
                prop_assert_eq!(Name::new(text).folded, fold(text));
            }
        }

        #[test]
        fn what_is_captured_fills_the_pattern_to_a_name_of_the_same_form(pattern in letters(), name in letters()) {
            let pattern = Pattern::new(&pattern);
            if let Some(captured) = pattern.capture(&Name::new(&name)) {
                let captured: Vec<Option<String>> = captured.into_iter().map(|text| Some(text.to_owned())).collect();
                prop_assert_eq!(fold(&pattern.filled(&captured).unwrap()), fold(&name));
            }
        }

        #[test]
        fn a_name_made_from_a_pattern_fits_it(pattern in "[abA *]{0,6}", texts in proptest::collection::vec("[abA ]{0,3}", 6)) {
            let pattern = Pattern::new(&pattern);
            let texts: Vec<Option<String>> = texts.into_iter().map(Some).collect();
            let name = pattern.filled(&texts).unwrap();
            prop_assert!(pattern.capture(&Name::new(&name)).is_some());
        }

        #[test]
        fn what_fits_a_covered_pattern_fits_the_one_that_covers_it(
            one in "[ab*]{0,5}", other in "[ab*]{0,5}", texts in proptest::collection::vec("[ab]{0,3}", 5)
        ) {
            let (one, other) = (Pattern::new(&one), Pattern::new(&other));
            let texts: Vec<Option<String>> = texts.into_iter().map(Some).collect();
            let name = other.filled(&texts).unwrap();
            if one.covers(&other) {
                prop_assert!(one.capture(&Name::new(&name)).is_some(), "{one:?} {other:?} {name}");
            }
        }
    }
}
