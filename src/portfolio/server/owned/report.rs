//! What a stretch of days did to a portfolio: its values day by day, its benchmark, and the gain of each holding.

use crate::market::server::Market;
use crate::market::server::index;
use crate::money::Decimal;
use crate::portfolio::activity::ActivityKind;
use crate::portfolio::book::{Book, Entry};
use crate::portfolio::mark::{MarkedBook, Price};
use crate::portfolio::performance::{DayValue, day_values};
use crate::portfolio::range::{Range, Stretch};
use crate::portfolio::report::{Held, Known, Report};
use crate::portfolio::server::owned::Owned;
use crate::portfolio::server::owned::past::Past;
use chrono::NaiveDate;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// A book at the end of a day, and marked at it.
struct Closed<'b> {
    book: Cow<'b, Book>,
    marked: MarkedBook,
}

impl Owned {
    /// The report of a range; `None` where nothing was done before its end. Today's value is that of this moment.
    pub fn report(&self, market: &Market, today: NaiveDate, range: Range, risk_free: Decimal) -> Option<Report> {
        let done = self.books.iter().filter_map(|book| book.activities().first());
        let stretch = range.stretch(done.map(|activity| activity.day).min()?, today)?;
        let days = stretch.before().iter_days().take_while(|day| *day <= stretch.last);
        let past = Past::of(self, market, days.collect());
        let now = (stretch.last == today).then(|| self.prices(market, today));
        let close = |book, day: NaiveDate| {
            let book = self.until(book, day);
            let now = now.as_ref().filter(|_| day == today);
            let price = |symbol: &str| match now {
                Some(prices) => prices.get(symbol).map(|one| one.price.clone()),
                None => past.price(symbol, day).or_else(|| book.last_price(symbol)),
            };
            let rate = |currency: &str| {
                if day == today {
                    self.rate_now(market, currency, day)
                } else {
                    self.rates.mark(currency, day)
                }
            };
            let marked = MarkedBook::new(&book, day, price, rate);
            Closed { book, marked }
        };
        let at = |day| -> Vec<Closed<'_>> { self.books.iter().map(|book| close(book, day)).collect() };
        let (opening, end) = (stretch.opening.map_or_else(Vec::new, at), at(stretch.last));
        let known = Known {
            values: self.values_of(market, &stretch, &past, &end, today),
            benchmark: self.benchmark_of(market, &stretch, today),
            gains: self.gains_of(market, &stretch, &opening, &end),
            risk_free,
        };
        Some(Report::of(stretch, known))
    }

    fn values_of(&self, market: &Market, stretch: &Stretch, past: &Past, end: &[Closed<'_>], today: NaiveDate) -> Vec<DayValue> {
        let mut all: Vec<DayValue> = stretch.days().map(DayValue::nothing).collect();
        for (book, end) in self.books.iter().zip(end) {
            let adjusted = |symbol: &str, on: NaiveDate| self.adjusted_on(market, symbol, on);
            let price = past.of_book(book);
            let mut own = day_values(book.terms(), book, stretch.days(), &self.rates, price, adjusted);
            if let Some(last) = own.last_mut() {
                last.value = end.marked.totals().value + end.marked.totals().unvalued;
                if last.day == today {
                    // By the rates of this moment, as its value is.
                    last.currency = end.marked.causes().currency;
                }
            }
            for (sum, one) in all.iter_mut().zip(own) {
                sum.add(&one);
            }
        }
        all
    }

    /// What the benchmark cost in the base currency, from the close before the first day on. A symbol that nobody prices is that of the
    /// shipped index, where it is its.
    fn benchmark_of(&self, market: &Market, stretch: &Stretch, today: NaiveDate) -> Vec<(NaiveDate, Decimal)> {
        let Some(symbol) = &self.settings.benchmark else { return vec![] };
        let days = stretch.before().iter_days().take_while(|day| *day <= stretch.last);
        let levels = self.is_index(market, symbol).then(|| market.index(today));
        let price = |day: NaiveDate| {
            let now = (day == today).then(|| self.priced(market, symbol, today)).flatten();
            let price = now.map(|priced| priced.price).or_else(|| self.price_on(market, symbol, day));
            let price = price.or_else(|| {
                Some(Price {
                    price: levels.as_ref()?.on(day)?,
                    previous_close: None,
                    currency: index::CURRENCY.to_owned(),
                })
            })?;
            let rate = if day == today {
                self.rate_now(market, &price.currency, day)?.now
            } else {
                self.rates.of(&price.currency, day)?.rate
            };
            let price = price.price.checked_mul(rate).filter(|price| *price > Decimal::ZERO)?;
            Some((day, price))
        };
        days.filter_map(price).collect()
    }

    /// Whether a symbol means the shipped index: neither the market nor its owner means something else by it.
    pub fn is_index(&self, market: &Market, symbol: &str) -> bool {
        let own = || self.known.contains_key(symbol) || self.books.iter().any(|book| book.position(symbol).is_some());
        symbol == index::SYMBOL && self.listed(market, symbol).is_none() && !own()
    }

    /// What should be known of the benchmark; empty where nothing is.
    pub fn benchmark_note(&self, market: &Market) -> String {
        let is_index = self
            .settings
            .benchmark
            .as_deref()
            .is_some_and(|symbol| self.is_index(market, symbol));
        let real_until = market.closes.read(|closes| closes.real_until);
        match (is_index, market.bus.feed().simulated) {
            (false, _) => String::new(),
            (true, true) => format!(
                "{}. Since {real_until} it is simulated: the mean of the simulated shares.",
                index::NAME
            ),
            (true, false) => format!("{}. It ships with the program and ends on {real_until}.", index::NAME),
        }
    }

    /// The gain of each holding: what it had gained at the end, less what it had gained at the beginning, less dividends that the
    /// prices have in them already.
    fn gains_of(&self, market: &Market, stretch: &Stretch, opening: &[Closed<'_>], end: &[Closed<'_>]) -> Vec<(Held, Decimal)> {
        let mut gains: BTreeMap<Held, Decimal> = BTreeMap::new();
        let mut add = |of: Held, gain: Decimal| *gains.entry(of).or_default() += gain;
        for closed in end {
            closed.gained(&mut add);
            let paid = closed.book.postings_of(Entry::Income).filter(|one| one.day >= stretch.first);
            for posting in paid {
                let activity = closed.book.activity(posting.activity);
                let dividend = activity.filter(|one| one.kind == ActivityKind::Dividend);
                let symbol = dividend.and_then(|one| one.symbol.as_deref());
                if let Some(symbol) = symbol.filter(|symbol| self.adjusted_on(market, symbol, posting.day)) {
                    add(Held::Instrument(symbol.to_owned()), -posting.base);
                }
            }
        }
        opening.iter().for_each(|closed| closed.gained(|of, gain| add(of, -gain)));
        gains.retain(|_, gain| !gain.is_zero());
        gains.into_iter().collect()
    }

    /// A book as it was at the end of a day.
    fn until<'b>(&self, book: &'b Book, day: NaiveDate) -> Cow<'b, Book> {
        let done = book.activities();
        let until = done.partition_point(|activity| activity.day <= day);
        if until == done.len() {
            return Cow::Borrowed(book);
        }
        Cow::Owned(Book::new(book.terms().clone(), done[..until].iter().cloned(), &self.rates))
    }
}

impl Closed<'_> {
    /// Tells what each position has gained so far, and as cash what is left of the whole gain.
    fn gained(&self, mut add: impl FnMut(Held, Decimal)) {
        let mut rest = self.marked.total_gain();
        for position in self.book.positions() {
            let booked = position.realised + position.income - position.fees + position.moved;
            add(Held::Instrument(position.symbol.to_string()), booked);
            rest -= booked;
        }
        for position in self.marked.positions() {
            let gain = position.unrealised().unwrap_or_default();
            add(Held::Instrument(position.symbol.to_string()), gain);
            rest -= gain;
        }
        add(Held::Cash, rest);
    }
}
