//! Values that are made because the vendor insists on them and nobody has them (`generate` of a field): made right before a create, sent, and
//! forgotten.

use std::collections::HashMap;

use rand::seq::SliceRandom as _;
use rand::{CryptoRng, Rng};
use serde_json::Value;

use crate::mapping::bound::{Bound, Scope};
use crate::mapping::model::PasswordRule;

/// Kinds of characters, in the order in which `classes` counts them. What is mistaken for something else (`l`, `I`, `O`, `0`, `1`) is left out.
const CLASSES: [&[u8]; 4] = [b"abcdefghijkmnopqrstuvwxyz", b"ABCDEFGHJKLMNPQRSTUVWXYZ", b"23456789", b"!#$%*+-.:=?@_"];

/// The scope of a create, with what is made for it. Never kept: what is stored of a create is made of the scope without it.
pub(super) fn with_generated(bound: &Bound, scope: &Scope, random: &mut (impl Rng + CryptoRng)) -> Scope {
    let mut scope = scope.clone();
    for (field, rule) in bound.to_generate(&scope.record) {
        scope.record.0.insert(field.to_owned(), Value::String(password(rule, random)));
    }
    scope
}

/// A password with every kind of character that is asked for, without repeats and sequences (`aa`, `ab`), and no character often.
fn password(rule: PasswordRule, random: &mut (impl Rng + CryptoRng)) -> String {
    let classes = CLASSES.get(..usize::from(rule.classes)).unwrap_or(&CLASSES);
    let mut places: Vec<&[u8]> = classes.to_vec();
    while places.len() < rule.length {
        // as often as a class has characters, so that each character is as likely as any other
        let all: usize = classes.iter().map(|class| class.len()).sum();
        let mut at = random.random_range(0..all);
        let class = classes.iter().find(|class| {
            let is_it = at < class.len();
            at = at.saturating_sub(class.len());
            is_it
        });
        places.extend(class);
    }
    places.shuffle(random);
    let mut used: HashMap<u8, usize> = HashMap::new();
    let mut made = String::with_capacity(places.len());
    for class in &places {
        let of_class = places.iter().filter(|other| *other == class).count();
        let most = of_class.div_ceil(class.len()) + 1;
        let last = made.as_bytes().last().copied();
        let fits = |byte: &&u8| {
            used.get(*byte).copied().unwrap_or_default() < most && last.is_none_or(|last| last.abs_diff(**byte) > 1)
        };
        let free: Vec<u8> = class.iter().filter(fits).copied().collect();
        // `most` leaves more than the three characters free that the last one forbids
        let byte = free.get(random.random_range(0..free.len().max(1))).or_else(|| class.first());
        if let Some(byte) = byte {
            *used.entry(*byte).or_default() += 1;
            made.push(char::from(*byte));
        }
    }
    made
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn a_password_has_every_kind_and_nothing_that_a_policy_refuses() {
        let mut random = rand::rng();
        let mut seen = HashSet::new();
        for length in [8, 12, 24, 128] {
            for classes in 1..=4u8 {
                for _ in 0..50 {
                    let made = password(PasswordRule { length, classes }, &mut random);
                    assert_eq!(made.len(), length);
                    for (n, class) in CLASSES.iter().enumerate() {
                        let has = made.bytes().any(|byte| class.contains(&byte));
                        assert_eq!(has, n < usize::from(classes), "{made}");
                    }
                    let neighbours = made.as_bytes().windows(2);
                    assert!(neighbours.into_iter().all(|two| two[0].abs_diff(two[1]) > 1), "{made}");
                    if length == 24 && classes == 4 {
                        let most = made.bytes().map(|byte| made.bytes().filter(|other| *other == byte).count()).max();
                        assert!(most <= Some(3), "{made}");
                    }
                    assert!(seen.insert(made), "never the same twice");
                }
            }
        }
    }
}
