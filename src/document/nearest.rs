//! The nearest right name for a wrong one. Never guesses across a distance at which a guess would mislead.

/// The known name that somebody who wrote `wrong` most likely meant; `None` when nothing is close.
pub fn nearest<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wrong_lower = wrong.to_lowercase();
    let allowed = (wrong.chars().count() / 3).clamp(1, 4);
    known
        .into_iter()
        .filter_map(|name| {
            let lower = name.to_lowercase();
            let distance = strsim::damerau_levenshtein(&wrong_lower, &lower);
            let contained =
                wrong.len() >= 4 && lower.len() >= 4 && (lower.contains(&wrong_lower) || wrong_lower.contains(&lower));
            (distance <= allowed || contained).then_some((distance, name))
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// Help for a wrong name: the nearest known one, else all of them (at most twelve are listed); `None` when none exist.
pub fn did_you_mean<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    /// More than this many names are no help.
    const MOST_LISTED: usize = 12;
    let known: Vec<&str> = known.into_iter().collect();
    if let Some(name) = nearest(wrong, known.iter().copied()) {
        return Some(format!("did you mean `{name}`?"));
    }
    let listed = known.iter().take(MOST_LISTED).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    match known.len() {
        0 => None,
        1 => Some(format!("the only one known here is {listed}")),
        n if n > MOST_LISTED => Some(format!("known here: {listed} and {} more", n - MOST_LISTED)),
        _ => Some(format!("known here: {listed}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typing_error_finds_its_name() {
        assert_eq!(nearest("fron", ["to", "from", "table"]), Some("from"));
        assert_eq!(nearest("transfroms", ["transforms", "table"]), Some("transforms"));
        assert_eq!(nearest("Username", ["userName", "name"]), Some("userName"));
    }

    #[test]
    fn a_name_far_from_all_gets_a_list_and_no_guess() {
        assert_eq!(nearest("colour", ["from", "table"]), None);
        assert_eq!(did_you_mean("colour", ["from", "table"]).as_deref(), Some("known here: `from`, `table`"));
        assert_eq!(did_you_mean("colour", []), None);
    }
}
