//! Composition: configuration, rooms, tasks, router; then serving, and draining at the end.

use crate::accounts::server::{Accounts, command};
use crate::app;
use crate::app::server::throttle::Throttle;
use crate::app::server::{AppState, Rooms, guard, health, operator};
use crate::imports::server::uploads::Uploads;
use crate::imports::server::{bring, take_out, value};
use crate::live::protocol;
use crate::live::server::{Live, handler};
use crate::market::server::candles::KeptCandles;
use crate::market::server::chosen::Chosen;
use crate::market::server::command as market_command;
use crate::market::server::provider::ecb;
use crate::market::server::reference::{Keeper, SharedExchange};
use crate::market::server::{Market, mock};
use crate::portfolio::server::Portfolios;
use crate::portfolio::server::ledger::Ledger;
use crate::probe;
use crate::server::assets::Assets;
use crate::server::backup;
use crate::server::clock::Clock;
use crate::server::config::{AccountsConfig, AdminArgs, AdminVerb, Cli, Config, MarketSource, RatesSource, Verb, WatchConfig};
use crate::server::database::Database;
use crate::server::metrics::process;
use crate::server::relay::{self, Relay};
use crate::server::requests::{self, Attending};
use crate::server::security;
use crate::server::serving::{self, Bounds, pace};
use crate::server::shutdown::{self, Shutdown};
use crate::server::systemd;
use crate::server::{listener, log};
use anyhow::Context as _;
use axum::Router;
use axum::response::Response;
use axum::routing::any;
use leptos::prelude::*;
use std::process::ExitCode;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

/// Connections that one address may have open at the least, beside its sockets: browsers of a house keep six each.
const PER_ADDRESS: usize = 256;
/// How long who was just accepted has to ask, where another process takes what comes next.
const LAST_REQUESTS: Duration = Duration::from_millis(500);

/// Reads the command line and does what it says.
pub fn run() -> ExitCode {
    let cli = Cli::read();
    let done = match cli.verb {
        Some(Verb::Probe(args)) => return probe::run(&args),
        Some(Verb::Admin(args)) => once(administer(args)),
        Some(Verb::Value(args)) => value::run(&args),
        Some(Verb::Import(args)) => once(bring::run(&args)),
        Some(Verb::Export(args)) => once(take_out::run(&args)),
        Some(Verb::Backup(args)) => once(backup::backup(&args)),
        Some(Verb::Restore(args)) => once(backup::restore(&args)),
        Some(Verb::MockExchange(args)) => once(mock::command::run(&args)),
        Some(Verb::Serve(config)) => serve_until_signalled(config).map(|()| ExitCode::SUCCESS),
        None => serve_until_signalled(cli.config).map(|()| ExitCode::SUCCESS),
    };
    match done {
        Ok(code) => code,
        Err(error) => {
            eprintln!("finflow: {error:#}");
            ExitCode::from(2)
        }
    }
}

/// Does what a command says, and ends. Only what is wrong is logged.
fn once(work: impl Future<Output = anyhow::Result<ExitCode>>) -> anyhow::Result<ExitCode> {
    log::begin(tracing_subscriber::EnvFilter::new("warn"), &WatchConfig::default()).map_err(anyhow::Error::msg)?;
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(work)
}

/// Does what `finflow admin` says: on the database itself, or as a running server says.
async fn administer(args: AdminArgs) -> anyhow::Result<ExitCode> {
    match &args.about {
        AdminVerb::Feed(verb) => {
            let (said, well) = market_command::feeds(verb).await?;
            print!("{said}");
            return Ok(if well { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        }
        AdminVerb::Backup(verb) => {
            print!("{}", backup::administer(verb, &args.database_url).await?);
            return Ok(ExitCode::SUCCESS);
        }
        _ => {}
    }
    let database = Database::open(&args.database_url).await.map_err(anyhow::Error::msg)?;
    let said = match &args.about {
        AdminVerb::Instrument(verb) => {
            let used = Ledger::new(database.clone(), Clock::System).labels_of_all().await?;
            market_command::instruments(&Chosen(database.clone()), verb, &used).await
        }
        verb => {
            let accounts = Accounts::new(database.clone(), AccountsConfig::default(), Clock::System);
            command::run(&accounts, verb).await.map_err(anyhow::Error::msg)
        }
    };
    database.close().await;
    if let Some(url) = &args.redis_url
        && let Err(error) = relay::tell_all(url).await
    {
        tracing::warn!("running servers look for themselves within seconds: {error}");
    }
    print!("{}", said?);
    Ok(ExitCode::SUCCESS)
}

fn serve_until_signalled(mut config: Config) -> anyhow::Result<()> {
    if config.check_config {
        print!("{}", config.report());
    }
    process::begin();
    config.check().map_err(anyhow::Error::msg)?;
    Market::check(&config.market)?;
    if config.check_config {
        return Ok(());
    }
    let filter = tracing_subscriber::EnvFilter::try_new(&config.log).context("FINFLOW_LOG")?;
    // Below this level it logs the addresses that it connects to, and these may hold keys.
    let traces = log::begin(filter.add_directive("tungstenite=info".parse()?), &config.watch).map_err(anyhow::Error::msg)?;
    // Every socket is a descriptor: the soft limit of a login shell is a twentieth of what the server may hold.
    if let Err(error) = rlimit::increase_nofile_limit(u64::MAX) {
        tracing::warn!(%error, "the limit of open files stays as it is");
    }
    let held = listener::handed_over().context("LISTEN_FDS: what was handed over cannot be listened on")?;
    config.watch.handed_over = held.is_some();
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let shutdown = Shutdown::default();
        let listener = match held {
            Some(held) => TcpListener::from_std(held),
            None => listener::bind(config.addr),
        };
        let listener = listener.with_context(|| format!("FINFLOW_ADDR: {} cannot be listened on", config.addr))?;
        tokio::spawn({
            let token = shutdown.stopping().clone();
            async move {
                shutdown::signalled().await;
                token.cancel();
            }
        });
        // Spans end until the very last moment, so that what sends them ends after the server.
        let end = CancellationToken::new();
        let sending = traces.map(|traces| tokio::spawn(traces.run(end.clone())));
        let served = serve(listener, config, Clock::System, shutdown).await;
        end.cancel();
        if let Some(sending) = sending {
            let _ = sending.await;
        }
        served
    })
}

/// Serves on `listener` until `shutdown` says stop, then drains. Both ends of life are the caller's.
///
/// # Errors
/// The market or the built site cannot be opened.
pub async fn serve(listener: TcpListener, config: Config, clock: Clock, shutdown: Shutdown) -> anyhow::Result<()> {
    // Views may start tasks of their own while they are drawn. A second server in one process finds it done.
    let _ = any_spawner::Executor::init_tokio();
    let deadline = Duration::from_secs(config.shutdown_seconds);
    let assets = Assets::load(&config.site_root);
    let assets = assets.with_context(|| format!("the built site in {} cannot be read", config.site_root.display()))?;
    let database = Database::open(&config.database_url).await.map_err(anyhow::Error::msg)?;
    forget_unused(&database, clock).await.context("what was chosen from lists")?;
    let kept = KeptCandles::load(database.clone(), config.candles, clock.now())
        .await
        .context("the candles")?;
    let relay = match &config.redis_url {
        Some(url) => Relay::start(url, &shutdown).map_err(anyhow::Error::msg)?,
        None => Relay::alone(&shutdown),
    };
    let market = Market::open_on(&config.market, Some(kept), &relay, clock, &shutdown)?;
    let accounts = Accounts::new(database.clone(), config.accounts.clone(), clock);
    accounts.start_sweeping(&shutdown);
    accounts.follow_nodes(&relay);
    let exchange = current_rates(&config, &database, &relay, clock, &shutdown).await?;
    let ledger = Ledger::new(database.clone(), clock).at_rates(exchange);
    ledger.follow_the_gone(accounts.gone_from_now(), &shutdown);
    ledger.follow_nodes(&relay);
    let portfolios = Portfolios::new(market.clone(), ledger.clone(), clock, &shutdown)?;
    let live = Live::start(config.live.clone(), accounts, portfolios, market, clock, shutdown.clone())?;
    operator::serve(&config.watch, live.clone(), database.clone()).await?;
    let app = router(&config, live, ledger, assets, database.clone());
    let address = listener.local_addr()?;
    tracing::info!("FinFlow is live on http://{address}");
    systemd::tell(systemd::READY);
    // A task of the runtime's: who comes is accepted in turn with those who are served, and by the same threads.
    let serving = serving::serve(listener, app, bounds(&config), shutdown.stopping().clone());
    let mut serving = AbortOnDropHandle::new(tokio::spawn(serving));
    // The one that is told to stop may be the first to have stopped: whichever it is, the tasks are waited for.
    let served = tokio::select! {
        served = &mut serving => Some(served),
        () = shutdown.stopping().cancelled() => None,
    };
    systemd::tell(systemd::STOPPING);
    tracing::info!("stopping: {} tasks, {deadline:?} at most", shutdown.tasks());
    let last = async {
        match served {
            Some(served) => served.is_ok(),
            None => matches!(tokio::time::timeout(deadline, serving).await, Ok(Ok(()))),
        }
    };
    let (served, left) = tokio::join!(last, shutdown.drain(deadline));
    if !served || left > 0 {
        tracing::warn!("{left} tasks did not end in time");
    }
    // The last: whatever was still running may have had something to keep.
    database.close().await;
    tracing::info!("stopped");
    Ok(())
}

/// What connections may take.
fn bounds(config: &Config) -> Bounds {
    let connections = &config.connections;
    Bounds {
        most: connections.max_connections,
        // What may become as many sockets may come as many at once.
        most_per_address: config.live.max_sockets_per_address.max(PER_ADDRESS),
        trusted: config.accounts.trusted_proxies.clone(),
        head: Duration::from_secs(connections.head_seconds),
        rest: Duration::from_secs(connections.idle_seconds),
        stall: Duration::from_secs(config.live.stall_seconds),
        last: if config.watch.handed_over { LAST_REQUESTS } else { Duration::ZERO },
    }
}

/// Forgets what people chose from what providers list, and nobody uses any more: it makes room for what others choose.
async fn forget_unused(database: &Database, clock: Clock) -> anyhow::Result<()> {
    let chosen = Chosen(database.clone());
    let mut unused: Vec<String> = chosen.load().await?.into_iter().map(|one| one.instrument.symbol).collect();
    if !unused.is_empty() {
        let used = Ledger::new(database.clone(), clock).labels_of_all().await?;
        unused.retain(|symbol| !used.contains(symbol));
        chosen.forget(&unused, clock.now()).await?;
    }
    Ok(())
}

/// The reference rates, with what the database has of them, and a task that keeps them current where the configuration says so.
async fn current_rates(
    config: &Config,
    database: &Database,
    relay: &Relay,
    clock: Clock,
    shutdown: &Shutdown,
) -> anyhow::Result<SharedExchange> {
    let keeper = Keeper {
        exchange: SharedExchange::default(),
        database: database.clone(),
        clock,
        relay: relay.clone(),
    };
    keeper.restore().await?;
    keeper.follow_nodes(shutdown);
    let exchange = keeper.exchange.clone();
    let address = match (&config.rates, &config.market.source) {
        (RatesSource::Address(address), _) => address.clone(),
        (RatesSource::Auto, MarketSource::Live(_)) => ecb::ADDRESS.to_owned(),
        _ => return Ok(exchange),
    };
    shutdown.spawn(keeper.run(address, shutdown.stopping().clone()));
    Ok(exchange)
}

fn router(config: &Config, live: Live, ledger: Ledger, assets: Assets, database: Database) -> Router {
    let environment = if cfg!(debug_assertions) {
        leptos::config::Env::DEV
    } else {
        leptos::config::Env::PROD
    };
    let reload_port = std::env::var("LEPTOS_RELOAD_PORT")
        .ok()
        .and_then(|port| port.parse().ok())
        .unwrap_or(3001);
    let options = LeptosOptions::builder()
        .output_name("finflow")
        .site_root(config.site_root.to_string_lossy().into_owned())
        .site_pkg_dir("pkg")
        .env(environment)
        .site_addr(config.addr)
        .reload_port(reload_port)
        .build();
    let attending = Attending {
        told: config.watch.access_log,
        stopping: live.shutdown.stopping().clone(),
    };
    let uploads = Uploads::new(database.clone(), live.clock, live.shutdown.clone());
    let state = AppState::new(Rooms {
        options,
        assets,
        accounts: live.accounts.clone(),
        ledger,
        portfolios: live.portfolios.clone(),
        uploads,
        sockets: live.sockets.clone(),
        shutdown: live.shutdown.clone(),
        requests_per_minute: config.api_requests_per_minute,
        throttle: Throttle::new(&config.connections),
    });
    let pages = app::server::routes(state.clone());
    // Who comes to stay is looked at by one handler, and by no layer that is for pages.
    let sockets = Router::new()
        .route(protocol::PATH, any(handler::upgrade))
        .route(protocol::PATH.trim_end_matches('/'), any(handler::upgrade))
        .with_state(live.clone());
    let patience = Duration::from_secs(config.connections.body_seconds);
    health::routes(live, database)
        .merge(pages)
        .layer(axum::middleware::from_fn_with_state(patience, pace::paced))
        .layer(axum::middleware::from_fn_with_state(state, guard::guard))
        .layer(axum::middleware::map_response(async |response: Response| {
            security::harden(response)
        }))
        .merge(sockets)
        .layer(axum::middleware::from_fn_with_state(attending, requests::attend))
}
