//! What an operator sees of a running server: figures, logs, traces.

use super::concealed;
use crate::server::traces::Endpoint;
use clap::{Args, ValueEnum};
use std::net::{IpAddr, SocketAddr};

/// What an operator sees of it.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Watching it")]
pub struct WatchConfig {
    /// The address at which Prometheus finds /metrics, with /healthz and /readyz beside it: one of this machine or of a private network, and
    /// no port that the pages have. Nothing is said where it is missing.
    #[arg(long, env = "FINFLOW_METRICS_ADDR")]
    pub metrics_addr: Option<SocketAddr>,
    /// How the log is written: `text` for people, `json` for programs, a line an event.
    #[arg(long, env = "FINFLOW_LOG_FORMAT", default_value = "text")]
    pub log_format: LogFormat,
    /// Log each request at the level info; without it at debug. Never the query, which may hold what is secret.
    #[arg(long, env = "FINFLOW_ACCESS_LOG", num_args = 0..=1, default_value_t = false, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub access_log: bool,
    /// The OpenTelemetry collector that takes traces over OTLP/HTTP, such as http://127.0.0.1:4318. No traces where it is missing.
    #[arg(long, env = "FINFLOW_OTLP_ENDPOINT", hide_env_values = true)]
    pub otlp_endpoint: Option<String>,
    /// What each request to the collector says besides, as name=value with commas between: a key, mostly.
    #[arg(long, env = "OTEL_EXPORTER_OTLP_HEADERS", hide_env_values = true)]
    pub otlp_headers: Option<String>,
    /// What this server is called in traces.
    #[arg(long, env = "OTEL_SERVICE_NAME", default_value = "finflow")]
    pub service_name: String,
    /// Whether somebody holds the listening socket, so that another process may serve beside this one. No argument sets it.
    #[arg(skip)]
    pub handed_over: bool,
}

/// How the log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
}

impl Default for WatchConfig {
    fn default() -> Self {
        Self {
            metrics_addr: None,
            log_format: LogFormat::Text,
            access_log: false,
            otlp_endpoint: None,
            otlp_headers: None,
            service_name: "finflow".into(),
            handed_over: false,
        }
    }
}

impl WatchConfig {
    /// Whether the figures are where strangers do not come. `pages` is where the pages are served.
    ///
    /// # Errors
    /// In one sentence, what to say instead.
    pub(super) fn check(&self, pages: SocketAddr) -> Result<(), String> {
        self.collector()?;
        let Some(address) = self.metrics_addr else { return Ok(()) };
        if address.ip().is_unspecified() {
            return Err(format!(
                "FINFLOW_METRICS_ADDR is {address}: on every network of this machine whoever comes by would read the figures. Name the one \
                 address at which Prometheus asks, such as 127.0.0.1:{}",
                address.port()
            ));
        }
        if !is_inside(address.ip()) {
            return Err(format!(
                "FINFLOW_METRICS_ADDR is {address}, an address of the public network. Name one of this machine or of a private network"
            ));
        }
        let same = address.port() == pages.port() && address.port() != 0;
        if same && (address.ip() == pages.ip() || pages.ip().is_unspecified()) {
            return Err(format!(
                "FINFLOW_METRICS_ADDR is {address}, where FINFLOW_ADDR serves the pages. Name another port"
            ));
        }
        Ok(())
    }

    /// The collector of traces, where there is one.
    ///
    /// # Errors
    /// In one sentence without a secret: it cannot be used.
    pub fn collector(&self) -> Result<Option<Endpoint>, String> {
        let headers = self.otlp_headers.as_deref().unwrap_or_default();
        let endpoint = self.otlp_endpoint.as_ref();
        endpoint.map(|base| Endpoint::new(base, headers, &self.service_name)).transpose()
    }

    /// Name and value of each setting.
    pub(super) fn lines(&self) -> [(&'static str, String); 6] {
        let format = self.log_format.to_possible_value().map(|value| value.get_name().to_owned());
        [
            (
                "FINFLOW_METRICS_ADDR",
                self.metrics_addr.map(|address| address.to_string()).unwrap_or_default(),
            ),
            ("FINFLOW_LOG_FORMAT", format.unwrap_or_default()),
            ("FINFLOW_ACCESS_LOG", self.access_log.to_string()),
            (
                "FINFLOW_OTLP_ENDPOINT",
                self.otlp_endpoint.as_deref().map(concealed).unwrap_or_default(),
            ),
            (
                "OTEL_EXPORTER_OTLP_HEADERS",
                self.otlp_headers.as_ref().map_or("", |_| "…").to_owned(),
            ),
            ("OTEL_SERVICE_NAME", self.service_name.clone()),
        ]
    }
}

/// Whether an address is this machine's own or of a network that is not routed to strangers (RFC 1918, RFC 4193, link-local).
fn is_inside(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => address.is_loopback() || address.is_private() || address.is_link_local(),
        IpAddr::V6(address) => address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_refused_where_strangers_come() {
        let pages = "0.0.0.0:8000".parse().unwrap();
        let check = |address: &str| {
            let config = WatchConfig {
                metrics_addr: Some(address.parse().unwrap()),
                ..WatchConfig::default()
            };
            config.check(pages)
        };
        for inside in [
            "127.0.0.1:9100",
            "10.1.2.3:9100",
            "172.31.250.2:9100",
            "[::1]:9100",
            "[fd00::1]:9100",
            "127.0.0.1:0",
        ] {
            assert_eq!(check(inside), Ok(()), "{inside}");
        }
        for (outside, why) in [
            ("0.0.0.0:9100", "every network"),
            ("[::]:9100", "every network"),
            ("8.8.8.8:9100", "public"),
            ("[2001:db8::1]:9100", "public"),
            ("[::ffff:8.8.8.8]:9100", "public"),
            ("127.0.0.1:8000", "another port"),
        ] {
            let said = check(outside).unwrap_err();
            assert!(said.contains(why) && said.contains("FINFLOW_METRICS_ADDR"), "{outside}: {said}");
        }
    }
}
