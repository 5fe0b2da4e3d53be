use secrecy::SecretString;

use super::*;
use crate::config::model::SecretSource;
use crate::store::StoredToken;
use crate::store::sqlite::{Role, SqliteStore};

fn connection() -> ConnectionName {
    ConnectionName::parse("support").unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn made(name: &str, token: &str) -> StoredToken {
    let (sha256, created) = (Sha256::digest(token).into(), at("2026-11-01T00:00:00Z"));
    StoredToken { name: name.to_owned(), sha256, created, expires: None, last_used: None }
}

fn configured(name: &str, secret: TokenSecret) -> InboundToken {
    InboundToken { name: name.to_owned(), secret, expires: None, me: None }
}

/// A store of its own; the folder goes with the guard.
fn store() -> (Arc<dyn Store>, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&folder.path().join("bridge.db"), Role::Server).unwrap();
    (Arc::new(store), folder)
}

#[tokio::test]
async fn tokens_come_from_the_configuration_and_from_the_store() {
    let (store, folder) = store();
    let file = folder.path().join("token");
    std::fs::write(&file, "from-file\n").unwrap();
    let literal = TokenSecret::Source(SecretSource::Literal(SecretString::from("plain")));
    let sources = Sources::new(
        connection(),
        vec![
            configured("literal", literal),
            configured("file", TokenSecret::Source(SecretSource::File(file.clone()))),
            configured("hash", TokenSecret::Sha256(Sha256::digest("hashed").into())),
        ],
        None,
        store.clone(),
    );
    store.put_token(&connection(), made("made", "stored")).await.unwrap();
    let tokens = Tokens::new(false);
    tokens.replace(sources.read().await.unwrap());
    let now = at("2026-11-02T00:00:00Z");
    for (token, name) in [("plain", "literal"), ("from-file", "file"), ("hashed", "hash"), ("stored", "made")] {
        assert_eq!(tokens.admit(Some(format!("Bearer {token}").as_bytes()), now).unwrap().name, name);
    }

    std::fs::write(&file, "from the changed file").unwrap();
    tokens.replace(sources.read().await.unwrap());
    assert!(tokens.admit(Some(b"Bearer from the changed file"), now).is_ok());
    assert!(tokens.admit(Some(b"Bearer from-file"), now).is_err());
}

#[tokio::test]
async fn a_token_that_cannot_be_read_is_named() {
    let (store, _folder) = store();
    let missing = TokenSecret::Source(SecretSource::File("/nowhere/token".into()));
    let sources = Sources::new(connection(), vec![configured("okta", missing)], None, store);
    let said = sources.read().await.unwrap_err().to_string();
    for part in ["support", "`okta`", "/nowhere/token"] {
        assert!(said.contains(part), "{said}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_new_token_holds_and_a_revoked_one_stops_holding_after_the_next_look() {
    let (store, _folder) = store();
    let tokens = Arc::new(Tokens::new(false));
    let stop = CancellationToken::new();
    let sources = Sources::new(connection(), Vec::new(), None, store.clone());
    let looking = tokio::spawn(keep_fresh(tokens.clone(), sources, stop.clone()));
    let is_let_in = || tokens.admit(Some(b"Bearer t"), at("2026-11-02T00:00:00Z")).is_ok();

    assert!(!is_let_in());
    store.put_token(&connection(), made("t", "t")).await.unwrap();
    tokio::time::sleep(RELOAD_EVERY * 2).await;
    assert!(is_let_in());
    assert!(store.delete_token(&connection(), "t").await.unwrap());
    tokio::time::sleep(RELOAD_EVERY * 2).await;
    assert!(!is_let_in());

    stop.cancel();
    looking.await.unwrap();
}

#[tokio::test]
async fn the_last_use_is_written_to_the_minute_and_once() {
    let (store, _folder) = store();
    store.put_token(&connection(), made("t", "t")).await.unwrap();
    let sources = Sources::new(connection(), Vec::new(), None, store.clone());
    let tokens = Tokens::new(false);
    tokens.replace(sources.read().await.unwrap());
    let mut written = HashMap::new();

    write_uses(&tokens, &sources, &mut written).await;
    assert_eq!(store.tokens(&connection()).await.unwrap()[0].last_used, None);
    tokens.admit(Some(b"Bearer t"), at("2026-11-02T10:20:30Z")).unwrap();
    write_uses(&tokens, &sources, &mut written).await;
    assert_eq!(store.tokens(&connection()).await.unwrap()[0].last_used, Some(at("2026-11-02T10:20:00Z")));
    assert_eq!(written.len(), 1);

    store.delete_token(&connection(), "t").await.unwrap();
    tokens.replace(sources.read().await.unwrap());
    write_uses(&tokens, &sources, &mut written).await;
    assert!(written.is_empty() && store.tokens(&connection()).await.unwrap().is_empty());
}
