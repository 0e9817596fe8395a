//! What became of a portfolio over a stretch of time: its value, its return against its benchmark, its risk.

use crate::market::span::Span;
use crate::money::{Decimal, round_to_currency};
use crate::portfolio::derivation::Figure;
use crate::portfolio::performance::{DayValue, Drawdown};
use crate::portfolio::range::Range;
use crate::portfolio::report::{Benchmark, Report};
use crate::portfolio::typed::{Errors, Typed};
use crate::portfolio::view::figures::causes::{Causes, causes};
use crate::portfolio::view::figures::parts::{Pages, amount, change, derivation_of, missing, or_missing, own, percent};
use crate::portfolio::view::figures::performance_lines::{return_line, value_line};
use crate::portfolio::view::figures::performance_tables::{contributions, flow, flows, months, values};
use crate::portfolio::view::ledger::search::query;
use crate::portfolio::view::ledger::{Head, parts};
use crate::portfolio::view::tabs::{ALL, Tab};
use crate::ui::chart::Sample;
use crate::ui::erase::Erase as _;
use crate::ui::form::{Banner, Tone};
use crate::ui::format;
use leptos::prelude::*;
use std::sync::Arc;

/// The fields of its form, as they stand on the page.
const ORDER: [&str; 3] = ["from", "to", "risk_free"];

/// What the page shows.
#[derive(Clone, Debug)]
pub struct Performance {
    /// Of which portfolio.
    pub head: Head,
    /// When today's value was made.
    pub as_of: String,
    /// Which stretch.
    pub range: Range,
    /// What was typed.
    pub typed: Typed,
    /// What is wrong with it.
    pub errors: Errors,
    /// What is known; `None` where nothing was done before its end.
    pub report: Option<Arc<Report>>,
    /// The values of the last day at even distances, where that is the stretch.
    pub moments: Vec<Sample>,
    /// The symbol that it is held against.
    pub benchmark: Option<String>,
    /// What should be known of it; empty where nothing is.
    pub benchmark_note: String,
    /// The flows of this page, the latest first.
    pub flows: (Vec<DayValue>, Pages),
    /// The days of this page, the latest first.
    pub days: (Vec<DayValue>, Pages),
}

/// A ratio as a percentage.
pub fn hundredfold(rate: Decimal) -> Decimal {
    rate.checked_mul(Decimal::ONE_HUNDRED).unwrap_or_default()
}

/// The page.
pub fn performance(shown: Performance) -> AnyView {
    let head = parts::head(&shown.head, "Performance", Tab::Performance, None);
    let asked = asked(&shown);
    let content = match &shown.report {
        Some(report) => told(&shown, report),
        None => view! { <p class="lead">"Nothing was done in this time yet."</p> }.erased(),
    };
    view! { <div class="page drawn-page performance">{head} {asked} {content}</div> }.erased()
}

/// A stretch in full, as it counts for a portfolio.
fn in_full(span: Span) -> &'static str {
    match span {
        Span::Day => "Since yesterday's close",
        Span::Month => "One month",
        Span::Quarter => "Three months",
        Span::Year => "One year",
        Span::All => "Since the first activity",
        Span::Week | Span::YearToDate | Span::FiveYears => span.names().2,
    }
}

/// The ways to other stretches, and the form for one's own.
fn asked(shown: &Performance) -> AnyView {
    let address = own(&shown.head.id) + "performance/";
    let risk_free = shown.typed.get("risk_free").to_owned();
    let ways = Range::NAMED.map(|span| {
        let way = address.clone() + &query(&[("range", span.label()), ("risk_free", risk_free.as_str())]);
        let here = (shown.range == Range::Named(span) && shown.errors.is_empty()).then_some("true");
        view! {
            <a href=way aria-current=here title=in_full(span)>
                {span.names().1}
            </a>
        }
    });
    let form = parts::Form {
        typed: &shown.typed,
        errors: &shown.errors,
        order: &ORDER,
    };
    let day = |hint| parts::Line {
        kind: "date",
        hint,
        ..parts::TEXT
    };
    let free = parts::Line {
        hint: "Percent a year; 0 where nothing is typed",
        ..parts::FIGURE
    };
    let custom = matches!(shown.range, Range::Custom { .. });
    // The name of the stretch goes along where only the rate is changed.
    let hidden = (!custom).then(|| view! { <input type="hidden" name="was" value=shown.range.label() /> });
    let open = custom || !shown.errors.is_empty() || !risk_free.is_empty();
    view! {
        <div class="performance-asked">
            <nav class="ranges" aria-label="Stretch of time">
                {ways.into_iter().collect_view()}
            </nav>
            {refused(&shown.errors)}
            <details class="figures-more" open=open>
                <summary>"Own days and risk-free rate"</summary>
                <form class="figures-filter" method="get" action=address novalidate>
                    {hidden}
                    {form.line("from", "From", day("The first day that counts"))}
                    {form.line("to", "To", day("Today where nothing is typed"))}
                    {form.line("risk_free", "Risk-free rate", free)}
                    <button type="submit" class="button">
                        "Show"
                    </button>
                </form>
            </details>
        </div>
    }
    .erased()
}

/// Says that what was asked for cannot be shown.
fn refused(errors: &Errors) -> Option<AnyView> {
    if errors.is_empty() {
        return None;
    }
    let said = match errors.all().iter().find(|one| !ORDER.contains(&one.field)) {
        Some(elsewhere) => elsewhere.to_string() + ". A year is shown.",
        None => "What is wrong stands at its field.".to_owned(),
    };
    Some(view! { <Banner tone=Tone::Wrong>{said}</Banner> }.erased())
}

fn told(shown: &Performance, report: &Report) -> AnyView {
    let base = shown.head.base_currency.clone();
    let stretch = report.stretch;
    let said = String::from("From ")
        + &format::day(stretch.first)
        + " to "
        + &format::day(stretch.last)
        + ", in "
        + &base
        + ", as of "
        + &shown.as_of
        + ".";
    view! {
        <section aria-label="Totals">
            {lead(shown, report)} <p class="dim small-print">{said}</p>
        </section>
        {value_line(shown, report)}
        {why(report, &shown.head.base_currency)}
        {return_line(shown, report)}
        <section aria-labelledby="risk">
            <h2 id="risk">"Risk"</h2>
            {risk(report)}
            <p class="dim small-print">
                "Of the returns of the days on which New York's exchange trades; what happens on a weekend or a holiday counts with the day after it. Ratios are over 252 days a year and a risk-free rate of "
                {format::percent(hundredfold(report.risk_free))} " a year."
            </p>
        </section>
        {months(report)}
        {contributions(shown, report)}
        {flows(shown)}
        {values(shown)}
    }
    .erased()
}

/// What changed the value.
fn why(report: &Report, base: &str) -> AnyView {
    let round = |amount| round_to_currency(amount, base);
    let (begin, end) = (round(report.opened_with), round(report.worth()));
    let flows = round(report.change.flows);
    causes(Causes {
        change: report.change.rounded(base, end - begin - flows),
        end,
        currency: base.to_owned(),
        title: "What changed it",
        beginning: "Value at the beginning",
        ending: "Value at the end",
        twice: round(report.change.gain() - report.gain),
    })
}

/// A figure of a list.
fn figure(name: &'static str, shown: AnyView, beside: Option<String>) -> AnyView {
    view! {
        <div>
            <dt>{name}</dt>
            <dd>{shown} {beside.map(|text| view! { <span class="dim">{text}</span> })}</dd>
        </div>
    }
    .erased()
}

fn yearly(rate: Option<Decimal>) -> Option<String> {
    rate.map(|rate| format::signed_percent(hundredfold(rate)) + " a year")
}

const NO_TWR: &str = "Nothing was there to gain on: the value before a flow was not above zero.";
const FEW: &str = "There are too few days with a return.";

fn lead(shown: &Performance, report: &Report) -> AnyView {
    let base = shown.head.base_currency.as_str();
    let twr = report.twr.as_ref();
    let own_return = match twr {
        Some(twr) => percent(hundredfold(twr.total)),
        None => missing(NO_TWR),
    };
    let own_return = if shown.range == Range::Named(Span::All) {
        view! { <a href=derivation_of(&shown.head.id, Figure::Twr)>{own_return}</a> }.erased()
    } else {
        own_return
    };
    let against = against(shown, report.benchmark.as_ref(), twr.map(|twr| twr.total));
    let first = [
        figure("Time-weighted return", own_return, yearly(twr.and_then(|twr| twr.annualised))),
        against,
        figure("Gain", change(report.gain, base), None),
    ];
    let then = [
        figure("Value at the beginning", amount(report.opened_with, base), None),
        figure("Came in less went out", flow(report.change.flows, base), None),
        figure("Value at the end", amount(report.worth(), base), None),
    ];
    view! {
        <dl class="figures figures-lead">{first.into_iter().collect_view()}</dl>
        <dl class="figures">{then.into_iter().collect_view()}</dl>
    }
    .erased()
}

/// The benchmark's return, and how far the portfolio's lies from it.
fn against(shown: &Performance, benchmark: Option<&Benchmark>, mine: Option<Decimal>) -> AnyView {
    let Some(symbol) = &shown.benchmark else {
        let text = if shown.head.id == ALL {
            view! { <span class="dim">"None is chosen"</span> }.erased()
        } else {
            view! { <a href=own(&shown.head.id) + "settings/">"Choose one"</a> }.erased()
        };
        return figure("Benchmark", text, None);
    };
    let total = benchmark.and_then(|one| one.total);
    let ahead = mine.zip(total).and_then(|(mine, other)| mine.checked_sub(other));
    let beside = ahead.map(|ahead| format::signed_percent(hundredfold(ahead)) + " to it");
    let why = match benchmark {
        Some(_) => "Its prices begin after the beginning of this time, or end before its end.",
        None => "No price of it is known: the market does not list it, and none was entered.",
    };
    let total_shown = or_missing(total.map(|total| percent(hundredfold(total))), why);
    let name = String::from("Benchmark, ") + symbol;
    let note = shown.benchmark_note.clone();
    let note = (!note.is_empty()).then(|| view! { <small class="dim">{note}</small> });
    view! {
        <div>
            <dt>{name}</dt>
            <dd>{total_shown} {beside.map(|text| view! { <span class="dim">{text}</span> })} {note}</dd>
        </div>
    }
    .erased()
}

fn risk(report: &Report) -> AnyView {
    let number = |ratio: Option<Decimal>, why: &str| {
        let text = ratio.map(|ratio| view! { <span>{format::quantity(crate::money::round(ratio, 2))}</span> }.erased());
        or_missing(text, why)
    };
    let benchmark = report.benchmark.as_ref();
    let no_benchmark = "There is no benchmark with enough days in common.";
    let (fall, dates) = fall(report.drawdown.as_ref());
    let all = [
        figure("Largest fall", fall, Some(dates)),
        figure(
            "Volatility a year",
            or_missing(
                report
                    .volatility
                    .map(|one| view! { <span>{format::percent(hundredfold(one))}</span> }.erased()),
                FEW,
            ),
            None,
        ),
        figure("Sharpe ratio", number(report.sharpe, FEW), None),
        figure(
            "Sortino ratio",
            number(report.sortino, "No day lost anything, or there are too few."),
            None,
        ),
        figure("Beta", number(benchmark.and_then(|one| one.beta), no_benchmark), None),
        figure("Correlation", number(benchmark.and_then(|one| one.correlation), no_benchmark), None),
    ];
    view! { <dl class="figures performance-risk">{all.into_iter().collect_view()}</dl> }.erased()
}

fn fall(drawdown: Option<&Drawdown>) -> (AnyView, String) {
    let Some(fall) = drawdown else {
        return (view! { <span>"None"</span> }.erased(), String::new());
    };
    let mut dates = String::from("from ") + &format::day(fall.peak) + " to " + &format::day(fall.trough) + ", ";
    dates += &match fall.recovered {
        Some(day) => String::from("made good on ") + &format::day(day),
        None => "not made good yet".to_owned(),
    };
    (percent(hundredfold(fall.depth)), dates)
}
