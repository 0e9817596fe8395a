//! The days on which the European Central Bank publishes its reference rates, and when.

use crate::market::hours::easter;
use chrono::{DateTime, Datelike as _, Days, NaiveDate, TimeDelta, Utc, Weekday};

/// After midnight in Frankfurt: the bank says about 16:00, and is given a few minutes.
const PUBLISHED: TimeDelta = TimeDelta::minutes(16 * 60 + 5);

/// Whether the bank's system settles payments on a day.
pub fn is_target_day(day: NaiveDate) -> bool {
    let fixed = [(1, 1), (5, 1), (12, 25), (12, 26)].contains(&(day.month(), day.day()));
    let weekend = matches!(day.weekday(), Weekday::Sat | Weekday::Sun);
    let around_easter = easter(day.year()).is_some_and(|sunday| {
        let (friday, monday) = (sunday - Days::new(2), sunday + Days::new(1));
        day == friday || day == monday
    });
    !(fixed || weekend || around_easter)
}

/// The last Sunday of a month of thirty-one days.
fn last_sunday(year: i32, month: u32) -> Option<NaiveDate> {
    let last = NaiveDate::from_ymd_opt(year, month, 31)?;
    last.checked_sub_days(Days::new(last.weekday().num_days_from_sunday().into()))
}

/// When the rates of a day are there. Clocks change at one in the morning of UTC, on the last Sundays of March and October.
fn published(day: NaiveDate) -> DateTime<Utc> {
    let summer = match (last_sunday(day.year(), 3), last_sunday(day.year(), 10)) {
        (Some(from), Some(to)) => (from..to).contains(&day),
        _ => false,
    };
    let ahead = TimeDelta::hours(if summer { 2 } else { 1 });
    day.and_time(chrono::NaiveTime::MIN).and_utc() + PUBLISHED - ahead
}

/// The last day whose rates are there at a moment.
pub fn last_published(now: DateTime<Utc>) -> NaiveDate {
    let mut day = now.date_naive();
    while !is_target_day(day) || published(day) > now {
        day = day - Days::new(1);
    }
    day
}

/// When the next rates are there.
pub fn next_publication(now: DateTime<Utc>) -> DateTime<Utc> {
    let mut day = last_published(now) + Days::new(1);
    while !is_target_day(day) {
        day = day + Days::new(1);
    }
    published(day)
}

/// Whether a published day lies between two others.
pub fn any_between(from: NaiveDate, to: NaiveDate) -> bool {
    from.iter_days().skip(1).take_while(|day| *day < to).any(is_target_day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    /// The days without rates that the shipped file of 2024 shows.
    #[test]
    fn holidays_are_those_of_the_bank() {
        let first = day("2024-01-01");
        let closed = first.iter_days().take_while(|one| one.year() == 2024);
        let closed = closed.filter(|one| one.weekday().num_days_from_monday() < 5 && !is_target_day(*one));
        let closed: Vec<_> = closed.map(|one| one.to_string()).collect();
        assert_eq!(
            closed,
            ["2024-01-01", "2024-03-29", "2024-04-01", "2024-05-01", "2024-12-25", "2024-12-26"]
        );
    }

    #[test]
    fn each_shipped_day_of_ten_years_is_one_on_which_the_bank_publishes() {
        let shipped = crate::market::server::exchange::shipped();
        let days = day("2016-01-01").iter_days().take_while(|one| *one < day("2026-01-01"));
        for one in days {
            let has = shipped.rate("EUR", "USD", one).is_some_and(|rate| !rate.carried);
            assert_eq!(has, is_target_day(one), "{one}");
        }
    }

    #[test]
    fn rates_are_there_in_the_afternoon_of_frankfurt() {
        assert_eq!(last_published(at("2026-11-25T15:04:59Z")), day("2026-11-24"));
        assert_eq!(last_published(at("2026-11-25T15:05:00Z")), day("2026-11-25"));
        assert_eq!(last_published(at("2026-07-01T14:05:00Z")), day("2026-07-01"));
        assert_eq!(last_published(at("2026-11-29T12:00:00Z")), day("2026-11-27"));
        assert_eq!(next_publication(at("2026-11-27T15:05:00Z")), at("2026-11-30T15:05:00Z"));
        assert_eq!(next_publication(at("2026-12-24T20:00:00Z")), at("2026-12-28T15:05:00Z"));
        assert!(!any_between(day("2026-11-27"), day("2026-11-30")));
        assert!(any_between(day("2026-10-30"), day("2026-11-24")));
    }
}
