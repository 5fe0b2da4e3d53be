//! The vendor's API as a whole: version, name, pace, retry, headers.

use indexmap::IndexMap;

use super::Checker;
use crate::document::Place;
use crate::mapping::tree::Tree;

/// The version of the mapping language that this program reads.
const VERSION: u32 = 1;
/// Longest time for one call that a mapping may ask for, in seconds. A call that takes longer holds its person's queue.
const LONGEST_TIMEOUT: u64 = 300;
/// Most attempts in a row. More only delay the moment when the work waits for a better time.
const MOST_ATTEMPTS: u32 = 10;
/// Headers that the bridge itself writes.
const OWN_HEADERS: [&str; 7] =
    ["authorization", "host", "content-length", "transfer-encoding", "connection", "cookie", "proxy-authorization"];

impl<'a> Checker<'a> {
    pub(super) fn check_api(&mut self) {
        let file = self.file;
        if file.version != VERSION {
            self.at(&Place::of(["version"]), format!("version {} of the mapping language is not known", file.version))
                .help(format!("this program reads version {VERSION}"));
        }
        let vendor = Place::of(["vendor"]);
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_';
        if file.vendor.name.is_empty() || !file.vendor.name.bytes().all(plain) {
            self.at(&vendor.key("name"), format!("`{}` is no short name", file.vendor.name))
                .help("it names metrics: use a-z, 0-9, - and _; the name as people write it goes into `title`");
        }
        if file.vendor.title.trim().is_empty() {
            self.at(&vendor.key("title"), "the title is empty").help("every error sentence begins with it");
        }
        self.check_pace();
        let api = Place::of(["api"]);
        self.check_hosts();
        self.check_headers(&file.api.headers, &api.key("headers"), false);
        if let Some(header) = &file.api.request_id_header {
            self.check_header_name(header, &api.key("request_id_header"), false);
        }
        self.check_sign_in(&api.key("sign_in"));
    }

    /// Names are legal, none is the bridge's own, none is given twice. `has_json`: the headers belong to a JSON body, whose media type the
    /// vendor may want to be called by a name of its own (`application/merge-patch+json`, RFC 7396).
    pub(super) fn check_headers(&mut self, headers: &'a IndexMap<String, Tree>, place: &Place, has_json: bool) {
        for (n, (name, value)) in headers.iter().enumerate() {
            self.check_header_name(name, &place.key(name), true);
            if name.eq_ignore_ascii_case("content-type") && !has_json {
                self.at_key(&place.key(name), format!("the header `{name}` must not be set here"))
                    .help("take it out: the bridge writes it; only a call with a JSON `body` may give it another type");
            }
            if headers.keys().take(n).any(|other| other.eq_ignore_ascii_case(name)) {
                self.at_key(&place.key(name), format!("the header `{name}` is given twice"));
            }
            if let Tree::Constant(serde_json::Value::String(text)) = value
                && text.chars().any(|c| c.is_control() || !c.is_ascii())
            {
                self.at(&place.key(name), "a header holds plain ASCII text");
            }
            if matches!(value, Tree::Object(_) | Tree::List(_) | Tree::Merge(_) | Tree::ForEach { .. }) {
                self.at(&place.key(name), "a header holds one text");
            }
        }
    }

    pub(super) fn check_header_name(&mut self, name: &str, place: &Place, at_key: bool) {
        let problem = if !is_header_name(name) {
            (format!("`{name}` is no name of a header"), Some("use letters, digits and -".to_owned()))
        } else if OWN_HEADERS.iter().any(|own| own.eq_ignore_ascii_case(name)) {
            let help = if name.eq_ignore_ascii_case("authorization") {
                "credentials are described by `api.sign_in`"
            } else {
                "take it out: the bridge writes this header itself"
            };
            (format!("the header `{name}` must not be set here"), Some(help.to_owned()))
        } else {
            return;
        };
        let report = if at_key { self.at_key(place, problem.0) } else { self.at(place, problem.0) };
        report.maybe_help(problem.1);
    }

    pub(super) fn check_base_url(&mut self, base_url: &Tree, place: &Place) {
        match base_url {
            Tree::Constant(serde_json::Value::String(text)) => {
                if let Some(problem) = super::settings::url_problem(text) {
                    self.at(place, problem).help(super::settings::URL_FORM);
                }
            }
            Tree::Reference(names) => {
                let setting = names.get(1).and_then(|name| self.file.settings.get(name));
                if setting.is_some_and(|setting| setting.kind != crate::mapping::model::SettingType::Url) {
                    self.at(place, "the base URL comes from a setting that is no address")
                        .help("declare the setting with `type: url`");
                }
            }
            Tree::Concat(_) | Tree::When { .. } | Tree::Expression(_) => {}
            _ => {
                self.at(place, "the base URL is one text")
                    .help("write $settings.base_url and declare that setting with `type: url`");
            }
        }
    }

    fn check_pace(&mut self) {
        let file = self.file;
        let api = Place::of(["api"]);
        let (limits, retry) = (&file.api.limits, &file.api.retry);
        if !(1..=LONGEST_TIMEOUT).contains(&file.api.timeout_seconds) {
            self.at(&api.key("timeout_seconds"), format!("a timeout is 1 to {LONGEST_TIMEOUT} seconds"));
        }
        if !(limits.rate_per_second > 0.0 && limits.rate_per_second <= 10_000.0) {
            self.at(
                &api.key("limits").key("rate_per_second"),
                "a rate is more than 0 and at most 10000 calls per second",
            );
        }
        for (key, value) in [("burst", limits.burst), ("concurrency", limits.concurrency)] {
            if value == 0 {
                self.at(&api.key("limits").key(key), format!("with `{key}: 0` no call could ever go out"));
            }
        }
        if !(1..=MOST_ATTEMPTS).contains(&retry.attempts) {
            self.at(
                &api.key("retry").key("attempts"),
                format!("1 to {MOST_ATTEMPTS} attempts are possible, the first included"),
            );
        }
        let pauses = [
            ("first_pause_seconds", retry.first_pause_seconds),
            ("longest_pause_seconds", retry.longest_pause_seconds),
            ("limited_at_least_seconds", retry.limited_at_least_seconds),
            ("limited_pause_seconds", retry.limited_pause_seconds),
            ("busy_pause_seconds", retry.busy_pause_seconds),
        ];
        for (key, value) in pauses {
            if !(0.0..=3600.0).contains(&value) {
                self.at(&api.key("retry").key(key), "a pause is 0 to 3600 seconds");
            }
        }
        for (n, pause) in retry.pauses_seconds.iter().enumerate() {
            if !(0.0..=3600.0).contains(pause) {
                self.at(&api.key("retry").key("pauses_seconds").index(n), "a pause is 0 to 3600 seconds");
            }
        }
    }
}

/// A token of RFC 9110 section 5.6.2.
pub(super) fn is_header_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}
