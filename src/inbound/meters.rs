//! Counts requests. The handles are looked up once per label set, so that counting costs an atomic addition.

use std::sync::OnceLock;
use std::time::Duration;

use metrics::{Counter, Histogram};

use super::route::{METHODS, PLACES, Place};
use crate::telemetry::metrics::{REQUEST_SECONDS, REQUESTS};

/// Status classes, by their first digit.
const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

/// The counters of one connection.
pub struct Meters {
    connection: String,
    requests: Vec<OnceLock<Counter>>,
    seconds: Vec<OnceLock<Histogram>>,
}

impl std::fmt::Debug for Meters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Meters").field("connection", &self.connection).finish_non_exhaustive()
    }
}

impl Meters {
    /// Counters that carry the connection's name.
    pub fn new(connection: &str) -> Self {
        let pairs = PLACES * METHODS.len();
        Self {
            connection: connection.to_owned(),
            requests: (0..pairs * CLASSES.len()).map(|_| OnceLock::new()).collect(),
            seconds: (0..pairs).map(|_| OnceLock::new()).collect(),
        }
    }

    /// Counts one request. `method` is a label of [`METHODS`].
    pub fn count(&self, place: Place, method: &'static str, status: u16, took: Duration) {
        let method_index = METHODS.iter().position(|known| *known == method).unwrap_or(METHODS.len() - 1);
        let class_index = (usize::from(status) / 100).clamp(1, CLASSES.len()) - 1;
        let pair = place as usize * METHODS.len() + method_index;
        self.requests[pair * CLASSES.len() + class_index]
            .get_or_init(|| self.counter(place, method, CLASSES[class_index]))
            .increment(1);
        self.seconds[pair].get_or_init(|| self.histogram(place, method)).record(took);
    }

    fn counter(&self, place: Place, method: &'static str, class: &'static str) -> Counter {
        metrics::counter!(REQUESTS, "connection" => self.connection.clone(), "route" => place.label(), "method" => method, "status" => class)
    }

    fn histogram(&self, place: Place, method: &'static str) -> Histogram {
        metrics::histogram!(REQUEST_SECONDS, "connection" => self.connection.clone(), "route" => place.label(), "method" => method)
    }
}

#[cfg(test)]
mod tests {
    use metrics_exporter_prometheus::PrometheusBuilder;

    use super::*;

    #[test]
    fn requests_are_counted_by_closed_labels() {
        let recorder = PrometheusBuilder::new().build_recorder();
        let handle = recorder.handle();
        metrics::with_local_recorder(&recorder, || {
            let meters = Meters::new("support");
            meters.count(Place::User, "PATCH", 200, Duration::from_millis(3));
            meters.count(Place::User, "PATCH", 204, Duration::from_millis(3));
            meters.count(Place::Unknown, "other", 999, Duration::from_millis(3));
            meters.count(Place::Unknown, "never seen", 99, Duration::from_millis(3));
        });
        let text = handle.render();
        assert!(
            text.contains(
                r#"scim_bridge_requests_total{connection="support",route="/Users/{id}",method="PATCH",status="2xx"} 2"#
            ),
            "{text}"
        );
        assert!(text.contains(r#"route="unknown",method="other",status="5xx"} 1"#), "{text}");
    }
}
