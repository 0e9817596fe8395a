//! FinFlow: the live portfolio monitor that people run themselves.
//!
//! One package, two targets: the axum server (`ssr`) and the browser's client (`hydrate`, or `csr` for Trunk). A path
//! says what a line is about (the room) and where it runs (the shelf); docs/ARCHITECTURE.md has the whole plan. A room
//! imports only from those above it in this list, and from itself.

// A page is one type, as deep as its elements.
#![recursion_limit = "512"]

#[cfg(all(feature = "ssr", feature = "browser"))]
compile_error!("`ssr` is the server and `browser` the client: choose one. The client builds with --no-default-features.");
#[cfg(not(any(feature = "ssr", feature = "browser")))]
compile_error!("Choose a target: `ssr` (the server, the default), `hydrate` or `csr` (the client).");

/// The one error that crosses the wire.
pub mod error;
/// Exact amounts, and how they cross the wire.
pub mod money;

/// How moments cross the wire.
pub mod time;

/// How it looks: formats, table parts, charts, preferences.
pub mod ui;

/// Plumbing for all rooms: configuration, clock, shutdown, assets.
#[cfg(feature = "ssr")]
pub mod server;

/// Who you are.
pub mod accounts;

/// What things cost.
pub mod market;

/// What you own, and what it is worth.
pub mod portfolio;

/// Bringing history in, taking it out.
pub mod imports;

/// How it travels.
pub mod live;

/// Shell, routes and pages.
pub mod app;

/// Tries a running server as a stranger's client would.
#[cfg(feature = "ssr")]
pub mod probe;

/// Composition: configuration, rooms, tasks, router, serving, draining.
#[cfg(feature = "ssr")]
pub mod start;

/// Takes over the page that the server drew. Called by the page's own script.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    app::take_over::take_over();
    #[cfg(feature = "what-if")]
    app::what_if::take_over();
    #[cfg(feature = "charting")]
    ui::chart::take_over_plots();
}

/// Answers the form of what would be. A client of its own, so that no other page carries the accounting engine.
#[cfg(all(feature = "what-if", not(feature = "hydrate")))]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn what_if() {
    console_error_panic_hook::set_once();
    app::what_if::take_over();
}

/// Draws the page's charts of prices. A client of its own, so that no other page carries the engine.
#[cfg(all(feature = "charting", not(feature = "hydrate")))]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn charting() {
    console_error_panic_hook::set_once();
    ui::chart::take_over_plots();
}
