//! An exchange that is none: a server that speaks as the venues do, over WebSockets and HTTP, and breaks in every way that they
//! break. For tests, and for people who develop without a network.

pub mod command;
mod dialect;
mod lists;
mod pages;

pub use dialect::{Dialect, Traded};
pub use pages::{Fault, Page, Share};

use crate::money::Decimal;
use crate::server::shutdown::Shutdown;
use chrono::{DateTime, NaiveDate, Utc};
use futures_util::{SinkExt as _, StreamExt as _};
use http::{HeaderValue, Response, StatusCode};
use pages::Shelf;
use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::broadcast;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request};
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, accept_hdr_async};
use tokio_util::sync::CancellationToken;

/// Time from one heartbeat to the next.
const BEAT: Duration = Duration::from_millis(500);
/// Acts that a connection may be behind before it misses some.
const ACTS: usize = 4_096;

/// What the exchange does to all connections of one dialect.
#[derive(Clone, Debug)]
pub enum Act {
    /// Tells a price to those that asked for its symbol.
    Price(Traded),
    /// Sends a text as it is.
    Text(String),
    /// Sends bytes that are no text.
    Binary(Vec<u8>),
    /// Neither reads nor writes from now on, or does again.
    Stall(bool),
    /// Cuts the connection.
    Drop,
    /// Says that it closes, as the venue would, and closes.
    Leave,
}

/// The exchange. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Mock {
    acts: broadcast::Sender<(Dialect, Act)>,
    state: Arc<Mutex<State>>,
    opened: Arc<AtomicUsize>,
}

#[derive(Debug, Default)]
struct State {
    /// What upgrades are answered with, where they are refused.
    refusals: HashMap<Dialect, u16>,
    /// What clients said.
    heard: Vec<(Dialect, String)>,
    /// The last price of each symbol, which a subscription brings.
    last: HashMap<(Dialect, String), Traded>,
    /// What was ever asked for.
    asked: BTreeSet<(Dialect, String)>,
    /// What is asked for over HTTP.
    shelf: Shelf,
}

impl Mock {
    /// Serves on `listener` until the shutdown. A path names the dialect: `/coinbase`, `/binance`, `/kraken`, `/alpaca`;
    /// `/yahoo`, `/ecb` and `/file` are asked over HTTP.
    pub fn start(listener: TcpListener, shutdown: &Shutdown) -> Self {
        let mock = Self {
            acts: broadcast::Sender::new(ACTS),
            state: Arc::default(),
            opened: Arc::default(),
        };
        let (one, tasks) = (mock.clone(), shutdown.clone());
        shutdown.spawn(async move {
            loop {
                let accepted = tokio::select! {
                    accepted = listener.accept() => accepted,
                    () = tasks.stopping().cancelled() => return,
                };
                if let Ok((stream, _)) = accepted {
                    tasks.spawn(one.clone().serve(stream, tasks.stopping().clone()));
                }
            }
        });
        mock
    }

    /// Does something to all connections of a dialect.
    pub fn act(&self, dialect: Dialect, act: Act) {
        if let Act::Price(traded) = &act {
            self.state().last.insert((dialect, traded.symbol.clone()), traded.clone());
        }
        // Nobody may be connected.
        let _ = self.acts.send((dialect, act));
    }

    /// Refuses new connections of a dialect with a status, or takes them again.
    pub fn refuse(&self, dialect: Dialect, status: Option<u16>) {
        match status {
            Some(status) => self.state().refusals.insert(dialect, status),
            None => self.state().refusals.remove(&dialect),
        };
    }

    /// What clients of a dialect said so far.
    pub fn heard(&self, dialect: Dialect) -> Vec<String> {
        let state = self.state();
        let heard = state.heard.iter().filter(|(of, _)| *of == dialect);
        heard.map(|(_, text)| text.clone()).collect()
    }

    /// What was ever asked for.
    pub fn asked(&self) -> BTreeSet<(Dialect, String)> {
        self.state().asked.clone()
    }

    /// How many connections were opened so far.
    pub fn opened(&self) -> usize {
        self.opened.load(Ordering::Relaxed)
    }

    /// Gives a symbol a price on the pages that are asked for.
    pub fn share(&self, symbol: &str, price: Decimal, currency: &str, at: DateTime<Utc>) {
        let currency = currency.to_owned();
        self.state().shelf.shares.insert(symbol.to_owned(), Share { price, currency, at });
    }

    /// Changes all of those prices.
    pub fn move_shares(&self, mut change: impl FnMut(&str, &mut Share)) {
        for (symbol, share) in &mut self.state().shelf.shares {
            change(symbol, share);
        }
    }

    /// The reference rates of a day.
    pub fn rates(&self, day: NaiveDate, rates: &[(&str, Decimal)]) {
        let rates = rates.iter().map(|(code, rate)| ((*code).to_owned(), *rate)).collect();
        self.state().shelf.rates.insert(day, rates);
    }

    /// Lets a page fail, or be well again.
    pub fn fail(&self, page: Page, fault: Option<Fault>) {
        match fault {
            Some(fault) => self.state().shelf.faults.insert(page, fault),
            None => self.state().shelf.faults.remove(&page),
        };
    }

    /// How often a page was asked for.
    pub fn asked_for(&self, page: Page) -> usize {
        self.state().shelf.asked.get(&page).copied().unwrap_or_default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn serve(self, stream: TcpStream, stopping: CancellationToken) {
        let path = tokio::select! {
            path = pages::path(&stream) => path,
            () = stopping.cancelled() => return,
        };
        if let Some((page, rest)) = path.as_deref().and_then(Page::of) {
            let answer = self.state().shelf.answer(page, rest, Utc::now());
            tokio::select! {
                () = pages::serve(stream, answer) => {}
                () = stopping.cancelled() => {}
            }
            return;
        }
        let acts = self.acts.subscribe();
        let mut dialect = None;
        #[allow(clippy::result_large_err, reason = "the library's own type")]
        let accept = |request: &Request, answer| {
            let Some(of) = Dialect::of(request.uri().path()) else {
                return Err(refusal(404));
            };
            dialect = Some(of);
            match self.state().refusals.get(&of) {
                Some(status) => Err(refusal(*status)),
                None => Ok(answer),
            }
        };
        let accepted = accept_hdr_async(stream, accept).await;
        if let (Ok(socket), Some(dialect)) = (accepted, dialect) {
            self.opened.fetch_add(1, Ordering::Relaxed);
            let client = Client {
                socket,
                dialect,
                wanted: BTreeSet::new(),
                admitted: !dialect.asks_who(),
                mock: self,
            };
            tokio::select! {
                // How it ended is of no interest.
                _ = client.talk(acts) => {}
                () = stopping.cancelled() => {}
            }
        }
    }
}

fn refusal(status: u16) -> ErrorResponse {
    let mut answer = Response::new(Some("refused\n".to_owned()));
    *answer.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    answer.headers_mut().insert("retry-after", HeaderValue::from_static("1"));
    answer
}

/// One connection.
struct Client {
    socket: WebSocketStream<TcpStream>,
    dialect: Dialect,
    wanted: BTreeSet<String>,
    admitted: bool,
    mock: Mock,
}

impl Client {
    async fn talk(mut self, mut acts: broadcast::Receiver<(Dialect, Act)>) -> Result<(), Error> {
        let mut beats = tokio::time::interval(BEAT);
        let mut stalled = false;
        if let Some(welcome) = self.dialect.welcome() {
            self.socket.send(Message::text(welcome)).await?;
        }
        loop {
            tokio::select! {
                heard = self.socket.next(), if !stalled => match heard {
                    Some(Ok(Message::Text(text))) => self.answer(&text).await?,
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return Ok(()),
                    Some(Ok(_)) => {}
                },
                _ = beats.tick(), if !stalled => self.beat().await?,
                act = acts.recv() => match act {
                    Ok((dialect, act)) if dialect == self.dialect => match act {
                        Act::Stall(now) => stalled = now,
                        Act::Drop => return Ok(()),
                        _ if stalled => {}
                        Act::Price(traded) if self.wanted.contains(&traded.symbol) => {
                            self.socket.send(Message::text(dialect.ticker(&traded))).await?;
                        }
                        Act::Price(_) => {}
                        Act::Text(text) => self.socket.send(Message::text(text)).await?,
                        Act::Binary(bytes) => self.socket.send(Message::binary(bytes)).await?,
                        Act::Leave => {
                            self.socket.send(Message::text(dialect.leaving())).await?;
                            return self.socket.close(None).await;
                        }
                    },
                    Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => {}
                    Err(broadcast::error::RecvError::Closed) => return Ok(()),
                },
            }
        }
    }

    async fn answer(&mut self, text: &str) -> Result<(), Error> {
        self.mock.state().heard.push((self.dialect, text.to_owned()));
        if let Some((admitted, answer)) = self.dialect.admits(text) {
            self.admitted = admitted;
            return self.socket.send(Message::text(answer)).await;
        }
        let Some(request) = self.dialect.request(text).filter(|_| self.admitted) else {
            return Ok(());
        };
        for answer in self.dialect.answers(&request) {
            self.socket.send(Message::text(answer)).await?;
        }
        for symbol in request.symbols {
            if !request.subscribe {
                self.wanted.remove(&symbol);
            } else if dialect::is_listed(&symbol) {
                let last = {
                    let mut state = self.mock.state();
                    state.asked.insert((self.dialect, symbol.clone()));
                    state.last.get(&(self.dialect, symbol.clone())).cloned()
                };
                if let Some(last) = last {
                    self.socket.send(Message::text(self.dialect.ticker(&last))).await?;
                }
                self.wanted.insert(symbol);
            }
        }
        Ok(())
    }

    async fn beat(&mut self) -> Result<(), Error> {
        let trades: Vec<_> = {
            let state = self.mock.state();
            let trade = |symbol: &String| Some((symbol.clone(), state.last.get(&(self.dialect, symbol.clone()))?.trade));
            self.wanted.iter().filter_map(trade).collect()
        };
        for beat in self.dialect.beats(&trades) {
            self.socket.send(Message::text(beat)).await?;
        }
        Ok(())
    }
}
