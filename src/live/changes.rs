//! The compact form of an update: what changed since one that the client holds. docs/PROTOCOL.md, "Changed fields", is its text.
//!
//! Both directions are here. What a form of this kind cannot say (a holding that came, a price that is known no more) goes out whole.

use crate::live::protocol::PriceUpdate;
use crate::money::Decimal;
use chrono::{DateTime, TimeDelta, Utc};

/// The subprotocol whose updates are changed fields, once the client has a whole one. All else is as without it.
pub const SUBPROTOCOL: &str = "finflow.v1.changes";

/// Bit of a mask: the figures that follow are written anew, each with its places, and not as differences.
const ANEW: u64 = 1;
/// Bit of a holding's mask: the moment of its price.
const QUOTED_AT: u64 = 1 << 5;

/// The figures above everything else, in the order of their bits: to be read, or with `mut` to be written.
macro_rules! totals {
    ($valuation:expr, $as:ident $(, $mut:tt)?) => {{
        let [price, currency, income, fees, flows] = match & $($mut)? $valuation.change_by {
            Some(by) => [
                Some(& $($mut)? by.price),
                Some(& $($mut)? by.currency),
                Some(& $($mut)? by.income),
                Some(& $($mut)? by.fees),
                Some(& $($mut)? by.flows),
            ],
            None => [None, None, None, None, None],
        };
        [
            Some(& $($mut)? $valuation.total_value),
            Some(& $($mut)? $valuation.total_change),
            $valuation.total_change_percent.$as(),
            price,
            currency,
            income,
            fees,
            flows,
        ]
    }};
}

/// A row's figures, in the order of their bits.
macro_rules! shown {
    ($holding:expr, $as:ident $(, $mut:tt)?) => {
        [
            $holding.current_price.$as(),
            $holding.change.$as(),
            $holding.change_percent.$as(),
            Some(& $($mut)? $holding.value),
        ]
    };
}

/// The update `after` as it follows from `before`; `None` where only the whole one can say it.
pub fn encode(before: &PriceUpdate, after: &PriceUpdate) -> Option<Vec<u8>> {
    let (old, new) = (&before.data, &after.data);
    let same = old.portfolio_id == new.portfolio_id
        && old.portfolio_name == new.portfolio_name
        && old.base_currency == new.base_currency
        && old.investments.len() == new.investments.len();
    if !same {
        return None;
    }
    let mut frame = vec![];
    whole(&mut frame, before.seq);
    whole(&mut frame, after.seq.checked_sub(before.seq)?);
    signed(&mut frame, step(before.timestamp, after.timestamp));
    let (mask, figures) = difference(totals!(old, as_ref), totals!(new, as_ref))?;
    whole(&mut frame, mask);
    frame.extend(figures);
    let mut next = 0;
    for (at, (old, new)) in old.investments.iter().zip(&new.investments).enumerate() {
        if old == new {
            continue;
        }
        let same = old.symbol == new.symbol && old.name == new.name && old.currency == new.currency && old.quantity == new.quantity;
        if !same || old.quoted_at.is_some() != new.quoted_at.is_some() {
            return None;
        }
        let (mut mask, mut figures) = difference(shown!(old, as_ref), shown!(new, as_ref))?;
        if let (Some(old), Some(new)) = (old.quoted_at, new.quoted_at)
            && step(old, new) != 0
        {
            mask |= QUOTED_AT;
            signed(&mut figures, step(old, new));
        }
        if mask != 0 {
            whole(&mut frame, (at - next) as u64);
            whole(&mut frame, mask);
            frame.extend(figures);
            next = at;
        }
    }
    Some(frame)
}

/// Makes of the update that the client holds the one that a frame tells. `None` where the frame is broken or does not follow it: what is
/// held is good for nothing then.
pub fn apply(held: &mut PriceUpdate, frame: &[u8]) -> Option<()> {
    let mut frame = Reader(frame);
    if frame.whole()? != held.seq {
        return None;
    }
    held.id = None;
    held.seq = held.seq.checked_add(frame.whole()?)?;
    held.timestamp = held.timestamp.checked_add_signed(frame.millis()?)?;
    let mask = frame.whole()?;
    frame.figures(mask, &mut totals!(held.data, as_mut, mut))?;
    let mut at = 0usize;
    while !frame.0.is_empty() {
        at = at.checked_add(frame.whole()? as usize)?;
        let holding = held.data.investments.get_mut(at)?;
        let mask = frame.whole()?;
        frame.figures(mask, &mut shown!(holding, as_mut, mut))?;
        if mask & QUOTED_AT != 0 {
            let quoted_at = holding.quoted_at.as_mut()?;
            *quoted_at = quoted_at.checked_add_signed(frame.millis()?)?;
        }
    }
    Some(())
}

/// The mask and the figures that lead from `old` to `new`.
fn difference<const N: usize>(old: [Option<&Decimal>; N], new: [Option<&Decimal>; N]) -> Option<(u64, Vec<u8>)> {
    let (mut mask, mut steps, mut anew) = (0, vec![], vec![]);
    let mut places_differ = false;
    for (bit, pair) in old.into_iter().zip(new).enumerate() {
        let (old, new) = match pair {
            (None, None) => continue,
            (Some(old), Some(new)) => (old, new),
            _ => return None,
        };
        // Equal amounts may differ in print.
        if old.serialize() == new.serialize() {
            continue;
        }
        mask |= ANEW << (bit + 1);
        places_differ |= old.scale() != new.scale();
        let mantissa = i64::try_from(new.mantissa()).ok()?;
        signed(&mut steps, mantissa.checked_sub(i64::try_from(old.mantissa()).ok()?)?);
        whole(&mut anew, u64::from(new.scale()));
        signed(&mut anew, mantissa);
    }
    Some(if places_differ { (mask | ANEW, anew) } else { (mask, steps) })
}

/// Milliseconds from one moment to another, as a client knows them: it was told whole milliseconds.
fn step(old: DateTime<Utc>, new: DateTime<Utc>) -> i64 {
    new.timestamp_millis() - old.timestamp_millis()
}

/// Seven bits a byte, the lowest first; the eighth says that more follow (LEB128).
fn whole(frame: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        frame.push(number as u8 | 0x80);
        number >>= 7;
    }
    frame.push(number as u8);
}

/// The same for numbers of both signs: 0, -1, 1, -2 … are 0, 1, 2, 3 …
fn signed(frame: &mut Vec<u8>, number: i64) {
    whole(frame, (number << 1 ^ number >> 63) as u64);
}

/// What of a frame was not read yet.
struct Reader<'f>(&'f [u8]);

impl Reader<'_> {
    fn whole(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let (byte, rest) = self.0.split_first()?;
            self.0 = rest;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    fn signed(&mut self) -> Option<i64> {
        let number = self.whole()?;
        Some((number >> 1) as i64 ^ -((number & 1) as i64))
    }

    fn millis(&mut self) -> Option<TimeDelta> {
        TimeDelta::try_milliseconds(self.signed()?)
    }

    // Not of arrays: the browser's client would hold it twice.
    fn figures(&mut self, mask: u64, figures: &mut [Option<&mut Decimal>]) -> Option<()> {
        for (bit, figure) in figures.iter_mut().enumerate() {
            if mask & ANEW << (bit + 1) == 0 {
                continue;
            }
            let figure = figure.as_mut()?;
            let (mantissa, places) = if mask & ANEW != 0 {
                (0, self.whole()?.min(u64::from(u8::MAX)) as u32)
            } else {
                (figure.mantissa(), figure.scale())
            };
            // Neither is near the ends of its type.
            **figure = Decimal::try_from_i128_with_scale(mantissa + i128::from(self.signed()?), places).ok()?;
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::protocol::ServerMessage;
    use crate::portfolio::change::Change;
    use crate::portfolio::holding::Holding;
    use crate::portfolio::valuation::Valuation;
    use proptest::prelude::*;

    /// As the client reads it: what it does not read is not there.
    fn as_read(update: &PriceUpdate) -> PriceUpdate {
        match ServerMessage::decode(&ServerMessage::PriceUpdate(update.clone()).encode()) {
            Ok(ServerMessage::PriceUpdate(read)) => read,
            other => panic!("{other:?}"),
        }
    }

    fn printed(update: &PriceUpdate) -> String {
        ServerMessage::PriceUpdate(update.clone()).encode()
    }

    prop_compose! {
        fn amount()(units in -1_000_000_000_000i64..1_000_000_000_000, scale in 0u32..9) -> Decimal {
            Decimal::new(units, scale)
        }
    }

    prop_compose! {
        fn moment()(micros in 0i64..4_000_000_000_000_000) -> DateTime<Utc> {
            DateTime::from_timestamp_micros(micros).expect("in range")
        }
    }

    prop_compose! {
        fn cents()(cents in -1_000_000_000i64..1_000_000_000) -> Decimal {
            Decimal::new(cents, 2)
        }
    }

    prop_compose! {
        fn holding(number: usize)(
            figures in proptest::option::of((amount(), cents(), cents(), moment())),
            value in cents(),
        ) -> Holding {
            Holding {
                symbol: format!("S{number}"),
                name: format!("Share {number}"),
                currency: "USD".into(),
                quantity: Decimal::TEN,
                current_price: figures.map(|(price, ..)| price),
                change: figures.map(|(_, change, ..)| change),
                change_percent: figures.map(|(_, _, percent, _)| percent),
                quoted_at: figures.map(|(.., quoted_at)| quoted_at),
                value,
                ..Holding::default()
            }
        }
    }

    prop_compose! {
        fn update()(
            seq in 0u64..1_000_000,
            timestamp in moment(),
            totals in (cents(), cents(), proptest::option::of(cents())),
            by in proptest::option::of((cents(), cents(), amount(), cents(), cents())),
            investments in (holding(0), holding(1), holding(2)),
        ) -> PriceUpdate {
            PriceUpdate {
                id: None,
                seq,
                timestamp,
                data: Valuation {
                    portfolio_id: "p".into(),
                    portfolio_name: "Mine".into(),
                    base_currency: "USD".into(),
                    total_value: totals.0,
                    total_change: totals.1,
                    total_change_percent: totals.2,
                    gains: None,
                    change_by: by.map(|(price, currency, income, fees, flows)| Change { price, currency, income, fees, flows }),
                    investments: vec![investments.0, investments.1, investments.2],
                },
            }
        }
    }

    proptest! {
        #[test]
        fn what_follows_is_what_was_told_to_the_last_digit(before in update(), after in update()) {
            let mut held = as_read(&before);
            match encode(&before, &after) {
                Some(frame) => {
                    prop_assert_eq!(apply(&mut held, &frame), Some(()));
                    prop_assert_eq!(printed(&held), printed(&as_read(&after)));
                }
                None => {
                    let known = |update: &PriceUpdate| {
                        let rows = update.data.investments.iter().map(|one| one.current_price.is_some());
                        (rows.collect::<Vec<_>>(), update.data.change_by.is_some(), update.data.total_change_percent.is_some())
                    };
                    prop_assert!(after.seq < before.seq || known(&before) != known(&after));
                }
            }
        }

        #[test]
        fn no_bytes_panic(before in update(), frame in proptest::collection::vec(any::<u8>(), 0..60)) {
            let mut held = before.clone();
            apply(&mut held, &frame);
            let mut frame = encode(&before, &before).expect("nothing changed");
            frame.truncate(frame.len() - 1);
            prop_assert_eq!(apply(&mut before.clone(), &frame), None);
        }
    }

    /// Twelve rows as a market of shares moves them: two prices by some cents, half a second apart.
    fn twelve() -> (PriceUpdate, PriceUpdate) {
        let cents = |cents| Decimal::new(cents, 2);
        let moment = |millis| DateTime::from_timestamp_millis(1_790_000_000_000 + millis).expect("in range");
        let row = |number: i64| Holding {
            symbol: format!("S{number}"),
            name: format!("Share {number}"),
            currency: "USD".into(),
            quantity: Decimal::TEN,
            current_price: Some(cents(17_550 + number)),
            change: Some(cents(250)),
            change_percent: Some(cents(144)),
            value: cents(175_500 + 10 * number),
            quoted_at: Some(moment(-60_000)),
            ..Holding::default()
        };
        let mut data = Valuation::new("p", "Mine", "USD", &[], |_| None);
        data.investments = (0..12).map(row).collect();
        data.total_value = cents(2_106_660);
        data.total_change = cents(30_000);
        data.total_change_percent = Some(cents(144));
        data.change_by = Some(Change {
            price: cents(30_000),
            ..Change::default().rounded("USD", cents(0))
        });
        let before = PriceUpdate {
            id: None,
            seq: 1_234_567_890,
            timestamp: moment(0),
            data,
        };
        let mut after = before.clone();
        after.seq += 1;
        after.timestamp = moment(500);
        for (at, step) in [(3, 84), (11, -137)] {
            let row = &mut after.data.investments[at];
            let add = |figure: &mut Option<Decimal>, step| *figure = figure.map(|figure| figure + cents(step));
            add(&mut row.current_price, step);
            add(&mut row.change, step);
            add(&mut row.change_percent, step / 2);
            row.value += cents(10 * step);
            row.quoted_at = Some(moment(step));
            after.data.total_value += cents(10 * step);
            after.data.total_change += cents(10 * step);
            if let Some(by) = &mut after.data.change_by {
                by.price += cents(10 * step);
            }
        }
        after.data.total_change_percent = Some(cents(141));
        (before, after)
    }

    #[test]
    fn two_of_twelve_that_moved_are_fewer_than_eighty_bytes() {
        let (before, after) = twelve();
        let frame = encode(&before, &after).expect("changes");
        let mut held = before.clone();
        assert_eq!((apply(&mut held, &frame), held), (Some(()), after.clone()));
        // The header of the WebSocket frame is two bytes.
        assert!(frame.len() + 2 <= 80, "{} bytes", frame.len());
        println!("{} bytes for {}", frame.len() + 2, printed(&after).len());
    }

    #[test]
    fn what_it_cannot_say_is_said_whole() {
        let (before, after) = twelve();
        let refused = |change: fn(&mut PriceUpdate)| {
            let mut after = after.clone();
            change(&mut after);
            encode(&before, &after).is_none()
        };
        assert!(!refused(|_| {}));
        assert!(refused(|after| drop(after.data.investments.pop())));
        assert!(refused(|after| after.data.investments.swap(0, 1)));
        assert!(refused(|after| after.data.investments[0].quantity = Decimal::ONE));
        assert!(refused(|after| after.data.investments[0].current_price = None));
        assert!(refused(|after| after.data.investments[0].quoted_at = None));
        assert!(refused(|after| after.data.change_by = None));
        assert!(refused(|after| after.data.portfolio_name.push('x')));
        assert!(refused(|after| after.data.investments[0].value = Decimal::MAX));
        assert!(refused(|after| after.seq = 0));
    }

    #[test]
    fn it_follows_only_what_it_was_made_from() {
        let one = PriceUpdate {
            id: Some("start".into()),
            seq: 7,
            timestamp: DateTime::UNIX_EPOCH,
            data: Valuation::new("p", "Mine", "USD", &[], |_| None),
        };
        let next = PriceUpdate { seq: 8, ..one.clone() };
        let frame = encode(&one, &next).expect("a step");
        let mut held = one.clone();
        assert_eq!((apply(&mut held, &frame), held.seq, &held.id), (Some(()), 8, &None));
        assert_eq!(apply(&mut held, &frame), None, "it is held already");
    }
}
