//! Settings of connections, and how often an address may ask.

use clap::Args;

/// Connections, and how often an address may ask.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Connections")]
pub struct ConnectionConfig {
    /// Connections that may be open at once beside the sockets. Beyond it those at rest are closed, and others wait to be accepted.
    #[arg(long, env = "FINFLOW_MAX_CONNECTIONS", default_value_t = 4_096, value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(16..=1_000_000))]
    pub max_connections: usize,
    /// Seconds that the head of a request may take. Then the connection is closed.
    #[arg(long, env = "FINFLOW_HEAD_SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=300))]
    pub head_seconds: u64,
    /// Seconds that the body of a request may stall, and in all, with one more for each kilobyte that came. Beyond it 408.
    #[arg(long, env = "FINFLOW_BODY_SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=600))]
    pub body_seconds: u64,
    /// Seconds that a connection may rest between two requests; more than a proxy keeps its own open.
    #[arg(long, env = "FINFLOW_IDLE_SECONDS", default_value_t = 75, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub idle_seconds: u64,
    /// Pages and other readings that an address may ask for in a minute; 0 for as many as it likes. Beyond it 429. A /64 of IPv6 is one address.
    #[arg(long, env = "FINFLOW_READS_PER_MINUTE", default_value_t = 1_200)]
    pub reads_per_minute: u32,
    /// Searches that an address may make in a minute; 0 for as many as it likes.
    #[arg(long, env = "FINFLOW_SEARCHES_PER_MINUTE", default_value_t = 240)]
    pub searches_per_minute: u32,
    /// Forms and other changes that an address may send in a minute; 0 for as many as it likes.
    #[arg(long, env = "FINFLOW_WRITES_PER_MINUTE", default_value_t = 300)]
    pub writes_per_minute: u32,
    /// Files that an address may bring in a minute; 0 for as many as it likes.
    #[arg(long, env = "FINFLOW_IMPORTS_PER_MINUTE", default_value_t = 30)]
    pub imports_per_minute: u32,
    /// Times that an address may try to sign in, sign up or give a password in a minute; 0 for as many as it likes. Wrong passwords are slowed
    /// besides.
    #[arg(long, env = "FINFLOW_ENTRIES_PER_MINUTE", default_value_t = 60)]
    pub entries_per_minute: u32,
}

impl ConnectionConfig {
    /// A line a variable, for the report.
    pub(super) fn lines(&self) -> [(&'static str, String); 9] {
        [
            ("FINFLOW_MAX_CONNECTIONS", self.max_connections.to_string()),
            ("FINFLOW_HEAD_SECONDS", self.head_seconds.to_string()),
            ("FINFLOW_BODY_SECONDS", self.body_seconds.to_string()),
            ("FINFLOW_IDLE_SECONDS", self.idle_seconds.to_string()),
            ("FINFLOW_READS_PER_MINUTE", self.reads_per_minute.to_string()),
            ("FINFLOW_SEARCHES_PER_MINUTE", self.searches_per_minute.to_string()),
            ("FINFLOW_WRITES_PER_MINUTE", self.writes_per_minute.to_string()),
            ("FINFLOW_IMPORTS_PER_MINUTE", self.imports_per_minute.to_string()),
            ("FINFLOW_ENTRIES_PER_MINUTE", self.entries_per_minute.to_string()),
        ]
    }
}
