//! Chains of transformations: each step gets what it can work on, and the end fits the field.

use super::Checker;
use super::paths::Target;
use super::types::in_words;
use crate::document::Place;
use crate::mapping::model::{FieldType, Transform};

/// What a value is between two steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Text,
    List,
    Either,
}

impl Checker<'_> {
    /// Checks the steps, given what the sources of the field yield.
    pub(super) fn check_transforms(&mut self, steps: &[Transform], sources: &[Target], kind: FieldType, place: &Place) {
        let place = place.key("transforms");
        let mut shape = match sources {
            [] => Shape::Either,
            all if all.iter().all(|target| *target == Target::One) => Shape::Text,
            _ => Shape::Either,
        };
        for (n, step) in steps.iter().enumerate() {
            let place = place.index(n);
            match (step, shape) {
                (Transform::Split(_), Shape::List) => {
                    self.at(&place, "`split` needs a text, and here comes a list")
                        .help("take it out, or put `first` or `join` before it");
                }
                (Transform::Join(_), Shape::Text) => {
                    self.at(&place, "`join` needs a list, and here comes a text")
                        .help("take it out, or put `split` before it");
                }
                (Transform::First, Shape::Text) => {
                    self.at(&place, "`first` needs a list, and here comes a text")
                        .help("take it out, or put `split` before it");
                }
                (Transform::Replace { find, .. }, _) if find.is_empty() => {
                    self.at(&place, "`replace` needs a text to find");
                }
                (Transform::Split(separator), _) if separator.is_empty() => {
                    self.at(&place, "`split` needs a separator").help("write it as `split: \",\"`");
                }
                (Transform::Left(0), _) => {
                    self.at(&place, "`left: 0` leaves nothing");
                }
                _ => {}
            }
            shape = match step {
                Transform::Split(_) => Shape::List,
                Transform::Join(_) | Transform::First => Shape::Text,
                _ => shape,
            };
        }
        let single = !matches!(kind, FieldType::StringList | FieldType::IntegerList);
        if shape == Shape::List && single {
            let last = place.index(steps.len().saturating_sub(1));
            self.at(&last, format!("the transformations end in a list, and the field takes {}", in_words(kind)))
                .help("add `first` or `join`, or give the field `type: string_list`");
        }
    }
}

/// The first step that cannot be taken back: what it cuts off is nowhere afterwards.
pub(super) fn one_way(steps: &[Transform]) -> Option<&'static str> {
    steps.iter().find_map(|step| match step {
        Transform::LocalPart => Some("local_part"),
        Transform::Language => Some("language"),
        Transform::Left(_) => Some("left"),
        Transform::Replace { .. } => Some("replace"),
        Transform::Trim
        | Transform::Lower
        | Transform::Upper
        | Transform::First
        | Transform::Split(_)
        | Transform::Join(_) => None,
    })
}
