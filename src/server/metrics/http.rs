//! Requests, by route. A route is its template (`/portfolios/{id}/`), never the path, so that there are as many as the program has.

use super::figure::Histogram;
use super::text::{Kind, Text};
use axum::http::{Method, StatusCode};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// The figures of requests.
pub static HTTP: Http = Http {
    routes: Mutex::new(BTreeMap::new()),
};

/// What a file's or an unknown path's route is called.
pub const ELSEWHERE: &str = "other";

/// See [`HTTP`].
#[derive(Debug)]
pub struct Http {
    /// By method and route.
    routes: Mutex<BTreeMap<(&'static str, String), Route>>,
}

#[derive(Debug, Default)]
struct Route {
    statuses: BTreeMap<u16, u64>,
    took: Histogram,
}

impl Http {
    /// A request was answered. The time is that to the head of the answer.
    pub fn answered(&self, method: &Method, route: &str, status: StatusCode, took: Duration) {
        let method = method_of(method);
        let mut routes = self.routes.lock().unwrap_or_else(PoisonError::into_inner);
        let route = routes.entry((method, route.to_owned())).or_default();
        *route.statuses.entry(status.as_u16()).or_default() += 1;
        route.took.take(took);
    }

    /// Writes them.
    pub fn write(&self, text: &mut Text) {
        let routes = self.routes.lock().unwrap_or_else(PoisonError::into_inner);
        text.about(
            "finflow_http_requests_total",
            Kind::Counter,
            "Requests, by method, route and status. Files and unknown paths are the route `other`.",
        );
        for ((method, route), known) in &*routes {
            for (status, count) in &known.statuses {
                text.value(&[("method", method), ("route", route), ("status", &status.to_string())], count);
            }
        }
        text.about(
            "finflow_http_request_seconds",
            Kind::Histogram,
            "From a request to the head of its answer, by method and route.",
        );
        for ((method, route), known) in &*routes {
            text.histogram(&[("method", method), ("route", route)], &known.took);
        }
    }
}

/// The methods that there are; a client may make up others.
fn method_of(method: &Method) -> &'static str {
    let known = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    known.into_iter().find(|known| *known == method.as_str()).unwrap_or("other")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_that_are_made_up_are_one() {
        let http = Http { routes: Mutex::default() };
        for method in ["GET", "BREW", "WHEN"] {
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            http.answered(&method, "/a/{id}", StatusCode::OK, Duration::from_millis(3));
        }
        let mut text = Text::default();
        http.write(&mut text);
        let text = text.finish();
        assert!(text.contains("finflow_http_requests_total{method=\"other\",route=\"/a/{id}\",status=\"200\"} 2"));
        assert!(text.contains("finflow_http_request_seconds_count{method=\"GET\",route=\"/a/{id}\"} 1"));
    }
}
