//! What a stretch of days did to a portfolio: its values day by day, its benchmark, and the gain of each holding.

use crate::market::server::Market;
use crate::market::server::index::{self, Levels};
use crate::money::Decimal;
use crate::portfolio::activity::ActivityKind;
use crate::portfolio::book::{Book, Entry};
use crate::portfolio::mark::{MarkedBook, Price};
use crate::portfolio::performance::{DayValue, day_values};
use crate::portfolio::range::{Range, Stretch};
use crate::portfolio::report::{Held, Known, Report};
use crate::portfolio::server::owned::past::Past;
use crate::portfolio::server::owned::{Owned, Prices};
use chrono::NaiveDate;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};

/// A book at the end of a day, and marked at it.
struct Closed<'b> {
    book: Cow<'b, Book>,
    marked: MarkedBook,
}

/// What of a report stays as it is while a ledger does, and the last one that was made of it. It belongs to a ledger that was read, and
/// goes with it.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    of: Of,
    /// The days by closes, the last one too.
    values: Vec<DayValue>,
    /// What each holding had gained when it began, in parts.
    opened: Vec<(Held, Decimal)>,
    /// What the benchmark cost on days before today.
    benchmark: Vec<(NaiveDate, Decimal)>,
    /// The index, where it is the benchmark.
    levels: Option<Levels>,
    last: Option<(Ending, Arc<Report>)>,
}

/// What days that have passed depend on beside the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Of {
    stretch: Stretch,
    today: NaiveDate,
    /// The last day of the market's closes.
    closed: Option<NaiveDate>,
    /// How many instruments the market lists: it only grows.
    listed: usize,
}

/// What each moment may change.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Ending {
    last: Option<DayValue>,
    benchmark: Option<(NaiveDate, Decimal)>,
    gains: Vec<(Held, Decimal)>,
    risk_free: Decimal,
}

impl Owned {
    /// The report of a range; `None` where nothing was done before its end. Today's value is that of this moment. Who asks twice while
    /// nothing changes, as a page and its charts do, has one report; and of one that changed, only what did is worked out.
    pub fn report(&self, market: &Market, today: NaiveDate, range: Range, risk_free: Decimal) -> Option<Arc<Report>> {
        let done = self.books.iter().filter_map(|book| book.activities().first());
        let stretch = range.stretch(done.map(|activity| activity.day).min()?, today)?;
        let now = (stretch.last == today).then(|| self.prices(market, today));
        let end = self.closed(market, stretch.last, now.as_ref());
        // Others who ask for the same wait for it.
        let mut kept = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = match &mut *kept {
            Some(kept) if kept.of == Of::now(market, stretch, today) => kept,
            other => other.insert(self.fixed(market, stretch, today)),
        };
        let last = kept.values.last().copied().map(|last| of_this_moment(last, &end, today));
        let levels = kept.levels.as_ref();
        let known = Ending {
            last,
            benchmark: (stretch.last == today)
                .then(|| self.benchmark_on(market, levels, today, today))
                .flatten(),
            gains: self.gains_of(market, &stretch, &kept.opened, &end),
            risk_free,
        };
        Some(kept.told(stretch, known))
    }

    /// The books at the end of a day: of today at the prices of `now`, which are there then, and the rates of this moment.
    fn closed(&self, market: &Market, day: NaiveDate, now: Option<&Prices>) -> Vec<Closed<'_>> {
        let past = Past::of(self, market, vec![day]);
        let close = |book| {
            let book = self.until(book, day);
            let price = |symbol: &str| match now {
                Some(prices) => prices.get(symbol).map(|one| one.price.clone()),
                None => past.price(symbol, day).or_else(|| book.last_price(symbol)),
            };
            let rate = |currency: &str| match now {
                Some(_) => self.rate_now(market, currency, day),
                None => self.rates.mark(currency, day),
            };
            let marked = MarkedBook::new(&book, day, price, rate);
            Closed { book, marked }
        };
        self.books.iter().map(close).collect()
    }

    /// What of a report stays as it is.
    fn fixed(&self, market: &Market, stretch: Stretch, today: NaiveDate) -> Kept {
        // First what it is of: what changes meanwhile makes it anew.
        let of = Of::now(market, stretch, today);
        let days = || stretch.before().iter_days().take_while(|day| *day <= stretch.last);
        let past = Past::of(self, market, days().collect());
        let mut values: Vec<DayValue> = stretch.days().map(DayValue::nothing).collect();
        for book in &self.books {
            let adjusted = |symbol: &str, on: NaiveDate| self.adjusted_on(market, symbol, on);
            let own = day_values(book.terms(), book, stretch.days(), &self.rates, past.of_book(book), adjusted);
            for (sum, one) in values.iter_mut().zip(own) {
                sum.add(&one);
            }
        }
        let benchmark = self.settings.benchmark.as_ref();
        let levels = benchmark.filter(|symbol| self.is_index(market, symbol)).map(|_| market.index());
        let closed = days().filter(|day| *day != today);
        let benchmark = closed
            .filter_map(|day| self.benchmark_on(market, levels.as_ref(), day, today))
            .collect();
        let opening = stretch.opening.map_or_else(Vec::new, |day| self.closed(market, day, None));
        let mut opened = vec![];
        opening.iter().for_each(|closed| closed.gained(|of, gain| opened.push((of, gain))));
        Kept {
            of,
            values,
            opened,
            benchmark,
            levels,
            last: None,
        }
    }

    /// What the benchmark cost on a day in the base currency. A symbol that nobody prices is that of the shipped index, where it is its.
    fn benchmark_on(&self, market: &Market, levels: Option<&Levels>, day: NaiveDate, today: NaiveDate) -> Option<(NaiveDate, Decimal)> {
        let symbol = self.settings.benchmark.as_ref()?;
        let now = (day == today).then(|| self.priced(market, symbol, today)).flatten();
        let price = now.map(|priced| priced.price).or_else(|| self.price_on(market, symbol, day));
        let price = price.or_else(|| {
            let levels = levels?;
            let level = if day == today {
                market.index_now(levels, today)
            } else {
                levels.on(day)
            };
            Some(Price {
                price: level?,
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
    fn gains_of(&self, market: &Market, stretch: &Stretch, opened: &[(Held, Decimal)], end: &[Closed<'_>]) -> Vec<(Held, Decimal)> {
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
        opened.iter().for_each(|(of, gain)| add(of.clone(), -*gain));
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

/// The last day with the value of its end, and by the rates of this moment where it is today.
fn of_this_moment(mut last: DayValue, end: &[Closed<'_>], today: NaiveDate) -> DayValue {
    let totals = end.iter().map(|one| one.marked.totals());
    last.value = totals.map(|totals| totals.value + totals.unvalued).sum();
    if last.day == today {
        last.currency = end.iter().map(|one| one.marked.causes().currency).sum();
    }
    last
}

impl Of {
    fn now(market: &Market, stretch: Stretch, today: NaiveDate) -> Self {
        Self {
            stretch,
            today,
            closed: market.closes.read(|closes| closes.days.last().copied()),
            listed: market.instruments().count(),
        }
    }
}

impl Kept {
    /// The report that ends like this: the last one, where that did.
    fn told(&mut self, stretch: Stretch, ending: Ending) -> Arc<Report> {
        if let Some((known, report)) = &self.last
            && *known == ending
        {
            return report.clone();
        }
        let mut values = self.values.clone();
        if let (Some(end), Some(last)) = (values.last_mut(), ending.last) {
            *end = last;
        }
        let known = Known {
            values,
            benchmark: self.benchmark.iter().copied().chain(ending.benchmark).collect(),
            gains: ending.gains.clone(),
            risk_free: ending.risk_free,
        };
        let report = Arc::new(Report::of(stretch, known));
        self.last = Some((ending, report.clone()));
        report
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
