//! The nearest right name for a wrong one, wherever somebody is told of one. It judges by spelling alone, and never guesses across a distance at
//! which a guess would mislead.

/// Longest text for which a name is looked for, in bytes: longer ones are no slips of the finger, and the comparison is quadratic.
const LONGEST_COMPARED: usize = 64;

/// The known name that somebody who wrote `wrong` most likely meant; `None` when nothing is close.
pub fn nearest<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if wrong.len() > LONGEST_COMPARED {
        return None;
    }
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

/// `; did you mean X?` for the end of a sentence, or all the names when none is near, or nothing when there is none at all.
pub fn hint<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str> + Clone) -> String {
    if let Some(near) = nearest(wrong, known.clone()) {
        return format!("; did you mean {near}?");
    }
    let all: Vec<&str> = known.into_iter().collect();
    if all.is_empty() { String::new() } else { format!("; known are {}", all.join(", ")) }
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
        assert_eq!(hint("zzz", ["base_url", "platform"]), "; known are base_url, platform");
        assert_eq!(hint("zzz", []), "");
        let long = "from".repeat(1000);
        assert_eq!(nearest(&long, ["from"]), None);
    }
}
