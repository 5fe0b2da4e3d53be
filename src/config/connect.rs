//! Holds `bridge.yaml` against the mappings that it names: settings, secrets and rules for groups are known, fit and are complete, each
//! problem shown where it stands in `bridge.yaml`. What is wrong inside a mapping is left to whoever loads that.

mod groups;

use self::groups::{check_groups, informed};
use super::load::LoadedConfig;
use super::mappings::read_bundle;
use super::model::ConnectionConfig;
use crate::document::{Diagnostic, Place};
use crate::ids::ConnectionName;
use crate::mapping::bound::BindProblem;
use crate::mapping::load::Mapping;
use crate::mapping::model::SignIn;
use crate::nearest::did_you_mean;

/// Every connection against its mapping. The rules for groups learn what only the mapping knows.
pub(super) fn check_connections(loaded: &mut LoadedConfig) -> Vec<Diagnostic> {
    let mut problems = Vec::new();
    let mut rules = Vec::new();
    for (name, connection) in &loaded.config.connections {
        let place = Place::of(["connections", name.as_str()]);
        match read_bundle(&connection.mapping) {
            Err(unreadable) => {
                let message = unreadable.to_string();
                let message = message.trim_start_matches("error: ").to_owned();
                problems.push(loaded.problem_at(&place.key("mapping"), message));
            }
            // a mapping with mistakes is reported by itself, with its own lines
            Ok(bundle) => {
                if let Ok(mapping) = Mapping::load(bundle) {
                    let needs_secret: Box<dyn Fn(&str) -> bool> = match mapping.try_bind(&connection.settings) {
                        Err(found) => {
                            tell_settings(loaded, connection, &mapping, &place, found, &mut problems);
                            // which sign-in is chosen is not known before the settings are right
                            let is_known = !matches!(mapping.file.api.sign_in, SignIn::Choose { .. });
                            Box::new(move |_| is_known)
                        }
                        Ok(bound) => {
                            check_groups(loaded, &connection.groups, &bound, &place.key("groups"), &mut problems);
                            rules.push((name.clone(), informed(&connection.groups, &bound)));
                            Box::new(move |name| bound.needs_secret(name))
                        }
                    };
                    check_secrets(loaded, name, connection, &mapping, &needs_secret, &mut problems);
                }
            }
        }
    }
    for (name, rules) in rules {
        if let Some(connection) = loaded.config.connections.get_mut(&name) {
            connection.groups = rules;
        }
    }
    problems
}

fn tell_settings(
    loaded: &LoadedConfig,
    connection: &ConnectionConfig,
    mapping: &Mapping,
    place: &Place,
    found: Vec<BindProblem>,
    problems: &mut Vec<Diagnostic>,
) {
    let about_settings = found.iter().any(|problem| problem.setting.is_some());
    for problem in found {
        match problem.setting {
            Some(setting) if connection.settings.contains_key(&setting) => {
                let at = place.key("settings").key(&setting);
                let unknown = !mapping.file.settings.contains_key(&setting);
                let message = format!("the setting `{setting}`: {}", problem.problem);
                let one = if unknown { loaded.problem_at_key(&at, message) } else { loaded.problem_at(&at, message) };
                problems.push(one);
            }
            Some(setting) => {
                let message = format!("the setting `{setting}` {}", problem.problem);
                let help = format!("add `{setting}: …` under `settings`");
                problems.push(loaded.problem_at_key(&place.key("settings"), message).help(help));
            }
            // what else does not fit follows from the settings
            None if about_settings => {}
            None => {
                let message =
                    format!("with these settings the mapping does not work: {}: {}", problem.place, problem.problem);
                problems.push(loaded.problem_at_key(&place.key("settings"), message));
            }
        }
    }
}

fn check_secrets(
    loaded: &LoadedConfig,
    name: &ConnectionName,
    connection: &ConnectionConfig,
    mapping: &Mapping,
    needs: &dyn Fn(&str) -> bool,
    problems: &mut Vec<Diagnostic>,
) {
    let place = Place::of(["connections", name.as_str(), "secrets"]);
    let declared = &mapping.file.secrets;
    for given in connection.secrets.keys().filter(|given| !declared.contains_key(*given)) {
        let open = declared.keys().filter(|known| !connection.secrets.contains_key(*known)).map(String::as_str);
        let message = format!("the mapping declares no secret `{given}`");
        problems.push(loaded.problem_at_key(&place.key(given), message).maybe_help(did_you_mean(given, open)));
    }
    for (needed, secret) in declared {
        if !secret.optional && needs(needed) && !connection.secrets.contains_key(needed) {
            let message = format!("the secret `{needed}` must be given: {}", secret.description);
            let help = format!("add `{needed}: env:NAME` or `{needed}: file:PATH` under `secrets`");
            problems.push(loaded.problem_at_key(&place, message).help(help));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::super::model::Config;

    const MAPPING: &str =
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus/mapping-errors/good/rest.yaml"));
    const CONFIG: &str = "\
store: sqlite:bridge.db
connections:
  support:
    mapping: acme
    settings: { team: sales }
    secrets: { api_key: env:KEY, login: file:login }
    inbound: { tokens: [{ name: okta, secret: env:TOKEN }] }
";

    fn load(find: &str, put: &str) -> Result<Config, String> {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("acme")).unwrap();
        fs::write(folder.path().join("acme/mapping.yaml"), MAPPING).unwrap();
        let path = folder.path().join("bridge.yaml");
        assert!(CONFIG.contains(find));
        fs::write(&path, CONFIG.replace(find, put)).unwrap();
        Config::load(&path).map_err(|problems| problems.to_string())
    }

    #[track_caller]
    fn complains(find: &str, put: &str, words: &[&str]) {
        let problem = load(find, put).unwrap_err();
        assert_eq!(problem.matches("error: ").count(), 1, "{problem}");
        for word in words {
            assert!(problem.contains(word), "`{word}` is not in\n{problem}");
        }
    }

    #[test]
    fn settings_and_secrets_that_fit_pass() {
        load("sales", "sales").unwrap();
    }

    #[test]
    fn settings_are_held_against_the_mapping() {
        complains("team: sales", "teem: sales", &["`teem`", "bridge.yaml:5:17", "team"]);
        complains("team: sales", "leave: lokc", &["`leave`", "bridge.yaml:5:24", "lock"]);
        complains("team: sales", "base_url: http://api.acme.example", &["bridge.yaml:5:27", "loopback"]);
    }

    #[test]
    fn secrets_are_held_against_the_mapping() {
        complains("login: file:login", "logn: file:login, login: file:l", &["no secret `logn`", "bridge.yaml:6:34"]);
        complains(", login: file:login", "", &["`login` must be given: Login name", "bridge.yaml:6:5"]);
    }

    #[test]
    fn a_mapping_that_is_not_there_is_shown_where_it_is_named() {
        complains("mapping: acme", "mapping: acmee", &["bridge.yaml:4:14", "there is no mapping at", "acmee"]);
    }

    #[test]
    fn a_broken_mapping_is_left_to_its_own_messages() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("acme"), "version: 1\n").unwrap();
        let path = folder.path().join("bridge.yaml");
        fs::write(&path, CONFIG).unwrap();
        assert!(Config::load(Path::new(&path)).is_ok());
    }
}
