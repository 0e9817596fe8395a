//! How each figure of a portfolio came about: its inputs, so that they sum to the figure as it is shown.

use crate::market::server::Market;
use crate::money::{Decimal, round_to_currency};
use crate::portfolio::book::Book;
use crate::portfolio::derivation::{Derivation, Figure, Part};
use crate::portfolio::holding::{Holding, PriceSource, RowKind};
use crate::portfolio::ratio::xirr::Mwr;
use crate::portfolio::server::owned::price::in_words;
use crate::portfolio::server::owned::{Owned, Returns};
use crate::portfolio::valuation::{Gains, Valuation};
use crate::ui::format;
use chrono::NaiveDate;

/// An amount of a row, by its label.
fn of_row(row: &Holding, amount: Decimal, inputs: String) -> Part {
    Part {
        label: row.symbol.clone(),
        amount,
        inputs,
        ..Part::default()
    }
}

/// A named amount.
fn named(label: &str, amount: Decimal) -> Part {
    Part {
        label: label.to_owned(),
        amount,
        ..Part::default()
    }
}

impl Owned {
    /// The derivation of a figure at this moment.
    pub fn explain(&self, market: &Market, day: NaiveDate, figure: Figure) -> Derivation {
        let valuation = self.valuation(market, day);
        let gains = valuation.gains;
        match figure {
            Figure::Value => self.explain_value(market, &valuation, day),
            Figure::Cost => self.explain_cost(&valuation),
            Figure::DayChange => self.explain_day(&valuation),
            Figure::Unrealised => self.explain_unrealised(&valuation),
            Figure::TotalGain => explain_gain(gains),
            Figure::Realised => self.booked(Derivation::realised, figure, gains.map(|gains| gains.realised)),
            Figure::Income => self.booked(Derivation::income, figure, gains.map(|gains| gains.income)),
            Figure::Fees => self.booked(Derivation::fees, figure, gains.map(|gains| gains.fees)),
            Figure::Contributions => self.booked(
                Derivation::contributions,
                figure,
                gains.map(|gains| gains.contributions - gains.withdrawals),
            ),
            Figure::Twr => self.explain_twr(&self.returns(market, day)),
            Figure::Mwr => explain_mwr(&self.returns(market, day)),
        }
    }

    fn explain_value(&self, market: &Market, valuation: &Valuation, day: NaiveDate) -> Derivation {
        let parts = valuation.investments.iter().map(|row| {
            let rate = (row.currency != self.base())
                .then(|| self.rate_told(market, &row.currency, day))
                .flatten();
            let units = format::quantity(row.quantity);
            let inputs = match (row.kind, row.current_price) {
                (Some(RowKind::Cash), _) => format!("{units} {}", row.currency),
                (None, Some(price)) => {
                    let label = row.price_source.filter(|one| *one == PriceSource::Simulated);
                    let label = match (label, row.source.zip(row.market_state).zip(row.quoted_at)) {
                        (Some(_), _) => " (simulated)".to_owned(),
                        (None, Some((told, of))) => format!(" ({})", in_words(Some(told), "market", of, market.now())),
                        (None, None) => String::new(),
                    };
                    format!("{units} × {} {}{label}", format::price(price, &row.currency), row.currency)
                }
                (None, None) => "no price is known".to_owned(),
            };
            of_row(row, row.value, inputs + &rate.unwrap_or_default())
        });
        Derivation {
            sum: Some(valuation.total_value),
            ..Derivation::sum_of(
                Figure::Value,
                "sum of quantity × price × rate of each position, and of the cash of each currency × rate",
                parts.collect(),
            )
        }
    }

    /// A rate as a factor, with who says it and of when it is.
    fn rate_told(&self, market: &Market, currency: &str, day: NaiveDate) -> Option<String> {
        let base = self.base();
        if let Some(live) = market.live_rates.rate(currency, base) {
            let age = format::age((market.now() - live.received_at).num_milliseconds());
            return Some(format!(" × {} {base}/{currency} of {}, {age}", live.rate, live.source));
        }
        let last = self.rates.of(currency, day)?;
        Some(format!(" × {} {base}/{currency} of {}", last.rate, format::day(last.day)))
    }

    fn explain_cost(&self, valuation: &Valuation) -> Derivation {
        let parts = valuation
            .investments
            .iter()
            .filter_map(|row| Some(of_row(row, row.cost?, String::new())));
        Derivation::sum_of(Figure::Cost, "sum of the cost of all open lots of each position", parts.collect())
    }

    fn explain_day(&self, valuation: &Valuation) -> Derivation {
        let parts = valuation
            .investments
            .iter()
            .filter_map(|row| Some(of_row(row, row.day_change?, String::new())));
        let formula = "sum of value now − value at the previous close − what was paid in since, of each row whose close is known";
        Derivation::sum_of(Figure::DayChange, formula, parts.collect())
    }

    /// What the positions do not explain is the currency gain of cash, with what rounding left.
    fn explain_unrealised(&self, valuation: &Valuation) -> Derivation {
        let total = valuation.gains.map(|gains| gains.unrealised);
        let rows = valuation.investments.iter().filter(|row| row.kind.is_none());
        let mut parts: Vec<Part> = rows
            .filter_map(|row| {
                let inputs = format!(
                    "{} − {}",
                    format::money(row.value, self.base()),
                    format::money(row.cost?, self.base())
                );
                Some(of_row(row, row.unrealised?, inputs))
            })
            .collect();
        let explained: Decimal = parts.iter().map(|part| part.amount).sum();
        let rest = total.unwrap_or(explained) - explained;
        if !rest.is_zero() {
            parts.push(named("Currency gain of cash, and rounding", rest));
        }
        let formula = "sum of value − cost of each position, and the currency gain of cash";
        Derivation::sum_of(Figure::Unrealised, formula, parts)
    }

    /// A figure that the books alone decide; as it is shown where it is.
    fn booked(&self, of: fn(&Book) -> Derivation, figure: Figure, shown: Option<Decimal>) -> Derivation {
        let mut parts = vec![];
        let mut formula = String::new();
        for (number, book) in self.books.iter().enumerate() {
            let derivation = of(book);
            formula = derivation.formula;
            let portfolio = self.portfolio_of(number);
            parts.extend(derivation.parts.into_iter().map(|part| Part {
                portfolio: Some(portfolio.to_owned()),
                ..part
            }));
        }
        parts.sort_by_key(|part| part.day);
        let sum = Derivation::sum_of(figure, &formula, parts);
        Derivation {
            sum: shown.or_else(|| sum.sum.map(|sum| round_to_currency(sum, self.base()))),
            ..sum
        }
    }

    fn explain_twr(&self, returns: &Returns) -> Derivation {
        let base = self.base();
        let mut before = Decimal::ZERO;
        let rates = returns.twr.iter().flat_map(|twr| &twr.periods);
        let mut parts = vec![];
        for (day, rate) in returns.days.iter().zip(rates) {
            let mut inputs = format!("{} → {}", format::money(before, base), format::money(day.value, base));
            if !day.flow.is_zero() {
                inputs += &format!(", flow {}", format::signed_money(day.flow, base));
            }
            if !day.in_prices.is_zero() {
                inputs += &format!(", dividends that its prices have in them {}", format::money(day.in_prices, base));
            }
            if !day.closing_outflow.is_zero() {
                inputs += &format!(", out at its end {}", format::money(day.closing_outflow, base));
            }
            before = day.value;
            parts.push(Part {
                label: "until".to_owned(),
                amount: rate.rate,
                day: Some(day.day),
                inputs,
                ..Part::default()
            });
        }
        Derivation {
            figure: Figure::Twr,
            formula: "product of 1 + r over the sub-periods, less 1; r = (value + out at its end) / (value before + flow + dividends in the prices) − 1".to_owned(),
            parts,
            sum: returns.twr.as_ref().map(|twr| twr.total),
        }
    }
}

fn explain_gain(gains: Option<Gains>) -> Derivation {
    let parts = gains.map(|gains| {
        let mut parts = vec![
            named("Realised", gains.realised),
            named("Unrealised", gains.unrealised),
            named("Income", gains.income),
            named("Fees", -gains.fees),
        ];
        if !gains.moved.is_zero() {
            parts.push(named("Moved with transfers", gains.moved));
        }
        parts
    });
    let formula = "realised + unrealised + income − fees + moved = value + cost of what has no price + withdrawals − contributions";
    Derivation::sum_of(Figure::TotalGain, formula, parts.unwrap_or_default())
}

fn explain_mwr(returns: &Returns) -> Derivation {
    let mut flows = returns.flows.clone();
    flows.sort();
    let parts = flows.iter().map(|(day, amount)| Part {
        label: if *amount < Decimal::ZERO {
            "paid in"
        } else {
            "taken out, or there at last"
        }
        .to_owned(),
        amount: *amount,
        day: Some(*day),
        ..Part::default()
    });
    Derivation {
        figure: Figure::Mwr,
        formula: "the rate r a year with: sum of flow / (1 + r)^(days / 365) = 0".to_owned(),
        parts: parts.collect(),
        sum: match &returns.mwr {
            Mwr::Rate(rate) => Some(*rate),
            Mwr::Several(_) | Mwr::None(_) => None,
        },
    }
}
