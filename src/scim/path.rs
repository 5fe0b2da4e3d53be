//! Paths of PATCH operations (RFC 7644 section 3.5.2), resolved against the schema. Reads and changes no resource.

use std::fmt;

use super::error::ScimError;
use super::filter::{AttrPath, Filter};
use super::schema::{Found, Named, ResourceType};

/// Where an operation goes.
#[derive(Debug, Clone, PartialEq)]
pub enum Path {
    /// The bare URN of the core schema.
    Core {
        /// In schema case.
        urn: String,
    },
    /// The bare URN of an extension.
    Extension {
        /// In schema case.
        urn: String,
        /// Whether the connection stores anything of it.
        kept: bool,
    },
    /// `attr`, `attr.sub`, `attr[filter]`, `attr[filter].sub`.
    Attribute(Box<AttributePath>),
}

/// A path to an attribute or into it.
#[derive(Debug, Clone, PartialEq)]
pub struct AttributePath {
    /// The names, in schema case.
    pub at: AttrPath,
    /// Which elements of a multi-valued attribute; `None`: all.
    pub filter: Option<Filter>,
    /// Whether the connection stores what is there; `false`: defined, accepted and dropped.
    pub kept: bool,
}

impl Path {
    /// Reads a path: `attr`, `attr.sub`, `attr[filter]`, `attr[filter].sub`, each with an optional schema URN before it, or the bare URN of a
    /// schema; letter case ignored.
    ///
    /// # Errors
    /// `invalidPath` when it is none or names something undefined, `invalidFilter` for what stands between the brackets.
    pub fn parse(text: &str, resource_type: &ResourceType) -> Result<Self, ScimError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(ScimError::InvalidPath("the path is empty; leave `path` out or name an attribute".to_owned()));
        }
        let Some((head, rest)) = text.split_once('[') else { return plain(text, resource_type) };
        let Named::Attribute(found, None) = resolve(head, resource_type)? else {
            let problem = format!("a filter in brackets belongs behind an attribute, not behind `{head}`");
            return Err(ScimError::InvalidPath(problem));
        };
        if !found.attribute.multi_valued {
            let name = found.full_name();
            let problem = format!(
                "`{name}` has a single value, so a filter in brackets is not possible; write `{name}` or `{name}.part`"
            );
            return Err(ScimError::InvalidPath(problem));
        }
        let (inside, tail) = split_at_closing_bracket(rest)
            .ok_or_else(|| ScimError::InvalidPath("the bracket `[` is not closed".to_owned()))?;
        let filter = Filter::parse_element(inside, found)?;
        filtered(found, filter, tail)
    }

    /// Whether a text, read as a path, names an attribute or a part of one that no schema defines. What is wrong in any other way is not.
    pub fn is_undefined(text: &str, resource_type: &ResourceType) -> bool {
        let (head, rest) = text.trim().split_once('[').map_or((text.trim(), None), |(head, rest)| (head, Some(rest)));
        match resource_type.resolve(head) {
            Err(_) => true,
            Ok(Named::Attribute(found, None)) => rest
                .and_then(split_at_closing_bracket)
                .and_then(|(_, tail)| tail.strip_prefix('.'))
                .is_some_and(|part| found.sub(part).is_none()),
            Ok(_) => false,
        }
    }

    /// Whether the connection stores what is there.
    pub fn is_kept(&self) -> bool {
        match self {
            Self::Core { .. } => true,
            Self::Extension { kept, .. } => *kept,
            Self::Attribute(path) => path.kept,
        }
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Core { urn } | Self::Extension { urn, .. } => f.write_str(urn),
            Self::Attribute(path) => write!(f, "{path}"),
        }
    }
}

impl fmt::Display for AttributePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(filter) = &self.filter else { return write!(f, "{}", self.at) };
        let whole = AttrPath { sub: None, ..self.at.clone() };
        write!(f, "{whole}[{filter}]")?;
        match &self.at.sub {
            Some(sub) => write!(f, ".{sub}"),
            None => Ok(()),
        }
    }
}

fn plain(text: &str, resource_type: &ResourceType) -> Result<Path, ScimError> {
    Ok(match resolve(text, resource_type)? {
        Named::Core => Path::Core { urn: resource_type.core.id.clone() },
        Named::Extension { urn, kept } => Path::Extension { urn: urn.to_owned(), kept },
        Named::Attribute(found, sub) => Path::Attribute(Box::new(AttributePath {
            at: at(found, sub.map(|sub| sub.attribute.name.as_str())),
            filter: None,
            kept: sub.map_or(found.is_kept(), |sub| sub.kept),
        })),
    })
}

fn filtered(found: Found<'_>, filter: Filter, tail: &str) -> Result<Path, ScimError> {
    if tail.is_empty() {
        let path = AttributePath { at: at(found, None), filter: Some(filter), kept: found.is_kept() };
        return Ok(Path::Attribute(Box::new(path)));
    }
    let name = tail
        .strip_prefix('.')
        .ok_or_else(|| ScimError::InvalidPath("only `.` and a part may follow the bracket `]`".to_owned()))?;
    let sub = found.sub(name).ok_or_else(|| ScimError::InvalidPath(found.undefined_sub(name).to_string()))?;
    let path = AttributePath { at: at(found, Some(&sub.attribute.name)), filter: Some(filter), kept: sub.kept };
    Ok(Path::Attribute(Box::new(path)))
}

fn at(found: Found<'_>, sub: Option<&str>) -> AttrPath {
    AttrPath { urn: found.urn.map(str::to_owned), name: found.attribute.name.clone(), sub: sub.map(str::to_owned) }
}

fn resolve<'a>(text: &str, resource_type: &'a ResourceType) -> Result<Named<'a>, ScimError> {
    resource_type.resolve(text).map_err(|undefined| ScimError::InvalidPath(undefined.to_string()))
}

/// Splits behind the filter: brackets inside its quoted texts do not count.
fn split_at_closing_bracket(text: &str) -> Option<(&str, &str)> {
    let mut quoted = false;
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b']' if !quoted => return Some((&text[..at], &text[at + 1..])),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::filter::Operator;
    use super::super::schema::{ENTERPRISE_USER, USER, user_type};
    use super::*;

    fn parse(text: &str) -> Result<Path, ScimError> {
        Path::parse(text, &user_type())
    }

    fn printed(text: &str) -> String {
        parse(text).unwrap().to_string()
    }

    #[test]
    fn all_forms_are_read_whatever_the_letter_case() {
        // D3, B12, B13
        assert_eq!(printed("USERNAME"), "userName");
        assert_eq!(printed("Name.GivenName"), "name.givenName");
        assert_eq!(printed(r#"Emails[Type EQ "work"]"#), r#"emails[type eq "work"]"#);
        assert_eq!(printed(r#"emails[type eq "work"].VALUE"#), r#"emails[type eq "work"].value"#);
        assert_eq!(printed(&format!("{USER}:name.givenName")), "name.givenName");
        assert_eq!(printed(&format!(r#"{USER}:emails[type eq "work"].value"#)), r#"emails[type eq "work"].value"#);
        assert_eq!(
            printed(&format!("{}:department", ENTERPRISE_USER.to_lowercase())),
            format!("{ENTERPRISE_USER}:department")
        );
        assert_eq!(printed(ENTERPRISE_USER), ENTERPRISE_USER);
        assert_eq!(parse(&USER.to_uppercase()).unwrap(), Path::Core { urn: USER.to_owned() });
        assert_eq!(printed(USER), USER);
    }

    #[test]
    fn a_text_for_a_boolean_becomes_a_boolean() {
        // D2
        let Path::Attribute(path) = parse(r#"roles[primary eq "True"].value"#).unwrap() else { panic!() };
        let expected =
            Filter::Compare(AttrPath { urn: None, name: "primary".to_owned(), sub: None }, Operator::Eq, json!(true));
        assert_eq!(path.filter, Some(expected));
    }

    #[test]
    fn a_bracket_in_a_text_does_not_end_the_filter() {
        assert_eq!(printed(r#"emails[value eq "a]\"b"].type"#), r#"emails[value eq "a]\"b"].type"#);
    }

    #[test]
    fn undefined_names_and_broken_forms_are_invalid_paths() {
        // D11, R69, B66
        for text in [
            "",
            "  ",
            "shoeSize",
            "name.shoeSize",
            "emails[",
            r#"emails[type eq "work""#,
            r#"emails[type eq "work"]value"#,
            r#"emails[type eq "work"].shoe"#,
            r#"userName[value eq "x"]"#,
            r#"name[givenName eq "x"]"#,
            r#"emails.value[type eq "work"]"#,
            "/userName",
            "emails/0/value",
            r#"urn:unknown:User:emails[type eq "x"]"#,
        ] {
            assert!(matches!(parse(text), Err(ScimError::InvalidPath(_))), "{text}: {:?}", parse(text));
        }
    }

    #[test]
    fn what_is_wrong_between_the_brackets_is_an_invalid_filter() {
        // R69, R55 (no array index)
        for text in
            ["emails[]", "emails[0]", r#"emails[type = "work"]"#, r#"emails[shoe eq "work"].value"#, "emails[type eq]"]
        {
            assert!(matches!(parse(text), Err(ScimError::InvalidFilter(_))), "{text}: {:?}", parse(text));
        }
    }

    #[test]
    fn what_is_defined_but_not_kept_is_told_apart() {
        // D11
        let mut resource_type = user_type();
        resource_type.core.attributes.retain(|attribute| attribute.name == "userName");
        resource_type.extensions.clear();
        assert!(Path::parse("userName", &resource_type).unwrap().is_kept());
        assert!(!Path::parse(r#"emails[type eq "work"].value"#, &resource_type).unwrap().is_kept());
        assert!(!Path::parse(ENTERPRISE_USER, &resource_type).unwrap().is_kept());
        assert!(!Path::parse(&format!("{ENTERPRISE_USER}:manager"), &resource_type).unwrap().is_kept());
    }

    #[test]
    fn ten_thousand_brackets_are_refused() {
        let text = format!("emails[{}", "(".repeat(10_000) + "]");
        assert!(matches!(parse(&text), Err(ScimError::InvalidFilter(_))));
    }
}
