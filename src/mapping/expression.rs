//! MiniJinja expressions: for what fields and trees cannot say. An expression yields one value; it has fuel, our own capped filters, and no
//! way to files, network, environment or secrets.

use std::sync::LazyLock;

use minijinja::value::{Serde, ValueKind};
use minijinja::{Environment, Error, ErrorKind, UndefinedBehavior};
use serde_json::Value;

/// Steps that one evaluation may take; an honest expression takes below a hundred.
const FUEL: u64 = 5_000;
/// Longest text and longest list that a filter makes.
const LONGEST: usize = 16 * 1024;

static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(environment);

/// The filters that an expression knows, for checks and messages.
pub const FILTERS: [&str; 15] = [
    "default",
    "first",
    "join",
    "language",
    "last",
    "left",
    "length",
    "local_part",
    "lower",
    "number",
    "replace",
    "split",
    "string",
    "trim",
    "upper",
];
/// The tests (`is …`) that an expression knows.
pub const TESTS: [&str; 3] = ["containing", "defined", "none"];

/// A compiled expression.
pub struct Expression {
    text: String,
    compiled: minijinja::Expression<'static, 'static>,
    variables: Vec<String>,
    attributes: Vec<String>,
}

impl std::fmt::Debug for Expression {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Expression").field(&self.text).finish()
    }
}

impl Expression {
    /// Compiles an expression.
    ///
    /// # Errors
    /// What is wrong with its syntax.
    pub fn compile(text: &str) -> Result<Self, String> {
        let compiled = ENVIRONMENT.compile_expression_owned(text.to_owned()).map_err(|error| sentence(&error))?;
        let sorted = |nested| {
            let mut names: Vec<String> = compiled.undeclared_variables(nested).into_iter().collect();
            names.sort_unstable();
            names
        };
        let (variables, attributes) = (sorted(false), sorted(true));
        Ok(Self { text: text.to_owned(), compiled, variables, attributes })
    }

    /// The names that it needs from outside (`user`, `settings`), sorted.
    pub fn variables(&self) -> &[String] {
        &self.variables
    }

    /// The same with what is read of them, as far as that can be seen (`user.name.givenName`), sorted.
    pub fn attributes(&self) -> &[String] {
        &self.attributes
    }

    /// The expression as written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Its value over an object of names. No value when it reads through something that is not there.
    ///
    /// # Errors
    /// A filter or operator that does not fit its value, an unknown filter, or too much work.
    pub fn evaluate(&self, names: &Value) -> Result<Option<Value>, String> {
        match self.compiled.eval(minijinja::Value::from(Serde(names))) {
            Ok(value) if value.is_undefined() || value.is_none() => Ok(None),
            Ok(value) => serde_json::to_value(&value).map(Some).map_err(|error| error.to_string()),
            Err(error) if error.kind() == ErrorKind::UndefinedError => Ok(None),
            Err(error) => Err(sentence(&error)),
        }
    }
}

fn sentence(error: &Error) -> String {
    let kind = error.kind().to_string();
    error.detail().map_or(kind.clone(), |detail| format!("{kind}: {detail}"))
}

fn environment() -> Environment<'static> {
    let mut environment = Environment::empty();
    environment.set_undefined_behavior(UndefinedBehavior::SemiStrict);
    environment.set_fuel(Some(FUEL));
    environment.set_recursion_limit(64);
    environment.add_filter("lower", |text: String| capped(text.to_lowercase()));
    environment.add_filter("upper", |text: String| capped(text.to_uppercase()));
    environment.add_filter("trim", |text: String| text.trim().to_owned());
    environment.add_filter("string", |value: minijinja::Value| capped(value.to_string()));
    environment.add_filter("number", number);
    environment.add_filter("length", |value: minijinja::Value| {
        value
            .len()
            .ok_or_else(|| Error::new(ErrorKind::InvalidOperation, "only texts, lists and objects have a length"))
    });
    environment.add_filter("default", |value: minijinja::Value, other: minijinja::Value| {
        if value.is_undefined() || value.is_none() || value.as_str() == Some("") { other } else { value }
    });
    environment
        .add_filter("first", |list: minijinja::Value| Ok::<_, Error>(list.try_iter()?.next().unwrap_or_default()));
    environment
        .add_filter("last", |list: minijinja::Value| Ok::<_, Error>(list.try_iter()?.last().unwrap_or_default()));
    environment.add_filter("join", join);
    environment.add_filter("split", |text: String, separator: String| {
        let parts: Vec<String> = text.split(separator.as_str()).take(LONGEST).map(str::to_owned).collect();
        minijinja::Value::from(parts)
    });
    environment.add_filter("replace", replace);
    environment.add_filter("left", |text: String, count: usize| text.chars().take(count).collect::<String>());
    environment.add_filter("local_part", |text: String| local_part(&text).to_owned());
    environment.add_filter("language", |text: String| language(&text).to_owned());
    environment.add_test("defined", |value: minijinja::Value| !value.is_undefined());
    environment.add_test("none", |value: minijinja::Value| value.is_none() || value.is_undefined());
    environment.add_test("containing", |text: String, part: String| text.contains(&part));
    environment
}

/// The part of an address before its last `@`; a text without one is its own local part.
pub(super) fn local_part(text: &str) -> &str {
    text.rsplit_once('@').map_or(text, |(local, _)| local)
}

/// The language part of a locale: `fr` of `fr-FR`, `fr_FR`, `fr`, or of a list in the form of `Accept-Language` that begins with it.
pub(super) fn language(text: &str) -> &str {
    text.split(['-', '_', ',', ';']).next().unwrap_or_default().trim()
}

fn capped(text: String) -> Result<String, Error> {
    if text.len() > LONGEST {
        return Err(Error::new(ErrorKind::InvalidOperation, format!("the text becomes longer than {LONGEST} bytes")));
    }
    Ok(text)
}

fn number(value: &minijinja::Value) -> Result<minijinja::Value, Error> {
    if value.kind() == ValueKind::Number {
        return Ok(value.clone());
    }
    let text = value.as_str().map(str::trim).unwrap_or_default();
    text.parse::<i64>()
        .map(minijinja::Value::from)
        .or_else(|_| text.parse::<f64>().map(minijinja::Value::from))
        .map_err(|_| Error::new(ErrorKind::InvalidOperation, "this is no number"))
}

fn join(list: &minijinja::Value, separator: &str) -> Result<String, Error> {
    let mut joined = String::new();
    for (at, part) in list.try_iter()?.enumerate() {
        if at > 0 {
            joined.push_str(separator);
        }
        joined.push_str(&part.to_string());
        if joined.len() > LONGEST {
            return capped(joined);
        }
    }
    Ok(joined)
}

fn replace(text: &str, find: &str, with: &str) -> Result<String, Error> {
    if find.is_empty() {
        return Err(Error::new(ErrorKind::InvalidOperation, "replace needs a text to find"));
    }
    let longest = text.len() + text.matches(find).count() * with.len();
    if longest > 2 * LONGEST {
        return Err(Error::new(ErrorKind::InvalidOperation, format!("the text becomes longer than {LONGEST} bytes")));
    }
    capped(text.replace(find, with))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn evaluate(text: &str) -> Result<Option<Value>, String> {
        let user = json!({ "user": { "userName": "Ada@Example.com", "name": { "givenName": "Ada" }, "n": [3, 4] } });
        Expression::compile(text)?.evaluate(&user)
    }

    #[test]
    fn expressions_yield_values_of_their_own_type() {
        assert_eq!(evaluate("user.userName | local_part | lower"), Ok(Some(json!("ada"))));
        assert_eq!(evaluate("user.n | first + 1"), Ok(Some(json!(4))));
        assert_eq!(evaluate("'on' if user.name.givenName == 'Ada' else 'off'"), Ok(Some(json!("on"))));
        assert_eq!(evaluate("user.n | join('-')"), Ok(Some(json!("3-4"))));
        assert_eq!(evaluate("user.nick or 'none'"), Ok(Some(json!("none"))));
    }

    #[test]
    fn what_is_not_there_is_no_value() {
        assert_eq!(evaluate("user.nick"), Ok(None));
        assert_eq!(evaluate("user.nick.name ~ 'x'"), Ok(None));
    }

    #[test]
    fn a_hostile_expression_is_stopped() {
        for text in ["'ab' * 99999999", "user.userName | replace('', 'x')", "user.n | nosuchfilter", "range(9)"] {
            assert!(evaluate(text).is_err(), "{text}");
        }
        let doubled = format!("'{}'{}", "x".repeat(1000), " | replace('x', 'xxxxxxxxxxxx')".repeat(3));
        assert!(evaluate(&doubled).is_err());
    }

    #[test]
    fn it_tells_what_it_reads() {
        let expression = Expression::compile("user.name.givenName ~ settings.x").expect("compiles");
        assert_eq!(expression.variables(), ["settings", "user"]);
        assert_eq!(expression.attributes(), ["settings.x", "user.name.givenName"]);
    }

    #[test]
    fn the_published_filters_exist() {
        for filter in FILTERS {
            let error = evaluate(&format!("1 | {filter}")).err().unwrap_or_default();
            assert!(!error.contains("unknown filter"), "{filter}: {error}");
        }
    }
}
