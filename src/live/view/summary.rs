//! The figures for those who hear the page: a sentence now and then, never each tick.

use crate::live::client::Connection;
use crate::live::store::LiveStore;
use crate::portfolio::store::PortfolioStore;
use crate::ui::format;
use crate::ui::preferences::Preferences;
use leptos::prelude::*;

/// The shortest time between two sentences, in milliseconds.
const PACE_MS: i64 = 30_000;

/// A hidden live region with total and day change, at most twice a minute and only while updates come.
#[component]
pub fn SpokenSummary(
    /// The connection.
    live: LiveStore,
    /// What is shown.
    store: PortfolioStore,
) -> impl IntoView {
    let preferences = Preferences::of_page();
    let turn = Memo::new(move |_| live.now_ms.get().map(|now_ms| now_ms.div_euclid(PACE_MS)));
    let first = StoredValue::new(None);
    let sentence = move || {
        let turn = turn.get();
        // Opening the page is not news: its figures are read with the page.
        if first.get_value().is_none() {
            first.set_value(turn);
        }
        if turn == first.get_value() {
            return String::new();
        }
        untrack(|| {
            if *live.connection.read() != Connection::Live {
                return String::new();
            }
            let totals = store.totals.read();
            let currency = store.currency.read();
            let value = match preferences.amounts_hidden.get() {
                true => "hidden".to_owned(),
                false => format::money(totals.value, &currency) + " " + &*currency,
            };
            let percent = totals.percent.map_or_else(|| "not known".to_owned(), format::signed_percent);
            String::from("Total ") + &value + ", today " + &percent + "."
        })
    };
    view! {
        <p class="sr-only" aria-live="polite">
            {sentence}
        </p>
    }
}
