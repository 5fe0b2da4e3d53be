//! How the bridge signs in: schemes are complete, and a choice between them fits its setting. What their values refer to is
//! checked with all references.

use indexmap::IndexMap;
use serde_json::Value;

use super::Checker;
use super::api::is_header_name;
use crate::document::Place;
use crate::mapping::model::SignIn;
use crate::mapping::tree::Tree;
use crate::nearest::did_you_mean;

impl<'a> Checker<'a> {
    pub(super) fn check_sign_in(&mut self, place: &Place) {
        let sign_in = &self.file.api.sign_in;
        if let SignIn::Choose { by, schemes } = sign_in {
            self.check_choice(by, schemes, place);
        }
        for (scheme, place) in sign_in.schemes(place) {
            self.check_scheme(scheme, &place);
        }
    }

    fn check_scheme(&mut self, scheme: &'a SignIn, place: &Place) {
        match scheme {
            SignIn::Header { header, .. } => {
                if !is_header_name(header) {
                    self.at(&place.key("header"), format!("`{header}` is no name of a header"));
                }
            }
            SignIn::Keys { headers, query } => {
                for name in headers.keys().filter(|name| !is_header_name(name)) {
                    self.at_key(&place.key("headers").key(name), format!("`{name}` is no name of a header"));
                }
                if headers.is_empty() && query.is_empty() {
                    self.at(&place.key("scheme"), "no key is sent")
                        .help("name them under `headers` or `query`, or write `scheme: none`");
                }
            }
            SignIn::Oauth1 { token, token_secret, .. } => {
                let (given, missing) = match (token, token_secret) {
                    (Some(_), None) => ("token", "token_secret"),
                    (None, Some(_)) => ("token_secret", "token"),
                    _ => return,
                };
                self.at_key(&place.key(given), format!("`{given}` without `{missing}` signs nothing"))
                    .help("an access token and its secret come together; leave out both where the vendor has none");
            }
            SignIn::Oauth2Password { limit: Some(limit), .. }
            | SignIn::Oauth2ClientCredentials { limit: Some(limit), .. }
                if limit.calls == 0 || limit.per_seconds == 0 =>
            {
                self.at_key(&place.key("limit"), "with this limit the bridge could never sign in");
            }
            SignIn::Choose { .. } => {
                self.at(&place.key("scheme"), "a choice of sign-ins must not lead to another choice")
                    .help("put all schemes side by side and give the setting a value for each");
            }
            SignIn::Call(call) => self.check_call_sign_in(scheme, call, place),
            SignIn::None
            | SignIn::Basic { .. }
            | SignIn::Digest { .. }
            | SignIn::Oauth2Password { .. }
            | SignIn::Oauth2ClientCredentials { .. } => {}
        }
    }

    /// The setting allows exactly the schemes that are there.
    fn check_choice(&mut self, by: &'a Tree, schemes: &'a IndexMap<String, SignIn>, place: &Place) {
        let names = || schemes.keys().map(String::as_str);
        let Tree::Reference(path) = by else {
            self.at(&place.key("by"), "the sign-in is chosen by a setting")
                .help("write `by: $settings.NAME` and give that setting the names of the schemes as `values`");
            return;
        };
        let [root, name] = path.as_slice() else { return };
        let Some(setting) = self.file.settings.get(name).filter(|_| root == "settings") else { return };
        let at = Place::of(["settings", name]);
        let values: Vec<&str> = setting.values.iter().filter_map(Value::as_str).collect();
        if values.is_empty() {
            let list = names().collect::<Vec<_>>().join(", ");
            self.at_key(&at, format!("the setting `{name}` chooses the sign-in and allows any value"))
                .help(format!("add `values: [{list}]`"));
            return;
        }
        if setting.optional {
            self.at_key(&at.key("optional"), format!("without the setting `{name}` no sign-in is chosen"))
                .help("take `optional` out, or give it a `default` instead");
        }
        for (n, value) in setting.values.iter().enumerate() {
            let Some(value) = value.as_str().filter(|value| !schemes.contains_key(*value)) else { continue };
            let open = names().filter(|name| !values.contains(name));
            self.at(&at.key("values").index(n), format!("no sign-in is called `{value}`"))
                .maybe_help(did_you_mean(value, open));
        }
        for scheme in names().filter(|scheme| !values.contains(scheme)) {
            let message = format!("the setting `{name}` can never choose the sign-in `{scheme}`");
            let help = did_you_mean(scheme, values.iter().copied().filter(|value| !schemes.contains_key(*value)));
            self.at_key(&place.key("schemes").key(scheme), message)
                .maybe_help(help.or_else(|| Some(format!("add it to the `values` of `{name}`, or take it out"))));
        }
    }
}
