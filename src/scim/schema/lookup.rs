//! How a name, as a client writes it, finds its attribute: letter case ignored, with or without schema URN. Reads no values.

use super::found::{Found, Named, Standing, Undefined};
use super::{Attribute, ResourceType, Schema, common};
use crate::nearest::nearest;

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
            let nearest = nearest(name, names).map(|nearest| format!("{urn}:{nearest}"));
            return Undefined::new(urn.to_owned(), name, nearest);
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
        Undefined::new(self.name.clone(), name, nearest)
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

#[cfg(test)]
mod tests;
