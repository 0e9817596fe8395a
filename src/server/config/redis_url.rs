//! The address of a Redis. It may hold a password, and is never shown: not where it is wrong either.

use redis::Client;
use std::convert::Infallible;
use std::fmt::{self, Debug, Display, Formatter};
use std::str::FromStr;

/// An address as it was given.
#[derive(Clone, PartialEq, Eq)]
pub struct RedisUrl(String);

impl RedisUrl {
    /// A client for it, not connected.
    ///
    /// # Errors
    /// It is no such address; the text says what one looks like.
    pub fn client(&self) -> Result<Client, String> {
        let scheme = self.scheme();
        let known = ["redis", "rediss", "unix"].contains(&scheme);
        // What the client says of an address may hold the password.
        let client = known.then(|| Client::open(self.0.as_str()).ok()).flatten();
        client.ok_or_else(|| {
            "FINFLOW_REDIS_URL: expected redis://user:password@host:port/number, rediss://… with TLS, or unix:PATH".to_owned()
        })
    }

    fn scheme(&self) -> &str {
        self.0.split_once(':').map_or("", |(scheme, _)| scheme)
    }
}

impl FromStr for RedisUrl {
    type Err = Infallible;

    /// Takes any text: an error of the command line would show it.
    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.to_owned()))
    }
}

impl Display for RedisUrl {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        write!(out, "{}:…", self.scheme())
    }
}

impl Debug for RedisUrl {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        Display::fmt(self, out)
    }
}
