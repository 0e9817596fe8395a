//! Holdings at an instant, and their totals.

use crate::market::quote::Quote;
use crate::money::{Decimal, minor_units, number, percent_of, round, round_to_currency};
use crate::portfolio::book::Sums;
use crate::portfolio::change::Change;
use crate::portfolio::holding::Holding;
use crate::portfolio::position::Position;
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// What a portfolio is worth at an instant. The names are the wire contract's.
///
/// Invariant: `total_value` is the sum of the holdings' values, and `total_change` the sum of each value less what the
/// holding was worth at the previous close, to the last printed digit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Valuation {
    /// Which portfolio.
    pub portfolio_id: String,
    /// Its name.
    pub portfolio_name: String,
    /// ISO 4217 code that the totals are in.
    pub base_currency: String,
    /// Sum of the holdings' values.
    #[serde(with = "number")]
    pub total_value: Decimal,
    /// Day change: value now less value at the previous close, over the holdings whose close is known.
    #[serde(with = "number")]
    pub total_change: Decimal,
    /// Day change in percent of the value at the previous close; `None` where no close is known.
    #[serde(with = "number::option", default)]
    pub total_change_percent: Option<Decimal>,
    /// What it gained, where a ledger tells it.
    #[serde(skip_deserializing, skip_serializing_if = "Option::is_none")]
    pub gains: Option<Gains>,
    /// The day change by its causes, where a ledger tells them: value now = value at the previous close + the parts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change_by: Option<Change>,
    /// The holdings, in the portfolio's own order.
    pub investments: Vec<Holding>,
}

/// What a ledger and its prices gained, in the base currency, rounded to its smallest unit.
///
/// Invariant, as shown: `total` = realised + unrealised + income - fees + moved = value + unvalued + withdrawals - contributions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Gains {
    /// All of it.
    #[serde(with = "number")]
    pub total: Decimal,
    /// Of what was sold.
    #[serde(with = "number")]
    pub realised: Decimal,
    /// Of what is held, the currency gain of cash with it.
    #[serde(with = "number")]
    pub unrealised: Decimal,
    /// Dividends and interest.
    #[serde(with = "number")]
    pub income: Decimal,
    /// Fees and taxes that are in no lot's cost.
    #[serde(with = "number")]
    pub fees: Decimal,
    /// Gain that left with transfers, less gain that came with them.
    #[serde(with = "number")]
    pub moved: Decimal,
    /// What came in from outside.
    #[serde(with = "number")]
    pub contributions: Decimal,
    /// What went out.
    #[serde(with = "number")]
    pub withdrawals: Decimal,
    /// Cost of what has no price or no rate.
    #[serde(with = "number")]
    pub unvalued: Decimal,
}

impl Gains {
    /// Those of books that sum to `sums` in one base currency, of which `unvalued` is the cost of what has no value, and whose value is
    /// shown as `total_value`. What rounding leaves is in the unrealised gain.
    pub fn of(sums: &Sums, unvalued: Decimal, base: &str, total_value: Decimal) -> Self {
        let places = minor_units(base);
        let round = |figure| round(figure, places);
        let [realised, income, fees, moved] = [sums.realised, sums.income, sums.fees, sums.moved].map(round);
        let [contributions, withdrawals, unvalued] = [sums.contributions, sums.withdrawals, unvalued].map(round);
        let total = total_value + unvalued + withdrawals - contributions;
        Self {
            total,
            realised,
            unrealised: total - realised - income + fees - moved,
            income,
            fees,
            moved,
            contributions,
            withdrawals,
            unvalued,
        }
    }
}

impl Valuation {
    /// Values positions at the quotes that `quote_of` knows.
    pub fn new<'q>(
        id: &str,
        name: &str,
        base_currency: &str,
        positions: &[Position],
        quote_of: impl Fn(&str) -> Option<&'q Quote>,
    ) -> Self {
        let investments: Vec<Holding> = positions
            .iter()
            .map(|position| Holding::new(position, quote_of(&position.instrument.symbol)))
            .collect();
        let mut total_value = round_to_currency(Decimal::ZERO, base_currency);
        let mut total_change = total_value;
        let mut total_previous = total_value;
        for holding in &investments {
            total_value = total_value.saturating_add(holding.value);
            if let Some(previous) = holding.previous_value() {
                total_change = total_change.saturating_add(holding.value.saturating_sub(previous));
                total_previous = total_previous.saturating_add(previous);
            }
        }
        Self {
            portfolio_id: id.to_owned(),
            portfolio_name: name.to_owned(),
            base_currency: base_currency.to_owned(),
            total_value,
            total_change,
            total_change_percent: percent_of(total_change, total_previous),
            gains: None,
            change_by: None,
            investments,
        }
    }

    /// When the newest of the prices was made.
    pub fn newest_quote(&self) -> Option<DateTime<Utc>> {
        self.investments.iter().filter_map(|holding| holding.quoted_at).max()
    }
}

/// A portfolio's value at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Point {
    /// The moment.
    #[serde(with = "crate::time::millis")]
    pub time: DateTime<Utc>,
    /// Total value in the base currency.
    #[serde(with = "number")]
    pub value: Decimal,
}

/// What a holding's row shows beside its figures, and no tick changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldingDetail {
    /// Label of the instrument.
    pub symbol: String,
    /// Sector of its issuer.
    pub sector: String,
    /// The last daily closes, oldest first, in the instrument's currency.
    #[serde(with = "number::list")]
    pub closes: Vec<Decimal>,
}

/// A valuation with what a chart and a table need at first.
///
/// On the wire the parts lie in one object: the valuation's fields, `valued_at`, `history`, `details`, `real_until`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Snapshot {
    /// The figures of now.
    #[serde(flatten)]
    pub valuation: Valuation,
    /// The moment of the valuation.
    #[serde(with = "crate::time::millis")]
    pub valued_at: DateTime<Utc>,
    /// The value at recent moments, oldest first.
    pub history: Vec<Point>,
    /// A row's sector and closes, in the order of the holdings.
    pub details: Vec<HoldingDetail>,
    /// Last day of real prices, where the market is simulated from there on.
    #[serde(with = "crate::time::maybe_day", skip_serializing_if = "Option::is_none")]
    pub real_until: Option<NaiveDate>,
}

/// The parts of a snapshot beside its valuation; flattening and raw numbers do not read back together.
#[derive(Deserialize)]
struct SnapshotParts {
    #[serde(with = "crate::time::millis")]
    valued_at: DateTime<Utc>,
    #[serde(default)]
    history: Vec<Point>,
    #[serde(default)]
    details: Vec<HoldingDetail>,
    #[serde(with = "crate::time::maybe_day", default)]
    real_until: Option<NaiveDate>,
}

impl<'de> Deserialize<'de> for Snapshot {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error as _;
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        let valuation = serde_json::from_str(raw.get()).map_err(D::Error::custom)?;
        let parts: SnapshotParts = serde_json::from_str(raw.get()).map_err(D::Error::custom)?;
        let SnapshotParts {
            valued_at,
            history,
            details,
            real_until,
        } = parts;
        Ok(Self {
            valuation,
            valued_at,
            history,
            details,
            real_until,
        })
    }
}
