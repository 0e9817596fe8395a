//! What a chart of an instrument is asked and answers.

use crate::market::instrument;
use crate::market::server::Market;
use crate::market::server::chart::{Content, Wish, decimals_of};
use crate::market::span::{Asked, Span};
use crate::money::Decimal;
use crate::portfolio::activity::{Activity, ActivityKind};
use crate::portfolio::server::owned::Owned;
use crate::portfolio::typed::{Errors, Typed};
use crate::portfolio::view::ledger::words;
use crate::server::database::StorageError;
use crate::ui::chart::drawn;
use crate::ui::chart::indicator::Bar;
use crate::ui::chart::plot::look::Look;
use crate::ui::chart::plot::model::{Happened, Mark, Plot};
use crate::ui::format;
use chrono::{DateTime, NaiveTime, Utc};
use std::sync::Arc;
use url::form_urlencoded::Serializer;

/// Candles in an answer at the most.
const MOST: u32 = 5_000;
/// What a chart is compared with at the most.
const MOST_OTHERS: usize = 4;

/// What was asked for, with what is wrong with it.
pub struct Query {
    /// The fields.
    pub typed: Typed,
    /// What of it cannot be accepted.
    pub errors: Errors,
    /// What is shown; what cannot be accepted is as usual.
    pub wish: Wish,
}

impl Query {
    /// Reads the query of an address; `points` candles where it says nothing.
    pub fn read(query: &str, market: &Market, points: u32) -> Self {
        let typed = Typed::of_query(query);
        let mut errors = Errors::default();
        let fields = typed.0.iter().map(|(name, text)| (name.as_str(), text.as_str()));
        let look = Look::read(fields).unwrap_or_else(|(field, reason)| {
            errors.add(field, reason);
            Look::default()
        });
        let asked = Asked::read(|name| typed.get(name), market.now()).unwrap_or_else(|(field, reason)| {
            errors.add(field, reason);
            Asked::Named(Span::default())
        });
        let mut with: Vec<String> = vec![];
        for symbol in typed.all("with").filter(|symbol| !symbol.is_empty()) {
            if market.instrument(symbol).is_none() {
                errors.add("with", "the market lists no such instrument");
            } else if !with.iter().any(|one| one == symbol) {
                with.push(symbol.to_owned());
            }
        }
        if with.len() > MOST_OTHERS {
            errors.add("with", format!("{MOST_OTHERS} at the most are accepted"));
            with.truncate(MOST_OTHERS);
        }
        let points = match typed.get("points") {
            "" => points,
            text => text.parse().ok().filter(|points| (2..=MOST).contains(points)).unwrap_or_else(|| {
                errors.add("points", format!("from 2 to {MOST} are accepted"));
                points
            }),
        };
        let wish = Wish { asked, points, look, with };
        Self { typed, errors, wish }
    }

    /// The fields again, as a query.
    pub fn text(&self) -> String {
        let fields = self.typed.0.iter().filter(|(_, text)| !text.is_empty());
        Serializer::new(String::new()).extend_pairs(fields).finish()
    }
}

/// An instrument of whoever asks.
pub struct Instrument {
    /// Its symbol.
    pub symbol: String,
    /// Its name; empty where there is none.
    pub name: String,
    /// ISO 4217 code of its price.
    pub currency: String,
    /// Whether its prices are the market's.
    pub is_listed: bool,
    /// All that its reader owns.
    pub owned: Option<Arc<Owned>>,
}

impl Instrument {
    /// One that the market lists.
    pub fn listed(listed: instrument::Instrument, owned: Option<Arc<Owned>>) -> Self {
        Self {
            symbol: listed.symbol,
            name: listed.name,
            currency: listed.currency,
            is_listed: true,
            owned,
        }
    }

    /// One that its owner alone knows: described, traded or priced.
    pub fn own(owned: Arc<Owned>, symbol: &str) -> Option<Self> {
        let known = owned.known.get(symbol);
        let mut traded = owned.books.iter().flat_map(|book| book.activities());
        let traded = traded.rfind(|one| one.symbol.as_deref() == Some(symbol));
        if known.is_none() && traded.is_none() && !owned.instruments.contains_key(symbol) {
            return None;
        }
        let described = owned.instruments.get(symbol).and_then(|one| one.currency.clone());
        let of_price = known.and_then(|prices| prices.last()?.currency.clone());
        let currency = described.or(of_price).or_else(|| traded.map(|one| one.currency.clone()));
        Some(Self {
            symbol: symbol.to_owned(),
            name: owned.name_of(symbol).to_owned(),
            currency: currency.unwrap_or_else(|| owned.base().to_owned()),
            is_listed: false,
            owned: Some(owned),
        })
    }

    /// The content of its chart, with what its owner did.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn content(&self, market: &Market, wish: &Wish) -> Result<Content, StorageError> {
        let mut content = if self.is_listed {
            market.chart(&self.symbol, wish).await?
        } else {
            self.entered(wish, market.now())
        };
        content.plot.marks = self.marks();
        Ok(content)
    }

    /// The last price that its owner entered.
    pub fn latest(&self) -> Option<Decimal> {
        Some(self.owned.as_ref()?.known.get(&self.symbol)?.last()?.price)
    }

    /// The prices that its owner entered, a day each.
    fn entered(&self, wish: &Wish, now: DateTime<Utc>) -> Content {
        let prices = self.owned.as_ref().and_then(|owned| owned.known.get(&self.symbol));
        let prices = prices.map_or(&[][..], Vec::as_slice);
        let begin = |day: chrono::NaiveDate| day.and_time(NaiveTime::MIN).and_utc();
        let earliest = prices.first().map(|first| begin(first.day));
        let stretch = wish.asked.stretch(earliest.unwrap_or(now), now);
        let decimals = decimals_of(prices.iter().map(|one| one.price), &self.currency);
        let mut plot = Plot::new(self.symbol.clone(), 86_400_000, decimals, wish.look.clone());
        for one in prices.iter().filter(|one| stretch.contains(&begin(one.day))) {
            plot.push(Bar::flat(begin(one.day).timestamp_millis(), drawn(one.price)));
        }
        // There is nothing finer, and nothing beside it.
        Content {
            plot,
            earliest: None,
            to_now: false,
        }
    }

    /// All that was done with it, with the number of its book.
    pub fn activities(&self) -> impl Iterator<Item = (usize, &Activity)> {
        let books = self.owned.iter().flat_map(|owned| owned.books.iter().enumerate());
        let all = books.flat_map(|(number, book)| book.activities().iter().map(move |one| (number, &**one)));
        all.filter(|(_, one)| one.symbol.as_deref() == Some(self.symbol.as_str()))
    }

    fn marks(&self) -> Vec<Mark> {
        let mut marks: Vec<Mark> = self.activities().map(|(_, one)| mark(one)).collect();
        marks.sort_by_key(|mark| mark.time_ms);
        marks
    }
}

/// What an activity says on a chart.
fn mark(one: &Activity) -> Mark {
    let moment = one.day.and_time(one.time.unwrap_or(NaiveTime::MIN)).and_utc();
    let what = match one.kind {
        ActivityKind::Buy | ActivityKind::TransferIn => Happened::In,
        ActivityKind::Sell | ActivityKind::TransferOut => Happened::Out,
        ActivityKind::Dividend | ActivityKind::Interest => Happened::Income,
        _ => Happened::Else,
    };
    let mut said = words::kind(one.kind).to_owned();
    if !one.quantity.is_zero() {
        said += &format!(" {}", format::quantity(one.quantity));
    }
    if let Some(money) = money_of(one) {
        said += &if one.quantity.is_zero() {
            format!(" of {money}")
        } else {
            format!(" at {money}")
        };
    }
    Mark {
        time_ms: moment.timestamp_millis(),
        what,
        said,
    }
}

/// The price of a unit, else the money that moved.
pub fn money_of(one: &Activity) -> Option<String> {
    let price = one.price.map(|price| format::price(price, &one.currency));
    let money = price.or_else(|| one.amount.map(|amount| format::money(amount, &one.currency)));
    money.map(|money| money + " " + &one.currency)
}
