//! The index that ships with the program, to hold a portfolio against. It cannot be owned, and has no quote.

use crate::market::server::Market;
use crate::market::server::history::DailyCloses;
use crate::money::{Decimal, round};
use chrono::{NaiveDate, TimeDelta};

/// What it is called by.
pub const SYMBOL: &str = "SP500";
/// Its name.
pub const NAME: &str = "S&P 500, without dividends";
/// The currency that its level counts as.
pub const CURRENCY: &str = "USD";
/// Places of a level.
const PLACES: u32 = 4;
/// How old a level may be: longer than any holidays in a row.
const OLDEST: TimeDelta = TimeDelta::days(7);

/// Its level on each day that is known, the oldest first.
#[derive(Clone, Debug, Default)]
pub struct Levels(Vec<(NaiveDate, Decimal)>);

impl Levels {
    /// Its level on a day, or the last one within the week before.
    pub fn on(&self, day: NaiveDate) -> Option<Decimal> {
        let at = self.0.partition_point(|(of, _)| *of <= day).checked_sub(1)?;
        let (of, level) = self.0.get(at)?;
        (day - *of <= OLDEST).then_some(*level)
    }

    /// Goes on from its last day with a market that goes on: as the mean of its shares does.
    fn go_on(&mut self, closes: &DailyCloses) {
        let Some((last, mut level)) = self.0.last().copied() else { return };
        let Some(at) = closes.days.iter().position(|day| *day == last) else {
            return;
        };
        let shares: Vec<&[Decimal]> = closes.symbols.iter().map(|symbol| closes.of(symbol)).collect();
        for (day, place) in closes.days.iter().zip(0..).skip(at + 1) {
            let grown = shares.iter().map(|share| ratio(share.get(place)?, share.get(place - 1)?));
            let Some(next) = after(level, grown) else { return };
            level = next;
            self.0.push((*day, level));
        }
    }
}

fn ratio(now: &Decimal, before: &Decimal) -> Option<Decimal> {
    now.checked_div(*before)
}

/// The level after a mean of growths.
fn after(level: Decimal, grown: impl Iterator<Item = Option<Decimal>>) -> Option<Decimal> {
    let grown = grown.collect::<Option<Vec<_>>>()?;
    let sum = grown.iter().try_fold(Decimal::ZERO, |sum, one| sum.checked_add(*one))?;
    let mean = sum.checked_div(Decimal::from(grown.len()))?;
    level.checked_mul(mean).map(|level| round(level, PLACES))
}

impl Market {
    /// The levels of the shipped index at closes. They are real up to the last shipped day. Where the market is simulated it goes on from
    /// there as the mean of the simulated shares does; elsewhere it ends.
    pub fn index(&self) -> Levels {
        let mut levels = Levels(self.index.days.iter().copied().zip(self.index.of(SYMBOL).iter().copied()).collect());
        if self.bus.feed().simulated {
            self.closes.read(|closes| levels.go_on(closes));
        }
        levels
    }

    /// Its level at this moment, `today` being a day that is not over, where `levels` are those of [`Market::index`].
    pub fn index_now(&self, levels: &Levels, today: NaiveDate) -> Option<Decimal> {
        let known = levels.on(today);
        let next = levels
            .0
            .last()
            .copied()
            .filter(|(last, _)| *last < today && self.bus.feed().simulated);
        let now = next.and_then(|(last, level)| {
            // Today's prices stand where its close will.
            self.closes.read(|closes| {
                if closes.days.last() != Some(&last) {
                    return None;
                }
                self.bus.read(|quotes| {
                    let grown = closes
                        .symbols
                        .iter()
                        .map(|symbol| ratio(&quotes.get(symbol)?.price, closes.of(symbol).last()?));
                    after(level, grown)
                })
            })
        });
        now.or(known)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::portfolio::book::sample::d;

    #[test]
    fn it_goes_on_as_the_mean_of_the_shares_does() {
        let shipped = DailyCloses::shipped().unwrap();
        let mut closes = shipped.clone();
        let last = shipped.real_until;
        let next = last.succ_opt().unwrap();
        // Half of the shares gain four percent, the others nothing.
        closes.push(next, |share| {
            let close = shipped.last(&shipped.symbols[share], 1)[0];
            if share % 2 == 0 { close * d("1.04") } else { close }
        });
        let mut levels = Levels(vec![(last, d("1000"))]);
        levels.go_on(&closes);
        assert_eq!((levels.on(last), levels.on(next)), (Some(d("1000")), Some(d("1020"))));
        assert_eq!(
            levels.on(next + TimeDelta::days(7)),
            Some(d("1020")),
            "as long as holidays may last"
        );
        assert_eq!(
            (levels.on(next + TimeDelta::days(8)), levels.on(last.pred_opt().unwrap())),
            (None, None)
        );
    }
}
