//! What is drawn of a chart, stroke by stroke.

use crate::ui::chart::indicator::Bar;
use crate::ui::chart::plot::draw;
use crate::ui::chart::plot::layout::Layout;
use crate::ui::chart::plot::look::Look;
use crate::ui::chart::plot::model::{Happened, Mark, Plot};
use crate::ui::chart::plot::pen::{Ink, Pen, Point, Rect, Side};
use crate::ui::chart::plot::svg::Svg;
use crate::ui::chart::plot::window::Window;
use crate::ui::chart::plot::words::Plain;
use proptest::prelude::*;

const SIZE: (f64, f64) = (800.0, 420.0);

/// A pen that counts, and sees that every stroke has a place.
#[derive(Default)]
struct Counter {
    strokes: usize,
    points: usize,
    texts: Vec<String>,
}

impl Pen for Counter {
    fn line(&mut self, points: &[Point], _: Ink, _: f64, _: bool) {
        self.strokes += 1;
        self.points += points.len();
        assert!(points.iter().all(|(x, y)| x.is_finite() && y.is_finite()), "{points:?}");
    }
    fn shape(&mut self, points: &[Point], ink: Ink) {
        self.line(points, ink, 1.0, false);
    }
    fn boxes(&mut self, boxes: &[Rect], _: Ink) {
        self.strokes += 1;
        self.points += boxes.len();
        assert!(
            boxes.iter().all(|one| one.y.is_finite() && one.h >= 0.0 && one.w > 0.0),
            "{boxes:?}"
        );
    }
    fn text(&mut self, _: Point, text: &str, _: Ink, _: Side) {
        self.texts.push(text.to_owned());
    }
    fn clip(&mut self, _: Option<Rect>) {}
}

fn plot(count: usize, fields: &[(&str, &str)]) -> Plot {
    let look = Look::read(fields.iter().copied()).expect("a right choice");
    let mut plot = Plot::new("AAPL".into(), 60_000, 2, look);
    for at in 0..count {
        let open = 100.0 + (at as f64 / 50.0).sin() * 20.0;
        let close = open + ((at * 7919) % 13) as f64 / 4.0 - 1.5;
        plot.push(Bar {
            time_ms: 1_764_374_400_000 + at as i64 * 60_000,
            open,
            high: open.max(close) + 1.0,
            low: open.min(close) - 1.0,
            close,
            volume: ((at * 31) % 17) as f64,
        });
    }
    plot
}

fn drawn(plot: &Plot, window: Window) -> Counter {
    let layout = Layout::of(plot, window, SIZE, &Plain);
    let mut pen = Counter::default();
    draw::whole(plot, &layout, &Plain, &mut pen);
    pen
}

const EVERYTHING: [(&str, &str); 7] = [
    ("kind", "candles"),
    ("study", "sma-20"),
    ("study", "bollinger-20-2"),
    ("study", "rsi-14"),
    ("study", "macd-12-26-9"),
    ("study", "vwap"),
    ("study", "stochastic-14-3-3"),
];

#[test]
fn a_million_candles_are_no_more_strokes_than_a_screen_has_room_for() {
    for kind in ["line", "area", "candles"] {
        let few = drawn(&plot(2_000, &[("kind", kind)]), Window::all(2_000));
        let many = drawn(&plot(1_000_000, &[("kind", kind)]), Window::all(1_000_000));
        assert!(many.points < 6_000, "{kind}: {}", many.points);
        assert!(few.points < 6_000 && few.strokes < 60, "{kind}: {}", few.points);
    }
}

#[test]
fn a_price_that_comes_draws_as_much_after_a_thousand_candles_as_after_a_million() {
    let live = |count: usize| {
        let mut plot = plot(count, &EVERYTHING);
        let window = Window { from: 0.0, to: 200.0 }.following(count);
        let layout = Layout::of(&plot, window, SIZE, &Plain);
        let last = plot.bars().last().expect("candles");
        plot.tick(last.time_ms + 1_000, last.close + 0.01);
        assert!(layout.holds_newest(&plot));
        let mut pen = Counter::default();
        draw::live(&plot, &layout, &Plain, &mut pen);
        (pen.strokes, pen.points)
    };
    assert_eq!(live(1_000), live(100_000));
}

#[test]
fn a_price_beyond_the_axis_asks_for_another_one() {
    let mut plot = plot(300, &[]);
    let layout = Layout::of(&plot, Window::all(300), SIZE, &Plain);
    assert!(layout.holds_newest(&plot));
    let last = plot.bars().last().expect("candles");
    plot.tick(last.time_ms + 1_000, 500.0);
    assert!(!layout.holds_newest(&plot));
}

#[test]
fn the_past_and_the_newest_together_are_all() {
    let plot = plot(500, &[("kind", "line")]);
    let layout = Layout::of(&plot, Window::all(500), SIZE, &Plain);
    let (mut past, mut live) = (Svg::default(), Svg::default());
    draw::past(&plot, &layout, &Plain, &mut past);
    draw::live(&plot, &layout, &Plain, &mut live);
    let (past, live) = (past.for_page(800.0, 420.0), live.for_page(800.0, 420.0));
    // The newest begins where the past ends.
    let end = |svg: &str, from: bool| {
        let path = svg
            .split("class=\"s-l\"")
            .nth(1)
            .and_then(|rest| rest.split("d=\"M").nth(1))
            .expect("a line")
            .to_owned();
        let path = path.split('"').next().expect("its points").to_owned();
        let mut points = path.split('L').map(str::to_owned);
        if from { points.next() } else { points.next_back() }
    };
    assert_eq!(end(&past, false), end(&live, true));
}

#[test]
fn marks_stand_at_their_candles_and_what_is_before_all_has_none() {
    let mut plot = plot(100, &[]);
    let plain = drawn(&plot, Window::all(100)).strokes;
    for (minutes, what) in [(-5, Happened::In), (3, Happened::In), (50, Happened::Out), (70, Happened::Income)] {
        plot.marks.push(Mark {
            time_ms: 1_764_374_400_000 + minutes * 60_000,
            what,
            said: String::new(),
        });
    }
    assert_eq!(drawn(&plot, Window::all(100)).strokes, plain + 3);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn whatever_is_shown_has_its_place(
        closes in prop::collection::vec(prop_oneof![8 => 1e-6..1e6f64, 1 => Just(0.0), 1 => -5.0..0.0f64], 0..400),
        fields in prop::sample::subsequence(EVERYTHING.to_vec(), 0..7),
        scale in prop::sample::select(vec!["linear", "log", "percent"]),
        from in 0.0..1.0f64,
        factor in 0.001..1.0f64,
        width in 120.0..2_000.0f64,
    ) {
        let fields: Vec<_> = fields.into_iter().chain([("scale", scale)]).collect();
        let mut plot = Plot::new("X".into(), 60_000, 2, Look::read(fields).expect("a right choice"));
        for (at, close) in closes.iter().enumerate() {
            plot.push(Bar { time_ms: at as i64 * 60_000, open: *close, high: *close + 1.0, low: *close - 1.0, close: *close, volume: 1.0 });
        }
        let count = closes.len();
        let window = Window::all(count).zoomed(factor, from * count as f64, count);
        let layout = Layout::of(&plot, window, (width, 300.0), &Plain);
        let mut svg = Svg::default();
        draw::whole(&plot, &layout, &Plain, &mut svg);
        let svg = svg.for_page(width, 300.0);
        prop_assert!(roxmltree::Document::parse(&svg).is_ok(), "{svg}");
        if closes.first().is_none_or(|first| scale != "percent" || *first > 0.0) {
            draw::whole(&plot, &layout, &Plain, &mut Counter::default());
        }
    }
}
