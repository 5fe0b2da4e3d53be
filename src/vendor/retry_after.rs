//! How long the vendor asks us to wait: `Retry-After` in both forms (RFC 9110 section 10.2.3) and the rate headers that
//! many APIs send. Reads only; what follows is decided elsewhere.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::fmt::rfc2822::DateTimeParser;
use jiff::tz::TimeZone;

use crate::mapping::wire::HttpAnswer;

/// From this number on, a reset header is seconds since 1970, else seconds from now: 2001 lies before any such API,
/// thirty years are no pause.
const EPOCH_FROM: u64 = 1_000_000_000;
/// Pairs of headers: calls that are left, and when there are new ones.
const RATE_HEADERS: [(&str, &str); 2] =
    [("x-ratelimit-remaining", "x-ratelimit-reset"), ("ratelimit-remaining", "ratelimit-reset")];

/// Reads `Retry-After`. A date in the past and `0` are no pause at all; text that is neither form counts as absent.
pub(super) fn retry_after(answer: &HttpAnswer, now: Timestamp) -> Option<Duration> {
    let text = header(answer, "retry-after")?;
    if let Some(seconds) = whole_seconds(text) {
        return Some(Duration::from_secs(seconds));
    }
    http_date(text).map(|date| until(date, now))
}

/// Reads the rate headers: `Some` when no call is left, with the time until there are new ones.
pub(super) fn exhausted_for(answer: &HttpAnswer, now: Timestamp) -> Option<Duration> {
    RATE_HEADERS.iter().find_map(|(remaining, reset)| {
        if whole_seconds(header(answer, remaining)?)? > 0 {
            return None;
        }
        let reset = whole_seconds(header(answer, reset)?)?;
        if reset < EPOCH_FROM {
            return Some(Duration::from_secs(reset));
        }
        Some(until(Timestamp::from_second(i64::try_from(reset).ok()?).ok()?, now))
    })
}

fn header<'a>(answer: &'a HttpAnswer, name: &str) -> Option<&'a str> {
    answer.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.trim())
}

/// Whole seconds; a fraction, which some APIs send, is rounded up.
fn whole_seconds(text: &str) -> Option<u64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !is_digits(whole) || !is_digits(fraction) {
        return None;
    }
    let rounds_up = fraction.bytes().any(|byte| byte != b'0');
    whole.parse::<u64>().ok().map(|seconds| seconds.saturating_add(u64::from(rounds_up)))
}

fn until(date: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(date.duration_since(now)).unwrap_or(Duration::ZERO)
}

/// RFC 9110 section 5.6.7: `IMF-fixdate`, and the two obsolete forms that recipients must accept.
fn http_date(text: &str) -> Option<Timestamp> {
    static FIXDATE: DateTimeParser = DateTimeParser::new().relaxed_weekday(true);
    if let Ok(date) = FIXDATE.parse_timestamp(text) {
        return Some(date);
    }
    ["%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"]
        .iter()
        .find_map(|form| DateTime::strptime(form, text).ok())
        .and_then(|date| date.to_zoned(TimeZone::UTC).ok())
        .map(|date| date.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(headers: &[(&str, &str)]) -> HttpAnswer {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        HttpAnswer { status: 429, headers, text: String::new(), json: None }
    }

    fn asked(value: &str) -> Option<u64> {
        let now = "1994-11-06T08:49:07Z".parse().unwrap();
        retry_after(&answer(&[("retry-after", value)]), now).map(|pause| pause.as_secs())
    }

    #[test]
    fn both_forms_are_read() {
        assert_eq!(asked("120"), Some(120));
        assert_eq!(asked("0"), Some(0));
        assert_eq!(asked("1.5"), Some(2));
        assert_eq!(asked("Sun, 06 Nov 1994 08:49:37 GMT"), Some(30));
        assert_eq!(asked("Sunday, 06-Nov-94 08:49:37 GMT"), Some(30));
        assert_eq!(asked("Sun Nov  6 08:49:37 1994"), Some(30));
    }

    #[test]
    fn a_date_in_the_past_is_no_pause() {
        assert_eq!(asked("Sun, 06 Nov 1994 08:00:00 GMT"), Some(0));
    }

    #[test]
    fn nonsense_counts_as_absent() {
        for text in ["", "soon", "-5", "1e3", "1.x", ".5", "99999999999999999999"] {
            assert_eq!(asked(text), None, "{text}");
        }
    }

    #[test]
    fn rate_headers_count_only_when_nothing_is_left() {
        let now = Timestamp::from_second(1_700_000_000).unwrap();
        let left = |remaining, reset| {
            exhausted_for(&answer(&[("x-ratelimit-remaining", remaining), ("x-ratelimit-reset", reset)]), now)
        };
        assert_eq!(left("3", "20"), None);
        assert_eq!(left("0", "20"), Some(Duration::from_secs(20)));
        assert_eq!(left("0", "1700000007"), Some(Duration::from_secs(7)));
        assert_eq!(left("0", "1600000000"), Some(Duration::ZERO));
        assert_eq!(left("0", "later"), None);
    }
}
