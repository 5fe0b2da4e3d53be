//! A JSON object per log line, made without building a document: a request costs microseconds, its line must not cost more.
//!
//! Members: `at`, `level`, `from` (module), `message`, the event's fields, then the fields of the spans around it. A field never appears twice in
//! the event itself; when a span repeats a name of an inner one, readers take the last.

use std::fmt::{self, Write as _};

use jiff::Timestamp;
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, FormattedFields, MakeWriter};
use tracing_subscriber::registry::LookupSpan;

use crate::clock::{Clock as _, SystemClock};

/// The layer that writes such lines.
pub fn layer<S, W>(writer: W) -> impl Layer<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    tracing_subscriber::fmt::layer().fmt_fields(Members).event_format(Line).with_writer(writer)
}

/// Fields as JSON members, each with a comma in front.
struct Members;

impl<'writer> FormatFields<'writer> for Members {
    fn format_fields<R: RecordFields>(&self, writer: Writer<'writer>, fields: R) -> fmt::Result {
        let mut visitor = MemberVisitor { writer, outcome: Ok(()) };
        fields.record(&mut visitor);
        visitor.outcome
    }

    fn add_fields(
        &self,
        current: &'writer mut FormattedFields<Self>,
        fields: &tracing::span::Record<'_>,
    ) -> fmt::Result {
        self.format_fields(current.as_writer(), fields)
    }
}

/// A whole line.
struct Line;

impl<S> FormatEvent<S, Members> for Line
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, Members>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let metadata = event.metadata();
        write!(writer, "{{\"at\":\"{}\",\"level\":\"{}\",\"from\":", at(SystemClock.now()), metadata.level())?;
        write_text(&mut writer, metadata.target())?;
        context.format_fields(writer.by_ref(), event)?;
        if let Some(scope) = context.event_scope() {
            for span in scope.from_root() {
                if let Some(fields) = span.extensions().get::<FormattedFields<Members>>() {
                    writer.write_str(&fields.fields)?;
                }
            }
        }
        writer.write_str("}\n")
    }
}

/// Microseconds are enough, and always as many digits.
fn at(now: Timestamp) -> String {
    static DATE_TIME: jiff::fmt::temporal::DateTimePrinter =
        jiff::fmt::temporal::DateTimePrinter::new().precision(Some(6));
    DATE_TIME.timestamp_to_string(&now)
}

struct MemberVisitor<'writer> {
    writer: Writer<'writer>,
    outcome: fmt::Result,
}

impl MemberVisitor<'_> {
    fn put(&mut self, field: &Field, value: impl FnOnce(&mut Writer<'_>) -> fmt::Result) {
        if self.outcome.is_ok() {
            self.outcome = self.writer.write_char(',').and_then(|()| {
                write_text(&mut self.writer, field.name().strip_prefix("r#").unwrap_or(field.name()))?;
                self.writer.write_char(':')?;
                value(&mut self.writer)
            });
        }
    }
}

impl Visit for MemberVisitor<'_> {
    fn record_f64(&mut self, field: &Field, value: f64) {
        if value.is_finite() {
            self.put(field, |writer| write!(writer, "{value}"));
        } else {
            self.put(field, |writer| writer.write_str("null"));
        }
    }
    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, |writer| write!(writer, "{value}"));
    }
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, |writer| write!(writer, "{value}"));
    }
    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, |writer| write!(writer, "{value}"));
    }
    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, |writer| write_text(writer, value));
    }
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field, |writer| {
            writer.write_char('"')?;
            write!(Escaped(writer), "{value:?}")?;
            writer.write_char('"')
        });
    }
}

fn write_text(writer: &mut Writer<'_>, text: &str) -> fmt::Result {
    writer.write_char('"')?;
    Escaped(writer).write_str(text)?;
    writer.write_char('"')
}

/// Escapes text for the inside of a JSON string (RFC 8259 section 7).
struct Escaped<'a, 'writer>(&'a mut Writer<'writer>);

impl fmt::Write for Escaped<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut plain_from = 0;
        for (index, byte) in text.bytes().enumerate() {
            let escape = match byte {
                b'"' => "\\\"",
                b'\\' => "\\\\",
                b'\n' => "\\n",
                b'\r' => "\\r",
                b'\t' => "\\t",
                0..=0x1f => "",
                _ => continue,
            };
            self.0.write_str(&text[plain_from..index])?;
            if escape.is_empty() {
                write!(self.0, "\\u{byte:04x}")?;
            } else {
                self.0.write_str(escape)?;
            }
            plain_from = index + 1;
        }
        self.0.write_str(&text[plain_from..])
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;

    #[derive(Clone, Default)]
    struct Shared(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn lines_of(work: impl FnOnce()) -> Vec<serde_json::Value> {
        let shared = Shared::default();
        let writer = shared.clone();
        let subscriber = tracing_subscriber::registry().with(layer(move || writer.clone()));
        tracing::subscriber::with_default(subscriber, work);
        let bytes = shared.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn a_line_is_one_object_with_the_fields_of_event_and_spans() {
        let lines = lines_of(|| {
            let _request = tracing::info_span!("request", request_id = "r-1", late = tracing::field::Empty).entered();
            tracing::Span::current().record("late", 7);
            let status = 200_u16;
            tracing::info!(status, duration_ms = 1.5, ok = true, "GET answered {status}");
        });
        let [line] = &lines[..] else { panic!("{lines:?}") };
        for (name, value) in [
            ("level", serde_json::json!("INFO")),
            ("message", serde_json::json!("GET answered 200")),
            ("status", serde_json::json!(200)),
            ("duration_ms", serde_json::json!(1.5)),
            ("ok", serde_json::json!(true)),
            ("request_id", serde_json::json!("r-1")),
            ("late", serde_json::json!(7)),
        ] {
            assert_eq!(line[name], value, "{line}");
        }
        assert!(line["at"].as_str().unwrap().parse::<Timestamp>().is_ok());
    }

    #[test]
    fn no_text_breaks_the_line() {
        let nasty = "a\"b\\c\nd\te\u{1}f\u{e9}";
        let lines = lines_of(|| tracing::warn!(text = nasty, debug = ?nasty, "{nasty}"));
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0]["text"], nasty);
        assert_eq!(lines[0]["message"], nasty);
        assert_eq!(lines[0]["debug"], format!("{nasty:?}"));
    }

    #[test]
    fn numbers_that_json_does_not_know_are_null() {
        let lines = lines_of(|| tracing::info!(ratio = f64::NAN, "x"));
        assert!(lines[0]["ratio"].is_null());
    }
}
