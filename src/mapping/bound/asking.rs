//! Which calls of a mapping only ask, and the question for the vendor's GraphQL schema, which no mapping has to name.

use serde_json::json;

use super::calls::{BoundBody, BoundCall};
use super::{Bound, CallName, RenderError, Scope};
use crate::mapping::introspection::QUERY;
use crate::mapping::model::Method;
use crate::mapping::wire::{Body, HttpRequest};

impl Bound {
    /// Can the call change nothing at the vendor: a question by GET, a GraphQL query, or a list that the vendor wants to be asked for by POST?
    /// What the mapping calls a change is one, whatever it is sent with.
    pub fn only_reads(&self, call: &CallName) -> bool {
        let is_question = |bound: &BoundCall| match call {
            CallName::Read | CallName::List | CallName::Lists(_) | CallName::Find | CallName::Membership(_) => true,
            // one that must not be made twice does something
            CallName::Named(_) => bound.repeatable,
            CallName::Create | CallName::Update(_) | CallName::Delete => false,
        };
        let bound = self.calls.get(call).filter(|bound| is_question(bound));
        bound.is_some_and(|bound| match (&bound.body, bound.method) {
            (BoundBody::Graphql { text, .. }, _) => !text.is_mutation,
            (_, Method::Get) => true,
            (_, Method::Post) => bound.list.is_some(),
            (_, Method::Put | Method::Patch | Method::Delete) => false,
        })
    }

    /// Does any call of this part speak GraphQL, so that the vendor can be asked for its schema?
    pub fn speaks_graphql(&self) -> bool {
        self.graphql_list().is_some()
    }

    /// The question for the vendor's GraphQL schema.
    ///
    /// # Errors
    /// When no list of this part is asked for by GraphQL, or its address cannot be made.
    pub fn introspection_request(&self) -> Result<HttpRequest, RenderError> {
        let list =
            self.graphql_list().ok_or_else(|| RenderError::new("api.graphql", "no list is asked for by GraphQL"))?;
        let request = self.request(&list, &Scope::default())?;
        Ok(HttpRequest { body: Body::Json(json!({ "query": QUERY, "operationName": "Introspection" })), ..request })
    }

    /// A list whose address is the GraphQL endpoint.
    fn graphql_list(&self) -> Option<CallName> {
        let is_graphql =
            |name: &CallName| self.calls.get(name).is_some_and(|call| matches!(call.body, BoundBody::Graphql { .. }));
        self.list_calls().into_iter().find(is_graphql)
    }
}
