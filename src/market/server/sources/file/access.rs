//! How a provider is reached, as the file says it: addresses, keys, and files of the operator's own.

use crate::market::server::provider::Kind;
use crate::market::server::provider::url::Table;
use crate::market::server::provider::venue::Access;
use crate::server::fetch;
use anyhow::{Context as _, ensure};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::time::Duration;

/// What is said of a provider.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderTable {
    url: Option<String>,
    #[serde(default)]
    key: String,
    #[serde(default)]
    secret: String,
    every_seconds: Option<u64>,
    list_url: Option<String>,
}

impl ProviderTable {
    /// How the provider is reached. Nothing that may hold a secret is repeated in an error.
    pub fn access(&self, kind: Kind) -> anyhow::Result<Access> {
        let filled = |text: &str| filled(text, |name| std::env::var(name).ok());
        let access = Access {
            address: filled(self.url.as_deref().unwrap_or(kind.address()))?,
            key: filled(&self.key)?,
            secret: filled(&self.secret)?,
            every: self.every_seconds.map(Duration::from_secs),
            ..Access::default()
        };
        if let Kind::Poller(poller) = kind {
            ensure!(
                self.every_seconds.is_none_or(|seconds| (1..=86_400).contains(&seconds)),
                "every_seconds: expected 1 to 86400"
            );
            // What has no address of its own has one for each of its files.
            let valid = if poller.address().is_empty() {
                self.url.is_none()
            } else {
                fetch::is_address(&access.address)
            };
            ensure!(
                valid,
                "url: expected an address that begins with http:// or https://, and none for files of your own"
            );
            return Ok(access);
        }
        ensure!(self.every_seconds.is_none(), "every_seconds: it is not asked, it tells");
        let url = ::url::Url::parse(&access.address).ok();
        ensure!(
            url.is_some_and(|url| ["ws", "wss"].contains(&url.scheme()) && url.has_host()),
            "url: expected an address that begins with ws:// or wss://"
        );
        Ok(access)
    }

    /// Where the provider's own list is. Who reaches the provider at another host than its own says where the list is, or there is none:
    /// nobody else is asked.
    pub fn list(&self, kind: Kind, access: &Access) -> anyhow::Result<Option<String>> {
        let Some(lister) = kind.lister() else {
            ensure!(self.list_url.is_none(), "list_url: it has no list");
            return Ok(None);
        };
        let host = |address: &str| ::url::Url::parse(address).ok()?.host_str().map(str::to_owned);
        let Some(said) = &self.list_url else {
            let its_own = host(&access.address) == host(kind.address());
            return Ok(its_own.then(|| lister.address().to_owned()));
        };
        let said = filled(said, |name| std::env::var(name).ok())?;
        ensure!(
            said.is_empty() || fetch::is_address(&said),
            "list_url: expected an address that begins with http:// or https://, or nothing where its list is not to be asked for"
        );
        Ok(Some(said.trim_end_matches('/').to_owned()).filter(|said| !said.is_empty()))
    }
}

/// The files of the operator's own, with what their addresses name of the environment.
pub fn files(tables: BTreeMap<String, Table>) -> anyhow::Result<BTreeMap<String, Table>> {
    let one = |(name, mut table): (String, Table)| {
        let read = || {
            ensure!(!name.is_empty() && !name.contains('/'), "expected a name without /");
            table.address.0 = filled(&table.address.0, |name| std::env::var(name).ok())?;
            table.check()
        };
        let read = { read }();
        read.with_context(|| format!("url.{name}"))?;
        Ok((name, table))
    };
    tables.into_iter().map(one).collect()
}

/// A text with the variables of the environment that it names: a key need not stand in a file.
pub fn filled(text: &str, variable: impl Fn(&str) -> Option<String>) -> anyhow::Result<String> {
    let (mut filled, mut rest) = (String::new(), text);
    while let Some((before, name, after)) = rest.split_once("${").and_then(|(before, after)| {
        let (name, after) = after.split_once('}')?;
        Some((before, name, after))
    }) {
        let value = variable(name).filter(|value| !value.is_empty());
        filled += before;
        filled += &value.with_context(|| format!("the environment has no {name}"))?;
        rest = after;
    }
    Ok(filled + rest)
}
