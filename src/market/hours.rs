//! Whether a market trades at a moment: coins always, US shares in the hours of New York's exchange.

use chrono::{DateTime, Datelike as _, Days, NaiveDate, NaiveTime, TimeDelta, Utc, Weekday};
use serde::{Deserialize, Serialize};

/// Whether a market trades.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MarketState {
    /// It trades.
    Open,
    /// It does not.
    Closed,
    /// Nobody here knows its hours.
    #[default]
    #[serde(other)]
    Unknown,
}

impl MarketState {
    /// How a page names it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed => "closed",
            Self::Unknown => "hours unknown",
        }
    }
}

/// The hours of a market.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hours {
    /// It never closes.
    Always,
    /// New York's exchange: 9:30 to 16:00 there on its trading days, to 13:00 on the short ones.
    NewYork,
    /// Nobody here knows.
    Unknown,
}

impl Hours {
    /// Whether it trades at a moment.
    pub fn at(self, moment: DateTime<Utc>) -> MarketState {
        match self {
            Self::Always => MarketState::Open,
            Self::NewYork if is_open_in_new_york(moment) => MarketState::Open,
            Self::NewYork => MarketState::Closed,
            Self::Unknown => MarketState::Unknown,
        }
    }
}

/// The day of a month that is its `nth` such weekday.
fn nth(year: i32, month: u32, weekday: Weekday, n: u8) -> Option<NaiveDate> {
    NaiveDate::from_weekday_of_month_opt(year, month, weekday, n)
}

/// Behind UTC: four hours from the second Sunday of March, two in the morning there, to the first of November; else five.
fn behind(moment: DateTime<Utc>) -> TimeDelta {
    let year = moment.year();
    let change = |month, n, hour| Some(nth(year, month, Weekday::Sun, n)?.and_hms_opt(hour, 0, 0)?.and_utc());
    let summer = match (change(3, 2, 7), change(11, 1, 6)) {
        (Some(from), Some(to)) => (from..to).contains(&moment),
        _ => false,
    };
    TimeDelta::hours(if summer { 4 } else { 5 })
}

/// Whether a day is one of New York's exchange, from which a year's 252 are counted. Its closures for mourning and storms are none of
/// its calendar.
pub fn is_trading_day(day: NaiveDate) -> bool {
    !matches!(day.weekday(), Weekday::Sat | Weekday::Sun) && !is_holiday(day)
}

fn is_open_in_new_york(moment: DateTime<Utc>) -> bool {
    let local = (moment - behind(moment)).naive_utc();
    let (day, time) = (local.date(), local.time());
    if !is_trading_day(day) {
        return false;
    }
    let close = if is_short(day) { 13 } else { 16 };
    let at = |hour, minute| NaiveTime::from_hms_opt(hour, minute, 0);
    at(9, 30).is_some_and(|open| time >= open) && at(close, 0).is_some_and(|close| time < close)
}

/// Easter Sunday of a year of the Gregorian calendar.
pub fn easter(year: i32) -> Option<NaiveDate> {
    let (a, b, c) = (year % 19, year / 100, year % 100);
    let h = (19 * a + b - b / 4 - (b - (b + 8) / 25 + 1) / 3 + 15) % 30;
    let l = (32 + 2 * (b % 4) + 2 * (c / 4) - h - c % 4) % 7;
    let m = (a + 11 * h + 22 * l) / 451;
    let days = h + l - 7 * m + 114;
    NaiveDate::from_ymd_opt(year, u32::try_from(days / 31).ok()?, u32::try_from(days % 31 + 1).ok()?)
}

/// A holiday on a fixed day: on a Sunday it is kept on Monday, on a Saturday on Friday.
fn kept(year: i32, month: u32, day: u32) -> Option<NaiveDate> {
    let day = NaiveDate::from_ymd_opt(year, month, day)?;
    match day.weekday() {
        Weekday::Sun => day.succ_opt(),
        Weekday::Sat => day.pred_opt(),
        _ => Some(day),
    }
}

/// The exchange's regular holidays. Closures for a day of mourning or a storm are not known before they are.
fn is_holiday(day: NaiveDate) -> bool {
    let year = day.year();
    // New Year's Day on a Saturday is not kept: the Friday is the last day of the old year.
    let new_year = kept(year, 1, 1).filter(|one| one.year() == year);
    let memorial = NaiveDate::from_ymd_opt(year, 5, 31)
        .and_then(|last| last.checked_sub_days(Days::new(last.weekday().num_days_from_monday().into())));
    let king = if year >= 1998 { nth(year, 1, Weekday::Mon, 3) } else { None };
    let juneteenth = if year >= 2022 { kept(year, 6, 19) } else { None };
    let holidays = [
        new_year,
        king,
        nth(year, 2, Weekday::Mon, 3),
        easter(year).and_then(|sunday| sunday.checked_sub_days(Days::new(2))),
        memorial,
        juneteenth,
        kept(year, 7, 4),
        nth(year, 9, Weekday::Mon, 1),
        nth(year, 11, Weekday::Thu, 4),
        kept(year, 12, 25),
    ];
    holidays.contains(&Some(day))
}

/// Days that end at one: before Independence Day and Christmas, where they are trading days, and after Thanksgiving.
fn is_short(day: NaiveDate) -> bool {
    let (year, month, number) = (day.year(), day.month(), day.day());
    let after_thanksgiving = nth(year, 11, Weekday::Thu, 4).and_then(|thursday| thursday.succ_opt());
    (month, number) == (7, 3) || (month, number) == (12, 24) || after_thanksgiving == Some(day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> MarketState {
        Hours::NewYork.at(text.parse().unwrap())
    }

    /// The calendar that the exchange published for 2024 to 2026.
    #[test]
    fn the_holidays_are_those_of_the_exchange() {
        let mut found = vec![];
        for year in 2024..=2026 {
            let first = NaiveDate::from_ymd_opt(year, 1, 1).unwrap();
            found.extend(
                first
                    .iter_days()
                    .take_while(|day| day.year() == year)
                    .filter(|day| is_holiday(*day))
                    .map(|day| day.to_string()),
            );
        }
        let expected = "2024-01-01 2024-01-15 2024-02-19 2024-03-29 2024-05-27 2024-06-19 2024-07-04 2024-09-02 2024-11-28 2024-12-25 \
                        2025-01-01 2025-01-20 2025-02-17 2025-04-18 2025-05-26 2025-06-19 2025-07-04 2025-09-01 2025-11-27 2025-12-25 \
                        2026-01-01 2026-01-19 2026-02-16 2026-04-03 2026-05-25 2026-06-19 2026-07-03 2026-09-07 2026-11-26 2026-12-25";
        assert_eq!(found, expected.split_whitespace().collect::<Vec<_>>());
        let new_year = "2021-12-31".parse().unwrap();
        assert!(!is_holiday(new_year), "2022 began on a Saturday");
    }

    #[test]
    fn it_opens_and_closes_by_the_clock_of_new_york() {
        for (moment, expected) in [
            ("2026-01-05T14:29:59Z", MarketState::Closed),
            ("2026-01-05T14:30:00Z", MarketState::Open),
            ("2026-01-05T20:59:59Z", MarketState::Open),
            ("2026-01-05T21:00:00Z", MarketState::Closed),
            ("2026-03-06T14:00:00Z", MarketState::Closed),
            ("2026-03-09T13:30:00Z", MarketState::Open),
            ("2026-10-30T19:59:59Z", MarketState::Open),
            ("2026-11-02T20:30:00Z", MarketState::Open),
            ("2026-01-10T16:00:00Z", MarketState::Closed),
            ("2026-11-26T16:00:00Z", MarketState::Closed),
            ("2026-11-27T17:59:59Z", MarketState::Open),
            ("2026-11-27T18:00:00Z", MarketState::Closed),
        ] {
            assert_eq!(at(moment), expected, "{moment}");
        }
        let night = "2026-01-04T03:00:00Z".parse().unwrap();
        assert_eq!(
            (Hours::Always.at(night), Hours::Unknown.at(night)),
            (MarketState::Open, MarketState::Unknown)
        );
    }
}
