//! The page of the sources of prices: how each does, which gives the price of what, and what to do.

use crate::market::feed::{Feed, FeedStatus};
use crate::market::health::{Health, InstrumentHealth, ListHealth, ProviderHealth, ProviderState, SourceHealth, SourceState};
use crate::money::Decimal;
use crate::ui::format;
use chrono::{DateTime, Utc};
use leptos::prelude::*;

/// All of the page at a moment.
pub fn page(feed: Feed, health: Health, now: DateTime<Utc>) -> AnyView {
    let status = match feed.status {
        FeedStatus::Connecting => "Connecting: prices are not there yet.",
        FeedStatus::Live => "Live: prices come.",
        FeedStatus::Stale => "Stale: of something no current price is known.",
        FeedStatus::Ended => "Ended: no further price will come.",
        FeedStatus::Unknown => "Unknown.",
    };
    let nothing = health.providers.is_empty();
    let made_up = feed.simulated.then(|| {
        view! {
            <p>
                "The market is simulated: all its prices are made up, second by second, and it is always open. Nothing is asked of anybody. "
                "An operator who wants real ones names a file with " <code>"FINFLOW_MARKET=live:FILE"</code> "."
            </p>
        }
    });
    let replayed = (nothing && !feed.simulated).then(|| {
        view! { <p>"A recording is played. Nothing is asked of anybody. When it ends, prices stay as they were last."</p> }
    });
    view! {
        <div class="page drawn-page">
            <h1>"Sources of prices"</h1>
            <p>
                <b>{status}</b> " " {feed.detail.unwrap_or_default()}
            </p>
            {made_up}
            {replayed}
            {(!nothing).then(|| providers(health.providers, now))}
            {(!health.instruments.is_empty()).then(|| instruments(health.instruments, now))}
            {(!health.lists.is_empty()).then(|| lists(health.lists, now))}
            <p class="hint">
                {format!("As of {}. ", format::time_of_day(now))} <a href="/feeds/">"Look again"</a>
            </p>
        </div>
    }
    .into_any()
}

/// How long ago something was; an en dash where it never was.
fn ago(moment: Option<DateTime<Utc>>, now: DateTime<Utc>) -> AnyView {
    match moment {
        Some(moment) => {
            let title = moment.format("%Y-%m-%d %H:%M:%S UTC").to_string();
            view! { <span title=title>{format::age((now - moment).num_milliseconds().max(0))}</span> }.into_any()
        }
        None => view! { <span title="It never was">"–"</span> }.into_any(),
    }
}

/// Of ten seconds, for one, with a place.
fn rate(in_ten_seconds: u64) -> String {
    format!("{}.{}", in_ten_seconds / 10, in_ten_seconds % 10)
}

fn providers(all: Vec<ProviderHealth>, now: DateTime<Utc>) -> impl IntoView {
    let rows = all.into_iter().map(|one| {
        let tone = match one.state {
            ProviderState::Live => "gain",
            ProviderState::Connecting => "",
            ProviderState::Silent | ProviderState::Failing | ProviderState::GivenUp => "loss",
        };
        let error = match (one.last_error, one.last_error_at) {
            (Some(error), at) => view! { {error} ", " {ago(at, now)} }.into_any(),
            (None, _) => view! { <span title="Nothing went wrong">"–"</span> }.into_any(),
        };
        let breaker = one.breaker_open.then_some("It is left alone for a while. ");
        let next = one
            .next_attempt
            .map(|at| format!("The next attempt is in {}. ", format::span((at - now).num_seconds().max(1))));
        let idle = one.advice.is_empty() && breaker.is_none() && next.is_none();
        view! {
            <tr>
                <th scope="row">{one.name}</th>
                <td>
                    <span class=tone>{one.state.label()}</span>
                </td>
                <td class="num">{rate(one.prices_per_ten_seconds)}</td>
                <td class="num">{ago(one.newest, now)}</td>
                <td class="num">{format::count(one.gaps)}</td>
                <td class="num">{format::count(one.failures)}</td>
                <td>{error}</td>
                <td>{breaker} {next} {one.advice} {idle.then_some("Nothing is to do.")}</td>
            </tr>
        }
    });
    let heads = view! {
        <th scope="col">"Provider"</th>
        <th scope="col">"State"</th>
        <th scope="col" class="num" title="Prices a second, over the last ten">"Prices/s"</th>
        <th scope="col" class="num">"Newest"</th>
        <th scope="col" class="num" title="Trades that were missed and asked for anew">"Gaps"</th>
        <th scope="col" class="num" title="Connections and rounds of requests that failed since the start">"Failures"</th>
        <th scope="col">"Last error"</th>
        <th scope="col">"What to do"</th>
    };
    table("providers", "Providers", heads.into_any(), rows.collect_view().into_any())
}

fn instruments(all: Vec<InstrumentHealth>, now: DateTime<Utc>) -> impl IntoView {
    let rows = all.into_iter().map(|one| {
        let used = match one.source {
            Some(source) => source.into_any(),
            None => view! { <span title="No price is known">"–"</span> }.into_any(),
        };
        let remarks = [one.stale.then_some("Too old. "), one.disagree.then_some("Its sources disagree. ")];
        let sources = one.sources.into_iter().map(|source| view! { <li>{told(source, now)}</li> });
        view! {
            <tr>
                <th scope="row">{one.symbol}</th>
                <td>{used}</td>
                <td>{one.market_state.label()}</td>
                <td>
                    {remarks.into_iter().flatten().collect::<String>()}
                    <ul class="feed-sources">{sources.collect_view()}</ul>
                </td>
            </tr>
        }
    });
    let heads = view! {
        <th scope="col">"Instrument"</th>
        <th scope="col">"Its price is of"</th>
        <th scope="col">"Market"</th>
        <th scope="col">"All its sources, the first the best"</th>
    };
    table("instruments", "Instruments", heads.into_any(), rows.collect_view().into_any())
}

fn lists(all: Vec<ListHealth>, now: DateTime<Utc>) -> impl IntoView {
    let rows = all.into_iter().map(|one| {
        let error = match (one.last_error, one.last_error_at) {
            (Some(error), at) => view! { <span class="loss">{error}</span> ", " {ago(at, now)} }.into_any(),
            (None, _) => view! { <span title="Nothing went wrong">"–"</span> }.into_any(),
        };
        let next = one
            .next_attempt
            .map(|at| format!("It is fetched again in {}. ", format::span((at - now).num_seconds().max(1))));
        view! {
            <tr>
                <th scope="row">{one.provider}</th>
                <td class="num">{format::count(one.instruments)}</td>
                <td class="num">{ago(one.fetched_at, now)}</td>
                <td>{error}</td>
                <td>{next} {one.advice}</td>
            </tr>
        }
    });
    let heads = view! {
        <th scope="col">"Provider"</th>
        <th scope="col" class="num" title="Those that are found by a search">"Instruments"</th>
        <th scope="col" class="num">"Fetched"</th>
        <th scope="col">"Last error"</th>
        <th scope="col">"What to do"</th>
    };
    table("lists", "What providers list", heads.into_any(), rows.collect_view().into_any())
}

/// A titled table in its frame, which scrolls on a narrow screen.
fn table(id: &'static str, title: &'static str, heads: AnyView, rows: AnyView) -> AnyView {
    view! {
        <section aria-labelledby=id>
            <h2 id=id>{title}</h2>
            <div class="table-frame" tabindex="0" role="group" aria-labelledby=id>
                <table class="records feeds">
                    <thead>
                        <tr>{heads}</tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </section>
    }
    .into_any()
}

fn told(source: SourceHealth, now: DateTime<Utc>) -> impl IntoView {
    let plain = |price: Decimal| price.normalize().to_string();
    let tone = match source.state {
        SourceState::Used => "gain",
        SourceState::Ready => "",
        _ => "loss",
    };
    let price = source.price.map(|price| format!(" {}, ", plain(price)));
    let age = source.received_at.map(|at| ago(Some(at), now));
    let held = source
        .held_back
        .map(|price| format!(" {} is held back until it is confirmed.", plain(price)));
    view! {
        <span class=tone>{source.state.label()}</span>
        " "
        {source.provider}
        ":"
        {source.symbol}
        {price}
        {age}
        {held}
    }
}
