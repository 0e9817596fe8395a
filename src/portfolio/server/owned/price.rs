//! What a unit costs, and who says so: the market, else the owner, else the latest activity. Never a guess; what moves from the last
//! known price because its owner lets it is told as such.

use crate::market::hours::MarketState;
use crate::market::instrument::Instrument;
use crate::market::server::Market;
use crate::market::server::by_symbol::BySymbol;
use crate::market::server::provider::simulated;
use crate::market::server::quote_bus::Quotes;
use crate::money::Decimal;
use crate::portfolio::book::Book;
use crate::portfolio::described::DescribedInstrument;
use crate::portfolio::holding::PriceSource;
use crate::portfolio::mark::Price;
use crate::portfolio::server::owned::Owned;
use crate::ui::format;
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Who says a price, and of when it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PriceOf {
    /// The market, at this moment.
    Market(DateTime<Utc>),
    /// Its owner or a file of theirs, for this day.
    Known(NaiveDate),
    /// The latest activity that tells one, of this day.
    Activity(NaiveDate),
    /// Nobody: its owner lets it move from the last known price.
    Simulated {
        /// The day of that price.
        since: NaiveDate,
        /// The moment of this one.
        at: DateTime<Utc>,
    },
}

impl PriceOf {
    /// The moment that it is of; of a day, its beginning.
    pub fn moment(self) -> DateTime<Utc> {
        match self {
            Self::Market(moment) | Self::Simulated { at: moment, .. } => moment,
            Self::Known(day) | Self::Activity(day) => day.and_time(NaiveTime::MIN).and_utc(),
        }
    }

    /// Who says it, in a word or two.
    pub fn name(self) -> &'static str {
        match self {
            Self::Market(_) => "market",
            Self::Known(_) => "entered",
            Self::Activity(_) => "latest activity",
            Self::Simulated { .. } => "simulated",
        }
    }

    /// The same as the wire says it; nothing for what a market makes.
    pub fn on_wire(self) -> Option<PriceSource> {
        match self {
            Self::Market(_) => None,
            Self::Known(_) => Some(PriceSource::Entered),
            Self::Activity(_) => Some(PriceSource::Activity),
            Self::Simulated { .. } => Some(PriceSource::Simulated),
        }
    }

    /// What a person should know of a price that no market makes.
    pub fn note(self) -> Option<String> {
        match self {
            Self::Market(_) => None,
            Self::Known(day) => Some(format!("The price that was entered for {day}.")),
            Self::Activity(day) => Some(format!("The price of its latest activity, of {day}.")),
            // The page marks a row by how this begins.
            Self::Simulated { since, .. } => Some(format!("Simulated: its owner lets it move from the price of {since}.")),
        }
    }
}

/// A price, and who says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Priced {
    /// The price.
    pub price: Price,
    /// Who says it.
    pub of: PriceOf,
    /// What is known of a price that a market makes.
    pub told: Option<Told>,
}

/// Prices by label.
pub type Prices = BySymbol<Priced, Arc<str>>;

/// Who told a price of a market.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told {
    /// The provider.
    pub source: &'static str,
    /// When it came, or was said last to be still the price.
    pub received_at: DateTime<Utc>,
    /// Whether the market trades now.
    pub market_state: MarketState,
}

impl Priced {
    /// Who says the price, of when it is, and whether its market trades, in a few words.
    pub fn in_words(&self, now: DateTime<Utc>) -> String {
        in_words(
            self.told.map(|told| (told.source, told.market_state)),
            self.of.name(),
            self.of.moment(),
            now,
        )
    }
}

/// The same of its parts; `name` is who says it where no provider does.
pub fn in_words(told: Option<(&str, MarketState)>, name: &str, of: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let age = format::age((now - of).num_milliseconds());
    match told {
        // A simulated market is told as such on each page; beside a price the word means what its owner lets move.
        Some((simulated::SOURCE, state)) => format!("{name}, {age}, {}", state.label()),
        Some((source, state)) => format!("{source}, {age}, {}", state.label()),
        None => format!("{name}, {age}"),
    }
}

/// The instrument of the market that a label means: by the label or by its alias, in the same currency.
pub fn listed<'m>(market: &'m Market, symbol: &str, described: Option<&DescribedInstrument>) -> Option<&'m Instrument> {
    let alias = described.and_then(|one| one.alias.as_deref());
    let mut labels = [Some(symbol), alias].into_iter().flatten();
    let found = labels.find_map(|label| market.instrument(label))?;
    let currency = described.and_then(|one| one.currency.as_deref());
    currency.is_none_or(|currency| currency == found.currency).then_some(found)
}

/// The price of an instrument that the market quotes.
pub fn quoted(market: &Market, quotes: &Quotes, instrument: &Instrument) -> Option<Priced> {
    let quote = quotes.get(&instrument.symbol)?;
    Some(Priced {
        price: Price {
            price: quote.price,
            previous_close: quote.previous_close,
            currency: instrument.currency.clone(),
        },
        of: PriceOf::Market(quote.quoted_at),
        told: Some(Told {
            source: quote.source,
            received_at: quote.received_at,
            market_state: market.market_state(&quote.symbol, quote.source),
        }),
    })
}

impl Owned {
    /// The instrument of the market that a label means to its owner.
    pub fn listed<'m>(&self, market: &'m Market, symbol: &str) -> Option<&'m Instrument> {
        listed(market, symbol, self.instruments.get(symbol))
    }

    /// The market's labels of all that the books hold and it lists.
    pub fn listed_symbols(&self, market: &Market) -> Vec<String> {
        let held = self.books.iter().flat_map(|book| book.positions());
        let listed = held.filter_map(|position| self.listed(market, &position.symbol));
        let symbols: BTreeSet<_> = listed.map(|one| one.symbol.clone()).collect();
        symbols.into_iter().collect()
    }

    /// The prices of all that the books hold, on `day`, by symbol.
    pub fn prices(&self, market: &Market, day: NaiveDate) -> Prices {
        let held = self.books.iter().flat_map(Book::positions).map(|position| &position.symbol);
        let mut prices = Prices::default();
        prices.reserve(self.books.iter().map(|book| book.positions().len()).sum());
        let mut others = vec![];
        // The market is asked once for all, so that the prices are of one moment.
        market.bus.read(|quotes| {
            for symbol in held {
                match self.quoted(market, quotes, symbol) {
                    Some(priced) => drop(prices.insert(symbol.clone(), priced)),
                    None => others.push(symbol),
                }
            }
        });
        for symbol in others {
            // Several books may hold it.
            if !prices.contains_key(symbol)
                && let Some(priced) = self.unquoted(market, symbol, day)
            {
                prices.insert(symbol.clone(), priced);
            }
        }
        prices
    }

    /// The price of an instrument, held or not, on `day`.
    pub fn priced(&self, market: &Market, symbol: &str, day: NaiveDate) -> Option<Priced> {
        let quoted = market.bus.read(|quotes| self.quoted(market, quotes, symbol));
        quoted.or_else(|| self.unquoted(market, symbol, day))
    }

    fn unquoted(&self, market: &Market, symbol: &str, day: NaiveDate) -> Option<Priced> {
        let last = self.without_market(symbol, day)?;
        Some(self.moved(market, symbol, day, last))
    }

    fn quoted(&self, market: &Market, quotes: &Quotes, symbol: &str) -> Option<Priced> {
        quoted(market, quotes, self.listed(market, symbol)?)
    }

    /// The price of what no market lists: the newer of the one that its owner knows and the one of its latest activity.
    pub(super) fn without_market(&self, symbol: &str, day: NaiveDate) -> Option<Priced> {
        let known = self.known_on(symbol, day);
        let traded = |book: &Book| book.position(symbol)?.last_price;
        let book = self.books.iter().max_by_key(|book| traded(book).map(|traded| traded.day))?;
        let traded = traded(book);
        match (known, traded) {
            (Some(known), traded) if traded.is_none_or(|traded| traded.day <= known.1) => {
                let (price, of) = known;
                let before = day.pred_opt().and_then(|before| self.known_on(symbol, before));
                let previous_close = before
                    .filter(|(before, _)| before.currency == price.currency)
                    .map(|(before, _)| before.price);
                Some(Priced {
                    price: Price { previous_close, ..price },
                    of: PriceOf::Known(of),
                    told: None,
                })
            }
            (_, traded) => Some(Priced {
                price: book.last_price(symbol)?,
                of: PriceOf::Activity(traded?.day),
                told: None,
            }),
        }
    }

    /// A price of the first day, for a unit of the second: what its splits after the one and up to the other made of it.
    fn per_unit_of(&self, symbol: &str, price: Decimal, (of, on): (NaiveDate, NaiveDate)) -> Decimal {
        let splits = self.splits.get(symbol).into_iter().flatten();
        let between = splits.filter(|(day, _)| (of < **day) && (**day <= on));
        between.fold(price, |price, (_, (new, old))| {
            let split = price.checked_mul(*old).and_then(|price| price.checked_div(*new));
            split.unwrap_or(price)
        })
    }

    /// A close of the market's history for a unit of `day`. The history is told in units of its last real day: what splits since
    /// then made of them is taken back.
    pub(super) fn unadjusted(&self, symbol: &str, close: Decimal, (day, real_until): (NaiveDate, NaiveDate)) -> Decimal {
        let splits = self.splits.get(symbol).into_iter().flatten();
        let since = splits.filter(|(split, _)| (day < **split) && (**split <= real_until));
        since.fold(close, |close, (_, (new, old))| {
            let before = close.checked_mul(*new).and_then(|close| close.checked_div(*old));
            before.unwrap_or(close)
        })
    }

    /// The last price up to a day that its owner knows, for a unit of that day, with its own day.
    pub fn known_on(&self, symbol: &str, day: NaiveDate) -> Option<(Price, NaiveDate)> {
        let known = self.known.get(symbol)?;
        let at = known.partition_point(|one| one.day <= day).checked_sub(1)?;
        let one = known.get(at)?;
        let described = self.instruments.get(symbol).and_then(|described| described.currency.clone());
        let price = Price {
            price: self.per_unit_of(symbol, one.price, (one.day, day)),
            previous_close: None,
            currency: one.currency.clone().or(described).unwrap_or_else(|| self.base().to_owned()),
        };
        Some((price, one.day))
    }
}

/// The price on a day in the market's history of closes; `None` before it begins.
pub fn close_on(days: &[NaiveDate], closes: &[Decimal], day: NaiveDate) -> Option<(Decimal, NaiveDate)> {
    let at = days.partition_point(|known| *known <= day).checked_sub(1)?;
    Some((*closes.get(at)?, *days.get(at)?))
}
