//! HTTP Digest (RFC 7616 section 3.4, RFC 2069 without `qop`): reading a header, and the response that a password gives. It keeps no nonces.

use md5::Md5;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq as _;

use super::knobs::Algorithm;

/// The parameters of `Authorization: Digest …`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digested(Vec<(String, String)>);

impl Digested {
    /// Reads the header; `None` when it is not one, or gives a parameter twice.
    pub fn read(header: &str) -> Option<Self> {
        let (scheme, mut rest) = header.split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("digest") {
            return None;
        }
        let mut parameters: Vec<(String, String)> = Vec::new();
        loop {
            rest = rest.trim_start_matches([' ', ',']);
            if rest.is_empty() {
                return Some(Self(parameters));
            }
            let (name, after) = rest.split_once('=')?;
            let name = name.trim().to_ascii_lowercase();
            let (value, after) = if let Some(quoted) = after.strip_prefix('"') {
                read_quoted(quoted)?
            } else {
                let end = after.find([',', ' ']).unwrap_or(after.len());
                (after[..end].to_owned(), &after[end..])
            };
            if parameters.iter().any(|(before, _)| *before == name) {
                return None;
            }
            parameters.push((name, value));
            rest = after;
        }
    }

    /// One of the parameters.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    /// Whether the response is the one that the password gives.
    pub fn fits(&self, algorithm: Algorithm, password: &str, method: &str) -> bool {
        let wanted = match algorithm {
            Algorithm::Md5 => self.response::<Md5>(password, method),
            Algorithm::Sha256 => self.response::<Sha256>(password, method),
        };
        let given = self.parameter("response").unwrap_or_default();
        wanted.is_some_and(|wanted| wanted.as_bytes().ct_eq(given.to_ascii_lowercase().as_bytes()).into())
    }

    fn response<D: Digest>(&self, password: &str, method: &str) -> Option<String> {
        let parameter = |name: &str| self.parameter(name);
        let user = hash::<D>(&format!("{}:{}:{password}", parameter("username")?, parameter("realm")?));
        let asked = hash::<D>(&format!("{method}:{}", parameter("uri")?));
        let nonce = parameter("nonce")?;
        Some(match parameter("qop") {
            None => hash::<D>(&format!("{user}:{nonce}:{asked}")),
            Some(qop) => {
                let (count, client) = (parameter("nc")?, parameter("cnonce")?);
                hash::<D>(&format!("{user}:{nonce}:{count}:{client}:{qop}:{asked}"))
            }
        })
    }
}

/// A quoted text and what stands behind it.
fn read_quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((at, char)) = chars.next() {
        match char {
            '"' => return Some((value, &text[at + 1..])),
            '\\' => value.push(chars.next()?.1),
            other => value.push(other),
        }
    }
    None
}

fn hash<D: Digest>(text: &str) -> String {
    use std::fmt::Write as _;
    D::digest(text.as_bytes()).iter().fold(String::new(), |mut hex, byte| {
        // writing to a String cannot fail
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7616 section 3.9.1.
    fn mufasa(algorithm: &str, response: &str) -> Digested {
        Digested::read(&format!(
            r#"Digest username="Mufasa", realm="http-auth@example.org", uri="/dir/index.html", algorithm={algorithm}, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", nc=00000001, cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", qop=auth, response="{response}", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS""#
        ))
        .unwrap()
    }

    #[test]
    fn the_examples_of_rfc_7616_fit() {
        let md5 = mufasa("MD5", "8ca523f5e9506fed4657c9700eebdbec");
        assert!(md5.fits(Algorithm::Md5, "Circle of Life", "GET"));
        assert!(!md5.fits(Algorithm::Md5, "Circle of Life", "PUT"));
        assert!(!md5.fits(Algorithm::Md5, "Circle of life", "GET"));
        assert!(!md5.fits(Algorithm::Sha256, "Circle of Life", "GET"));
        let sha = mufasa("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1");
        assert!(sha.fits(Algorithm::Sha256, "Circle of Life", "GET"));
    }

    /// RFC 2617 section 3.5, the example that all older implementations know.
    #[test]
    fn the_example_of_rfc_2617_fits() {
        let header = r#"Digest username="Mufasa", realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", uri="/dir/index.html", qop=auth, nc=00000001, cnonce="0a4f113b", response="6629fae49393a05397450978507c4ef1", opaque="5ccc069c403ebaf9f0171e9517f40e41""#;
        assert!(Digested::read(header).unwrap().fits(Algorithm::Md5, "Circle Of Life", "GET"));
    }

    #[test]
    fn headers_are_read_with_quotes_and_escapes_or_not_at_all() {
        let read = Digested::read(r#"digest username="a\"b,c" ,nc=1"#).unwrap();
        assert_eq!((read.parameter("username"), read.parameter("nc")), (Some("a\"b,c"), Some("1")));
        for header in ["Basic abc", "Digest", r#"Digest a="b"#, "Digest a", "Digest a=1, a=2"] {
            assert_eq!(Digested::read(header), None, "{header}");
        }
    }
}
