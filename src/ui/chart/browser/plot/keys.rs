//! The chart by keys: from candle to candle, closer and wider, along in time.

use crate::ui::chart::browser::plot::chart::{Chart, Due};
use crate::ui::dom::Listener;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::KeyboardEvent;

/// Listens to keys while the chart has the focus.
pub fn listen(chart: &Rc<Chart>) {
    let weak = Rc::downgrade(chart);
    let listener = Listener::new(&chart.host, "keydown", move |event| {
        let (Some(chart), Some(event)) = (weak.upgrade(), event.dyn_ref::<KeyboardEvent>()) else {
            return;
        };
        if event.ctrl_key() || event.meta_key() || event.alt_key() {
            return;
        }
        if obey(&chart, &event.key(), event.shift_key()) {
            event.prevent_default();
            event.stop_propagation();
        }
    });
    chart.keep(listener);
    let weak = Rc::downgrade(chart);
    chart.keep(Listener::new(&chart.host, "blur", move |_| {
        if let Some(chart) = weak.upgrade() {
            point(&chart, |_, _| None);
        }
    }));
}

fn obey(chart: &Rc<Chart>, key: &str, shift: bool) -> bool {
    let far = if shift { 10 } else { 1 };
    match key {
        "ArrowLeft" => point(chart, |at, last| Some(at.unwrap_or(last + 1).saturating_sub(far))),
        "ArrowRight" => point(chart, |at, last| Some(at.map_or(last, |at| (at + far).min(last)))),
        "Home" => point(chart, |_, _| Some(0)),
        "End" => point(chart, |_, last| Some(last)),
        "Escape" => point(chart, |_, _| None),
        "PageUp" => chart.go(|window, count| window.panned(-window.span() * 0.8, count)),
        "PageDown" => chart.go(|window, count| window.panned(window.span() * 0.8, count)),
        "+" | "=" | "ArrowUp" => zoom(chart, 0.5),
        "-" | "_" | "ArrowDown" => zoom(chart, 2.0),
        "0" => chart.go(|_, count| crate::ui::chart::plot::window::Window::all(count)),
        _ => return false,
    }
    true
}

/// Shows `factor` times as much, around what is pointed at, else around the newest.
pub fn zoom(chart: &Rc<Chart>, factor: f64) {
    let pointed = chart.shown.borrow().as_ref().and_then(|shown| shown.pointed);
    chart.go(|window, count| {
        let around = pointed.map_or(
            if window.shows_newest(count) {
                window.to
            } else {
                (window.from + window.to) / 2.0
            },
            |at| at as f64 + 0.5,
        );
        window.zoomed(factor, around, count)
    });
}

/// Points at another candle: what it says is given the one that is pointed at and the last. It is brought into view.
fn point(chart: &Rc<Chart>, which: impl FnOnce(Option<usize>, usize) -> Option<usize>) {
    let mut moved = 0.0;
    chart.change(Due::Live, |shown| {
        let Some(last) = shown.told.plot.bars().len().checked_sub(1) else {
            return;
        };
        shown.pointed = which(shown.pointed, last);
        shown.pointed_y = None;
        if let Some(at) = shown.pointed.map(|at| at as f64) {
            let window = shown.window;
            moved = if at < window.from {
                at - window.from
            } else if at + 1.0 > window.to {
                at + 1.0 - window.to
            } else {
                0.0
            };
        }
    });
    if moved != 0.0 {
        chart.go(|window, count| window.panned(moved, count));
    }
}
