//! Settings of the accounts, and the words of `finflow admin`.

use super::admin::{BackupVerb, FeedVerb, InstrumentVerb};
use crate::server::config::{RedisUrl, database_url};
use clap::{Args, Subcommand, ValueEnum};
use ipnet::IpNet;
use std::net::IpAddr;

/// Accounts and guests that one address may make in an hour, where nothing is said.
const NEW_ACCOUNTS_PER_HOUR: u32 = 20;

/// Who may come in.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Accounts")]
pub struct AccountsConfig {
    /// Whether anybody may sign up and try: `open`, or `closed` where only `finflow admin user add` makes users.
    #[arg(long, env = "FINFLOW_REGISTRATION", default_value = "open")]
    pub registration: Registration,
    /// Proxies whose X-Forwarded-For is believed, as addresses or networks (10.0.0.0/8), separated by commas.
    #[arg(long, env = "FINFLOW_TRUSTED_PROXIES", value_delimiter = ',', value_parser = network)]
    pub trusted_proxies: Vec<IpNet>,
    /// Accounts and guests that one address may make in an hour. Beyond it 429. A /64 of IPv6 is one address.
    #[arg(long, env = "FINFLOW_NEW_ACCOUNTS_PER_HOUR", default_value_t = NEW_ACCOUNTS_PER_HOUR, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub new_accounts_per_hour: u32,
    /// When the session's cookie is for TLS alone: `auto` where the request came over TLS (X-Forwarded-Proto), or `always`.
    #[arg(long, env = "FINFLOW_SECURE_COOKIES", default_value = "auto")]
    pub secure_cookies: SecureCookies,
}

impl Default for AccountsConfig {
    fn default() -> Self {
        Self {
            registration: Registration::Open,
            trusted_proxies: vec![],
            new_accounts_per_hour: NEW_ACCOUNTS_PER_HOUR,
            secure_cookies: SecureCookies::Auto,
        }
    }
}

/// Whether anybody may sign up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Registration {
    /// Anybody.
    Open,
    /// Nobody: users are made from the command line.
    Closed,
}

/// When a browser sends the session's cookie over TLS alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SecureCookies {
    /// Where it was given over TLS.
    Auto,
    /// Always.
    Always,
}

impl AccountsConfig {
    /// A line a variable, for the report.
    pub(super) fn lines(&self) -> [(&'static str, String); 4] {
        let word = |value: Option<clap::builder::PossibleValue>| value.map(|value| value.get_name().to_owned()).unwrap_or_default();
        let proxies: Vec<_> = self.trusted_proxies.iter().map(ToString::to_string).collect();
        [
            ("FINFLOW_REGISTRATION", word(self.registration.to_possible_value())),
            ("FINFLOW_TRUSTED_PROXIES", proxies.join(",")),
            ("FINFLOW_NEW_ACCOUNTS_PER_HOUR", self.new_accounts_per_hour.to_string()),
            ("FINFLOW_SECURE_COOKIES", word(self.secure_cookies.to_possible_value())),
        ]
    }
}

/// Arguments of `admin`.
#[derive(Clone, Debug, Args)]
pub struct AdminArgs {
    /// Where data is kept, as for `serve`. A server may be running on it.
    #[arg(long, env = "FINFLOW_DATABASE_URL", default_value = "sqlite:finflow.db", hide_env_values = true, value_parser = database_url, global = true)]
    pub database_url: String,
    /// The Redis of the servers that run on it, as for `serve`: they are told at once.
    #[arg(long, env = "FINFLOW_REDIS_URL", hide_env_values = true, global = true)]
    pub redis_url: Option<RedisUrl>,
    /// What it is about.
    #[command(subcommand)]
    pub about: AdminVerb,
}

/// What `admin` is about.
#[derive(Clone, Debug, Subcommand)]
pub enum AdminVerb {
    /// Users: make, list, give a new password, delete.
    #[command(subcommand)]
    User(UserVerb),
    /// Sessions: list, end.
    #[command(subcommand)]
    Session(SessionVerb),
    /// Tokens of programs: make, list, revoke.
    #[command(subcommand)]
    Token(TokenVerb),
    /// Sources of prices, as a running server has them.
    #[command(subcommand)]
    Feed(FeedVerb),
    /// Instruments that people chose from providers' lists: list, forget.
    #[command(subcommand)]
    Instrument(InstrumentVerb),
    /// Backups: list, make, restore.
    #[command(subcommand)]
    Backup(BackupVerb),
}

/// What is done with users.
#[derive(Clone, Debug, Subcommand)]
pub enum UserVerb {
    /// Make a user. A password is made and printed once, unless one comes in.
    Add {
        /// How they sign in.
        name: String,
        /// Read the password from the first line of standard input.
        #[arg(long)]
        password_stdin: bool,
    },
    /// Give a user another password, and end their sessions.
    Password {
        /// How they sign in.
        name: String,
        /// Read the password from the first line of standard input.
        #[arg(long)]
        password_stdin: bool,
    },
    /// Give a user another name. They stay signed in.
    Rename {
        /// How they sign in now.
        name: String,
        /// How they sign in from now on.
        to: String,
    },
    /// List the users.
    List {
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Delete a user with all that is theirs, for good.
    Delete {
        /// How they sign in.
        name: String,
    },
}

/// What is done with sessions.
#[derive(Clone, Debug, Subcommand)]
pub enum SessionVerb {
    /// List the sessions of a user, or of all users.
    List {
        /// How they sign in; all users where nobody is named.
        name: Option<String>,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// End a session, by its identity in the list.
    Revoke {
        /// How they sign in.
        name: String,
        /// Its identity, or nothing for all of them.
        session: Option<String>,
    },
}

/// What is done with tokens.
#[derive(Clone, Debug, Subcommand)]
pub enum TokenVerb {
    /// Make a token. It is printed once.
    Create {
        /// How its user signs in.
        name: String,
        /// What the token is for.
        token: String,
        /// What it may do: portfolios:read, portfolios:write, activities:read, activities:write; commas between.
        #[arg(long, value_delimiter = ',', required = true)]
        scopes: Vec<String>,
        /// Days until it ends; without it, never.
        #[arg(long)]
        days: Option<u32>,
    },
    /// List a user's tokens.
    List {
        /// How they sign in.
        name: String,
    },
    /// Revoke a token, by its identity in the list.
    Revoke {
        /// How its user signs in.
        name: String,
        /// Its identity.
        token: String,
    },
}

/// An address, or a network of them.
fn network(text: &str) -> Result<IpNet, String> {
    let text = text.trim();
    let address = text.parse::<IpAddr>().map(IpNet::from);
    address
        .or_else(|_| text.parse::<IpNet>())
        .map_err(|_| "expected an address or a network, such as 127.0.0.1 or 10.0.0.0/8".into())
}
