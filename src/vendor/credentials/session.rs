//! What a sign-in brought: named values and cookies. They are secrets: neither logged nor shown. Sends nothing.

use std::collections::HashMap;

use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use crate::mapping::bound::sign_in::cookies::set_cookies;
use crate::mapping::tree::resolve::Names;
use crate::mapping::wire::HttpAnswer;
use crate::vendor::secrets::Secrets;

/// Cookies that are kept; a vendor that sets more loses the later ones.
const MOST_COOKIES: usize = 50;
/// Longest cookie that is kept, in bytes (RFC 6265 section 6.1 asks for 4096 with all attributes).
const LONGEST_COOKIE: usize = 8192;

/// What a sign-in brought. Replaced as a whole by whatever renews it.
#[derive(Debug, Clone, Default)]
pub(super) struct Session {
    values: HashMap<String, SecretString>,
    cookies: Vec<(String, SecretString)>,
}

impl Session {
    /// Takes over what an answer has: values by their names, and the cookies that it sets.
    pub(super) fn take_over(&mut self, values: Vec<(String, String)>, answer: &HttpAnswer) {
        self.values.extend(values.into_iter().map(|(name, value)| (name, value.into())));
        for set in set_cookies(answer) {
            self.cookies.retain(|(known, _)| known != set.name);
            if !set.is_over && self.cookies.len() < MOST_COOKIES && set.name.len() + set.value.len() <= LONGEST_COOKIE {
                self.cookies.push((set.name.to_owned(), set.value.into()));
            }
        }
    }

    /// The header that sends the cookies back (RFC 6265 section 5.4); `None` when there are none.
    pub(super) fn cookie_header(&self) -> Option<SecretString> {
        let pairs = self.cookies.iter().map(|(name, value)| format!("{name}={}", value.expose_secret()));
        let pairs: Vec<String> = pairs.collect();
        (!pairs.is_empty()).then(|| pairs.join("; ").into())
    }
}

/// The names of a sign-in whose settings are filled in: `$secrets`, and `$kept` once there is something.
pub(super) struct SignInNames<'a> {
    pub(super) secrets: &'a Secrets,
    pub(super) session: Option<&'a Session>,
}

impl Names for SignInNames<'_> {
    fn look_up(&self, path: &[String]) -> Option<Value> {
        let [root, name] = path else { return None };
        let found = match root.as_str() {
            "secrets" => self.secrets.get(name)?,
            "kept" => self.session?.values.get(name)?.clone(),
            _ => return None,
        };
        Some(found.expose_secret().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(cookies: &[&str]) -> HttpAnswer {
        let headers = cookies.iter().map(|line| ("set-cookie".to_owned(), (*line).to_owned())).collect();
        HttpAnswer { status: 200, headers, text: String::new(), json: None }
    }

    fn header(session: &Session) -> Option<String> {
        session.cookie_header().map(|header| header.expose_secret().to_owned())
    }

    #[test]
    fn cookies_are_sent_back_as_they_were_set_last() {
        let mut session = Session::default();
        assert_eq!(header(&session), None);
        session.take_over(Vec::new(), &answer(&["Session_id=a=b; Path=/; HttpOnly", "node=7", "broken", "=x"]));
        assert_eq!(header(&session).as_deref(), Some("Session_id=a=b; node=7"));
        session.take_over(Vec::new(), &answer(&["Session_id=c; Max-Age=60", "node=; Max-Age=0"]));
        assert_eq!(header(&session).as_deref(), Some("Session_id=c"));
    }

    #[test]
    fn a_vendor_that_sets_cookies_without_end_fills_no_memory() {
        let lines: Vec<String> = (0..200).map(|number| format!("c{number}=hidden")).collect();
        let mut session = Session::default();
        session.take_over(Vec::new(), &answer(&lines.iter().map(String::as_str).collect::<Vec<_>>()));
        session.take_over(Vec::new(), &answer(&[&format!("long={}", "x".repeat(LONGEST_COOKIE))]));
        assert_eq!(session.cookies.len(), MOST_COOKIES);
        assert!(!format!("{session:?}").contains("hidden"));
    }
}
