//! Draws a chart with whatever pen. What is past and what is live are drawn apart: a price that comes redraws the newest candle alone.

use crate::ui::chart::indicator::Bar;
use crate::ui::chart::plot::extremes::Extremes;
use crate::ui::chart::plot::layout::{Content, Layout, Pane, VOLUME};
use crate::ui::chart::plot::look::Kind;
use crate::ui::chart::plot::model::{Happened, Plot};
use crate::ui::chart::plot::pen::{Ink, Pen, Point, Rect, Side};
use crate::ui::chart::plot::times;
use crate::ui::chart::plot::words::Words;
use std::ops::Range;

/// Room for a label of the time axis.
const TIME_LABEL: f64 = 76.0;

/// All of it, for a drawing that stays as it is.
pub fn whole(plot: &Plot, layout: &Layout, words: &dyn Words, pen: &mut dyn Pen) {
    past(plot, layout, words, pen);
    if let Some(y) = level(plot, layout) {
        pen.line(&[(0.0, y), (layout.right, y)], Ink::Line, 1.0, true);
    }
    live(plot, layout, words, pen);
}

/// All that stays as it is while prices come.
pub fn past(plot: &Plot, layout: &Layout, words: &dyn Words, pen: &mut dyn Pen) {
    let count = plot.bars().len();
    for pane in &layout.panes {
        for (value, label) in &pane.ticks {
            let y = pane.y(*value);
            pen.line(&[(0.0, y.round() + 0.5), (layout.right, y.round() + 0.5)], Ink::Grid, 1.0, false);
            // At the border of two panes each label keeps to its own.
            let (top, foot) = (pane.rect.y + 5.0, pane.rect.y + pane.rect.h - 5.0);
            pen.text((layout.right + 6.0, y.min(foot).max(top)), label, Ink::Text, Side::Right);
        }
    }
    let labels = times::labels(plot.bars(), &layout.window, TIME_LABEL / layout.step, plot.step_ms, words);
    for (index, label) in labels {
        let x = layout.x(index as f64 + 0.5);
        if (20.0..layout.right - 16.0).contains(&x) {
            pen.text((x, layout.height - 10.0), &label, Ink::Text, Side::Middle);
        }
    }
    let shown = layout.window.indices(count);
    let end = layout.live_from(count).min(shown.end);
    draw(plot, layout, pen, shown.start.min(end)..end);
    marks(plot, layout, pen, shown);
}

/// The height of the line at the newest price: across the whole chart, and so not a part of what is drawn with each price.
pub fn level(plot: &Plot, layout: &Layout) -> Option<f64> {
    let (last, pane) = plot.bars().last().zip(layout.panes.first())?;
    let y = pane.y(layout.valued(last.close, 0));
    pane.holds(y).then_some(y.round() + 0.5)
}

/// The newest candle and the label of its price.
pub fn live(plot: &Plot, layout: &Layout, words: &dyn Words, pen: &mut dyn Pen) {
    let count = plot.bars().len();
    let Some(last) = plot.bars().last() else { return };
    if layout.window.shows_newest(count) {
        draw(plot, layout, pen, layout.live_from(count)..count);
    }
    let (Some(pane), false) = (layout.panes.first(), count == 0) else {
        return;
    };
    let (y, ink) = (pane.y(layout.valued(last.close, 0)), Ink::Line);
    if !pane.holds(y) {
        return;
    }
    pen.boxes(&[tag(layout, y)], ink);
    let label = match layout.bases {
        Some(_) => words.percent(layout.valued(last.close, 0)),
        None => words.number(last.close, plot.decimals),
    };
    pen.text((layout.right + 6.0, y), &label, Ink::OnLine, Side::Right);
}

/// Where the label of the newest price lies.
pub fn tag(layout: &Layout, y: f64) -> Rect {
    Rect {
        x: layout.right + 1.0,
        y: y - 10.0,
        w: layout.width - layout.right - 1.0,
        h: 20.0,
    }
}

/// Candles and lines of a range of candles.
fn draw(plot: &Plot, layout: &Layout, pen: &mut dyn Pen, range: Range<usize>) {
    if range.is_empty() {
        return;
    }
    for pane in &layout.panes {
        pen.clip(Some(Rect {
            y: pane.rect.y - 4.0,
            h: pane.rect.h + 8.0,
            ..pane.rect
        }));
        match pane.content {
            Content::Price => price(plot, layout, pane, pen, range.clone()),
            Content::Study(number) => study(plot, layout, pane, pen, number, range.clone()),
        }
        pen.clip(None);
    }
}

fn price(plot: &Plot, layout: &Layout, pane: &Pane, pen: &mut dyn Pen, range: Range<usize>) {
    let bars = || {
        layout
            .groups(range.clone())
            .filter_map(|group| Some((group.clone(), plot.bars().merged(group)?)))
    };
    if plot.look().volume && layout.most_traded > 0.0 {
        let most = pane.rect.h * VOLUME;
        let foot = pane.rect.y + pane.rect.h;
        two_inks(pen, [Ink::GainSoft, Ink::LossSoft], bars(), |group, bar| {
            let (x, w) = across(layout, group);
            let h = (bar.volume / layout.most_traded * most).min(most);
            vec![Rect { x, y: foot - h, w, h }]
        });
    }
    match plot.look().kind {
        Kind::Candles => two_inks(pen, [Ink::Gain, Ink::Loss], bars(), |group, bar| candle(layout, pane, group, bar)),
        Kind::Line | Kind::Area => {
            let points = line(plot.bars().closes(), 0, layout, pane, range.clone());
            for part in points.iter().filter(|_| plot.look().kind == Kind::Area) {
                if let (Some(first), Some(last)) = (part.first(), part.last()) {
                    let foot = pane.rect.y + pane.rect.h;
                    let mut shape = part.clone();
                    shape.extend([(last.0, foot), (first.0, foot)]);
                    pen.shape(&shape, Ink::Soft);
                }
            }
            stroke(pen, &points, Ink::Line, 1.75);
        }
    }
    let over: Vec<_> = plot.studied().iter().filter(|one| one.study.over_price()).collect();
    for (at, one) in over.iter().enumerate() {
        for values in &one.lines {
            stroke(pen, &line(values, 0, layout, pane, range.clone()), Ink::number(at), 1.25);
        }
    }
    for (at, other) in plot.others().iter().enumerate() {
        let points = line(&other.values, at + 1, layout, pane, range.clone());
        stroke(pen, &points, Ink::number(over.len() + at), 1.5);
    }
}

fn study(plot: &Plot, layout: &Layout, pane: &Pane, pen: &mut dyn Pen, number: usize, range: Range<usize>) {
    let Some(one) = plot.studied().get(number) else { return };
    for guide in guides(one.study.bounds()) {
        let y = pane.y(guide).round() + 0.5;
        pen.line(
            &[
                (layout.x(range.start as f64).max(0.0), y),
                (layout.x(range.end as f64).min(layout.right), y),
            ],
            Ink::Grid,
            1.0,
            true,
        );
    }
    for (at, (values, name)) in one.lines.iter().zip(one.study.lines()).enumerate() {
        if *name != "Histogram" {
            stroke(pen, &plain_line(values, layout, pane, range.clone()), Ink::number(at), 1.25);
            continue;
        }
        let zero = pane.y(0.0);
        let bars = layout
            .groups(range.clone())
            .filter_map(|group| Some((group.clone(), values.get(group.end - 1)?.0)));
        let (mut up, mut down) = (vec![], vec![]);
        for (group, value) in bars.filter(|(_, value)| !value.is_nan()) {
            let (x, w) = across(layout, &group);
            let y = pane.y(value);
            let bar = Rect {
                x,
                y: y.min(zero),
                w,
                h: (y - zero).abs(),
            };
            if value >= 0.0 { up.push(bar) } else { down.push(bar) }
        }
        pen.boxes(&up, Ink::GainSoft);
        pen.boxes(&down, Ink::LossSoft);
    }
}

/// Where a bounded study is thought to be high or low.
fn guides(bounds: Option<(f64, f64)>) -> Vec<f64> {
    bounds.map_or_else(Vec::new, |(low, high)| vec![low + (high - low) * 0.3, low + (high - low) * 0.7])
}

/// Left edge and width of what is drawn as one, on whole pixels where there are enough.
fn across(layout: &Layout, group: &Range<usize>) -> (f64, f64) {
    let (from, to) = (layout.x(group.start as f64), layout.x((group.start + layout.group) as f64));
    let w = ((to - from) * 0.72).round().max(1.0);
    (((from + to - w) / 2.0).round(), w)
}

fn candle(layout: &Layout, pane: &Pane, group: &Range<usize>, bar: &Bar) -> Vec<Rect> {
    let y = |price: f64| pane.y(layout.valued(price, 0));
    let (x, w) = across(layout, group);
    let (high, low) = (y(bar.high), y(bar.low));
    let (head, foot) = (y(bar.open.max(bar.close)), y(bar.open.min(bar.close)));
    let wick = Rect {
        x: x + ((w - 1.0) / 2.0).floor(),
        y: high,
        w: 1.0,
        h: (low - high).max(1.0),
    };
    let body = Rect {
        x,
        y: head.round(),
        w,
        h: (foot - head).round().max(1.0),
    };
    vec![wick, body]
}

/// Fills what rose in one colour and what fell in the other.
fn two_inks(
    pen: &mut dyn Pen,
    [gain, loss]: [Ink; 2],
    bars: impl Iterator<Item = (Range<usize>, Bar)>,
    drawn: impl Fn(&Range<usize>, &Bar) -> Vec<Rect>,
) {
    let (mut up, mut down) = (vec![], vec![]);
    for (group, bar) in bars {
        let side = if bar.close >= bar.open { &mut up } else { &mut down };
        side.extend(drawn(&group, &bar));
    }
    pen.boxes(&up, gain);
    pen.boxes(&down, loss);
}

fn stroke(pen: &mut dyn Pen, parts: &[Vec<Point>], ink: Ink, width: f64) {
    for part in parts.iter().filter(|part| part.len() > 1) {
        pen.line(part, ink, width, false);
    }
}

fn line(values: &Extremes, number: usize, layout: &Layout, pane: &Pane, range: Range<usize>) -> Vec<Vec<Point>> {
    points(values, layout, range, |value| pane.y(layout.valued(value, number)))
}

fn plain_line(values: &Extremes, layout: &Layout, pane: &Pane, range: Range<usize>) -> Vec<Vec<Point>> {
    points(values, layout, range, |value| pane.y(value))
}

/// The points of a line over a range, in parts where values are missing: where several candles share a pixel its lowest and its highest,
/// so that no peak is lost. It begins at the candle before, so that parts that are drawn apart meet.
fn points(values: &Extremes, layout: &Layout, range: Range<usize>, y: impl Fn(f64) -> f64) -> Vec<Vec<Point>> {
    let mut parts: Vec<Vec<Point>> = vec![];
    let mut part = vec![];
    let one = |at: usize| values.get(at).map(|(value, _)| value).filter(|value| !value.is_nan());
    if let Some((at, value)) = range.start.checked_sub(1).and_then(|at| Some((at, one(at)?))) {
        let before = at / layout.fine * layout.fine;
        part.push((layout.x(before as f64 + layout.fine as f64 / 2.0), y(value)));
    }
    for group in layout.points(range) {
        let x = layout.x(group.start as f64 + layout.fine as f64 / 2.0);
        let Some((low, high)) = values.over(group.clone()) else {
            parts.push(std::mem::take(&mut part));
            continue;
        };
        if group.len() == 1 {
            part.push((x, y(low)));
            continue;
        }
        let (first, last) = (one(group.start).unwrap_or(low), one(group.end - 1).unwrap_or(high));
        let two = if first <= last { [low, high] } else { [high, low] };
        part.extend(two.map(|value| (x, y(value))));
        if last != two[1] {
            part.push((x, y(last)));
        }
    }
    parts.push(part);
    parts
}

/// What happened, at its candle: in below it, out above it, and the rest at the foot.
fn marks(plot: &Plot, layout: &Layout, pen: &mut dyn Pen, shown: Range<usize>) {
    let Some(pane) = layout.panes.first() else { return };
    let mut before: Option<(f64, Happened)> = None;
    for mark in &plot.marks {
        let Some(index) = plot.place_of(mark).filter(|index| shown.contains(index)) else {
            continue;
        };
        let x = layout.x((index / layout.group * layout.group) as f64 + layout.group as f64 / 2.0);
        // More than one at the same place is one on the drawing: the list has them all.
        if before.is_some_and(|(last, what)| what == mark.what && x - last < 6.0) {
            continue;
        }
        before = Some((x, mark.what));
        let Some(bar) = plot.bars().get(index) else { continue };
        let candles = plot.look().kind == Kind::Candles;
        let (low, high) = if candles { (bar.low, bar.high) } else { (bar.close, bar.close) };
        let (low, high) = (pane.y(layout.valued(low, 0)), pane.y(layout.valued(high, 0)));
        let foot = pane.rect.y + pane.rect.h;
        let (ink, shape): (Ink, Vec<Point>) = match mark.what {
            Happened::In => (Ink::Gain, vec![(x, low + 5.0), (x + 5.0, low + 13.0), (x - 5.0, low + 13.0)]),
            Happened::Out => (Ink::Loss, vec![(x, high - 5.0), (x + 5.0, high - 13.0), (x - 5.0, high - 13.0)]),
            Happened::Income => (Ink::Line, diamond(x, foot - 6.0)),
            Happened::Else => (Ink::Text, diamond(x, foot - 6.0)),
        };
        pen.shape(&shape, ink);
    }
}

fn diamond(x: f64, y: f64) -> Vec<Point> {
    vec![(x, y - 5.0), (x + 5.0, y), (x, y + 5.0), (x - 5.0, y)]
}
