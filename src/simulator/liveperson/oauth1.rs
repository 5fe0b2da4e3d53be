//! OAuth 1.0a signatures with HMAC-SHA1 (RFC 5849 sections 3.1, 3.4 and 3.5.1): from the header to a verdict. It keeps no keys and no nonces.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use sha1::Sha1;

/// Everything but letters, digits, `-`, `.`, `_` and `~` is encoded (RFC 5849 section 3.6).
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A signed request's `Authorization: OAuth …`.
#[derive(Debug, Clone, PartialEq)]
pub struct Signed {
    /// All parameters but the signature and `realm`, decoded.
    parameters: Vec<(String, String)>,
    signature: String,
}

impl Signed {
    /// Reads the header; `None` when it is not one, or gives a parameter twice.
    pub fn read(header: &str) -> Option<Self> {
        let (scheme, list) = header.split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("oauth") {
            return None;
        }
        let mut parameters: Vec<(String, String)> = Vec::new();
        for part in list.split(',') {
            let (name, value) = part.trim().split_once('=')?;
            let value = value.strip_prefix('"')?.strip_suffix('"')?;
            let (name, value) = (decode(name)?, decode(value)?);
            if parameters.iter().any(|(before, _)| *before == name) {
                return None;
            }
            parameters.push((name, value));
        }
        let place = parameters.iter().position(|(name, _)| name == "oauth_signature")?;
        let (_, signature) = parameters.swap_remove(place);
        parameters.retain(|(name, _)| name != "realm");
        Some(Self { parameters, signature })
    }

    /// One of the parameters.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    /// Whether the signature fits the request. `url` has neither query nor a default port, `query` no question mark.
    pub fn is_signed_with(
        &self,
        consumer_secret: &str,
        token_secret: &str,
        method: &str,
        url: &str,
        query: &str,
    ) -> bool {
        let Ok(signature) = STANDARD.decode(&self.signature) else { return false };
        let base = base_string(method, url, query, &self.parameters);
        keyed(consumer_secret, token_secret).chain_update(base).verify_slice(&signature).is_ok()
    }
}

/// The text that is signed (RFC 5849 section 3.4.1). `parameters` are those of the header.
pub fn base_string(method: &str, url: &str, query: &str, parameters: &[(String, String)]) -> String {
    let of_query = url::form_urlencoded::parse(query.as_bytes());
    let of_header = parameters.iter().map(|(name, value)| (name.into(), value.into()));
    let mut pairs: Vec<(String, String)> =
        of_query.chain(of_header).map(|(name, value)| (encode(&name), encode(&value))).collect();
    pairs.sort();
    let list: Vec<String> = pairs.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    format!("{}&{}&{}", encode(&method.to_ascii_uppercase()), encode(url), encode(&list.join("&")))
}

fn keyed(consumer_secret: &str, token_secret: &str) -> Hmac<Sha1> {
    let key = format!("{}&{}", encode(consumer_secret), encode(token_secret));
    Hmac::new_from_slice(key.as_bytes()).expect("HMAC takes keys of any length (RFC 2104)")
}

fn encode(text: &str) -> String {
    utf8_percent_encode(text, ENCODED).to_string()
}

fn decode(text: &str) -> Option<String> {
    percent_decode_str(text).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sign(base: &str, consumer_secret: &str, token_secret: &str) -> String {
        STANDARD.encode(keyed(consumer_secret, token_secret).chain_update(base).finalize().into_bytes())
    }

    /// OAuth Core 1.0a, appendix A.5: "Generating the signature".
    #[test]
    fn the_example_of_oauth_core_is_signed_as_published() {
        let header = r#"OAuth realm="http://photos.example.net/", oauth_consumer_key="dpf43f3p2l4k3l03", oauth_token="nnch734d00sl2jdk", oauth_signature_method="HMAC-SHA1", oauth_signature="tR3%2BTy81lMeYAr%2FFid0kMTYa%2FWM%3D", oauth_timestamp="1191242096", oauth_nonce="kllo9940pd9333jh", oauth_version="1.0""#;
        let signed = Signed::read(header).unwrap();
        let (url, query) = ("http://photos.example.net/photos", "file=vacation.jpg&size=original");
        let base = base_string("GET", url, query, &signed.parameters);
        assert_eq!(
            base,
            "GET&http%3A%2F%2Fphotos.example.net%2Fphotos&file%3Dvacation.jpg%26oauth_consumer_key%3Ddpf43f3p2l4k3l03%26oauth_nonce%3Dkllo9940pd9333jh%26oauth_signature_method%3DHMAC-SHA1%26oauth_timestamp%3D1191242096%26oauth_token%3Dnnch734d00sl2jdk%26oauth_version%3D1.0%26size%3Doriginal"
        );
        assert_eq!(sign(&base, "kd94hf93k423kf44", "pfkkdhi9sl3r4s00"), "tR3+Ty81lMeYAr/Fid0kMTYa/WM=");
        assert!(signed.is_signed_with("kd94hf93k423kf44", "pfkkdhi9sl3r4s00", "GET", url, query));
        assert!(!signed.is_signed_with("kd94hf93k423kf44", "another", "GET", url, query));
        assert!(!signed.is_signed_with("kd94hf93k423kf44", "pfkkdhi9sl3r4s00", "POST", url, query));
        assert!(!signed.is_signed_with("kd94hf93k423kf44", "pfkkdhi9sl3r4s00", "GET", url, "file=vacation.jpg"));
    }

    /// RFC 5849 section 1.2, the request for the photo.
    #[test]
    fn the_photo_of_rfc_5849_is_signed_as_published() {
        let header = r#"OAuth realm="Photos", oauth_consumer_key="dpf43f3p2l4k3l03", oauth_token="nnch734d00sl2jdk", oauth_signature_method="HMAC-SHA1", oauth_timestamp="137131202", oauth_nonce="chapoH", oauth_signature="MdpQcU8iPSUjWoN%2FUDMsK2sui9I%3D""#;
        let signed = Signed::read(header).unwrap();
        let (url, query) = ("http://photos.example.net/photos", "file=vacation.jpg&size=original");
        assert!(signed.is_signed_with("kd94hf93k423kf44", "pfkkdhi9sl3r4s00", "GET", url, query));
    }

    /// RFC 5849 section 3.4.1.1: names that repeat, names without value, everything that is encoded twice.
    #[test]
    fn the_base_string_of_rfc_5849_is_made_as_published() {
        let header = [
            ("oauth_consumer_key", "9djdj82h48djs9d2"),
            ("oauth_token", "kkk9d7dh3k39sjv7"),
            ("oauth_signature_method", "HMAC-SHA1"),
            ("oauth_timestamp", "137131201"),
            ("oauth_nonce", "7d8f3e4a"),
        ];
        let header: Vec<_> = header.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        // the body's `c2&a3=2+q` is form-encoded, and so is signed with the query
        let query = "b5=%3D%253D&a3=a&c%40=&a2=r%20b&c2&a3=2+q";
        let base = base_string("post", "http://example.com/request", query, &header);
        assert_eq!(
            base,
            "POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D%26c%2540%3D%26c2%3D%26oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_method%3DHMAC-SHA1%26oauth_timestamp%3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7"
        );
        // the signature after the erratum on this section
        assert_eq!(sign(&base, "j49sk3j29djd", "dh893hdasih9"), "r6/TJjbCOr97/+UU0NsvSne7s5g=");
    }

    #[test]
    fn a_dollar_in_the_query_is_encoded_twice() {
        let base = base_string("GET", "http://h/users", "v=6.0&select=$all", &[]);
        assert_eq!(base, "GET&http%3A%2F%2Fh%2Fusers&select%3D%2524all%26v%3D6.0");
    }

    #[test]
    fn what_is_no_signed_header_is_refused() {
        for header in [
            "Bearer abc",
            "OAuth",
            r#"OAuth oauth_nonce="1""#,
            r#"OAuth oauth_nonce=1, oauth_signature="x""#,
            r#"OAuth oauth_signature="x", oauth_signature="y""#,
            r#"OAuth oauth_signature="%FF""#,
        ] {
            assert_eq!(Signed::read(header), None, "{header}");
        }
    }
}
