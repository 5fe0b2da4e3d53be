//! `token`: inbound credentials of a connection, kept in the store as hashes. Tokens written in `bridge.yaml` are not touched.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rand::TryRngCore as _;
use rand::rngs::OsRng;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::failure::Failure;
use super::output::{Output, note};
use super::setup::{ConfigFile, Listing, parse_connection};
use crate::clock::{Clock as _, SystemClock};
use crate::ids::ConnectionName;
use crate::store::{Store, StoredToken};

/// Random bytes in a token: 256 bits cannot be guessed, so that a plain SHA-256 is enough to keep.
const TOKEN_BYTES: usize = 32;

/// Longest name of a token, in characters.
const MAX_NAME_CHARS: usize = 63;

/// Makes, lists and revokes the tokens with which an identity provider signs in
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Makes a token and prints it once; only its SHA-256 is kept
    New {
        /// Name of the token, for logs and for `token revoke`
        #[arg(value_parser = parse_name)]
        name: String,
        /// Connection that it opens
        #[arg(long, value_name = "NAME", value_parser = parse_connection)]
        connection: ConnectionName,
        /// Last day (UTC) on which it is accepted, `2027-01-31`, or an instant, `2027-01-31T12:00:00Z`; default: for ever
        #[arg(long, value_name = "DATE", value_parser = parse_expiry)]
        expires: Option<Timestamp>,
        #[command(flatten)]
        config: ConfigFile,
    },
    /// Lists the tokens in the store
    List {
        #[command(flatten)]
        listing: Listing,
    },
    /// Revokes a token: it is refused from now on
    Revoke {
        /// Name of the token
        #[arg(value_parser = parse_name)]
        name: String,
        /// Connection that it opens
        #[arg(long, value_name = "NAME", value_parser = parse_connection)]
        connection: ConnectionName,
        #[command(flatten)]
        config: ConfigFile,
    },
}

/// Makes, lists or revokes.
pub(super) async fn run(arguments: &Arguments, output: &mut Output) -> Result<(), Failure> {
    match &arguments.command {
        Command::New { name, connection, expires, config } => {
            let setup = config.load()?;
            setup.connection(connection)?;
            let store = setup.open_store()?;
            let token = make(store.as_ref(), connection, name, *expires).await?;
            output.line(token);
            note(format_args!("connection {connection}: token {name} made; it is shown only this once"));
            Ok(())
        }
        Command::List { listing } => {
            let setup = listing.load()?;
            let store = setup.open_store()?;
            let all = || setup.config.connections.keys().cloned().collect();
            let names = listing.connection.clone().map_or_else(all, |name| vec![name]);
            list(store.as_ref(), &names, listing.json, output).await
        }
        Command::Revoke { name, connection, config } => {
            let setup = config.load()?;
            setup.connection(connection)?;
            let store = setup.open_store()?;
            if store.delete_token(connection, name).await.map_err(Failure::failed)? {
                note(format_args!("connection {connection}: token {name} revoked"));
                return Ok(());
            }
            Err(Failure::failed(format!(
                "connection {connection}: no token {name} in the store; one that is written in the configuration is revoked there"
            )))
        }
    }
}

/// Makes a token and keeps its hash.
async fn make(
    store: &dyn Store,
    connection: &ConnectionName,
    name: &str,
    expires: Option<Timestamp>,
) -> Result<String, Failure> {
    let now = SystemClock.now();
    if expires.is_some_and(|end| end <= now) {
        return Err(Failure::wrong(format!("token {name}: its last day is already over")));
    }
    if store.tokens(connection).await.map_err(Failure::failed)?.iter().any(|token| token.name == name) {
        return Err(Failure::failed(format!(
            "connection {connection}: there is a token {name} already; revoke it first or choose another name"
        )));
    }
    let token = random_token()?;
    let sha256 = Sha256::digest(token.as_bytes()).into();
    let stored = StoredToken { name: name.to_owned(), sha256, created: now, expires, last_used: None };
    store.put_token(connection, stored).await.map_err(Failure::failed)?;
    Ok(token)
}

async fn list(
    store: &dyn Store,
    connections: &[ConnectionName],
    json: bool,
    output: &mut Output,
) -> Result<(), Failure> {
    let mut all = Vec::new();
    for connection in connections {
        for token in store.tokens(connection).await.map_err(Failure::failed)? {
            all.push((connection, token));
        }
    }
    if json {
        let tokens: Vec<Value> = all.iter().map(|(connection, token)| as_json(connection, token)).collect();
        return output.json(&tokens);
    }
    if all.is_empty() {
        note("no tokens in the store");
    }
    for (connection, token) in all {
        let expires = token.expires.map_or_else(|| "never expires".to_owned(), |end| format!("expires {end}"));
        let used = token.last_used.map_or_else(|| "never used".to_owned(), |at| format!("last used {at}"));
        output.line(format_args!("{connection}  {}  made {}  {expires}  {used}", token.name, token.created));
    }
    Ok(())
}

fn as_json(connection: &ConnectionName, token: &StoredToken) -> Value {
    json!({
        "connection": connection,
        "name": token.name,
        "created": token.created,
        "expires": token.expires,
        "last_used": token.last_used,
    })
}

/// A fresh token: 32 bytes of the operating system's randomness in base64url.
pub(super) fn random_token() -> Result<String, Failure> {
    let mut bytes = [0_u8; TOKEN_BYTES];
    OsRng
        .try_fill_bytes(&mut bytes)
        .map_err(|error| Failure::failed(format!("the operating system gives no random bytes: {error}")))?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

fn parse_name(text: &str) -> Result<String, String> {
    let fits = (1..=MAX_NAME_CHARS).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    if fits {
        return Ok(text.to_owned());
    }
    Err(format!("a name has 1 to {MAX_NAME_CHARS} characters of A-Z, a-z, 0-9, `-`, `_` and `.`"))
}

/// A day means until its end, UTC; an instant means itself.
fn parse_expiry(text: &str) -> Result<Timestamp, String> {
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Ok(instant);
    }
    let help = || format!("`{text}` is neither a day such as 2027-01-31 nor an instant such as 2027-01-31T12:00:00Z");
    let day: Date = text.parse().map_err(|_| help())?;
    let next_day = day.tomorrow().map_err(|_| help())?;
    let end = next_day.to_zoned(TimeZone::UTC).map_err(|_| help())?;
    Ok(end.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_long_random_and_fits_a_header() {
        let (one, other) = (random_token().expect("random bytes"), random_token().expect("random bytes"));
        assert_ne!(one, other);
        assert_eq!(one.len(), 43);
        assert!(one.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)));
    }

    #[test]
    fn a_token_that_expires_on_a_day_is_good_until_that_day_ends() {
        let end: Timestamp = "2027-02-01T00:00:00Z".parse().expect("an instant");
        assert_eq!(parse_expiry("2027-01-31"), Ok(end));
        assert_eq!(parse_expiry("2027-02-01T00:00:00Z"), Ok(end));
        assert!(parse_expiry("31.1.2027").is_err());
        assert!(parse_expiry("2027-02-30").is_err());
    }

    #[test]
    fn a_name_that_a_log_could_misread_is_refused() {
        assert!(parse_name("okta-2027").is_ok());
        assert!(parse_name("").is_err());
        assert!(parse_name("two words").is_err());
        assert!(parse_name("line\nbreak").is_err());
    }
}
