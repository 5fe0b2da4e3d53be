//! Settings of a connection against what the mapping declares: defaults, types, allowed values, addresses.

use std::net::IpAddr;

use indexmap::IndexMap;
use serde_json::{Map, Value};
use url::{Host, Url};

use super::bind::BindProblem;
use crate::mapping::convert::{canonical, coerce};
use crate::mapping::model::{Setting, SettingType};
use crate::mapping::tree::resolve::Names;
use crate::nearest::hint;

/// Fills in defaults and checks every value. Problems are added to `problems`; what is wrong is left out of the result.
pub(super) fn bind_settings(
    declared: &IndexMap<String, Setting>,
    given: &Map<String, Value>,
    problems: &mut Vec<BindProblem>,
) -> IndexMap<String, Value> {
    for name in given.keys().filter(|name| !declared.contains_key(*name)) {
        let near = hint(name, declared.keys().map(String::as_str));
        problems.push(BindProblem::setting(name, format!("the mapping declares no such setting{near}")));
    }
    let mut bound = IndexMap::new();
    for (name, setting) in declared {
        let value = given.get(name).filter(|value| !value.is_null()).or(setting.default.as_ref());
        match value {
            None if setting.optional => {}
            None => problems.push(BindProblem::setting(name, format!("must be given: {}", setting.description))),
            Some(value) => match check(setting, value) {
                Ok(value) => {
                    bound.insert(name.clone(), value);
                }
                Err(problem) => problems.push(BindProblem::setting(name, problem)),
            },
        }
    }
    bound
}

fn check(setting: &Setting, value: &Value) -> Result<Value, String> {
    let is_list = matches!(setting.kind, SettingType::StringList | SettingType::IntegerList);
    if value.is_object() || (value.is_array() && !is_list) {
        return Err("a single value is needed, not a list or an object".to_owned());
    }
    let value = coerce(setting.kind.of_values(), value.clone())?;
    if setting.kind == SettingType::Url {
        check_address(value.as_str().unwrap_or_default())?;
    }
    let is_allowed = |value: &Value| setting.values.iter().any(|allowed| canonical(allowed) == canonical(value));
    let values = value.as_array().map_or_else(|| std::slice::from_ref(&value), Vec::as_slice);
    if let Some(foreign) = values.iter().find(|value| !setting.values.is_empty() && !is_allowed(value)) {
        let allowed: Vec<String> = setting.values.iter().map(canonical).collect();
        let given = canonical(foreign);
        return Err(format!("{given:?} is not allowed{}", hint(&given, allowed.iter().map(String::as_str))));
    }
    Ok(value)
}

/// Is it an address that the bridge may call: `https`, or `http` to a loopback host; no path, no credentials?
pub(super) fn check_address(text: &str) -> Result<(), String> {
    let url = Url::parse(text).map_err(|error| format!("{text:?} is no address: {error}"))?;
    match url.scheme() {
        "https" => {}
        "http" if is_loopback(&url) => {}
        "http" => return Err(format!("{text:?}: plain http is allowed to a loopback host only; use https")),
        other => return Err(format!("{text:?}: the scheme must be https, not {other}")),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("an address must not carry credentials; they belong under secrets".to_owned());
    }
    if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
        return Err(format!("{text:?}: only scheme, host and port belong here, without a path"));
    }
    Ok(())
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
        None => false,
    }
}

/// The name `$settings` and nothing else.
pub(super) struct SettingNames<'a>(pub(super) &'a IndexMap<String, Value>);

impl Names for SettingNames<'_> {
    fn look_up(&self, path: &[String]) -> Option<Value> {
        let (root, rest) = path.split_first()?;
        if root != "settings" {
            return None;
        }
        match rest {
            [] => Some(Value::Object(self.0.iter().map(|(name, value)| (name.clone(), value.clone())).collect())),
            [name] => self.0.get(name).cloned(),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn bind(declared: Value, given: &Value) -> (IndexMap<String, Value>, Vec<String>) {
        let declared = serde_json::from_value(declared).expect("settings");
        let mut problems = Vec::new();
        let bound = bind_settings(&declared, given.as_object().expect("an object"), &mut problems);
        (bound, problems.iter().map(ToString::to_string).collect())
    }

    fn declared() -> Value {
        json!({
            "base_url": { "type": "url", "description": "Address", "default": "https://api.example.com" },
            "platform": { "type": "string", "description": "Platform", "values": ["ha", "sd"], "default": "ha" },
            "role": { "type": "integer", "description": "Role of a person" },
            "projects": { "type": "integer_list", "description": "Projects", "optional": true },
        })
    }

    #[test]
    fn defaults_and_types_are_filled_in() {
        let (bound, problems) = bind(declared(), &json!({ "role": "2", "projects": 7 }));
        assert_eq!(problems, Vec::<String>::new());
        assert_eq!(
            json!(bound),
            json!({ "base_url": "https://api.example.com", "platform": "ha", "role": 2, "projects": [7] })
        );
    }

    #[test]
    fn each_kind_of_mistake_is_named() {
        let (_, problems) =
            bind(declared(), &json!({ "platfrom": "ha", "platform": "sx", "role": "two", "projects": {} }));
        let all = problems.join("\n");
        for part in [
            "settings.platfrom: the mapping declares no such setting; did you mean platform?",
            "\"sx\" is not allowed",
            "a whole number is needed",
            "settings.projects: a single value",
        ] {
            assert!(all.contains(part), "{part} in {all}");
        }
        let (_, problems) = bind(declared(), &json!({}));
        assert_eq!(problems, ["settings.role: must be given: Role of a person"]);
    }

    #[test]
    fn plain_http_goes_to_loopback_only() {
        for good in [
            "https://api.example.com",
            "http://127.0.0.1:8080",
            "http://localhost:1",
            "http://[::1]:2",
            "https://a.example/",
        ] {
            assert_eq!(check_address(good), Ok(()), "{good}");
        }
        for bad in [
            "http://api.example.com",
            "http://127.0.0.1.example.com",
            "ftp://a",
            "https://u:p@a",
            "https://a/path",
            "a.example",
        ] {
            assert!(check_address(bad).is_err(), "{bad}");
        }
    }
}
