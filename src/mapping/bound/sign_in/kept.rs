//! What is kept of an answer to a sign-in, and how long that holds. Keeps nothing itself.

use std::time::Duration;

use indexmap::IndexMap;

use super::call::Step;
use super::cookies::cookie;
use crate::mapping::bound::bind::{BindProblem, path_or_note};
use crate::mapping::bound::judge::follow::Wait;
use crate::mapping::bound::settings::SettingNames;
use crate::mapping::model::{KeptValue, Lives, WaitIn};
use crate::mapping::tree::Tree;
use crate::mapping::tree::resolve::scalar_text;
use crate::mapping::vendor_path::VendorPath;
use crate::mapping::wire::HttpAnswer;

/// Longest life of a sign-in, and longest time between two refreshes: a day.
pub(crate) const LONGEST_EVERY_SECONDS: u64 = 24 * 60 * 60;
/// Longest constant life that a mapping may name: a year.
pub(crate) const LONGEST_LIFE_SECONDS: u64 = 366 * 24 * 60 * 60;

/// A value that is kept.
#[derive(Debug)]
pub(super) struct BoundKept {
    pub(super) name: String,
    pub(super) from: Place,
    pub(super) optional: bool,
}

/// Where a value stands in an answer.
#[derive(Debug)]
pub(super) enum Place {
    Body(VendorPath),
    Header(String),
    Cookie(String),
}

#[derive(Debug)]
pub(super) struct BoundLives {
    told: Option<(Place, WaitIn)>,
    constant: Option<Duration>,
}

impl Place {
    pub(super) fn find(&self, answer: &HttpAnswer) -> Option<String> {
        match self {
            Self::Body(path) => path.first(answer.json.as_ref()?).and_then(scalar_text),
            Self::Header(name) => answer.header(name).map(str::to_owned),
            Self::Cookie(name) => cookie(answer, name),
        }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Body(path) => write!(f, "path {path} of the body"),
            Self::Header(name) => write!(f, "header {name}"),
            Self::Cookie(name) => write!(f, "cookie {name}"),
        }
    }
}

pub(super) fn bind_kept(
    kept: &IndexMap<String, KeptValue>,
    place: &str,
    problems: &mut Vec<BindProblem>,
) -> Vec<BoundKept> {
    let mut bound = Vec::new();
    for (name, value) in kept {
        // that there is exactly one of them is checked with the file
        let Some(from) = bind_place([&value.path, &value.header, &value.cookie], &format!("{place}.{name}"), problems)
        else {
            continue;
        };
        bound.push(BoundKept { name: name.clone(), from, optional: value.optional });
    }
    bound
}

fn bind_place(
    [path, header, cookie]: [&Option<String>; 3],
    place: &str,
    problems: &mut Vec<BindProblem>,
) -> Option<Place> {
    let path = path.as_deref().map(|path| Place::Body(path_or_note(path, &format!("{place}.path"), problems)));
    path.or_else(|| header.clone().map(Place::Header)).or_else(|| cookie.clone().map(Place::Cookie))
}

pub(super) fn bind_lives(
    lives: &Lives,
    place: &str,
    names: &SettingNames<'_>,
    problems: &mut Vec<BindProblem>,
) -> BoundLives {
    let told = bind_place([&lives.path, &lives.header, &None], place, problems);
    let constant = lives
        .seconds
        .as_ref()
        .and_then(|tree| seconds(tree, LONGEST_LIFE_SECONDS, &format!("{place}.seconds"), names, problems));
    BoundLives { told: told.map(|told| (told, lives.r#in.unwrap_or_default())), constant }
}

/// A constant or a setting as a time; one without a value is none.
pub(super) fn seconds(
    tree: &Tree,
    most: u64,
    place: &str,
    names: &SettingNames<'_>,
    problems: &mut Vec<BindProblem>,
) -> Option<Duration> {
    let text = match tree.resolve_text(names) {
        Ok(text) => text?,
        Err(error) => {
            problems.push(BindProblem::new(place, error.to_string()));
            return None;
        }
    };
    match text.trim().parse::<u64>() {
        Ok(seconds) if (1..=most).contains(&seconds) => Some(Duration::from_secs(seconds)),
        _ => {
            problems.push(BindProblem::new(place, format!("1 to {most} seconds are possible")));
            None
        }
    }
}

impl BoundLives {
    /// What an answer says, else the mapping. After a refresh the latter says nothing new.
    pub(super) fn read(&self, step: Step, answer: &HttpAnswer) -> Option<Wait> {
        let told = self.told.as_ref().and_then(|(place, told_in)| Wait::read(&place.find(answer)?, *told_in));
        told.or_else(|| self.constant.filter(|_| step == Step::SignIn).map(Wait::For))
    }
}
