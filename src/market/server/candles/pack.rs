//! Many candles as one short text: whole numbers of the smallest unit, each as the difference to what is known already, a column a
//! kind, deflated. A row that a database keeps for itself would be ten times as long.

use crate::market::candle::Candle;
use crate::money::Decimal;
use anyhow::{Context as _, bail, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use chrono::DateTime;
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use std::io::{Read as _, Write as _};

/// Candles in one text at the most.
pub const MOST: i64 = 1_440;
/// Bytes that a text may have when it is inflated: more than any that was written.
const INFLATED: u64 = 1 << 20;
/// How a text begins.
const PACKED: &str = "1";
const PLAIN: &str = "0";

/// The text of candles of one length in seconds, oldest first.
///
/// # Errors
/// The machine has no memory for it.
pub fn pack(candles: &[Candle], length: i64) -> anyhow::Result<String> {
    // Numbers that no whole number of one unit can hold together are written as they are.
    let Some(bytes) = bytes(candles, length) else {
        return Ok(PLAIN.to_owned() + &serde_json::to_string(candles)?);
    };
    let mut deflated = DeflateEncoder::new(vec![], Compression::default());
    deflated.write_all(&bytes)?;
    Ok(PACKED.to_owned() + &STANDARD_NO_PAD.encode(deflated.finish()?))
}

fn bytes(candles: &[Candle], length: i64) -> Option<Vec<u8>> {
    let scale = |amounts: &dyn Fn(&Candle) -> Vec<Decimal>| {
        let all = candles.iter().flat_map(amounts);
        all.map(|amount| amount.normalize().scale()).max().unwrap_or_default()
    };
    let price_scale = scale(&|one| vec![one.open, one.high, one.low, one.close]);
    let volume_scale = scale(&|one| vec![one.volume]);
    let mut columns: [Vec<u8>; 6] = Default::default();
    let (mut start, mut close) = (0, 0);
    for candle in candles {
        let price = |amount| whole(amount, price_scale);
        let (o, h, l, c) = (price(candle.open)?, price(candle.high)?, price(candle.low)?, price(candle.close)?);
        let number = candle.start.timestamp().div_euclid(length);
        let differences = [
            i128::from(number - start),
            o.checked_sub(close)?,
            c.checked_sub(o)?,
            h.checked_sub(o.max(c))?,
            o.min(c).checked_sub(l)?,
            whole(candle.volume, volume_scale)?,
        ];
        for (column, difference) in columns.iter_mut().zip(differences) {
            put(column, difference)?;
        }
        (start, close) = (number, c);
    }
    let mut bytes = vec![u8::try_from(price_scale).ok()?, u8::try_from(volume_scale).ok()?];
    put(&mut bytes, candles.len() as i128)?;
    bytes.extend(columns.concat());
    Some(bytes)
}

/// The candles of a text.
///
/// # Errors
/// It is none that [`pack`] wrote.
pub fn unpack(text: &str, length: i64) -> anyhow::Result<Vec<Candle>> {
    if let Some(plain) = text.strip_prefix(PLAIN) {
        return Ok(serde_json::from_str(plain)?);
    }
    let Some(packed) = text.strip_prefix(PACKED) else {
        bail!("packed by a newer program");
    };
    let mut bytes = Vec::with_capacity(16 << 10);
    let deflated = STANDARD_NO_PAD.decode(packed)?;
    DeflateDecoder::new(&*deflated).take(INFLATED).read_to_end(&mut bytes)?;
    let [price_scale, volume_scale, rest @ ..] = &bytes[..] else {
        bail!("it is too short");
    };
    let mut rest = rest;
    let count = usize::try_from(take(&mut rest).context("no count")?)?;
    // A number has a byte at least.
    ensure!(count <= rest.len(), "it is too short");
    let mut rows = vec![[0i128; 6]; count];
    for column in 0..6 {
        for row in &mut rows {
            row[column] = take(&mut rest).context("it is too short")?;
        }
    }
    let mut candles = Vec::with_capacity(count);
    let (mut start, mut close) = (0i64, 0i128);
    let amount = |whole: i128, scale: u8| Decimal::try_from_i128_with_scale(whole, u32::from(scale));
    let sum = |one: i128, other: i128| one.checked_add(other).context("a number is too large");
    for [steps, gap, change, above, below, volume] in rows {
        start = start.checked_add(i64::try_from(steps)?).context("a moment is too late")?;
        let open = sum(close, gap)?;
        close = sum(open, change)?;
        let seconds = start.checked_mul(length).context("a moment is too late")?;
        candles.push(Candle {
            start: DateTime::from_timestamp(seconds, 0).context("a moment is too late")?,
            open: amount(open, *price_scale)?,
            high: amount(sum(open.max(close), above)?, *price_scale)?,
            low: amount(sum(open.min(close), -below)?, *price_scale)?,
            close: amount(close, *price_scale)?,
            volume: amount(volume, *volume_scale)?,
        });
    }
    Ok(candles)
}

/// An amount in units of so many places.
pub fn whole(amount: Decimal, scale: u32) -> Option<i128> {
    let amount = amount.normalize();
    let power = 10i128.checked_pow(scale.checked_sub(amount.scale())?)?;
    amount.mantissa().checked_mul(power)
}

/// Writes a number in as few bytes as it needs, seven bits each; small negative ones are short too.
pub fn put(bytes: &mut Vec<u8>, number: i128) -> Option<()> {
    let mut left = u128::try_from(number.checked_mul(2)?.checked_abs()?).ok()?;
    if number < 0 {
        left -= 1;
    }
    loop {
        let low = (left & 0x7f) as u8;
        left >>= 7;
        if left == 0 {
            bytes.push(low);
            return Some(());
        }
        bytes.push(low | 0x80);
    }
}

/// Reads what [`put`] wrote; `None` where there is no whole number.
pub fn take(bytes: &mut &[u8]) -> Option<i128> {
    let (mut number, mut shift) = (0u128, 0);
    loop {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        if shift > 119 {
            return None;
        }
        number |= u128::from(byte & 0x7f) << shift;
        shift += 7;
        if byte & 0x80 == 0 {
            let half = i128::try_from(number / 2).ok()?;
            return Some(if number & 1 == 1 { -half - 1 } else { half });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn candle(minute: i64, prices: [Decimal; 4], volume: Decimal) -> Candle {
        let [open, high, low, close] = prices;
        Candle {
            start: DateTime::from_timestamp(minute * 60, 0).unwrap(),
            open,
            high,
            low,
            close,
            volume,
        }
    }

    fn amount() -> impl Strategy<Value = Decimal> {
        (1..100_000_000_000i64, 0..10u32).prop_map(|(mantissa, scale)| Decimal::new(mantissa, scale))
    }

    proptest! {
        #[test]
        fn what_is_packed_comes_back(all in prop::collection::btree_map(-100_000i64..30_000_000, (amount(), amount(), amount(), amount(), amount()), 0..60)) {
            let candles: Vec<Candle> = all.into_iter().map(|(minute, (a, b, c, d, volume))| {
                candle(minute, [a, a.max(b).max(c).max(d), a.min(b).min(c).min(d), d], volume)
            }).collect();
            let text = pack(&candles, 60).unwrap();
            prop_assert_eq!(unpack(&text, 60).unwrap(), candles);
        }

        #[test]
        fn row_28_no_text_panics(text in "[01]?[A-Za-z0-9+/]{0,80}", bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = unpack(&text, 60);
            let mut deflated = DeflateEncoder::new(vec![], Compression::fast());
            deflated.write_all(&bytes).unwrap();
            let _ = unpack(&(PACKED.to_owned() + &STANDARD_NO_PAD.encode(deflated.finish().unwrap())), 60);
        }

        #[test]
        fn a_number_comes_back(number in -(1i128 << 118)..(1i128 << 118)) {
            let mut bytes = vec![];
            put(&mut bytes, number).unwrap();
            prop_assert_eq!(take(&mut &bytes[..]), Some(number));
        }
    }

    #[test]
    fn numbers_of_no_common_unit_come_back_too() {
        let (large, small) = (Decimal::MAX, Decimal::new(1, 28));
        let candles = [candle(1, [large; 4], small), candle(2, [small; 4], large)];
        assert_eq!(unpack(&pack(&candles, 60).unwrap(), 60).unwrap(), candles);
        assert_eq!(unpack(&pack(&[], 60).unwrap(), 60).unwrap(), []);
    }
}
