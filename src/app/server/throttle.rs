//! How often an address may ask: so often a minute of each kind, all of them at once if it likes. A token has its own measure besides.

use crate::server::address::network;
use crate::server::config::ConnectionConfig;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use governor::clock::{Clock as _, DefaultClock};
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Addresses that are remembered before those at rest are forgotten.
const REMEMBERED: usize = 10_000;
/// What is a page or an answer of ours, also where its address looks like that of a file.
const MADE: [&str; 4] = ["/portfolios", "/account", "/market", "/api/"];
/// Where somebody comes in, or shows that it is them.
const ENTRIES: [&str; 5] = ["/sign-in/", "/sign-up/", "/try/", "/account/password/", "/account/delete/"];

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Read,
    Search,
    Write,
    Import,
    Entry,
}

/// The measures of all kinds. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Throttle(Arc<[Option<Measure>; 5]>);

#[derive(Debug)]
struct Measure {
    limiter: RateLimiter<IpAddr, HashMapStateStore<IpAddr>, DefaultClock>,
    /// How many are remembered until those at rest are looked for.
    full: AtomicUsize,
}

impl Throttle {
    /// As it was set up.
    pub fn new(config: &ConnectionConfig) -> Self {
        let measure = |a_minute| {
            NonZeroU32::new(a_minute).map(|a_minute| Measure {
                limiter: RateLimiter::hashmap(Quota::per_minute(a_minute)),
                full: AtomicUsize::new(REMEMBERED),
            })
        };
        Self(Arc::new([
            measure(config.reads_per_minute),
            measure(config.searches_per_minute),
            measure(config.writes_per_minute),
            measure(config.imports_per_minute),
            measure(config.entries_per_minute),
        ]))
    }

    /// Counts a request of an address.
    ///
    /// # Errors
    /// It asks too often: the seconds to wait.
    pub fn take(&self, address: IpAddr, method: &Method, uri: &Uri, headers: &HeaderMap) -> Result<(), u64> {
        let Some(class) = class(method, uri, headers) else { return Ok(()) };
        let Some(Some(measure)) = self.0.get(class as usize) else {
            return Ok(());
        };
        measure.take(network(address))
    }
}

impl Measure {
    fn take(&self, address: IpAddr) -> Result<(), u64> {
        if self.limiter.len() > self.full.load(Ordering::Relaxed) {
            self.limiter.retain_recent();
            // Where many are about, they are not looked through at each request.
            self.full.store(REMEMBERED.max(2 * self.limiter.len()), Ordering::Relaxed);
        }
        let taken = self.limiter.check_key(&address);
        taken.map_err(|until| until.wait_time_from(DefaultClock::default().now()).as_secs() + 1)
    }
}

/// What a request asks for; nothing where it is not counted: the files of the site, the probes, and sockets, which have places.
fn class(method: &Method, uri: &Uri, headers: &HeaderMap) -> Option<Class> {
    let path = uri.path();
    let program = path.starts_with("/api/v1/");
    if program && headers.contains_key(header::AUTHORIZATION) {
        // Who has a token is measured by it; who makes one up, by this.
        return Some(Class::Read);
    }
    if !method.is_safe() {
        return Some(match path {
            _ if ENTRIES.contains(&path) => Class::Entry,
            _ if path.ends_with("/import/") || path.ends_with("/import") => Class::Import,
            // Server functions read.
            _ if path.starts_with("/api/") && !program => Class::Read,
            _ => Class::Write,
        });
    }
    let made = MADE.iter().any(|begin| path.starts_with(begin));
    let is_file = !made && path.rsplit('/').next().is_some_and(|last| last.contains('.'));
    match path {
        "/healthz" | "/readyz" => None,
        _ if is_file || path.starts_with("/ws/") => None,
        _ if searches(uri) => Some(Class::Search),
        _ => Some(Class::Read),
    }
}

/// Whether a page's address asks for what is like some words.
fn searches(uri: &Uri) -> bool {
    let mut fields = uri.query().unwrap_or_default().split('&');
    fields.any(|field| field.strip_prefix("q=").is_some_and(|words| !words.is_empty()))
}

/// What is said to a person.
const PAGE: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
<meta name=\"color-scheme\" content=\"light dark\"><title>Too many requests</title>\
<style>body{font:1rem/1.5 system-ui;margin:15vh auto;max-width:32rem;padding:0 1rem}</style>\
<h1>Too many requests</h1><p>From your network came more requests than this server answers in so short a time. Nothing was changed. \
Try again in SECONDS s.</p><p><a href=\"PATH\">Try again</a></p>";

/// The answer to who asks too often. `page` is the page to try again, where a person reads the answer.
pub fn refusal(seconds: u64, page: Option<&str>) -> Response {
    let mut answer = match page {
        Some(path) => {
            let path = path.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;");
            let said = PAGE.replace("SECONDS", &seconds.to_string()).replace("PATH", &path);
            (
                StatusCode::TOO_MANY_REQUESTS,
                [(header::CONTENT_TYPE, "text/html; charset=utf-8")],
                said,
            )
                .into_response()
        }
        None => (
            StatusCode::TOO_MANY_REQUESTS,
            format!("Too many requests from your address. Nothing was changed. Try again in {seconds} s.\n"),
        )
            .into_response(),
    };
    answer.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    answer
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_request_is_of_a_kind() {
        let of = |method: Method, path: &str| class(&method, &path.parse().unwrap(), &HeaderMap::new());
        for (method, path, expected) in [
            (Method::GET, "/", Some(Class::Read)),
            (Method::GET, "/live-portfolio/", Some(Class::Read)),
            (Method::GET, "/portfolios/x/export/finflow.csv", Some(Class::Read)),
            (Method::GET, "/market/AAPL/chart.svg", Some(Class::Read)),
            (Method::GET, "/pkg/finflow.0123.wasm", None),
            (Method::GET, "/favicon.svg", None),
            (Method::GET, "/healthz", None),
            (Method::GET, "/ws/portfolio/", None),
            (Method::GET, "/instruments/?q=micro", Some(Class::Search)),
            (Method::GET, "/instruments/?q=", Some(Class::Read)),
            (Method::POST, "/sign-in/", Some(Class::Entry)),
            (Method::POST, "/portfolios/x/import/", Some(Class::Import)),
            (Method::POST, "/api/v1/portfolios/x/import", Some(Class::Import)),
            (Method::POST, "/portfolios/x/activities/new/", Some(Class::Write)),
            (Method::DELETE, "/api/v1/portfolios/x", Some(Class::Write)),
            (Method::POST, "/api/portfolio_snapshot", Some(Class::Read)),
        ] {
            assert_eq!(of(method, path), expected, "{path}");
        }
        let token = HeaderMap::from_iter([(header::AUTHORIZATION, HeaderValue::from_static("Bearer x"))]);
        assert_eq!(
            class(&Method::PUT, &Uri::from_static("/api/v1/portfolios/x"), &token),
            Some(Class::Read)
        );
    }
}
