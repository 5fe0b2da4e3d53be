//! What a vendor asks for in `WWW-Authenticate` (RFC 7616 section 3.3), and the nonce that `Authentication-Info` announces. It
//! computes no response.

use crate::mapping::wire::HttpAnswer;

/// Hash of a digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Algorithm {
    Md5,
    Sha256,
}

/// A challenge that can be answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::vendor) struct Challenge {
    pub(super) realm: String,
    pub(super) nonce: String,
    pub(super) opaque: Option<String>,
    pub(super) algorithm: Algorithm,
    /// As the vendor wrote it; it is sent back as it came.
    pub(super) algorithm_name: Option<String>,
    /// `qop=auth`; without it, the form of RFC 2069.
    pub(super) has_qop: bool,
    pub(super) is_stale: bool,
}

impl Challenge {
    /// The strongest challenge of an answer that can be met.
    ///
    /// # Errors
    /// What the vendor asks for instead.
    pub(super) fn find(answer: &HttpAnswer) -> Result<Self, String> {
        let headers = answer.headers.iter().filter(|(name, _)| name == "www-authenticate");
        let asked: Vec<Asked> = headers.flat_map(|(_, text)| challenges(text)).collect();
        let digests: Vec<&Asked> = asked.iter().filter(|asked| asked.scheme.eq_ignore_ascii_case("digest")).collect();
        let known: Vec<Self> = digests.iter().filter_map(|asked| Self::of(asked)).collect();
        let strongest = known.iter().find(|challenge| challenge.algorithm == Algorithm::Sha256).or(known.first());
        if let Some(challenge) = strongest {
            return Ok(challenge.clone());
        }
        if let Some(digest) = digests.first() {
            let part = |name: &str| digest.parameter(name).unwrap_or("none");
            return Err(format!(
                "it asks for HTTP Digest with the algorithm {} and qop {}, and this program speaks MD5 and SHA-256 with qop auth",
                plain(part("algorithm")),
                plain(part("qop"))
            ));
        }
        let schemes: Vec<String> = asked.iter().map(|asked| plain(&asked.scheme)).collect();
        Err(if schemes.is_empty() {
            "it does not ask for HTTP Digest".to_owned()
        } else {
            format!("it asks for {}, not for HTTP Digest", schemes.join(" and "))
        })
    }

    fn of(asked: &Asked) -> Option<Self> {
        let algorithm_name = asked.parameter("algorithm");
        let algorithm = match algorithm_name.unwrap_or("MD5").to_ascii_uppercase().as_str() {
            "MD5" => Algorithm::Md5,
            "SHA-256" => Algorithm::Sha256,
            _ => return None,
        };
        let qop = asked.parameter("qop");
        let has_auth = qop.is_some_and(|list| list.split(',').any(|one| one.trim().eq_ignore_ascii_case("auth")));
        if qop.is_some() && !has_auth {
            return None;
        }
        Some(Self {
            realm: asked.parameter("realm")?.to_owned(),
            nonce: asked.parameter("nonce")?.to_owned(),
            opaque: asked.parameter("opaque").map(str::to_owned),
            algorithm,
            algorithm_name: algorithm_name.map(str::to_owned),
            has_qop: has_auth,
            is_stale: asked.parameter("stale").is_some_and(|stale| stale.eq_ignore_ascii_case("true")),
        })
    }
}

/// `nextnonce` of `Authentication-Info` (RFC 7616 section 3.5).
pub(super) fn next_nonce(answer: &HttpAnswer) -> Option<String> {
    let (_, text) = answer.headers.iter().find(|(name, _)| name == "authentication-info")?;
    let (parameters, _) = parameters(text);
    parameters.into_iter().find(|(name, _)| name == "nextnonce").map(|(_, value)| value)
}

/// One challenge as it was sent.
#[derive(Debug)]
struct Asked {
    scheme: String,
    parameters: Vec<(String, String)>,
}

impl Asked {
    fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Several challenges can stand in one header, and a comma is between them as between their parameters (RFC 9110 section 11.6.1).
fn challenges(text: &str) -> Vec<Asked> {
    let mut found = Vec::new();
    let mut rest = text.trim_start_matches([' ', '\t', ',']);
    while !rest.is_empty() {
        let end = rest.find([' ', '\t', ',']).unwrap_or(rest.len());
        let (scheme, after) = rest.split_at(end);
        let (parameters, after) = parameters(after);
        found.push(Asked { scheme: scheme.to_owned(), parameters });
        rest = after.trim_start_matches([' ', '\t', ',']);
    }
    found
}

/// `name=value` pairs up to the next thing that is none. Names in lower case.
fn parameters(text: &str) -> (Vec<(String, String)>, &str) {
    let mut found = Vec::new();
    let mut rest = text.trim_start_matches([' ', '\t', ',']);
    while let Some((name, after)) = rest.split_once('=') {
        let name = name.trim();
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_*".contains(&b)) {
            break;
        }
        let (value, after) = value(after.trim_start());
        found.push((name.to_ascii_lowercase(), value));
        rest = after.trim_start_matches([' ', '\t', ',']);
    }
    (found, rest)
}

/// A quoted or plain value and what stands behind it.
fn value(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([',', ' ', '\t']).unwrap_or(text.len());
        let (value, rest) = text.split_at(end);
        return (value.to_owned(), rest);
    };
    let mut value = String::new();
    let mut chars = quoted.char_indices();
    while let Some((at, char)) = chars.next() {
        match char {
            '"' => return (value, quoted.get(at + 1..).unwrap_or_default()),
            '\\' => value.extend(chars.next().map(|(_, escaped)| escaped)),
            other => value.push(other),
        }
    }
    (value, "")
}

/// A word of the vendor as it may stand in a sentence.
fn plain(word: &str) -> String {
    word.chars().filter(|c| c.is_ascii_alphanumeric() || "-_, ".contains(*c)).take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(challenges: &[&str]) -> HttpAnswer {
        let headers = challenges.iter().map(|text| ("www-authenticate".to_owned(), (*text).to_owned())).collect();
        HttpAnswer { status: 401, headers, text: String::new(), json: None }
    }

    /// RFC 7616 section 3.9.1.
    const BOTH: [&str; 2] = [
        r#"Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=SHA-256, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS""#,
        r#"Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=MD5, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS""#,
    ];

    #[test]
    fn the_strongest_of_several_challenges_is_taken() {
        let joined = format!("Basic realm=\"x\", {}, {}", BOTH[1], BOTH[0]);
        for headers in [vec![BOTH[0], BOTH[1]], vec![BOTH[1], BOTH[0]], vec![joined.as_str()]] {
            let challenge = Challenge::find(&answer(&headers)).unwrap();
            assert_eq!(challenge.algorithm, Algorithm::Sha256);
            assert_eq!(challenge.realm, "http-auth@example.org");
            assert_eq!(challenge.opaque.as_deref(), Some("FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"));
            assert!(challenge.has_qop && !challenge.is_stale);
        }
    }

    #[test]
    fn old_forms_and_odd_spellings_are_read() {
        let challenge = Challenge::find(&answer(&[r#"digest  Realm = "a \"b\", c" ,nonce=abc,STALE=TRUE"#])).unwrap();
        assert_eq!((challenge.realm.as_str(), challenge.nonce.as_str()), (r#"a "b", c"#, "abc"));
        assert!(challenge.is_stale && !challenge.has_qop && challenge.algorithm_name.is_none());
    }

    #[test]
    fn what_cannot_be_answered_is_said() {
        for (headers, words) in [
            (vec![], "does not ask for HTTP Digest"),
            (vec!["Basic realm=\"x\"", "Negotiate"], "asks for Basic and Negotiate, not"),
            (vec![r#"Digest realm="x", nonce="n", algorithm=SHA-512-256, qop="auth""#], "algorithm SHA-512-256"),
            (vec![r#"Digest realm="x", nonce="n", qop="auth-int""#], "qop auth-int"),
        ] {
            let problem = Challenge::find(&answer(&headers)).unwrap_err();
            assert!(problem.contains(words), "{problem}");
        }
        for odd in ["=", "\"", "Digest", "Digest =", "Digest realm=\"", "Digest \u{e9}=1", ",,,", "Digest a=\\"] {
            assert!(Challenge::find(&answer(&[odd])).is_err(), "{odd}");
        }
    }

    #[test]
    fn the_next_nonce_is_found() {
        let mut next = answer(&[]);
        next.headers.push(("authentication-info".to_owned(), r#"qop=auth, nextnonce="n 2", nc=00000001"#.to_owned()));
        assert_eq!(next_nonce(&next).as_deref(), Some("n 2"));
        assert_eq!(next_nonce(&answer(&[])), None);
    }
}
