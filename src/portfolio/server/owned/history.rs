//! The past of a portfolio: the last day at even distances, for a chart that is not empty; and its days, for its returns.

use crate::market::server::Market;
use crate::money::{Decimal, round_to_currency};
use crate::portfolio::book::Book;
use crate::portfolio::described::InstrumentKind;
use crate::portfolio::mark::{MarkedBook, Price};
use crate::portfolio::performance::{DayValue, Twr, day_values, mwr_flows, twr};
use crate::portfolio::ratio::xirr::{Mwr, xirr};
use crate::portfolio::server::owned::moving::Moving;
use crate::portfolio::server::owned::past::Past;
use crate::portfolio::server::owned::price::close_on;
use crate::portfolio::server::owned::{Owned, PriceOf};
use crate::portfolio::valuation::{HoldingDetail, Point};
use chrono::NaiveDate;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError};

/// Closes that a row's sparkline shows.
const SPARKLINE_DAYS: usize = 30;

/// How well a portfolio did since its first day.
#[derive(Clone, Debug)]
pub struct Returns {
    /// The days that were valued: the first, each with a flow and the one before it, the ends of months, and today.
    pub days: Vec<DayValue>,
    /// The time-weighted return; `None` where a value was not above zero while something was held.
    pub twr: Option<Twr>,
    /// The money-weighted return.
    pub mwr: Mwr,
    /// What it is the rate of: each flow as its owner sees it, the value at last.
    pub flows: Vec<(NaiveDate, Decimal)>,
}

/// Days that were valued.
#[derive(Clone, Debug)]
pub(super) struct Valued {
    day: NaiveDate,
    /// The last day of the market's closes then.
    closed: Option<NaiveDate>,
    days: Arc<[DayValue]>,
}

impl Owned {
    /// The value that today's positions had at each recent moment at which all their prices are known.
    pub fn recent_values(&self, market: &Market, day: NaiveDate) -> Vec<Point> {
        let prices = self.prices(market, day);
        let mut fixed = Decimal::ZERO;
        let mut quoted: Vec<(String, Decimal)> = vec![];
        let mut moving: Vec<(Moving, Decimal)> = vec![];
        for book in self.marked(market, &prices, day) {
            fixed += book.cash().iter().filter_map(|cash| cash.value).sum::<Decimal>();
            for position in book.positions() {
                let symbol = &*position.symbol;
                let units = position.rate.and_then(|rate| position.held.quantity.checked_mul(rate.now));
                match (prices.get(symbol).map(|one| one.of), units) {
                    (Some(PriceOf::Market(_)), Some(units)) => {
                        let listed = self.listed(market, symbol);
                        quoted.extend(listed.map(|listed| (listed.symbol.clone(), units)));
                    }
                    (Some(PriceOf::Simulated { .. }), Some(units)) => {
                        let last = self.without_market(symbol, day);
                        let course = last.and_then(|last| self.moving(market, symbol, &last));
                        moving.extend(course.map(|course| (course, units)));
                    }
                    _ => fixed += position.value.unwrap_or_default(),
                }
            }
        }
        market.recent.read(|samples| {
            let points = samples.iter().filter_map(|sample| {
                let mut value = fixed;
                for (symbol, units) in &quoted {
                    value = value.checked_add(sample.prices.get(symbol)?.checked_mul(*units)?)?;
                }
                for (course, units) in &mut moving {
                    value = value.checked_add(course.at(sample.time).checked_mul(*units)?)?;
                }
                let value = round_to_currency(value, self.base());
                Some(Point { time: sample.time, value })
            });
            points.collect()
        })
    }

    /// What the row of an instrument shows beside its figures.
    pub fn detail(&self, market: &Market, symbol: &str) -> HoldingDetail {
        let listed = self.listed(market, symbol);
        let closes = listed.map(|listed| market.closes.read(|closes| closes.last(&listed.symbol, SPARKLINE_DAYS).to_vec()));
        HoldingDetail {
            symbol: symbol.to_owned(),
            sector: self.sector_of(market, symbol),
            closes: closes.unwrap_or_default(),
        }
    }

    /// The sector that an instrument counts to: its owner's, the market's, or what it is where nobody names one.
    pub fn sector_of(&self, market: &Market, symbol: &str) -> String {
        let own = self.instruments.get(symbol).map(|one| one.sector.as_str());
        let listed = self.listed(market, symbol).map(|listed| listed.sector.as_str());
        let named = own.filter(|sector| !sector.is_empty()).or(listed);
        named.unwrap_or_else(|| self.sort_of(symbol)).to_owned()
    }

    /// What is told in the place of a sector, where no market lists the instrument.
    fn sort_of(&self, symbol: &str) -> &'static str {
        let is_cash = self
            .books
            .iter()
            .any(|book| book.position(symbol).is_none() && book.cash().iter().any(|cash| cash.currency == symbol));
        match self.instruments.get(symbol).map(|one| one.kind).unwrap_or_default() {
            _ if is_cash => "Cash",
            InstrumentKind::Fund => "Funds",
            InstrumentKind::Bond => "Bonds",
            InstrumentKind::Option => "Options",
            InstrumentKind::Crypto => "Coins",
            InstrumentKind::Manual => "Without a market",
            InstrumentKind::Equity | InstrumentKind::Index | InstrumentKind::Unknown => "Other",
        }
    }

    /// Time- and money-weighted return up to `day`, whose value is that of this moment.
    pub fn returns(&self, market: &Market, day: NaiveDate) -> Returns {
        let mut days = self.days_valued(market, day).to_vec();
        let mut flows = vec![];
        let mut now = Decimal::ZERO;
        for (book, marked) in self.books.iter().zip(self.marked_now(market, day)) {
            let value = marked.totals().value + marked.totals().unvalued;
            flows.extend(mwr_flows(book, day, value));
            now += value;
        }
        if let Some(today) = days.last_mut() {
            today.value = now;
        }
        Returns {
            twr: twr(&days),
            mwr: xirr(&flows),
            flows,
            days,
        }
    }

    /// The days up to `day`, the last one without its value. They are valued once for a ledger and a history of closes: what has
    /// passed stays as it was.
    fn days_valued(&self, market: &Market, day: NaiveDate) -> Arc<[DayValue]> {
        let closed = market.closes.read(|closes| closes.days.last().copied());
        let mut kept = self.valued.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kept) = &*kept
            && (kept.day, kept.closed) == (day, closed)
        {
            return kept.days.clone();
        }
        let mut all: BTreeMap<NaiveDate, DayValue> = BTreeMap::new();
        let days = self.days_to_value(day);
        let past = Past::of(self, market, days.iter().copied().collect());
        for book in &self.books {
            let price = past.of_book(book);
            let adjusted = |symbol: &str, on: NaiveDate| self.adjusted_on(market, symbol, on);
            for one in day_values(book.terms(), book, days.iter().copied(), &self.rates, price, adjusted) {
                let sum = all.entry(one.day).or_insert(DayValue::nothing(one.day));
                sum.add(&one);
            }
        }
        let days: Arc<[DayValue]> = all.into_values().collect();
        *kept = Some(Valued {
            day,
            closed,
            days: days.clone(),
        });
        days
    }

    /// Each day on which something was done and the one before it, the ends of months between, and today.
    fn days_to_value(&self, today: NaiveDate) -> BTreeSet<NaiveDate> {
        let done = |book: &Book| {
            book.activities()
                .iter()
                .map(|activity| activity.day)
                .filter(|day| *day <= today)
                .collect::<Vec<_>>()
        };
        let mut days: BTreeSet<_> = self.books.iter().flat_map(done).collect();
        let Some(first) = days.first().copied() else { return days };
        let before: Vec<_> = days.iter().filter_map(NaiveDate::pred_opt).filter(|day| *day >= first).collect();
        days.extend(before);
        days.insert(today);
        let months = first.iter_days().take_while(|day| *day < today).filter(|day| {
            use chrono::Datelike as _;
            day.succ_opt().is_some_and(|next| next.day() == 1)
        });
        days.extend(months);
        days
    }

    /// The close of a past day: the market's, else the one that its owner knows, whichever is newer.
    pub(super) fn price_on(&self, market: &Market, symbol: &str, day: NaiveDate) -> Option<Price> {
        let known = self.known_on(symbol, day);
        match (self.closed_on(market, symbol, day), known) {
            (Some((price, of)), Some((_, known))) if of >= known => Some(price),
            (_, Some((price, _))) | (Some((price, _)), None) => Some(price),
            (None, None) => None,
        }
    }

    /// The market's close of a past day, and its own day.
    fn closed_on(&self, market: &Market, symbol: &str, day: NaiveDate) -> Option<(Price, NaiveDate)> {
        let listed = self.listed(market, symbol)?;
        let (close, of, real_until) = market.closes.read(|closes| {
            let (close, of) = close_on(&closes.days, closes.of(&listed.symbol), day)?;
            Some((close, of, closes.real_until))
        })?;
        let price = Price {
            price: self.unadjusted(symbol, close, (day, real_until)),
            previous_close: None,
            currency: listed.currency.clone(),
        };
        Some((price, of))
    }

    /// Whether the price of a past day is one of the shipped closes, which are adjusted for dividends. The simulated market that
    /// goes on from them pays none.
    pub(super) fn adjusted_on(&self, market: &Market, symbol: &str, day: NaiveDate) -> bool {
        let Some((_, of)) = self.closed_on(market, symbol, day) else {
            return false;
        };
        day <= market.closes.read(|closes| closes.real_until) && self.known_on(symbol, day).is_none_or(|(_, known)| of >= known)
    }

    /// The books at this moment's prices.
    pub fn marked_now(&self, market: &Market, day: NaiveDate) -> Vec<MarkedBook> {
        self.marked(market, &self.prices(market, day), day)
    }
}
