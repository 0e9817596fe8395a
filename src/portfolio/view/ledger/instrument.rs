//! An instrument: what it is, and the prices that its owner knows.

use crate::portfolio::described::{InstrumentKind, KnownPrice};
use crate::portfolio::typed::things::{KINDS, kind_words};
use crate::portfolio::typed::{Errors, Typed};
use crate::portfolio::view::figures::instrument::instrument_at;
use crate::portfolio::view::ledger::now::{self, PriceNow};
use crate::portfolio::view::ledger::parts::{self, CURRENCY_LIST, FIGURE, Form, Line, TEXT};
use crate::portfolio::view::ledger::search::encoded;
use crate::ui::erase::Erase as _;
use crate::ui::form::{Banner, Check, Tone};
use crate::ui::format;
use chrono::NaiveDate;
use leptos::prelude::*;

/// The fields as they stand on the page.
const ORDER: [&str; 10] = [
    "symbol",
    "name",
    "kind",
    "currency",
    "isin",
    "alias",
    "sector",
    "country",
    "simulated",
    "note",
];
/// The fields of a price.
const PRICE_ORDER: [&str; 3] = ["price", "day", "price_currency"];
/// Id of the list of sectors.
const SECTOR_LIST: &str = "sectors";
/// Sectors that are suggested; any other is as good.
const SECTORS: [&str; 11] = [
    "Communication Services",
    "Consumer",
    "Consumer Staples",
    "Energy",
    "Financials",
    "Health Care",
    "Industrials",
    "Materials",
    "Real Estate",
    "Technology",
    "Utilities",
];
/// Prices that the page shows.
pub const SHOWN: usize = 200;

/// What becomes of a price that its owner lets move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moves {
    /// The market is simulated and does not list it: the price moves.
    Offered,
    /// The market lists it, and its price counts.
    Listed,
    /// The market is not simulated: the price stays, whatever its owner chose.
    Nowhere,
}

/// What the page shows.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// Its symbol; empty for a new one.
    pub symbol: String,
    /// What stands in the form of the instrument.
    pub typed: Typed,
    /// What is wrong with it.
    pub errors: Errors,
    /// What a unit costs now, where that is known.
    pub now: Option<PriceNow>,
    /// What stands in the form of a price, and what is wrong with it.
    pub price: (Typed, Errors),
    /// Its newest prices, the newest first.
    pub prices: Vec<KnownPrice>,
    /// How many prices there are.
    pub priced: usize,
    /// Activities that name it.
    pub activities: u64,
    /// Whether it is described: only then can it be deleted.
    pub described: bool,
    /// What becomes of its price, where its owner lets it move.
    pub moves: Moves,
    /// What was just done.
    pub said: Option<&'static str>,
    /// The day that it is.
    pub today: NaiveDate,
}

/// The page of one that is there, or of a new one.
pub fn instrument(sheet: Sheet) -> AnyView {
    let new = sheet.symbol.is_empty();
    let title = if new {
        "Add an instrument".to_owned()
    } else {
        sheet.symbol.clone()
    };
    let own = String::from("/instruments/") + &(if new { "new".to_owned() } else { encoded(&sheet.symbol) }) + "/";
    view! {
        <div class="page drawn-page">
            <div class="ledger-head">
                <p class="crumbs">
                    <a href="/portfolios/">"Portfolios"</a>
                    <span aria-hidden="true">"/"</span>
                    <a href="/instruments/">"Instruments"</a>
                </p>
                <h1>{title}</h1>
                {(!new).then(|| now::line(sheet.now.as_ref()))}
                {(!new).then(|| view! { <a href=instrument_at(&sheet.symbol)>"Chart, lots and activities"</a> })}
            </div>
            {sheet.said.map(|said| view! { <Banner tone=Tone::Done>{said}</Banner> })}
            <div class="two-parts">
                <section aria-labelledby="what-title">
                    <h2 id="what-title">"What it is"</h2>
                    {form(&sheet, &own, new)} {(sheet.described && sheet.activities == 0).then(|| forget(&own))}
                </section>
                {(!new).then(|| prices(&sheet, &own))}
            </div>
            {parts::currencies()} {sectors()}
        </div>
    }
    .erased()
}

fn form(sheet: &Sheet, own: &str, new: bool) -> AnyView {
    let form = Form {
        typed: &sheet.typed,
        errors: &sheet.errors,
        order: &ORDER,
    };
    let symbol = new.then(|| {
        let line = Line {
            required: true,
            hint: "The label that activities use. It cannot be changed later.",
            ..TEXT
        };
        form.line("symbol", "Symbol", line)
    });
    let kinds = KINDS.map(|(_, name, called)| (name.to_owned(), called.to_owned()));
    let choose = sheet.typed.get("choose").to_owned();
    let chosen = (!choose.is_empty()).then(|| {
        view! {
            <input type="hidden" name="choose" value=choose.clone() />
            <p class="dim">{String::from("Its price comes from ") + &choose + " as soon as it is added, here and for whoever else has it."}</p>
        }
    });
    let manual = sheet.typed.get("kind") == kind_words(InstrumentKind::Manual).0;
    let hint = if manual { "" } else { "A flat or a painting is without a market." };
    view! {
        <form class="form" method="post" action=own.to_owned()>
            {form.refused()} {chosen} {symbol} {form.line("name", "Name", TEXT)}
            <div class="field-row">
                {form.choice("kind", "Kind", kinds.into(), hint)}
                {form.line("currency", "Currency of its price", Line { list: CURRENCY_LIST, hint: "An ISO 4217 code such as EUR.", ..TEXT })}
            </div>
            <div class="field-row">
                {form.line("isin", "ISIN (optional)", TEXT)}
                {form
                    .line(
                        "alias",
                        "Market symbol (optional)",
                        Line {
                            hint: "Where the market calls it otherwise, as in BTC-USD.",
                            ..TEXT
                        },
                    )}
            </div>
            <div class="field-row">
                {form.line("sector", "Sector (optional)", Line { list: SECTOR_LIST, ..TEXT })}
                {form.line("country", "Country (optional)", Line { hint: "Two letters, as in DE. Without them the ISIN says it.", ..TEXT })}
            </div>
            {moves(sheet)} {form.words("note", "Note (optional)")}
            <div class="form-actions">
                <button type="submit" class="button primary">
                    {if new { "Add it" } else { "Save" }}
                </button>
            </div>
        </form>
    }
    .erased()
}

fn sectors() -> AnyView {
    let options = SECTORS.map(|sector| view! { <option value=sector></option> });
    view! { <datalist id=SECTOR_LIST>{options.into_iter().collect_view()}</datalist> }.erased()
}

/// The offer to let its price move; where that has no effect, the page says so.
fn moves(sheet: &Sheet) -> Option<AnyView> {
    let ticked = sheet.typed.ticked("simulated");
    let hint = match sheet.moves {
        Moves::Offered => {
            "Only because this market is simulated: from its last known price it goes up and down as a share would, and its rows \
             say that it is simulated. A price that you set is the new start. Past days keep the prices that are known."
        }
        Moves::Listed if !ticked => return None,
        Moves::Listed => "It has no effect now: the market has a price of it, and that one counts.",
        Moves::Nowhere if !ticked => return None,
        Moves::Nowhere => {
            let said = "You let its price move where the market is simulated. The market of this server is not, so its last known \
                        price stays as it is.";
            return Some(view! { <p class="dim">{said}</p> }.erased());
        }
    };
    Some(view! { <Check label="Let it move" name="simulated" checked=ticked hint=hint /> }.erased())
}

fn forget(own: &str) -> AnyView {
    view! {
        <form class="form-actions forget" method="post" action=own.to_owned() + "delete/">
            <button type="submit" class="button danger">
                "Delete it"
            </button>
            <span class="dim">"With its prices, for good. No activity names it."</span>
        </form>
    }
    .erased()
}

fn prices(sheet: &Sheet, own: &str) -> AnyView {
    let (typed, errors) = &sheet.price;
    let form = Form {
        typed,
        errors,
        order: &PRICE_ORDER,
    };
    let rows = sheet.prices.iter().map(|one| price_row(one, own));
    let table = if sheet.prices.is_empty() {
        view! { <p class="dim">"You set no price yet."</p> }.erased()
    } else {
        view! {
            <table class="records prices">
                <caption class="sr-only">"Your prices, the newest first"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Day"</th>
                        <th scope="col" class="num">
                            "Price"
                        </th>
                        <th scope="col">"Currency"</th>
                        <th scope="col">
                            <span class="sr-only">"Delete"</span>
                        </th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        }
        .erased()
    };
    let more = sheet.priced.saturating_sub(sheet.prices.len());
    let more = (more > 0).then(|| view! { <p class="dim">{format!("and {} older ones", format::count(more as u64))}</p> });
    view! {
        <section aria-labelledby="prices-title">
            <h2 id="prices-title">"Your prices"</h2>
            <p class="dim">
                "What has no market is worth its latest price here, until you set a newer one; the pages say how old it is. Where the market has a price, the market's counts."
            </p>
            <form class="form price-form" method="post" action=own.to_owned() + "prices/">
                {form.refused()}
                <div class="field-row">
                    {form.line("price", "Price of a unit", Line { required: true, ..FIGURE })}
                    {form.line("day", "Day", Line { kind: "date", required: true, ..TEXT })}
                    {form.line("price_currency", "Currency", Line { list: CURRENCY_LIST, ..TEXT })}
                </div>
                <div class="form-actions">
                    <button type="submit" class="button">
                        "Set the price"
                    </button>
                </div>
            </form>
            {table} {more}
        </section>
    }
    .erased()
}

fn price_row(one: &KnownPrice, own: &str) -> AnyView {
    let currency = one.currency.clone().unwrap_or_default();
    let day = format::day(one.day);
    let label = String::from("Delete the price of ") + &day;
    view! {
        <tr>
            <th scope="row">{day}</th>
            <td class="num">{format::price(one.price, &currency)}</td>
            <td>{currency}</td>
            <td class="num">
                <form method="post" action=own.to_owned() + "prices/delete/">
                    <input type="hidden" name="day" value=one.day.to_string() />
                    <button type="submit" class="button small" aria-label=label>
                        "Delete"
                    </button>
                </form>
            </td>
        </tr>
    }
    .erased()
}
