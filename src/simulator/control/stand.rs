//! What a vendor must offer to be simulated. It promises nothing about any of them.

use std::future::Future;

use serde_json::{Map, Value};

use super::message::{Answer, Request};

/// What a request is about, for the call log and the fault rules.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Operation {
    /// Names in the vendor's words: the fields that a GraphQL document asks for at its root, `token` for a login.
    pub names: Vec<String>,
    /// The name that the caller gave to the operation.
    pub caller_name: Option<String>,
    /// Variables or form fields, secrets masked.
    pub variables: Option<Value>,
}

/// A simulated vendor.
pub trait Stand: Send + Sync + 'static {
    /// What [`Self::prepare`] has already read, so that [`Self::answer`] need not read it again.
    type Prepared: Send;

    /// Reads a request without doing anything.
    fn prepare(&self, request: &Request) -> (Operation, Self::Prepared);

    /// Does what the request asks. The operation has happened when the future is ready, and not before it is polled.
    fn answer(&self, request: &Request, prepared: Self::Prepared) -> impl Future<Output = Answer> + Send;

    /// All data, without passwords.
    fn state(&self) -> Value;

    /// The vendor's own knobs.
    fn knobs(&self) -> Map<String, Value>;

    /// Changes the knobs that are given.
    ///
    /// # Errors
    /// A sentence that names the unknown knob or the wrong value; nothing has changed then.
    fn set_knobs(&self, changes: Map<String, Value>) -> Result<(), String>;

    /// Forgets all tokens.
    fn revoke_tokens(&self);

    /// The vendor's own orders below `/_sim/`: what somebody does there by hand, or what happens without anybody.
    fn orders(&self) -> &'static [&'static str] {
        &[]
    }

    /// Obeys one of [`Self::orders`].
    ///
    /// # Errors
    /// When the order is malformed or names what is not there; nothing has changed then.
    fn act(&self, order: &str, _body: &Value) -> Result<(), String> {
        Err(format!("{order}: this vendor knows no such order"))
    }

    /// Mails that would have been sent, oldest first.
    fn outbox(&self) -> Value {
        Value::Array(Vec::new())
    }

    /// Seed data, default knobs, no tokens.
    fn reset(&self);
}
