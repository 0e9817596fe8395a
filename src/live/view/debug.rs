//! What goes over the socket, for those who build on it. Closed, it reads nothing and costs nothing.

use crate::live::latency::{BOUNDS_MS, Latency};
use crate::live::store::{LiveStore, Traffic};
use crate::live::view::pretty::pretty;
use crate::live::view::status::state_name;
use crate::ui::erase::Erase as _;
use crate::ui::format::{self, MISSING};
use crate::ui::preferences::Preferences;
use leptos::ev::Event;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::Element;

/// The panel; `open` is also moved by a key.
#[component]
pub fn DebugPanel(
    /// The connection.
    live: LiveStore,
    /// Whether it is open.
    open: RwSignal<bool>,
) -> impl IntoView {
    let toggled = move |event: Event| {
        let element = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        open.set(element.is_some_and(|element| element.has_attribute("open")));
    };
    view! {
        <details class="debug needs-script" prop:open=move || open.get() on:toggle=toggled>
            <summary>"Connection details"</summary>
            {move || open.get().then(|| inside(live))}
        </details>
    }
}

fn inside(live: LiveStore) -> AnyView {
    let preferences = Preferences::of_page();
    let traffic = live.traffic;
    let figure = |figure: fn(&Traffic) -> String| move || figure(&traffic.read());
    let facts = [
        ("Address", figure(|traffic| known(traffic.address.clone())).erased()),
        ("State", (move || state_name(&live.connection.read())).erased()),
        ("Messages", figure(|traffic| format::count(traffic.messages)).erased()),
        ("Received", figure(|traffic| format::bytes(traffic.bytes)).erased()),
        ("Errors", figure(|traffic| format::count(traffic.errors)).erased()),
        ("Frames skipped", figure(|traffic| format::count(traffic.skipped)).erased()),
        ("Connections lost", figure(|traffic| format::count(traffic.lost)).erased()),
        (
            "Last error",
            figure(|traffic| known(traffic.last_error.clone().unwrap_or_default())).erased(),
        ),
    ];
    let facts = facts.map(|(name, value)| {
        view! {
            <div class="fact">
                <dt>{name}</dt>
                <dd>{value}</dd>
            </div>
        }
    });
    let last_message = move || {
        if preferences.amounts_hidden.get() {
            "Hidden, as amounts are.".to_owned()
        } else {
            pretty(&traffic.read().last_message)
        }
    };
    view! {
        <div class="debug-inside">
            <dl class="facts">{facts.into_iter().collect_view()}</dl>
            <div class="debug-columns">
                <div class="latencies">
                    <LatencyBars title="From valuation to receipt" latency=live.to_receipt />
                    <LatencyBars title="From receipt to paint" latency=live.to_paint />
                </div>
                <section class="last-message" aria-labelledby="last-message">
                    <h3 id="last-message">"Last message"</h3>
                    <pre tabindex="0" aria-labelledby="last-message">
                        {last_message}
                    </pre>
                </section>
            </div>
        </div>
    }
    .erased()
}

/// A bar for each bucket, and the quantiles in words.
#[component]
fn LatencyBars(title: &'static str, latency: RwSignal<Latency>) -> impl IntoView {
    let quantile = move |q: f64| latency.read().quantile(q).map_or_else(|| MISSING.to_owned(), format::millis);
    let counts = Memo::new(move |_| latency.read().histogram());
    let bars = (0..=BOUNDS_MS.len()).map(|index| {
        let height = move || {
            let counts = counts.get();
            let most = counts.iter().copied().max().unwrap_or_default().max(1);
            (counts[index] * 100 / most).to_string() + "%"
        };
        let bound = match BOUNDS_MS.get(index) {
            // Whole numbers all of them.
            Some(bound) => (*bound as u64).to_string(),
            None => "more".to_owned(),
        };
        view! {
            <div class="bar" title=move || counts.get()[index].to_string()>
                <span class="bar-room">
                    <span class="bar-fill" style:height=height></span>
                </span>
                <span class="bar-bound">{bound}</span>
            </div>
        }
    });
    view! {
        <figure class="latency">
            <figcaption>
                <span class="latency-title">{title}</span>
                <span class="latency-quantiles">"p50 " {move || quantile(0.5)} ", p99 " {move || quantile(0.99)}</span>
            </figcaption>
            <div class="bars" aria-hidden="true">
                {bars.collect_view()}
            </div>
            <p class="latency-unit" aria-hidden="true">
                "at most, in ms"
            </p>
        </figure>
    }
}

fn known(text: String) -> String {
    if text.is_empty() { MISSING.to_owned() } else { text }
}
