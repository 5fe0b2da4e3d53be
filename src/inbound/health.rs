//! `/health/live`, `/health/ready`, `/metrics`: for machines that watch, without credentials. No personal data is in them.

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, ContentType};
use serde_json::{Map, Value, json};

use super::Inbound;
use crate::provision::VendorHealth;
use crate::telemetry::metrics::WORK;

/// How long the store may take to say that it is there. Longer counts as not there.
const STORE_CHECK_TIMEOUT: Duration = Duration::from_secs(2);

/// 200 as long as the loop runs that answers requests.
pub(super) fn live() -> HttpResponse {
    document(StatusCode::OK, &json!({ "status": "live" }))
}

/// 200 when requests can be carried out. A vendor that is down is only information: its people are still answered, and a restart would not help.
pub(super) async fn ready(inbound: &Inbound) -> HttpResponse {
    let store = matches!(tokio::time::timeout(STORE_CHECK_TIMEOUT, inbound.store.check()).await, Ok(Ok(())));
    let draining = inbound.is_draining();
    let ready = store && !draining;
    let mut names: Vec<_> = inbound.connections().collect();
    names.sort_by_key(|connection| connection.name());
    let connections: Map<String, Value> = names
        .into_iter()
        .map(|connection| {
            let vendor = match connection.provisioner().vendor_health() {
                VendorHealth::NotAskedYet => "not asked yet",
                VendorHealth::Reachable => "reachable",
                VendorHealth::Failing => "failing",
            };
            (connection.name().to_string(), json!({ "vendor": vendor }))
        })
        .collect();
    let body = json!({
        "status": if ready { "ready" } else { "not ready" },
        "store": if store { "ok" } else { "failing" },
        "draining": draining,
        "connections": connections,
    });
    document(if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }, &body)
}

/// Everything counted, in the text form of Prometheus.
pub(super) async fn metrics(inbound: &Inbound) -> HttpResponse {
    for connection in inbound.connections() {
        let counted = tokio::time::timeout(STORE_CHECK_TIMEOUT, inbound.store.work_counts(connection.name())).await;
        // A store that fails shows in `/health/ready`; what was counted last stays.
        let Ok(Ok(counts)) = counted else { continue };
        for state in ["settled", "pending", "failed"] {
            let found = counts.iter().find(|(counted, _)| work_label(*counted) == state).map_or(0, |(_, count)| *count);
            // A gauge holds 52 bits exactly; a store holds fewer accounts.
            #[expect(clippy::cast_precision_loss, reason = "more than 2^52 accounts do not fit a store")]
            metrics::gauge!(WORK, "connection" => connection.name().to_string(), "state" => state).set(found as f64);
        }
    }
    HttpResponse::Ok().content_type("text/plain; version=0.0.4; charset=utf-8").body(inbound.metrics.render())
}

fn work_label(state: crate::store::WorkState) -> &'static str {
    use crate::store::WorkState::{Failed, Pending, Settled};
    match state {
        Settled => "settled",
        Pending => "pending",
        Failed => "failed",
    }
}

fn document(status: StatusCode, body: &Value) -> HttpResponse {
    HttpResponse::build(status)
        .content_type(ContentType::json())
        .insert_header((CACHE_CONTROL, "no-store"))
        .body(body.to_string())
}
