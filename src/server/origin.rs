//! Whose pages may send something: the server's own, and those that are allowed.

use axum::http::{HeaderMap, header};
use url::Url;

/// Whether a request with these headers may go on: no `Origin` (a program), the server's own, or one that is allowed.
pub fn admits(headers: &HeaderMap, allowed: &[String]) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    let Ok(origin) = origin.to_str() else { return false };
    if allowed.iter().any(|one| one == origin) {
        return true;
    }
    is_own(headers, origin)
}

/// Whether an address is that of a page of this server: what an old browser says of where a form was.
pub fn is_own_page(headers: &HeaderMap, address: &str) -> bool {
    Url::parse(address).is_ok_and(|url| is_own(headers, &url.origin().ascii_serialization()))
}

fn is_own(headers: &HeaderMap, origin: &str) -> bool {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    // Behind a proxy that ends TLS the scheme of this connection says nothing: the same host under either will do.
    host.is_some_and(|host| {
        ["http", "https"]
            .iter()
            .any(|scheme| own(scheme, host).is_some_and(|own| own == origin))
    })
}

/// The origin of a page at `host`, as a browser writes it: without the scheme's own port.
fn own(scheme: &str, host: &str) -> Option<String> {
    let url = Url::parse(&format!("{scheme}://{host}/")).ok()?;
    (url.username().is_empty() && url.path() == "/").then(|| url.origin().ascii_serialization())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admitted(origin: Option<&str>, host: &str) -> bool {
        let mut headers = HeaderMap::from_iter([(header::HOST, host.parse().expect("a header"))]);
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, origin.parse().expect("a header"));
        }
        admits(&headers, &["https://allowed.com".to_owned()])
    }

    #[test]
    fn the_servers_own_pages_programs_and_allowed_origins_may() {
        for (origin, host) in [
            (None, "127.0.0.1:8000"),
            (Some("http://127.0.0.1:8000"), "127.0.0.1:8000"),
            (Some("https://finflow.test"), "finflow.test"),
            (Some("https://finflow.test"), "finflow.test:443"),
            (Some("https://allowed.com"), "finflow.test"),
        ] {
            assert!(admitted(origin, host), "{origin:?} {host}");
        }
    }

    #[test]
    fn row_02_no_other_origin_may() {
        for origin in [
            "https://allowed.com.evil.com",
            "http://allowed.com",
            "https://allowed.com:8443",
            "https://evil.com",
            "http://finflow.test:8001",
            "ftp://finflow.test",
            "null",
            "",
        ] {
            assert!(!admitted(Some(origin), "finflow.test"), "{origin}");
        }
        assert!(!admitted(Some("http://evil.com"), "x@evil.com"));
    }
}
