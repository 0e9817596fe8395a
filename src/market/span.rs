//! Which stretch of time a chart of prices shows: by its name, or from one day to another.

use crate::time::parse_day;
use chrono::{DateTime, Datelike as _, Days, Months, NaiveDate, NaiveTime, TimeDelta, Utc};
use std::ops::Range;

/// A stretch that ends now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Span {
    /// The last 24 hours.
    Day,
    /// The last seven days.
    Week,
    /// A month.
    #[default]
    Month,
    /// Three months.
    Quarter,
    /// Since the year began.
    YearToDate,
    /// A year.
    Year,
    /// Five years.
    FiveYears,
    /// All that is known.
    All,
}

/// What was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// A stretch that ends now.
    Named(Span),
    /// From the beginning of one moment to another.
    Between(DateTime<Utc>, DateTime<Utc>),
}

/// A field, and what is accepted in it.
pub type Refused = (&'static str, String);

impl Span {
    /// All of them, the shortest first.
    pub const ALL: [Self; 8] = [
        Self::Day,
        Self::Week,
        Self::Month,
        Self::Quarter,
        Self::YearToDate,
        Self::Year,
        Self::FiveYears,
        Self::All,
    ];

    /// Its name in an address.
    pub fn label(self) -> &'static str {
        self.names().0
    }

    /// Its name in an address, on a button and in full.
    pub fn names(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Day => ("1d", "1D", "24 hours"),
            Self::Week => ("1w", "1W", "Seven days"),
            Self::Month => ("1m", "1M", "A month"),
            Self::Quarter => ("3m", "3M", "Three months"),
            Self::YearToDate => ("ytd", "YTD", "This year"),
            Self::Year => ("1y", "1Y", "A year"),
            Self::FiveYears => ("5y", "5Y", "Five years"),
            Self::All => ("all", "All", "All that is known"),
        }
    }

    /// The one of a name.
    pub fn read(label: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.label().eq_ignore_ascii_case(label))
    }

    /// Its first moment; `None` where it begins with what is known.
    pub fn from(self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let months = |count| now.checked_sub_months(Months::new(count));
        match self {
            Self::Day => Some(now - TimeDelta::days(1)),
            Self::Week => Some(now - TimeDelta::days(7)),
            Self::Month => months(1),
            Self::Quarter => months(3),
            Self::YearToDate => Some(NaiveDate::from_yo_opt(now.year(), 1)?.and_time(NaiveTime::MIN).and_utc()),
            Self::Year => months(12),
            Self::FiveYears => months(60),
            Self::All => None,
        }
    }
}

impl Asked {
    /// Reads the fields of an address: `range`, or the days `from` and `to`, or the moments `from_ms` and `to_ms` in milliseconds since
    /// 1970, which count before all.
    ///
    /// # Errors
    /// The field that cannot be accepted.
    pub fn read<'a>(field: impl Fn(&str) -> &'a str, now: DateTime<Utc>) -> Result<Self, Refused> {
        let moment = |name: &'static str| match field(name) {
            "" => Ok(None),
            text => {
                let millis = text.parse::<i64>().ok().and_then(DateTime::from_timestamp_millis);
                millis
                    .map(Some)
                    .ok_or((name, "a moment in milliseconds since 1970 is accepted".to_owned()))
            }
        };
        if let (Some(from), Some(to)) = (moment("from_ms")?, moment("to_ms")?) {
            return if from < to {
                Ok(Self::Between(from, to))
            } else {
                Err(("from_ms", "must be before to_ms".to_owned()))
            };
        }
        let day = |name: &'static str| match field(name) {
            "" => Ok(None),
            text => parse_day(text)
                .map(Some)
                .ok_or((name, "a day such as 2024-03-01 is accepted".to_owned())),
        };
        let (from, to) = (day("from")?, day("to")?);
        let Some(from) = from else {
            return match (to, field("range")) {
                (Some(_), _) => Err(("from", "say it beside the last day".to_owned())),
                (None, "") => Ok(Self::Named(Span::default())),
                (None, label) => {
                    let named = Span::read(label).map(Self::Named);
                    named.ok_or(("range", "one of 1d, 1w, 1m, 3m, ytd, 1y, 5y and all is accepted".to_owned()))
                }
            };
        };
        let begin = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc();
        let end = to
            .and_then(|to| to.checked_add_days(Days::new(1)))
            .map_or(now, |next| begin(next).min(now));
        if begin(from) < end {
            Ok(Self::Between(begin(from), end))
        } else {
            Err(("from", "must be before the last day, and not in the future".to_owned()))
        }
    }

    /// Its moments, where what is known begins at `earliest`.
    pub fn stretch(self, earliest: DateTime<Utc>, now: DateTime<Utc>) -> Range<DateTime<Utc>> {
        match self {
            Self::Named(span) => span.from(now).unwrap_or(earliest).min(now)..now + TimeDelta::microseconds(1),
            Self::Between(from, to) => from..to.min(now + TimeDelta::microseconds(1)).max(from),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(fields: &[(&str, &'static str)]) -> Result<Asked, Refused> {
        let now = "2026-11-29T12:00:00Z".parse().expect("a moment");
        Asked::read(
            |name| fields.iter().find(|(one, _)| *one == name).map_or("", |(_, text)| *text),
            now,
        )
    }

    #[test]
    fn names_days_and_moments_are_read_and_what_cannot_be_is_named() {
        assert_eq!(read(&[]), Ok(Asked::Named(Span::Month)));
        assert_eq!(read(&[("range", "YTD")]), Ok(Asked::Named(Span::YearToDate)));
        let days = read(&[("range", "1y"), ("from", "2026-01-01"), ("to", "2026-01-31")]);
        let moment = |text: &str| text.parse::<DateTime<Utc>>().expect("a moment");
        assert_eq!(
            days,
            Ok(Asked::Between(moment("2026-01-01T00:00:00Z"), moment("2026-02-01T00:00:00Z")))
        );
        // Of today there is as much as has passed.
        assert_eq!(
            read(&[("from", "2026-11-29")]),
            Ok(Asked::Between(moment("2026-11-29T00:00:00Z"), moment("2026-11-29T12:00:00Z")))
        );
        let fault = |fields| read(fields).expect_err("it cannot be accepted").0;
        assert_eq!(fault(&[("range", "2y")]), "range");
        assert_eq!(fault(&[("from", "1.1.2026")]), "from");
        assert_eq!(fault(&[("to", "2026-01-01")]), "from");
        assert_eq!(fault(&[("from", "2027-01-01")]), "from");
        assert_eq!(fault(&[("from_ms", "9"), ("to_ms", "5")]), "from_ms");
        assert_eq!(fault(&[("from_ms", "x"), ("to_ms", "5")]), "from_ms");
    }

    #[test]
    fn a_stretch_ends_now() {
        let now = "2026-03-31T12:00:00Z".parse().expect("a moment");
        let stretch = |span| Asked::Named(span).stretch(DateTime::UNIX_EPOCH, now);
        assert_eq!(stretch(Span::Month).start.to_string(), "2026-02-28 12:00:00 UTC");
        assert_eq!(stretch(Span::YearToDate).start.to_string(), "2026-01-01 00:00:00 UTC");
        assert_eq!(stretch(Span::All).start, DateTime::UNIX_EPOCH);
        assert!(stretch(Span::Day).contains(&now));
    }
}
