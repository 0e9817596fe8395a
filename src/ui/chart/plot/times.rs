//! Where the time axis is labelled: at beginnings of years, months, days and hours, as the reader's clock has them.

use crate::ui::chart::plot::bars::Bars;
use crate::ui::chart::plot::window::Window;
use crate::ui::chart::plot::words::{Moment, Words};
use chrono::{DateTime, Datelike, NaiveDate};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// From one label to the next: so many milliseconds, or so many months.
#[derive(Clone, Copy, Debug)]
enum Step {
    Millis(i64),
    Months(i32),
}

/// All of them, the shortest first.
const STEPS: [Step; 20] = [
    Step::Millis(MINUTE),
    Step::Millis(5 * MINUTE),
    Step::Millis(15 * MINUTE),
    Step::Millis(30 * MINUTE),
    Step::Millis(HOUR),
    Step::Millis(2 * HOUR),
    Step::Millis(4 * HOUR),
    Step::Millis(6 * HOUR),
    Step::Millis(12 * HOUR),
    Step::Millis(DAY),
    Step::Millis(2 * DAY),
    Step::Millis(5 * DAY),
    Step::Months(1),
    Step::Months(2),
    Step::Months(3),
    Step::Months(6),
    Step::Months(12),
    Step::Months(24),
    Step::Months(60),
    Step::Months(120),
];

impl Step {
    fn millis(self) -> i64 {
        match self {
            Self::Millis(millis) => millis,
            Self::Months(months) => i64::from(months) * 30 * DAY,
        }
    }

    /// The beginning of the step that a moment of the reader's clock lies in.
    fn floor(self, local_ms: i64) -> i64 {
        match self {
            // Days are counted from the first of their month, or labels would move from month to month.
            Self::Millis(millis) if millis > DAY => {
                let day = local_ms.div_euclid(DAY) * DAY;
                let of_month = day_of(day).map_or(0, |date| i64::from(date.day0()));
                let within = of_month / (millis / DAY) * (millis / DAY);
                // The last days of a month make no step of their own.
                let within = if within * DAY + millis > 31 * DAY {
                    within - millis / DAY
                } else {
                    within
                };
                day - (of_month - within) * DAY
            }
            Self::Millis(millis) => local_ms.div_euclid(millis) * millis,
            Self::Months(months) => {
                let Some(date) = day_of(local_ms) else { return local_ms };
                let all = date.year() * 12 + date.month0() as i32;
                month(all.div_euclid(months) * months).unwrap_or(local_ms)
            }
        }
    }

    /// The beginning of the next.
    fn next(self, local_ms: i64) -> i64 {
        match self {
            Self::Millis(millis) => {
                // From the last of a month on to the first of the next.
                let next = self.floor(local_ms + millis);
                if next > local_ms {
                    next
                } else {
                    self.floor(local_ms + millis + 3 * DAY)
                }
            }
            Self::Months(months) => {
                let all = day_of(local_ms).map(|date| date.year() * 12 + date.month0() as i32 + months);
                all.and_then(month).unwrap_or(i64::MAX)
            }
        }
    }
}

fn day_of(local_ms: i64) -> Option<NaiveDate> {
    Some(DateTime::from_timestamp_millis(local_ms)?.date_naive())
}

/// When a month begins, counted from the year 0.
fn month(all: i32) -> Option<i64> {
    let first = NaiveDate::from_ymd_opt(all.div_euclid(12), all.rem_euclid(12) as u32 + 1, 1)?;
    Some(first.and_hms_opt(0, 0, 0)?.and_utc().timestamp_millis())
}

/// The labels of what a window shows: an index, and what stands there. Never more than one for `room` candles.
pub fn labels(bars: &Bars, window: &Window, room: f64, step_ms: i64, words: &dyn Words) -> Vec<(usize, String)> {
    let shown = window.indices(bars.len());
    let times = bars.times();
    let (Some(first), Some(last)) = (times.get(shown.start), shown.end.checked_sub(1).and_then(|last| times.get(last))) else {
        return vec![];
    };
    let utc = step_ms >= DAY;
    let ahead = |time: i64| if utc { 0 } else { words.ahead_ms(time) };
    let each = (last - first) as f64 / (shown.len() as f64 - 1.0).max(1.0);
    let wanted = (each * room).max(step_ms as f64) as i64;
    let step = STEPS.into_iter().find(|step| step.millis() >= wanted).unwrap_or(Step::Months(120));
    let mut labels: Vec<(usize, String)> = vec![];
    let mut before: Option<NaiveDate> = None;
    let mut at = step.floor(first + ahead(*first));
    // A step is at least as long as the room of a label: there are only so many.
    for _ in 0..200 {
        if at > last + ahead(*last) {
            break;
        }
        // What the clock says there; where it is set back, the later of the two.
        let time = at - ahead(at);
        let index = times.partition_point(|one| *one < time);
        let date = day_of(at);
        let here = shown.contains(&index) && labels.last().is_none_or(|(last, _)| (index - last) as f64 >= room * 0.8);
        // A label belongs to what begins there, not to a gap before the next candle.
        let fits = times
            .get(index)
            .is_some_and(|one| *one == time || (index > 0 && *one < step.next(at) - ahead(at)));
        if let (true, true, Some(date)) = (here, fits, date) {
            let what = match before {
                Some(old) if old.year() != date.year() => Moment::Year,
                None if step.millis() >= 360 * DAY => Moment::Year,
                _ if step.millis() >= 28 * DAY => Moment::Month,
                Some(old) if old == date => Moment::Time,
                None if step.millis() < DAY && at.rem_euclid(DAY) != 0 => Moment::Time,
                _ => Moment::Day,
            };
            let told = if step.millis() >= 360 * DAY { Moment::Year } else { what };
            labels.push((index, words.moment(time, told, utc)));
            before = Some(date);
        }
        at = step.next(at);
    }
    labels
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::chart::indicator::Bar;
    use crate::ui::chart::plot::words::Plain;

    fn bars(first: &str, step_ms: i64, count: i64) -> Bars {
        let first = first.parse::<DateTime<chrono::Utc>>().expect("a moment").timestamp_millis();
        let mut bars = Bars::default();
        for at in 0..count {
            bars.push(Bar {
                time_ms: first + at * step_ms,
                open: 1.0,
                high: 1.0,
                low: 1.0,
                close: 1.0,
                volume: 0.0,
            });
        }
        bars
    }

    fn texts(bars: &Bars, room: f64, step_ms: i64) -> Vec<String> {
        let labels = labels(bars, &Window::all(bars.len()), room, step_ms, &Plain);
        assert!(
            labels.windows(2).all(|two| two[1].0 - two[0].0 >= (room * 0.8) as usize),
            "{labels:?}"
        );
        labels.into_iter().map(|(_, text)| text).collect()
    }

    #[test]
    fn labels_are_beginnings() {
        assert_eq!(
            texts(&bars("2026-11-29T22:30:00Z", MINUTE, 300), 60.0, MINUTE),
            ["23:00", "30 Nov", "01:00", "02:00", "03:00"]
        );
        assert_eq!(
            texts(&bars("2025-10-20T00:00:00Z", DAY, 200), 28.0, DAY),
            ["Nov", "Dec", "2026", "Feb", "Mar", "Apr", "May"]
        );
        assert_eq!(texts(&bars("2016-05-20T00:00:00Z", DAY, 3_650), 300.0, DAY).len(), 10);
        assert_eq!(
            texts(&bars("2026-11-20T00:00:00Z", DAY, 20), 4.0, DAY),
            ["21 Nov", "26 Nov", "1 Dec", "6 Dec"]
        );
    }

    #[test]
    fn one_candle_and_none_have_their_labels() {
        assert!(texts(&bars("2026-11-20T00:00:00Z", DAY, 1), 70.0, DAY).len() <= 1);
        assert!(texts(&Bars::default(), 70.0, DAY).is_empty());
    }
}
