//! A chart's content: candles, what is worked out from them, what they are compared with, and what happened. A price that comes costs
//! the same however long the past is.

use crate::ui::chart::indicator::{Bar, Running, Study};
use crate::ui::chart::plot::bars::Bars;
use crate::ui::chart::plot::extremes::Extremes;
use crate::ui::chart::plot::look::Look;

/// A study, kept up with the candles.
#[derive(Clone, Debug)]
pub struct Studied {
    /// Which.
    pub study: Study,
    /// Its lines, an entry a candle; NaN where there is none yet.
    pub lines: Vec<Extremes>,
    running: Running,
}

impl Studied {
    fn new(study: Study) -> Self {
        Self {
            study,
            lines: study.lines().iter().map(|_| Extremes::default()).collect(),
            running: study.start(),
        }
    }

    /// The newest candle is another: the one before is finished.
    fn begin(&mut self, finished: Option<Bar>, bar: Bar) {
        if let Some(finished) = finished {
            let values = self.running.push(finished);
            self.each(values, Extremes::set_last);
        }
        let values = self.running.peek(bar);
        self.each(values, Extremes::push);
    }

    /// The newest candle has changed.
    fn change(&mut self, bar: Bar) {
        let values = self.running.peek(bar);
        self.each(values, Extremes::set_last);
    }

    fn each(&mut self, values: [Option<f64>; 3], put: impl Fn(&mut Extremes, f64, f64)) {
        for (line, value) in self.lines.iter_mut().zip(values) {
            let value = value.filter(|value| value.is_finite()).unwrap_or(f64::NAN);
            put(line, value, value);
        }
    }
}

/// Something else that is drawn for comparison.
#[derive(Clone, Debug)]
pub struct Other {
    /// What it is.
    pub name: String,
    /// Its value at each candle; NaN where there is none.
    pub values: Extremes,
}

/// What kind of thing happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happened {
    /// Something was bought, or came in.
    In,
    /// Something was sold, or went out.
    Out,
    /// A dividend or interest was paid.
    Income,
    /// Something else, such as a split.
    Else,
}

impl Happened {
    const LETTERS: [(Self, &'static str); 4] = [(Self::In, "in"), (Self::Out, "out"), (Self::Income, "income"), (Self::Else, "else")];

    /// How data names it.
    pub fn label(self) -> &'static str {
        Self::LETTERS.iter().find(|(one, _)| *one == self).map_or("", |(_, label)| label)
    }

    /// The one of a label.
    pub fn read(label: &str) -> Option<Self> {
        Self::LETTERS.into_iter().find(|(_, one)| *one == label).map(|(one, _)| one)
    }
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    /// When, in milliseconds since 1970.
    pub time_ms: i64,
    /// What kind of thing.
    pub what: Happened,
    /// What, in words.
    pub said: String,
}

/// What a chart shows.
#[derive(Clone, Debug)]
pub struct Plot {
    /// What it is about, such as a symbol.
    pub name: String,
    /// How long a candle is, in milliseconds.
    pub step_ms: i64,
    /// Decimals that its prices are written with.
    pub decimals: u32,
    /// What happened, in the order of time.
    pub marks: Vec<Mark>,
    bars: Bars,
    look: Look,
    studied: Vec<Studied>,
    others: Vec<Other>,
}

impl Plot {
    /// One without a candle.
    pub fn new(name: String, step_ms: i64, decimals: u32, look: Look) -> Self {
        let studied = look.studies.iter().map(|study| Studied::new(*study)).collect();
        Self {
            name,
            step_ms,
            decimals,
            marks: vec![],
            bars: Bars::default(),
            look,
            studied,
            others: vec![],
        }
    }

    /// The candles.
    pub fn bars(&self) -> &Bars {
        &self.bars
    }

    /// What was chosen.
    pub fn look(&self) -> &Look {
        &self.look
    }

    /// What is worked out.
    pub fn studied(&self) -> &[Studied] {
        &self.studied
    }

    /// What is compared.
    pub fn others(&self) -> &[Other] {
        &self.others
    }

    /// Whether values are drawn in percent: where the reader wants it, and where several are compared.
    pub fn in_percent(&self) -> bool {
        self.look.spread == crate::ui::chart::plot::scale::Spread::Percent || !self.others.is_empty()
    }

    /// Takes a candle: the next, or the newest as it is now. One that has no price is left out, and one that is older.
    pub fn push(&mut self, bar: Bar) {
        let prices = [bar.open, bar.high, bar.low, bar.close];
        if !prices.iter().all(|price| price.is_finite()) {
            return;
        }
        match self.bars.last() {
            Some(last) if bar.time_ms < last.time_ms => {}
            Some(last) if bar.time_ms == last.time_ms => {
                self.bars.push(bar);
                self.studied.iter_mut().for_each(|one| one.change(bar));
            }
            last => {
                self.bars.push(bar);
                self.studied.iter_mut().for_each(|one| one.begin(last, bar));
                // What is compared stays where it was until it is told.
                for other in &mut self.others {
                    let (_, value) = other
                        .values
                        .len()
                        .checked_sub(1)
                        .and_then(|at| other.values.get(at))
                        .unwrap_or((f64::NAN, f64::NAN));
                    other.values.push(value, value);
                }
            }
        }
    }

    /// A price that came: it is in the candle of its time. What was traded in it is not known by it.
    pub fn tick(&mut self, time_ms: i64, price: f64) {
        let step = self.step_ms.max(1);
        let since = |start: i64| start + (time_ms - start).div_euclid(step) * step;
        // Wherever candles begin, the next ones begin a whole number of steps later.
        let start = since(self.bars.last().map_or(0, |last| last.time_ms));
        let bar = match self.bars.last() {
            // A price of a stretch that is over belongs to no drawing of the newest.
            Some(last) if start < last.time_ms => return,
            Some(last) if start == last.time_ms => Bar {
                high: last.high.max(price),
                low: last.low.min(price),
                close: price,
                ..last
            },
            _ => Bar::flat(start, price),
        };
        self.push(bar);
    }

    /// Adds something to compare with: of each candle the last value that is known by its end. The values are in the order of time, in
    /// milliseconds since 1970.
    pub fn compare(&mut self, name: String, values: impl IntoIterator<Item = (i64, f64)>) {
        let mut later = values.into_iter().peekable();
        let mut column = Extremes::default();
        let mut value = f64::NAN;
        for start in self.bars.times() {
            while let Some((_, next)) = later.next_if(|(time, _)| *time < start + self.step_ms) {
                value = next;
            }
            column.push(value, value);
        }
        self.others.push(Other { name, values: column });
    }

    /// What is compared has a new value now.
    pub fn compare_tick(&mut self, name: &str, value: f64) {
        if let Some(other) = self.others.iter_mut().find(|one| one.name == name) {
            other.values.set_last(value, value);
        }
    }

    /// Another choice of the reader: what is new of it is worked out from the first candle on.
    pub fn choose(&mut self, look: Look) {
        let mut before = std::mem::take(&mut self.studied);
        for study in &look.studies {
            let known = before.iter().position(|one| one.study == *study).map(|at| before.swap_remove(at));
            let studied = known.unwrap_or_else(|| {
                let mut new = Studied::new(*study);
                let mut last = None;
                for bar in (0..self.bars.len()).filter_map(|at| self.bars.get(at)) {
                    new.begin(last, bar);
                    last = Some(bar);
                }
                new
            });
            self.studied.push(studied);
        }
        self.look = look;
    }

    /// The index at which something happened; `None` before the first candle.
    pub fn place_of(&self, mark: &Mark) -> Option<usize> {
        self.bars.at(mark.time_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plot(studies: &[&str]) -> Plot {
        let fields = studies.iter().map(|study| ("study", *study));
        Plot::new("A".into(), 60_000, 2, Look::read(fields).expect("known studies"))
    }

    fn values(plot: &Plot) -> Vec<Vec<Option<f64>>> {
        let lines = plot.studied().iter().flat_map(|one| &one.lines);
        let entries = |line: &Extremes| {
            (0..line.len())
                .map(|at| line.get(at).map(|one| one.0).filter(|one| !one.is_nan()))
                .collect()
        };
        lines.map(entries).collect()
    }

    #[test]
    fn ticks_and_whole_candles_give_the_same_studies_and_so_does_a_later_choice() {
        let all = ["sma-5", "rsi-5", "macd-3-6-4", "stochastic-5-3-3", "bollinger-5-2", "atr-5"];
        let (mut ticked, mut whole, mut chosen) = (plot(&all), plot(&all), plot(&[]));
        for minute in 0..60i64 {
            let prices = [100.0, 103.0, 98.0, 101.0].map(|price| price + (minute * 7 % 13) as f64);
            for (at, price) in prices.into_iter().enumerate() {
                ticked.tick(minute * 60_000 + at as i64 * 15_000, price);
            }
            let bar = Bar {
                time_ms: minute * 60_000,
                open: prices[0],
                high: prices[1],
                low: prices[2],
                close: prices[3],
                volume: 0.0,
            };
            whole.push(bar);
            chosen.push(bar);
        }
        chosen.choose(whole.look().clone());
        assert_eq!(values(&ticked), values(&whole));
        assert_eq!(values(&chosen), values(&whole));
        assert!(values(&whole).iter().all(|line| line.len() == 60 && line[59].is_some()));
        // A choice that drops one and adds another keeps the rest.
        chosen.choose(Look::read([("study", "rsi-5"), ("study", "ema-4")]).expect("known studies"));
        assert_eq!(values(&chosen)[0], values(&whole)[1]);
        assert_eq!(chosen.studied().len(), 2);
    }

    #[test]
    fn what_is_late_or_no_number_changes_nothing() {
        let mut plot = plot(&["sma-2"]);
        plot.tick(60_000, 10.0);
        plot.tick(120_000, 11.0);
        plot.tick(60_500, 99.0);
        plot.tick(125_000, f64::NAN);
        assert_eq!(plot.bars().len(), 2);
        assert_eq!(plot.bars().extremes(0..2), Some((10.0, 11.0)));
    }

    #[test]
    fn what_is_compared_has_an_entry_a_candle() {
        let mut plot = plot(&[]);
        plot.tick(0, 1.0);
        plot.tick(60_000, 2.0);
        assert!(!plot.in_percent());
        plot.compare("B".into(), [(60_000, 4.0), (90_000, 5.0), (500_000, 9.0)]);
        plot.tick(120_000, 3.0);
        plot.compare_tick("B", 7.0);
        let values = &plot.others()[0].values;
        assert!(values.get(0).is_some_and(|(first, _)| first.is_nan()), "nothing is known then");
        assert_eq!(
            (values.len(), values.get(1), values.get(2)),
            (3, Some((5.0, 5.0)), Some((7.0, 7.0)))
        );
        assert!(plot.in_percent());
    }
}
