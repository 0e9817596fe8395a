//! Is it live? The connection's state in a word, and where prices come from.

use crate::live::client::Connection;
use crate::live::store::LiveStore;
use crate::portfolio::store::PortfolioStore;
use crate::ui::format;
use leptos::prelude::*;

/// The state in a word, with the countdown to the next attempt. Not announced: the notice says the same at a humane pace.
#[component]
pub fn ConnectionChip(
    /// The connection.
    live: LiveStore,
) -> impl IntoView {
    let word = move || match &*live.connection.read() {
        Connection::Connecting => "Connecting".to_owned(),
        Connection::Live => "Live".to_owned(),
        Connection::Paused => "Paused".to_owned(),
        Connection::Stale => "Stale".to_owned(),
        Connection::Offline => "Offline".to_owned(),
        Connection::Ended { .. } => "Ended".to_owned(),
        Connection::Reconnecting { at_ms, .. } => {
            let now_ms = live.now_ms.get().map_or(*at_ms, i64::unsigned_abs);
            match at_ms.saturating_sub(now_ms).div_ceil(1_000) {
                0 => "Reconnecting".to_owned(),
                seconds => String::from("Reconnecting in ") + &seconds.to_string() + " s",
            }
        }
    };
    view! {
        <span class="chip connection needs-script" data-state=move || state_name(&live.connection.read())>
            <span class="chip-dot" aria-hidden="true"></span>
            <span class="sr-only">"Connection: "</span>
            <span class="chip-word">{word}</span>
        </span>
    }
}

/// The state's name for styles and tests.
pub fn state_name(connection: &Connection) -> &'static str {
    match connection {
        Connection::Connecting => "connecting",
        Connection::Live => "live",
        Connection::Paused => "paused",
        Connection::Stale => "stale",
        Connection::Reconnecting { .. } => "reconnecting",
        Connection::Offline => "offline",
        Connection::Ended { .. } => "ended",
    }
}

/// Whether the figures on the page are no longer of now.
pub fn is_dim(connection: &Connection) -> bool {
    matches!(
        connection,
        Connection::Stale | Connection::Reconnecting { .. } | Connection::Offline | Connection::Ended { .. }
    )
}

/// Says plainly that prices are not those of a market that trades now, where they are not.
#[component]
pub fn MarketLabel(
    /// The connection.
    live: LiveStore,
    /// What is shown.
    store: PortfolioStore,
) -> impl IntoView {
    let label = move || match live.feed.get() {
        Some(feed) if feed.simulated => Some("Simulated market"),
        Some(feed) if feed.source == "replay" => Some("Recorded prices"),
        Some(_) => None,
        None => store.real_until.read().is_some().then_some("Simulated market"),
    };
    view! {
        <Show when=move || label().is_some()>
            <span class="chip market">{label}</span>
        </Show>
    }
}

/// Until when prices are real, where they are simulated from there on.
pub fn market_origin(store: PortfolioStore) -> Option<String> {
    let day = store.real_until.get().map(format::day);
    day.map(|day| String::from("Real closes to ") + &day + ", simulated since.")
}
