//! Where calls go: one address for all, or hosts that the vendor names at run time. Every call goes somewhere, and nothing is
//! described that no call uses.

use serde_json::Value;

use super::Checker;
use super::references::Allowed;
use crate::document::Place;
use crate::mapping::bound::hosts::LONGEST_KEEP_SECONDS;
use crate::mapping::model::Hosts;
use crate::mapping::tree::Tree;

impl<'a> Checker<'a> {
    pub(super) fn check_hosts(&mut self) {
        let api = &self.file.api;
        let place = Place::of(["api"]);
        if let Some(base_url) = &api.base_url {
            self.check_base_url(base_url, &place.key("base_url"));
        }
        match &api.hosts {
            Some(hosts) => self.check_list_of_hosts(hosts, &place.key("hosts")),
            None if api.base_url.is_none() => {
                self.at_key(&place, "nothing says where the API is").help(
                    "add `base_url: $settings.base_url`, or `hosts` where the vendor names its hosts at run time",
                );
            }
            None => {}
        }
        if let (Some(_), Some(_)) = (&api.base_url, &api.host) {
            self.at_key(&place.key("host"), "`host` and `base_url` both say where calls go that name no host")
                .help("keep one of the two");
        }
        let mut is_used = false;
        if let Some(host) = &api.host {
            is_used = true;
            self.check_host(host, &place.key("host"));
        }
        let is_open = api.hosts.is_some() && api.base_url.is_none() && api.host.is_none();
        for named in self.calls() {
            match &named.call.host {
                Some(host) => {
                    is_used = true;
                    self.check_host(host, &named.place.key("host"));
                }
                None if is_open => {
                    self.at_key(&named.place, format!("nothing says which host serves the call `{}`", named.name))
                        .help("add `host: NAME`, or `api.host` for all calls that name none");
                }
                None => {}
            }
        }
        for (scheme, place) in self.file.api.sign_in.schemes(&place.key("sign_in")) {
            for address in scheme.addresses(&place) {
                if let Some(base_url) = address.base_url {
                    self.check_base_url(base_url, &address.place.key("base_url"));
                }
                match (address.host, address.base_url) {
                    (Some(_), Some(_)) => {
                        self.at_key(
                            &address.place.key("host"),
                            "`host` and `base_url` both say where the sign-in goes",
                        )
                        .help("keep one of the two");
                    }
                    (Some(host), None) => {
                        is_used = true;
                        self.check_host(host, &address.place.key("host"));
                    }
                    (None, None) if is_open => {
                        self.at_key(&address.place, "nothing says which host serves the sign-in")
                            .help("add `host: NAME`");
                    }
                    (None, _) => {}
                }
            }
        }
        if api.hosts.is_some() && !is_used {
            self.at_key(&place.key("hosts"), "no call goes to one of these hosts")
                .help("name the service in the calls as `host: NAME`, or for all of them under `api.host`");
        }
    }

    fn check_host(&mut self, host: &str, place: &Place) {
        if host.trim().is_empty() || host.chars().any(|c| c.is_control() || "{}/".contains(c)) {
            self.at(place, format!("`{host}` is no name of a service"))
                .help("write the name as the vendor's list has it; letter case counts");
        } else if self.file.api.hosts.is_none() {
            self.at(place, format!("nothing says where the host of `{host}` is found"))
                .help("describe the vendor's list of hosts under `api.hosts`, or take `host` out");
        }
    }

    fn check_list_of_hosts(&mut self, hosts: &'a Hosts, place: &Place) {
        let call = place.key("call");
        self.check_base_url(&hosts.call.base_url, &call.key("base_url"));
        self.check_headers(&hosts.call.headers, &call.key("headers"), false);
        for (n, segment) in hosts.call.path.iter().enumerate() {
            if let Tree::Constant(Value::String(text)) = segment
                && (matches!(text.as_str(), "" | "." | "..") || text.contains(['/', '?', '#', '{', '}']))
            {
                self.at(&call.key("path").index(n), format!("`{text}` is no segment of a path"))
                    .help("write each segment on its own; query parameters go into `query`");
            }
        }
        for (key, path) in [("items", &hosts.items), ("name", &hosts.name), ("host", &hosts.host)] {
            self.check_vendor_path(path, &place.key(key));
        }
        match &hosts.scheme {
            Some(Tree::Constant(scheme)) if !matches!(scheme.as_str(), Some("https" | "http")) => {
                self.at(&place.key("scheme"), "the scheme of hosts is https, or http for those on loopback");
            }
            _ => {}
        }
        match &hosts.keep_seconds {
            Some(Tree::Constant(seconds))
                if !seconds.as_u64().is_some_and(|seconds| (1..=LONGEST_KEEP_SECONDS).contains(&seconds)) =>
            {
                self.at(&place.key("keep_seconds"), format!("a list is kept 1 to {LONGEST_KEEP_SECONDS} seconds"));
            }
            _ => {}
        }
    }

    pub(super) fn check_hosts_references(&mut self, hosts: &'a Hosts, place: &Place, allowed: Allowed<'a>) {
        let call = place.key("call");
        self.tree(&hosts.call.base_url, &call.key("base_url"), allowed);
        self.list(&hosts.call.path, &call.key("path"), allowed);
        self.trees(&hosts.call.query, &call.key("query"), allowed);
        self.trees(&hosts.call.headers, &call.key("headers"), allowed);
        for (key, tree) in [("scheme", &hosts.scheme), ("keep_seconds", &hosts.keep_seconds)] {
            if let Some(tree) = tree {
                self.tree(tree, &place.key(key), allowed);
            }
        }
    }
}
