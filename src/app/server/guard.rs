//! What every request passes: the address it comes from is noted and may not ask too often, and what a foreign site sends is refused. What the
//! database did not do is told to a person as a page.

use crate::accounts::server::session;
use crate::accounts::view::notice::Notice;
use crate::accounts::visitor::Visitor;
use crate::app::server::rest::problem::too_often;
use crate::app::server::who::Trouble;
use crate::app::server::{AppState, notice, throttle};
use crate::server::{address, origin, security};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::request::Parts;
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::net::SocketAddr;

/// Paths of programs. With a token of their own they carry no cookie that another site could use.
const PROGRAMS: &str = "/api/v1/";
const FOREIGN: &str = "This was sent from another site. Nothing was changed.";

/// Stands around all routes.
pub async fn guard(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let over_tls = security::came_over_tls(request.headers());
    let mut answer = passed(state, request, next).await;
    if over_tls {
        let (name, value) = security::OVER_TLS;
        answer.headers_mut().insert(name, value);
    }
    answer
}

async fn passed(state: AppState, mut request: Request, next: Next) -> Response {
    if let Some(ConnectInfo(peer)) = request.extensions().get::<ConnectInfo<SocketAddr>>() {
        let trusted = &state.accounts.config().trusted_proxies;
        let client = address::behind(peer.ip(), request.headers(), trusted);
        request.extensions_mut().insert(address::ClientAddress(client));
        if let Err(seconds) = state.throttle.take(client, request.method(), request.uri(), request.headers()) {
            return refused(seconds, &request);
        }
    }
    let reader = reads_pages(request.headers()).then(|| seen(&request));
    if !passes(request.method(), request.uri().path(), request.headers()) {
        let said = Notice {
            title: "Not from here",
            text: FOREIGN.into(),
            way: ("/".into(), "Open FinFlow"),
        };
        return match reader {
            Some(parts) => notice::draw(&state, &parts, Visitor::Nobody, StatusCode::FORBIDDEN, said).await,
            None => (StatusCode::FORBIDDEN, format!("{FOREIGN}\n")).into_response(),
        };
    }
    let mut answer = next.run(request).await;
    if let Some(trouble) = beyond(&answer) {
        answer.extensions_mut().insert(Trouble(trouble));
    }
    match (answer.extensions().get::<Trouble>(), reader) {
        (Some(Trouble(text)), Some(parts)) => {
            let back = parts.uri.path_and_query().filter(|_| parts.method == Method::GET);
            let said = Notice {
                title: "Not done",
                text: (*text).into(),
                way: (back.map_or_else(|| "/".into(), ToString::to_string), "Try again"),
            };
            notice::draw(&state, &parts, Visitor::Nobody, answer.status(), said).await
        }
        _ => answer,
    }
}

/// Whether a request may go on. Browsers say themselves which site sends; older ones name the page's origin. Programs say
/// neither, and have no cookie.
fn passes(method: &Method, path: &str, headers: &HeaderMap) -> bool {
    let exempt = path.starts_with(PROGRAMS) && headers.contains_key(header::AUTHORIZATION);
    if method.is_safe() || exempt {
        return true;
    }
    match headers.get("sec-fetch-site").map(|site| site.as_bytes()) {
        Some(b"same-origin" | b"none") => true,
        Some(_) => false,
        None if headers.contains_key(header::ORIGIN) => origin::admits(headers, &[]),
        None => match headers.get(header::REFERER) {
            Some(referer) => referer.to_str().is_ok_and(|referer| origin::is_own_page(headers, referer)),
            None => session::token(headers).is_none(),
        },
    }
}

/// What a person is told where a request is more than the server takes.
fn beyond(answer: &Response) -> Option<&'static str> {
    let is_text = answer
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/plain"));
    match answer.status() {
        StatusCode::PAYLOAD_TOO_LARGE if is_text => Some("What was sent is larger than the server takes here. Nothing was changed."),
        StatusCode::REQUEST_TIMEOUT if is_text => Some("What was sent came too slowly. Nothing was changed."),
        _ => None,
    }
}

/// Who asks too often is told so in the form that they read.
fn refused(seconds: u64, request: &Request) -> Response {
    if request.uri().path().starts_with(PROGRAMS) {
        return too_often(seconds);
    }
    let again = request.uri().path_and_query().filter(|_| request.method() == Method::GET);
    let again = again.map_or("/", PathAndQuery::as_str);
    throttle::refusal(seconds, reads_pages(request.headers()).then_some(again))
}

/// Whether the answer is read by a person.
fn reads_pages(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
}

/// What drawing a page needs of a request that is gone by then.
fn seen(request: &Request) -> Parts {
    let (mut parts, ()) = axum::http::Request::new(()).into_parts();
    parts.method = request.method().clone();
    parts.uri = request.uri().clone();
    parts.headers = request.headers().clone();
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(method: &Method, path: &str, headers: &[(&str, &str)]) -> bool {
        let headers = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        let mut headers = HeaderMap::from_iter(headers);
        headers.insert(header::HOST, "finflow.test".parse().unwrap());
        passes(method, path, &headers)
    }

    #[test]
    fn row_25_what_another_site_sends_is_refused() {
        let cookie = ("cookie", "finflow_session=x");
        for (headers, passed) in [
            (&[("sec-fetch-site", "same-origin"), cookie][..], true),
            (&[("sec-fetch-site", "none"), cookie], true),
            (&[("sec-fetch-site", "same-site"), cookie], false),
            (&[("sec-fetch-site", "cross-site")], false),
            (&[("sec-fetch-site", "cross-site"), ("origin", "http://finflow.test")], false),
            (&[("origin", "http://finflow.test"), cookie], true),
            (&[("origin", "https://finflow.test"), cookie], true),
            (&[("origin", "https://evil.com"), cookie], false),
            (&[("origin", "null")], false),
            (&[], true),
            (&[cookie], false),
            (&[("referer", "https://evil.com/form")], false),
            (&[("referer", "https://evil.com/form"), cookie], false),
            (&[("referer", "http://finflow.test/sign-in/"), cookie], true),
            (&[("referer", "http://finflow.test.evil.com/"), cookie], false),
        ] {
            assert_eq!(sent(&Method::POST, "/sign-in/", headers), passed, "{headers:?}");
            assert!(sent(&Method::GET, "/account/", headers), "looking changes nothing");
        }
        let token = [("authorization", "Bearer x"), ("sec-fetch-site", "cross-site")];
        assert!(sent(&Method::POST, "/api/v1/portfolios", &token));
        assert!(!sent(&Method::POST, "/account/delete/", &token));
        assert!(!sent(&Method::DELETE, "/api/v1/portfolios", &token[1..]));
    }
}
