//! The figures above everything else: what it is worth, what moved, how fresh that is.

use crate::money::Decimal;
use crate::portfolio::change::Change;
use crate::portfolio::store::PortfolioStore;
use crate::ui::format::{self, MISSING};
use crate::ui::preferences::Preferences;
use crate::ui::rolling::Rolling;
use leptos::prelude::*;

/// Total value and day change.
#[component]
pub fn Totals(
    /// What is shown.
    store: PortfolioStore,
) -> impl IntoView {
    let preferences = Preferences::of_page();
    let PortfolioStore { totals, currency, .. } = store;
    let value = Memo::new(move |_| preferences.veil(|| currency.with(|currency| format::money(totals.read().value, currency))));
    let spoken = move || {
        let value = if preferences.amounts_hidden.get() {
            "hidden".to_owned()
        } else {
            value.get()
        };
        String::from("Total value ") + &currency.read() + " " + &value
    };
    let change = move || preferences.veil(|| currency.with(|currency| format::signed_money(totals.read().change, currency)));
    let percent = move || totals.read().percent.map_or_else(|| MISSING.to_owned(), format::signed_percent);
    let unknown = move || totals.read().percent.is_none().then_some("No previous close is known yet.");
    let causes = move || {
        totals
            .read()
            .causes
            .map(|causes| preferences.veil(|| currency.with(|currency| in_words(&causes, currency))))
    };
    let way = move || String::from("day-change ") + way(Some(totals.read().change));
    view! {
        <div class="totals">
            <p class="total">
                <span class="sr-only">{spoken}</span>
                // Before the figure: what comes after it would move with its digits.
                <span class="unit" aria-hidden="true">
                    {move || currency.get()}
                </span>
                <span class="total-figure" aria-hidden="true">
                    <Rolling text=value />
                </span>
            </p>
            <p class=way>
                <span class="sr-only">"Day change "</span>
                <span class="day-amount">{change}</span>
                " "
                <span class="day-percent" title=unknown>
                    {percent}
                </span>
                " "
                <span class="day-since">"today"</span>
            </p>
            <p class="day-causes">{causes}</p>
        </div>
    }
}

/// What moved the value today, cause by cause.
fn in_words(causes: &Change, currency: &str) -> String {
    let mut text = String::new();
    for (name, part) in causes.parts() {
        if !part.is_zero() {
            text += if text.is_empty() { "" } else { ", " };
            text = text + name + " " + &format::signed_money(part, currency);
        }
    }
    text
}

/// How old the newest price is. `now_ms` is the server's clock; before it runs, the age is that of the page.
#[component]
pub fn NewestPrice(
    /// What is shown.
    store: PortfolioStore,
    /// Milliseconds since 1970, once the page lives.
    #[prop(into)]
    now_ms: Signal<Option<i64>>,
) -> impl IntoView {
    let age = move || match store.totals.read().newest_quote {
        Some(quoted_at) => {
            let now_ms = now_ms.get().unwrap_or_else(|| store.valued_at.read().timestamp_millis());
            format::age(now_ms.saturating_sub(quoted_at.timestamp_millis()))
        }
        None => MISSING.to_owned(),
    };
    view! {
        <p class="newest-price">
            "Newest price " <span class="newest-age">{age}</span>
        </p>
    }
}

/// The class of a figure that may rise or fall; the sign says the same without colour.
pub(crate) fn way(change: Option<Decimal>) -> &'static str {
    match change {
        Some(change) if change.is_zero() => "is-flat",
        Some(change) if change.is_sign_negative() => "is-loss",
        Some(_) => "is-gain",
        None => "is-unknown",
    }
}
