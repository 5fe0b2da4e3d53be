//! Finds the name that somebody most probably meant. It judges by spelling alone and knows nothing of meaning.

/// How alike two names must be (Jaro-Winkler, 0 to 1) to be offered as a correction.
const ALIKE: f64 = 0.75;

/// The candidate that looks most like `name`, when one looks like it at all. Letter case is ignored.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = name.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(&wanted, &candidate.to_lowercase()), candidate))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

/// ` (nearest: X)`, or all the names when none is near, or nothing when there is none at all. Made for the end of an error sentence.
pub fn hint<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str> + Clone) -> String {
    if let Some(near) = nearest(name, candidates.clone()) {
        return format!("; did you mean {near}?");
    }
    let all: Vec<&str> = candidates.into_iter().collect();
    if all.is_empty() { String::new() } else { format!("; known are {}", all.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_finds_the_right_name() {
        assert_eq!(nearest("platfrom", ["base_url", "platform"]), Some("platform"));
        assert_eq!(nearest("PLATFORM", ["base_url", "platform"]), Some("platform"));
    }

    #[test]
    fn a_word_that_resembles_nothing_gets_the_whole_list() {
        assert_eq!(hint("zzz", ["base_url", "platform"]), "; known are base_url, platform");
        assert_eq!(hint("zzz", []), "");
    }
}
