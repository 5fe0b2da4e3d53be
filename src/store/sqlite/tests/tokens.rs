//! Inbound tokens.

use super::*;
use crate::store::StoredToken;

fn token(name: &str, second: i64) -> StoredToken {
    StoredToken { name: name.to_owned(), sha256: [7; 32], created: at(second), expires: Some(at(900)), last_used: None }
}

#[tokio::test]
async fn tokens_are_added_replaced_listed_and_removed_per_connection() {
    let fixture = Fixture::new();
    let store = &fixture.store;
    store.put_token(&here(), token("b", 2)).await.unwrap();
    store.put_token(&here(), token("a", 3)).await.unwrap();
    store.put_token(&there(), token("b", 1)).await.unwrap();
    assert_eq!(store.tokens(&here()).await.unwrap(), vec![token("b", 2), token("a", 3)]);
    let replaced = StoredToken { sha256: [8; 32], expires: None, ..token("a", 4) };
    store.put_token(&here(), replaced.clone()).await.unwrap();
    assert_eq!(store.tokens(&here()).await.unwrap(), vec![token("b", 2), replaced]);
    assert!(store.delete_token(&here(), "b").await.unwrap());
    assert!(!store.delete_token(&here(), "b").await.unwrap());
    assert_eq!(store.tokens(&there()).await.unwrap(), vec![token("b", 1)]);
}

#[tokio::test]
async fn noting_a_use_never_brings_a_revoked_token_back_nor_turns_time_back() {
    let fixture = Fixture::new();
    let store = &fixture.store;
    store.put_token(&here(), token("a", 1)).await.unwrap();
    store.note_token_use(&here(), "a", at(60)).await.unwrap();
    store.note_token_use(&here(), "a", at(30)).await.unwrap();
    assert_eq!(store.tokens(&here()).await.unwrap()[0].last_used, Some(at(60)));
    store.delete_token(&here(), "a").await.unwrap();
    store.note_token_use(&here(), "a", at(90)).await.unwrap();
    assert_eq!(store.tokens(&here()).await.unwrap(), Vec::new());
}
