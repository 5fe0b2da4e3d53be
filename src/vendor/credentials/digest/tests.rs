use indexmap::IndexMap;
use serde_json::json;

use super::*;
use crate::config::model::SecretSource;
use crate::mapping::model::Method;
use crate::mapping::tree::Tree;
use crate::mapping::wire::{Body, HttpRequest};
use crate::vendor::secrets::Secrets;
use crate::vendor::testing::{answer, answer_with};

fn digest(username: &str, password: &str) -> Result<Digest, String> {
    let connection = ConnectionName::parse("support").unwrap();
    let literal = |text: &str| SecretSource::Literal(SecretString::from(text));
    let sources = IndexMap::from([("name".to_owned(), literal(username)), ("word".to_owned(), literal(password))]);
    let secrets = std::sync::Arc::new(Secrets::new(connection, sources).unwrap());
    let value = |name: &str| SecretValue::new(&Tree::Reference(vec!["secrets".to_owned(), name.to_owned()]), &secrets);
    Digest::new(value("name"), value("word"))
}

fn request() -> Prepared {
    let url = "https://api.example/dir/index.html?a=%20b".to_owned();
    Prepared::new(&HttpRequest { method: Method::Get, url, headers: Vec::new(), body: Body::Empty }).unwrap()
}

fn asked(parameters: &str) -> HttpAnswer {
    answer_with(401, "www-authenticate", &format!(r#"Digest realm="r", {parameters}"#))
}

fn value(of: Option<(Credential, Nonce)>) -> (String, Nonce) {
    let (credential, nonce) = of.expect("a response");
    (credential.headers[0].1.expose_secret().to_owned(), nonce)
}

fn responds(challenge: &HttpAnswer, username: &str, password: &str, client_nonce: &str) -> String {
    let challenge = Challenge::find(challenge).unwrap();
    let nonce = Nonce { challenge, count: 1, is_proven: false, fingerprint: [0; 32] };
    let value = header(&nonce, &username.into(), &password.into(), "GET", "/dir/index.html", client_nonce);
    value.expose_secret().to_owned()
}

/// RFC 7616 section 3.9.1.
#[test]
fn the_examples_of_rfc_7616_are_answered_as_published() {
    for (algorithm, response) in [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ] {
        let challenge = answer_with(
            401,
            "www-authenticate",
            &format!(
                r#"Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm={algorithm}, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS""#
            ),
        );
        assert_eq!(
            responds(&challenge, "Mufasa", "Circle of Life", "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"),
            format!(
                r#"Digest username="Mufasa", realm="http-auth@example.org", nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", uri="/dir/index.html", response="{response}", algorithm={algorithm}, qop=auth, nc=00000001, cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS""#
            )
        );
    }
}

/// RFC 2617 section 3.5, the example that older servers were written by.
#[test]
fn the_example_of_rfc_2617_is_answered_as_published() {
    let challenge = answer_with(
        401,
        "www-authenticate",
        r#"Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41""#,
    );
    let header = responds(&challenge, "Mufasa", "Circle Of Life", "0a4f113b");
    assert!(header.contains(r#"response="6629fae49393a05397450978507c4ef1""#), "{header}");
    assert!(!header.contains("algorithm"), "{header}");
}

#[test]
fn names_that_no_quoted_text_can_hold_are_encoded() {
    let header = responds(&asked(r#"nonce="n", qop="auth""#), "J\u{e4}s\u{f8}n", "p", "c");
    assert!(header.starts_with("Digest username*=UTF-8''J%C3%A4s%C3%B8n, "), "{header}");
    let header = responds(&asked(r#"nonce="n""#), r#"a"b\c"#, "p", "c");
    assert!(header.starts_with(r#"Digest username="a\"b\\c", "#), "{header}");
    assert!(!header.contains("cnonce") && !header.contains("nc="), "{header}");
}

#[test]
fn nothing_is_sent_before_the_vendor_asks_and_then_the_count_grows() {
    let digest = digest("ada", "hidden").unwrap();
    assert!(digest.respond(&request(), None).unwrap().is_none());
    assert!(Digest::asked(&answer(200, &json!({}))).is_none());
    let challenge = Digest::asked(&asked(r#"nonce="n1", qop="auth""#)).expect("a challenge");
    let (first, nonce) = value(digest.respond(&request(), Some(challenge)).unwrap());
    assert!(first.contains("nc=00000001") && first.contains(r#"uri="/dir/index.html?a=%20b""#), "{first}");
    digest.accept(nonce, &answer(200, &json!({})));
    let (second, _) = value(digest.respond(&request(), None).unwrap());
    assert!(second.contains("nc=00000002") && second.contains(r#"nonce="n1""#), "{second}");
}

#[test]
fn a_nonce_serves_one_call_at_a_time() {
    let digest = digest("ada", "hidden").unwrap();
    let challenge = Challenge::find(&asked(r#"nonce="n1", qop="auth""#)).unwrap();
    let (_, nonce) = value(digest.respond(&request(), Some(challenge)).unwrap());
    digest.accept(nonce, &answer(200, &json!({})));
    let (_, under_way) = value(digest.respond(&request(), None).unwrap());
    assert!(digest.respond(&request(), None).unwrap().is_none(), "it would overtake the first");
    digest.accept(under_way, &answer(200, &json!({})));
    assert!(value(digest.respond(&request(), None).unwrap()).0.contains("nc=00000003"));
}

#[test]
fn the_nonce_that_the_vendor_announces_is_used_next() {
    let digest = digest("ada", "hidden").unwrap();
    let challenge = Challenge::find(&asked(r#"nonce="n1", qop="auth""#)).unwrap();
    let (_, nonce) = value(digest.respond(&request(), Some(challenge)).unwrap());
    digest.accept(nonce, &answer_with(200, "authentication-info", r#"nextnonce="n2""#));
    let (next, _) = value(digest.respond(&request(), None).unwrap());
    assert!(next.contains(r#"nonce="n2""#) && next.contains("nc=00000001"), "{next}");
}

#[test]
fn a_stale_nonce_is_renewed_and_a_wrong_password_is_not_tried_again() {
    let digest = digest("ada", "hidden").unwrap();
    let challenge = Challenge::find(&asked(r#"nonce="n1", qop="auth""#)).unwrap();
    let (_, mut nonce) = value(digest.respond(&request(), Some(challenge)).unwrap());
    let again = asked(r#"nonce="n2", qop="auth""#);
    assert!(matches!(digest.reject(Some(&nonce), &again), Reply::Refused));
    assert!(!digest.is_accepted());
    assert!(matches!(digest.reject(Some(&nonce), &asked(r#"nonce="n2", stale=true"#)), Reply::Renewed(_)));
    // it had worked before: the server was restarted, or has dropped it without saying so
    nonce.is_proven = true;
    assert!(matches!(digest.reject(Some(&nonce), &again), Reply::Renewed(_)));
}

#[test]
fn a_vendor_that_asks_for_something_else_is_told_apart_from_a_wrong_password() {
    let digest = digest("ada", "hidden").unwrap();
    let Reply::NotSpoken(problem) = digest.reject(None, &answer_with(401, "www-authenticate", "Basic realm=\"x\""))
    else {
        panic!("not spoken")
    };
    assert_eq!(problem, "it asks for Basic, not for HTTP Digest");
}

#[test]
fn a_name_with_a_colon_cannot_be_used_and_nothing_shows_the_password() {
    assert!(digest("a:b", "hidden").unwrap_err().contains("colon"));
    let digest = digest("ada", "hidden").unwrap();
    let challenge = Challenge::find(&asked(r#"nonce="n1", qop="auth""#)).unwrap();
    let (_, nonce) = value(digest.respond(&request(), Some(challenge)).unwrap());
    digest.accept(nonce, &answer(200, &json!({})));
    assert!(!format!("{digest:?}").contains("hidden"));
}
