//! What is true of every answer, whatever was asked: a SCIM error instead of anything unexpected, the request id, a log line, a count, an end in time.

use std::cell::{Cell, OnceCell};
use std::sync::Arc;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{
    ALLOW, AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue, LOCATION, RETRY_AFTER, WWW_AUTHENTICATE,
};
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::authentication::Credential;
use super::call::{Call, Caller};
use super::error::InboundError;
use super::guard::guard;
use super::problem::{Failure, Problem};
use super::query::Parameters;
use super::route::{Address, Place};
use super::span::{Exchange, REQUEST_ID};
use super::{Connection, Inbound, Offer, bulk, discovery, endpoint, extra, health, location, me, media, search};
use crate::ids::ScimId;
use crate::provision::RequestContext;
use crate::provision::error::ProvisionError;
use crate::store::{Kind, StoreError};

/// How much longer than `answer_within` anything may take before the request is answered without it. The engine answers in time by itself;
/// this is for what it did not foresee.
const GRACE: Duration = Duration::from_secs(5);
/// How long requests that belong to no connection may take.
const STRAY_ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// Answers any request on a listener.
pub async fn answer(
    request: HttpRequest,
    payload: Payload,
    inbound: Data<Inbound>,
    offer: Data<Offer>,
) -> HttpResponse {
    let exchange = Exchange::of(&request);
    let address = Address::find(request.path());
    let connection = address.connection.and_then(|name| inbound.connections.get(name));
    let ending = Ending::new(&inbound, connection.map(Arc::as_ref), &exchange);

    let patience = connection.map_or(STRAY_ANSWER_WITHIN, |connection| connection.answer_within + GRACE);
    let outcome = guard(patience, respond(&inbound, &request, &address, payload, **offer, &ending)).await;
    let outcome = outcome.unwrap_or_else(|accident| Err(accident.for_client(&exchange.request_id).into()));
    let plain = connection.is_some_and(|connection| connection.switches.plain_json);
    let mut response = outcome.unwrap_or_else(|failure| error_response(&failure, plain));
    if let Ok(id) = HeaderValue::from_str(exchange.request_id.as_str()) {
        response.headers_mut().insert(HeaderName::from_static(REQUEST_ID), id);
    }
    ending.status.set(Some(response.status().as_u16()));
    ending.keep_resource(&address, &response);
    response
}

async fn respond(
    inbound: &Inbound,
    request: &HttpRequest,
    address: &Address<'_>,
    payload: Payload,
    offer: Offer,
    ending: &Ending<'_>,
) -> Result<HttpResponse, Failure> {
    if !address.place.is_scim() {
        return beside_scim(inbound, request, address.place, offer).await;
    }
    if !offer.scim {
        return Err(unknown(request).into());
    }
    let (connection, credential) = authenticate(inbound, request, address)?;
    if let Some(credential) = credential {
        // Set once per request, here.
        let _ = ending.credential.set(credential);
    }
    // Before the method: an address that is not there has none.
    let extra = match address.extra {
        Some(endpoint) => Some(connection.provisioner.bound().resource_at(endpoint).ok_or_else(|| unknown(request))?),
        None => None,
    };
    check_method(address.place, request)?;
    let caller = Caller {
        connection,
        context: RequestContext {
            request_id: ending.exchange.request_id.clone(),
            credential: ending.credential.get().map(|credential| credential.name.clone()).unwrap_or_default(),
            deadline: ending.exchange.started + connection.answer_within,
        },
        base: location::scim_base(inbound.public_url.as_deref(), request, connection.name.as_str()),
    };
    let id = address.id.as_deref();
    let call = Call { caller, request, id, parameters: Parameters::read(request.query_string())? };
    if let Some(resource) = extra {
        return match address.place {
            Place::ExtraSearch => extra::answer_search(&call, resource, payload).await,
            Place::Extra => extra::one(&call, resource, id.unwrap_or_default()).await,
            _ => extra::collection(&call, resource).await,
        };
    }
    match address.place {
        Place::Root => search::everything(&call).await,
        Place::Users => endpoint::collection(&call, Kind::User, payload).await,
        Place::User => endpoint::one(&call, Kind::User, id.unwrap_or_default(), payload).await,
        Place::Groups => endpoint::collection(&call, Kind::Group, payload).await,
        Place::Group => endpoint::one(&call, Kind::Group, id.unwrap_or_default(), payload).await,
        Place::ServiceProviderConfig => Ok(discovery::service_provider_config(&call)),
        Place::ResourceTypes => discovery::resource_types(&call),
        Place::ResourceType => discovery::resource_type(&call),
        Place::Schemas => discovery::schemas(&call),
        Place::Schema => discovery::schema(&call),
        Place::Bulk => bulk::answer(&call, payload).await,
        Place::Search => search::answer(&call, None, payload).await,
        Place::UserSearch => search::answer(&call, Some(Kind::User), payload).await,
        Place::GroupSearch => search::answer(&call, Some(Kind::Group), payload).await,
        Place::Me => {
            let credential = ending.credential.get();
            me::answer(&call, credential.and_then(|credential| credential.me.as_deref()), payload).await
        }
        Place::Extras
        | Place::Extra
        | Place::ExtraSearch
        | Place::Live
        | Place::Ready
        | Place::Metrics
        | Place::OtherVersion
        | Place::Unknown => Err(unknown(request).into()),
    }
}

/// What belongs to no connection.
async fn beside_scim(
    inbound: &Inbound,
    request: &HttpRequest,
    place: Place,
    offer: Offer,
) -> Result<HttpResponse, Failure> {
    match place {
        Place::Live | Place::Ready => check_method(place, request)?,
        Place::Metrics if offer.metrics => check_method(place, request)?,
        Place::OtherVersion => return Err(InboundError::UnsupportedVersion { path: shown_path(request) }.into()),
        _ => return Err(unknown(request).into()),
    }
    Ok(match place {
        Place::Live => health::live(),
        Place::Ready => health::ready(inbound).await,
        _ => health::metrics(inbound).await,
    })
}

fn unknown(request: &HttpRequest) -> InboundError {
    InboundError::UnknownAddress { path: shown_path(request) }
}

/// The path as it is quoted back: cut when it is absurdly long.
fn shown_path(request: &HttpRequest) -> String {
    request.path().chars().take(200).collect()
}

fn check_method(place: Place, request: &HttpRequest) -> Result<(), InboundError> {
    let method = request.method().as_str();
    if place.allows(method) {
        return Ok(());
    }
    Err(InboundError::MethodNotAllowed { method: method.chars().take(20).collect(), allow: place.allow() })
}

/// Finds the connection and checks the credential. An unknown connection is answered like a wrong token, so that names cannot be searched for.
///
/// `ServiceProviderConfig` may be read without any credential, because a client learns from it how to authenticate (RFC 7644 section 4); a wrong
/// one is refused there too, since IdPs use that address to test their token.
fn authenticate<'a>(
    inbound: &'a Inbound,
    request: &HttpRequest,
    address: &Address<'_>,
) -> Result<(&'a Connection, Option<Arc<Credential>>), InboundError> {
    let authorization = request.headers().get(AUTHORIZATION).map(HeaderValue::as_bytes);
    let connection = address.connection.and_then(|name| inbound.connections.get(name));
    let Some(connection) = connection else {
        return Err(if authorization.is_none() { InboundError::NoCredential } else { InboundError::WrongCredential });
    };
    if authorization.is_none() && address.place == Place::ServiceProviderConfig {
        return Ok((connection, None));
    }
    let credential = connection.tokens.admit(authorization, inbound.clock.now())?;
    Ok((connection, Some(credential)))
}

/// Writes a failure into the log when the operator must know more of it than the IdP.
pub(super) fn tell_operator(failure: &Failure) {
    if let Failure::Provision(ProvisionError::Store(error @ StoreError::Unavailable { .. })) = failure {
        tracing::error!(%error, "the store failed: {error}");
    }
}

/// Writes a failure down as a SCIM error. Errors are `application/scim+json` whatever `Accept` says, but for connections that are always answered
/// plain JSON.
fn error_response(failure: &Failure, plain: bool) -> HttpResponse {
    tell_operator(failure);
    let problem = Problem::of(failure);
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut builder = HttpResponse::build(status);
    let media_type = if plain { media::JSON } else { media::SCIM_JSON };
    builder.insert_header((CONTENT_TYPE, HeaderValue::from_static(media_type)));
    if let Some(seconds) = problem.retry_after_seconds {
        builder.insert_header((RETRY_AFTER, HeaderValue::from(seconds)));
    }
    if let Some(allow) = problem.allow {
        builder.insert_header((ALLOW, HeaderValue::from_static(allow)));
    }
    if let Some(challenge) = problem.challenge {
        builder.insert_header((WWW_AUTHENTICATE, HeaderValue::from_static(challenge)));
    }
    builder.body(problem.body())
}

/// The end of a request, however it comes: one log line and one count, also when the client hangs up first.
struct Ending<'a> {
    inbound: &'a Inbound,
    connection: Option<&'a Connection>,
    exchange: &'a Exchange,
    credential: OnceCell<Arc<Credential>>,
    resource: OnceCell<ScimId>,
    status: Cell<Option<u16>>,
}

/// Status in log and metrics when the client hung up before the answer; nobody gets it.
const HUNG_UP: u16 = 499;

impl<'a> Ending<'a> {
    fn new(inbound: &'a Inbound, connection: Option<&'a Connection>, exchange: &'a Exchange) -> Self {
        Self {
            inbound,
            connection,
            exchange,
            credential: OnceCell::new(),
            resource: OnceCell::new(),
            status: Cell::new(None),
        }
    }

    /// The resource that an answered request was about. Only ids that the bridge itself has made: a client may put anything into an address, also
    /// somebody's e-mail address.
    fn keep_resource(&self, address: &Address<'_>, response: &HttpResponse) {
        // The ids of the mapping's own resource types are the vendor's.
        if address.extra.is_some() {
            return;
        }
        let created = response.headers().get(LOCATION).and_then(|location| location.to_str().ok()?.rsplit('/').next());
        let asked = address.id.as_deref().filter(|_| matches!(address.place, Place::User | Place::Group));
        if let Some(id) = created.or(asked).and_then(ScimId::parse_own) {
            // Set once per request, here.
            let _ = self.resource.set(id);
        }
    }
}

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        let Exchange { place, method, started, .. } = *self.exchange;
        let took = started.elapsed();
        let status = self.status.get().unwrap_or(HUNG_UP);
        self.connection.map_or(&self.inbound.stray, |connection| &connection.meters).count(place, method, status, took);

        let route = place.label();
        let credential = self.credential.get().map(|credential| credential.name.as_str());
        let resource = self.resource.get().map(ScimId::as_str);
        let duration_ms = f64::from(u32::try_from(took.as_micros()).unwrap_or(u32::MAX)) / 1000.0;
        // Whoever watches the bridge asks every few seconds: only a bad answer is worth a line.
        let is_watch = matches!(place, Place::Live | Place::Ready | Place::Metrics);
        if status == HUNG_UP {
            tracing::info!(
                status,
                duration_ms,
                credential,
                scim.id = resource,
                "{method} {route}: the client hung up before the answer"
            );
        } else if is_watch && status < 400 {
            tracing::debug!(status, duration_ms, "{method} {route} answered {status}");
        } else {
            tracing::info!(status, duration_ms, credential, scim.id = resource, "{method} {route} answered {status}");
        }
    }
}

#[cfg(test)]
mod tests;
