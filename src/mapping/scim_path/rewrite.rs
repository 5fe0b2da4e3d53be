//! Takes values out of a resource where a path finds them. Which ones is the caller's decision; attributes that lose their last value go.

use serde_json::{Map, Value};

use super::{ScimPath, member};

/// What is left of a value.
#[derive(Debug, Clone, PartialEq)]
pub enum Left {
    /// All of it.
    All,
    /// This.
    Some(Value),
    /// Nothing: the value goes, and with it the element of a multi-valued attribute that it stood in.
    Nothing,
}

impl ScimPath {
    /// The resource with every value at this path replaced by what `left` leaves of it; `None` when everything stays. Of a list, `left` is asked
    /// for each element.
    pub fn rewritten(
        &self,
        resource: &Map<String, Value>,
        left: &dyn Fn(&Value) -> Left,
    ) -> Option<Map<String, Value>> {
        let Some(urn) = &self.urn else {
            let attribute = self.attribute_left(member(resource, &self.attribute)?, left)?;
            return Some(replaced(resource, &self.attribute, attribute));
        };
        let extension = member(resource, urn)?.as_object()?;
        let attribute = self.attribute_left(member(extension, &self.attribute)?, left)?;
        let extension = replaced(extension, &self.attribute, attribute);
        let extension = (!extension.is_empty()).then_some(Value::Object(extension));
        Some(replaced(resource, urn, extension))
    }

    /// What is left of the attribute: outside `None` when all of it is, inside `None` when nothing is.
    #[expect(clippy::option_option, reason = "the two absences are the two ends of what can be left")]
    fn attribute_left(&self, attribute: &Value, left: &dyn Fn(&Value) -> Left) -> Option<Option<Value>> {
        let sub = self.sub.as_deref().unwrap_or("value");
        match attribute {
            Value::Array(elements) => {
                let kept: Vec<Value> = elements.iter().filter_map(|element| self.element_left(element, left)).collect();
                (kept != *elements).then(|| (!kept.is_empty()).then_some(Value::Array(kept)))
            }
            Value::Object(members) => match left(member(members, sub)?) {
                Left::All => None,
                Left::Some(value) => Some(Some(Value::Object(replaced(members, sub, Some(value))))),
                Left::Nothing => {
                    let rest = replaced(members, sub, None);
                    Some((!rest.is_empty()).then_some(Value::Object(rest)))
                }
            },
            value if self.sub.is_none() => match left(value) {
                Left::All => None,
                Left::Some(value) => Some(Some(value)),
                Left::Nothing => Some(None),
            },
            _ => None,
        }
    }

    fn element_left(&self, element: &Value, left: &dyn Fn(&Value) -> Left) -> Option<Value> {
        let sub = self.sub.as_deref().unwrap_or("value");
        let Value::Object(members) = element else {
            return match left(element) {
                _ if !self.filter.is_empty() => Some(element.clone()),
                Left::All => Some(element.clone()),
                Left::Some(value) => Some(value),
                Left::Nothing => None,
            };
        };
        let Some(value) = member(members, sub).filter(|_| self.matches(members)) else { return Some(element.clone()) };
        match left(value) {
            Left::All => Some(element.clone()),
            Left::Some(value) => Some(Value::Object(replaced(members, sub, Some(value)))),
            Left::Nothing => None,
        }
    }
}

/// The object with another value of a member, whose name is found whatever its letter case.
fn replaced(object: &Map<String, Value>, name: &str, value: Option<Value>) -> Map<String, Value> {
    let mut object = object.clone();
    let key = object.keys().find(|key| key.eq_ignore_ascii_case(name)).cloned().unwrap_or_else(|| name.to_owned());
    match value {
        Some(value) => object.insert(key, value),
        None => object.remove(&key),
    };
    object
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn without(path: &str, resource: &Value, over: &Value) -> Option<Value> {
        let path = ScimPath::parse(path).expect("a path");
        let left = |value: &Value| if value == over { Left::Nothing } else { Left::All };
        path.rewritten(resource.as_object().expect("an object"), &left).map(Value::Object)
    }

    #[test]
    fn a_value_goes_from_a_list_an_element_and_an_attribute() {
        let resource = json!({ "urn:x:User": { "ids": [1, 2] }, "roles": [{ "value": "a" }, { "value": "b", "type": "t" }], "name": { "givenName": "Ada" } });
        assert_eq!(
            without("urn:x:User:ids", &resource, &json!(1)).expect("changed")["urn:x:User"],
            json!({ "ids": [2] })
        );
        assert_eq!(
            without("roles.value", &resource, &json!("a")).expect("changed")["roles"],
            json!([{ "value": "b", "type": "t" }])
        );
        assert_eq!(without("name.givenName", &resource, &json!("Ada")).expect("changed").get("name"), None);
        assert_eq!(without("roles[type eq \"u\"].value", &resource, &json!("b")), None);
        assert_eq!(without("urn:x:User:ids", &resource, &json!(3)), None);
        assert_eq!(without("title", &resource, &json!(3)), None);
    }

    #[test]
    fn what_loses_its_last_value_goes_whole_whatever_the_letter_case() {
        let resource = json!({ "URN:x:user": { "IDS": [1] }, "userName": "ada" });
        assert_eq!(without("urn:x:User:ids", &resource, &json!(1)), Some(json!({ "userName": "ada" })));
    }
}
