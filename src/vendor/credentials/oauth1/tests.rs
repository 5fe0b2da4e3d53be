use indexmap::IndexMap;
use secrecy::SecretString;

use super::*;
use crate::config::model::SecretSource;
use crate::mapping::model::Method;
use crate::mapping::tree::Tree;
use crate::mapping::wire::{Body, HttpRequest};
use crate::vendor::secrets::Secrets;
use crate::vendor::testing::Standing;

/// The keys of OAuth Core 1.0a, appendix A, and of RFC 5849 section 1.2.
fn signer(token: Option<(&str, &str)>, seconds: i64) -> Oauth1 {
    let connection = ConnectionName::parse("support").unwrap();
    let mut given = vec![("consumer_key", "dpf43f3p2l4k3l03"), ("consumer_secret", "kd94hf93k423kf44")];
    given.extend(token.into_iter().flat_map(|(token, secret)| [("token", token), ("token_secret", secret)]));
    let literal = |text: &str| SecretSource::Literal(SecretString::from(text));
    let sources: IndexMap<_, _> = given.iter().map(|(name, text)| ((*name).to_owned(), literal(text))).collect();
    let secrets = std::sync::Arc::new(Secrets::new(connection, sources).unwrap());
    let value = |name: &str| SecretValue::new(&Tree::Reference(vec!["secrets".to_owned(), name.to_owned()]), &secrets);
    let token = token.map(|_| (value("token"), value("token_secret")));
    let clock = std::sync::Arc::new(Standing(jiff::Timestamp::from_second(seconds).unwrap()));
    Oauth1::new(value("consumer_key"), value("consumer_secret"), token, clock).unwrap()
}

fn request(method: Method, url: &str, body: Body) -> Prepared {
    Prepared::new(&HttpRequest { method, url: url.to_owned(), headers: Vec::new(), body }).unwrap()
}

/// OAuth Core 1.0a, appendix A.5: every parameter of the protocol, `oauth_version` included.
#[test]
fn the_photo_of_oauth_core_is_signed_as_published() {
    let signer = signer(Some(("nnch734d00sl2jdk", "pfkkdhi9sl3r4s00")), 1_191_242_096);
    let photo = request(Method::Get, "http://photos.example.net/photos?size=original&file=vacation.jpg", Body::Empty);
    assert_eq!(
        signer.header(&photo, signer.clock.now().as_second(), "kllo9940pd9333jh").unwrap(),
        "OAuth oauth_consumer_key=\"dpf43f3p2l4k3l03\", oauth_token=\"nnch734d00sl2jdk\", \
         oauth_signature_method=\"HMAC-SHA1\", oauth_timestamp=\"1191242096\", oauth_nonce=\"kllo9940pd9333jh\", \
         oauth_version=\"1.0\", oauth_signature=\"tR3%2BTy81lMeYAr%2FFid0kMTYa%2FWM%3D\""
    );
}

/// RFC 5849 section 1.2: the request for the photo, without `oauth_version`.
#[test]
fn the_photo_of_rfc_5849_is_signed_as_published() {
    let header = [
        ("oauth_consumer_key", "dpf43f3p2l4k3l03"),
        ("oauth_token", "nnch734d00sl2jdk"),
        ("oauth_signature_method", "HMAC-SHA1"),
        ("oauth_timestamp", "137131202"),
        ("oauth_nonce", "chapoH"),
    ];
    let url = "http://photos.example.net:80/photos?file=vacation.jpg&size=original".parse().unwrap();
    let base = base_string("GET", &url, None, &header);
    assert_eq!(sign(&base, "kd94hf93k423kf44", "pfkkdhi9sl3r4s00"), "MdpQcU8iPSUjWoN/UDMsK2sui9I=");
}

/// RFC 5849 section 3.4.1.1: parameters of query and form, names that repeat, names without value, double encoding.
#[test]
fn the_base_string_of_rfc_5849_is_made_as_published() {
    let header = [
        ("oauth_consumer_key", "9djdj82h48djs9d2"),
        ("oauth_token", "kkk9d7dh3k39sjv7"),
        ("oauth_signature_method", "HMAC-SHA1"),
        ("oauth_timestamp", "137131201"),
        ("oauth_nonce", "7d8f3e4a"),
    ];
    let url = "http://EXAMPLE.com:80/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b".parse().unwrap();
    let base = base_string("POST", &url, Some(b"c2&a3=2+q"), &header);
    assert_eq!(
        base,
        "POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D%26c%2540%3D%26c2%3D%26oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_method%3DHMAC-SHA1%26oauth_timestamp%3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7"
    );
    // the signature after the erratum on this section
    assert_eq!(sign(&base, "j49sk3j29djd", "dh893hdasih9"), "r6/TJjbCOr97/+UU0NsvSne7s5g=");
}

#[test]
fn a_form_is_signed_and_a_json_body_is_not() {
    let signer = signer(None, 1);
    let url = "https://api.example/users";
    let form = |value: &str| Body::Form(vec![("a".to_owned(), value.to_owned())]);
    let header = |body: Body| signer.header(&request(Method::Post, url, body), 1, "n").unwrap();
    assert_ne!(header(form("1")), header(form("2")));
    assert_eq!(header(Body::Json(1.into())), header(Body::Json(2.into())));
    assert_eq!(header(Body::Json(1.into())), header(Body::Empty));
}

#[test]
fn a_consumer_without_token_signs_with_its_own_secret() {
    let header = signer(None, 1).header(&request(Method::Get, "https://api.example/", Body::Empty), 1, "n").unwrap();
    assert!(!header.contains("oauth_token"), "{header}");
}

#[test]
fn every_attempt_has_a_nonce_of_its_own() {
    let signer = signer(None, 1);
    let request = request(Method::Get, "https://api.example/", Body::Empty);
    let value = || signer.sign(&request).unwrap().0.headers[0].1.expose_secret().to_owned();
    assert_ne!(value(), value());
}

#[test]
fn debug_output_shows_no_key() {
    let shown = format!("{:?}", signer(Some(("nnch734d00sl2jdk", "pfkkdhi9sl3r4s00")), 1));
    for secret in ["dpf43f3p2l4k3l03", "kd94hf93k423kf44", "nnch734d00sl2jdk", "pfkkdhi9sl3r4s00"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}
