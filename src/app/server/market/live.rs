//! The prices of an instrument as they are made, as server-sent events: for its chart, and for any program.

use super::{find, refused};
use crate::app::server::AppState;
use crate::app::server::rest::exact::Exact;
use crate::app::server::who::Anyone;
use crate::portfolio::typed::Typed;
use crate::server::address;
use axum::extract::{ConnectInfo, Path, State};
use axum::http::request::Parts;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use futures_util::StreamExt as _;
use serde::Serialize;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};

/// From one look at the price to the next: no eye sees more.
const EACH: Duration = Duration::from_millis(250);
/// How long a stream lasts. A browser comes back by itself, and is then asked again who it is.
const LIFE: Duration = Duration::from_secs(600);
/// Other instruments whose prices go along.
const MOST: usize = 4;

/// A price, and those of what is compared. What was traded is not told: trades between two looks would be missing in its sum.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Told {
    /// When the venue made it, in milliseconds since 1970.
    time: i64,
    price: Exact,
    others: Vec<(String, Exact)>,
}

/// The newest price each quarter of a second, where there is another.
pub async fn stream(
    State(state): State<AppState>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    anyone: Anyone,
    Path(symbol): Path<String>,
    parts: Parts,
) -> Response {
    // It stays open as a socket does, and counts as one.
    let place = match state.sockets.take(address::client(&parts.extensions, peer.ip())) {
        Ok(place) => place,
        Err(full) => return full.into_response(),
    };
    match find(&state, &anyone, &symbol).await {
        Ok(_) => {}
        Err(refusal) => return refused(refusal, &state, &anyone, &parts).await,
    }
    let typed = Typed::of_query(parts.uri.query().unwrap_or_default());
    let others: Vec<String> = typed.all("with").take(MOST).map(str::to_owned).collect();
    let bus = state.portfolios.market.bus.clone();
    let mut ticks = interval(EACH);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let told = futures_util::stream::unfold((ticks, None, place), move |(mut ticks, mut before, place)| {
        let (bus, symbol, others) = (bus.clone(), symbol.clone(), others.clone());
        async move {
            loop {
                ticks.tick().await;
                let seen = bus.read(|quotes| {
                    let quote = quotes.get(&symbol)?;
                    let others = others
                        .iter()
                        .filter_map(|other| Some((other.clone(), quotes.get(other)?.price.into())));
                    Some(Told {
                        time: quote.quoted_at.timestamp_millis(),
                        price: quote.price.into(),
                        others: others.collect(),
                    })
                });
                if seen.is_none() || seen == before {
                    continue;
                }
                let event = seen.as_ref().and_then(|told| serde_json::to_string(told).ok());
                before = seen;
                let Some(event) = event.map(|text| Event::default().data(text)) else {
                    continue;
                };
                return Some((Ok::<_, Infallible>(event), (ticks, before, place)));
            }
        }
    });
    // The server's stop ends it, and so does its own.
    let stopping = state.shutdown.stopping().clone();
    let end = async move {
        tokio::select! {
            () = stopping.cancelled_owned() => {}
            () = sleep_until(Instant::now() + LIFE) => {}
        }
    };
    let stream = told.take_until(Box::pin(end));
    Sse::new(stream)
        .keep_alive(KeepAlive::new().interval(Duration::from_secs(20)))
        .into_response()
}
