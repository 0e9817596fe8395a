//! One connection from its upgrade to its end.

use super::super::venue::{Event, VenueError};
use super::gaps::{Gaps, Told};
use super::pulse::{Finding, Pulse, Timing};
use super::subscriptions::Subscriptions;
use super::{Connection, News};
use futures_util::{SinkExt as _, StreamExt as _};
use http::header::RETRY_AFTER;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message, error::UrlError};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

/// How long an upgrade may take, with the name's resolution and TLS.
const UPGRADE: Duration = Duration::from_secs(10);
/// Without a sign of life for so long a connection is given up.
const DEAD: Duration = Duration::from_secs(5);
/// The largest message that is taken.
const LARGEST: usize = 1 << 20;
/// Messages in a row that are not understood.
const GARBAGE: u32 = 20;
/// Where a venue lets a connection live as long as it likes.
const FOR_EVER: Duration = Duration::from_secs(86_400 * 365);

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Connects, subscribes and listens; returns why it ended.
pub async fn run(connection: &mut Connection) -> VenueError {
    let settings = WebSocketConfig::default()
        .max_message_size(Some(LARGEST))
        .max_frame_size(Some(LARGEST));
    let connecting = connect_async_with_config(connection.access.address.as_str(), Some(settings), true);
    let socket = match timeout(UPGRADE, connecting).await {
        Ok(Ok((socket, _))) => socket,
        Ok(Err(error)) => return refusal(&error),
        Err(_) => return VenueError::Unreachable(format!("no answer within {} s", UPGRADE.as_secs())),
    };
    let now = Instant::now();
    let limits = connection.venue.limits();
    let mut subscriptions = Subscriptions::new(connection.venue, now);
    subscriptions.want(&connection.wanted.borrow_and_update().clone());
    let timing = Timing {
        silent: connection.silent,
        dead: DEAD.max(connection.silent * 2),
        beats_within: limits.beats_within,
    };
    let session = Session {
        socket,
        subscriptions,
        pulse: Pulse::new(timing, now),
        gaps: Gaps::default(),
        garbage: 0,
        admitted: true,
        connection,
    };
    match session.listen(now + limits.life.unwrap_or(FOR_EVER)).await {
        Ok(never) => match never {},
        Err(error) => error,
    }
}

struct Session<'c> {
    socket: Socket,
    subscriptions: Subscriptions,
    pulse: Pulse,
    gaps: Gaps,
    garbage: u32,
    /// Whether it may be asked for prices.
    admitted: bool,
    connection: &'c mut Connection,
}

impl Session<'_> {
    async fn listen(mut self, end: Instant) -> Result<std::convert::Infallible, VenueError> {
        self.tell(News::Opened).await?;
        if let Some(greeting) = self.connection.venue.greeting(&self.connection.access) {
            self.admitted = false;
            self.send(Message::text(greeting)).await?;
        }
        loop {
            let say = self.subscriptions.due().filter(|_| self.admitted);
            tokio::select! {
                heard = self.socket.next() => self.hear(heard).await?,
                () = sleep_until(say.unwrap_or(end)), if say.is_some() => {
                    if let Some(message) = self.subscriptions.next(Instant::now()) {
                        self.send(Message::text(message)).await?;
                    }
                }
                () = sleep_until(self.pulse.due()) => match self.pulse.check(Instant::now()) {
                    Finding::Well => {}
                    Finding::Ping => self.send(Message::Ping(Default::default())).await?,
                    Finding::Silent => self.tell(News::Silent).await?,
                    Finding::Dead => return Err(VenueError::Silent),
                },
                changed = self.connection.wanted.changed() => {
                    if changed.is_err() {
                        return Err(VenueError::Closed("nobody wants its prices".into()));
                    }
                    let wanted = self.connection.wanted.borrow_and_update().clone();
                    if wanted.is_empty() {
                        return Err(VenueError::Closed("nobody wants its prices".into()));
                    }
                    self.subscriptions.want(&wanted);
                }
                () = sleep_until(end) => return Err(VenueError::Renewed),
            }
        }
    }

    async fn hear(&mut self, heard: Option<Result<Message, Error>>) -> Result<(), VenueError> {
        let text = match heard {
            Some(Ok(Message::Text(text))) => text,
            // Pings are answered by the socket itself.
            Some(Ok(Message::Close(frame))) => {
                let code = frame.map_or_else(|| "without a code".into(), |frame| format!("with code {}", u16::from(frame.code)));
                return Err(VenueError::Closed(code));
            }
            Some(Ok(Message::Binary(_))) => return self.not_understood("a binary message".into()).await,
            Some(Ok(_)) => return self.beats(false).await,
            Some(Err(error)) => return Err(VenueError::Closed(reason(&error))),
            None => return Err(VenueError::Closed("without a word".into())),
        };
        match self.connection.venue.decode(&text) {
            Ok(events) => {
                self.garbage = 0;
                self.beats(true).await?;
                for event in events {
                    self.take(event).await?;
                }
                Ok(())
            }
            Err(error) => self.not_understood(error.0).await,
        }
    }

    async fn beats(&mut self, message: bool) -> Result<(), VenueError> {
        if self.pulse.heard(message, Instant::now()) {
            self.tell(News::Speaks).await?;
        }
        Ok(())
    }

    async fn not_understood(&mut self, why: String) -> Result<(), VenueError> {
        self.beats(false).await?;
        self.garbage += 1;
        if self.garbage == 1 {
            tracing::debug!(venue = self.connection.venue.name(), why, "a message that is not understood");
        }
        if self.garbage >= GARBAGE {
            Err(VenueError::Garbage(why))
        } else {
            Ok(())
        }
    }

    async fn take(&mut self, event: Event) -> Result<(), VenueError> {
        match event {
            Event::Price(tick) => {
                if let Some(trade) = tick.trade {
                    self.gaps.price(&tick.symbol, trade);
                }
                if self.subscriptions.priced(&tick.symbol) {
                    self.tell(News::Price(tick)).await?;
                }
            }
            Event::Beat(Some((symbol, trade))) => match self.gaps.beat(&symbol, trade) {
                Told::Current => self.tell(News::Current(symbol)).await?,
                Told::Behind => {}
                Told::Missed => {
                    tracing::info!(
                        venue = self.connection.venue.name(),
                        symbol,
                        "a price was missed: it is asked for anew"
                    );
                    self.subscriptions.renew(&symbol);
                    self.tell(News::Missed).await?;
                }
            },
            Event::Beat(None) => {}
            Event::Refused { symbol, reason } => {
                let venue = self.connection.venue.name();
                tracing::warn!(venue, symbol, reason, "the venue refuses a subscription");
                self.subscriptions.refused(symbol.as_deref());
                if let Some(symbol) = symbol {
                    let news = News::Refused {
                        symbol: symbol.clone(),
                        reason,
                    };
                    self.tell(news).await?;
                    if self.subscriptions.is_empty() {
                        return Err(VenueError::NoSymbol(symbol));
                    }
                }
            }
            Event::Leaving => return Err(VenueError::Renewed),
            Event::Admitted => self.admitted = true,
            Event::Denied(reason) => return Err(VenueError::Denied(reason)),
        }
        Ok(())
    }

    async fn send(&mut self, message: Message) -> Result<(), VenueError> {
        match timeout(DEAD, self.socket.send(message)).await {
            Ok(sent) => sent.map_err(|error| VenueError::Closed(reason(&error))),
            Err(_) => Err(VenueError::Silent),
        }
    }

    async fn tell(&self, news: News) -> Result<(), VenueError> {
        let told = self.connection.tell(news).await;
        told.map_err(|_| VenueError::Closed("the server stops".into()))
    }
}

/// Why no connection came about. The address stays out of it.
fn refusal(error: &Error) -> VenueError {
    match error {
        Error::Http(answer) => {
            let seconds = answer
                .headers()
                .get(RETRY_AFTER)
                .and_then(|value| value.to_str().ok()?.parse().ok());
            VenueError::Refused {
                status: answer.status().as_u16(),
                wait: seconds.map(Duration::from_secs),
            }
        }
        Error::Url(UrlError::UnableToConnect(_)) => VenueError::Unreachable("no address of it answers".into()),
        Error::Url(_) => VenueError::Unreachable("its address cannot be used".into()),
        error => VenueError::Unreachable(reason(error)),
    }
}

/// What an error of the socket says, where that cannot hold the address.
fn reason(error: &Error) -> String {
    match error {
        Error::Io(error) => error.kind().to_string(),
        Error::ConnectionClosed | Error::AlreadyClosed => "without a word".into(),
        Error::Protocol(error) => error.to_string(),
        Error::Capacity(_) => "a message was too large".into(),
        Error::Utf8(_) => "a text was none".into(),
        Error::Tls(_) => "TLS failed".into(),
        _ => "the socket failed".into(),
    }
}
