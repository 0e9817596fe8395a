//! Prices as one short text, in the order in which they were published: whole numbers, each as the difference to what is known already, a
//! column a kind, deflated. What is the same for many stands once.

use super::Published;
use crate::market::quote::Quote;
use crate::market::server::candles::pack::{put, take, whole};
use crate::market::server::provider;
use crate::money::Decimal;
use anyhow::{Context as _, bail, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use chrono::{DateTime, Utc};
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::io::{Read as _, Write as _};
use std::sync::Arc;

/// Bytes that a text may have when it is inflated: more than any that was written.
const INFLATED: u64 = 4 << 20;
/// How a text begins.
const PACKED: char = '1';
const PLAIN: char = '0';
/// Columns of a price.
const COLUMNS: usize = 10;
/// Who told a price whose provider this program does not have.
const UNKNOWN: &str = "exchange";

/// What the columns refer to.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Head {
    count: usize,
    instruments: Vec<Instrument>,
    sources: Vec<String>,
    /// Previous closes.
    closes: Vec<Option<Decimal>>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Instrument {
    symbol: String,
    currency: String,
    /// Places of its prices and of its sizes.
    price: u32,
    size: u32,
}

/// A price of no common unit with the others, as it is written then.
#[derive(Debug, Serialize, Deserialize)]
struct Plain {
    at: i64,
    symbol: String,
    currency: String,
    price: Decimal,
    previous_close: Option<Decimal>,
    quoted_at: i64,
    received_at: i64,
    trade: Option<u64>,
    size: Option<Decimal>,
    source: String,
}

/// The text of prices.
///
/// # Errors
/// The machine has no memory for it.
pub fn pack(ticks: &[Published]) -> anyhow::Result<String> {
    let Some(bytes) = bytes(ticks)? else {
        let plain: Vec<_> = ticks.iter().map(plain).collect();
        return Ok(format!("{PLAIN}{}", serde_json::to_string(&plain)?));
    };
    let mut deflated = DeflateEncoder::new(vec![], Compression::default());
    deflated.write_all(&bytes)?;
    Ok(format!("{PACKED}{}", STANDARD_NO_PAD.encode(deflated.finish()?)))
}

/// Where a value stands in a list, which gets it where it was not there.
fn place<T: PartialEq>(list: &mut Vec<T>, value: T) -> i128 {
    let known = list.iter().rposition(|one| *one == value);
    known.unwrap_or_else(|| {
        list.push(value);
        list.len() - 1
    }) as i128
}

/// `None` for what has no whole numbers of one unit.
fn bytes(ticks: &[Published]) -> anyhow::Result<Option<Vec<u8>>> {
    let mut head = Head {
        count: ticks.len(),
        ..Head::default()
    };
    // The finest price and the finest size of each.
    let mut known: HashMap<(&str, &str), usize> = HashMap::new();
    let places: Vec<usize> = ticks
        .iter()
        .map(|Published { currency, quote, .. }| {
            let place = *known.entry((&quote.symbol, currency)).or_insert_with(|| {
                head.instruments.push(Instrument {
                    symbol: quote.symbol.clone(),
                    currency: currency.to_string(),
                    price: 0,
                    size: 0,
                });
                head.instruments.len() - 1
            });
            let instrument = &mut head.instruments[place];
            instrument.price = instrument.price.max(quote.price.scale());
            instrument.size = instrument.size.max(quote.size.map_or(0, |size| size.normalize().scale()));
            place
        })
        .collect();
    let mut columns: [Vec<u8>; COLUMNS] = Default::default();
    let mut last: Vec<(i128, i128)> = vec![(0, 0); head.instruments.len()];
    let mut before = 0;
    for (Published { at, quote, .. }, place_of) in ticks.iter().zip(places) {
        let instrument = &head.instruments[place_of];
        let (Some(price), Some(size)) = (
            whole(quote.price, instrument.price),
            optional(quote.size.map(|size| whole(size, instrument.size))),
        ) else {
            return Ok(None);
        };
        let scale = i128::from(instrument.price - quote.price.scale());
        let (last_price, last_trade) = &mut last[place_of];
        let trade = quote.trade.map(|trade| Some(i128::from(trade) - *last_trade));
        let (at, received) = (at.timestamp_micros(), quote.received_at.timestamp_micros());
        let values = [
            Some(place_of as i128),
            Some(i128::from(at) - i128::from(before)),
            Some(i128::from(at) - i128::from(received)),
            Some(i128::from(received) - i128::from(quote.quoted_at.timestamp_micros())),
            price.checked_sub(*last_price),
            Some(scale),
            Some(size),
            optional(trade),
            Some(place(&mut head.sources, quote.source.to_owned())),
            Some(place(&mut head.closes, quote.previous_close)),
        ];
        for (column, value) in columns.iter_mut().zip(values) {
            if value.and_then(|value| put(column, value)).is_none() {
                return Ok(None);
            }
        }
        before = at;
        *last_price = price;
        *last_trade = quote.trade.map_or(*last_trade, i128::from);
    }
    let head = serde_json::to_vec(&head)?;
    let mut bytes = vec![];
    if put(&mut bytes, head.len() as i128).is_none() {
        return Ok(None);
    }
    bytes.extend(head);
    bytes.extend(columns.concat());
    Ok(Some(bytes))
}

/// A number that may be missing: zero where it is. `None` where it is there and cannot be written.
fn optional(value: Option<Option<i128>>) -> Option<i128> {
    match value {
        None => Some(0),
        Some(value) => value.and_then(|value| if value < 0 { Some(value) } else { value.checked_add(1) }),
    }
}

/// What [`optional`] wrote.
fn present(value: i128) -> Option<i128> {
    match value {
        0 => None,
        value if value < 0 => Some(value),
        value => Some(value - 1),
    }
}

/// The prices of a text.
///
/// # Errors
/// It is none that [`pack`] wrote.
pub fn unpack(text: &str) -> anyhow::Result<Vec<Published>> {
    if let Some(text) = text.strip_prefix(PLAIN) {
        let plain: Vec<Plain> = serde_json::from_str(text)?;
        return plain.into_iter().map(from_plain).collect();
    }
    let Some(packed) = text.strip_prefix(PACKED) else {
        bail!("packed by a newer program");
    };
    let mut bytes = Vec::with_capacity(64 << 10);
    let deflated = STANDARD_NO_PAD.decode(packed)?;
    DeflateDecoder::new(&*deflated).take(INFLATED).read_to_end(&mut bytes)?;
    let mut rest = &bytes[..];
    let length = usize::try_from(take(&mut rest).context("no head")?)?;
    let (head, mut rest) = rest.split_at_checked(length).context("it is too short")?;
    let head: Head = serde_json::from_slice(head)?;
    // A number has a byte at least.
    ensure!(head.count <= rest.len(), "it is too short");
    let mut rows = vec![[0i128; COLUMNS]; head.count];
    for column in 0..COLUMNS {
        for row in &mut rows {
            row[column] = take(&mut rest).context("it is too short")?;
        }
    }
    let currencies: Vec<Arc<str>> = head.instruments.iter().map(|one| one.currency.as_str().into()).collect();
    let sources: Vec<&'static str> = head.sources.iter().map(|name| source(name)).collect();
    let mut last: Vec<(i128, i128)> = vec![(0, 0); head.instruments.len()];
    let mut at = 0i64;
    let mut ticks = Vec::with_capacity(head.count);
    for [place, step, waited, age, change, scale, size, trade, told_by, close] in rows {
        let place = usize::try_from(place)?;
        let instrument = head.instruments.get(place).context("no such instrument")?;
        let (last_price, last_trade) = last.get_mut(place).context("no such instrument")?;
        at = at.checked_add(i64::try_from(step)?).context("a moment is too late")?;
        let received = at.checked_sub(i64::try_from(waited)?).context("a moment is too early")?;
        let quoted = received.checked_sub(i64::try_from(age)?).context("a moment is too early")?;
        *last_price = last_price.checked_add(change).context("a price is too large")?;
        let trade = present(trade).map(|step| last_trade.checked_add(step).context("no number of a trade"));
        let trade = trade.transpose()?;
        *last_trade = trade.unwrap_or(*last_trade);
        let mut price = Decimal::try_from_i128_with_scale(*last_price, instrument.price)?;
        price.rescale(instrument.price.checked_sub(u32::try_from(scale)?).context("no places")?);
        let size = present(size).map(|size| Decimal::try_from_i128_with_scale(size, instrument.size));
        ticks.push(Published {
            at: moment(at)?,
            currency: currencies[place].clone(),
            quote: Quote {
                symbol: instrument.symbol.clone(),
                price,
                previous_close: *head.closes.get(usize::try_from(close)?).context("no such close")?,
                quoted_at: moment(quoted)?,
                received_at: moment(received)?,
                trade: trade.map(u64::try_from).transpose()?,
                size: size.transpose()?.map(|size| size.normalize()),
                source: sources.get(usize::try_from(told_by)?).context("no such source")?,
            },
        });
    }
    Ok(ticks)
}

fn moment(micros: i64) -> anyhow::Result<DateTime<Utc>> {
    DateTime::from_timestamp_micros(micros).context("a moment is none")
}

/// The name of a provider, for as long as the program runs.
fn source(name: &str) -> &'static str {
    provider::all()
        .map(provider::Kind::name)
        .find(|known| *known == name)
        .unwrap_or(UNKNOWN)
}

fn plain(Published { at, currency, quote }: &Published) -> Plain {
    Plain {
        at: at.timestamp_micros(),
        symbol: quote.symbol.clone(),
        currency: currency.to_string(),
        price: quote.price,
        previous_close: quote.previous_close,
        quoted_at: quote.quoted_at.timestamp_micros(),
        received_at: quote.received_at.timestamp_micros(),
        trade: quote.trade,
        size: quote.size,
        source: quote.source.to_owned(),
    }
}

fn from_plain(plain: Plain) -> anyhow::Result<Published> {
    Ok(Published {
        at: moment(plain.at)?,
        currency: plain.currency.as_str().into(),
        quote: Quote {
            symbol: plain.symbol,
            price: plain.price,
            previous_close: plain.previous_close,
            quoted_at: moment(plain.quoted_at)?,
            received_at: moment(plain.received_at)?,
            trade: plain.trade,
            size: plain.size,
            source: source(&plain.source),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn amount() -> impl Strategy<Value = Decimal> {
        (1..100_000_000_000i64, 0..10u32).prop_map(|(mantissa, scale)| Decimal::new(mantissa, scale))
    }

    prop_compose! {
        fn tick()(
            at in 0..2_000_000_000_000_000i64,
            (received, quoted) in (-5_000_000..5_000_000i64, -5_000_000..500_000_000i64),
            (symbol, currency, source) in (0..4usize, 0..2usize, 0..3usize),
            price in amount(),
            (previous_close, size) in (prop::option::of(amount()), prop::option::of(amount())),
            trade in prop::option::of(any::<u64>()),
        ) -> Published {
            let received_at = at - received;
            Published {
                at: moment(at).unwrap(),
                currency: ["USD", "EUR"][currency].into(),
                quote: Quote {
                    symbol: ["BTC", "ETH", "EUR/USD", "Ü"][symbol].to_owned(),
                    price,
                    previous_close,
                    quoted_at: moment(received_at - quoted).unwrap(),
                    received_at: moment(received_at).unwrap(),
                    trade,
                    size,
                    source: ["coinbase", "kraken", "yahoo"][source],
                },
            }
        }
    }

    proptest! {
        #[test]
        fn what_is_packed_comes_back(ticks in prop::collection::vec(tick(), 0..60)) {
            let back = unpack(&pack(&ticks).unwrap()).unwrap();
            prop_assert_eq!(&back, &ticks);
            let digits = |ticks: &[Published]| ticks.iter().map(|one| one.quote.price.to_string()).collect::<Vec<_>>();
            prop_assert_eq!(digits(&back), digits(&ticks));
        }

        #[test]
        fn row_28_no_text_panics(text in "[01]?[A-Za-z0-9+/]{0,80}", bytes in prop::collection::vec(any::<u8>(), 0..200), count in 0..9usize) {
            let _ = unpack(&text);
            let head = Head { count, instruments: vec![Instrument { symbol: "A".into(), currency: "USD".into(), price: 28, size: 30 }], ..Head::default() };
            let head = serde_json::to_vec(&head).unwrap();
            let mut whole = vec![];
            put(&mut whole, head.len() as i128).unwrap();
            whole.extend(head);
            whole.extend(bytes);
            let mut deflated = DeflateEncoder::new(vec![], Compression::fast());
            deflated.write_all(&whole).unwrap();
            let _ = unpack(&format!("{PACKED}{}", STANDARD_NO_PAD.encode(deflated.finish().unwrap())));
        }
    }

    #[test]
    fn numbers_of_no_common_unit_come_back_too() {
        let tick = |price: Decimal| Published {
            at: DateTime::UNIX_EPOCH,
            currency: "USD".into(),
            quote: Quote {
                symbol: "A".into(),
                price,
                previous_close: None,
                quoted_at: DateTime::UNIX_EPOCH,
                received_at: DateTime::UNIX_EPOCH,
                trade: Some(u64::MAX),
                size: None,
                source: "coinbase",
            },
        };
        let ticks = [tick(Decimal::MAX), tick(Decimal::new(1, 28))];
        assert_eq!(unpack(&pack(&ticks).unwrap()).unwrap(), ticks);
    }
}
