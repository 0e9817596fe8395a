//! What a stretch of days did to a portfolio: returns, risk, falls, months, and what each holding gave. From values, flows and a
//! benchmark's prices alone.

use crate::market::hours::is_trading_day;
use crate::money::Decimal;
use crate::portfolio::book::exact;
use crate::portfolio::change::Change;
use crate::portfolio::performance::{DayValue, Drawdown, Twr, max_drawdown, twr};
use crate::portfolio::range::Stretch;
use crate::portfolio::ratio::annualised;
use crate::portfolio::ratio::risk::{DayReturn, beta, correlation, sharpe, sortino, volatility};
use chrono::{Datelike as _, NaiveDate};

/// What is known of a stretch.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// The value of each of its days, in order; first that of the day it begins with, where there is one.
    pub values: Vec<DayValue>,
    /// What the benchmark cost at the close before the first day, and on each day since, in the base currency, as far as it is known.
    pub benchmark: Vec<(NaiveDate, Decimal)>,
    /// The gain of each holding.
    pub gains: Vec<(Held, Decimal)>,
    /// The rate a year of what has no risk: 0.02 is two percent.
    pub risk_free: Decimal,
}

/// What gained.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Held {
    /// An instrument, by its symbol.
    Instrument(String),
    /// Cash: interest, fees that belong to no instrument, and what its currencies gained.
    Cash,
}

/// What a holding gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contribution {
    /// Which.
    pub of: Held,
    /// Its gain in the base currency, income and fees counted.
    pub gain: Decimal,
    /// The gain as a part of the average capital; `None` where that is not above zero.
    pub rate: Option<Decimal>,
}

/// The returns of a year's months.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct YearOfMonths {
    /// The year.
    pub year: i32,
    /// The return of each month; `None` for one outside of the stretch.
    pub months: [Option<Decimal>; 12],
    /// All of them together.
    pub whole: Decimal,
}

/// How the benchmark did on the same days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Benchmark {
    /// Its whole return; `None` where its price at the beginning or at the end is not known.
    pub total: Option<Decimal>,
    /// The same a year, where the time is longer than one.
    pub annualised: Option<Decimal>,
    /// Its growth: what one became by the close of each day, the beginning first.
    pub growth: Vec<(NaiveDate, Decimal)>,
    /// How much the portfolio moves with it.
    pub beta: Option<Decimal>,
    /// How closely it does.
    pub correlation: Option<Decimal>,
}

/// What a stretch of days did.
#[derive(Clone, Debug)]
pub struct Report {
    /// Which days.
    pub stretch: Stretch,
    /// Value at the beginning; nothing where it begins with the first activity.
    pub opened_with: Decimal,
    /// Each day, without the one that it begins with.
    pub days: Vec<DayValue>,
    /// The time-weighted return; `None` where a value was not above zero while something was held. Its sub-periods are the days.
    pub twr: Option<Twr>,
    /// What one became by the close of each day, the beginning first.
    pub growth: Vec<(NaiveDate, Decimal)>,
    /// Value at the end less value at the beginning, less the net flow, and less dividends that the prices have in them already.
    pub gain: Decimal,
    /// The same by what changed it: value at the end = value at the beginning + its parts.
    pub change: Change,
    /// The largest fall.
    pub drawdown: Option<Drawdown>,
    /// Volatility a year.
    pub volatility: Option<Decimal>,
    /// Sharpe ratio.
    pub sharpe: Option<Decimal>,
    /// Sortino ratio.
    pub sortino: Option<Decimal>,
    /// The rate a year that both are held against.
    pub risk_free: Decimal,
    /// What it is held against, where a price of it is known.
    pub benchmark: Option<Benchmark>,
    /// The returns of months, the latest year first.
    pub months: Vec<YearOfMonths>,
    /// What each holding gave, the most first. Their sum is the gain.
    pub contributions: Vec<Contribution>,
}

impl Report {
    /// Tells of a stretch.
    pub fn of(stretch: Stretch, known: Known) -> Self {
        let mut values = known.values;
        let opened_with = match (stretch.opening, values.first_mut()) {
            (Some(_), Some(opening)) => {
                // What was there comes in, as it were: what was done before is no part of this.
                *opening = DayValue {
                    value: opening.value,
                    flow: opening.value,
                    ..DayValue::nothing(opening.day)
                };
                opening.value
            }
            _ => Decimal::ZERO,
        };
        let twr = twr(&values);
        // A fall may begin with what was there first.
        let drawdown = twr.as_ref().and_then(|twr| max_drawdown(&twr.periods));
        let skipped = usize::from(stretch.opening.is_some());
        let twr = twr.map(|whole| Twr {
            periods: whole.periods.into_iter().skip(skipped).collect(),
            ..whole
        });
        let days: Vec<_> = values.into_iter().skip(skipped).collect();
        let returns = twr.as_ref().map_or(&[][..], |twr| &twr.periods);
        let trading = trading_days(returns);
        let in_prices: Decimal = days.iter().map(|day| day.in_prices).sum();
        let risen = worth(opened_with, &days) - opened_with;
        let change = Change::of(&days, risen);
        let capital = capital(&stretch, opened_with, &days);
        let mut contributions: Vec<_> = known.gains.into_iter().map(|(of, gain)| contribution(of, gain, capital)).collect();
        contributions.sort_by(|one, other| other.gain.cmp(&one.gain).then_with(|| one.of.cmp(&other.of)));
        Self {
            growth: growth(stretch.before(), returns),
            gain: risen - change.flows - in_prices,
            volatility: volatility(&trading),
            sharpe: sharpe(&trading, known.risk_free),
            sortino: sortino(&trading, known.risk_free),
            benchmark: Benchmark::of(&stretch, &known.benchmark, &trading),
            months: months(returns),
            risk_free: known.risk_free,
            change,
            stretch,
            opened_with,
            drawdown,
            contributions,
            twr,
            days,
        }
    }

    /// The value at the end.
    pub fn worth(&self) -> Decimal {
        worth(self.opened_with, &self.days)
    }

    /// The days on which something came in or went out.
    pub fn flows(&self) -> impl Iterator<Item = &DayValue> {
        self.days.iter().filter(|day| !day.flow.is_zero() || !day.closing_outflow.is_zero())
    }
}

impl Benchmark {
    fn of(stretch: &Stretch, prices: &[(NaiveDate, Decimal)], mine: &[DayReturn]) -> Option<Self> {
        let (first, price) = *prices.first()?;
        let (end, last) = *prices.last()?;
        let ratio = |day: &(NaiveDate, Decimal)| Some((day.0, day.1.checked_div(price)?));
        let returns: Vec<_> = prices
            .windows(2)
            .filter_map(|pair| {
                let rate = pair[1].1.checked_div(pair[0].1)?.checked_sub(Decimal::ONE)?;
                Some(DayReturn { day: pair[1].0, rate })
            })
            .collect();
        let returns = trading_days(&returns);
        let total = last.checked_div(price).and_then(|ratio| ratio.checked_sub(Decimal::ONE));
        let total = total.filter(|_| first <= stretch.before() && end >= stretch.last);
        let total = total.map(|total| total.round_dp(exact::PLACES).normalize());
        let length = stretch.length();
        Some(Self {
            annualised: total.filter(|_| length > 365).and_then(|total| annualised(total, length)),
            growth: prices.iter().filter_map(ratio).collect(),
            beta: beta(mine, &returns),
            correlation: correlation(mine, &returns),
            total,
        })
    }
}

/// The value after the last of `days`.
fn worth(opened_with: Decimal, days: &[DayValue]) -> Decimal {
    days.last().map_or(opened_with, |day| day.value)
}

/// What one became by each day, from `before` on.
fn growth(before: NaiveDate, returns: &[DayReturn]) -> Vec<(NaiveDate, Decimal)> {
    if returns.is_empty() {
        return vec![];
    }
    let mut level = Decimal::ONE;
    let days = returns.iter().map(|one| {
        level = level.saturating_mul(Decimal::ONE + one.rate);
        (one.day, level)
    });
    [(before, Decimal::ONE)].into_iter().chain(days).collect()
}

/// Returns of days on which New York's exchange trades: those of a weekend or a holiday count with the day of trading after it, so that
/// a year has as many as risk is reckoned with. Such days at the end count for nothing.
fn trading_days(returns: &[DayReturn]) -> Vec<DayReturn> {
    let mut waiting = Decimal::ONE;
    let mut found = Vec::with_capacity(returns.len());
    for one in returns {
        waiting = waiting.saturating_mul(Decimal::ONE + one.rate);
        if is_trading_day(one.day) {
            found.push(DayReturn {
                day: one.day,
                rate: waiting - Decimal::ONE,
            });
            waiting = Decimal::ONE;
        }
    }
    found
}

fn months(returns: &[DayReturn]) -> Vec<YearOfMonths> {
    let mut years: Vec<YearOfMonths> = vec![];
    let after = |level: Decimal, rate: Decimal| level.saturating_mul(Decimal::ONE + rate);
    for one in returns {
        if years.last().is_none_or(|last| last.year != one.day.year()) {
            years.push(YearOfMonths {
                year: one.day.year(),
                months: [None; 12],
                whole: Decimal::ONE,
            });
        }
        let Some(year) = years.last_mut() else { continue };
        year.whole = after(year.whole, one.rate);
        if let Some(month) = year.months.get_mut(one.day.month0() as usize) {
            *month = Some(after(month.unwrap_or(Decimal::ONE), one.rate));
        }
    }
    let rate = |level: Decimal| (level - Decimal::ONE).round_dp(exact::PLACES).normalize();
    for year in &mut years {
        year.whole = rate(year.whole);
        year.months = year.months.map(|month| month.map(rate));
    }
    years.reverse();
    years
}

/// What was at work on an average day: what was there first, and each flow for as long as it was there.
fn capital(stretch: &Stretch, opened_with: Decimal, days: &[DayValue]) -> Option<Decimal> {
    let length = Decimal::from(stretch.length());
    let mut weighted = opened_with.checked_mul(length)?;
    for day in days {
        let left = (stretch.last - day.day).num_days();
        let came = day.flow.checked_mul(Decimal::from(left + 1))?;
        let went = day.closing_outflow.checked_mul(Decimal::from(left))?;
        weighted = weighted.checked_add(came)?.checked_sub(went)?;
    }
    weighted.checked_div(length).filter(|capital| *capital > Decimal::ZERO)
}

fn contribution(of: Held, gain: Decimal, capital: Option<Decimal>) -> Contribution {
    let rate = capital.and_then(|capital| gain.checked_div(capital));
    Contribution {
        of,
        gain,
        rate: rate.map(|rate| rate.round_dp(exact::PLACES).normalize()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::portfolio::book::sample::{d, day, returns};

    fn at(number: u32, value: &str, flow: &str) -> DayValue {
        DayValue {
            value: d(value),
            flow: d(flow),
            ..DayValue::nothing(day(number))
        }
    }

    fn held(gains: &[(&str, &str)]) -> Vec<(Held, Decimal)> {
        gains
            .iter()
            .map(|(of, gain)| (Held::Instrument((*of).to_owned()), d(gain)))
            .collect()
    }

    /// From the close of Monday, the 1st of January 2024: 100 become 110; 90 come in, and 200 become 190.
    fn two_days() -> Report {
        let stretch = Stretch {
            opening: Some(day(1)),
            first: day(2),
            last: day(3),
        };
        let known = Known {
            values: vec![at(1, "100", "70"), at(2, "110", "0"), at(3, "190", "90")],
            benchmark: vec![(day(1), d("50")), (day(2), d("55")), (day(3), d("55"))],
            gains: held(&[("A", "-12"), ("B", "12")]),
            risk_free: Decimal::ZERO,
        };
        Report::of(stretch, known)
    }

    #[test]
    fn what_was_done_before_is_no_part_of_a_stretch() {
        let report = two_days();
        let twr = report.twr.as_ref().unwrap();
        // 1.1 x 0.95 - 1
        assert_eq!((twr.total, twr.periods.len(), report.days.len()), (d("0.045"), 2, 2));
        assert_eq!((report.opened_with, report.change.flows, report.gain), (d("100"), d("90"), d("0")));
        let fall = report.drawdown.unwrap();
        assert_eq!(
            (fall.depth, fall.peak, fall.trough, fall.recovered),
            (d("-0.05"), day(2), day(3), None)
        );
        let growth: Vec<_> = report.growth.iter().map(|(day, level)| (*day, level.normalize())).collect();
        assert_eq!(growth, [(day(1), d("1")), (day(2), d("1.1")), (day(3), d("1.045"))]);
        assert_eq!(report.flows().map(|one| one.day).collect::<Vec<_>>(), [day(3)]);
        assert_eq!((report.months.len(), report.months[0].months[0]), (1, Some(d("0.045"))));
        assert_eq!((report.months[0].months[1], report.months[0].whole), (None, d("0.045")));
    }

    #[test]
    fn a_holding_gave_its_part_of_the_average_capital() {
        let report = two_days();
        // 100 for two days and 90 for one of them are 145 on average.
        let rates: Vec<_> = report.contributions.iter().map(|one| one.rate.unwrap().round_dp(6)).collect();
        assert_eq!(rates, [d("0.082759"), d("-0.082759")], "the most first");
        assert_eq!(report.contributions[0].of, Held::Instrument("B".into()));
    }

    #[test]
    fn a_benchmark_is_of_the_same_days() {
        let benchmark = two_days().benchmark.unwrap();
        assert_eq!((benchmark.total, benchmark.annualised), (Some(d("0.1")), None));
        // 10 % and 0 % against 10 % and -5 %: the covariance is 1.5 times the variance.
        assert_eq!((benchmark.beta, benchmark.correlation), (Some(d("1.5")), Some(d("1"))));
        let late = Known {
            values: vec![at(1, "100", "100"), at(2, "110", "0")],
            benchmark: vec![(day(2), d("55"))],
            ..Known::default()
        };
        let stretch = Stretch {
            opening: None,
            first: day(1),
            last: day(2),
        };
        let report = Report::of(stretch, late);
        assert_eq!(report.benchmark.unwrap().total, None, "its price at the beginning is not known");
        assert_eq!(report.twr.unwrap().periods.len(), 2, "the first day of all has a return of its own");
    }

    #[test]
    fn a_weekend_and_a_holiday_count_with_the_day_after() {
        // From Friday, the 5th of January 2024, to Tuesday.
        let all: Vec<_> = (5..).zip(returns(&["0.01", "0.1", "0", "0.1", "-0.5"])).collect();
        let all: Vec<_> = all.into_iter().map(|(number, one)| DayReturn { day: day(number), ..one }).collect();
        let told = trading_days(&all);
        let rates: Vec<_> = told.iter().map(|one| one.rate.normalize()).collect();
        assert_eq!(rates, [d("0.01"), d("0.21"), d("-0.5")]);
        assert_eq!(trading_days(&all[..3]).len(), 1, "a weekend at the end counts for nothing");
        // From Friday, the 12th, over Martin Luther King's Monday, to Tuesday.
        let all: Vec<_> = (12..).zip(returns(&["0.01", "0", "0.1", "0.1", "0.1"])).collect();
        let all: Vec<_> = all.into_iter().map(|(number, one)| DayReturn { day: day(number), ..one }).collect();
        let told: Vec<_> = trading_days(&all).iter().map(|one| (one.day, one.rate.normalize())).collect();
        assert_eq!(told, [(day(12), d("0.01")), (day(16), d("0.331"))], "and so does a holiday");
    }

    #[test]
    fn nothing_is_told_of_nothing() {
        let stretch = Stretch {
            opening: None,
            first: day(1),
            last: day(1),
        };
        let report = Report::of(stretch, Known::default());
        assert!(report.twr.is_none() && report.months.is_empty() && report.growth.is_empty() && report.benchmark.is_none());
        assert_eq!((report.gain, report.volatility, report.drawdown), (Decimal::ZERO, None, None));
    }
}
