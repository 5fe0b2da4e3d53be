//! Declared settings and secrets: defaults fit, and everything declared is used.

use super::Checker;
use super::types::{describe, element, fits, in_words, instead};
use crate::document::Place;
use crate::mapping::model::{Setting, SettingType};

impl Checker<'_> {
    pub(super) fn check_settings(&mut self) {
        let file = self.file;
        for (name, setting) in &file.settings {
            let place = Place::of(["settings", name]);
            if !is_plain_name(name) {
                self.at_key(&place, format!("`{name}` cannot be the name of a setting"))
                    .help("use lower-case letters, digits and _, so that $settings.NAME can refer to it");
            }
            self.check_values(setting, &place);
            self.check_default(setting, &place);
        }
        for name in file.secrets.keys().filter(|name| !is_plain_name(name)) {
            self.at_key(&Place::of(["secrets", name]), format!("`{name}` cannot be the name of a secret"))
                .help("use lower-case letters, digits and _, so that $secrets.NAME can refer to it");
        }
    }

    /// Settings and secrets that nothing refers to: a setting that does nothing misleads whoever sets it.
    pub(super) fn check_unused(&mut self) {
        let file = self.file;
        for name in file.settings.keys().filter(|name| !self.used_settings.contains(*name)).collect::<Vec<_>>() {
            self.at_key(&Place::of(["settings", name]), format!("nothing uses the setting `{name}`"))
                .help(format!("refer to it as $settings.{name}, or take it out"));
        }
        for name in file.secrets.keys().filter(|name| !self.used_secrets.contains(*name)).collect::<Vec<_>>() {
            self.at_key(&Place::of(["secrets", name]), format!("nothing uses the secret `{name}`"))
                .help(format!("refer to it as $secrets.{name} in `api.sign_in`, or take it out"));
        }
    }

    fn check_values(&mut self, setting: &Setting, place: &Place) {
        // a list setting allows these elements
        let kind = element(setting.kind.of_values());
        for (n, value) in setting.values.iter().enumerate() {
            if !fits(value, kind) {
                let message = format!("expected {}, found {}", in_words(kind), describe(value));
                self.at(&place.key("values").index(n), message).maybe_help(instead(value, kind));
            }
        }
        if setting.kind == SettingType::Boolean && !setting.values.is_empty() {
            self.at_key(&place.key("values"), "a boolean setting has the values `true` and `false` anyway")
                .help("take `values` out");
        }
    }

    fn check_default(&mut self, setting: &Setting, place: &Place) {
        let Some(default) = &setting.default else { return };
        let place = place.key("default");
        let kind = setting.kind.of_values();
        if !fits(default, kind) {
            let message = format!("the default must be {}, found {}", in_words(kind), describe(default));
            self.at(&place, message).maybe_help(instead(default, kind));
            return;
        }
        if setting.optional {
            self.at_key(&place, "a setting with a default is never absent").help("take `optional` or `default` out");
        }
        let elements = default.as_array().map_or(std::slice::from_ref(default), Vec::as_slice);
        if !setting.values.is_empty()
            && let Some(stranger) = elements.iter().find(|element| !setting.values.contains(element))
        {
            self.at(&place, format!("the default is {}, which `values` does not list", describe(stranger)));
        }
        if setting.kind == SettingType::Url
            && let Some(problem) = default.as_str().and_then(url_problem)
        {
            self.at(&place, problem).help(URL_FORM);
        }
    }
}

/// How an address of a vendor is written.
pub(super) const URL_FORM: &str =
    "write https, host and perhaps port: https://api.example.com; paths go into the calls";

/// Why a text is no address of a vendor: `http` or `https`, host, perhaps a port, nothing else; `http` only to loopback.
pub(in crate::mapping) fn url_problem(text: &str) -> Option<String> {
    let Ok(url) = url::Url::parse(text) else { return Some(format!("`{text}` is no address")) };
    let loopback = match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        None => return Some(format!("`{text}` has no host")),
    };
    match url.scheme() {
        "https" => {}
        "http" if loopback => {}
        "http" => return Some(format!("`{text}` is plain http, which is allowed to loopback alone")),
        other => return Some(format!("`{text}` begins with {other}:, not with https:")),
    }
    if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
        return Some(format!("`{text}` has a path"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Some("an address must not hold credentials".to_owned());
    }
    None
}

pub(super) fn is_plain_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_scheme_and_host() {
        for right in [
            "https://api.example.com",
            "https://api.example.com:8443/",
            "http://127.0.0.1:9",
            "http://[::1]",
            "http://localhost:1",
        ] {
            assert_eq!(url_problem(right), None, "{right}");
        }
        for wrong in
            ["api.example.com", "http://api.example.com", "ftp://x", "https://x/v1", "https://x?y", "https://u:p@x", ""]
        {
            assert!(url_problem(wrong).is_some(), "{wrong}");
        }
    }
}
