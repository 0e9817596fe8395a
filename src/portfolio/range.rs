//! A stretch of days that performance is told of: by its name, or from one day to another.

use crate::market::span::Span;
use crate::portfolio::settings::Invalid;
use crate::time::parse_day;
use chrono::{Days, NaiveDate, NaiveTime};

/// Days that are told of at the most: more than fifty years.
const MOST_DAYS: u64 = 20_000;

/// Which stretch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Range {
    /// One that ends today: of [`Range::NAMED`].
    Named(Span),
    /// From the beginning of one day to the end of another.
    Custom {
        /// The first day; without one, that of the first activity.
        from: Option<NaiveDate>,
        /// The last day; without one, today.
        to: Option<NaiveDate>,
    },
}

impl Default for Range {
    fn default() -> Self {
        Self::Named(Span::Year)
    }
}

/// The days of a stretch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// The day whose close it begins with; none where it begins with the first activity, and so with nothing.
    pub opening: Option<NaiveDate>,
    /// The first day that counts.
    pub first: NaiveDate,
    /// The last day that counts.
    pub last: NaiveDate,
}

impl Range {
    /// Those that have a name: the shortest first.
    pub const NAMED: [Span; 7] = [
        Span::Day,
        Span::Month,
        Span::Quarter,
        Span::YearToDate,
        Span::Year,
        Span::FiveYears,
        Span::All,
    ];

    /// Its name in an address; nothing for one of its own days.
    pub fn label(self) -> &'static str {
        match self {
            Self::Named(span) => span.label(),
            Self::Custom { .. } => "",
        }
    }

    /// The range of a name.
    pub fn of_label(label: &str) -> Option<Self> {
        Span::read(label).filter(|span| Self::NAMED.contains(span)).map(Self::Named)
    }

    /// Reads what was asked for: a name, or days. Nothing at all is a year.
    ///
    /// # Errors
    /// The field that cannot be accepted.
    pub fn read(range: &str, from: &str, to: &str, today: NaiveDate) -> Result<Self, Invalid> {
        if from.is_empty() && to.is_empty() {
            return match range {
                "" => Ok(Self::default()),
                label => Self::of_label(label)
                    .ok_or_else(|| Invalid::new("range", "one of 1d, 1m, 3m, ytd, 1y, 5y and all is accepted, or from and to")),
            };
        }
        if !range.is_empty() {
            return Err(Invalid::new("range", "stands beside from or to; either is accepted"));
        }
        let day = |field, text: &str| match text {
            "" => Ok(None),
            text => parse_day(text)
                .map(Some)
                .ok_or_else(|| Invalid::new(field, "a day such as 2024-03-01 is accepted")),
        };
        let (from, to) = (day("from", from)?, day("to", to)?);
        if to.is_some_and(|to| to > today) {
            return Err(Invalid::new("to", "lies in the future; today is the last day"));
        }
        if from.is_some_and(|from| from > to.unwrap_or(today)) {
            return Err(Invalid::new("from", "is after the last day"));
        }
        Ok(Self::Custom { from, to })
    }

    /// Its days, for a ledger that begins on `first`; `None` where it ends before that.
    pub fn stretch(self, first: NaiveDate, today: NaiveDate) -> Option<Stretch> {
        let (opening, last) = match self {
            Self::Named(span) => {
                let from = span.from(today.and_time(NaiveTime::MIN).and_utc()).map(|from| from.date_naive());
                // A year begins after the last close of the one before.
                let before = from.filter(|_| span == Span::YearToDate).and_then(|first| first.pred_opt());
                (before.or(from), today)
            }
            Self::Custom { from, to } => (from.and_then(|from| from.pred_opt()), to.unwrap_or(today)),
        };
        let earliest = last.checked_sub_days(Days::new(MOST_DAYS));
        let opening = opening.max(earliest).filter(|opening| *opening >= first);
        let first = opening.and_then(|opening| opening.succ_opt()).unwrap_or(first);
        (first <= last).then_some(Stretch { opening, first, last })
    }
}

impl Stretch {
    /// The day before the first that counts.
    pub fn before(&self) -> NaiveDate {
        self.first.pred_opt().unwrap_or(self.first)
    }

    /// All of its days, the one that it begins with too.
    pub fn days(&self) -> impl Iterator<Item = NaiveDate> + use<> {
        let last = self.last;
        self.opening.unwrap_or(self.first).iter_days().take_while(move |day| *day <= last)
    }

    /// How many days count.
    pub fn length(&self) -> i64 {
        (self.last - self.first).num_days() + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn told(range: Range) -> String {
        let stretch = range.stretch(day("2020-02-10"), day("2024-03-31"));
        stretch.map_or_else(String::new, |one| match one.opening {
            Some(opening) => format!("{opening} | {} to {}", one.first, one.last),
            None => format!("{} to {}", one.first, one.last),
        })
    }

    #[test]
    fn a_stretch_begins_with_the_close_before_it_or_with_the_first_activity() {
        assert_eq!(told(Range::Named(Span::Day)), "2024-03-30 | 2024-03-31 to 2024-03-31");
        assert_eq!(told(Range::Named(Span::Month)), "2024-02-29 | 2024-03-01 to 2024-03-31");
        assert_eq!(told(Range::Named(Span::YearToDate)), "2023-12-31 | 2024-01-01 to 2024-03-31");
        assert_eq!(told(Range::Named(Span::Year)), "2023-03-31 | 2023-04-01 to 2024-03-31");
        assert_eq!(told(Range::Named(Span::FiveYears)), "2020-02-10 to 2024-03-31");
        assert_eq!(told(Range::Named(Span::All)), "2020-02-10 to 2024-03-31");
        let custom = |from, to| Range::read("", from, to, day("2024-03-31")).unwrap();
        assert_eq!(told(custom("2021-01-01", "2021-12-31")), "2020-12-31 | 2021-01-01 to 2021-12-31");
        assert_eq!(told(custom("2019-01-01", "")), "2020-02-10 to 2024-03-31");
        assert_eq!(told(custom("", "2020-02-09")), "");
        let one = Range::Named(Span::Year).stretch(day("2020-02-10"), day("2024-03-31")).unwrap();
        assert_eq!((one.length(), one.days().count()), (366, 367));
    }

    #[test]
    fn what_cannot_be_a_stretch_names_its_field() {
        let wrong = |range, from, to| Range::read(range, from, to, day("2024-03-31")).unwrap_err().field;
        assert_eq!(wrong("2y", "", ""), "range");
        assert_eq!(wrong("1w", "", ""), "range");
        assert_eq!(wrong("1y", "2024-01-01", ""), "range");
        assert_eq!(wrong("", "2024-1-1", ""), "from");
        assert_eq!(wrong("", "", "2024-02-30"), "to");
        assert_eq!(wrong("", "", "2024-04-01"), "to");
        assert_eq!(wrong("", "2024-03-02", "2024-03-01"), "from");
        assert_eq!(wrong("", "2024-04-01", ""), "from");
        assert_eq!(Range::read("", "", "", day("2024-03-31")), Ok(Range::Named(Span::Year)));
        assert_eq!(Range::read("YTD", "", "", day("2024-03-31")), Ok(Range::Named(Span::YearToDate)));
    }

    #[test]
    fn a_very_long_ledger_is_told_from_a_bound_on() {
        let long = Range::Named(Span::All).stretch(day("1900-01-01"), day("2024-03-31")).unwrap();
        assert_eq!((long.length(), long.opening.is_some()), (20_000, true));
    }
}
