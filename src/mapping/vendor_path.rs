//! Paths into a vendor's JSON: `data.users.edges[*].node.id`. They only read; nothing is written through them.

use std::fmt;

use serde_json::Value;

/// A path into JSON: names separated by dots; `*` or `[*]` stands for every member or element, `[0]` for one element, `.` for the whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VendorPath {
    text: String,
    steps: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Name(String),
    Every,
    Index(usize),
}

/// What a path found.
#[derive(Debug, Clone, PartialEq)]
pub enum Found<'a> {
    /// The path leads nowhere: nothing is known about the value.
    Nothing,
    /// The path leads to `null`, or through one: the value is known to be absent.
    Null,
    /// A path without `*` found this.
    One(&'a Value),
    /// A path with `*` found these; nulls and elements without the rest of the path are left out.
    Many(Vec<&'a Value>),
}

impl fmt::Display for VendorPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl VendorPath {
    /// Reads a path.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut steps = Vec::new();
        if text != "." {
            for part in text.split('.') {
                parse_part(part, &mut steps)
                    .map_err(|problem| format!("`{text}` is no path into an answer: {problem}"))?;
            }
        }
        Ok(Self { text: text.to_owned(), steps })
    }

    /// The path of a managed field: its own name, dots leading into objects.
    pub fn of_field(name: &str) -> Self {
        let steps = name.split('.').map(|part| Step::Name(part.to_owned())).collect();
        Self { text: name.to_owned(), steps }
    }

    /// Does the path contain a `*`, so that it finds a list?
    pub fn finds_many(&self) -> bool {
        self.steps.contains(&Step::Every)
    }

    /// What the path finds.
    pub fn find<'a>(&self, root: &'a Value) -> Found<'a> {
        if !self.finds_many() {
            return find_one(&self.steps, root);
        }
        let at = self.steps.iter().position(|step| *step == Step::Every).unwrap_or_default();
        // what stands before the first `*` decides whether anything is known at all
        match find_one(self.steps.get(..at).unwrap_or_default(), root) {
            Found::One(start) => {
                let mut found = Vec::new();
                find_every(self.steps.get(at..).unwrap_or_default(), start, &mut found);
                Found::Many(found)
            }
            other => other,
        }
    }

    /// The values found, one or many; `null` is none.
    pub fn all<'a>(&self, root: &'a Value) -> Vec<&'a Value> {
        match self.find(root) {
            Found::Nothing | Found::Null => Vec::new(),
            Found::One(value) => vec![value],
            Found::Many(values) => values,
        }
    }

    /// The first value found; `null` is none.
    pub fn first<'a>(&self, root: &'a Value) -> Option<&'a Value> {
        match self.find(root) {
            Found::Nothing | Found::Null => None,
            Found::One(value) => Some(value),
            Found::Many(values) => values.into_iter().next(),
        }
    }
}

impl VendorPath {
    /// Where the path leads nowhere: the name that is missing, and those that are there instead. `None` when it leads to something, or ends at what
    /// is no object. Of several elements the first is looked at.
    pub fn breaks_at<'a>(&self, root: &'a Value) -> Option<(String, Vec<&'a str>)> {
        let mut value = root;
        for step in &self.steps {
            let next = match step {
                Step::Name(name) => match value.get(name) {
                    None => {
                        let known = value.as_object()?.keys().map(String::as_str).collect();
                        return Some((name.clone(), known));
                    }
                    next => next,
                },
                Step::Index(at) => value.get(at),
                Step::Every => match value {
                    Value::Array(elements) => elements.first(),
                    Value::Object(members) => members.values().next(),
                    _ => None,
                },
            };
            value = next?;
        }
        None
    }

    /// The name with which the path begins; `None` when it begins with an element, or is the whole.
    pub fn first_name(&self) -> Option<&str> {
        match self.steps.first() {
            Some(Step::Name(name)) => Some(name),
            _ => None,
        }
    }

    /// Takes what the path leads to out of a value.
    pub fn remove_from(&self, root: &mut Value) {
        remove(&self.steps, root);
    }
}

fn remove(steps: &[Step], value: &mut Value) {
    let Some((step, rest)) = steps.split_first() else { return };
    match (step, value, rest.is_empty()) {
        (Step::Name(name), Value::Object(members), true) => {
            members.shift_remove(name);
        }
        (Step::Index(at), Value::Array(elements), true) if *at < elements.len() => {
            elements.remove(*at);
        }
        (Step::Every, Value::Array(elements), true) => elements.clear(),
        (Step::Every, Value::Object(members), true) => members.clear(),
        (Step::Name(name), Value::Object(members), false) => {
            if let Some(next) = members.get_mut(name) {
                remove(rest, next);
            }
        }
        (Step::Index(at), Value::Array(elements), false) => {
            if let Some(next) = elements.get_mut(*at) {
                remove(rest, next);
            }
        }
        (Step::Every, Value::Array(elements), false) => elements.iter_mut().for_each(|element| remove(rest, element)),
        (Step::Every, Value::Object(members), false) => members.values_mut().for_each(|member| remove(rest, member)),
        _ => {}
    }
}

fn parse_part(part: &str, steps: &mut Vec<Step>) -> Result<(), String> {
    let (name, mut brackets) = part.split_at(part.find('[').unwrap_or(part.len()));
    match name {
        "" if brackets.is_empty() => return Err("a name is missing between two dots".to_owned()),
        "" => {}
        "*" => steps.push(Step::Every),
        name => steps.push(Step::Name(name.to_owned())),
    }
    while !brackets.is_empty() {
        let (inside, rest) =
            brackets.strip_prefix('[').and_then(|rest| rest.split_once(']')).ok_or("a bracket is not closed")?;
        steps.push(match inside {
            "*" => Step::Every,
            digits => Step::Index(digits.parse().map_err(|_| format!("[{digits}] is neither [*] nor a number"))?),
        });
        brackets = rest;
    }
    Ok(())
}

fn find_one<'a>(steps: &[Step], root: &'a Value) -> Found<'a> {
    let mut value = root;
    for step in steps {
        let next = match step {
            Step::Name(name) => value.get(name),
            Step::Index(at) => value.get(at),
            Step::Every => None,
        };
        match next {
            Some(next) => value = next,
            None if value.is_null() => return Found::Null,
            None => return Found::Nothing,
        }
    }
    if value.is_null() { Found::Null } else { Found::One(value) }
}

fn find_every<'a>(steps: &[Step], value: &'a Value, found: &mut Vec<&'a Value>) {
    let Some((step, rest)) = steps.split_first() else {
        if !value.is_null() {
            found.push(value);
        }
        return;
    };
    match (step, value) {
        (Step::Every, Value::Array(elements)) => elements.iter().for_each(|element| find_every(rest, element, found)),
        (Step::Every, Value::Object(members)) => members.values().for_each(|member| find_every(rest, member, found)),
        (Step::Name(name), _) => {
            if let Some(next) = value.get(name) {
                find_every(rest, next, found);
            }
        }
        (Step::Index(at), _) => {
            if let Some(next) = value.get(at) {
                find_every(rest, next, found);
            }
        }
        (Step::Every, _) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn find(path: &str, value: &Value) -> Option<Value> {
        match VendorPath::parse(path).expect("a path").find(value) {
            Found::Nothing => None,
            Found::Null => Some(Value::Null),
            Found::One(one) => Some(one.clone()),
            Found::Many(many) => Some(json!(many)),
        }
    }

    #[test]
    fn names_elements_and_every_member_are_found() {
        let answer = json!({ "data": { "a": { "e": [{ "n": { "id": 1 } }, { "n": null }, { "n": { "id": 2 } }] }, "b": { "e": null } } });
        assert_eq!(find("data.a.e[*].n.id", &answer), Some(json!([1, 2])));
        assert_eq!(find("data.a.e[2].n.id", &answer), Some(json!(2)));
        assert_eq!(
            find("data.*.e", &answer),
            Some(json!([[{ "n": { "id": 1 } }, { "n": null }, { "n": { "id": 2 } }]]))
        );
        assert_eq!(find(".", &answer), Some(answer.clone()));
    }

    #[test]
    fn absent_and_null_are_told_apart() {
        let user = json!({ "group": null, "role": {} });
        assert_eq!(find("group.id", &user), Some(Value::Null));
        assert_eq!(find("role.id", &user), None);
        assert_eq!(find("projects.edges[*].node.id", &user), None);
        assert_eq!(find("group.edges[*].id", &user), Some(Value::Null));
        assert_eq!(find("[*].id", &json!([{ "id": 1 }])), Some(json!([1])));
    }

    #[test]
    fn a_broken_path_is_refused() {
        for path in ["", "a..b", "a[", "a[x]", "a[*"] {
            assert!(VendorPath::parse(path).is_err(), "{path}");
        }
    }
}
