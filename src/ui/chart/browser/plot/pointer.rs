//! The chart by pointer and finger: pointing, dragging, pinching, the wheel.

use crate::ui::chart::browser::plot::chart::{Chart, Due};
use crate::ui::chart::plot::window::Window;
use crate::ui::dom::Listener;
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::{Event, HtmlElement, PointerEvent, WheelEvent};

/// Pixels that a pointer moves before it drags.
const STILL: f64 = 4.0;

/// A pointer that is down: its number and where it is.
#[derive(Clone, Copy)]
struct Down {
    id: i32,
    x: f64,
}

/// What is going on.
#[derive(Default)]
struct Hand {
    down: Vec<Down>,
    moved: f64,
}

/// Listens to pointers and the wheel.
pub fn listen(chart: &Rc<Chart>) {
    let hand = Rc::new(RefCell::new(Hand::default()));
    on(chart, &hand, "pointerdown", |chart, hand, event: &PointerEvent| {
        if event.button() == 0 {
            hand.down.retain(|one| one.id != event.pointer_id());
            hand.down.push(Down {
                id: event.pointer_id(),
                x: place(&chart.host, event).0,
            });
            hand.moved = 0.0;
        }
    });
    on(chart, &hand, "pointermove", moved);
    for name in ["pointerup", "pointercancel"] {
        on(chart, &hand, name, |chart, hand, event: &PointerEvent| {
            let tapped = hand.moved < STILL && hand.down.len() == 1;
            hand.down.retain(|one| one.id != event.pointer_id());
            chart.host.class_list().remove_1("is-dragged").unwrap_or_default();
            if tapped && event.pointer_type() != "mouse" {
                point(chart, place(&chart.host, event));
            }
        });
    }
    on(chart, &hand, "pointerleave", |chart, _, event: &PointerEvent| {
        if event.pointer_type() == "mouse" {
            chart.change(Due::Live, |shown| (shown.pointed, shown.pointed_y) = (None, None));
        }
    });
    on(chart, &hand, "dblclick", |chart, _, _: &Event| {
        chart.go(|_, count| Window::all(count))
    });
    on(chart, &hand, "wheel", |chart, _, event: &WheelEvent| {
        // A plain wheel scrolls the page; across it pans, and with Ctrl, as two fingers on a pad send it, it zooms.
        let (across, along) = (event.delta_x(), event.delta_y());
        let x = place(&chart.host, event).0;
        if event.ctrl_key() || event.meta_key() {
            let factor = (along.clamp(-100.0, 100.0) * 0.004).exp();
            zoom(chart, factor, x);
        } else if across.abs() > along.abs() {
            pan(chart, across);
        } else {
            return;
        }
        event.prevent_default();
    });
}

fn on<E: JsCast>(chart: &Rc<Chart>, hand: &Rc<RefCell<Hand>>, name: &'static str, act: impl Fn(&Rc<Chart>, &mut Hand, &E) + 'static) {
    let (weak, hand) = (Rc::downgrade(chart), Rc::clone(hand));
    let listener = Listener::new(&chart.host, name, move |event| {
        if let (Some(chart), Some(event)) = (weak.upgrade(), event.dyn_ref::<E>()) {
            act(&chart, &mut hand.borrow_mut(), event);
        }
    });
    chart.keep(listener);
}

fn place(host: &HtmlElement, event: &web_sys::MouseEvent) -> (f64, f64) {
    let rect = host.get_bounding_client_rect();
    (f64::from(event.client_x()) - rect.left(), f64::from(event.client_y()) - rect.top())
}

fn moved(chart: &Rc<Chart>, hand: &mut Hand, event: &PointerEvent) {
    let (x, y) = place(&chart.host, event);
    let Some(at) = hand.down.iter().position(|one| one.id == event.pointer_id()) else {
        // A finger that is not down does not point.
        if event.pointer_type() == "mouse" {
            point(chart, (x, y));
        }
        return;
    };
    let other = hand.down.iter().find(|one| one.id != event.pointer_id()).copied();
    let before = std::mem::replace(&mut hand.down[at].x, x);
    hand.moved += (x - before).abs();
    if hand.moved < STILL {
        return;
    }
    // From here on the pointer belongs to the chart, also outside of it.
    let _ = chart.host.set_pointer_capture(event.pointer_id());
    let _ = chart.host.class_list().add_1("is-dragged");
    match other {
        Some(other) => {
            let (old, new) = ((before - other.x).abs().max(10.0), (x - other.x).abs().max(10.0));
            zoom(chart, old / new, other.x);
        }
        None => pan(chart, before - x),
    }
}

fn point(chart: &Rc<Chart>, (x, y): (f64, f64)) {
    chart.change(Due::Live, |shown| {
        let count = shown.told.plot.bars().len();
        let index = shown.layout.index(x.min(shown.layout.right)).max(0.0) as usize;
        shown.pointed = count.checked_sub(1).map(|last| index.min(last));
        shown.pointed_y = Some(y);
    });
}

fn pan(chart: &Rc<Chart>, pixels: f64) {
    let step = chart.shown.borrow().as_ref().map_or(1.0, |shown| shown.layout.step);
    chart.go(|window, count| window.panned(pixels / step, count));
}

fn zoom(chart: &Rc<Chart>, factor: f64, x: f64) {
    let around = chart.shown.borrow().as_ref().map_or(0.0, |shown| shown.layout.index(x));
    chart.go(|window, count| window.zoomed(factor, around, count));
}
