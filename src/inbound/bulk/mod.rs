//! `/Bulk` (RFC 7644 section 3.7): many operations in one request, each as if it had come alone. No operation's failure is another's, unless it
//! refers to what was not made.
//!
//! `request` takes the message apart, `plan` finds the order, `run` carries out, `response` writes down.

pub mod error;

mod plan;
mod references;
mod request;
mod response;
mod run;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Payload;

use super::call::Call;
use super::problem::Failure;

/// Most operations in one bulk; more are refused (413). It bounds the work that one request begins; vendors whose pace is a few calls a second do
/// a tenth of it within `answer_within`, and the rest is told to come again.
pub const MAX_OPERATIONS: usize = 1_000;
/// Largest bulk, 8 MiB: a thousand people of a few kilobytes each, or some groups of ten thousand members. A larger one is refused (413).
pub const MAX_PAYLOAD_BYTES: usize = 8 << 20;

/// POST to `/Bulk`. Answered 200 also when operations failed: each has its status in the answer.
pub(super) async fn answer(call: &Call<'_>, payload: Payload) -> Result<HttpResponse, Failure> {
    let body = call.json(payload, MAX_PAYLOAD_BYTES).await?;
    let request = request::read(body, &call.caller.base)?;
    let results = run::all(&call.caller, &request).await;
    Ok(call.answer(StatusCode::OK, response::write(&request.entries, &results)))
}
