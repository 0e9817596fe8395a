//! Headers that every answer carries, and the policy that a page is bound to.

use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, header};

/// The Content-Security-Policy of a page whose own scripts carry `nonce`.
///
/// Styles may be inline: the chart library sets them on its tooltips. Scripts may not, but for the page's own.
pub fn page_policy(nonce: &str) -> String {
    // The developer's reload socket lives on another port, and only while cargo-leptos watches.
    let reload = if std::env::var_os("LEPTOS_WATCH").is_some() {
        " ws://127.0.0.1:3001 ws://localhost:3001"
    } else {
        ""
    };
    format!(
        "default-src 'self'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; \
         img-src 'self' data:; connect-src 'self'{reload}; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
}

/// What a browser is told with every answer.
const ALWAYS: [(HeaderName, &str); 6] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "strict-origin-when-cross-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=(), payment=()",
    ),
];

/// Whether the browser's own connection was TLS, as the proxy that ended it says. Whoever makes it up hides the cookie from
/// themselves alone.
pub fn came_over_tls(headers: &HeaderMap) -> bool {
    let proto = headers.get("x-forwarded-proto").and_then(|proto| proto.to_str().ok());
    proto.is_some_and(|proto| {
        proto
            .split(',')
            .next()
            .is_some_and(|first| first.trim().eq_ignore_ascii_case("https"))
    })
}

/// What a browser is told that came over TLS: to come so for a year. Who serves it under more names says more in the proxy.
pub const OVER_TLS: (HeaderName, HeaderValue) = (header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));

/// Adds the headers that every answer carries; an answer without a policy of its own gets the strictest.
pub fn harden<B>(mut response: Response<B>) -> Response<B> {
    let headers = response.headers_mut();
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(
        "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; frame-ancestors 'none'",
    ));
    response
}
