//! An instrument: its price over time, and what its owner holds of it.

use crate::market::span::{Asked, Span};
use crate::money::Decimal;
use crate::portfolio::activity::ActivityKind;
use crate::portfolio::typed::{Errors, Typed};
use crate::portfolio::view::figures::lots::{Open, Sums, open_table};
use crate::portfolio::view::figures::parts::{activity_at, amount, change, or_missing, own, percent, table, units};
use crate::portfolio::view::ledger::search::{encoded, query};
use crate::portfolio::view::ledger::words;
use crate::portfolio::view::tabs::ALL;
use crate::ui::chart::frame::{Frame, frame};
use crate::ui::chart::indicator::Study;
use crate::ui::chart::plot::look::{Kind, Look};
use crate::ui::chart::plot::reading::Row;
use crate::ui::chart::plot::scale::Spread;
use crate::ui::erase::Erase as _;
use crate::ui::form::{Banner, Tone};
use crate::ui::format;
use chrono::{DateTime, NaiveDate, Utc};
use leptos::prelude::*;

/// The id of the form that says what is drawn.
pub const FORM_ID: &str = "chart-form";

/// What is held of it in a portfolio.
#[derive(Clone, Debug)]
pub struct Held {
    /// Identity of the portfolio.
    pub portfolio: String,
    /// Its name.
    pub name: String,
    /// Units; below zero when short.
    pub quantity: Decimal,
    /// What they cost, in the base currency.
    pub cost: Decimal,
    /// What they are worth, in the base currency; `None` without a price or a rate.
    pub value: Option<Decimal>,
    /// What sales gained.
    pub realised: Decimal,
    /// What it paid.
    pub income: Decimal,
}

/// Something that was done with it.
#[derive(Clone, Debug)]
pub struct Done {
    /// Identity of the portfolio.
    pub portfolio: String,
    /// Identity of the activity.
    pub activity: String,
    /// Its day.
    pub day: NaiveDate,
    /// What it was.
    pub kind: ActivityKind,
    /// Units; zero for what moves money alone.
    pub quantity: Decimal,
    /// The price of a unit or the money that moved, with its currency.
    pub price: Option<String>,
}

/// What an owner has to do with it.
#[derive(Clone, Debug)]
pub struct Mine {
    /// ISO 4217 code of the amounts.
    pub base: String,
    /// What is held, a line a portfolio.
    pub held: Vec<Held>,
    /// The open lots, and their sums.
    pub lots: (Vec<Open>, Sums),
    /// What was done, the latest first, as many as are shown; and how many there are.
    pub done: (Vec<Done>, usize),
}

/// What the page shows.
#[derive(Clone, Debug)]
pub struct InstrumentPage {
    /// Its symbol.
    pub symbol: String,
    /// Its name.
    pub name: String,
    /// ISO 4217 code of its price.
    pub currency: String,
    /// Its price now, and since the previous close in money and in percent.
    pub price: Option<(Decimal, Option<Decimal>, Option<Decimal>)>,
    /// Who says the price, how old it is, whether its market trades.
    pub source: String,
    /// What was asked for.
    pub asked: Asked,
    /// What is drawn.
    pub look: Look,
    /// What it is compared with.
    pub with: Vec<String>,
    /// What it may be compared with: symbol and name.
    pub others: Vec<(String, String)>,
    /// What was typed.
    pub typed: Typed,
    /// What is wrong with it.
    pub errors: Errors,
    /// The chart.
    pub frame: Frame,
    /// The latest rows of the table behind it.
    pub lines: Vec<Row>,
    /// What its owner holds; `None` for who owns nothing of it.
    pub mine: Option<Mine>,
    /// Whether who looks may describe it and enter prices.
    pub signed_in: bool,
    /// The moment of it all.
    pub now: DateTime<Utc>,
}

/// The address of an instrument's page.
pub fn instrument_at(symbol: &str) -> String {
    String::from("/market/") + &encoded(symbol) + "/"
}

/// The page.
pub fn instrument(shown: InstrumentPage) -> AnyView {
    let head = head(&shown);
    let wrong = shown.errors.all().first().map(|one| one.to_string() + ". What was usual is shown.");
    let wrong = wrong.map(|said| view! { <Banner tone=Tone::Wrong>{said}</Banner> }.erased());
    let form = form(&shown);
    let lines = lines(&shown);
    let mine = shown.mine.as_ref().map(|mine| mine_of(&shown.symbol, mine));
    let nothing = (shown.mine.is_none() && shown.signed_in).then(|| {
        let add = String::from("/portfolios/");
        view! {
            <p class="dim">"None of it is in your portfolios. " <a href=add>"Your portfolios"</a></p>
        }
        .erased()
    });
    view! {
        <div class="page drawn-page instrument-page">
            {head} {wrong} {form}
            <section aria-label="Chart">{frame(shown.frame)} {lines}</section>
            {mine}
            {nothing}
        </div>
    }
    .erased()
}

fn head(shown: &InstrumentPage) -> AnyView {
    let price = shown.price.map(|(price, changed, in_percent)| {
        let changed = changed.map(|by| {
            let class = crate::portfolio::view::figures::parts::tone(by);
            view! { <span class=class>{format::signed_price(by, &shown.currency)} " "</span> }.erased()
        });
        view! {
            <p class="instrument-price">
                <b>{format::price(price, &shown.currency)}</b>
                " "
                <span class="dim">{shown.currency.clone()}</span>
                " "
                {changed}
                {in_percent.map(percent)}
            </p>
        }
        .erased()
    });
    let describe = shown.signed_in.then(|| {
        let address = String::from("/instruments/") + &encoded(&shown.symbol) + "/";
        view! { <a href=address>"Describe it, enter prices"</a> }
    });
    view! {
        <header class="instrument-head">
            <h1>{shown.symbol.clone()} " " <small>{shown.name.clone()}</small></h1>
            {price}
            <p class="dim small-print">{shown.source.clone()} ". " {describe}</p>
        </header>
    }
    .erased()
}

/// What is drawn, to be chosen. It works without JavaScript by its button.
fn form(shown: &InstrumentPage) -> AnyView {
    let span = match shown.asked {
        Asked::Named(span) => Some(span),
        Asked::Between(..) => None,
    };
    let spans = Span::ALL.map(|one| {
        let (label, short, long) = one.names();
        view! {
            <label title=long>
                <input type="radio" name="range" value=label checked={span == Some(one)} />
                <span>{short}</span>
            </label>
        }
    });
    let kinds = Kind::ALL.map(|kind| (kind.label(), capital(kind.label()), kind == shown.look.kind));
    let spreads = Spread::ALL.map(|one| {
        let name = match one {
            Spread::Linear => "Linear",
            Spread::Logarithmic => "Logarithmic",
            Spread::Percent => "Percent",
        };
        (one.label(), name.to_owned(), one == shown.look.spread)
    });
    // What was chosen by another program stays, though it is not among the usual ones.
    let mut studies: Vec<Study> = Study::ALL.to_vec();
    studies.extend(shown.look.studies.iter().filter(|one| !Study::ALL.contains(one)));
    let studies = studies
        .into_iter()
        .map(|one| tick("study", one.label(), one.name(), shown.look.studies.contains(&one)));
    let with = shown.with.iter().map(|one| tick("with", one.clone(), one.clone(), true));
    let mut others = vec![(String::new(), "Nothing more".to_owned())];
    let free = shown
        .others
        .iter()
        .filter(|(symbol, _)| *symbol != shown.symbol && !shown.with.contains(symbol));
    others.extend(free.map(|(symbol, name)| (symbol.clone(), format!("{symbol} {name}"))));
    let others = others
        .into_iter()
        .map(|(value, text)| view! { <option value=value>{text}</option> });
    let [from, to] = ["from", "to"].map(|name| {
        if span.is_none() {
            shown.typed.get(name).to_owned()
        } else {
            String::new()
        }
    });
    // What is not as usual is to be seen.
    let open = span.is_none() || shown.look != Look::default() || !shown.with.is_empty();
    view! {
        <form id=FORM_ID class="chart-form" method="get" action=instrument_at(&shown.symbol)>
            <input type="hidden" name="chosen" value="1" />
            <fieldset class="chart-spans">
                <legend class="sr-only">"Stretch of time"</legend>
                {spans.into_iter().collect_view()}
                <button type="submit" class="button small">
                    "Show"
                </button>
            </fieldset>
            <details class="figures-more" open=open>
                <summary>"How it is drawn"</summary>
                <div class="chart-choices">
                    {select("kind", "Drawn as", kinds)} {select("scale", "Scale", spreads)}
                    <label>"Compare with " <select name="with">{others.collect_view()}</select></label>
                    {with.collect_view()}
                    {tick("volume", "on".to_owned(), "Volume".to_owned(), shown.look.volume)}
                </div>
                <fieldset class="chart-choices">
                    <legend class="sr-only">"Studies"</legend>
                    {studies.collect_view()}
                </fieldset>
                <div class="chart-choices">
                    <label>"From " <input type="date" name="from" value=from /></label>
                    <label>"to " <input type="date" name="to" value=to /></label>
                </div>
            </details>
        </form>
    }
    .erased()
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().collect::<String>() + letters.as_str())
}

fn select(name: &'static str, label: &'static str, options: impl IntoIterator<Item = (&'static str, String, bool)>) -> AnyView {
    let options = options.into_iter().map(|(value, text, chosen)| {
        view! {
            <option value=value selected=chosen>
                {text}
            </option>
        }
    });
    view! { <label>{label} " " <select name=name>{options.collect_view()}</select></label> }.erased()
}

fn tick(name: &'static str, value: String, text: String, ticked: bool) -> AnyView {
    view! {
        <label class="chart-tick">
            <input type="checkbox" name=name value=value checked=ticked />
            <span>{text}</span>
        </label>
    }
    .erased()
}

/// The table behind the chart.
fn lines(shown: &InstrumentPage) -> AnyView {
    let rows = shown.lines.iter().map(|line| {
        let figures = line.figures.iter().map(|text| view! { <td class="num">{text.clone()}</td> });
        view! {
            <tr>
                <th scope="row">{line.when.clone()}</th>
                {figures.collect_view()}
            </tr>
        }
    });
    let columns = [
        ("Begins", false),
        ("Open", true),
        ("High", true),
        ("Low", true),
        ("Close", true),
        ("Volume", true),
    ];
    let title = format!("The latest {} of the chart, as a table", shown.lines.len());
    view! {
        <details class="figures-more">
            <summary>{title}</summary>
            {table("Prices", &columns, rows.collect_view().erased(), None)}
        </details>
    }
    .erased()
}

fn mine_of(symbol: &str, mine: &Mine) -> AnyView {
    let base = mine.base.as_str();
    let why = "It has no price, or no rate into the base currency.";
    let rows = mine.held.iter().map(|one| {
        let gain = one.value.map(|value| change(value - one.cost, base));
        view! {
            <tr>
                <th scope="row">
                    <a href=own(&one.portfolio)>{one.name.clone()}</a>
                </th>
                <td class="num">{units(one.quantity)}</td>
                <td class="num">{amount(one.cost, base)}</td>
                <td class="num">{or_missing(one.value.map(|value| amount(value, base)), why)}</td>
                <td class="num">{or_missing(gain, why)}</td>
                <td class="num">{change(one.realised, base)}</td>
                <td class="num">{change(one.income, base)}</td>
            </tr>
        }
    });
    let columns = [
        ("Portfolio", false),
        ("Quantity", true),
        ("Cost", true),
        ("Value", true),
        ("Unrealised", true),
        ("Realised", true),
        ("Income", true),
    ];
    let (lots, sums) = &mine.lots;
    let lots = (!lots.is_empty()).then(|| {
        view! {
            <section aria-labelledby="mine-lots">
                <h2 id="mine-lots">"Open lots"</h2>
                {open_table(ALL, base, lots, *sums)}
            </section>
        }
        .erased()
    });
    let in_words = String::from("Amounts are in ") + base + ".";
    view! {
        <section aria-labelledby="mine">
            <h2 id="mine">"What you hold"</h2>
            {table("What you hold", &columns, rows.collect_view().erased(), None)}
            <p class="dim small-print">{in_words}</p>
        </section>
        {lots}
        {done(symbol, mine)}
    }
    .erased()
}

fn done(symbol: &str, mine: &Mine) -> AnyView {
    let (latest, all) = &mine.done;
    let rows = latest.iter().map(|one| {
        let quantity = (!one.quantity.is_zero()).then(|| units(one.quantity));
        view! {
            <tr>
                <th scope="row">
                    <a href=activity_at(&one.portfolio, &one.activity)>{format::day(one.day)}</a>
                </th>
                <td>{words::kind(one.kind)}</td>
                <td class="num">{quantity}</td>
                <td class="num">
                    <span class="amount">{one.price.clone()}</span>
                </td>
            </tr>
        }
    });
    let columns = [("Day", false), ("What", false), ("Quantity", true), ("Price or amount", true)];
    let more = (*all > latest.len()).then(|| {
        let links = mine.held.iter().map(|one| {
            let address = own(&one.portfolio) + "activities/" + &query(&[("q", symbol)]);
            view! { <a href=address>{one.name.clone()}</a> " " }
        });
        let said = format!("The latest {} of {all}. All of them: ", latest.len());
        view! { <p class="small-print">{said} {links.collect_view()}</p> }.erased()
    });
    view! {
        <section aria-labelledby="mine-done">
            <h2 id="mine-done">"Activities and income"</h2>
            {table("Activities", &columns, rows.collect_view().erased(), None)}
            {more}
        </section>
    }
    .erased()
}
