//! Texts with captured texts in them: `{1}` is what the first `*` of a pattern stood for. Does not know what the texts are for.

/// A text with places for captured texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    written: String,
    /// The texts before, between and after the places.
    literals: Vec<String>,
    /// Which captured text is where, counted from 0.
    places: Vec<usize>,
}

impl Template {
    /// Reads a template; `captures` is how many texts the pattern captures. `{{` and `}}` stand for braces.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn new(written: &str, captures: usize) -> Result<Self, String> {
        let mut literals = vec![String::new()];
        let mut places = Vec::new();
        let mut rest = written;
        while let Some(next) = rest.chars().next() {
            let after = &rest[next.len_utf8()..];
            let doubled = matches!(next, '{' | '}') && after.starts_with(next);
            if next == '{' && !doubled {
                let (inner, after) = after.split_once('}').ok_or_else(|| {
                    format!("a `{{` in `{written}` is not closed; a brace that means itself is written `{{{{`")
                })?;
                places.push(place(inner, captures)?);
                literals.push(String::new());
                rest = after;
                continue;
            }
            if next == '}' && !doubled {
                return Err(format!(
                    "a `}}` in `{written}` closes nothing; a brace that means itself is written `}}}}`"
                ));
            }
            if let Some(literal) = literals.last_mut() {
                literal.push(next);
            }
            rest = if doubled { &after[next.len_utf8()..] } else { after };
        }
        Ok(Self { written: written.to_owned(), literals, places })
    }

    /// The template as it was written.
    pub fn as_str(&self) -> &str {
        &self.written
    }

    /// The text, when nothing captured is in it.
    pub fn constant(&self) -> Option<&str> {
        match self.literals.as_slice() {
            [only] => Some(only.trim()),
            _ => None,
        }
    }

    /// The text with captured texts in their places; white space at its ends goes.
    pub fn filled(&self, captured: &[&str]) -> String {
        let mut text = String::new();
        for (n, literal) in self.literals.iter().enumerate() {
            if n > 0 {
                let place = self.places.get(n - 1).and_then(|place| captured.get(*place));
                text.push_str(place.copied().unwrap_or_default());
            }
            text.push_str(literal);
        }
        text.trim().to_owned()
    }

    /// Puts into `captured` which captured texts make this text. `false`: none do. Where there are several ways, every place takes as little as it
    /// can, the last one the rest.
    pub fn solve(&self, text: &str, captured: &mut [Option<String>]) -> bool {
        self.taken(text).is_some_and(|taken| {
            self.places.iter().zip(taken).all(|(place, value)| match captured.get_mut(*place) {
                Some(Some(known)) => known == value,
                Some(unknown) => {
                    *unknown = Some(value.to_owned());
                    true
                }
                None => false,
            })
        })
    }

    fn taken<'a>(&self, text: &'a str) -> Option<Vec<&'a str>> {
        let (first, rest) = self.literals.split_first()?;
        let Some((last, middle)) = rest.split_last() else {
            return (text == first.trim()).then(Vec::new);
        };
        // what was filled has no white space at its ends, so neither have the literals there
        let mut rest = text.strip_prefix(first.trim_start())?.strip_suffix(last.trim_end())?;
        let mut taken = Vec::with_capacity(self.places.len());
        for literal in middle {
            let (value, after) = rest.split_once(literal.as_str())?;
            taken.push(value);
            rest = after;
        }
        taken.push(rest);
        Some(taken)
    }
}

/// The number between braces, from 1 on.
fn place(inner: &str, captures: usize) -> Result<usize, String> {
    let number = inner.parse::<usize>().ok().filter(|number| (1..=captures).contains(number));
    number.map(|number| number - 1).ok_or_else(|| {
        let known = match captures {
            0 => "the pattern has no `*`, so it captures nothing".to_owned(),
            1 => "the pattern has one `*`, so only `{1}` is known".to_owned(),
            n => format!("the pattern has {n} `*`, so `{{1}}` to `{{{n}}}` are known"),
        };
        format!("`{{{inner}}}` stands for nothing: {known}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn captured_texts_take_their_places() {
        let template = Template::new("{2}/{1} {{x}}", 2).unwrap();
        assert_eq!(template.filled(&["a", "b"]), "b/a {x}");
        assert_eq!(Template::new(" {1} ", 1).unwrap().filled(&[" French  "]), "French");
        assert_eq!((template.constant(), Template::new("x}}", 0).unwrap().constant()), (None, Some("x}")));
    }

    #[test]
    fn what_stands_for_nothing_is_refused() {
        for (wrong, captures, words) in [
            ("{1}", 0, "the pattern has no `*`"),
            ("{2}", 1, "only `{1}` is known"),
            ("{0}", 2, "`{1}` to `{2}`"),
            ("{name}", 1, "`{name}` stands for nothing"),
            ("{1", 1, "is not closed"),
            ("1}", 1, "closes nothing"),
        ] {
            let problem = Template::new(wrong, captures).unwrap_err();
            assert!(problem.contains(words), "{wrong}: {problem}");
        }
    }

    #[test]
    fn captured_texts_are_found_in_what_they_made() {
        let solved = |template: &str, captures: usize, text: &str| {
            let mut captured = vec![None; captures];
            Template::new(template, captures).unwrap().solve(text, &mut captured).then_some(captured)
        };
        assert_eq!(solved("SK-{1}", 1, "SK-French"), Some(vec![Some("French".into())]));
        assert_eq!(solved("{2} {1}", 2, "a b c"), Some(vec![Some("b c".into()), Some("a".into())]));
        assert_eq!(solved("{1}-{1}", 1, "a-a"), Some(vec![Some("a".into())]));
        assert_eq!(solved("{1}-{1}", 1, "a-b"), None);
        assert_eq!(solved("SK-{1}", 1, "French"), None);
        assert_eq!(solved("Sales", 1, "Sales"), Some(vec![None]));
        assert_eq!(solved("ab{1}ba", 1, "aba"), None);
    }
}
