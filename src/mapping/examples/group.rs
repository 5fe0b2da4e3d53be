//! Examples with a group's object: the vendor calls that create, rename or delete it, or the error.

use serde_json::{Map, Value};

use super::request::{KEY, Stopped, compare};
use crate::mapping::bound::{Beside, Bound};
use crate::mapping::model::{Example, ExampleGroup};
use crate::mapping::plan::{Step, plan};
use crate::mapping::record::{Desired, Record};

/// Compares the calls on a group's object.
pub(super) fn run(group: &ExampleGroup, example: &Example, bound: &Bound) -> Result<(), String> {
    let target = bound.target(&group.target);
    let target =
        target.ok_or_else(|| format!("group.target: there is no target {} under these settings", group.target))?;
    let object = target.object.as_deref();
    let object = object.ok_or_else(|| format!("group.target: no call changes the object of a {}", group.target))?;
    compare(steps(group, example.key.as_deref().unwrap_or(KEY), object), example, object)
}

fn steps(group: &ExampleGroup, key: &str, object: &Bound) -> Result<Vec<Step>, Stopped> {
    let named = |name: &String| {
        let resource = Map::from_iter([("displayName".to_owned(), Value::from(name.as_str()))]);
        object.desired(&resource, Beside::default()).map(|mapped| mapped.desired)
    };
    let before = group.before.as_ref().map(named).transpose()?;
    let after = group.after.as_ref().map_or(Ok(Desired::Absent), named)?;
    let (key, applied) = match before {
        Some(Desired::Present(record)) => (Some(key), Some(record)),
        _ => (None, None),
    };
    Ok(plan(object, key, applied.as_ref(), &after, &Record::default())?)
}
