//! Gathers what an answer shows of resources: their stored text, and their references to others, which are read from the store only when they are
//! wanted. How that is written, is `render`'s business.

use super::call::Caller;
use super::problem::Failure;
use super::render::{Links, MEMBERS, MEMBERSHIPS, View};
use crate::ids::ScimId;
use crate::scim::projection::Projection;
use crate::store::{Kind, StoredResource};

/// Members that are read from the store at a time.
const MEMBERS_AT_A_TIME: usize = 2_000;
/// Text at which the page of a list ends, although more was asked for: RFC 7644 section 3.4.2.4 allows fewer than `count`, and `itemsPerPage` says
/// so. Without it a page of large groups would take any amount of memory. A single resource is always shown whole.
const LARGEST_LIST_BYTES: usize = 32 << 20;

/// One resource.
pub(super) async fn one(
    caller: &Caller<'_>,
    kind: Kind,
    projection: &Projection,
    resource: &StoredResource,
) -> Result<String, Failure> {
    let links = match kind {
        Kind::User => memberships(caller, projection, std::slice::from_ref(resource)).await?.pop(),
        Kind::Group => members(caller, projection, resource).await?,
    };
    Ok(view(caller, kind, projection).resource(resource, links.as_ref()))
}

/// The resources of a page, or as many of them as fit.
pub(super) async fn page(
    caller: &Caller<'_>,
    kind: Kind,
    projection: &Projection,
    resources: &[StoredResource],
) -> Result<Vec<String>, Failure> {
    let mut memberships = match kind {
        Kind::User => memberships(caller, projection, resources).await?.into_iter(),
        Kind::Group => Vec::new().into_iter(),
    };
    let view = view(caller, kind, projection);
    let mut shown = Vec::with_capacity(resources.len());
    let mut size = 0;
    for resource in resources {
        let links = match kind {
            Kind::User => memberships.next(),
            Kind::Group => members(caller, projection, resource).await?,
        };
        let text = view.resource(resource, links.as_ref());
        size += text.len();
        if size > LARGEST_LIST_BYTES && !shown.is_empty() {
            break;
        }
        shown.push(text);
    }
    Ok(shown)
}

/// How resources of a kind are shown.
pub(super) fn view<'a>(caller: &'a Caller<'_>, kind: Kind, projection: &'a Projection) -> View<'a> {
    View { base: &caller.base, resource_type: caller.type_of(kind), projection }
}

/// `members` of a group, page by page.
async fn members(
    caller: &Caller<'_>,
    projection: &Projection,
    group: &StoredResource,
) -> Result<Option<Links>, Failure> {
    let Some(mut links) = Links::begin(MEMBERS, &caller.base, projection) else { return Ok(None) };
    let mut after = 0;
    loop {
        let members = caller.connection.provisioner().members(&group.id, after, MEMBERS_AT_A_TIME).await?;
        for member in &members {
            links.push(&member.id, &member.display);
        }
        match members.last() {
            Some(last) if members.len() == MEMBERS_AT_A_TIME => after = last.place,
            _ => return Ok(Some(links)),
        }
    }
}

/// `groups` of each of these people, in their order; nothing when they are not wanted.
async fn memberships(
    caller: &Caller<'_>,
    projection: &Projection,
    people: &[StoredResource],
) -> Result<Vec<Links>, Failure> {
    let begin = || Links::begin(MEMBERSHIPS, &caller.base, projection);
    if begin().is_none() {
        return Ok(Vec::new());
    }
    let ids: Vec<ScimId> = people.iter().map(|person| person.id.clone()).collect();
    let groups = caller.connection.provisioner().groups_of(&ids).await?;
    let links = groups.into_iter().filter_map(|groups| {
        let mut links = begin()?;
        for group in &groups {
            links.push(&group.id, &group.display);
        }
        Some(links)
    });
    Ok(links.collect())
}
