//! The holdings. A row is made once; an update changes only the cells whose figures changed.

use crate::money::percent_of;
use crate::portfolio::holding::Holding;
use crate::portfolio::store::{Move, PortfolioStore, Row};
use crate::portfolio::view::order::{Column, Order};
use crate::portfolio::view::sparkline::Sparkline;
use crate::portfolio::view::totals::way;
use crate::ui::erase::Erase as _;
use crate::ui::format::{self, MISSING};
use crate::ui::preferences::Preferences;
use crate::ui::seen::watch;
use crate::ui::sorted::sort;
use leptos::prelude::*;

/// Rows that are all kept up to date. Of more than these, those that can be seen.
const FEW: usize = 100;

/// Title, column and class of each header. On a phone only those without `wide` remain.
const HEADERS: [(&str, Column, &str); 8] = [
    ("Symbol", Column::Symbol, "col-symbol"),
    ("Name", Column::Name, "col-name wide"),
    ("Price", Column::Price, "num col-price wide"),
    ("Change", Column::Change, "num col-change wide"),
    ("Change %", Column::Percent, "num col-percent"),
    ("Quantity", Column::Quantity, "num col-quantity wide"),
    ("Value", Column::Value, "num col-value"),
    ("Weight", Column::Weight, "num col-weight wide"),
];

/// The table of holdings, sortable by each column.
///
/// The roles are spelled out because on a phone the rows are laid out as a list, and a browser may then forget them.
#[component]
pub fn HoldingsTable(
    /// What is shown.
    store: PortfolioStore,
) -> impl IntoView {
    let order = RwSignal::new(Order::default());
    // Rows hold still under the pointer: nobody should click what has just moved there.
    let held = RwSignal::new(false);
    let headers = HEADERS.map(|(title, column, class)| {
        view! {
            <th scope="col" role="columnheader" class=class aria-sort=move || order.get().of(column)>
                <button type="button" class="sort-button" on:click=move |_| order.update(|order| *order = order.pressed(column))>
                    {title}
                </button>
            </th>
        }
    });
    view! {
        <table class="holdings" role="table">
            <caption class="sr-only">"Holdings at their latest prices"</caption>
            <thead role="rowgroup">
                <tr role="row">
                    {headers.into_iter().collect_view()} <th scope="col" role="columnheader" class="col-trend wide">
                        "Last closes"
                    </th>
                </tr>
            </thead>
            <tbody
                role="rowgroup"
                on:mouseenter=move |_| held.set(true)
                on:mouseleave=move |_| held.set(false)
            >
                {move || rows(store, order, held)}
            </tbody>
        </table>
    }
}

/// The rows of the holdings that there are; made anew when holdings come or go.
fn rows(store: PortfolioStore, order: RwSignal<Order>, held: RwSignal<bool>) -> AnyView {
    let rows = store.rows.get();
    if rows.is_empty() {
        return view! {
            <tr role="row">
                <td role="cell" colspan="9" class="empty">
                    "This portfolio holds nothing yet. " <a href="/portfolios/">"Add what you own"</a>
                </td>
            </tr>
        }
        .erased();
    }
    // A row of a long table that nobody sees keeps what it shows until somebody does.
    let few = rows.len() <= FEW;
    let rows: Vec<_> = rows.into_iter().map(|row| (row, RwSignal::new(few))).collect();
    let rows = StoredValue::new(rows);
    if !few {
        watch(".holdings tbody", move |told| {
            let (symbol, now) = told.unzip();
            let now = now.unwrap_or(true);
            rows.with_value(|rows| {
                for (row, seen) in rows {
                    let is_meant = symbol.as_ref().is_none_or(|symbol| row.detail.symbol == *symbol);
                    if is_meant && seen.get_untracked() != now {
                        seen.set(now);
                    }
                }
            });
        });
    }
    let sorted = Memo::new(move |before: Option<&Vec<usize>>| {
        if let Some(before) = before
            && held.get()
        {
            return before.clone();
        }
        let order = order.get();
        // One update is one change, however many of its holdings moved.
        store.valued_at.track();
        rows.with_value(|rows| {
            let holdings: Vec<_> = rows.iter().map(|(row, _)| row.holding.read_untracked()).collect();
            // From the order that was: from one update to the next few change places.
            let mut indices = before.cloned().unwrap_or_else(|| (0..holdings.len()).collect());
            sort(&mut indices, |a, b| {
                order.compare(&holdings[*a], &holdings[*b]).then_with(|| a.cmp(b))
            });
            indices
        })
    });
    let row_at = move |index: usize| {
        let (row, seen) = rows.with_value(|rows| rows.get(index).cloned())?;
        Some(view! { <HoldingRow row=row store=store seen=seen /> })
    };
    view! { <For each=move || sorted.get() key=|index| *index children=row_at /> }.erased()
}

#[component]
fn HoldingRow(row: Row, store: PortfolioStore, seen: RwSignal<bool>) -> impl IntoView {
    let preferences = Preferences::of_page();
    let Row { detail, holding, moved } = row;
    let (symbol, name) = holding.with_untracked(|holding| (holding.symbol.clone(), holding.name.clone()));
    let full_name = name.clone();
    let row_class = {
        let holding = holding.clone();
        move || while_seen(seen, &|| String::from("holding ") + way(holding.read().change))
    };
    let trend = format!("{symbol}: the last {} daily closes", detail.closes.len());
    // One closure for all figures of a row: an update wakes one effect a row, which writes what differs.
    let figures = move || {
        let holding = holding.read();
        let Holding {
            current_price,
            change,
            change_percent,
            quantity,
            value,
            currency,
            note,
            ..
        } = &*holding;
        let price_class = if note.is_some() { "num col-price is-old" } else { "num col-price" };
        let no_price = note
            .clone()
            .or_else(|| current_price.is_none().then(|| "No price is known yet.".to_owned()));
        let no_close = change.is_none().then_some("No previous close is known yet.");
        let weight = percent_of(*value, store.totals.read().value).map_or_else(missing, format::percent);
        view! {
            <td role="cell" class=price_class title=no_price>
                <span class=mark(moved.get())>{current_price.map_or_else(missing, |price| format::price(price, currency))}</span>
            </td>
            <td role="cell" class="num col-change signed" title=no_close>
                {change.map_or_else(missing, |change| format::signed_price(change, currency))}
            </td>
            <td role="cell" class="num col-percent signed" title=no_close>
                {change_percent.map_or_else(missing, format::signed_percent)}
            </td>
            <td role="cell" class="num col-quantity">
                {preferences.veil(|| format::quantity(*quantity))}
            </td>
            <td role="cell" class="num col-value">
                {preferences.veil(|| store.currency.with(|base| format::money(*value, base)))}
            </td>
            <td role="cell" class="num col-weight">
                {weight}
            </td>
        }
    };
    view! {
        <tr role="row" class=row_class>
            <th scope="row" role="rowheader" class="col-symbol">
                {symbol}
            </th>
            <td role="cell" class="col-name" title=full_name>
                {name}
            </td>
            {move || while_seen(seen, &figures)}
            <td role="cell" class="col-trend">
                <Sparkline values=detail.closes label=trend />
            </td>
        </tr>
    }
}

/// What a row shows: followed while somebody sees it, else as it is now.
fn while_seen<T>(seen: RwSignal<bool>, shown: &dyn Fn() -> T) -> T {
    if seen.get() { shown() } else { untrack(shown) }
}

/// The class that tints a changed price for a moment. It alternates, so that two rises in a row are two marks.
fn mark(moved: Move) -> &'static str {
    match (moved.up, moved.count % 2) {
        (None, _) => "price",
        (Some(true), 0) => "price rose-even",
        (Some(true), _) => "price rose-odd",
        (Some(false), 0) => "price fell-even",
        (Some(false), _) => "price fell-odd",
    }
}

fn missing() -> String {
    MISSING.to_owned()
}
