//! What a person may ask of the connection: start, stop, how often.

use crate::live::client::Event;
use crate::live::store::LiveStore;
use leptos::prelude::*;

/// The intervals that a page offers, in milliseconds, and their names.
pub const INTERVALS: [(u64, &str); 5] = [(1_000, "1 s"), (2_000, "2 s"), (5_000, "5 s"), (15_000, "15 s"), (60_000, "60 s")];

/// Start, stop, and the interval.
#[component]
pub fn Controls(
    /// The connection.
    live: LiveStore,
) -> impl IntoView {
    view! {
        <div class="controls needs-script">
            <StartStop live=live />
            <IntervalChoice live=live />
        </div>
    }
}

/// Both buttons are always there. The one that does not apply keeps its focus and does nothing.
#[component]
fn StartStop(live: LiveStore) -> impl IntoView {
    let LiveStore { wanted, .. } = live;
    view! {
        <div class="button-pair">
            <button
                type="button"
                class="button primary"
                aria-disabled=move || wanted.get().to_string()
                on:click=move |_| want(live, true)
            >
                "Start updates"
            </button>
            <button
                type="button"
                class="button"
                aria-disabled=move || (!wanted.get()).to_string()
                on:click=move |_| want(live, false)
            >
                "Stop updates"
            </button>
        </div>
    }
}

/// Starts or stops, where that changes anything.
pub fn want(live: LiveStore, wanted: bool) {
    if live.wanted.get_untracked() != wanted {
        live.act(if wanted { Event::Start } else { Event::Stop });
    }
}

/// Whether the server grants an interval, as far as it is known.
pub fn is_granted(live: LiveStore, interval_ms: u64) -> bool {
    live.bounds_ms
        .get()
        .is_none_or(|(least, most)| (least..=most).contains(&interval_ms))
}

/// Asks for the nearest interval that is granted, once the server says that the page's own is not.
pub fn keep_within_bounds(live: LiveStore) {
    Effect::new(move || {
        let Some((least, most)) = live.bounds_ms.get() else { return };
        let interval_ms = live.interval_ms.get_untracked();
        let granted = interval_ms.clamp(least, most.max(least));
        if granted != interval_ms {
            live.act(Event::Interval(granted));
        }
    });
}

#[component]
fn IntervalChoice(live: LiveStore) -> impl IntoView {
    let choices = INTERVALS.map(|(interval_ms, name)| {
        view! {
            <label class="segment">
                <input
                    type="radio"
                    name="interval"
                    value=interval_ms.to_string()
                    class="sr-only"
                    checked=live.interval_ms.get_untracked() == interval_ms
                    prop:checked=move || live.interval_ms.get() == interval_ms
                    disabled=move || !is_granted(live, interval_ms)
                    on:change=move |_| live.act(Event::Interval(interval_ms))
                />
                <span>{name}</span>
            </label>
        }
    });
    view! {
        <fieldset class="segments">
            <legend class="sr-only">"Interval between updates"</legend>
            {choices.into_iter().collect_view()}
        </fieldset>
    }
}
