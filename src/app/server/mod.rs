//! The pages' doors: handlers of requests, a file a room of pages. Each exports `routes()`.

pub mod accounting;
pub mod accounts;
pub mod activities;
pub mod activity;
pub mod again;
pub mod allocation;
pub mod desk;
pub mod document;
pub mod feeds;
pub mod figures;
pub mod guard;
pub mod health;
pub mod imports;
pub mod instruments;
pub mod lots;
pub mod market;
pub mod notice;
pub mod operator;
pub mod page;
pub mod performance;
pub mod portfolios;
pub mod rest;
pub mod throttle;
pub mod tokens;
pub mod whatif;
pub mod who;

use crate::accounts::server::Accounts;
use crate::imports::server::uploads::Uploads;
use crate::live::server::limits::Sockets;
use crate::portfolio::server::Portfolios;
use crate::portfolio::server::ledger::Ledger;
use crate::server::assets::Assets;
use crate::server::shutdown::Shutdown;
use axum::Router;
use axum::routing::{any, get};
use leptos::prelude::*;
use std::num::NonZeroU32;
use std::ops::Deref;
use std::sync::Arc;
use tower_http::compression::CompressionLayer;
use tower_http::limit::RequestBodyLimitLayer;

/// Largest body of a request to a page or a server function.
const LARGEST_BODY: usize = 64 << 10;

/// What the handlers share. Cheap to clone: each layer around a route takes it with each request.
#[derive(Clone, Debug)]
pub struct AppState(Arc<Rooms>);

impl AppState {
    /// Of all rooms.
    pub fn new(rooms: Rooms) -> Self {
        Self(Arc::new(rooms))
    }
}

impl Deref for AppState {
    type Target = Rooms;

    fn deref(&self) -> &Rooms {
        &self.0
    }
}

/// A handle a room.
#[derive(Debug)]
pub struct Rooms {
    /// What the document's shell is made with.
    pub options: LeptosOptions,
    /// Files of the site.
    pub assets: Assets,
    /// Users and sessions.
    pub accounts: Accounts,
    /// What people own and did.
    pub ledger: Ledger,
    /// What portfolios are worth.
    pub portfolios: Portfolios,
    /// Files that were brought and are not applied yet.
    pub uploads: Uploads,
    /// The places for connections that stay open.
    pub sockets: Sockets,
    /// Where tasks start.
    pub shutdown: Shutdown,
    /// Requests a minute that a token may send.
    pub requests_per_minute: NonZeroU32,
    /// How often an address may ask.
    pub throttle: throttle::Throttle,
}

/// All pages, and the files of the site.
pub fn routes(state: AppState) -> Router {
    Router::new()
        .merge(tokens::routes())
        .route("/api/{*name}", any(page::answer_api))
        .merge(accounts::routes())
        .merge(portfolios::routes())
        .merge(activities::routes())
        .merge(activity::routes())
        .merge(instruments::routes())
        .merge(imports::routes())
        .merge(feeds::routes())
        .merge(market::routes())
        .merge(figures::routes())
        .merge(performance::routes())
        .merge(allocation::routes())
        .merge(again::routes())
        .merge(whatif::routes())
        .fallback(get(page::file_or_page))
        .layer(RequestBodyLimitLayer::new(LARGEST_BODY))
        // Behind the limit: files have their own.
        .merge(imports::uploading())
        .with_state(state.clone())
        // Beside the limit above: a program sends whole files.
        .merge(rest::routes(state))
        .layer(CompressionLayer::new())
}
