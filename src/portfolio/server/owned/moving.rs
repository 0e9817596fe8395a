//! A last known price that its owner lets move, where the market is simulated. Plainly labelled, and never of the past: what a day
//! was worth is told by the prices that are known.

use crate::market::server::Market;
use crate::market::server::provider::simulated::walk::Motion;
use crate::money::{Decimal, minor_units, round};
use crate::portfolio::mark::Price;
use crate::portfolio::server::owned::{Owned, PriceOf, Priced};
use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};

/// Digits that a price below one keeps.
const DIGITS: u32 = 4;
/// Most places that are taken over from the price that it moves from.
const TAKEN_OVER: u32 = 6;
/// Most places of a price.
const MOST_PLACES: u32 = 12;

/// A price that moves.
#[derive(Clone, Debug)]
pub struct Moving {
    anchor: Priced,
    since: DateTime<Utc>,
    motion: Motion,
}

impl Moving {
    /// What it is at a moment; before the one that it moves from, what it moves from.
    pub fn at(&mut self, moment: DateTime<Utc>) -> Decimal {
        let Price { price, currency, .. } = &self.anchor.price;
        if moment <= self.since {
            return *price;
        }
        let moved = price.checked_mul(self.motion.ratio(self.since, moment));
        moved.map_or(*price, |moved| rounded(moved, *price, currency))
    }

    /// The price of a moment, and its close of the day before: where it began today, what it began at.
    fn priced(mut self, moment: DateTime<Utc>) -> Priced {
        let close = self.at(begin(moment.date_naive()));
        Priced {
            price: Price {
                price: self.at(moment),
                previous_close: Some(close),
                currency: self.anchor.price.currency,
            },
            of: PriceOf::Simulated {
                since: self.anchor.of.moment().date_naive(),
                at: moment,
            },
            told: None,
        }
    }
}

impl Owned {
    /// How a last known price moves, where it does.
    pub(super) fn moving(&self, market: &Market, symbol: &str, anchor: &Priced) -> Option<Moving> {
        let may = self.instruments.get(symbol).is_some_and(|one| one.simulated);
        let walk = market.walk.filter(|_| may)?;
        let moves = self.listed(market, symbol).is_none() && anchor.price.price > Decimal::ZERO;
        moves.then(|| Moving {
            anchor: anchor.clone(),
            since: self.since(symbol, anchor.of),
            motion: walk.of(symbol),
        })
    }

    /// The last known price of what no market lists, or what became of it by now, where it moves.
    pub(super) fn moved(&self, market: &Market, symbol: &str, day: NaiveDate, anchor: Priced) -> Priced {
        match self.moving(market, symbol, &anchor) {
            Some(moving) => {
                let first = begin(day);
                let last = first + TimeDelta::days(1) - TimeDelta::seconds(1);
                let now = market.now().clamp(first, last);
                moving.priced(now - TimeDelta::nanoseconds(i64::from(now.timestamp_subsec_nanos())))
            }
            None => anchor,
        }
    }

    /// The moment that a price moves from: when it was entered, as far as that is within its day; else the end of that day, whose
    /// close it is. Of an activity, the beginning of its day.
    fn since(&self, symbol: &str, of: PriceOf) -> DateTime<Utc> {
        match of {
            PriceOf::Known(day) => {
                let first = begin(day);
                let last = first + TimeDelta::days(1);
                let entered = self.entered.get(&(symbol.to_owned(), day));
                entered.map_or(last, |entered| (*entered).clamp(first, last))
            }
            other => other.moment(),
        }
    }
}

fn begin(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(NaiveTime::MIN).and_utc()
}

/// To the smallest unit of the currency, or to as many places as the price had that it moves from; below one, to four digits.
fn rounded(price: Decimal, anchor: Decimal, currency: &str) -> Decimal {
    let mut places = minor_units(currency).max(anchor.normalize().scale().min(TAKEN_OVER));
    let mut first = 0;
    let mut digits = price;
    while digits < Decimal::ONE && first < MOST_PLACES {
        digits *= Decimal::TEN;
        first += 1;
    }
    if first > 0 {
        places = places.max(first - 1 + DIGITS).min(MOST_PLACES);
    }
    round(price, places).max(Decimal::new(1, places))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::portfolio::activity::Activity;
    use crate::portfolio::book::Terms;
    use crate::portfolio::book::sample::{buy, d, day};
    use crate::portfolio::described::{DescribedInstrument, KnownPrice};
    use crate::portfolio::holding::PriceSource;
    use crate::portfolio::server::owned::tests::MARKET;
    use crate::portfolio::settings::Settings;
    use crate::portfolio::valuation::Valuation;

    /// Five of a flat, bought at 200,000 on the first day; what was entered for it since; and ten shares.
    fn owned(simulated: bool, entered: &[(NaiveDate, &str)]) -> Owned {
        let settings = Settings {
            name: "Mine".into(),
            terms: Terms::in_currency("USD"),
            benchmark: None,
        };
        let ledger: Vec<Activity> = vec![buy("b", "FLAT", "5", "200000"), buy("s", "AAPL", "10", "150")];
        let described = ["FLAT", "AAPL"].map(|symbol| DescribedInstrument {
            symbol: symbol.into(),
            simulated,
            ..DescribedInstrument::default()
        });
        let prices = entered.iter().map(|(day, price)| KnownPrice {
            symbol: "FLAT".into(),
            day: *day,
            price: d(price),
            currency: Some("USD".into()),
        });
        let ledgers = vec![(settings.terms.clone(), ledger)];
        Owned::new("u".into(), "p".into(), settings, ledgers, described.into(), prices.collect())
    }

    fn moving(owned: &Owned) -> Moving {
        let last = owned.without_market("FLAT", day(60)).unwrap();
        owned.moving(&MARKET, "FLAT", &last).unwrap()
    }

    fn flat(valuation: &Valuation) -> &crate::portfolio::holding::Holding {
        valuation.investments.iter().find(|row| row.symbol == "FLAT").unwrap()
    }

    #[test]
    fn it_moves_where_its_owner_lets_it_and_what_the_market_lists_does_not() {
        let still = owned(false, &[]).valuation(&MARKET, day(60));
        assert_eq!(flat(&still).current_price, Some(d("200000")));
        assert_eq!(flat(&still).price_source, Some(PriceSource::Activity));
        let owned = owned(true, &[]);
        let valuation = owned.valuation(&MARKET, day(60));
        let row = flat(&valuation);
        let price = row.current_price.unwrap();
        assert!(price != d("200000") && price.scale() == 2, "{price}");
        assert_eq!((row.value, row.price_source), (price * d("5"), Some(PriceSource::Simulated)));
        let note = row.note.as_deref().unwrap();
        assert!(note.starts_with("Simulated") && note.contains("2024-01-01"), "{note}");
        let share = valuation.investments.iter().find(|row| row.symbol == "AAPL").unwrap();
        assert_eq!((share.price_source, share.note.as_ref()), (None, None));
        // Its close is what it was at midnight, and the day's change is from there.
        let close = moving(&owned).at(begin(day(60)));
        assert_eq!(row.change, Some(price - close));
        assert_eq!(row.day_change, Some((price - close) * d("5")));
        assert_eq!(
            price,
            moving(&owned).at(row.quoted_at.unwrap()),
            "any other who asks is told the same"
        );
    }

    #[test]
    fn a_new_price_is_the_new_start_at_once() {
        let mut owned = owned(true, &[(day(40), "210000"), (day(60), "300000.5")]);
        // Until when is not known: its day's end. Nothing moves that day.
        let row = flat(&owned.valuation(&MARKET, day(60))).clone();
        assert_eq!((row.current_price, row.change), (Some(d("300000.5")), Some(d("0.0"))));
        let noon = begin(day(60)) + TimeDelta::hours(11);
        owned.entered.insert(("FLAT".into(), day(60)), noon);
        let row = flat(&owned.valuation(&MARKET, day(60))).clone();
        let price = row.current_price.unwrap();
        assert!(
            price != d("300000.5") && (price / d("300000.5") - Decimal::ONE).abs() < d("0.05"),
            "{price}"
        );
        assert_eq!(row.change, Some(price - d("300000.5")), "against the price that it moves from");
        let mut course = moving(&owned);
        assert_eq!(
            (course.at(noon), course.at(noon - TimeDelta::hours(1))),
            (d("300000.5"), d("300000.5"))
        );
        assert_ne!(course.at(noon + TimeDelta::seconds(1)), d("300000.5"));
        // Entered afterwards for an earlier day, it is that day's close.
        owned.known.get_mut("FLAT").unwrap().pop();
        owned.entered.insert(("FLAT".into(), day(40)), noon);
        assert_eq!(moving(&owned).at(begin(day(41))), d("210000"));
        assert_ne!(moving(&owned).at(begin(day(42))), d("210000"));
    }

    #[test]
    fn past_days_keep_the_prices_that_are_known() {
        let entered = [(day(20), "210000"), (day(40), "250000")];
        let (still, moves) = (owned(false, &entered), owned(true, &entered));
        let past = |owned: &Owned| {
            let days = owned.returns(&MARKET, day(60)).days;
            days.iter()
                .filter(|one| one.day < day(60))
                .map(|one| (one.day, one.value))
                .collect::<Vec<_>>()
        };
        assert!(past(&still).len() > 1);
        assert_eq!(past(&still), past(&moves));
        let last = |owned: &Owned| owned.returns(&MARKET, day(60)).days.last().map(|one| one.value);
        assert_ne!(last(&still), last(&moves));
        // The chart of the last hours goes where the price went.
        let chart = |owned: &Owned| owned.recent_values(&MARKET, day(60));
        let apart = chart(&still)
            .iter()
            .zip(chart(&moves))
            .filter(|(one, other)| one.value != other.value)
            .count();
        assert!(apart > 200, "{apart}");
    }

    #[test]
    fn a_price_keeps_digits_enough_and_stays_above_zero() {
        let of = |price: &str, anchor: &str, currency: &str| rounded(d(price), d(anchor), currency).to_string();
        assert_eq!(of("412000.123456", "410000", "EUR"), "412000.12");
        assert_eq!(of("412000.123456", "410000", "JPY"), "412000");
        assert_eq!(of("12.3456789", "12.3450", "EUR"), "12.346");
        assert_eq!(of("0.051234567", "0.05", "USD"), "0.05123");
        assert_eq!(of("0.99999", "1", "USD"), "1.0000");
        assert_eq!(of("0.0000000000000001", "0.00000001", "USD"), "0.000000000001");
    }
}
