//! Where everything of a chart lies: its panes, their axes, and which candles are drawn as one where there are more than pixels.

use crate::ui::chart::plot::extremes::{Extremes, wider};
use crate::ui::chart::plot::look::Kind;
use crate::ui::chart::plot::model::{Plot, Studied};
use crate::ui::chart::plot::pen::Rect;
use crate::ui::chart::plot::scale::{Axis, Spread};
use crate::ui::chart::plot::window::Window;
use crate::ui::chart::plot::words::Words;
use std::ops::Range;

/// Height of the labels of the time axis.
const TIMES: f64 = 26.0;
/// Height of a label: values on an axis keep at least twice as much.
const LABEL: f64 = 28.0;
/// Width of a digit in a label.
const DIGIT: f64 = 7.2;
/// From one pane to the next.
const GAP: f64 = 10.0;
/// Candles are no narrower.
const NARROWEST: f64 = 3.0;
/// How much of the price's pane what was traded takes.
pub const VOLUME: f64 = 0.2;

/// What a pane shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// Prices, and what is drawn over them.
    Price,
    /// The study with this number.
    Study(usize),
}

/// A part of the chart with a value axis of its own.
#[derive(Clone, Debug)]
pub struct Pane {
    /// What it shows.
    pub content: Content,
    /// Where it lies.
    pub rect: Rect,
    /// Its values.
    pub axis: Axis,
    /// The values that are labelled, and what they are labelled with.
    pub ticks: Vec<(f64, String)>,
}

impl Pane {
    /// How far down a value lies.
    pub fn y(&self, value: f64) -> f64 {
        self.rect.y + self.rect.h * (1.0 - self.axis.share(value))
    }

    /// The value that lies there.
    pub fn value(&self, y: f64) -> f64 {
        self.axis.value(1.0 - (y - self.rect.y) / self.rect.h)
    }

    /// Whether a height lies in it.
    pub fn holds(&self, y: f64) -> bool {
        (self.rect.y..=self.rect.y + self.rect.h).contains(&y)
    }
}

/// Where everything lies.
#[derive(Clone, Debug)]
pub struct Layout {
    /// All of it.
    pub width: f64,
    /// All of it.
    pub height: f64,
    /// Where what is drawn ends and the labels begin.
    pub right: f64,
    /// From one candle to the next.
    pub step: f64,
    /// What is shown.
    pub window: Window,
    /// The panes, the price's first.
    pub panes: Vec<Pane>,
    /// How many candles are drawn as one: a power of two.
    pub group: usize,
    /// How many points of a line are drawn as one: the same, for what is no wider than a pixel.
    pub fine: usize,
    /// The closes that percent are of: the chart's own and those of what is compared. None where values are drawn as they are.
    pub bases: Option<Vec<f64>>,
    /// The most that was traded in what is drawn as one candle.
    pub most_traded: f64,
}

impl Layout {
    /// Lays out what a window shows of a chart.
    pub fn of(plot: &Plot, window: Window, (width, height): (f64, f64), words: &dyn Words) -> Self {
        let count = plot.bars().len();
        let shown = window.indices(count);
        let bases = plot.in_percent().then(|| bases(plot, shown.clone()));
        let below: Vec<usize> = (0..plot.studied().len())
            .filter(|at| !plot.studied()[*at].study.over_price())
            .collect();
        let rects = rects(width, height, below.len());

        let price = price_axis(plot, shown.clone(), bases.as_deref());
        let contents = std::iter::once((Content::Price, price));
        let studies = below
            .into_iter()
            .map(|at| (Content::Study(at), study_axis(&plot.studied()[at], shown.clone())));
        let panes = contents.chain(studies).zip(rects).map(|((content, axis), rect)| {
            let (values, decimals) = axis.ticks((rect.h / (2.0 * LABEL)).max(1.5) as usize);
            // A price keeps its decimals, unless its steps are whole.
            let decimals = match content {
                Content::Price if bases.is_none() && decimals > 0 => decimals.max(plot.decimals),
                _ => decimals,
            };
            let label = |value: &f64| {
                let percent = content == Content::Price && bases.is_some();
                if percent {
                    words.percent(*value)
                } else {
                    words.number(*value, decimals)
                }
            };
            Pane {
                content,
                rect,
                axis,
                ticks: values.iter().map(|value| (*value, label(value))).collect(),
            }
        });
        let mut panes: Vec<Pane> = panes.collect();

        // The newest price's own label is in the column too.
        let newest = plot
            .bars()
            .last()
            .map_or(String::new(), |last| words.number(last.close, plot.decimals));
        let labels = panes.iter().flat_map(|pane| &pane.ticks).map(|(_, text)| text.chars().count());
        let longest = labels.chain([newest.chars().count(), 6]).max().unwrap_or(6);
        let right = (width - longest as f64 * DIGIT - 12.0).max(width / 2.0);
        panes.iter_mut().for_each(|pane| pane.rect.w = right);

        let step = right / window.span();
        let grouped = |narrowest: f64| ((narrowest / step).ceil().max(1.0) as usize).next_power_of_two();
        let fine = grouped(1.0);
        let group = if plot.look().kind == Kind::Candles || plot.look().volume {
            grouped(NARROWEST)
        } else {
            fine
        };
        let mut layout = Self {
            width,
            height,
            right,
            step,
            window,
            panes,
            group,
            fine,
            bases,
            most_traded: 0.0,
        };
        if plot.look().volume {
            let traded = layout.groups(shown).filter_map(|range| Some(plot.bars().merged(range)?.volume));
            layout.most_traded = traded.fold(0.0, f64::max);
        }
        layout
    }

    /// How far to the right an index lies.
    pub fn x(&self, index: f64) -> f64 {
        (index - self.window.from) * self.step
    }

    /// The index that lies there.
    pub fn index(&self, x: f64) -> f64 {
        self.window.from + x / self.step
    }

    /// Ranges of candles that are drawn as one each. They begin at the same indices however the chart is panned, so that nothing shimmers.
    pub fn groups(&self, range: Range<usize>) -> impl Iterator<Item = Range<usize>> + use<> {
        groups_of(self.group, range)
    }

    /// The same of the points of a line.
    pub fn points(&self, range: Range<usize>) -> impl Iterator<Item = Range<usize>> + use<> {
        groups_of(self.fine, range)
    }

    /// Where the last group begins, of so many candles: all before it stays as it is when a price comes.
    pub fn live_from(&self, count: usize) -> usize {
        count.saturating_sub(1) / self.group * self.group
    }

    /// A price, or its percent.
    pub fn valued(&self, price: f64, number: usize) -> f64 {
        match self.bases.as_ref().and_then(|bases| bases.get(number)) {
            Some(base) => (price / base - 1.0) * 100.0,
            None => price,
        }
    }

    /// Whether the newest candle, as it is now, can be drawn without another axis.
    pub fn holds_newest(&self, plot: &Plot) -> bool {
        let Some(last) = plot.bars().len().checked_sub(1) else {
            return false;
        };
        let traded = || plot.bars().merged(self.live_from(last + 1)..last + 1).map_or(0.0, |all| all.volume);
        let held = |pane: &Pane| match pane.content {
            Content::Price => price_range(plot, last..last + 1, self.bases.as_deref()).is_none_or(|range| pane.axis.holds(range)),
            Content::Study(number) => plot.studied().get(number).is_none_or(|one| {
                let ends = lines_range(one, last..last + 1);
                one.study.bounds().is_some() || ends.is_none_or(|range| pane.axis.holds(range))
            }),
        };
        self.panes.iter().all(held) && (!plot.look().volume || traded() <= self.most_traded)
    }
}

fn groups_of(group: usize, range: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let first = range.start / group * group;
    (first..range.end)
        .step_by(group)
        .map(move |start| start..(start + group).min(range.end))
}

/// The panes from top to bottom, and room for the times below.
fn rects(width: f64, height: f64, below: usize) -> impl Iterator<Item = Rect> {
    let all = (height - TIMES).max(40.0);
    let each = if below == 0 {
        0.0
    } else {
        (all * 0.22).min(all * 0.6 / below as f64)
    };
    let price = all - each * below as f64;
    let head = std::iter::once((6.0, price - 6.0));
    let studies = (0..below).map(move |at| (price + each * at as f64 + GAP, each - GAP));
    head.chain(studies).map(move |(y, h)| Rect { x: 0.0, y, w: width, h })
}

/// The first value that is shown of the chart itself and of each that is compared.
fn bases(plot: &Plot, shown: Range<usize>) -> Vec<f64> {
    let first = |values: &Extremes| {
        shown
            .clone()
            .filter_map(|at| values.get(at))
            .map(|(value, _)| value)
            .find(|value| *value > 0.0)
    };
    let all = std::iter::once(plot.bars().closes()).chain(plot.others().iter().map(|other| &other.values));
    all.map(|values| first(values).unwrap_or(f64::NAN)).collect()
}

fn price_axis(plot: &Plot, shown: Range<usize>, bases: Option<&[f64]>) -> Axis {
    let logarithmic = plot.look().spread == Spread::Logarithmic && bases.is_none();
    let (low, high) = price_range(plot, shown, bases).unwrap_or((0.0, 1.0));
    let axis = Axis::around(low, high, logarithmic);
    // Prices stand above what was traded, in part.
    if plot.look().volume { axis.lowered(VOLUME * 0.5) } else { axis }
}

/// All that the price's pane shows of a range.
fn price_range(plot: &Plot, shown: Range<usize>, bases: Option<&[f64]>) -> Option<(f64, f64)> {
    let percent = |(low, high): (f64, f64), number: usize| match bases.and_then(|bases| bases.get(number)) {
        Some(base) => ((low / base - 1.0) * 100.0, (high / base - 1.0) * 100.0),
        None => (low, high),
    };
    let own = match plot.look().kind {
        Kind::Candles => plot.bars().extremes(shown.clone()),
        Kind::Line | Kind::Area => plot.bars().closes().over(shown.clone()),
    };
    let studies = plot.studied().iter().filter(|one| one.study.over_price());
    let studies = studies.filter_map(|one| lines_range(one, shown.clone()));
    let own = own.into_iter().chain(studies).map(|range| percent(range, 0));
    let others = plot.others().iter().enumerate();
    let others = others.filter_map(|(at, other)| Some(percent(other.values.over(shown.clone())?, at + 1)));
    let all = own.chain(others).filter(|(low, _)| !low.is_nan());
    all.reduce(wider)
}

fn lines_range(one: &Studied, shown: Range<usize>) -> Option<(f64, f64)> {
    one.lines.iter().filter_map(|line| line.over(shown.clone())).reduce(wider)
}

fn study_axis(one: &Studied, shown: Range<usize>) -> Axis {
    match one.study.bounds() {
        Some((low, high)) => Axis::between(low, high),
        None => {
            let (low, high) = lines_range(one, shown).unwrap_or((0.0, 1.0));
            Axis::around(low, high, false)
        }
    }
}
