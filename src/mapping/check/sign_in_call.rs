//! A sign-in that is a call: something of its answer is kept and sent, and what renews it can do so. What its trees refer to is checked with
//! all references.

use std::collections::BTreeSet;

use indexmap::IndexMap;
use serde_json::Value;

use super::Checker;
use super::answers::RulesOf;
use super::api::is_header_name;
use super::settings::is_plain_name;
use crate::document::Place;
use crate::mapping::bound::judge::sign_in::is_about_sign_ins;
use crate::mapping::bound::sign_in::kept::{LONGEST_EVERY_SECONDS, LONGEST_LIFE_SECONDS};
use crate::mapping::model::{CallSignIn, CookiesTo, KeptValue, Lives, Meaning, Reach, Refresh, SignIn, SignInCall};
use crate::mapping::tree::Tree;
use crate::nearest::{did_you_mean, nearest};

/// Headers that the bridge writes, also in a sign-in.
const OWN_HEADERS: [&str; 5] = ["host", "content-length", "transfer-encoding", "connection", "proxy-authorization"];

impl<'a> Checker<'a> {
    pub(super) fn check_call_sign_in(&mut self, sign_in: &'a SignIn, scheme: &'a CallSignIn, place: &Place) {
        let sends_cookies = scheme.cookies == Some(CookiesTo::AllCalls);
        self.check_sign_in_call(&scheme.call, &place.key("call"));
        self.check_kept_values(&scheme.kept, &place.key("kept"));
        self.check_sent(scheme, place);
        if let Some(lives) = &scheme.lives {
            self.check_lives(lives, &place.key("lives"));
        }
        if let Some(refresh) = &scheme.refresh {
            self.check_refresh(scheme, refresh, &place.key("refresh"));
        } else if scheme.cookies == Some(CookiesTo::Refresh) {
            self.at_key(&place.key("cookies"), "there is no refresh that the cookies could go with")
                .help("add `refresh`, or write `cookies: all_calls`");
        }
        // where each reference is made: `send`, `refresh`, or both
        let (mut used, mut is_sent, mut is_in_refresh) = (BTreeSet::new(), sends_cookies, scheme.cookies.is_some());
        let (send, refresh) = (place.key("send").to_string(), place.key("refresh").to_string());
        for found in sign_in.trees(place).into_iter().filter(|found| found.reach == Reach::Kept) {
            found.tree.each_reference(&mut |path| {
                if let [root, name, ..] = path
                    && root == "kept"
                {
                    used.insert(name.clone());
                    // the one that was meant is not unused
                    used.extend(nearest(name, scheme.kept.keys().map(String::as_str)).map(str::to_owned));
                    let at = found.place.to_string();
                    is_sent |= at.starts_with(&send);
                    is_in_refresh |= at.starts_with(&refresh);
                }
            });
        }
        for name in scheme.kept.keys().filter(|name| !used.contains(*name)) {
            self.at_key(&place.key("kept").key(name), format!("nothing uses `{name}`"))
                .help(format!("refer to it as $kept.{name} in `send` or in `refresh`, or take it out"));
        }
        if !is_sent {
            self.at_key(&place.key("scheme"), "the other calls carry nothing of this sign-in")
                .help("add `send: { Authorization: { $concat: [\"Bearer \", $kept.NAME] } }`, or `cookies: all_calls`");
        }
        if scheme.refresh.is_some() && !is_in_refresh {
            self.at_key(&place.key("refresh").key("call"), "the refresh carries nothing of the sign-in that it renews")
                .help("put $kept.NAME into it, or add `cookies: refresh`");
        }
        if scheme.limit.is_some_and(|limit| limit.calls == 0 || limit.per_seconds == 0) {
            self.at_key(&place.key("limit"), "with this limit the bridge could never sign in");
        }
    }

    fn check_sign_in_call(&mut self, call: &'a SignInCall, place: &Place) {
        self.check_sign_in_headers(&call.headers, &place.key("headers"), call.body.is_some());
        if call.body.is_some() && call.form.is_some() {
            self.at_key(&place.key("form"), "a call has one body: `body` or `form`, not both").help("take one out");
        }
        let writes = |name: &&String| name.eq_ignore_ascii_case("authorization");
        if call.basic.is_some()
            && let Some(name) = call.headers.keys().find(writes)
        {
            self.at_key(&place.key("headers").key(name), "`basic` writes this header").help("take one of the two out");
        }
        let rules = place.key("answers");
        self.check_rules(&call.answers, &rules, RulesOf::SignIn);
        for (n, rule) in call.answers.iter().enumerate() {
            if !is_about_sign_ins(rule.means) {
                let help = "a sign-in can be `done`, `refused`, `forbidden` (a person has to look), `limited`, `busy` or `broken`";
                self.at(&rules.index(n).key("means"), "this word is about an account, and a sign-in is about none")
                    .help(help);
            } else if rule.means == Meaning::Unauthenticated {
                self.at(&rules.index(n).key("means"), "whoever signs in is not signed in yet")
                    .help("write `refused`: the bridge then waits before it tries again");
            }
        }
    }

    fn check_sign_in_headers(&mut self, headers: &'a IndexMap<String, Tree>, place: &Place, has_json: bool) {
        for (n, (name, value)) in headers.iter().enumerate() {
            let at = place.key(name);
            let is_own = OWN_HEADERS.iter().any(|own| own.eq_ignore_ascii_case(name));
            if !is_header_name(name) {
                self.at_key(&at, format!("`{name}` is no name of a header")).help("use letters, digits and -");
            } else if is_own || (name.eq_ignore_ascii_case("content-type") && !has_json) {
                self.at_key(&at, format!("the header `{name}` must not be set here"))
                    .help("take it out: the bridge writes this header itself");
            }
            if headers.keys().take(n).any(|other| other.eq_ignore_ascii_case(name)) {
                self.at_key(&at, format!("the header `{name}` is given twice"));
            }
            if matches!(value, Tree::Object(_) | Tree::List(_) | Tree::Merge(_) | Tree::ForEach { .. }) {
                self.at(&at, "a header holds one text");
            }
        }
    }

    fn check_kept_values(&mut self, kept: &'a IndexMap<String, KeptValue>, place: &Place) {
        for (name, value) in kept {
            let at = place.key(name);
            if !is_plain_name(name) {
                self.at_key(&at, format!("`{name}` cannot be the name of what is kept"))
                    .help("use lower-case letters, digits and _, so that $kept.NAME can refer to it");
            }
            let given = [("path", &value.path), ("header", &value.header), ("cookie", &value.cookie)];
            self.check_one_place(&given, &at, name);
        }
    }

    /// A value stands in the body, in a header or in a cookie.
    fn check_one_place(&mut self, all: &[(&str, &'a Option<String>)], place: &Place, name: &str) {
        let given: Vec<(&str, &'a String)> =
            all.iter().filter_map(|(key, value)| Some((*key, value.as_ref()?))).collect();
        let keys = all.iter().map(|(key, _)| format!("`{key}`")).collect::<Vec<_>>().join(" or ");
        match given.as_slice() {
            [] => {
                self.at_key(place, format!("nothing says where the answer has `{name}`"))
                    .help(format!("give it {keys}"));
            }
            [_] => {}
            [_, (second, _), ..] => {
                self.at_key(&place.key(second), format!("`{name}` stands in one place, and here are two"))
                    .help(format!("give it {keys}, and only one of them"));
            }
        }
        for (key, value) in given {
            let at = place.key(key);
            match key {
                "path" => {
                    self.check_vendor_path(value, &at);
                }
                _ if !is_header_name(value) => {
                    self.at(&at, format!("`{value}` is no name of a {key}")).help("use letters, digits, - and _");
                }
                _ => {}
            }
        }
    }

    fn check_sent(&mut self, scheme: &'a CallSignIn, place: &Place) {
        let place = place.key("send");
        self.check_sign_in_headers(&scheme.send, &place, true);
        let cookie = scheme.send.keys().find(|name| name.eq_ignore_ascii_case("cookie"));
        if let Some(name) = cookie.filter(|_| scheme.cookies == Some(CookiesTo::AllCalls)) {
            self.at_key(&place.key(name), "`cookies: all_calls` writes this header").help("take one of the two out");
        }
    }

    fn check_lives(&mut self, lives: &'a Lives, place: &Place) {
        if lives.path.is_some() || lives.header.is_some() {
            self.check_one_place(&[("path", &lives.path), ("header", &lives.header)], place, "lives");
        } else if lives.r#in.is_some() {
            self.at_key(&place.key("in"), "nothing says where the answer has the time")
                .help("add `path` or `header`; `seconds` is always in seconds");
        } else if lives.seconds.is_none() {
            self.at_key(place, "nothing says how long the sign-in holds").help(
                "add `path`, `header` or `seconds`; without `lives` it holds until the vendor no longer accepts it",
            );
        }
        self.check_seconds(lives.seconds.as_ref(), LONGEST_LIFE_SECONDS, &place.key("seconds"));
    }

    fn check_refresh(&mut self, scheme: &'a CallSignIn, refresh: &'a Refresh, place: &Place) {
        self.check_sign_in_call(&refresh.call, &place.key("call"));
        self.check_kept_values(&refresh.kept, &place.key("kept"));
        for name in refresh.kept.keys().filter(|name| !scheme.kept.contains_key(*name)) {
            let help = did_you_mean(name, scheme.kept.keys().map(String::as_str));
            self.at_key(&place.key("kept").key(name), format!("the sign-in keeps no `{name}` that could be replaced"))
                .maybe_help(help);
        }
        if refresh.every_seconds.is_none() && scheme.lives.is_none() {
            self.at_key(place, "nothing says when to refresh")
                .help("add `lives` to the sign-in, or `every_seconds` to the refresh");
        }
        self.check_seconds(refresh.every_seconds.as_ref(), LONGEST_EVERY_SECONDS, &place.key("every_seconds"));
    }

    fn check_seconds(&mut self, seconds: Option<&'a Tree>, most: u64, place: &Place) {
        let is_wrong = match seconds {
            Some(Tree::Constant(Value::Number(number))) => !number.as_u64().is_some_and(|n| (1..=most).contains(&n)),
            Some(Tree::Constant(_) | Tree::Object(_) | Tree::List(_) | Tree::Merge(_) | Tree::ForEach { .. }) => true,
            _ => false,
        };
        if is_wrong {
            self.at(place, format!("1 to {most} seconds are possible")).help("write a whole number, or $settings.NAME");
        }
    }
}
