//! `/Me` (RFC 7644 section 3.11): the person on whose behalf a token acts, when the configuration says so. Everything is as at `/Users/{id}`, and
//! `Location` names that permanent address.

use actix_web::HttpResponse;
use actix_web::web::Payload;
use serde_json::Value;

use super::call::Call;
use super::endpoint;
use super::error::InboundError;
use super::operation;
use super::problem::Failure;
use crate::scim::filter::{AttrPath, Filter, Operator};
use crate::store::{Kind, Start};

/// Answers `/Me`. `me` is the userName that stands beside the token.
pub(super) async fn answer(call: &Call<'_>, me: Option<&str>, payload: Payload) -> Result<HttpResponse, Failure> {
    let Some(user_name) = me else {
        return Err(
            InboundError::NotOffered { what: "/Me (the configuration names nobody as `me` of this token)" }.into()
        );
    };
    if call.method() == "POST" {
        return Err(InboundError::NotOffered { what: "creating oneself at /Me" }.into());
    }
    let path = AttrPath { urn: None, name: "userName".to_owned(), sub: None };
    let filter = Filter::Compare(path, Operator::Eq, Value::from(user_name));
    let found = operation::query(&call.caller, Kind::User, Some(filter), None, (Start::Index(1), 1)).await?;
    let Some(person) = found.resources.first() else {
        return Err(InboundError::NobodyIsMe { user_name: user_name.to_owned() }.into());
    };
    endpoint::one(call, Kind::User, person.id.as_str(), payload).await
}
