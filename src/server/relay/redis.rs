//! The relay over Redis: one connection for commands, one that hears. Each comes back by itself, for ever.
//!
//! A node counts as connected while its own beat, published over the first connection, arrives over the second. So a Redis that hangs is
//! away as one that is gone.

use crate::server::config::RedisUrl;
use crate::server::metrics::relay::RELAY;
use crate::server::relay::lease::Term;
use crate::server::relay::{Relay, State, Unsaid, scripts};
use bytes::Bytes;
use futures_util::StreamExt as _;
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, Cmd, FromRedisValue, InfoDict, cmd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::time::{sleep, timeout};

/// The topic under which a released lease is told.
pub const FREE: &str = "free";
/// The topic under which a node says that others may have missed something of it.
const OWED: &str = "owed";

/// The longest that Redis may take for anything.
const WITHIN: Duration = Duration::from_secs(1);
/// How often a node's beat goes round.
const BEAT: Duration = Duration::from_millis(250);
/// Without a beat for so long Redis is away.
const SILENT: Duration = Duration::from_millis(1_500);
/// The wait after a first failure; it doubles with each.
const FIRST: Duration = Duration::from_millis(50);
/// The longest such wait. Whoever waits is half a second late on the average.
const LONGEST: Duration = Duration::from_secs(1);
/// A Redis that is younger may have forgotten a lease that is still good: none is taken of it.
const YOUNG: Duration = Duration::from_secs(3);

/// The way to Redis. Cheap to clone.
#[derive(Clone)]
pub struct Wire(Arc<Inner>);

struct Inner {
    client: Client,
    /// Names this node, in this life.
    node: String,
    /// What every key and channel begins with. The braces keep them together in a cluster.
    prefix: String,
    commands: Mutex<Option<Commands>>,
    /// Something that was published may not have reached the others.
    owes: AtomicBool,
}

impl std::fmt::Debug for Wire {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The client's address may hold a password.
        out.debug_struct("Wire").field("node", &self.0.node).finish_non_exhaustive()
    }
}

/// The connection for commands.
#[derive(Clone)]
struct Commands {
    connection: MultiplexedConnection,
    /// From when on a lease may be taken of this Redis.
    leases_from: Instant,
}

impl Wire {
    /// A way to Redis that is not connected yet.
    ///
    /// # Errors
    /// The address is none.
    pub fn new(url: &RedisUrl) -> Result<Self, String> {
        // The one that another part of the program chose before is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = url.client()?;
        let database = client.get_connection_info().redis_settings().db();
        Ok(Self(Arc::new(Inner {
            client,
            node: format!("{:032x}", rand::random::<u128>()),
            prefix: format!("finflow:{{{database}}}:"),
            commands: Mutex::default(),
            owes: AtomicBool::new(false),
        })))
    }

    /// Connects, and stays connected until the server stops and needs no lease any more.
    pub fn start(&self, relay: &Relay) {
        let (speaks, speaker) = (self.clone(), relay.clone());
        relay.shutdown.spawn(async move {
            tokio::select! {
                () = speaks.speak() => {}
                () = speaker.over() => {}
            }
        });
        let (hears, hearer) = (self.clone(), relay.clone());
        relay.shutdown.spawn(async move {
            tokio::select! {
                () = hears.hear(&hearer) => {}
                () = hearer.over() => {}
            }
        });
    }

    fn commands(&self) -> MutexGuard<'_, Option<Commands>> {
        self.0.commands.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn key(&self, name: &str) -> String {
        format!("{}{name}", self.0.prefix)
    }

    fn channel(&self, topic: &str) -> String {
        format!("{}topic:{topic}", self.0.prefix)
    }

    fn beat(&self) -> String {
        format!("{}beat:{}", self.0.prefix, self.0.node)
    }

    /// What goes out: who says it, and what.
    fn message(&self, payload: &[u8]) -> Vec<u8> {
        [self.0.node.as_bytes(), payload].concat()
    }

    async fn connect(&self) -> redis::RedisResult<Commands> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(WITHIN))
            .set_response_timeout(Some(WITHIN));
        let mut connection = self.0.client.get_multiplexed_async_connection_with_config(&config).await?;
        let about: redis::RedisResult<InfoDict> = cmd("INFO").arg("server").query_async(&mut connection).await;
        let age = about.ok().and_then(|about| about.get::<u64>("uptime_in_seconds"));
        // One that does not say counts as young.
        let wait = YOUNG.saturating_sub(Duration::from_secs(age.unwrap_or_default()));
        Ok(Commands {
            connection,
            leases_from: Instant::now() + wait,
        })
    }

    async fn ask<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, Unsaid> {
        let commands = self.commands().clone();
        let mut connection = commands.ok_or(Unsaid::Away)?.connection;
        match timeout(WITHIN, command.query_async(&mut connection)).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => {
                tracing::debug!(%error, "Redis");
                Err(Unsaid::Away)
            }
            Err(_) => Err(Unsaid::Away),
        }
    }

    /// Keeps the connection for commands, and sends the beat over it.
    async fn speak(&self) {
        let mut told = Once::default();
        let mut wait = FIRST;
        loop {
            match timeout(2 * WITHIN, self.connect()).await {
                Ok(Ok(commands)) => {
                    *self.commands() = Some(commands);
                    let mut beat = cmd("PUBLISH");
                    beat.arg(self.beat()).arg("");
                    let error = loop {
                        // Straight to the connection: what Redis says against it is worth telling.
                        let connection = self.commands().as_ref().map(|commands| commands.connection.clone());
                        let Some(mut connection) = connection else {
                            break "it does not answer".to_owned();
                        };
                        match timeout(WITHIN, beat.query_async::<()>(&mut connection)).await {
                            Ok(Ok(())) => {
                                told.well();
                                wait = FIRST;
                                sleep(BEAT).await;
                            }
                            Ok(Err(error)) => break error.to_string(),
                            Err(_) => break "it does not answer".to_owned(),
                        }
                    };
                    *self.commands() = None;
                    told.warn(&error);
                }
                Ok(Err(error)) => told.warn(&error.to_string()),
                Err(_) => told.warn("it does not answer"),
            }
            wait = pause(wait).await;
        }
    }

    /// Keeps the connection that hears.
    async fn hear(&self, relay: &Relay) {
        let mut wait = FIRST;
        loop {
            let heard = timeout(2 * WITHIN, self.subscribed()).await;
            if let Ok(Ok(mut messages)) = heard {
                let mut last = Instant::now();
                while let Ok(Some(message)) = timeout(SILENT.saturating_sub(last.elapsed()), messages.next()).await {
                    if message.get_channel_name() == self.beat() {
                        last = Instant::now();
                        wait = FIRST;
                        self.beats(relay).await;
                    } else {
                        self.heard(relay, &message);
                    }
                }
                let since = Instant::now();
                relay.state.send_if_modified(|state| {
                    let changed = *state == State::Connected;
                    if changed {
                        *state = State::Away { since };
                        RELAY.up.set(0);
                    }
                    changed
                });
            }
            wait = pause(wait).await;
        }
    }

    async fn subscribed(&self) -> redis::RedisResult<impl futures_util::Stream<Item = redis::Msg> + Unpin + use<>> {
        let (mut ask, messages) = self.0.client.get_async_pubsub().await?.split();
        ask.psubscribe(self.channel("*")).await?;
        ask.subscribe(self.beat()).await?;
        // The connection lives as long as both halves do.
        Ok(messages.map(move |message| {
            let _ = &ask;
            message
        }))
    }

    /// The beat came round.
    async fn beats(&self, relay: &Relay) {
        if *relay.state.borrow() != State::Connected {
            relay.state.send_replace(State::Connected);
            RELAY.up.set(1);
            // Whatever was said before this connection heard was not heard.
            relay.board.missed();
        }
        if self.0.owes.swap(false, Ordering::AcqRel) {
            self.owe().await;
        }
    }

    fn heard(&self, relay: &Relay, message: &redis::Msg) {
        let channel = message.get_channel_name();
        let Some(topic) = channel.strip_prefix(&self.channel("")) else {
            return;
        };
        let payload = message.get_payload_bytes();
        let own = self.0.node.len();
        match payload.split_at_checked(own) {
            Some((node, _)) if node == self.0.node.as_bytes() => {}
            Some((_, _)) if topic == OWED => relay.board.missed(),
            Some((_, said)) => {
                RELAY.heard.one();
                relay.board.say(topic, Bytes::copy_from_slice(said));
            }
            None => {}
        }
    }

    /// Says that the others may have missed something of this node.
    pub async fn owe(&self) {
        if self.publish(OWED, &[]).await.is_err() {
            self.0.owes.store(true, Ordering::Release);
        }
    }

    /// The same from a command that ends then.
    pub async fn tell_once(&self) -> Result<(), Unsaid> {
        match timeout(2 * WITHIN, self.connect()).await {
            Ok(Ok(commands)) => *self.commands() = Some(commands),
            _ => return Err(Unsaid::Away),
        }
        self.publish(OWED, &[]).await
    }

    /// Publishes.
    pub async fn publish(&self, topic: &str, payload: &[u8]) -> Result<(), Unsaid> {
        let mut publish = cmd("PUBLISH");
        publish.arg(self.channel(topic)).arg(self.message(payload));
        let said = self.ask::<()>(&publish).await;
        if said.is_err() {
            self.0.owes.store(true, Ordering::Release);
        }
        said
    }

    fn script(&self, script: &str, lease: &str) -> Cmd {
        let mut eval = cmd("EVAL");
        eval.arg(script).arg(2).arg(self.key(&format!("lease:{lease}")));
        eval.arg(self.key(&format!("token:{lease}"))).arg(&self.0.node);
        eval
    }

    /// Publishes as the holder of a term.
    pub async fn publish_under(&self, term: &Term, topic: &str, payload: &[u8]) -> Result<(), Unsaid> {
        let mut say = self.script(scripts::SAY, term.name());
        say.arg(term.token()).arg(self.channel(topic)).arg(self.message(payload));
        match self.ask::<i64>(&say).await {
            Ok(1) => Ok(()),
            Ok(_) => Err(Unsaid::Over),
            Err(error) => Err(error),
        }
    }

    /// Takes a lease: its token, or nothing where another node holds it.
    pub async fn take(&self, name: &str, life: Duration) -> Result<Option<u64>, Unsaid> {
        let from = self.commands().as_ref().map(|commands| commands.leases_from);
        if from.is_none_or(|from| from > Instant::now()) {
            return Err(Unsaid::Away);
        }
        let mut take = self.script(scripts::TAKE, name);
        take.arg(life.as_millis() as u64);
        self.ask(&take).await
    }

    /// Renews a lease: whether it still is this node's.
    pub async fn renew(&self, name: &str, token: u64, life: Duration) -> Result<bool, Unsaid> {
        let mut renew = self.script(scripts::RENEW, name);
        renew.arg(life.as_millis() as u64).arg(token);
        self.ask::<i64>(&renew).await.map(|renewed| renewed == 1)
    }

    /// Releases a lease, and tells the others that it is free.
    pub async fn release(&self, name: &str, token: u64) -> Result<(), Unsaid> {
        let mut release = self.script(scripts::RELEASE, name);
        release.arg(token).arg(self.channel(FREE)).arg(self.message(name.as_bytes()));
        self.ask::<i64>(&release).await.map(drop)
    }
}

/// Waits, not always for as long, and returns how long the next wait is.
async fn pause(wait: Duration) -> Duration {
    sleep(rand::random_range(wait / 2..=wait)).await;
    (wait * 2).min(LONGEST)
}

/// Tells what is wrong once, and once that it is well again.
#[derive(Default)]
struct Once(Option<String>);

impl Once {
    fn warn(&mut self, why: &str) {
        if self.0.is_none() {
            tracing::warn!("FINFLOW_REDIS_URL: Redis cannot be used: {why}; it is tried again, and prices count as stale meanwhile");
        }
        self.0 = Some(why.to_owned());
    }

    fn well(&mut self) {
        if self.0.take().is_some() {
            tracing::info!("Redis can be used again");
        }
    }
}
