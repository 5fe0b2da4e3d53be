//! A sign-in that is a call like any other: how its requests look, what their answers mean, and what is kept of them. Sends nothing; secrets
//! come in by the names of whoever renders.

use std::sync::Arc;
use std::time::Duration;

use indexmap::IndexMap;
use serde_json::Value;

use super::kept::{BoundKept, BoundLives, LONGEST_EVERY_SECONDS, bind_kept, bind_lives, seconds};
use crate::mapping::bound::RenderError;
use crate::mapping::bound::bind::{BindProblem, bind_base_url};
use crate::mapping::bound::calls::BoundBody;
use crate::mapping::bound::hosts::base_of;
use crate::mapping::bound::judge::follow::Wait;
use crate::mapping::bound::judge::sign_in::{SignInRules, SignInVerdict};
use crate::mapping::bound::judge::{ErrorPaths, Rule};
use crate::mapping::bound::request::{address, body};
use crate::mapping::bound::settings::SettingNames;
use crate::mapping::model::{Api, BasicPair, CallSignIn, CookiesTo, Method, SignInCall, SignInLimit};
use crate::mapping::tree::Tree;
use crate::mapping::tree::resolve::Names;
use crate::mapping::wire::{HttpAnswer, HttpRequest};

/// A sign-in by a call.
#[derive(Debug)]
pub struct BoundCallSignIn {
    call: OneCall,
    refresh: Option<BoundRefresh>,
    kept: Vec<BoundKept>,
    send: Vec<(String, Tree)>,
    lives: Option<BoundLives>,
    settings: Arc<IndexMap<String, Value>>,
    /// Where the cookies that it sets are sent back.
    pub cookies: Option<CookiesTo>,
    /// How long before its end it is renewed.
    pub renew_before_seconds: u64,
    /// How many of them the vendor allows.
    pub limit: Option<SignInLimit>,
}

/// Which of the calls of a sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The one that signs in.
    SignIn,
    /// The one that renews.
    Refresh,
}

/// A call of a sign-in, ready to be rendered.
#[derive(Debug)]
struct OneCall {
    method: Method,
    /// What its address begins with.
    base: String,
    /// The same, when it is not one that all calls share.
    own_base: Option<String>,
    path: Vec<Tree>,
    query: Vec<(String, Tree)>,
    headers: Vec<(String, Tree)>,
    basic: Option<BasicPair>,
    body: BoundBody,
    rules: SignInRules,
}

#[derive(Debug)]
struct BoundRefresh {
    call: OneCall,
    kept: Vec<BoundKept>,
    every: Option<Duration>,
}

/// What all schemes of the mapping share.
pub(in crate::mapping::bound) struct Shared<'a> {
    pub(in crate::mapping::bound) api: &'a Api,
    pub(in crate::mapping::bound) base_url: &'a str,
    pub(in crate::mapping::bound) settings: &'a Arc<IndexMap<String, Value>>,
    pub(in crate::mapping::bound) errors: &'a Arc<[ErrorPaths]>,
    pub(in crate::mapping::bound) rules: &'a Arc<[Rule]>,
}

impl BoundCallSignIn {
    pub(super) fn bind(scheme: &CallSignIn, place: &str, shared: &Shared<'_>, problems: &mut Vec<BindProblem>) -> Self {
        let names = SettingNames(shared.settings);
        let refresh = scheme.refresh.as_ref().map(|refresh| {
            let place = format!("{place}.refresh");
            BoundRefresh {
                call: OneCall::bind(&refresh.call, &format!("{place}.call"), shared, problems),
                kept: bind_kept(&refresh.kept, &format!("{place}.kept"), problems),
                every: refresh.every_seconds.as_ref().and_then(|tree| {
                    seconds(tree, LONGEST_EVERY_SECONDS, &format!("{place}.every_seconds"), &names, problems)
                }),
            }
        });
        Self {
            call: OneCall::bind(&scheme.call, &format!("{place}.call"), shared, problems),
            refresh,
            kept: bind_kept(&scheme.kept, &format!("{place}.kept"), problems),
            send: filled(&scheme.send, &names),
            lives: scheme.lives.as_ref().map(|lives| bind_lives(lives, &format!("{place}.lives"), &names, problems)),
            settings: Arc::clone(shared.settings),
            cookies: scheme.cookies,
            renew_before_seconds: scheme.renew_before_seconds,
            limit: scheme.limit,
        }
    }

    /// Addresses of its own that its calls go to.
    pub(super) fn addresses(&self) -> Vec<&str> {
        let calls = std::iter::once(&self.call).chain(self.refresh.as_ref().map(|refresh| &refresh.call));
        calls.filter_map(|call| call.own_base.as_deref()).collect()
    }

    /// Can it be renewed without signing in again?
    pub fn has_refresh(&self) -> bool {
        self.refresh.is_some()
    }

    /// How often it is refreshed, so that it does not end.
    pub fn refresh_every(&self) -> Option<Duration> {
        self.refresh.as_ref()?.every
    }

    /// Names of the secrets in a call, in their order.
    pub fn secrets(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        self.call.each_tree(&mut |tree| {
            tree.each_reference(&mut |path| match path {
                [root, name, ..] if root == "secrets" && !names.contains(name) => names.push(name.clone()),
                _ => {}
            });
        });
        names
    }

    /// Is a secret a part of the address?
    pub fn has_secret_path(&self) -> bool {
        let mut has = false;
        for tree in &self.call.path {
            tree.each_reference(&mut |path| has |= path.first().is_some_and(|root| root == "secrets"));
        }
        has
    }

    /// Builds a call; `names` know `$secrets` and, for the refresh, `$kept`. `None` when the mapping has none, or when it lacks a value that was kept.
    ///
    /// # Errors
    /// When a value does not fit its place.
    pub fn request(&self, step: Step, names: &dyn Names) -> Result<Option<HttpRequest>, RenderError> {
        let Some(call) = self.one(step) else { return Ok(None) };
        let mut has_all = true;
        call.each_tree(&mut |tree| {
            tree.each_reference(&mut |path| {
                has_all &= path.first().is_none_or(|root| root != "kept") || names.look_up(path).is_some();
            });
        });
        if !has_all {
            return Ok(None);
        }
        let names = WithSettings { settings: SettingNames(&self.settings), outer: names };
        Ok(Some(HttpRequest {
            method: call.method,
            url: address(&call.base, &call.path, &call.query, &names)?,
            headers: texts(&call.headers, &names).map_err(|error| error.at("headers"))?,
            body: body(&call.body, &names)?,
        }))
    }

    /// User name and password of a call that is signed with HTTP Basic.
    ///
    /// # Errors
    /// When one is no text.
    pub fn basic(&self, step: Step, names: &dyn Names) -> Result<Option<(String, String)>, RenderError> {
        let Some(pair) = self.one(step).and_then(|call| call.basic.as_ref()) else { return Ok(None) };
        let names = WithSettings { settings: SettingNames(&self.settings), outer: names };
        let text = |tree: &Tree| tree.resolve_text(&names).map(Option::unwrap_or_default);
        Ok(Some((text(&pair.username)?, text(&pair.password)?)))
    }

    /// The headers that every other call carries.
    ///
    /// # Errors
    /// When one is no text.
    pub fn headers(&self, names: &dyn Names) -> Result<Vec<(String, String)>, RenderError> {
        texts(&self.send, &WithSettings { settings: SettingNames(&self.settings), outer: names })
            .map_err(|error| error.at("send"))
    }

    /// What an answer means.
    pub fn judge(&self, step: Step, answer: &HttpAnswer) -> Option<SignInVerdict> {
        self.one(step).map(|call| call.rules.judge(answer))
    }

    /// What is kept of an answer.
    ///
    /// # Errors
    /// What the answer lacks, and where it should have been.
    pub fn kept_in(&self, step: Step, answer: &HttpAnswer) -> Result<Vec<(String, String)>, String> {
        let own = self.refresh.as_ref().filter(|_| step == Step::Refresh);
        // the answer to a refresh may be like that to the sign-in, or be empty: what it does not have stays as it was
        let (values, is_lenient) = match own {
            Some(refresh) if !refresh.kept.is_empty() => (&refresh.kept, false),
            Some(_) => (&self.kept, true),
            None => (&self.kept, false),
        };
        let mut kept = Vec::new();
        for value in values {
            match value.from.find(answer).filter(|text| !text.is_empty()) {
                Some(text) => kept.push((value.name.clone(), text)),
                None if is_lenient || value.optional => {}
                None => return Err(format!("`{}` is not there ({})", value.name, value.from)),
            }
        }
        Ok(kept)
    }

    /// How long the sign-in holds, as the answer or the mapping says it.
    pub fn lives(&self, step: Step, answer: &HttpAnswer) -> Option<Wait> {
        self.lives.as_ref()?.read(step, answer)
    }

    fn one(&self, step: Step) -> Option<&OneCall> {
        match step {
            Step::SignIn => Some(&self.call),
            Step::Refresh => self.refresh.as_ref().map(|refresh| &refresh.call),
        }
    }
}

impl OneCall {
    fn bind(call: &SignInCall, place: &str, shared: &Shared<'_>, problems: &mut Vec<BindProblem>) -> Self {
        let names = SettingNames(shared.settings);
        let mut headers = filled(&shared.api.headers, &names);
        for (name, tree) in filled(&call.headers, &names) {
            headers.retain(|(known, _)| !known.eq_ignore_ascii_case(&name));
            headers.push((name, tree));
        }
        let body = match (&call.body, &call.form) {
            (Some(body), _) => BoundBody::Json(body.fill_in(&names)),
            (None, Some(form)) => BoundBody::Form(filled(form, &names)),
            (None, None) => BoundBody::Empty,
        };
        let basic = call
            .basic
            .as_ref()
            .map(|pair| BasicPair { username: pair.username.fill_in(&names), password: pair.password.fill_in(&names) });
        let own = call.base_url.as_ref();
        let own = own.map(|tree| bind_base_url(tree, &format!("{place}.base_url"), &names, problems));
        let rules = Rule::bind_all(&call.answers, &format!("{place}.answers"), problems);
        Self {
            method: call.method.unwrap_or(Method::Post),
            base: own.clone().unwrap_or_else(|| base_of(call.host.as_deref(), shared.base_url, shared.api)),
            own_base: own,
            path: call.path.iter().map(|tree| tree.fill_in(&names)).collect(),
            query: filled(&call.query, &names),
            headers,
            basic,
            body,
            rules: SignInRules { own: rules.into(), api: Arc::clone(shared.rules), errors: Arc::clone(shared.errors) },
        }
    }

    fn each_tree<'a>(&'a self, visit: &mut dyn FnMut(&'a Tree)) {
        self.path.iter().for_each(&mut *visit);
        self.query.iter().chain(&self.headers).for_each(|(_, tree)| visit(tree));
        if let Some(pair) = &self.basic {
            visit(&pair.username);
            visit(&pair.password);
        }
        match &self.body {
            BoundBody::Empty => {}
            BoundBody::Json(tree) => visit(tree),
            BoundBody::Form(trees) | BoundBody::Graphql { variables: trees, .. } => {
                for (_, tree) in trees {
                    visit(tree);
                }
            }
        }
    }
}

fn filled(trees: &IndexMap<String, Tree>, names: &SettingNames<'_>) -> Vec<(String, Tree)> {
    trees.iter().map(|(name, tree)| (name.clone(), tree.fill_in(names))).collect()
}

fn texts(trees: &[(String, Tree)], names: &dyn Names) -> Result<Vec<(String, String)>, RenderError> {
    let mut texts = Vec::new();
    for (name, tree) in trees {
        if let Some(text) = tree.resolve_text(names).map_err(|error| error.at(name))? {
            texts.push((name.clone(), text));
        }
    }
    Ok(texts)
}

/// The names outside, and `$settings`, which expressions refer to.
struct WithSettings<'a> {
    settings: SettingNames<'a>,
    outer: &'a dyn Names,
}

impl Names for WithSettings<'_> {
    fn look_up(&self, path: &[String]) -> Option<Value> {
        self.settings.look_up(path).or_else(|| self.outer.look_up(path))
    }
}
