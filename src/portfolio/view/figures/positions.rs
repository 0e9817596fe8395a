//! What is held, a row a position and a row a currency; and what was held once.

use crate::money::Decimal;
use crate::portfolio::derivation::Figure;
use crate::portfolio::holding::Holding;
use crate::portfolio::valuation::Valuation;
use crate::portfolio::view::figures::instrument::instrument_at;
use crate::portfolio::view::figures::parts::{amount, change, derivation_of, missing, or_missing, own, percent, table, units};
use crate::portfolio::view::ledger::search::query;
use crate::ui::erase::Erase as _;
use crate::ui::format;
use leptos::prelude::*;

/// A position, or the cash of a currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its figures.
    pub holding: Holding,
    /// Its share of the whole in percent.
    pub weight: Option<Decimal>,
    /// Unrealised gain in percent of the cost.
    pub unrealised_percent: Option<Decimal>,
    /// Realised gain in the base currency.
    pub realised: Decimal,
    /// Income in the base currency.
    pub income: Decimal,
    /// Who says the price, and how old it is.
    pub source: String,
}

/// A position that was closed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gone {
    /// Label of the instrument.
    pub symbol: String,
    /// Realised gain in the base currency.
    pub realised: Decimal,
    /// Income in the base currency.
    pub income: Decimal,
}

fn lots(id: &str, symbol: &str) -> String {
    own(id) + "lots/" + &query(&[("symbol", symbol)])
}

/// The table of what is held.
pub fn positions(id: &str, base: &str, rows: &[Row], valuation: &Valuation) -> AnyView {
    if rows.is_empty() {
        return view! { <p class="dim">"Nothing is held now."</p> }.erased();
    }
    let lines = rows.iter().map(|row| line(id, base, row)).collect_view();
    let unrealised: Decimal = rows.iter().filter_map(|row| row.holding.unrealised).sum();
    let cost: Decimal = rows.iter().filter_map(|row| row.holding.cost).sum();
    let realised: Decimal = rows.iter().map(|row| row.realised).sum();
    let income: Decimal = rows.iter().map(|row| row.income).sum();
    let foot = view! {
        <tr>
            <th scope="row" colspan="3">
                "Sum of the rows"
            </th>
            <td class="num">
                <a href=derivation_of(id, Figure::Value)>{amount(valuation.total_value, base)}</a>
            </td>
            <td></td>
            <td class="num">
                <a href=derivation_of(id, Figure::Cost)>{amount(cost, base)}</a>
            </td>
            <td class="num">{change(unrealised, base)}</td>
            <td class="num">{change(realised, base)}</td>
            <td class="num">{change(income, base)}</td>
        </tr>
    }
    .erased();
    let columns = [
        ("Position", false),
        ("Quantity", true),
        ("Price", true),
        ("Value", true),
        ("Weight", true),
        ("Cost", true),
        ("Unrealised", true),
        ("Realised", true),
        ("Income", true),
    ];
    view! {
        <section aria-labelledby="positions">
            <h2 id="positions">"Positions and cash"</h2>
            {table("Positions and cash", &columns, lines.erased(), Some(foot))}
        </section>
    }
    .erased()
}

fn line(id: &str, base: &str, row: &Row) -> AnyView {
    let Holding {
        symbol,
        name,
        current_price,
        quantity,
        value,
        currency,
        cost,
        unrealised,
        note,
        ..
    } = &row.holding;
    let is_cash = row.holding.kind.is_some();
    let why = note.clone().unwrap_or_default();
    let worth = (is_cash && (currency == base || !value.is_zero())) || unrealised.is_some();
    let title = if is_cash {
        view! { <span>{symbol.clone()}</span> }.erased()
    } else {
        view! { <a href=lots(id, symbol)>{symbol.clone()}</a> }.erased()
    };
    let price = current_price.filter(|_| !is_cash).map(|price| {
        view! {
            <a href=instrument_at(symbol) title="Its chart">
                {format::price(price, currency) + " " + currency}
            </a>
            <small title=why.clone()>{row.source.clone()}</small>
        }
        .erased()
    });
    let price = match (is_cash, price) {
        (true, _) => None,
        (false, price) => Some(or_missing(price, &why)),
    };
    let gained = unrealised.map(|gain| {
        view! {
            {change(gain, base)}
            <small>{row.unrealised_percent.map(percent)}</small>
        }
        .erased()
    });
    let own_gain = |figure: Decimal| (!is_cash).then(|| change(figure, base));
    view! {
        <tr>
            <th scope="row">
                {title}
                <small>{(name != symbol).then(|| name.clone())}</small>
            </th>
            <td class="num">{units(*quantity)}</td>
            <td class="num">{price}</td>
            <td class="num">
                {if worth {
                    view! { <a href=derivation_of(id, Figure::Value)>{amount(*value, base)}</a> }.erased()
                } else {
                    missing(why)
                }}
            </td>
            <td class="num">{or_missing(row.weight.map(|weight| format::percent(weight).into_view().erased()), "It has no value.")}</td>
            <td class="num">{cost.map(|cost| amount(cost, base))}</td>
            <td class="num">{(!is_cash).then(|| or_missing(gained, "Without a price and a rate there is no gain."))}</td>
            <td class="num">{own_gain(row.realised)}</td>
            <td class="num">{own_gain(row.income)}</td>
        </tr>
    }
    .erased()
}

/// The table of what was held once.
pub fn gone(id: &str, base: &str, all: &[Gone]) -> Option<AnyView> {
    if all.is_empty() {
        return None;
    }
    let rows = all.iter().map(|one| {
        view! {
            <tr>
                <th scope="row">
                    <a href=lots(id, &one.symbol)>{one.symbol.clone()}</a>
                </th>
                <td class="num">{change(one.realised, base)}</td>
                <td class="num">{change(one.income, base)}</td>
            </tr>
        }
    });
    let columns = [("Instrument", false), ("Realised", true), ("Income", true)];
    Some(
        view! {
            <section aria-labelledby="gone">
                <h2 id="gone">"No longer held"</h2>
                {table("No longer held", &columns, rows.collect_view().erased(), None)}
            </section>
        }
        .erased(),
    )
}
