//! The prices that a valuation knows: given ones, shipped closes, those in the files, those of the activities.

use crate::imports::server::command::History;
use crate::market::server::history::DailyCloses;
use crate::money::Decimal;
use crate::portfolio::activity::{Activity, ActivityKind};
use crate::portfolio::described::KnownPrice;
use crate::portfolio::mark::Price;
use chrono::NaiveDate;
use serde::Serialize;
use std::collections::HashMap;

/// The currency of the shipped closes.
const CLOSES_IN: &str = "USD";

/// Where a price comes from. Of one day, the later in this order counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// An activity that was done at it.
    Activity,
    /// A price in a file.
    File,
    /// A close that ships with the program.
    Market,
    /// The command line.
    Given,
}

/// A price with its day.
#[derive(Clone, Debug)]
pub struct Found {
    /// Of one unit of the day that was asked for.
    pub amount: Decimal,
    /// Its currency.
    pub currency: String,
    /// Its day.
    pub day: NaiveDate,
    /// Where it comes from.
    pub source: Source,
}

impl Found {
    /// As a book is marked with it: the close of the day before is not known.
    pub fn price(&self) -> Price {
        Price {
            price: self.amount,
            previous_close: None,
            currency: self.currency.clone(),
        }
    }
}

/// The prices of one instrument.
#[derive(Debug, Default)]
struct Series {
    /// By day; of one day, what counts is last.
    known: Vec<Found>,
    /// Splits: day, units after, units before.
    splits: Vec<(NaiveDate, Decimal, Decimal)>,
}

/// All prices, by the label that activities use.
#[derive(Debug)]
pub struct Prices {
    series: HashMap<String, Series>,
    pairs: Vec<KnownPrice>,
    closes_until: NaiveDate,
}

impl Prices {
    /// Collects what is known up to `at`.
    pub fn new(history: &History, given: &[(String, Decimal)], base: &str, at: NaiveDate, remarks: &mut Vec<String>) -> Self {
        let mut series: HashMap<String, Series> = HashMap::new();
        let mut currencies: HashMap<&str, &str> = HashMap::new();
        let mut aliases: HashMap<&str, &str> = HashMap::new();
        for activity in &history.activities {
            let Some(symbol) = &activity.symbol else { continue };
            let split = split_of(activity);
            // Of what comes later the splits alone count: the shipped closes are told in units after all of them.
            if activity.day > at && split.is_none() {
                continue;
            }
            let series = series.entry(symbol.clone()).or_default();
            if let Some((new, old)) = split {
                series.splits.push((activity.day, new, old));
            }
            if let Some(amount) = price_of(activity) {
                currencies.insert(symbol, &activity.currency);
                series.known.push(Found {
                    amount,
                    currency: activity.currency.clone(),
                    day: activity.day,
                    source: Source::Activity,
                });
            }
        }
        for instrument in &history.instruments {
            if let Some(code) = &instrument.currency {
                currencies.insert(&instrument.symbol, code);
            }
            if let Some(alias) = &instrument.alias {
                aliases.insert(alias, &instrument.symbol);
            }
        }
        // A pair that only the command line names is in the currency that it says.
        let currency_of = |symbol: &str| {
            let of_pair = symbol.split_once('-').map(|(_, currency)| currency);
            currencies.get(symbol).copied().or(of_pair).unwrap_or(base).to_owned()
        };
        for price in history.prices.iter().filter(|price| price.day <= at) {
            series.entry(price.symbol.clone()).or_default().known.push(Found {
                amount: price.price,
                currency: price.currency.clone().unwrap_or_else(|| currency_of(&price.symbol)),
                day: price.day,
                source: Source::File,
            });
        }
        let closes_until = add_closes(&mut series, at).unwrap_or_else(|error| {
            remarks.push(format!("The shipped closes cannot be read: {error:#}."));
            NaiveDate::MIN
        });
        for (name, amount) in given {
            let symbol = aliases.get(name.as_str()).copied().unwrap_or(name);
            if !series.contains_key(symbol) && !symbol.contains('-') {
                remarks.push(format!("--price {name}: no activity up to {at} has this symbol."));
            }
            series.entry(symbol.to_owned()).or_default().known.push(Found {
                amount: *amount,
                currency: currency_of(symbol),
                day: at,
                source: Source::Given,
            });
        }
        for one in series.values_mut() {
            one.known.sort_by_key(|found| (found.day, found.source));
        }
        let labels: HashMap<&str, &str> = aliases.iter().map(|(alias, symbol)| (*symbol, *alias)).collect();
        let mut pairs = vec![];
        for (symbol, one) in &series {
            let label = labels.get(symbol.as_str()).copied().unwrap_or(symbol);
            if label.contains('-') {
                pairs.extend(one.known.iter().map(|found| KnownPrice {
                    symbol: label.to_owned(),
                    day: found.day,
                    price: found.amount,
                    currency: Some(found.currency.clone()),
                }));
            }
        }
        Self {
            series,
            pairs,
            closes_until,
        }
    }

    /// The newest price of a unit up to `day`, with the splits since then.
    pub fn at(&self, symbol: &str, day: NaiveDate) -> Option<Found> {
        let Series { known, splits } = self.series.get(symbol)?;
        let mut found = known.get(known.partition_point(|one| one.day <= day).checked_sub(1)?)?.clone();
        if found.source == Source::Market {
            // The shipped closes are of units of their last day: what splits since `day` made of them is taken back.
            let since = splits.iter().filter(|(of, ..)| *of > day && *of <= self.closes_until);
            for (_, new, old) in since {
                found.amount = found.amount.checked_mul(*new)?.checked_div(*old)?;
            }
        } else {
            let since = splits.iter().filter(|(of, ..)| *of > found.day && *of <= day);
            for (_, new, old) in since {
                found.amount = found.amount.checked_mul(*old)?.checked_div(*new)?;
            }
        }
        Some(found)
    }

    /// Prices whose symbol is a pair, which may be a coin's.
    pub fn of_pairs(&self) -> &[KnownPrice] {
        &self.pairs
    }
}

/// Adds the shipped closes of what the files name, and returns the last day of all of them.
fn add_closes(series: &mut HashMap<String, Series>, at: NaiveDate) -> anyhow::Result<NaiveDate> {
    let closes = DailyCloses::shipped()?;
    for (symbol, one) in series {
        let days = closes.days.iter().zip(closes.of(symbol)).take_while(|(day, _)| **day <= at);
        one.known.extend(days.map(|(day, close)| Found {
            amount: *close,
            currency: CLOSES_IN.to_owned(),
            day: *day,
            source: Source::Market,
        }));
    }
    Ok(closes.real_until)
}

/// The price that an activity tells of a unit; nothing tells a price of zero.
fn price_of(activity: &Activity) -> Option<Decimal> {
    use ActivityKind::{Buy, Sell, TransferIn, TransferOut};
    let price = match activity.kind {
        Buy | Sell => activity.price,
        TransferIn | TransferOut => activity.amount.and_then(|amount| amount.checked_div(activity.quantity)),
        _ => None,
    };
    price.filter(|price| *price > Decimal::ZERO)
}

/// Units after and before a split.
fn split_of(activity: &Activity) -> Option<(Decimal, Decimal)> {
    if activity.kind != ActivityKind::Split {
        return None;
    }
    let (new, old) = activity
        .ratio
        .map_or((activity.quantity, Decimal::ONE), |ratio| (ratio.new, ratio.old));
    (new > Decimal::ZERO && old > Decimal::ZERO).then_some((new, old))
}
