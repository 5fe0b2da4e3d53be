//! `POST /.search` at the root (RFC 7644 section 3.4.2.1): people and groups in one list, people first, each kind in the order asked for. Which page there is of each, decides the store.

use super::{Part, projection};
use crate::inbound::call::Caller;
use crate::inbound::cursor::Cursor;
use crate::inbound::operation;
use crate::inbound::problem::Failure;
use crate::inbound::query::Parameters;
use crate::inbound::show;
use crate::scim::error::ScimError;
use crate::scim::filter::Filter;
use crate::scim::list::{Place, envelope};
use crate::scim::schema::{ResourceType, Schema};
use crate::store::{Kind, Sort, Start};

/// A ListResponse of all kinds of resources.
pub(super) async fn list(caller: &Caller<'_>, parameters: &Parameters) -> Result<String, Failure> {
    let (people, groups) = (caller.type_of(Kind::User), caller.type_of(Kind::Group));
    let filter = parameters.filter.as_deref().map(|text| parse_filter(text, people, groups)).transpose()?;
    let sort = parameters.sort(&union(people, groups))?;
    if let Some(text) = &parameters.cursor {
        let cursor = Cursor::read(text, parameters, Kind::User)?;
        return behind(caller, parameters, filter, sort, cursor).await;
    }
    let (mut total, mut left, mut shown) = (0, parameters.count, Vec::new());
    for (kind, resource_type) in [(Kind::User, people), (Kind::Group, groups)] {
        let projection = projection(parameters, resource_type)?;
        let from = Start::Index(parameters.start_index.saturating_sub(total).max(1));
        let page = operation::query(caller, kind, filter.clone(), sort.clone(), (from, left)).await?;
        total += page.total;
        let texts = show::page(caller, kind, &projection, &page.resources).await?;
        // A page that was cut short ends there: what follows must not stand before what is missing.
        let is_cut = texts.len() < page.resources.len();
        left = if is_cut { 0 } else { left.saturating_sub(texts.len() as u64) };
        shown.extend(texts);
    }
    Ok(envelope(total, &Place::Index(parameters.start_index), &shown))
}

/// The page behind a cursor: what is left of the people, then groups.
async fn behind(
    caller: &Caller<'_>,
    parameters: &Parameters,
    filter: Option<Filter>,
    sort: Option<Sort>,
    cursor: Cursor,
) -> Result<String, Failure> {
    let (mut total, mut left, mut shown, mut next) = (0, parameters.count, Vec::new(), None);
    for kind in [Kind::User, Kind::Group] {
        let is_over = kind == Kind::User && cursor.kind == Kind::Group;
        let place = if kind == cursor.kind { cursor.place } else { 0 };
        let count = if is_over || next.is_some() { 0 } else { left };
        let projection = projection(parameters, caller.type_of(kind))?;
        let part = Part { kind, filter: filter.clone(), sort: sort.clone(), place, count };
        let (page, texts) = part.read(caller, &projection).await?;
        total += page.total;
        left = left.saturating_sub(texts.len() as u64);
        if next.is_none() && !is_over {
            // A page that is full before this kind has begun goes on at its beginning.
            let begins = count == 0 && parameters.count > 0 && page.total > 0;
            next = page.next.or_else(|| begins.then_some(place)).map(|place| Cursor { kind, place });
        }
        shown.extend(texts);
    }
    Ok(envelope(total, &Place::Cursor(next.map(|next| next.text(parameters))), &shown))
}

/// Reads a filter on resources of both kinds. An attribute that a kind lacks has no value there; one that neither has is refused.
fn parse_filter(text: &str, people: &ResourceType, groups: &ResourceType) -> Result<Filter, ScimError> {
    Filter::parse(text, &union(people, groups))
}

/// A type with the attributes of both. Those of the same name are of the same kind in both (`displayName`, `externalId` …).
fn union(people: &ResourceType, groups: &ResourceType) -> ResourceType {
    let mut both = people.clone();
    add(&mut both.core, &groups.core);
    add(&mut both.known_core, &groups.known_core);
    both.extensions.extend(groups.extensions.iter().cloned());
    both.known_extensions.extend(groups.known_extensions.iter().cloned());
    both
}

fn add(schema: &mut Schema, other: &Schema) {
    for attribute in &other.attributes {
        if schema.attribute(&attribute.name).is_none() {
            schema.attributes.push(attribute.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scim::schema::{group_type, user_type};

    #[test]
    fn an_attribute_of_either_kind_can_be_asked_for_and_any_other_not() {
        for fine in [
            "userName eq \"a\" or displayName eq \"b\"",
            "members.value eq \"a\"",
            "members[type eq \"User\"]",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq \"a\"",
            "meta.resourceType eq \"Group\"",
        ] {
            assert!(parse_filter(fine, &user_type(), &group_type()).is_ok(), "{fine}");
        }
        for wrong in ["shoeSize eq 7", "members.shoe eq \"a\"", "userName.part eq \"a\""] {
            let refused = parse_filter(wrong, &user_type(), &group_type());
            assert!(matches!(refused, Err(ScimError::InvalidFilter(_))), "{wrong}");
        }
    }
}
