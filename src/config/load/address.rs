//! Addresses in the configuration: where to listen, what the IdP calls, what is loopback. Nothing is resolved.

use std::net::IpAddr;

use url::{Host, Url};

/// What is wrong with a text, and what to write instead.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    pub(super) message: String,
    pub(super) help: Option<String>,
}

impl std::fmt::Display for Wrong {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)?;
        self.help.as_ref().map_or(Ok(()), |help| write!(f, "; {help}"))
    }
}

impl Wrong {
    pub(super) fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { message: message.into(), help: Some(help.into()) }
    }
}

/// Checks `HOST:PORT`.
pub(super) fn listener(text: &str) -> Result<(), Wrong> {
    let wrong = || {
        Wrong::new(
            format!("`{text}` is no address to listen on"),
            "write ADDRESS:PORT, such as 0.0.0.0:8080 or [::1]:8080",
        )
    };
    let (host, port) = split(text).ok_or_else(wrong)?;
    port.parse::<u16>().map_err(|_| wrong())?;
    if host != "localhost" && host.parse::<IpAddr>().is_err() {
        return Err(wrong());
    }
    Ok(())
}

/// Whether only this machine can reach a listener.
pub(super) fn is_loopback_listener(text: &str) -> bool {
    let host = split(text).map(|(host, _)| host);
    host.is_some_and(|host| host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback()))
}

/// Checks the address under which the IdP reaches the bridge; a slash at its end goes.
pub(super) fn public_url(text: &str) -> Result<String, Wrong> {
    let wrong = |why: &str| Wrong::new(format!("`{text}` {why}"), "write it as https://bridge.example.com");
    let url = Url::parse(text).map_err(|_| wrong("is no address"))?;
    if !matches!(url.scheme(), "https" | "http") || url.host().is_none() {
        return Err(wrong("is no http or https address"));
    }
    if url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("must have no user, query or fragment"));
    }
    Ok(text.trim_end_matches('/').to_owned())
}

/// `Some(true)` for an http or https address of this machine, `Some(false)` for one elsewhere, `None` for any other text.
pub(super) fn is_loopback_url(text: &str) -> Option<bool> {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    Some(match url.host()? {
        Host::Domain(name) => name == "localhost",
        Host::Ipv4(ip) => ip.is_loopback(),
        Host::Ipv6(ip) => ip.is_loopback(),
    })
}

fn split(text: &str) -> Option<(&str, &str)> {
    let (host, port) = text.rsplit_once(':')?;
    match host.strip_prefix('[').map(|inner| inner.strip_suffix(']')) {
        Some(inner) => inner.map(|inner| (inner, port)),
        None => (!host.contains(':')).then_some((host, port)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listeners_are_address_and_port() {
        for right in ["0.0.0.0:8080", "127.0.0.1:0", "[::1]:80", "localhost:9"] {
            assert_eq!(listener(right), Ok(()), "{right}");
        }
        for wrong in
            ["8080", ":8080", "::1:80", "0.0.0.0", "0.0.0.0:99999", "http://0.0.0.0:80", "bridge.example.com:80", ""]
        {
            assert!(listener(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn loopback_is_this_machine_alone() {
        assert!(
            is_loopback_listener("[::1]:80")
                && is_loopback_listener("127.8.8.8:80")
                && is_loopback_listener("localhost:1")
        );
        assert!(!is_loopback_listener("0.0.0.0:80") && !is_loopback_listener("[::]:80"));
        assert_eq!(is_loopback_url("http://127.0.0.1:5/x"), Some(true));
        assert_eq!(is_loopback_url("http://localhost.example.com"), Some(false));
        assert_eq!(is_loopback_url("http://127.0.0.1@evil.example"), Some(false));
        assert_eq!(is_loopback_url("ha"), None);
    }

    #[test]
    fn the_public_address_is_plain() {
        assert_eq!(public_url("https://bridge.example.com/").unwrap(), "https://bridge.example.com");
        for wrong in ["bridge.example.com", "ftp://x", "https://x?y=1", "https://u@x", "https://"] {
            assert!(public_url(wrong).is_err(), "{wrong}");
        }
    }
}
