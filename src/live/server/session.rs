//! One socket: reads requests, answers them, and ends for a reason that it names. The frames of its watch go past it, by its
//! outlet; it only finishes those that the socket did not take whole.

use crate::live::protocol::{
    self, Ack, ClientMessage, ConnectionEstablished, FeedStatusMessage, Greeting, PortfolioData, ServerMessage, StartUpdates, close,
};
use crate::live::server::Live;
use crate::live::server::member::Member;
use crate::live::server::outlet::{Line, Outlet};
use crate::live::server::request::{self, Refusal};
use crate::live::server::stream::Watcher;
use crate::live::server::wire::{feed_change, poll_heard, write_out};
use crate::portfolio::server::Portfolio;
use crate::portfolio::server::ledger::LedgerError;
use bytes::Bytes;
use futures_util::StreamExt;
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use std::future::{pending, poll_fn};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, MissedTickBehavior, interval_at, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message, Utf8Bytes};

/// Pings without an answer that end a connection.
const UNANSWERED: u32 = 2;
/// Messages over the rate, less those within it, that end a connection.
const OVER_RATE: u32 = 40;
/// How long the other side may take to answer a close.
const CLOSING: Duration = Duration::from_secs(2);

/// Why a session ended.
#[derive(Debug)]
enum End {
    /// The other side closed, or is gone.
    Gone,
    /// This side closes, with a code and a reason.
    Close(u16, &'static str),
    /// The reader made no progress: this side closes as soon as there is room for the word.
    Stalled,
    /// The other side broke the framing or sent too much: what else it sends is not read.
    Broken(u16, &'static str),
}

/// One socket.
pub struct Session {
    live: Live,
    socket: WebSocketStream<Line>,
    outlet: Arc<Outlet>,
    watcher: Option<Watcher>,
    /// Who opened it, with the word of ended sessions; boxed, for most have none.
    member: Option<Box<Member>>,
    rate: DefaultDirectRateLimiter,
    over_rate: u32,
    unanswered: u32,
    /// Whether the codec has nothing more to say until the socket has something to read.
    read_out: bool,
    /// What is left of a shared frame that the socket did not take whole. Nothing else is written before it.
    rest: Bytes,
}

impl Session {
    /// A session on a socket that was just upgraded.
    pub fn new(live: Live, socket: WebSocketStream<Line>, member: Option<Member>) -> Self {
        let rate = NonZeroU32::new(live.config.max_messages_per_second).unwrap_or(NonZeroU32::MIN);
        let quota = Quota::per_second(rate).allow_burst(rate.saturating_mul(NonZeroU32::MIN.saturating_add(1)));
        Self {
            member: member.map(Box::new),
            live,
            outlet: Arc::new(Outlet::new(socket.get_ref().0.clone())),
            socket,
            watcher: None,
            rate: RateLimiter::direct(quota),
            over_rate: 0,
            unanswered: 0,
            read_out: false,
            rest: Bytes::new(),
        }
    }

    /// Serves the socket until either side ends it.
    pub async fn run(mut self) {
        let end = self.serve().await;
        // The place in the stream is given back before the goodbye, which may take a while.
        self.watcher = None;
        self.close_gate();
        self.say_goodbye(end).await;
    }

    async fn serve(&mut self) -> End {
        let stopping = self.live.shutdown.stopping().clone();
        let mut stopping = std::pin::pin!(stopping.cancelled_owned());
        // Kept over the rounds of the loop: what is awaited anew in each round costs each frame a registration.
        let mut feed = std::pin::pin!(feed_change(self.live.market.bus.feed_changes()));
        let every = Duration::from_secs(self.live.config.ping_seconds);
        let mut pings = interval_at(Instant::now() + every, every);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        if let Err(end) = self.send_text(self.greeting()).await {
            return end;
        }
        loop {
            let Self {
                outlet,
                socket,
                read_out,
                member,
                watcher,
                ..
            } = self;
            let step = tokio::select! {
                biased;
                () = ended(member.as_deref_mut()), if member.is_some() => Err(End::Close(close::SIGNED_OUT, "signed out")),
                () = gone(watcher.as_ref()), if watcher.is_some() => {
                    self.watcher = None;
                    self.send_text(not_found(None)).await
                }
                () = &mut stopping => Err(End::Close(close::GOING_AWAY, "the server is stopping")),
                heard = poll_fn(|cx| poll_heard(socket, read_out, cx)) => self.hear(heard).await,
                () = outlet.called() => self.flush().await,
                (news, changes) = &mut feed => {
                    feed.set(feed_change(changes));
                    self.send_text(ServerMessage::FeedStatus(FeedStatusMessage { data: news }).encode()).await
                }
                _ = pings.tick() => self.ping().await,
            };
            if let Err(end) = step {
                return end;
            }
        }
    }

    fn greeting(&self) -> String {
        let config = &self.live.config;
        let data = Greeting {
            protocol: protocol::VERSION,
            server_time: self.live.clock.now(),
            authenticated: self.member.is_some(),
            interval_ms: config.update_interval_ms,
            min_interval_ms: config.min_interval_ms,
            max_interval_ms: config.max_interval_ms,
            feed: self.live.market.bus.feed(),
        };
        ServerMessage::ConnectionEstablished(ConnectionEstablished { data }).encode()
    }

    async fn hear(&mut self, heard: Option<Result<Message, Error>>) -> Result<(), End> {
        let message = match heard {
            Some(Ok(message)) => message,
            Some(Err(error)) => return Err(end_of(&error)),
            None => return Err(End::Gone),
        };
        self.unanswered = 0;
        match message {
            // The codec has an answer at hand, which must be out before a shared frame goes past it.
            Message::Ping(_) | Message::Close(_) => {
                self.flush().await?;
                self.answer_within_rate(message).await
            }
            Message::Binary(_) => Err(End::Close(close::UNSUPPORTED, "text frames only")),
            message => self.answer_within_rate(message).await,
        }
    }

    async fn answer_within_rate(&mut self, message: Message) -> Result<(), End> {
        if self.rate.check().is_ok() {
            self.over_rate = self.over_rate.saturating_sub(1);
            return match message {
                // Boxed: every open socket would hold the room that an answer takes.
                Message::Text(text) => Box::pin(self.answer(&text)).await,
                _ => Ok(()),
            };
        }
        self.over_rate += 1;
        if self.over_rate > OVER_RATE {
            return Err(End::Close(close::TOO_MANY, "too many messages"));
        }
        if !message.is_text() {
            return Ok(());
        }
        let rate = self.live.config.max_messages_per_second;
        let message = format!("At most {rate} messages a second, {} in a burst. This one was left out.", 2 * rate);
        self.send_text(Refusal::new(None, "rate_limited", message).encode()).await
    }

    async fn answer(&mut self, text: &str) -> Result<(), End> {
        let bounds = (self.live.config.min_interval_ms, self.live.config.max_interval_ms);
        match request::read(text, bounds) {
            Ok(ClientMessage::GetPortfolioData(asked)) => match self.find(asked.portfolio_id.as_deref()).await {
                Ok(portfolio) => {
                    let snapshot = self.live.portfolios.snapshot_of(&portfolio);
                    let (timestamp, data) = (snapshot.valued_at, (*snapshot).clone());
                    self.send_text(
                        ServerMessage::PortfolioData(PortfolioData {
                            id: asked.id,
                            timestamp,
                            data,
                        })
                        .encode(),
                    )
                    .await
                }
                Err(refused) => self.send_text(refused(asked.id)).await,
            },
            Ok(ClientMessage::StartUpdates(asked)) => self.start(asked).await,
            Ok(ClientMessage::StopUpdates(asked)) => {
                self.watcher = None;
                match asked.id {
                    Some(id) => self.send_text(ServerMessage::Ack(Ack { id }).encode()).await,
                    None => Ok(()),
                }
            }
            Err(refusal) => self.send_text(refusal.encode()).await,
        }
    }

    async fn start(&mut self, asked: StartUpdates) -> Result<(), End> {
        let portfolio = match self.find(asked.portfolio_id.as_deref()).await {
            Ok(portfolio) => portfolio,
            Err(refused) => return self.send_text(refused(asked.id)).await,
        };
        let interval = Duration::from_millis(asked.interval_ms.unwrap_or(self.live.config.update_interval_ms));
        // The old place first: whoever watches alone starts its stream anew.
        self.watcher = None;
        self.close_gate();
        let (frame, watcher) = self.live.streams.watch(&portfolio, interval, &self.outlet);
        self.watcher = Some(watcher);
        match asked.id {
            None => {
                self.write_out(None).await?;
                self.rest = frame.wire;
                self.flush().await
            }
            Some(id) => {
                let mut update = (*frame.update).clone();
                update.id = Some(id);
                self.send_text(ServerMessage::PriceUpdate(update).encode()).await
            }
        }
    }

    /// The portfolio that a request means, or how to refuse it.
    async fn find(&self, id: Option<&str>) -> Result<Arc<Portfolio>, fn(Option<String>) -> String> {
        let user = self.member.as_ref().map(|member| member.viewer.user.as_str());
        self.live.portfolios.find(user, id).await.map_err(|error| match error {
            LedgerError::NotFound(_) => not_found as fn(Option<String>) -> String,
            _ => unavailable,
        })
    }

    async fn ping(&mut self) -> Result<(), End> {
        if self.unanswered >= UNANSWERED {
            return Err(End::Close(close::TOO_SLOW, "no answer to pings"));
        }
        self.unanswered += 1;
        self.send(Message::Ping(Default::default())).await
    }

    async fn send_text(&mut self, text: String) -> Result<(), End> {
        self.send(Message::Text(Utf8Bytes::from(text))).await
    }

    async fn send(&mut self, message: Message) -> Result<(), End> {
        self.write(Some(message)).await
    }

    async fn flush(&mut self) -> Result<(), End> {
        self.write(None).await
    }

    /// Writes what is left of a shared frame, then the message, then the frames that came meanwhile; and opens the gate again.
    async fn write(&mut self, message: Option<Message>) -> Result<(), End> {
        self.close_gate();
        if self.outlet.broken() {
            return Err(End::Gone);
        }
        self.write_out(message).await?;
        while let Some(frame) = self.outlet.next_or_open() {
            self.rest = frame;
            self.write_out(None).await?;
        }
        Ok(())
    }

    /// From here on a stream writes nothing to the socket, until [`Self::write`] is done.
    fn close_gate(&mut self) {
        let rest = self.outlet.close();
        // One of the two is empty: a stream leaves a rest only where the gate was open.
        if !rest.is_empty() {
            self.rest = rest;
        }
    }

    /// Waits until the socket took everything. Meanwhile newer frames replace each other elsewhere, and a stopping server
    /// does not wait with it.
    async fn write_out(&mut self, message: Option<Message>) -> Result<(), End> {
        let Self { live, socket, rest, .. } = self;
        let stall = Duration::from_secs(live.config.stall_seconds);
        let written = tokio::select! {
            biased;
            written = timeout(stall, write_out(socket, rest, message)) => written,
            () = live.shutdown.stopping().cancelled() => return Err(End::Close(close::GOING_AWAY, "the server is stopping")),
        };
        match written {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(End::Gone),
            Err(_) => Err(End::Stalled),
        }
    }

    async fn say_goodbye(mut self, end: End) {
        let (code, reason) = match end {
            End::Gone => return,
            End::Close(code, reason) | End::Broken(code, reason) => (code, reason),
            End::Stalled => (close::TOO_SLOW, "the reader made no progress"),
        };
        // A reader that stalled gets as long again to make room for the word that says why.
        let wait = if matches!(end, End::Stalled) {
            Duration::from_secs(self.live.config.stall_seconds)
        } else {
            CLOSING
        };
        let frame = CloseFrame {
            code: CloseCode::from(code),
            reason: Utf8Bytes::from_static(reason),
        };
        let farewell = async {
            write_out(&mut self.socket, &mut self.rest, None).await?;
            self.socket.close(Some(frame)).await?;
            if matches!(end, End::Broken(..)) {
                // Closing with bytes unread would reset the connection, and the word with it: read them away.
                self.socket.get_mut().shutdown().await?;
                let mut rest = [0; 1 << 10];
                while self.socket.get_mut().read(&mut rest).await? > 0 {}
            } else {
                while let Some(heard) = self.socket.next().await {
                    heard?;
                }
            }
            Ok::<(), Error>(())
        };
        // Whether it was heard makes no difference any more.
        let _ = timeout(wait, farewell).await;
    }
}

/// Waits until the session of whoever opened the socket has ended.
async fn ended(member: Option<&mut Member>) {
    match member {
        Some(member) => member.ended().await,
        None => pending().await,
    }
}

/// Waits until what is watched is no more.
async fn gone(watcher: Option<&Watcher>) {
    match watcher {
        Some(watcher) => watcher.gone().cancelled().await,
        None => pending().await,
    }
}

fn unavailable(id: Option<String>) -> String {
    Refusal::new(id, "unavailable", "The database does not answer. Ask again in a moment.").encode()
}

fn not_found(id: Option<String>) -> String {
    Refusal::new(id, "not_found", "There is no such portfolio.").encode()
}

/// How a session ends after the codec's error.
fn end_of(error: &Error) -> End {
    match error {
        Error::Capacity(_) => End::Broken(close::TOO_BIG, "the message is too long"),
        Error::Utf8(_) => End::Broken(close::INVALID_TEXT, "the text is not UTF-8"),
        Error::Protocol(_) => End::Broken(close::PROTOCOL_ERROR, "the framing is broken"),
        _ => End::Gone,
    }
}
