//! Where the value lies, by sector: a ring for the eye, and a list that says it in figures.

use crate::money::{Decimal, percent_of, round};
use crate::portfolio::store::{PortfolioStore, Row};
use crate::ui::chart::{DonutChart, Drawing, Slice, mount_donut, svg};
use crate::ui::erase::Erase as _;
use crate::ui::format::money;
use crate::ui::preferences::Preferences;
use crate::ui::sorted::sort;
use leptos::prelude::*;

/// Colours of the palette.
const COLOURS: usize = 6;

/// What a sector is worth.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Sector {
    name: String,
    value: Decimal,
    /// Share of the whole, to a tenth of a point.
    percent: Decimal,
}

/// The value by sector.
#[component]
pub fn Allocation(
    /// Whose value.
    store: PortfolioStore,
) -> impl IntoView {
    let preferences = Preferences::of_page();
    // The order is that of the first look: sectors that overtake one another do not move.
    let names = Memo::new(move |_| store.rows.with(|rows| names(rows)));
    let sectors = Memo::new(move |_| {
        // One update is one change, however many of its holdings moved.
        store.valued_at.track();
        names.with(|names| store.rows.with(|rows| sectors(names, rows)))
    });
    let slices = Memo::new(move |before: Option<&Vec<Slice>>| {
        let now: Vec<Slice> = sectors.with(|sectors| sectors.iter().map(slice).collect());
        match before {
            Some(before) if look_alike(before, &now) => before.clone(),
            _ => now,
        }
    });
    let chart = DonutChart {
        host: NodeRef::new(),
        option: "/api/charts?kind=allocation",
        slices: slices.into(),
        drawing: RwSignal::new(Drawing::Server),
    };
    mount_donut(chart);

    let of = move |index: usize, read: fn(&Sector) -> Decimal| sectors.with(|sectors| sectors.get(index).map(read).unwrap_or_default());
    let row = move |(index, name): (usize, String)| {
        let percent = Memo::new(move |_| of(index, |sector| sector.percent));
        let value = Memo::new(move |_| of(index, |sector| sector.value));
        view! {
            <li>
                <svg class="chart-swatch" viewBox="0 0 1 1" aria-hidden="true">
                    <rect width="1" height="1" class=colour(index) />
                </svg>
                <span class="allocation-name">{name}</span>
                <span class="allocation-percent">{move || percent.get().to_string() + "%"}</span>
                <span class="allocation-value">
                    {move || store.currency.with(|currency| preferences.veil(|| money(value.get(), currency)))}
                </span>
            </li>
        }
    };
    let ring = move || match chart.drawing.get() {
        Drawing::Chart => String::new(),
        _ => slices.with(|slices| svg::ring(slices, colour)),
    };
    view! {
        <div class="allocation">
            <div class="allocation-ring" aria-hidden="true">
                <div inner_html=ring></div>
                <div class="chart-canvas" node_ref=chart.host></div>
            </div>
            <ul class="allocation-list">
                {move || names.get().into_iter().enumerate().map(row).collect::<Vec<_>>()}
            </ul>
        </div>
    }
    .erased()
}

fn colour(index: usize) -> &'static str {
    ["chart-1", "chart-2", "chart-3", "chart-4", "chart-5", "chart-6"][index % COLOURS]
}

/// The sectors, the largest first.
fn names(rows: &[Row]) -> Vec<String> {
    let mut found: Vec<(String, Decimal)> = vec![];
    for row in rows {
        let value = row.holding.with_untracked(|holding| holding.value);
        match found.iter_mut().find(|(name, _)| *name == row.detail.sector) {
            Some((_, sum)) => *sum = sum.saturating_add(value),
            None => found.push((row.detail.sector.clone(), value)),
        }
    }
    sort(&mut found, |one, other| other.1.cmp(&one.1));
    found.into_iter().map(|(name, _)| name).collect()
}

fn sectors(names: &[String], rows: &[Row]) -> Vec<Sector> {
    let sums = names.iter().map(|name| {
        let rows = rows.iter().filter(|row| row.detail.sector == *name);
        rows.fold(Decimal::ZERO, |sum, row| {
            sum.saturating_add(row.holding.with_untracked(|holding| holding.value))
        })
    });
    let sums: Vec<Decimal> = sums.collect();
    let whole = sums.iter().fold(Decimal::ZERO, |whole, sum| whole.saturating_add(*sum));
    let sectors = names.iter().zip(sums).map(|(name, value)| Sector {
        name: if name.is_empty() { "Other".into() } else { name.clone() },
        value,
        percent: round(percent_of(value, whole).unwrap_or_default(), 1),
    });
    sectors.collect()
}

fn slice(sector: &Sector) -> Slice {
    Slice {
        name: sector.name.clone(),
        percent: sector.percent,
    }
}

/// Whether no eye can tell two rings apart: the same parts, and none moved by a tenth of a point or more.
fn look_alike(before: &[Slice], now: &[Slice]) -> bool {
    let tenth = Decimal::new(1, 1);
    let close = |(a, b): (&Slice, &Slice)| a.name == b.name && (a.percent.saturating_sub(b.percent)).abs() < tenth;
    before.len() == now.len() && before.iter().zip(now).all(close)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ring_changes_by_tenths() {
        let ring = |percents: [i64; 2]| {
            percents.map(|hundredths| Slice {
                name: "x".into(),
                percent: Decimal::new(hundredths, 2),
            })
        };
        assert!(look_alike(&ring([5_000, 5_000]), &ring([5_009, 4_991])));
        assert!(!look_alike(&ring([5_000, 5_000]), &ring([5_010, 4_990])));
        assert!(!look_alike(&ring([5_000, 5_000]), &ring([5_000, 5_000])[..1]));
    }
}
