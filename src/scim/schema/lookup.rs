//! How a name, as a client writes it, finds its attribute: letter case ignored, with or without schema URN. Reads no values.

use std::fmt;

use super::nearest::nearest;
use super::{Attribute, ResourceType, Schema, common};

/// What becomes of an attribute's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// `schemas`, `id`, `externalId`, `meta`: always there.
    Common,
    /// Stored and returned.
    Kept,
    /// Defined, but this connection has no place for it: accepted and dropped.
    Known,
}

/// An attribute that a name has found.
#[derive(Debug, Clone, Copy)]
pub struct Found<'a> {
    /// URN of its extension; `None` for core and common attributes.
    pub urn: Option<&'a str>,
    /// Its definition: the one that is kept, else the known one.
    pub attribute: &'a Attribute,
    /// What becomes of its values.
    pub standing: Standing,
    /// The full definition, whose sub-attributes may be more than those that are kept.
    known: Option<&'a Attribute>,
}

/// A sub-attribute that a name has found.
#[derive(Debug, Clone, Copy)]
pub struct SubAttribute<'a> {
    /// Its definition.
    pub attribute: &'a Attribute,
    /// Whether its values are stored; `false`: accepted and dropped.
    pub kept: bool,
}

/// What a whole name (`attr`, `attr.sub`, `urn:…:attr.sub`, or a schema's bare URN) refers to.
#[derive(Debug, Clone, Copy)]
pub enum Named<'a> {
    /// The core schema as a whole.
    Core,
    /// An extension as a whole.
    Extension {
        /// Its URN.
        urn: &'a str,
        /// Whether anything of it is stored.
        kept: bool,
    },
    /// An attribute, perhaps one of its sub-attributes.
    Attribute(Found<'a>, Option<SubAttribute<'a>>),
}

/// A name that nothing defines. Displays as a sentence with the nearest name that is defined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undefined {
    owner: String,
    given: String,
    nearest: Option<String>,
}

impl fmt::Display for Undefined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} has no attribute `{}`", self.owner, self.given)?;
        match &self.nearest {
            Some(nearest) => write!(f, "; did you mean `{nearest}`?"),
            None => Ok(()),
        }
    }
}

impl Found<'_> {
    /// Whether its values are stored.
    pub fn is_kept(&self) -> bool {
        self.standing != Standing::Known
    }

    /// The name with URN, as an administrator writes it.
    pub fn full_name(&self) -> String {
        match self.urn {
            Some(urn) => format!("{urn}:{}", self.attribute.name),
            None => self.attribute.name.clone(),
        }
    }
}

impl<'a> Found<'a> {
    /// A sub-attribute by name, letter case ignored.
    pub fn sub(&self, name: &str) -> Option<SubAttribute<'a>> {
        let kept = self.attribute.sub(name).map(|attribute| SubAttribute { attribute, kept: self.is_kept() });
        kept.or_else(|| {
            let attribute = self.known?.sub(name)?;
            Some(SubAttribute { attribute, kept: false })
        })
    }

    /// Why a sub-attribute is not defined, with the nearest name.
    pub fn undefined_sub(&self, name: &str) -> Undefined {
        let names = self.known.unwrap_or(self.attribute).sub_attributes.iter().map(|sub| sub.name.as_str());
        Undefined {
            owner: format!("`{}`", self.full_name()),
            given: shown(name),
            nearest: nearest(name, names).map(str::to_owned),
        }
    }
}

impl Attribute {
    /// A sub-attribute by name, letter case ignored.
    pub fn sub(&self, name: &str) -> Option<&Self> {
        self.sub_attributes.iter().find(|sub| sub.name.eq_ignore_ascii_case(name))
    }
}

impl Schema {
    /// An attribute by name, letter case ignored (RFC 7643 section 2.1).
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| attribute.name.eq_ignore_ascii_case(name))
    }
}

impl ResourceType {
    /// An attribute by extension URN and name, letter case ignored.
    ///
    /// Without URN, or with that of the core schema: common attributes, then core, then the extensions (a bare `manager` is the
    /// enterprise one, and Entra writes custom attributes under the core URN).
    pub fn find(&self, urn: Option<&str>, name: &str) -> Option<Found<'_>> {
        let extension = urn.filter(|urn| !urn.eq_ignore_ascii_case(&self.core.id));
        if let Some(urn) = extension {
            let kept = self.extensions.iter().find(|schema| schema.id.eq_ignore_ascii_case(urn));
            let known = self.known_extensions.iter().find(|schema| schema.id.eq_ignore_ascii_case(urn));
            return in_extension(kept, known, name);
        }
        if let Some(attribute) = common().iter().find(|attribute| attribute.name.eq_ignore_ascii_case(name)) {
            return Some(Found { urn: None, attribute, standing: Standing::Common, known: None });
        }
        self.core_attribute(name).or_else(|| self.unqualified_extension_attribute(name))
    }

    /// What a whole name refers to.
    ///
    /// # Errors
    /// When nothing defines it.
    pub fn resolve(&self, text: &str) -> Result<Named<'_>, Undefined> {
        let (urn, rest) = match self.split_urn(text) {
            Some((urn, "")) if urn == self.core.id => return Ok(Named::Core),
            Some((urn, "")) => {
                let kept = self.extensions.iter().any(|schema| schema.id == urn);
                return Ok(Named::Extension { urn, kept });
            }
            Some((urn, rest)) => (Some(urn), rest),
            None => (None, text),
        };
        let (name, sub) = match rest.split_once('.') {
            Some((name, sub)) if urn.is_some() || !rest.contains(':') => (name, Some(sub)),
            _ => (rest, None),
        };
        let found = self.find(urn, name).ok_or_else(|| self.undefined(urn, name))?;
        match sub {
            None => Ok(Named::Attribute(found, None)),
            Some(sub) => {
                let sub = found.sub(sub).ok_or_else(|| found.undefined_sub(sub))?;
                Ok(Named::Attribute(found, Some(sub)))
            }
        }
    }

    /// Every attribute whose values are stored, with the URN of its extension; common attributes are not among them.
    pub fn kept_attributes(&self) -> impl Iterator<Item = (Option<&str>, &Attribute)> {
        let core = self.core.attributes.iter().map(|attribute| (None, attribute));
        let extensions = self
            .extensions
            .iter()
            .flat_map(|schema| schema.attributes.iter().map(move |attribute| (Some(schema.id.as_str()), attribute)));
        core.chain(extensions)
    }

    /// Splits a defined schema URN off the front: the URN in schema case and what follows its colon. The URN itself contains a dot and
    /// colons (`…:2.0:User`), so it is recognised as a whole, the longest first.
    fn split_urn<'t>(&self, text: &'t str) -> Option<(&str, &'t str)> {
        if !text.contains(':') {
            return None;
        }
        let schemas = [&self.core].into_iter().chain(&self.extensions).chain(&self.known_extensions);
        schemas
            .filter_map(|schema| {
                let head = text.get(..schema.id.len())?;
                if !head.eq_ignore_ascii_case(&schema.id) {
                    return None;
                }
                let tail = &text[schema.id.len()..];
                let rest = if tail.is_empty() { tail } else { tail.strip_prefix(':')? };
                Some((schema.id.as_str(), rest))
            })
            .max_by_key(|(urn, _)| urn.len())
    }

    fn core_attribute(&self, name: &str) -> Option<Found<'_>> {
        let known = self.known_core.attribute(name);
        if let Some(attribute) = self.core.attribute(name) {
            return Some(Found { urn: None, attribute, standing: Standing::Kept, known });
        }
        known.map(|attribute| Found { urn: None, attribute, standing: Standing::Known, known })
    }

    fn unqualified_extension_attribute(&self, name: &str) -> Option<Found<'_>> {
        let kept = self.extensions.iter().find_map(|schema| {
            let known = self.known_extensions.iter().find(|known| known.id.eq_ignore_ascii_case(&schema.id));
            in_extension(Some(schema), known, name).filter(Found::is_kept)
        });
        kept.or_else(|| self.known_extensions.iter().find_map(|known| in_extension(None, Some(known), name)))
    }

    fn undefined(&self, urn: Option<&str>, name: &str) -> Undefined {
        let extension = urn.filter(|urn| *urn != self.core.id);
        if let Some(urn) = extension {
            let schemas = self.extensions.iter().chain(&self.known_extensions).filter(|schema| schema.id == urn);
            let names = schemas.flat_map(|schema| &schema.attributes).map(|attribute| attribute.name.as_str());
            return Undefined {
                owner: urn.to_owned(),
                given: shown(name),
                nearest: nearest(name, names).map(|nearest| format!("{urn}:{nearest}")),
            };
        }
        // A URN that is not ours: what stands behind its last colon is the best guess.
        let short = name.rsplit(':').next().unwrap_or(name);
        let core = common().iter().chain(&self.core.attributes).chain(&self.known_core.attributes);
        let core = core.map(|attribute| (None, attribute.name.as_str()));
        let extensions = self.extensions.iter().chain(&self.known_extensions);
        let extensions = extensions.flat_map(|schema| {
            schema.attributes.iter().map(move |attribute| (Some(schema.id.as_str()), attribute.name.as_str()))
        });
        let all: Vec<(Option<&str>, &str)> = core.chain(extensions).collect();
        let best = nearest(short, all.iter().map(|(_, name)| *name));
        let nearest = best.and_then(|best| all.iter().find(|(_, name)| *name == best)).map(|(urn, name)| match urn {
            Some(urn) => format!("{urn}:{name}"),
            None => (*name).to_owned(),
        });
        Undefined { owner: self.name.clone(), given: shown(name), nearest }
    }
}

fn in_extension<'a>(kept: Option<&'a Schema>, known: Option<&'a Schema>, name: &str) -> Option<Found<'a>> {
    let full = known.and_then(|schema| schema.attribute(name));
    if let Some((schema, attribute)) = kept.and_then(|schema| Some((schema, schema.attribute(name)?))) {
        return Some(Found { urn: Some(&schema.id), attribute, standing: Standing::Kept, known: full });
    }
    let (schema, attribute) = (known?, full?);
    // In schema case of the kept document when there is one, so that both name the same extension.
    let urn = kept.map_or(schema.id.as_str(), |kept| kept.id.as_str());
    Some(Found { urn: Some(urn), attribute, standing: Standing::Known, known: full })
}

/// A name as it is quoted back: cut when it is absurdly long.
fn shown(name: &str) -> String {
    const LONGEST: usize = 80;
    if name.chars().count() <= LONGEST {
        return name.to_owned();
    }
    name.chars().take(LONGEST).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::super::{ENTERPRISE_USER, USER, group_type, user, user_type};
    use super::*;

    /// A connection that keeps only `userName`, `name.givenName` and `department`.
    fn narrow() -> ResourceType {
        let mut resource_type = user_type();
        resource_type.core.attributes.retain(|attribute| ["userName", "name"].contains(&attribute.name.as_str()));
        resource_type.core.attributes[1].sub_attributes.retain(|sub| sub.name == "givenName");
        resource_type.extensions[0].attributes.retain(|attribute| attribute.name == "department");
        resource_type
    }

    fn name_of(resource_type: &ResourceType, text: &str) -> (Option<String>, String, Option<String>) {
        match resource_type.resolve(text).unwrap() {
            Named::Attribute(found, sub) => {
                (found.urn.map(str::to_owned), found.attribute.name.clone(), sub.map(|sub| sub.attribute.name.clone()))
            }
            other => panic!("{text} became {other:?}"),
        }
    }

    #[test]
    fn letter_case_does_not_matter() {
        // R81
        assert_eq!(name_of(&user_type(), "USERNAME"), (None, "userName".to_owned(), None));
        assert_eq!(name_of(&user_type(), "Name.FamilyName"), (None, "name".to_owned(), Some("familyName".to_owned())));
    }

    #[test]
    fn a_schema_urn_is_recognised_as_a_whole_although_it_contains_a_dot() {
        // R37, B11
        let (urn, name, sub) = name_of(&user_type(), &format!("{ENTERPRISE_USER}:manager.displayName"));
        assert_eq!(
            (urn.as_deref(), name.as_str(), sub.as_deref()),
            (Some(ENTERPRISE_USER), "manager", Some("displayName"))
        );
        let upper = ENTERPRISE_USER.to_uppercase();
        assert_eq!(name_of(&user_type(), &format!("{upper}:DEPARTMENT")).0.as_deref(), Some(ENTERPRISE_USER));
    }

    #[test]
    fn the_core_urn_names_core_common_and_custom_attributes() {
        // B12
        assert_eq!(name_of(&user_type(), &format!("{USER}:userName")), (None, "userName".to_owned(), None));
        assert_eq!(name_of(&user_type(), &format!("{USER}:externalId")).1, "externalId");
        assert_eq!(name_of(&user_type(), &format!("{USER}:department")).0.as_deref(), Some(ENTERPRISE_USER));
    }

    #[test]
    fn bare_urns_name_whole_schemas() {
        assert!(matches!(user_type().resolve(USER), Ok(Named::Core)));
        assert!(matches!(user_type().resolve(ENTERPRISE_USER), Ok(Named::Extension { kept: true, .. })));
    }

    #[test]
    fn what_the_connection_does_not_keep_is_known_all_the_same() {
        // D11
        let narrow = narrow();
        assert_eq!(narrow.find(None, "title").unwrap().standing, Standing::Known);
        assert_eq!(narrow.find(None, "userName").unwrap().standing, Standing::Kept);
        assert_eq!(narrow.find(None, "externalId").unwrap().standing, Standing::Common);
        assert!(!narrow.find(Some(ENTERPRISE_USER), "manager").unwrap().is_kept());
        let name = narrow.find(None, "name").unwrap();
        assert!(name.sub("givenName").unwrap().kept && !name.sub("familyName").unwrap().kept);
        assert!(name.sub("favourite").is_none());
    }

    #[test]
    fn a_bare_extension_attribute_is_found() {
        assert_eq!(name_of(&user_type(), "manager").0.as_deref(), Some(ENTERPRISE_USER)); // section 4.6
    }

    #[test]
    fn the_nearest_name_is_offered() {
        let text = |given: &str| user_type().resolve(given).unwrap_err().to_string();
        assert_eq!(text("usrName"), "User has no attribute `usrName`; did you mean `userName`?");
        assert_eq!(text("name.givnName"), "`name` has no attribute `givnName`; did you mean `givenName`?");
        assert_eq!(
            text("departement"),
            format!("User has no attribute `departement`; did you mean `{ENTERPRISE_USER}:department`?")
        );
        assert_eq!(text("shoeSize"), "User has no attribute `shoeSize`");
        assert!(text("urn:ietf:params:scim:schemas:extension:enterprise:2.0User:department").contains("did you mean"));
    }

    #[test]
    fn groups_have_their_own_attributes() {
        assert_eq!(name_of(&group_type(), "Members.Value"), (None, "members".to_owned(), Some("value".to_owned())));
        assert!(group_type().resolve("userName").is_err());
    }

    #[test]
    fn a_longer_urn_wins_over_its_own_beginning() {
        let mut resource_type = user_type();
        let mut longer = user();
        longer.id = format!("{ENTERPRISE_USER}:special");
        resource_type.extensions.push(longer);
        let (urn, name, _) = name_of(&resource_type, &format!("{ENTERPRISE_USER}:special:title"));
        assert_eq!((urn.as_deref(), name.as_str()), (Some(format!("{ENTERPRISE_USER}:special").as_str()), "title"));
    }
}
