//! `/Groups` where a connection offers none: IdPs list groups when they test a connection and must be told that there are none; writes are refused.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::call::Call;
use super::error::InboundError;
use super::problem::Failure;
use crate::provision::error::ProvisionError;
use crate::scim::list::envelope;

/// `/Groups`: Okta and Entra ask for it in their connection test.
pub(super) fn collection(call: &Call<'_>) -> Result<HttpResponse, Failure> {
    if call.method() == "GET" {
        return Ok(call.answer(StatusCode::OK, envelope::<&str>(0, call.parameters.start_index, &[])));
    }
    Err(not_offered())
}

/// `/Groups/{id}`.
pub(super) fn one(call: &Call<'_>) -> Result<HttpResponse, Failure> {
    if call.method() == "GET" {
        let id = call.id.unwrap_or_default().chars().take(100).collect();
        return Err(ProvisionError::NotFound { kind: "Group", id }.into());
    }
    Err(not_offered())
}

fn not_offered() -> Failure {
    InboundError::NotOffered { what: "changing groups" }.into()
}
