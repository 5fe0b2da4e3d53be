//! References in the trees of sign-ins: secrets everywhere, and what is kept of an answer once there is one.

use super::Checker;
use super::references::Allowed;
use crate::document::Place;
use crate::mapping::model::{CallSignIn, Reach, SignIn};
use crate::nearest::did_you_mean;

impl Checker<'_> {
    pub(super) fn sign_in_references(&mut self, place: &Place) {
        let sign_in = &self.file.api.sign_in;
        if let SignIn::Choose { by, .. } = sign_in {
            self.tree(by, &place.key("by"), Allowed::default());
        }
        for (scheme, place) in sign_in.schemes(place) {
            let kept = if let SignIn::Call(scheme) = scheme { Some(&**scheme) } else { None };
            for found in scheme.trees(&place) {
                let allowed = match found.reach {
                    Reach::Settings => Allowed::default(),
                    Reach::Secrets => Allowed::secrets(None),
                    Reach::Kept => Allowed::secrets(kept),
                };
                self.tree(found.tree, &found.place, allowed);
            }
        }
    }

    pub(super) fn kept(&mut self, rest: &[String], place: &Place, written: &str, scheme: Option<&CallSignIn>) {
        let Some(scheme) = scheme else { return };
        match rest {
            [name] if scheme.kept.contains_key(name) => {}
            [name] => {
                let help = did_you_mean(name, scheme.kept.keys().map(String::as_str));
                self.at(place, format!("the sign-in keeps no `{name}`"))
                    .maybe_help(help.or_else(|| Some("say under `kept` where its answer has it".to_owned())));
            }
            _ => {
                self.at(place, format!("`{written}` names nothing that is kept")).help("write $kept.NAME");
            }
        }
    }
}
