//! How figures and moments are written in a chart: by the server for everybody, by a browser as its reader is used to.

use crate::money::Decimal;
use crate::ui::format;
use chrono::DateTime;

/// What a moment is written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// An hour and a minute: `14:30`.
    Time,
    /// A day of a month: `24 Nov`.
    Day,
    /// A month: `Nov`.
    Month,
    /// A year: `2026`.
    Year,
    /// All of a day: `24 Nov 2026`.
    FullDay,
    /// A day and a time.
    Full,
}

/// The language of a chart.
pub trait Words {
    /// A number with so many decimals.
    fn number(&self, value: f64, decimals: u32) -> String;

    /// A moment, in milliseconds since 1970. Where candles are days or longer, they are days of UTC everywhere.
    fn moment(&self, time_ms: i64, what: Moment, utc: bool) -> String;

    /// How far the reader's clock is ahead of UTC at a moment, in milliseconds.
    fn ahead_ms(&self, time_ms: i64) -> i64;

    /// A change in percent, with its sign.
    fn percent(&self, value: f64) -> String {
        let sign = if value > 0.0 { "+" } else { "" };
        sign.to_owned() + &self.number(value, 2) + "%"
    }
}

/// What the server writes: in UTC, as everywhere on its pages.
#[derive(Clone, Copy, Debug)]
pub struct Plain;

impl Words for Plain {
    fn number(&self, value: f64, decimals: u32) -> String {
        match Decimal::from_f64_retain(value) {
            Some(exact) => format::figure(exact, decimals),
            None => format::MISSING.to_owned(),
        }
    }

    fn moment(&self, time_ms: i64, what: Moment, _utc: bool) -> String {
        let Some(time) = DateTime::from_timestamp_millis(time_ms) else {
            return format::MISSING.to_owned();
        };
        let pattern = match what {
            Moment::Time => "%H:%M",
            Moment::Day => "%-d %b",
            Moment::Month => "%b",
            Moment::Year => "%Y",
            Moment::FullDay => "%-d %b %Y",
            Moment::Full => "%-d %b %Y, %H:%M UTC",
        };
        time.format(pattern).to_string()
    }

    fn ahead_ms(&self, _time_ms: i64) -> i64 {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_their_decimals_and_moments_their_words() {
        assert_eq!(Plain.number(1234.5, 2), "1,234.50");
        assert_eq!(Plain.number(-0.125, 2), "−0.12");
        assert_eq!(Plain.number(f64::NAN, 2), "–");
        assert_eq!(Plain.percent(3.0), "+3.00%");
        let moment = |what| Plain.moment(1_764_426_600_000, what, true);
        assert_eq!(moment(Moment::Full), "29 Nov 2025, 14:30 UTC");
        assert_eq!((moment(Moment::Day), moment(Moment::Month)), ("29 Nov".into(), "Nov".into()));
    }
}
