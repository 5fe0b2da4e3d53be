use std::sync::Mutex;

use actix_web::test::{TestRequest, call_service, init_service};
use serde_json::Value;
use tracing_subscriber::layer::SubscriberExt as _;

use super::*;
use crate::clock::SystemClock;
use crate::inbound::application;
use crate::store::sqlite::{Role, SqliteStore};
use crate::telemetry;

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_request_is_one_line_that_reads_alone_and_tells_nothing_personal() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&folder.path().join("bridge.db"), Role::Server).unwrap();
    let recorder = metrics_exporter_prometheus::PrometheusBuilder::new().build_recorder();
    let inbound = Inbound::new(Vec::new(), None, Arc::new(store), Arc::new(SystemClock), recorder.handle());
    let service = init_service(application(Data::new(inbound), Offer { scim: true, metrics: true })).await;

    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::registry().with(telemetry::json::layer(move || writer.clone()));
    let _logging = tracing::subscriber::set_default(subscriber);
    let request = TestRequest::get()
        .uri("/scim/v2/support/Users/mara?filter=userName+eq+%22mara%40example.com%22")
        .insert_header(("authorization", "Bearer top-secret"))
        .insert_header(("x-request-id", "okta-17"));
    let response = call_service(&service, request.to_request()).await;
    assert_eq!(response.status(), 401);

    let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let [line] = &lines[..] else { panic!("{text}") };
    for (name, value) in [
        ("message", "GET /Users/{id} answered 401"),
        ("level", "INFO"),
        ("request_id", "okta-17"),
        ("connection", "support"),
        ("method", "GET"),
        ("route", "/Users/{id}"),
    ] {
        assert_eq!(line[name], value, "{line}");
    }
    assert_eq!(line["status"], 401);
    assert!(line["duration_ms"].is_number(), "{line}");
    for personal in ["mara", "top-secret"] {
        assert!(!text.contains(personal), "{text}");
    }
}
