//! The base URL under which clients reach us, for `meta.location` and `Location`.

use actix_web::HttpRequest;
use actix_web::http::header::HOST;

/// SCIM base URL of a connection, without a final slash.
///
/// `public_url` decides when it is configured. Otherwise the request does: `X-Forwarded-Proto` and `X-Forwarded-Host` of a proxy in front, else
/// `Host`. Nobody but the sender of a request gets a URL made of its headers, and none is stored.
pub fn scim_base(public_url: Option<&str>, request: &HttpRequest, connection: &str) -> String {
    let header = |name: &str| {
        let value = request.headers().get(name)?.to_str().ok()?;
        Some(value.split(',').next().unwrap_or_default().trim())
    };
    match public_url {
        Some(public_url) => format!("{}/scim/v2/{connection}", public_url.trim_end_matches('/')),
        None => from_request(
            header("x-forwarded-proto"),
            header("x-forwarded-host").or_else(|| header(HOST.as_str())),
            connection,
        ),
    }
}

fn from_request(scheme: Option<&str>, host: Option<&str>, connection: &str) -> String {
    let scheme = if scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("https")) { "https" } else { "http" };
    let host = host.filter(|host| is_host(host)).unwrap_or("localhost");
    format!("{scheme}://{host}/scim/v2/{connection}")
}

/// Could this be a host with an optional port? It goes into headers and JSON.
fn is_host(text: &str) -> bool {
    (1..=255).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._:[]".contains(&b))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn the_configured_address_wins() {
        let request = TestRequest::default().insert_header(("host", "inside:8080")).to_http_request();
        assert_eq!(
            scim_base(Some("https://bridge.example.com/"), &request, "a"),
            "https://bridge.example.com/scim/v2/a"
        );
    }

    #[test]
    fn a_proxy_is_believed_and_nonsense_is_not() {
        let request = TestRequest::default()
            .insert_header(("host", "inside:8080"))
            .insert_header(("x-forwarded-proto", "https, http"))
            .insert_header(("x-forwarded-host", "bridge.example.com"))
            .to_http_request();
        assert_eq!(scim_base(None, &request, "a"), "https://bridge.example.com/scim/v2/a");
        assert_eq!(from_request(None, Some("[::1]:80"), "a"), "http://[::1]:80/scim/v2/a");
        assert_eq!(from_request(Some("javascript"), Some("a\"b/<"), "a"), "http://localhost/scim/v2/a");
    }
}
