//! Traces for an OpenTelemetry collector: the spans of the log, sent as OTLP over HTTP in JSON
//! (<https://opentelemetry.io/docs/specs/otlp/#otlphttp>). ADR 0031 says why this is not the family of crates.

mod encode;
mod layer;
mod send;

pub use layer::Collecting;
pub use send::Sending;

use crate::server::metrics::Count;
use std::time::SystemTime;
use tokio::sync::mpsc;

/// Spans that may wait to be sent. More than these are dropped, and counted.
const WAITING: usize = 4_096;

/// Spans that no collector took.
pub static DROPPED: Count = Count::new();

/// A span that has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    trace: u128,
    span: u64,
    parent: Option<u64>,
    name: &'static str,
    fields: Vec<(&'static str, Value)>,
    began: SystemTime,
    ended: SystemTime,
}

/// What a span says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Value {
    Text(String),
    Whole(i64),
    Flag(bool),
}

/// Where spans go, and what takes them there.
pub fn to(endpoint: &Endpoint) -> (Collecting, Sending) {
    let (give, take) = mpsc::channel(WAITING);
    (Collecting::new(give), Sending::new(endpoint.clone(), take))
}

/// A collector.
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Its address, with the path.
    url: String,
    /// What each request says besides: a key, mostly.
    headers: axum::http::HeaderMap,
    /// What this program is called there.
    service: String,
}

impl std::fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Both the address and the headers may hold a key.
        f.debug_struct("Endpoint").field("service", &self.service).finish_non_exhaustive()
    }
}

impl Endpoint {
    /// The collector at `base` (`http://127.0.0.1:4318`), told these headers (`name=value,name=value`, as OpenTelemetry writes them).
    ///
    /// # Errors
    /// In one sentence without the values: the address or a header cannot be used.
    pub fn new(base: &str, headers: &str, service: &str) -> Result<Self, String> {
        if !crate::server::fetch::is_address(base) {
            return Err("FINFLOW_OTLP_ENDPOINT: expected an address that begins with http:// or https://".into());
        }
        let pair = |pair: &str| {
            let (name, value) = pair.split_once('=')?;
            let name = name.trim().parse::<axum::http::HeaderName>().ok()?;
            let mut value = value.trim().parse::<axum::http::HeaderValue>().ok()?;
            value.set_sensitive(true);
            Some((name, value))
        };
        let pairs = headers.split(',').filter(|pair| !pair.trim().is_empty());
        let headers: Option<axum::http::HeaderMap> = pairs.map(pair).collect();
        Ok(Self {
            url: format!("{}/v1/traces", base.trim_end_matches('/')),
            headers: headers.ok_or("OTEL_EXPORTER_OTLP_HEADERS: expected name=value, with commas between")?,
            service: service.to_owned(),
        })
    }
}
