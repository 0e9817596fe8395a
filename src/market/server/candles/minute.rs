//! A minute that may still change as a text: its bar, and what is remembered of its prices.

use super::pack::{put, take};
use crate::market::candle::bar::{Bar, Mark};
use crate::money::Decimal;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

/// A minute that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Minute {
    /// Its prices.
    pub bar: Bar,
    /// The latest moment that was no longer remembered.
    pub forgotten: i64,
    /// What was counted, by moment and identity.
    pub seen: Vec<(i64, u32)>,
}

/// Writes a minute. `None` for what has no text: numbers beyond all measure.
pub fn write(bar: &Bar, forgotten: Option<i64>, seen: impl Iterator<Item = (i64, u32)>) -> Option<String> {
    let mut bytes = vec![];
    for mark in [bar.first, bar.last] {
        put(&mut bytes, mark.moment.into())?;
        put(&mut bytes, mark.trade.into())?;
        decimal(&mut bytes, mark.price)?;
    }
    for amount in [bar.high, bar.low, bar.volume] {
        decimal(&mut bytes, amount)?;
    }
    put(&mut bytes, forgotten.unwrap_or(i64::MIN).into())?;
    let mut before = bar.first.moment;
    for (moment, identity) in seen {
        put(&mut bytes, (moment - before).into())?;
        bytes.extend(identity.to_le_bytes());
        before = moment;
    }
    Some(STANDARD_NO_PAD.encode(bytes))
}

/// Reads what [`write`] wrote; `None` for anything else.
pub fn read(text: &str) -> Option<Minute> {
    let bytes = STANDARD_NO_PAD.decode(text).ok()?;
    let mut bytes = &bytes[..];
    let first = mark(&mut bytes)?;
    let last = mark(&mut bytes)?;
    let bar = Bar {
        first,
        last,
        high: amount(&mut bytes)?,
        low: amount(&mut bytes)?,
        volume: amount(&mut bytes)?,
    };
    let forgotten = i64::try_from(take(&mut bytes)?).ok()?;
    let mut seen = vec![];
    let mut before = first.moment;
    while !bytes.is_empty() {
        before = before.checked_add(i64::try_from(take(&mut bytes)?).ok()?)?;
        let (identity, rest) = bytes.split_first_chunk::<4>()?;
        seen.push((before, u32::from_le_bytes(*identity)));
        bytes = rest;
    }
    Some(Minute { bar, forgotten, seen })
}

fn mark(bytes: &mut &[u8]) -> Option<Mark> {
    Some(Mark {
        moment: i64::try_from(take(bytes)?).ok()?,
        trade: u64::try_from(take(bytes)?).ok()?,
        price: amount(bytes)?,
    })
}

fn decimal(bytes: &mut Vec<u8>, amount: Decimal) -> Option<()> {
    bytes.push(u8::try_from(amount.scale()).ok()?);
    put(bytes, amount.mantissa())
}

fn amount(bytes: &mut &[u8]) -> Option<Decimal> {
    let (scale, rest) = bytes.split_first()?;
    *bytes = rest;
    Decimal::try_from_i128_with_scale(take(bytes)?, u32::from(*scale)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_minute_comes_back(moment in any::<i32>(), trade in any::<u64>(), price in 1..i64::MAX, scale in 0..28u32, seen in prop::collection::vec((any::<i32>(), any::<u32>()), 0..20)) {
            let price = Decimal::from_i128_with_scale(price.into(), scale);
            let mark = Mark { moment: i64::from(moment) * 1_000_000, trade, price };
            let bar = Bar { first: mark, last: mark, high: price, low: price, volume: Decimal::MAX };
            let seen: Vec<(i64, u32)> = seen.into_iter().map(|(moment, identity)| (moment.into(), identity)).collect();
            let text = write(&bar, None, seen.iter().copied()).unwrap();
            prop_assert_eq!(read(&text), Some(Minute { bar, forgotten: i64::MIN, seen }));
        }

        #[test]
        fn row_28_no_text_panics(text in "[A-Za-z0-9+/]{0,120}") {
            let _ = read(&text);
        }
    }
}
