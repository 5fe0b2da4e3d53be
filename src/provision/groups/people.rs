//! Who is meant by the members that a request names: people whom the bridge knows, people who have yet to come, and what is refused.

use indexmap::IndexMap;

use super::Groups;
use super::wish::{Named, Wish};
use crate::config::groups::MembersFirst;
use crate::ids::ScimId;
use crate::provision::error::ProvisionError;
use crate::scim::error::ScimError;
use crate::store::{Kind, Lookup, StoreError};

/// Most values that are named in a refusal.
const MOST_NAMED: usize = 20;

/// What is wanted of the members, by person.
#[derive(Debug, Clone, Default)]
pub(super) struct Wanted {
    /// Whoever is not named is no member.
    pub(super) is_whole: bool,
    /// Each person: a member (with what the IdP calls him), or none.
    pub(super) people: IndexMap<ScimId, Option<Joining>>,
    /// Values that wait for a person.
    pub(super) park: Vec<String>,
    /// Values that wait no longer.
    pub(super) unpark: Vec<String>,
}

/// Somebody who shall be a member.
#[derive(Debug, Clone, Default)]
pub(super) struct Joining {
    pub(super) display: Option<String>,
}

impl Wanted {
    /// Of one person alone.
    pub(super) fn one(id: &ScimId, is_member: bool) -> Self {
        let joining = is_member.then(Joining::default);
        Self { people: IndexMap::from([(id.clone(), joining)]), ..Self::default() }
    }
}

impl Groups {
    /// Finds the people of a wish.
    ///
    /// # Errors
    /// `invalidValue` for groups, and for unknown members where the connection refuses them: it names only those.
    pub(super) async fn find_people(&self, wish: &Wish) -> Result<Wanted, ProvisionError> {
        let mut wanted = Wanted { is_whole: wish.is_whole, ..Wanted::default() };
        let (joining, leaving): (Vec<_>, Vec<_>) = wish.named.iter().partition(|(_, named)| named.is_some());
        refuse_groups(joining.iter().filter(|(_, named)| named.as_ref().is_some_and(|named| named.is_group)))?;
        for (value, _) in leaving {
            if let Some(id) = ScimId::parse(value) {
                wanted.people.insert(id, None);
            }
            if ScimId::parse_own(value).is_none() {
                for id in self.people_called(value).await? {
                    wanted.people.insert(id, None);
                }
            }
            wanted.unpark.push(value.clone());
        }
        let unknown = self.insert_known(&joining, &mut wanted).await?;
        if unknown.is_empty() {
            return Ok(wanted);
        }
        let ids: Vec<ScimId> = unknown.iter().filter_map(|(value, _)| ScimId::parse(value)).collect();
        let are_groups = self.store().which_exist(&self.people.parts.connection, Kind::Group, &ids).await?;
        let mut groups = ids.iter().zip(are_groups).filter(|(_, is_group)| *is_group).map(|(id, _)| id.as_str());
        if let Some(first) = groups.next() {
            return Err(nested(std::iter::once(first).chain(groups)));
        }
        match self.people.parts.options.members_first {
            MembersFirst::Skip => Ok(wanted),
            MembersFirst::Refuse => {
                let values = unknown.iter().map(|(value, _)| value.as_str());
                Err(ScimError::InvalidValue(format!(
                    "members: there is no user with the id {}; create the users first, or choose `members_first: park` for the connection in bridge.yaml",
                    listed(values)
                ))
                .into())
            }
            MembersFirst::Park => {
                for (value, named) in unknown {
                    match self.people_called(value).await?.as_slice() {
                        [id] => {
                            wanted.people.insert(id.clone(), Some(joining_as(named.as_ref())));
                        }
                        _ => wanted.park.push(value.clone()),
                    }
                }
                Ok(wanted)
            }
        }
    }

    /// Takes those who are known by their id, and gives back the others.
    async fn insert_known<'a>(
        &self,
        joining: &[(&'a String, &'a Option<Named>)],
        wanted: &mut Wanted,
    ) -> Result<Vec<(&'a String, &'a Option<Named>)>, StoreError> {
        let ids: Vec<ScimId> = joining.iter().filter_map(|(value, _)| ScimId::parse(value)).collect();
        let mut known = self.store().which_exist(&self.people.parts.connection, Kind::User, &ids).await?.into_iter();
        let mut unknown = Vec::new();
        for (value, named) in joining {
            match ScimId::parse(value) {
                Some(id) if known.next().unwrap_or(false) => {
                    wanted.people.insert(id, Some(joining_as(named.as_ref())));
                }
                _ => unknown.push((*value, *named)),
            }
        }
        Ok(unknown)
    }

    /// People whom the IdP may mean by a value that is no id of ours; only where members may come before their users.
    pub(super) async fn people_called(&self, value: &str) -> Result<Vec<ScimId>, StoreError> {
        if self.people.parts.options.members_first != MembersFirst::Park {
            return Ok(Vec::new());
        }
        for lookup in [Lookup::ExternalId(value.to_owned()), Lookup::Name(value.to_owned())] {
            let found = self.store().look_up(&self.people.parts.connection, Kind::User, &lookup).await?;
            if !found.is_empty() {
                return Ok(found.into_iter().map(|resource| resource.id).collect());
            }
        }
        Ok(Vec::new())
    }
}

fn joining_as(named: Option<&Named>) -> Joining {
    Joining { display: named.and_then(|named| named.display.clone()) }
}

fn refuse_groups<'a>(groups: impl Iterator<Item = &'a (&'a String, &'a Option<Named>)>) -> Result<(), ProvisionError> {
    let mut groups = groups.map(|(value, _)| value.as_str());
    match groups.next() {
        None => Ok(()),
        Some(first) => Err(nested(std::iter::once(first).chain(groups))),
    }
}

/// RFC 7643 section 4.2 lets a service provider choose whether groups may be members.
fn nested<'a>(groups: impl Iterator<Item = &'a str>) -> ProvisionError {
    ScimError::InvalidValue(format!(
        "members: groups in groups are not supported ({}); push the group with its people as direct members",
        listed(groups)
    ))
    .into()
}

fn listed<'a>(values: impl Iterator<Item = &'a str>) -> String {
    let values: Vec<&str> = values.collect();
    let text = values.iter().take(MOST_NAMED).copied().collect::<Vec<_>>().join(", ");
    match values.len().checked_sub(MOST_NAMED).filter(|more| *more > 0) {
        Some(more) => format!("{text} and {more} more"),
        None => text,
    }
}
