//! What a request wants of a group's members, by the values that it names. Whether those are people is seen later.

use indexmap::IndexMap;
use serde_json::{Map, Value};

use crate::scim::error::ScimError;
use crate::scim::patch::MemberChange;

/// What a request wants of the members; the last word on each counts.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Wish {
    /// Whoever is not named is no member.
    pub(super) is_whole: bool,
    /// By value: a member, or none.
    pub(super) named: IndexMap<String, Option<Named>>,
}

/// Somebody who shall be a member.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Named {
    pub(super) display: Option<String>,
    /// It says of itself that it is a group.
    pub(super) is_group: bool,
}

impl Wish {
    /// Exactly these.
    pub(super) fn whole(elements: &[Value]) -> Result<Self, ScimError> {
        let mut wish = Self { is_whole: true, named: IndexMap::new() };
        let objects = elements.iter().filter_map(Value::as_object);
        for element in objects {
            wish.add(element)?;
        }
        Ok(wish)
    }

    /// The changes of a PATCH, in order. `single_adds`: a replacement by a single member adds that one.
    pub(super) fn of_changes(changes: &[MemberChange], single_adds: bool) -> Result<Self, ScimError> {
        let mut wish = Self::default();
        for change in changes {
            let elements = match change {
                MemberChange::Remove(values) => {
                    wish.named.extend(values.iter().map(|value| (value.clone(), None)));
                    continue;
                }
                MemberChange::Add(elements) => elements,
                MemberChange::Set(elements) if single_adds && elements.len() == 1 => elements,
                MemberChange::Set(elements) => {
                    wish = Self { is_whole: true, named: IndexMap::new() };
                    elements
                }
                MemberChange::Clear => {
                    wish = Self { is_whole: true, named: IndexMap::new() };
                    continue;
                }
            };
            for element in elements {
                wish.add(element)?;
            }
        }
        Ok(wish)
    }

    fn add(&mut self, element: &Map<String, Value>) -> Result<(), ScimError> {
        let text = |name: &str| element.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        let value = text("value").ok_or_else(|| {
            ScimError::InvalidValue("members: an element has no `value`, the id of a user".to_owned())
        })?;
        let named = Named {
            display: text("display").map(str::to_owned),
            is_group: text("type").is_some_and(|kind| kind.eq_ignore_ascii_case("Group")),
        };
        self.named.insert(value.to_owned(), Some(named));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn elements(value: Value) -> Vec<Map<String, Value>> {
        serde_json::from_value(value).unwrap()
    }

    fn wanted(wish: &Wish) -> Vec<(&str, bool)> {
        wish.named.iter().map(|(value, named)| (value.as_str(), named.is_some())).collect()
    }

    #[test]
    fn the_last_word_on_each_member_counts() {
        let one = elements(json!([{ "value": "1" }]));
        let changes = [MemberChange::Add(one.clone()), MemberChange::Remove(vec!["1".into(), "2".into()])];
        let wish = Wish::of_changes(&changes, false).unwrap();
        assert_eq!((wanted(&wish), wish.is_whole), (vec![("1", false), ("2", false)], false));
        let changes = [MemberChange::Remove(vec!["1".into()]), MemberChange::Clear, MemberChange::Add(one)];
        let wish = Wish::of_changes(&changes, false).unwrap();
        assert_eq!((wanted(&wish), wish.is_whole), (vec![("1", true)], true));
    }

    #[test]
    fn a_replacement_by_one_member_adds_it_where_the_switch_says_so() {
        // D41
        let changes = [MemberChange::Set(elements(json!([{ "value": "1" }])))];
        assert!(Wish::of_changes(&changes, false).unwrap().is_whole);
        assert!(!Wish::of_changes(&changes, true).unwrap().is_whole);
        let changes = [MemberChange::Set(elements(json!([{ "value": "1" }, { "value": "2" }])))];
        assert!(Wish::of_changes(&changes, true).unwrap().is_whole);
    }

    #[test]
    fn an_element_without_value_is_refused() {
        assert!(Wish::whole(&[json!({ "display": "Ada" })]).is_err());
    }
}
