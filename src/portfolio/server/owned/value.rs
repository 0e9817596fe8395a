//! What a portfolio is worth: its books at the prices and rates of a moment, as rows and totals that add up as they are shown.

use crate::market::server::Market;
use crate::money::{Decimal, percent_of, round_to_currency};
use crate::portfolio::book::Sums;
use crate::portfolio::change::Change;
use crate::portfolio::holding::{Holding, RowKind};
use crate::portfolio::mark::{MarkRate, MarkedBook, MarkedCash, MarkedPosition};
use crate::portfolio::server::owned::{Owned, Priced, Prices};
use crate::portfolio::valuation::{Gains, Valuation};
use chrono::NaiveDate;
use std::collections::HashMap;

/// A row of all books together, exact.
#[derive(Clone, Debug, Default)]
struct Sum {
    quantity: Decimal,
    cost: Decimal,
    /// `None` where a part of it has no value.
    value: Option<Decimal>,
    day: Option<(Decimal, Decimal)>,
    has_rate: bool,
}

impl Sum {
    fn add(&mut self, quantity: Decimal, cost: Decimal, value: Option<Decimal>, day: Option<(Decimal, Decimal)>) {
        self.quantity += quantity;
        self.cost += cost;
        self.value = self.value.zip(value).map(|(one, other)| one + other);
        self.day = self
            .day
            .zip(day)
            .map(|((change, before), (more, then))| (change + more, before + then));
    }

    fn new() -> Self {
        Self {
            value: Some(Decimal::ZERO),
            day: Some((Decimal::ZERO, Decimal::ZERO)),
            ..Self::default()
        }
    }
}

impl Owned {
    /// The rate of a currency at this moment, `day` being today: a live one, else the last reference rate.
    pub fn rate_now(&self, market: &Market, currency: &str, day: NaiveDate) -> Option<MarkRate> {
        let last = self.rates.mark(currency, day);
        let live = market.live_rates.rate(currency, self.base()).map(|live| live.rate);
        live.map_or(last, |now| {
            let previous = last.map_or(now, |last| last.previous);
            Some(MarkRate { now, previous })
        })
    }

    /// The books at the prices of `prices` and the rates of this moment, `day` being today.
    pub fn marked(&self, market: &Market, prices: &Prices, day: NaiveDate) -> Vec<MarkedBook> {
        let mark = |book| {
            let price = |symbol: &str| prices.get(symbol).map(|one| one.price.clone());
            MarkedBook::new(book, day, price, |currency| self.rate_now(market, currency, day))
        };
        self.books.iter().map(mark).collect()
    }

    /// What it is worth at this moment, as the wire tells it.
    pub fn valuation(&self, market: &Market, day: NaiveDate) -> Valuation {
        let prices = self.prices(market, day);
        let marked = self.marked(market, &prices, day);
        let base = self.base();
        let mut rows: Vec<Holding> = self
            .sums(&marked)
            .iter()
            .map(|(symbol, sum)| self.row(market, symbol, sum, prices.get(*symbol)))
            .collect();
        rows.extend(self.cash(marked.iter().flat_map(MarkedBook::cash)));
        let zero = round_to_currency(Decimal::ZERO, base);
        let total = |figure: fn(&Holding) -> Option<Decimal>| rows.iter().filter_map(figure).fold(zero, Decimal::saturating_add);
        let total_value = total(|row| Some(row.value));
        let total_change = total(|row| row.day_change);
        // What was there at the close; what came in or went out since is no change of it.
        let previous: Decimal = marked.iter().map(|book| book.totals().previous_value).sum();
        let mut sums = Sums::default();
        marked.iter().for_each(|book| sums.add(book.sums()));
        let unvalued = marked.iter().map(|book| book.totals().unvalued).sum();
        let causes = marked.iter().map(MarkedBook::causes).fold(Change::default(), Change::and);
        Valuation {
            portfolio_id: self.id.clone(),
            portfolio_name: self.settings.name.clone(),
            base_currency: base.to_owned(),
            total_value,
            total_change,
            total_change_percent: percent_of(total_change, round_to_currency(previous, base)),
            gains: Some(Gains::of(&sums, unvalued, base, total_value)),
            change_by: Some(causes.rounded(base, total_change)),
            investments: rows,
        }
    }

    /// The positions by symbol, in the order of the books.
    fn sums<'m>(&self, marked: &'m [MarkedBook]) -> Vec<(&'m str, Sum)> {
        let mut at: HashMap<&str, usize> = HashMap::new();
        let mut rows: Vec<(&str, Sum)> = Vec::with_capacity(marked.iter().map(|book| book.positions().len()).sum());
        for position in marked.iter().flat_map(MarkedBook::positions) {
            let MarkedPosition {
                symbol, held, value, rate, ..
            } = position;
            let known = *at.entry(symbol).or_insert(rows.len());
            if known == rows.len() {
                rows.push((symbol, Sum::new()));
            }
            if let Some((_, sum)) = rows.get_mut(known) {
                sum.add(held.quantity, held.cost, *value, position.day_change.zip(position.previous_value));
                sum.has_rate = rate.is_some();
            }
        }
        rows
    }

    fn row(&self, market: &Market, symbol: &str, sum: &Sum, priced: Option<&Priced>) -> Holding {
        let base = self.base();
        let listed = self.listed(market, symbol);
        let price = priced.map(|one| &one.price);
        let currency = price.map_or(base, |price| &price.currency);
        let change = price.and_then(|price| price.price.checked_sub(price.previous_close?));
        let previous = price.and_then(|price| price.previous_close);
        let value = sum.value.map(|value| round_to_currency(value, base));
        let cost = round_to_currency(sum.cost, base);
        let note = match (priced, value) {
            (None, None) => Some(Self::WITHOUT_PRICE.to_owned()),
            (Some(_), None) if !sum.has_rate => Some(Self::without_rate(currency, base)),
            (Some(priced), _) => priced.of.note(),
            (None, Some(_)) => None,
        };
        let own = self.name_of(symbol);
        let name = listed.filter(|_| own == symbol).map_or(own, |listed| &listed.name).to_owned();
        let told = priced.and_then(|one| one.told);
        let local = price.filter(|price| price.currency != base);
        Holding {
            symbol: symbol.to_owned(),
            name,
            current_price: price.map(|price| price.price),
            change,
            change_percent: change.zip(previous).and_then(|(change, previous)| percent_of(change, previous)),
            quantity: sum.quantity,
            value: value.unwrap_or_else(|| round_to_currency(Decimal::ZERO, base)),
            currency: currency.to_owned(),
            quoted_at: priced.map(|one| one.of.moment()),
            kind: None,
            local_value: local.and_then(|price| Some(round_to_currency(price.price.checked_mul(sum.quantity)?, &price.currency))),
            cost: Some(cost),
            unrealised: value.map(|value| value - cost),
            day_change: sum.day.map(|(change, _)| round_to_currency(change, base)),
            price_source: priced.and_then(|one| one.of.on_wire()),
            source: told.map(|told| told.source),
            received_at: told.map(|told| told.received_at),
            market_state: told.map(|told| told.market_state),
            note,
        }
    }

    /// What is told of a row without a price.
    pub(super) const WITHOUT_PRICE: &str = "No price is known: no market lists it, and none was entered.";

    /// What is told of a row whose currency has no rate.
    pub(super) fn without_rate(currency: &str, base: &str) -> String {
        format!("There is no rate from {currency} to {base}.")
    }

    /// Cash is a row too: its currency is the label, its amount the quantity.
    pub(super) fn cash<'m>(&self, marked: impl Iterator<Item = &'m MarkedCash>) -> Vec<Holding> {
        let base = self.base();
        let mut sums: Vec<(&str, Sum)> = vec![];
        for cash in marked {
            let currency = cash.currency.as_str();
            let at = sums.iter().position(|(known, _)| *known == currency).unwrap_or_else(|| {
                sums.push((currency, Sum::new()));
                sums.len() - 1
            });
            if let Some((_, sum)) = sums.get_mut(at) {
                sum.add(cash.amount, cash.book, cash.value, cash.day_change.zip(cash.previous_value));
            }
        }
        let row = |(currency, sum): (&str, Sum)| {
            let value = sum.value.map(|value| round_to_currency(value, base));
            Holding {
                symbol: currency.to_owned(),
                name: "Cash".to_owned(),
                current_price: Some(Decimal::ONE),
                change: None,
                change_percent: None,
                quantity: sum.quantity,
                value: value.unwrap_or_else(|| round_to_currency(Decimal::ZERO, base)),
                currency: currency.to_owned(),
                quoted_at: None,
                kind: Some(RowKind::Cash),
                local_value: (currency != base).then(|| round_to_currency(sum.quantity, currency)),
                cost: None,
                unrealised: None,
                day_change: sum.day.map(|(change, _)| round_to_currency(change, base)),
                price_source: None,
                source: None,
                received_at: None,
                market_state: None,
                note: value.is_none().then(|| Self::without_rate(currency, base)),
            }
        };
        let moved = |(_, sum): &(&str, Sum)| !sum.quantity.is_zero() || sum.day.is_some_and(|(change, _)| !change.is_zero());
        sums.into_iter().filter(moved).map(row).collect()
    }
}
