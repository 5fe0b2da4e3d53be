//! Cookies that an answer sets (RFC 6265). Keeps none.

use crate::mapping::wire::HttpAnswer;

/// A cookie that an answer sets; `None` when it sets none of this name, or takes it away.
pub fn cookie(answer: &HttpAnswer, name: &str) -> Option<String> {
    let last = set_cookies(answer).filter(|set| set.name == name).last()?;
    (!last.is_over).then(|| last.value.to_owned())
}

/// A cookie in an answer.
#[derive(Debug)]
pub struct SetCookie<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its value.
    pub value: &'a str,
    /// It is taken away.
    pub is_over: bool,
}

/// The cookies that an answer sets, in its order (RFC 6265 section 5.2). Where a cookie may be sent is not asked: the bridge sends it to the vendor alone.
pub fn set_cookies(answer: &HttpAnswer) -> impl Iterator<Item = SetCookie<'_>> {
    let lines = answer.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie"));
    lines.filter_map(|(_, line)| {
        let (pair, attributes) = line.split_once(';').unwrap_or((line, ""));
        let (name, value) = pair.split_once('=')?;
        let is_over = attributes.split(';').filter_map(|attribute| attribute.split_once('=')).any(|(key, value)| {
            key.trim().eq_ignore_ascii_case("max-age") && value.trim().parse::<i64>().is_ok_and(|seconds| seconds <= 0)
        });
        let name = name.trim();
        (!name.is_empty()).then_some(SetCookie { name, value: value.trim(), is_over })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(cookies: &[&str]) -> HttpAnswer {
        let headers = cookies.iter().map(|line| ("set-cookie".to_owned(), (*line).to_owned())).collect();
        HttpAnswer { status: 200, headers, text: String::new(), json: None }
    }

    #[test]
    fn a_cookie_is_found_by_its_exact_name() {
        let answer = answer(&["Session_id=first", "session_id=other", "Session_id=last; Secure", "gone=x; max-age=0"]);
        assert_eq!(cookie(&answer, "Session_id").as_deref(), Some("last"));
        assert_eq!(cookie(&answer, "session_id").as_deref(), Some("other"));
        assert_eq!(cookie(&answer, "gone"), None);
    }
}
