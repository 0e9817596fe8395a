//! The whole configuration: read once in `main`, built literally in tests. The doc comments are the help text.

mod accounts;
mod admin;
mod candles;
mod connections;
mod redis_url;
mod watch;

pub use accounts::{AccountsConfig, AdminArgs, AdminVerb, Registration, SecureCookies, SessionVerb, TokenVerb, UserVerb};
pub use admin::{BackupVerb, FeedVerb, InstrumentVerb, Restoring};
pub use candles::CandleConfig;
pub use connections::ConnectionConfig;
pub use redis_url::RedisUrl;
pub use watch::{LogFormat, WatchConfig};

use crate::server::arguments::{BackupArgs, ExportArgs, ImportArgs, MockArgs, RestoreArgs, ValueArgs};
use crate::server::fetch;
use clap::builder::Resettable;
use clap::error::{ContextKind, ContextValue};
use clap::{Arg, Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;

/// The live portfolio monitor that you run yourself.
#[derive(Debug, Parser)]
#[command(name = "finflow", version, args_conflicts_with_subcommands = true)]
pub struct Cli {
    /// What to do; `serve` where nothing is said.
    #[command(subcommand)]
    pub verb: Option<Verb>,
    /// The configuration of `serve`.
    #[command(flatten)]
    pub config: Config,
}

/// What the program can do.
#[derive(Debug, Subcommand)]
#[allow(clippy::large_enum_variant, reason = "parsed once")]
pub enum Verb {
    /// Serve the pages and the socket (the default).
    Serve(Config),
    /// Try a running server as a stranger's client would: a line a check, exit 1 where one fails.
    Probe(ProbeArgs),
    /// Users, sessions, tokens, sources of prices, chosen instruments, backups: also while a server runs.
    Admin(AdminArgs),
    /// Value files of other trackers and brokers on a day, with no server and no database.
    Value(ValueArgs),
    /// Bring a file into a portfolio: all of it, or nothing.
    Import(ImportArgs),
    /// Write a portfolio to a file.
    Export(ExportArgs),
    /// Write all of the database to a file, while it is being served.
    Backup(BackupArgs),
    /// Fill an empty database from a backup.
    Restore(RestoreArgs),
    /// Speak as Coinbase, Binance, Kraken and Alpaca do, with made-up prices, and fail at a word: for development without a network.
    MockExchange(MockArgs),
}

/// Arguments of `probe`.
#[derive(Clone, Debug, Args)]
pub struct ProbeArgs {
    /// Address of the server: http://127.0.0.1:8000, or the socket's own ws://…/ws/portfolio/.
    pub url: String,
    /// How many connections to hold at once.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=20_000))]
    pub connections: u32,
    /// Only ask whether the server is ready (`/readyz`): prints what it says, exit 1 where it is not.
    #[arg(long)]
    pub ready: bool,
}

/// The configuration of a server.
#[derive(Clone, Debug, Args)]
pub struct Config {
    /// Print the configuration that would be used, say what is wrong with it, and stop.
    #[arg(long)]
    pub check_config: bool,
    /// The address to listen on.
    #[arg(long, env = "FINFLOW_ADDR", default_value = "127.0.0.1:8000")]
    pub addr: SocketAddr,
    /// The folder with the built site, where it is not inside the program.
    #[arg(long, env = "LEPTOS_SITE_ROOT", default_value = "target/site")]
    pub site_root: PathBuf,
    /// What to log: a level, or targets with levels.
    #[arg(long, env = "FINFLOW_LOG", default_value = "info,finflow_app=info")]
    pub log: String,
    /// Seconds that a stopping server waits for its connections to end.
    #[arg(long, env = "FINFLOW_SHUTDOWN_SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=300))]
    pub shutdown_seconds: u64,
    /// Where data is kept: `sqlite:FILE`, which is created where it is missing, or `postgres://user:password@host/name`.
    #[arg(long, env = "FINFLOW_DATABASE_URL", default_value = "sqlite:finflow.db", hide_env_values = true, value_parser = database_url)]
    pub database_url: String,
    /// The Redis over which several nodes on one PostgreSQL serve as one: `redis://user:password@host:port/number`, `rediss:` with TLS,
    /// `unix:PATH`. One node needs none.
    #[arg(long, env = "FINFLOW_REDIS_URL", hide_env_values = true)]
    pub redis_url: Option<RedisUrl>,
    /// Requests a minute that one token may send to the API. Beyond it 429.
    #[arg(long, env = "FINFLOW_API_REQUESTS_PER_MINUTE", default_value = "600")]
    pub api_requests_per_minute: NonZeroU32,
    /// Prices.
    #[command(flatten)]
    pub market: MarketConfig,
    /// Candles and ticks.
    #[command(flatten)]
    pub candles: CandleConfig,
    /// Where the European Central Bank's reference rates are kept current from: `auto` (its own files, where the market is live:FILE, and
    /// else nowhere), `off`, or the address of a folder with its files.
    #[arg(long, env = "FINFLOW_RATES", default_value = "auto", hide_env_values = true)]
    pub rates: RatesSource,
    /// The socket.
    #[command(flatten)]
    pub live: LiveConfig,
    /// Connections.
    #[command(flatten)]
    pub connections: ConnectionConfig,
    /// Users.
    #[command(flatten)]
    pub accounts: AccountsConfig,
    /// What an operator sees of it.
    #[command(flatten)]
    pub watch: WatchConfig,
}

/// Where prices come from.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Market")]
pub struct MarketConfig {
    /// `simulated`; `replay:FILE` for a CSV file of recorded ticks with the header time,symbol,price; or `live:FILE` for a TOML
    /// file that names instruments and the exchanges that bring their prices.
    #[arg(long = "market", env = "FINFLOW_MARKET", default_value = "simulated")]
    pub source: MarketSource,
    /// Seed of the simulated market: the same seed gives the same prices at the same time. The default is one whose years
    /// since the last real close were uneventful.
    #[arg(long = "market-seed", env = "FINFLOW_MARKET_SEED", default_value_t = 8)]
    pub seed: u64,
    /// How many times faster than recorded a replay runs.
    #[arg(long = "replay-speed", env = "FINFLOW_REPLAY_SPEED", default_value_t = 1.0, value_parser = replay_speed)]
    pub replay_speed: f64,
}

/// Which provider brings prices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MarketSource {
    /// Made up, from real history on.
    Simulated,
    /// Recorded ticks from a file.
    Replay(PathBuf),
    /// Exchanges, for the instruments that a file names.
    Live(PathBuf),
}

impl FromStr for MarketSource {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            None if text == "simulated" => Ok(Self::Simulated),
            Some(("replay", file)) if !file.is_empty() => Ok(Self::Replay(file.into())),
            Some(("live", file)) if !file.is_empty() => Ok(Self::Live(file.into())),
            _ => Err("expected `simulated`, `replay:FILE` or `live:FILE`".into()),
        }
    }
}

/// Where reference rates are kept current from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RatesSource {
    /// From the bank, where the market is asked of others too.
    Auto,
    /// From nowhere: those that shipped are carried on.
    Off,
    /// From a folder at an address.
    Address(String),
}

impl FromStr for RatesSource {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            "off" => Ok(Self::Off),
            address if fetch::is_address(address) => Ok(Self::Address(address.to_owned())),
            _ => Err("expected `auto`, `off`, or an address that begins with http:// or https://".into()),
        }
    }
}

/// The socket and its limits.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Live updates")]
pub struct LiveConfig {
    /// Milliseconds from one update to the next, where a client names no interval.
    #[arg(long, env = "FINFLOW_UPDATE_INTERVAL_MS", default_value_t = 5_000, value_parser = interval())]
    pub update_interval_ms: u64,
    /// The shortest interval that a client may ask for, in milliseconds.
    #[arg(long, env = "FINFLOW_MIN_INTERVAL_MS", default_value_t = 100, value_parser = interval())]
    pub min_interval_ms: u64,
    /// The longest interval that a client may ask for, in milliseconds.
    #[arg(long, env = "FINFLOW_MAX_INTERVAL_MS", default_value_t = 3_600_000, value_parser = interval())]
    pub max_interval_ms: u64,
    /// Sockets that may be open at once. Beyond it an upgrade answers 503.
    #[arg(long, env = "FINFLOW_MAX_SOCKETS", default_value_t = 20_000)]
    pub max_sockets: usize,
    /// Sockets that one address may have open at once. Beyond it an upgrade answers 429.
    #[arg(long, env = "FINFLOW_MAX_SOCKETS_PER_ADDRESS", default_value_t = 50)]
    pub max_sockets_per_address: usize,
    /// Sockets that one user may have open at once, from all addresses. Beyond it an upgrade answers 429.
    #[arg(long, env = "FINFLOW_MAX_SOCKETS_PER_USER", default_value_t = 30)]
    pub max_sockets_per_user: usize,
    /// Origins beside the server's own whose pages may open the socket, as scheme://host:port, separated by commas.
    #[arg(long, env = "FINFLOW_ALLOWED_ORIGINS", value_delimiter = ',', value_parser = origin)]
    pub allowed_origins: Vec<String>,
    /// The largest message that a client may send, in bytes. Beyond it the socket closes with 1009.
    #[arg(long, env = "FINFLOW_MAX_MESSAGE_BYTES", default_value_t = 16 << 10, value_parser = clap::value_parser!(u64).range(256..=1 << 20))]
    pub max_message_bytes: u64,
    /// Messages a second that one connection may send, with twice as many in a burst.
    #[arg(long, env = "FINFLOW_MAX_MESSAGES_PER_SECOND", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub max_messages_per_second: u32,
    /// Seconds between pings. Two without an answer end the connection.
    #[arg(long, env = "FINFLOW_PING_SECONDS", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub ping_seconds: u64,
    /// Seconds that a reader may leave a frame unread before the socket closes with 4408.
    #[arg(long, env = "FINFLOW_STALL_SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub stall_seconds: u64,
    /// Sends back what comes, for suites that test a codec (`cargo xtask conformance`). No argument sets it.
    #[arg(skip)]
    pub echo: bool,
    /// Valuations that are to break, for tests of what happens then. No argument sets it.
    #[arg(skip)]
    pub faults: Arc<AtomicU32>,
}

impl Cli {
    /// Reads the command line and the environment; says what is wrong and ends the program where something is.
    ///
    /// A variable that is empty counts as missing: container files often pass one on.
    pub fn read() -> Self {
        let empty = |arg: &Arg| {
            arg.get_env()
                .is_some_and(|name| std::env::var_os(name).is_some_and(|value| value.is_empty()))
        };
        let forget = move |arg: Arg| if empty(&arg) { arg.env(Resettable::Reset) } else { arg };
        let command = Self::command().mut_args(forget).mut_subcommands(move |verb| verb.mut_args(forget));
        let read = command.try_get_matches().and_then(|matches| Self::from_arg_matches(&matches));
        read.unwrap_or_else(|error| unsaid(error).exit())
    }
}

impl Config {
    /// What no single value shows: bounds that contradict each other. The error names the variables.
    pub fn check(&self) -> Result<(), String> {
        let LiveConfig {
            update_interval_ms: wanted,
            min_interval_ms: least,
            max_interval_ms: most,
            ..
        } = self.live;
        if least > most {
            return Err(format!(
                "FINFLOW_MIN_INTERVAL_MS is {least}, more than FINFLOW_MAX_INTERVAL_MS, which is {most}"
            ));
        }
        if !(least..=most).contains(&wanted) {
            return Err(format!(
                "FINFLOW_UPDATE_INTERVAL_MS is {wanted}, outside {least} to {most} (FINFLOW_MIN_INTERVAL_MS, FINFLOW_MAX_INTERVAL_MS)"
            ));
        }
        if let MarketSource::Replay(file) | MarketSource::Live(file) = &self.market.source
            && !file.is_file()
        {
            return Err(format!("FINFLOW_MARKET names the file {}, which is not there", file.display()));
        }
        if let Some(url) = &self.redis_url {
            url.client()?;
        }
        if self.redis_url.is_some() && self.database_url.starts_with("sqlite:") {
            return Err(
                "FINFLOW_REDIS_URL is for several nodes, and these need one database: set FINFLOW_DATABASE_URL to a PostgreSQL, or leave \
                 FINFLOW_REDIS_URL out"
                    .into(),
            );
        }
        self.watch.check(self.addr)
    }

    /// The whole configuration, a line a variable, with no secret in it.
    pub fn report(&self) -> String {
        let market = match &self.market.source {
            MarketSource::Simulated => "simulated".to_owned(),
            MarketSource::Replay(file) => format!("replay:{}", file.display()),
            MarketSource::Live(file) => format!("live:{}", file.display()),
        };
        let live = &self.live;
        let rates = match &self.rates {
            RatesSource::Auto => "auto".to_owned(),
            RatesSource::Off => "off".to_owned(),
            RatesSource::Address(address) => concealed(address),
        };
        let lines: [(&str, String); 22] = [
            ("FINFLOW_ADDR", self.addr.to_string()),
            ("LEPTOS_SITE_ROOT", self.site_root.display().to_string()),
            ("FINFLOW_LOG", self.log.clone()),
            ("FINFLOW_SHUTDOWN_SECONDS", self.shutdown_seconds.to_string()),
            ("FINFLOW_DATABASE_URL", concealed(&self.database_url)),
            (
                "FINFLOW_REDIS_URL",
                self.redis_url.as_ref().map(ToString::to_string).unwrap_or_default(),
            ),
            ("FINFLOW_API_REQUESTS_PER_MINUTE", self.api_requests_per_minute.to_string()),
            ("FINFLOW_MARKET", market),
            ("FINFLOW_MARKET_SEED", self.market.seed.to_string()),
            ("FINFLOW_REPLAY_SPEED", self.market.replay_speed.to_string()),
            ("FINFLOW_RATES", rates),
            ("FINFLOW_UPDATE_INTERVAL_MS", live.update_interval_ms.to_string()),
            ("FINFLOW_MIN_INTERVAL_MS", live.min_interval_ms.to_string()),
            ("FINFLOW_MAX_INTERVAL_MS", live.max_interval_ms.to_string()),
            ("FINFLOW_MAX_SOCKETS", live.max_sockets.to_string()),
            ("FINFLOW_MAX_SOCKETS_PER_ADDRESS", live.max_sockets_per_address.to_string()),
            ("FINFLOW_MAX_SOCKETS_PER_USER", live.max_sockets_per_user.to_string()),
            ("FINFLOW_ALLOWED_ORIGINS", live.allowed_origins.join(",")),
            ("FINFLOW_MAX_MESSAGE_BYTES", live.max_message_bytes.to_string()),
            ("FINFLOW_MAX_MESSAGES_PER_SECOND", live.max_messages_per_second.to_string()),
            ("FINFLOW_PING_SECONDS", live.ping_seconds.to_string()),
            ("FINFLOW_STALL_SECONDS", live.stall_seconds.to_string()),
        ];
        let lines = lines
            .into_iter()
            .chain(self.candles.lines())
            .chain(self.accounts.lines())
            .chain(self.connections.lines())
            .chain(self.watch.lines());
        lines.map(|(name, value)| format!("{name}={value}\n")).collect()
    }
}

/// The error without a value that may hold a secret.
fn unsaid(mut error: clap::Error) -> clap::Error {
    let about = error.get(ContextKind::InvalidArg).map(ToString::to_string).unwrap_or_default();
    if SECRET.iter().any(|name| about.starts_with(name)) {
        error.insert(ContextKind::InvalidValue, ContextValue::String("…".into()));
    }
    error
}

/// Arguments whose values may hold a password or a key.
const SECRET: [&str; 5] = ["--database-url", "--redis-url", "--rates", "--otlp-endpoint", "--otlp-headers"];

/// An address may hold a password: say only that it is there, and of what kind. The name of a file is no secret.
fn concealed(url: &str) -> String {
    match url.split_once(':') {
        Some(("sqlite", _)) => url.to_owned(),
        kind => format!("{}:…", kind.map_or("", |(kind, _)| kind)),
    }
}

fn interval() -> impl clap::builder::TypedValueParser<Value = u64> {
    clap::value_parser!(u64).range(10..=86_400_000)
}

fn replay_speed(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|speed| (0.01..=100_000.0).contains(speed))
        .ok_or_else(|| "expected a number from 0.01 to 100000".into())
}

/// scheme://host[:port], written as a browser writes it.
fn origin(text: &str) -> Result<String, String> {
    let url = url::Url::parse(text.trim()).map_err(|error| format!("expected scheme://host:port: {error}"))?;
    match url.origin() {
        origin @ url::Origin::Tuple(..) if url.path() == "/" && url.query().is_none() => Ok(origin.ascii_serialization()),
        _ => Err("expected scheme://host:port and nothing after it".into()),
    }
}

fn with_scheme(text: &str, schemes: &[&str]) -> Result<String, String> {
    let known = text.split_once(':').is_some_and(|(scheme, _)| schemes.contains(&scheme));
    if known {
        Ok(text.to_owned())
    } else {
        Err(format!("expected an address that begins with one of {}", schemes.join(":, ") + ":"))
    }
}

/// An address of a database that can be opened.
pub fn database_url(text: &str) -> Result<String, String> {
    with_scheme(text, &["sqlite", "postgres", "postgresql"])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(args: &[&str]) -> Result<Config, String> {
        let cli = Cli::try_parse_from([&["finflow"], args].concat()).map_err(|error| error.to_string())?;
        cli.config.check().map(|()| cli.config)
    }

    #[test]
    fn defaults_hold_together() {
        let config = parse(&[]).expect("the defaults are valid");
        assert_eq!(config.addr.to_string(), "127.0.0.1:8000");
        assert_eq!(config.report().lines().count(), 45);
    }

    #[test]
    fn bounds_that_contradict_each_other_are_named() {
        let error = parse(&["--min-interval-ms", "6000"]).expect_err("5000 is below 6000");
        assert!(error.contains("FINFLOW_UPDATE_INTERVAL_MS is 5000, outside 6000 to"), "{error}");
    }

    #[test]
    fn origins_are_written_as_a_browser_writes_them() {
        let config = parse(&["--allowed-origins", "https://Example.com:443,http://a.test:8080/"]).expect("valid origins");
        assert_eq!(config.live.allowed_origins, ["https://example.com", "http://a.test:8080"]);
        assert!(parse(&["--allowed-origins", "https://a.test/path"]).is_err());
        assert!(parse(&["--allowed-origins", "null"]).is_err());
    }

    #[test]
    fn a_proxy_is_an_address_or_a_network() {
        let config = parse(&["--trusted-proxies", "127.0.0.1, 10.0.0.0/8,::1"]).expect("three of them");
        assert!(config.report().contains("FINFLOW_TRUSTED_PROXIES=127.0.0.1/32,10.0.0.0/8,::1/128"));
        assert!(parse(&["--trusted-proxies", "proxy.local"]).is_err());
        assert!(parse(&["--registration", "perhaps"]).is_err());
    }

    #[test]
    fn row_27_a_password_is_not_reported() {
        let config = parse(&["--database-url", "postgres://user:planted@host/db"]).expect("valid");
        assert!(!config.report().contains("planted"));
        assert!(parse(&["--market", "replay:/nowhere.csv"]).is_err());
        assert!(parse(&["--market", "moon"]).is_err());
        let redis = ["--database-url", "postgres://h/d", "--redis-url", "rediss://me:planted@host/1"];
        let config = parse(&redis).expect("valid");
        let said = config.report() + &format!("{config:?}");
        assert!(said.contains("FINFLOW_REDIS_URL=rediss:…") && !said.contains("planted"), "{said}");
        assert!(parse(&redis[2..]).is_err_and(|why| why.contains("need one database")));
        let wrong = parse(&["--redis-url", "redis://me:planted@host:x"]).expect_err("x is no port");
        assert!(wrong.contains("expected redis:") && !wrong.contains("planted"), "{wrong}");
        let config = parse(&["--rates", "https://a/?key=planted"]).expect("an address");
        assert!(config.report().contains("FINFLOW_RATES=https:…") && parse(&["--rates", "ftp://a"]).is_err());
    }
}
