//! OAuth 2.0 sign-in: resource owner password credentials (RFC 6749 section 4.3) and client credentials (section 4.4),
//! through the `oauth2` crate, whose types do not leave this file. Keeps no token and repeats nothing.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use oauth2::basic::{
    BasicErrorResponse, BasicRevocationErrorResponse, BasicTokenIntrospectionResponse, BasicTokenType,
};
use oauth2::{
    AccessToken, AsyncHttpClient, AuthType, Client, ClientId, ClientSecret, EndpointNotSet, HttpRequest, HttpResponse,
    RefreshToken, RequestTokenError, ResourceOwnerPassword, ResourceOwnerUsername, Scope, StandardRevocableToken,
    TokenResponse, TokenUrl, http,
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::session::Session;
use super::token::{Fresh, Grant};
use super::values::{SecretValue, plain_name, secret_names};
use super::{Parts, SignInError};
use crate::clock::SharedClock;
use crate::ids::ConnectionName;
use crate::mapping::wire::HttpAnswer;
use crate::vendor::hosts::Hosts;
use crate::vendor::retry_after::retry_after;
use crate::vendor::secrets::fingerprint;
use crate::vendor::send::{Prepared, SendError, Wire};

/// Pause after a limit on sign-ins without `Retry-After`: such limits are usually counted by the minute.
const LIMITED_PAUSE: Duration = Duration::from_mins(1);
/// A sign-in at a token endpoint.
#[derive(Debug)]
pub(super) struct Oauth2Grant {
    connection: ConnectionName,
    title: String,
    /// Perhaps with the name of its host, which the vendor says at run time.
    token_url: String,
    hosts: Arc<Hosts>,
    kind: Kind,
    wire: Arc<dyn Wire>,
    clock: SharedClock,
}

#[derive(Debug)]
enum Kind {
    Password { username: SecretValue, password: SecretValue },
    Client { client_id: SecretValue, client_secret: SecretValue, scope: Option<SecretValue> },
}

impl Kind {
    /// Both halves as they are now.
    fn read(&self) -> Result<(SecretString, SecretString), SignInError> {
        match self {
            Self::Password { username: name, password: word }
            | Self::Client { client_id: name, client_secret: word, .. } => Ok((name.read()?, word.read()?)),
        }
    }
}

impl Oauth2Grant {
    /// With the user name and password of a service account.
    ///
    /// # Errors
    /// When a secret has no value.
    pub(super) fn password(
        parts: &Parts,
        token_url: String,
        username: SecretValue,
        password: SecretValue,
    ) -> Result<Self, String> {
        Self::new(parts, token_url, Kind::Password { username, password })
    }

    /// With the bridge's own client id and secret, in the form body.
    ///
    /// # Errors
    /// When a secret has no value.
    pub(super) fn client(
        parts: &Parts,
        token_url: String,
        client_id: SecretValue,
        client_secret: SecretValue,
        scope: Option<SecretValue>,
    ) -> Result<Self, String> {
        Self::new(parts, token_url, Kind::Client { client_id, client_secret, scope })
    }

    fn new(parts: &Parts, token_url: String, kind: Kind) -> Result<Self, String> {
        kind.read().map_err(|error| error.to_string())?;
        Ok(Self {
            connection: parts.connection.clone(),
            title: parts.title.clone(),
            token_url,
            hosts: Arc::clone(&parts.hosts),
            kind,
            wire: Arc::clone(&parts.wire),
            clock: Arc::clone(&parts.clock),
        })
    }

    /// Sends what the crate has put together. An answer that is no success ends here, so that the crate sees only
    /// tokens.
    async fn exchange(&self, request: HttpRequest) -> Result<HttpResponse, SignInError> {
        let (mut head, body) = request.into_parts();
        // The crate always authenticates the client. A password grant here has no client, and a vendor that knows none
        // may refuse what it does not expect.
        if matches!(self.kind, Kind::Password { .. }) {
            head.headers.remove(http::header::AUTHORIZATION);
        }
        let say = |problem: String| format!("{} sign-in of connection {}: {problem}", self.title, self.connection);
        let prepared = Prepared::encoded(head.uri.to_string().as_str(), head.headers, body)
            .map_err(|error| SignInError::Broken(say(error.to_string())))?;
        let answer = self.wire.send(&prepared, None).await.map_err(|error| match &error {
            SendError::NotSent { .. } => SignInError::Unreached(say(error.to_string())),
            SendError::NotAllowed(_) | SendError::Lost { .. } | SendError::Useless { .. } => {
                SignInError::Broken(say(error.to_string()))
            }
        })?;
        if !(200..300).contains(&answer.status) {
            return Err(self.not_signed_in(&answer));
        }
        // RFC 6749 section 5.1 asks for 200; any other success is taken as well.
        let mut response = HttpResponse::new(answer.text.into_bytes());
        *response.status_mut() = http::StatusCode::OK;
        Ok(response)
    }

    /// RFC 6749 section 5.2: 400 or 401 with an error name.
    fn not_signed_in(&self, answer: &HttpAnswer) -> SignInError {
        let (title, connection, status) = (&self.title, &self.connection, answer.status);
        let name = answer.json.as_ref().and_then(|json| json.get("error")).and_then(Value::as_str).and_then(plain_name);
        let named = name.as_deref().map(|name| format!(" ({name})")).unwrap_or_default();
        let refused = |say: String| SignInError::Refused { say, retry_after: Duration::ZERO };
        match (status, name.as_deref()) {
            (429, _) => SignInError::Limited {
                say: format!("{title} allows no further sign-ins of connection {connection} for now"),
                retry_after: retry_after(answer, self.clock.now()).unwrap_or(LIMITED_PAUSE),
            },
            (500.. | 408, _) => SignInError::Broken(format!(
                "{title} sign-in of connection {connection}: its token endpoint answered {status}{named}"
            )),
            (404 | 405, _) => refused(format!(
                "{title} has no token endpoint at {} (it answered {status}); \
                 check the address in the settings of connection {connection}",
                self.token_url
            )),
            (_, Some("invalid_request" | "unsupported_grant_type" | "invalid_scope" | "unauthorized_client")) => {
                refused(format!(
                    "{title} refused the way in which connection {connection} signs in: {status}{named}; \
                     check its settings and the rights of the bridge's account at {title}"
                ))
            }
            _ => refused(format!("{}; the answer was {status}{named}", self.refused_say())),
        }
    }

    fn refused_say(&self) -> String {
        let (what, names) = match &self.kind {
            Kind::Password { username, password } => ("user name or password", secret_names(&[username, password])),
            Kind::Client { client_id, client_secret, .. } => {
                ("client id or client secret", secret_names(&[client_id, client_secret]))
            }
        };
        super::refused_say(&self.title, what, &self.connection, &names)
    }

    async fn token_url(&self) -> Result<TokenUrl, SignInError> {
        let url = self.hosts.place(&self.token_url).await.map_err(|error| super::without_host(&error))?;
        TokenUrl::new(url)
            .map_err(|error| SignInError::Broken(format!("{} is not an address: {error}", self.token_url)))
    }

    fn fresh(
        &self,
        result: Result<TokenAnswer, RequestTokenError<SignInError, BasicErrorResponse>>,
    ) -> Result<Fresh, SignInError> {
        match result {
            Ok(answer) => Ok(Fresh {
                lifetime: answer.expires_in(),
                credential: super::bearer(&answer.access_token.into_secret()),
                session: Session::default(),
            }),
            Err(RequestTokenError::Request(error)) => Err(error),
            // The crate's error quotes the answer, which may hold a token: only the fact is passed on.
            Err(RequestTokenError::Parse(..) | RequestTokenError::ServerResponse(_) | RequestTokenError::Other(_)) => {
                Err(SignInError::Broken(format!(
                    "{} sign-in of connection {}: the answer of its token endpoint holds no usable token",
                    self.title, self.connection
                )))
            }
        }
    }
}

/// The adapter between the crate and our sender.
impl<'c> AsyncHttpClient<'c> for Oauth2Grant {
    type Error = SignInError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, SignInError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.exchange(request))
    }
}

#[async_trait]
impl Grant for Oauth2Grant {
    async fn sign_in(&self) -> Result<Fresh, SignInError> {
        let token_url = self.token_url().await?;
        let (name, word) = self.kind.read()?;
        let (name, word) = (name.expose_secret().to_owned(), word.expose_secret().to_owned());
        let result = match &self.kind {
            Kind::Password { .. } => {
                let client = Oauth2Client::new(ClientId::new(String::new()))
                    .set_client_secret(ClientSecret::new(String::new()))
                    .set_auth_type(AuthType::BasicAuth)
                    .set_token_uri(token_url);
                let (username, password) = (ResourceOwnerUsername::new(name), ResourceOwnerPassword::new(word));
                client.exchange_password(&username, &password).request_async(self).await
            }
            Kind::Client { scope, .. } => {
                let scope = scope.as_ref().map(SecretValue::read).transpose()?;
                let client = Oauth2Client::new(ClientId::new(name))
                    .set_client_secret(ClientSecret::new(word))
                    .set_auth_type(AuthType::RequestBody)
                    .set_token_uri(token_url);
                let scopes = scope.map(|scope| Scope::new(scope.expose_secret().to_owned()));
                client.exchange_client_credentials().add_scopes(scopes).request_async(self).await
            }
        };
        self.fresh(result)
    }

    fn fingerprint(&self) -> Option<[u8; 32]> {
        let (name, word) = self.kind.read().ok()?;
        Some(fingerprint(&[name.expose_secret(), word.expose_secret()]))
    }
}

type Oauth2Client = Client<
    BasicErrorResponse,
    TokenAnswer,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
>;

/// A token answer as vendors send it: `expires_in` as number or text or not at all, `token_type` in any letter case or
/// not at all.
#[derive(Debug, Serialize, Deserialize)]
struct TokenAnswer {
    access_token: AccessToken,
    #[serde(default)]
    expires_in: Option<Value>,
    #[serde(skip, default = "bearer")]
    token_type: BasicTokenType,
}

impl TokenResponse for TokenAnswer {
    type TokenType = BasicTokenType;

    fn access_token(&self) -> &AccessToken {
        &self.access_token
    }

    fn token_type(&self) -> &BasicTokenType {
        &self.token_type
    }

    fn expires_in(&self) -> Option<Duration> {
        let seconds = match self.expires_in.as_ref()? {
            Value::Number(number) => number.as_f64()?,
            Value::String(text) => text.trim().parse().ok()?,
            _ => return None,
        };
        Duration::try_from_secs_f64(seconds).ok()
    }

    fn refresh_token(&self) -> Option<&RefreshToken> {
        None
    }

    fn scopes(&self) -> Option<&Vec<Scope>> {
        None
    }
}

/// RFC 6749 section 7.1 compares without letter case, and every vendor that the bridge signs in at uses bearer tokens;
/// another type is noticed by the 401 that follows.
fn bearer() -> BasicTokenType {
    BasicTokenType::Bearer
}

#[cfg(test)]
mod tests;
