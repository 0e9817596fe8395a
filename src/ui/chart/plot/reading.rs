//! What a chart says at a candle, and what it says as a whole: for a reader who points at it, and for one who does not see it.

use crate::ui::chart::plot::layout::Layout;
use crate::ui::chart::plot::model::Plot;
use crate::ui::chart::plot::pen::Ink;
use crate::ui::chart::plot::words::{Moment, Words};

/// A day in milliseconds: candles of a day and more are days of UTC.
const DAY: i64 = 86_400_000;

/// A figure at a candle.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its name, such as "Close" or "SMA 20".
    pub name: String,
    /// Its value.
    pub text: String,
    /// The colour that it is drawn in, where it is one of several.
    pub ink: Option<Ink>,
}

/// What a chart says at a candle.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// When.
    pub when: String,
    /// Its figures.
    pub entries: Vec<Entry>,
    /// What happened then.
    pub happened: Vec<String>,
}

impl Reading {
    /// All of it as a sentence.
    pub fn in_words(&self) -> String {
        let mut text = self.when.clone() + ": ";
        for (at, entry) in self.entries.iter().enumerate() {
            text += if at > 0 { ", " } else { "" };
            text += &entry.name;
            text.push(' ');
            text += &entry.text;
        }
        for said in &self.happened {
            text += ". ";
            text += said;
        }
        text
    }
}

/// When a candle is, in words.
pub fn when(plot: &Plot, time_ms: i64, words: &dyn Words) -> String {
    let utc = plot.step_ms >= DAY;
    words.moment(time_ms, if utc { Moment::FullDay } else { Moment::Full }, utc)
}

/// What the chart says at a candle; `None` where there is none.
pub fn reading(plot: &Plot, layout: &Layout, at: usize, words: &dyn Words) -> Option<Reading> {
    let bar = plot.bars().get(at)?;
    let price = |value: f64| words.number(value, plot.decimals);
    let plain = |name: &str, text: String| Entry {
        name: name.to_owned(),
        text,
        ink: None,
    };
    let flat = bar.open == bar.close && bar.high == bar.low;
    let mut entries = if flat {
        vec![plain(&plot.name, price(bar.close))]
    } else {
        let all = [("Open", bar.open), ("High", bar.high), ("Low", bar.low), ("Close", bar.close)];
        all.map(|(name, value)| plain(name, price(value))).into()
    };
    if let Some(before) = at
        .checked_sub(1)
        .and_then(|before| plot.bars().close(before))
        .filter(|before| *before > 0.0)
    {
        entries.push(plain("Change", words.percent((bar.close / before - 1.0) * 100.0)));
    }
    if plot.look().volume && bar.volume > 0.0 {
        entries.push(plain("Volume", words.number(bar.volume, if bar.volume < 1_000.0 { 2 } else { 0 })));
    }
    if layout.bases.is_some() {
        entries.push(Entry {
            name: plot.name.clone(),
            text: words.percent(layout.valued(bar.close, 0)),
            ink: Some(Ink::Line),
        });
    }
    let mut over = 0;
    for one in plot.studied() {
        let lines = one.study.lines();
        let decimals = if one.study.over_price() { plot.decimals } else { 2 };
        for (number, (values, line)) in one.lines.iter().zip(lines).enumerate() {
            let Some((value, _)) = values.get(at).filter(|(value, _)| !value.is_nan()) else {
                continue;
            };
            let name = if lines.len() == 1 {
                one.study.name()
            } else {
                one.study.name() + " " + line
            };
            entries.push(Entry {
                name,
                text: words.number(value, decimals),
                ink: Some(Ink::number(if one.study.over_price() { over } else { number })),
            });
        }
        over += usize::from(one.study.over_price());
    }
    for (number, other) in plot.others().iter().enumerate() {
        let Some((value, _)) = other.values.get(at).filter(|(value, _)| !value.is_nan()) else {
            continue;
        };
        entries.push(Entry {
            name: other.name.clone(),
            text: words.percent(layout.valued(value, number + 1)),
            ink: Some(Ink::number(over + number)),
        });
    }
    let happened = plot.marks.iter().filter(|mark| plot.place_of(mark) == Some(at));
    Some(Reading {
        when: when(plot, bar.time_ms, words),
        entries,
        happened: happened.map(|mark| mark.said.clone()).collect(),
    })
}

/// What a chart says as a whole.
pub fn summary(plot: &Plot, words: &dyn Words) -> String {
    let count = plot.bars().len();
    let (Some(first), Some(last), Some(all)) = (plot.bars().get(0), plot.bars().last(), plot.bars().merged(0..count)) else {
        return plot.name.clone() + ": no price is known in this time.";
    };
    let price = |value: f64| words.number(value, plot.decimals);
    let mut text = plot.name.clone() + ", " + &when(plot, first.time_ms, words) + " to " + &when(plot, last.time_ms, words) + ": from ";
    text += &price(first.open);
    text += " to ";
    text += &price(last.close);
    if first.open > 0.0 {
        text += " (";
        text += &words.percent((last.close / first.open - 1.0) * 100.0);
        text.push(')');
    }
    text += ", lowest ";
    text += &price(all.low);
    text += ", highest ";
    text += &price(all.high);
    for other in plot.others() {
        let ends = (0..other.values.len())
            .filter_map(|at| other.values.get(at))
            .filter(|(value, _)| *value > 0.0);
        let (first, last) = ends.fold((None, None), |(first, _), (value, _)| (first.or(Some(value)), Some(value)));
        if let (Some(first), Some(last)) = (first, last) {
            text += "; ";
            text += &other.name;
            text.push(' ');
            text += &words.percent((last / first - 1.0) * 100.0);
        }
    }
    text + "."
}

/// A candle as a row of the table behind a chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// When it begins.
    pub when: String,
    /// Open, high, low, close and volume, as they are written.
    pub figures: [String; 5],
}

/// The latest rows of the table behind a chart, the newest first.
pub fn rows(plot: &Plot, most: usize, words: &dyn Words) -> Vec<Row> {
    let bars = (0..plot.bars().len()).rev().take(most).filter_map(|at| plot.bars().get(at));
    let prices = bars.map(|bar| {
        let [open, high, low, close] = [bar.open, bar.high, bar.low, bar.close].map(|price| words.number(price, plot.decimals));
        Row {
            when: when(plot, bar.time_ms, words),
            figures: [open, high, low, close, words.number(bar.volume, 0)],
        }
    });
    prices.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::chart::indicator::Bar;
    use crate::ui::chart::plot::look::Look;
    use crate::ui::chart::plot::model::{Happened, Mark};
    use crate::ui::chart::plot::window::Window;
    use crate::ui::chart::plot::words::Plain;

    fn plot() -> Plot {
        let look = Look::read([("study", "sma-2"), ("study", "rsi-2")]).expect("known studies");
        let mut plot = Plot::new("AAPL".into(), DAY, 2, look);
        for (day, close) in [(0, 100.0), (1, 110.0), (2, 99.0), (3, 121.0)] {
            plot.push(Bar {
                time_ms: 1_764_374_400_000 + day * DAY,
                open: 100.0,
                high: 125.0,
                low: 95.0,
                close,
                volume: 2_000.0,
            });
        }
        plot.marks.push(Mark {
            time_ms: 1_764_374_400_000 + DAY + 5,
            what: Happened::In,
            said: "Bought 10 at 105.00".into(),
        });
        plot
    }

    #[test]
    fn a_candle_says_its_figures_and_what_happened() {
        let plot = plot();
        let layout = Layout::of(&plot, Window::all(4), (600.0, 400.0), &Plain);
        let said = reading(&plot, &layout, 1, &Plain).expect("a candle").in_words();
        assert_eq!(
            said,
            "30 Nov 2025: Open 100.00, High 125.00, Low 95.00, Close 110.00, Change +10.00%, Volume 2,000, SMA 2 105.00. Bought 10 at 105.00"
        );
        assert!(reading(&plot, &layout, 3, &Plain).expect("a candle").in_words().contains("RSI 2 "));
        assert_eq!(reading(&plot, &layout, 4, &Plain), None);
    }

    #[test]
    fn the_whole_is_told_in_a_sentence() {
        let mut plot = plot();
        plot.compare("MSFT".into(), [(1_764_374_400_000, 50.0), (1_764_374_400_000 + 3 * DAY, 60.0)]);
        assert_eq!(
            summary(&plot, &Plain),
            "AAPL, 29 Nov 2025 to 2 Dec 2025: from 100.00 to 121.00 (+21.00%), lowest 95.00, highest 125.00; MSFT +20.00%."
        );
        let empty = Plot::new("X".into(), DAY, 2, Look::default());
        assert_eq!(summary(&empty, &Plain), "X: no price is known in this time.");
    }
}
