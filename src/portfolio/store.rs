//! What the screen reads of a portfolio: one signal a figure group, set only where something changed.

use crate::money::Decimal;
use crate::portfolio::change::Change;
use crate::portfolio::history::History;
use crate::portfolio::holding::Holding;
use crate::portfolio::valuation::{HoldingDetail, Point, Snapshot, Valuation};
use chrono::{DateTime, NaiveDate, Utc};
use leptos::prelude::*;

/// The figures above everything else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Totals {
    /// Value in the base currency.
    pub value: Decimal,
    /// Day change in the base currency.
    pub change: Decimal,
    /// Day change in percent, where a previous close is known.
    pub percent: Option<Decimal>,
    /// The day change by its causes, where they tell more than it.
    pub causes: Option<Change>,
    /// When the newest of the prices was made.
    pub newest_quote: Option<DateTime<Utc>>,
}

impl Totals {
    fn of(valuation: &Valuation) -> Self {
        Self {
            value: valuation.total_value,
            change: valuation.total_change,
            percent: valuation.total_change_percent,
            causes: valuation.change_by.filter(Change::tells_more),
            newest_quote: valuation.newest_quote(),
        }
    }
}

/// Which way a price last went, and how often it changed: the count lets a mark start anew on two rises in a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Move {
    /// Whether the last change was a rise; `None` before the first.
    pub up: Option<bool>,
    /// Changes since the row was made.
    pub count: u32,
}

/// One row of the table. Its identity is the symbol; the figures change under it.
#[derive(Clone, Debug)]
pub struct Row {
    /// What no tick changes.
    pub detail: HoldingDetail,
    /// The figures.
    pub holding: ArcRwSignal<Holding>,
    /// The last change of price.
    pub moved: ArcRwSignal<Move>,
}

impl Row {
    fn new(holding: &Holding, detail: HoldingDetail) -> Self {
        Self {
            detail,
            holding: ArcRwSignal::new(holding.clone()),
            moved: ArcRwSignal::new(Move::default()),
        }
    }

    fn apply(&self, new: &Holding) {
        let old = self.holding.get_untracked();
        if old == *new {
            return;
        }
        if let (Some(before), Some(after)) = (old.current_price, new.current_price)
            && before != after
        {
            self.moved.update(|moved| {
                *moved = Move {
                    up: Some(after > before),
                    count: moved.count.wrapping_add(1),
                }
            });
        }
        self.holding.set(new.clone());
    }
}

/// The state that the portfolio's views read.
#[derive(Clone, Copy, Debug)]
pub struct PortfolioStore {
    /// Its id on the wire.
    pub id: StoredValue<String>,
    /// Name of the portfolio.
    pub name: RwSignal<String>,
    /// ISO 4217 code of the totals.
    pub currency: RwSignal<String>,
    /// The totals.
    pub totals: RwSignal<Totals>,
    /// The rows, in the portfolio's order; set anew only when holdings come or go.
    pub rows: RwSignal<Vec<Row>>,
    /// The moment of the last valuation.
    pub valued_at: RwSignal<DateTime<Utc>>,
    /// The value over time. Changes whole when a snapshot comes; what an update adds is told by `newest`.
    pub history: RwSignal<History>,
    /// The newest point of the history.
    pub newest: RwSignal<Option<Point>>,
    /// Last day of real prices.
    pub real_until: RwSignal<Option<NaiveDate>>,
}

impl PortfolioStore {
    /// A store that shows a snapshot.
    pub fn new(snapshot: &Snapshot) -> Self {
        let valuation = &snapshot.valuation;
        let store = Self {
            id: StoredValue::new(valuation.portfolio_id.clone()),
            name: RwSignal::new(valuation.portfolio_name.clone()),
            currency: RwSignal::new(valuation.base_currency.clone()),
            totals: RwSignal::new(Totals::of(valuation)),
            rows: RwSignal::new(vec![]),
            valued_at: RwSignal::new(snapshot.valued_at),
            history: RwSignal::new(History::new(snapshot.history.clone())),
            newest: RwSignal::new(snapshot.history.last().copied()),
            real_until: RwSignal::new(snapshot.real_until),
        };
        store.rebuild(valuation, &snapshot.details);
        store
    }

    /// Takes a snapshot: after a reconnect it carries what was missed.
    ///
    /// A snapshot may be older than the last update, since a server makes one for many; the figures then stay.
    pub fn replace(&self, snapshot: &Snapshot) {
        self.rebuild_if_needed(&snapshot.valuation, &snapshot.details);
        if snapshot.valued_at >= self.valued_at.get_untracked() {
            self.update(&snapshot.valuation, snapshot.valued_at);
        }
        set_if_changed(self.real_until, &snapshot.real_until);
        self.history.update(|history| history.fill(snapshot.history.clone()));
        self.newest
            .set(self.history.with_untracked(|history| history.points().last().copied()));
    }

    /// Takes an update valued at `time`.
    pub fn apply(&self, valuation: &Valuation, time: DateTime<Utc>) {
        self.update(valuation, time);
        let point = Point {
            time,
            value: valuation.total_value,
        };
        // Readers of the whole history are told only of snapshots: an update costs them one point.
        self.history.write_untracked().push(point);
        self.newest.set(Some(point));
    }

    fn update(&self, valuation: &Valuation, time: DateTime<Utc>) {
        set_if_changed(self.name, &valuation.portfolio_name);
        set_if_changed(self.currency, &valuation.base_currency);
        set_if_changed(self.totals, &Totals::of(valuation));
        self.valued_at.set(time);
        self.rebuild_if_needed(valuation, &[]);
        self.rows.with_untracked(|rows| {
            for (row, holding) in rows.iter().zip(&valuation.investments) {
                row.apply(holding);
            }
        });
    }

    fn rebuild_if_needed(&self, valuation: &Valuation, details: &[HoldingDetail]) {
        let same = self.rows.with_untracked(|rows| {
            rows.len() == valuation.investments.len()
                && rows
                    .iter()
                    .zip(&valuation.investments)
                    .all(|(row, holding)| row.detail.symbol == holding.symbol)
        });
        if !same {
            self.rebuild(valuation, details);
        }
    }

    fn rebuild(&self, valuation: &Valuation, details: &[HoldingDetail]) {
        let known = self.rows.get_untracked();
        let rows = valuation.investments.iter().map(|holding| {
            let symbol = &holding.symbol;
            let detail = details.iter().find(|detail| detail.symbol == *symbol);
            let detail = detail
                .or_else(|| known.iter().map(|row| &row.detail).find(|detail| detail.symbol == *symbol))
                .cloned();
            let detail = detail.unwrap_or_else(|| HoldingDetail {
                symbol: symbol.clone(),
                sector: String::new(),
                closes: vec![],
            });
            Row::new(holding, detail)
        });
        self.rows.set(rows.collect());
    }
}

fn set_if_changed<T: Clone + PartialEq + Send + Sync + 'static>(signal: RwSignal<T>, new: &T) {
    if signal.with_untracked(|old| old != new) {
        signal.set(new.clone());
    }
}
