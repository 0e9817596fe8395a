//! The operator's own port: the figures for Prometheus, and the two addresses of health beside them. Strangers do not come here, so that
//! nothing asks who they are (ADR 0031).

use crate::app::server::health;
use crate::live::server::Live;
use crate::market::feed::FeedStatus;
use crate::market::health::ProviderState;
use crate::market::server::command::Told;
use crate::server::config::WatchConfig;
use crate::server::database::Database;
use crate::server::listener;
use crate::server::metrics::text::{CONTENT_TYPE, Kind, Seconds, Text};
use crate::server::metrics::{self, process};
use anyhow::Context as _;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;

/// Begins to serve the port, until the server stops. Without an address nothing is served.
///
/// # Errors
/// The address cannot be listened on.
pub async fn serve(config: &WatchConfig, live: Live, database: Database) -> anyhow::Result<()> {
    let Some(address) = config.metrics_addr else { return Ok(()) };
    process::begin();
    let shutdown = live.shutdown.clone();
    let stopping = shutdown.stopping().clone();
    let app = routes(live, database);
    let listener = match listener::bind(address) {
        // The process that this one takes the place of still has it.
        Err(error) if error.kind() == ErrorKind::AddrInUse && config.handed_over => None,
        bound => Some(bound.with_context(|| format!("FINFLOW_METRICS_ADDR: {address} cannot be listened on"))?),
    };
    if let Some(listener) = &listener {
        tracing::info!("figures on http://{}/metrics", listener.local_addr()?);
    }
    shutdown.spawn(async move {
        let listener = match listener {
            Some(listener) => listener,
            None => tokio::select! {
                listener = in_turn(address) => listener,
                () = stopping.cancelled() => return,
            },
        };
        let served = axum::serve(listener, app).with_graceful_shutdown(stopping.clone().cancelled_owned());
        // Who keeps a connection open must not keep the server from its end.
        let ended = async {
            stopping.cancelled().await;
            tokio::time::sleep(LAST).await;
        };
        tokio::select! {
            served = served.into_future() => if let Err(error) = served {
                tracing::error!("the figures are served no more: {error}");
            },
            () = ended => {}
        }
    });
    Ok(())
}

/// Listens as soon as the process before has left the address.
async fn in_turn(address: SocketAddr) -> TcpListener {
    loop {
        if let Ok(listener) = listener::bind(address) {
            tracing::info!("figures on http://{address}/metrics, in the place of the process before");
            return listener;
        }
        tokio::time::sleep(AGAIN).await;
    }
}

/// How often the address is tried.
const AGAIN: Duration = Duration::from_millis(250);

/// How long an answer may take that is being written when the server stops.
const LAST: Duration = Duration::from_secs(1);

fn routes(live: Live, database: Database) -> Router {
    Router::new()
        .route("/metrics", get(figures))
        .route("/feeds", get(feeds))
        .with_state((live.clone(), database.clone()))
        .merge(health::routes(live, database))
}

/// How the sources do, for `finflow admin feed list`.
async fn feeds(State((live, _)): State<(Live, Database)>) -> Json<Told> {
    Json(Told {
        feed: live.market.bus.feed(),
        health: live.market.health().await,
    })
}

async fn figures(State((live, database)): State<(Live, Database)>) -> Response {
    let mut text = Text::default();
    metrics::write(&mut text);
    streams(&mut text, &live);
    prices(&mut text, &live).await;
    connections(&mut text, &database).await;
    ([(header::CONTENT_TYPE, CONTENT_TYPE)], text.finish()).into_response()
}

fn streams(text: &mut Text, live: &Live) {
    let (streams, watchers) = live.streams.count();
    text.about(
        "finflow_streams",
        Kind::Gauge,
        "Streams of frames: a portfolio at an interval that somebody watches.",
    );
    text.value(&[], streams);
    text.about("finflow_watchers", Kind::Gauge, "Sockets that watch a stream.");
    text.value(&[], watchers);
    text.about("finflow_tasks", Kind::Gauge, "Tasks that the server waits for when it stops.");
    text.value(&[], live.shutdown.tasks());
    text.about(
        "finflow_sockets_limit",
        Kind::Gauge,
        "Sockets that may be open at once (FINFLOW_MAX_SOCKETS).",
    );
    text.value(&[], live.config.max_sockets);
}

/// The feed, and each source of it. A source is a provider that a file names: there are as many as the file has.
async fn prices(text: &mut Text, live: &Live) {
    let feed = live.market.bus.feed();
    text.about(
        "finflow_feed_status",
        Kind::Gauge,
        "What the feed does: 1 for the status that it has, 0 for the others.",
    );
    for (status, label) in [
        (FeedStatus::Connecting, "connecting"),
        (FeedStatus::Live, "live"),
        (FeedStatus::Stale, "stale"),
        (FeedStatus::Ended, "ended"),
    ] {
        text.value(&[("status", label)], u8::from(feed.status == status));
    }
    let newest = live.market.bus.read(|quotes| quotes.values().map(|quote| quote.received_at).max());
    text.about(
        "finflow_feed_newest_timestamp_seconds",
        Kind::Gauge,
        "When the newest price of all came, in seconds since 1970.",
    );
    text.value(&[], seconds(newest));
    let health = live.market.health().await;
    text.about(
        "finflow_instruments",
        Kind::Gauge,
        "Instruments that have sources; none of a simulated market.",
    );
    text.value(&[], health.instruments.len());
    text.about(
        "finflow_instruments_stale",
        Kind::Gauge,
        "Instruments whose price is older than it should be.",
    );
    text.value(&[], health.instruments.iter().filter(|one| one.stale).count());
    text.about(
        "finflow_instruments_disputed",
        Kind::Gauge,
        "Instruments whose sources say different things, without a majority.",
    );
    text.value(&[], health.instruments.iter().filter(|one| one.disagree).count());
    let providers = &health.providers;
    text.about("finflow_source_up", Kind::Gauge, "Whether a source brings prices.");
    for one in providers {
        text.value(&[("source", &one.name)], u8::from(one.state == ProviderState::Live));
    }
    text.about(
        "finflow_source_newest_timestamp_seconds",
        Kind::Gauge,
        "When a source's newest price came, in seconds since 1970; 0 before the first.",
    );
    for one in providers {
        text.value(&[("source", &one.name)], seconds(one.newest));
    }
    text.about("finflow_source_quotes_total", Kind::Counter, "Prices that a source brought.");
    for one in providers {
        text.value(&[("source", &one.name)], one.prices);
    }
    text.about(
        "finflow_source_gaps_total",
        Kind::Counter,
        "Trades of a source that were missed and asked for anew.",
    );
    for one in providers {
        text.value(&[("source", &one.name)], one.gaps);
    }
    text.about(
        "finflow_source_failures_total",
        Kind::Counter,
        "Connections to a source, or rounds of requests, that failed.",
    );
    for one in providers {
        text.value(&[("source", &one.name)], one.failures);
    }
}

async fn connections(text: &mut Text, database: &Database) {
    let pools = database.connections();
    text.about(
        "finflow_database_connections",
        Kind::Gauge,
        "Open connections to the database, by what they are for.",
    );
    for (name, size, _) in &pools {
        text.value(&[("pool", name)], size);
    }
    text.about("finflow_database_connections_idle", Kind::Gauge, "Those that are at rest.");
    for (name, _, idle) in &pools {
        text.value(&[("pool", name)], idle);
    }
    let began = Instant::now();
    let answers = database.answers().await;
    text.about(
        "finflow_database_up",
        Kind::Gauge,
        "Whether the database answered within a second when it was asked for this.",
    );
    text.value(&[], u8::from(answers));
    text.about(
        "finflow_database_answer_seconds",
        Kind::Gauge,
        "How long that took: the wait for a connection to read with, and a statement.",
    );
    text.value(&[], Seconds(began.elapsed().as_micros() as u64));
}

fn seconds(moment: Option<chrono::DateTime<chrono::Utc>>) -> Seconds {
    Seconds(moment.map_or(0, |moment| moment.timestamp_micros().max(0) as u64))
}
