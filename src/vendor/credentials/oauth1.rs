//! OAuth 1.0a: a signature of its own for every attempt, with HMAC-SHA1 (RFC 5849 sections 3.4 and 3.5.1). Nothing is kept and
//! nothing is renewed; the secrets are read for each call.

use std::sync::atomic::{AtomicBool, Ordering};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use percent_encoding::utf8_percent_encode;
use secrecy::ExposeSecret;
use sha1::Sha1;
use url::{Position, Url};

use super::SignInError;
use super::values::{SecretValue, UNRESERVED, secret_names};
use crate::clock::SharedClock;
use crate::ids::ConnectionName;
use crate::vendor::secrets::fingerprint;
use crate::vendor::send::{Credential, Prepared};

/// Signs calls.
#[derive(Debug)]
pub(in crate::vendor) struct Oauth1 {
    consumer_key: SecretValue,
    consumer_secret: SecretValue,
    /// The access token and its secret.
    token: Option<(SecretValue, SecretValue)>,
    clock: SharedClock,
    is_accepted: AtomicBool,
}

impl Oauth1 {
    /// Signs with these keys.
    ///
    /// # Errors
    /// When one of them has no value.
    pub(super) fn new(
        consumer_key: SecretValue,
        consumer_secret: SecretValue,
        token: Option<(SecretValue, SecretValue)>,
        clock: SharedClock,
    ) -> Result<Self, String> {
        let signer = Self { consumer_key, consumer_secret, token, clock, is_accepted: AtomicBool::new(true) };
        signer.fingerprint().map_err(|error| error.to_string())?;
        Ok(signer)
    }

    /// The header for one attempt, with a fingerprint of the keys. The nonce is a new one each time, also when the same call is repeated.
    ///
    /// # Errors
    /// When a secret has no value.
    pub(super) fn sign(&self, request: &Prepared) -> Result<(Credential, [u8; 32]), SignInError> {
        let nonce = format!("{:032x}", rand::random::<u128>());
        let value = self.header(request, self.clock.now().as_second(), &nonce)?;
        Ok((Credential::new("authorization", value.into()), self.fingerprint()?))
    }

    fn header(&self, request: &Prepared, seconds: i64, nonce: &str) -> Result<String, SignInError> {
        let consumer_key = self.consumer_key.read()?;
        let consumer_secret = self.consumer_secret.read()?;
        let token = self.token.as_ref().map(|(token, secret)| Ok((token.read()?, secret.read()?))).transpose()?;
        let seconds = seconds.to_string();
        let mut parameters = vec![("oauth_consumer_key", consumer_key.expose_secret())];
        parameters.extend(token.as_ref().map(|(token, _)| ("oauth_token", token.expose_secret())));
        parameters.extend([
            ("oauth_signature_method", "HMAC-SHA1"),
            ("oauth_timestamp", &seconds),
            ("oauth_nonce", nonce),
            ("oauth_version", "1.0"),
        ]);
        let base = base_string(request.method(), request.url(), request.form(), &parameters);
        let token_secret = token.as_ref().map_or("", |(_, secret)| secret.expose_secret());
        let signature = sign(&base, consumer_secret.expose_secret(), token_secret);
        parameters.push(("oauth_signature", &signature));
        let list: Vec<String> =
            parameters.iter().map(|(name, value)| format!("{name}=\"{}\"", encode(value))).collect();
        Ok(format!("OAuth {}", list.join(", ")))
    }

    /// Changes with the secrets.
    pub(super) fn fingerprint(&self) -> Result<[u8; 32], SignInError> {
        let mut read = Vec::new();
        for value in self.values() {
            read.push(value.read()?);
        }
        let texts: Vec<&str> = read.iter().map(ExposeSecret::expose_secret).collect();
        Ok(fingerprint(&texts))
    }

    /// Takes down whether the vendor accepts the signatures.
    pub(super) fn note(&self, is_accepted: bool) {
        self.is_accepted.store(is_accepted, Ordering::Relaxed);
    }

    /// Does the vendor accept them, as far as we know?
    pub(super) fn is_accepted(&self) -> bool {
        self.is_accepted.load(Ordering::Relaxed)
    }

    /// What the administrator is told when the vendor does not accept a signature.
    pub(super) fn refused_say(&self, title: &str, connection: &ConnectionName) -> String {
        let say = super::refused_say(title, "signature", connection, &secret_names(&self.values()));
        format!("{say}. A clock of this machine that is wrong by minutes has the same effect")
    }

    fn values(&self) -> Vec<&SecretValue> {
        let mut values = vec![&self.consumer_key, &self.consumer_secret];
        values.extend(self.token.iter().flat_map(|(token, secret)| [token, secret]));
        values
    }
}

/// The text that is signed (RFC 5849 section 3.4.1): method, address without its query, and all parameters of query, form and
/// header, each part encoded, sorted, and encoded once more.
fn base_string(method: &str, url: &Url, form: Option<&[u8]>, header: &[(&str, &str)]) -> String {
    let of_query = url.query_pairs();
    let of_form = url::form_urlencoded::parse(form.unwrap_or_default());
    let of_header = header.iter().map(|(name, value)| ((*name).into(), (*value).into()));
    let mut pairs: Vec<(String, String)> =
        of_query.chain(of_form).chain(of_header).map(|(name, value)| (encode(&name), encode(&value))).collect();
    pairs.sort();
    let list: Vec<String> = pairs.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    // the URL type has lower-cased scheme and host and dropped a default port (section 3.4.1.2)
    let address = &url[..Position::AfterPath];
    format!("{}&{}&{}", encode(method), encode(address), encode(&list.join("&")))
}

/// RFC 5849 section 3.4.2.
fn sign(base: &str, consumer_secret: &str, token_secret: &str) -> String {
    let key = format!("{}&{}", encode(consumer_secret), encode(token_secret));
    let keyed: Hmac<Sha1> =
        Hmac::new_from_slice(key.as_bytes()).expect("HMAC takes keys of any length (RFC 2104 section 2)");
    BASE64_STANDARD.encode(keyed.chain_update(base).finalize().into_bytes())
}

/// RFC 5849 section 3.6.
fn encode(text: &str) -> String {
    utf8_percent_encode(text, UNRESERVED).to_string()
}

#[cfg(test)]
mod tests;
