//! What a name has found in the schemas, or that it has found nothing. Searches nothing: that is [`super::lookup`]'s.

use std::fmt;

use super::Attribute;
use crate::nearest::nearest;

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
    pub(super) known: Option<&'a Attribute>,
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

impl Undefined {
    /// `owner` has no attribute `given`.
    pub(super) fn new(owner: String, given: &str, nearest: Option<String>) -> Self {
        Self { owner, given: shown(given), nearest }
    }
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
        Undefined::new(format!("`{}`", self.full_name()), name, nearest(name, names).map(str::to_owned))
    }
}

/// A name as it is quoted back: cut when it is absurdly long.
fn shown(name: &str) -> String {
    const LONGEST: usize = 80;
    if name.chars().count() <= LONGEST {
        return name.to_owned();
    }
    name.chars().take(LONGEST).chain(['…']).collect()
}
