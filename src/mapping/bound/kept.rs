//! What an account has, and its new owner's resource says nothing about, is kept: an account that is taken over is not emptied. Decides nothing
//! about values that the resource does name.

use serde_json::{Map, Value};

use super::desired::default_of;
use super::fields::BoundField;
use super::names::Lists;
use super::{Beside, Bound};
use crate::mapping::convert::is_empty;
use crate::mapping::record::VendorAccount;

impl Bound {
    /// Writes into a resource what the account has in fields about which the resource says nothing (a default is no word of the IdP's).
    /// The IdP then reads it like any other attribute, and what it sends later holds. Says whether anything was written.
    ///
    /// A value that would not come out as the vendor has it (no `to`, a transform that loses something) is not written.
    pub fn keep_unsaid(&self, resource: &mut Map<String, Value>, account: &VendorAccount, lists: &Lists) -> bool {
        let beside = Beside { lists: Some(lists), ..Beside::default() };
        let mut is_changed = false;
        let is_asked = |field: &&BoundField| !field.spec.write_only && !self.keeps_others(&field.name);
        for field in self.fields.values().filter(is_asked) {
            let Some(has) = account.record.0.get(&field.name).filter(|value| !is_empty(value)) else { continue };
            // A value that does not fit is one that the IdP sent; it is refused elsewhere.
            let is_said = !matches!(self.said(field, resource, beside), Ok(None));
            if is_said || self.same(&field.name, default_of(field, beside).ok().flatten().as_ref(), Some(has)) {
                continue;
            }
            if let Some(kept) = self.with_value(field, resource, has, beside) {
                *resource = kept;
                is_changed = true;
            }
        }
        is_changed
    }

    /// The resource with the value of one more field, if it then says just that.
    fn with_value(
        &self,
        field: &BoundField,
        resource: &Map<String, Value>,
        has: &Value,
        beside: Beside<'_>,
    ) -> Option<Map<String, Value>> {
        let mut kept = resource.clone();
        for path in field.to.iter().filter(|path| path.read(resource).is_none()) {
            path.write(&mut kept, self.scim_value(field, path, has, beside.lists()));
        }
        let says = self.map_field(field, &kept, beside).ok().flatten();
        self.same(&field.name, says.as_ref(), Some(has)).then_some(kept)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::mapping::bound::tests::{account, bound, person};
    use crate::mapping::record::Desired;

    /// Somebody who is known at the vendor: a manager in a group, with a skill and a login of his own.
    fn veteran(bound: &Bound) -> VendorAccount {
        let more =
            json!({ "group": { "id": 55 }, "samlId": "ada", "externalId": "old", "avatar": "https://x.example/a.png" });
        bound.read_account(&account(more)).expect("a person")
    }

    #[test]
    fn a_person_of_whom_the_idp_says_little_keeps_what_the_account_has() {
        let bound = bound(json!({ "project_ids": [1] }));
        let account = veteran(&bound);
        let mut resource = person(json!({}));
        assert!(bound.keep_unsaid(&mut resource, &account, &Lists::default()));
        let Desired::Present(record) = bound.desired(&resource, Beside::default()).expect("maps").desired else {
            panic!("present")
        };
        for field in ["roleId", "projectIds", "skillIds", "groupId", "samlId", "externalId", "avatar"] {
            assert_eq!(record.0.get(field), account.record.0.get(field), "{field}");
        }
        assert_eq!(record.0["lastName"], "Lovelace", "what the IdP says holds");
        assert_eq!(
            resource["urn:scim-bridge:iadvize:2.0:User"]["roleId"], "manager",
            "the IdP reads it as its own word"
        );
    }

    #[test]
    fn what_the_idp_says_is_not_overwritten() {
        let bound = bound(json!({}));
        let said =
            json!({ "roleId": "operator", "groupId": 56, "skillIds": [902], "samlId": "mine", "projectIds": [7] });
        let more = json!({ "externalId": "new", "photos": [{ "value": "https://x.example/b.png" }], "urn:scim-bridge:iadvize:2.0:User": said });
        let mut resource = person(more);
        let before = resource.clone();
        assert!(!bound.keep_unsaid(&mut resource, &veteran(&bound), &Lists::default()));
        assert_eq!(Value::Object(resource), Value::Object(before));
    }

    #[test]
    fn what_the_default_says_anyway_is_not_pinned() {
        let bound = bound(json!({ "default_role_id": 3, "project_ids": [6661] }));
        let mut resource = person(json!({}));
        let read = bound.read_account(&account(json!({ "skills": [] }))).expect("a person");
        assert!(!bound.keep_unsaid(&mut resource, &read, &Lists::default()), "{resource:?}");
    }
}
