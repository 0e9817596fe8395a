//! A chart in its element: what it shows, which part of it, and when it is drawn.

use crate::ui::chart::browser::plot::canvas::Inks;
use crate::ui::chart::browser::plot::data::{Told, ask};
use crate::ui::chart::browser::plot::intl::Reader;
use crate::ui::chart::browser::plot::layers::Layers;
use crate::ui::chart::browser::plot::readout::Readout;
use crate::ui::chart::browser::plot::tools::Tools;
use crate::ui::chart::browser::plot::{keys, live, pointer};
use crate::ui::chart::browser::watch::Watching;
use crate::ui::chart::plot::layout::Layout;
use crate::ui::chart::plot::look::Look;
use crate::ui::chart::plot::model::Plot;
use crate::ui::chart::plot::reading::reading;
use crate::ui::chart::plot::window::Window;
use crate::ui::dom::Listener;
use leptos::prelude::{document, request_animation_frame};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::spawn_local;
use web_sys::HtmlElement;

/// Candles that are asked for at once, for each pixel of width: what is come closer to is asked for again.
const A_PIXEL: f64 = 0.6;
/// Pixels from one candle to the next from which on finer ones are asked for.
const WIDE: f64 = 14.0;
/// The shortest candle that there is.
const FINEST_MS: i64 = 60_000;

/// What is to be drawn in the next frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Due {
    /// Nothing.
    Nothing,
    /// The newest candle.
    Live,
    /// All of it.
    All,
}

/// What of the window stays when other candles are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// Nothing: all of them are shown.
    Nothing,
    /// The time that is shown.
    Time,
    /// How much time is shown, up to the newest.
    Length,
}

/// What a chart shows now.
pub struct Shown {
    /// What was told.
    pub told: Told,
    /// Which part of it.
    pub window: Window,
    /// Where it lies.
    pub layout: Layout,
    /// Whether the window goes on with the newest candle.
    pub following: bool,
    /// The candle that the reader points at.
    pub pointed: Option<usize>,
    /// The height that is pointed at.
    pub pointed_y: Option<f64>,
}

/// A chart.
pub struct Chart {
    /// Its element.
    pub host: HtmlElement,
    /// How the reader writes figures.
    pub words: Reader,
    /// The colours of the theme.
    pub inks: RefCell<Inks>,
    /// What it shows; nothing before the server told.
    pub shown: RefCell<Option<Shown>>,
    /// What it is drawn on.
    pub layers: Layers,
    /// What it tells beside the drawing.
    pub readout: Readout,
    tools: Tools,
    due: Cell<Due>,
    asked: Cell<u32>,
    kept: RefCell<Kept>,
}

/// What lives as long as the chart does.
#[derive(Default)]
struct Kept {
    _watching: Option<Watching>,
    listeners: Vec<Listener>,
    live: Option<live::Stream>,
}

/// Takes over every chart of the page.
pub fn take_over() {
    let Ok(found) = document().query_selector_all("[data-plot]") else {
        return;
    };
    for at in 0..found.length() {
        let host = found.item(at).and_then(|node| node.dyn_into::<HtmlElement>().ok());
        // A site may hold this client alone beside one that has it in it: the first to come takes over.
        let Some(host) = host.filter(|host| host.toggle_attribute("data-taken") == Ok(true)) else {
            continue;
        };
        if let Some(chart) = Chart::begin(host) {
            // It lives as long as its page.
            std::mem::forget(chart);
        }
    }
}

impl Chart {
    fn begin(host: HtmlElement) -> Option<Rc<Self>> {
        let tools = Tools::of(&host);
        let chart = Rc::new(Self {
            words: Reader::default(),
            inks: RefCell::new(Inks::of(&host)),
            shown: RefCell::default(),
            layers: Layers::new(&host)?,
            readout: Readout::of(&host)?,
            due: Cell::new(Due::Nothing),
            asked: Cell::new(0),
            kept: RefCell::default(),
            tools,
            host,
        });
        // From here on it answers to keys: from candle to candle, as along a slider.
        for (name, value) in [("role", "slider"), ("tabindex", "0"), ("aria-valuemin", "1")] {
            let _ = chart.host.set_attribute(name, value);
        }
        let (resized, themed) = (Rc::downgrade(&chart), Rc::downgrade(&chart));
        let resize = move || {
            if let Some(chart) = resized.upgrade() {
                chart.redraw(Due::All);
            }
        };
        let restyle = move || {
            if let Some(chart) = themed.upgrade() {
                chart.inks.replace(Inks::of(&chart.host));
                chart.veil();
                chart.redraw(Due::All);
            }
        };
        chart.kept.borrow_mut()._watching = Watching::new(&chart.host, resize, restyle);
        chart.veil();
        pointer::listen(&chart);
        keys::listen(&chart);
        chart.tools.listen(&chart);
        chart.load(None, Keep::Nothing);
        Some(chart)
    }

    /// Hides amounts where the reader hides them.
    fn veil(&self) {
        let root = document().document_element().and_then(|root| root.get_attribute("data-amounts"));
        let hides = root.as_deref() == Some("hidden");
        self.words.hidden.set(hides && self.host.has_attribute("data-private"));
    }

    /// Keeps a listener as long as the chart lives.
    pub fn keep(&self, listener: Listener) {
        self.kept.borrow_mut().listeners.push(listener);
    }

    /// What surrounds it.
    pub fn tools(&self) -> &Tools {
        &self.tools
    }

    /// What the reader chose.
    pub fn look(&self) -> Look {
        self.tools.look()
    }

    /// Asks for what the reader chose, or for a part of it, in milliseconds since 1970.
    pub fn load(self: &Rc<Self>, part: Option<(f64, f64)>, keep: Keep) {
        let number = self.asked.get().wrapping_add(1);
        self.asked.set(number);
        let points = (f64::from(self.host.client_width()) * A_PIXEL).clamp(250.0, 2_000.0);
        let address = self.tools.address(part, points);
        let (chart, look) = (Rc::clone(self), self.look());
        self.readout.busy(true);
        spawn_local(async move {
            let answer = ask(&address, &look).await;
            // Something else was asked for meanwhile.
            if chart.asked.get() != number {
                return;
            }
            chart.readout.busy(false);
            match answer {
                Ok(told) => chart.show(told, keep),
                Err(said) => chart.readout.say(&said),
            }
        });
    }

    /// Shows what was told.
    fn show(self: &Rc<Self>, told: Told, keep: Keep) {
        let count = told.plot.bars().len();
        let before = self.shown.borrow_mut().take();
        let times = before.as_ref().map(|before| {
            (
                time_at(&before.told.plot, before.window.from),
                time_at(&before.told.plot, before.window.to),
            )
        });
        let was_following = before.as_ref().is_none_or(|before| before.following);
        let following = told.to_now && (keep != Keep::Time || was_following);
        let window = match (keep, times) {
            (Keep::Nothing, _) | (_, None) => Window::all(count),
            (Keep::Length, Some((from, to))) => {
                let span = (to - from) / told.plot.step_ms as f64;
                Window { from: 0.0, to: span }.following(count)
            }
            (Keep::Time, Some((from, to))) => {
                let (from, to) = (index_at(&told.plot, from), index_at(&told.plot, to));
                let window = Window { from, to }.panned(0.0, count);
                if following { window.following(count) } else { window }
            }
        };
        let size = (f64::from(self.host.client_width()), f64::from(self.host.client_height()));
        let layout = Layout::of(&told.plot, window, size, &self.words);
        self.kept.borrow_mut().live = told
            .live
            .as_deref()
            .filter(|_| told.to_now)
            .and_then(|address| live::listen(self, address));
        self.shown.replace(Some(Shown {
            told,
            window,
            layout,
            following,
            pointed: None,
            pointed_y: None,
        }));
        let _ = self.host.set_attribute("data-drawn", "");
        self.readout.say("");
        self.redraw(Due::All);
    }

    /// Changes what is shown, where there is something, and draws it.
    pub fn change(self: &Rc<Self>, due: Due, change: impl FnOnce(&mut Shown)) {
        if let Some(shown) = self.shown.borrow_mut().as_mut() {
            change(shown);
            // What changed with the reader's hand decides whether the newest is followed.
            if due == Due::All {
                shown.following = shown.told.to_now && shown.window.shows_newest(shown.told.plot.bars().len());
            }
        }
        self.redraw(due);
    }

    /// Shows another part, and asks for more where it is not there or not fine enough.
    pub fn go(self: &Rc<Self>, go: impl FnOnce(Window, usize) -> Window) {
        self.change(Due::All, |shown| shown.window = go(shown.window, shown.told.plot.bars().len()));
        let part = self.shown.borrow().as_ref().and_then(wanted);
        self.tools.later(self, part);
    }

    /// Goes on with the newest candle, and asks for it where it is not there.
    pub fn follow(self: &Rc<Self>) {
        let length = self
            .shown
            .borrow()
            .as_ref()
            .filter(|shown| !shown.told.has_end())
            .map(|shown| time_at(&shown.told.plot, shown.window.to) - time_at(&shown.told.plot, shown.window.from));
        match length {
            Some(length) => {
                let now = js_sys::Date::now();
                // A server's clock may be ahead.
                self.load(Some((now - 2.0 * length, now + length)), Keep::Length);
            }
            None => self.go(|window, count| window.following(count)),
        }
    }

    /// A price came.
    pub fn tick(self: &Rc<Self>, time_ms: i64, price: f64, others: &[(String, f64)]) {
        let mut due = Due::Live;
        let mut ended = None;
        if let Some(shown) = self.shown.borrow_mut().as_mut() {
            let plot = &mut shown.told.plot;
            let before = plot.bars().len();
            plot.tick(time_ms, price);
            for (name, value) in others {
                plot.compare_tick(name, *value);
            }
            let count = plot.bars().len();
            if count != before {
                due = Due::All;
                if shown.following {
                    shown.window = shown.window.following(count);
                }
                let step = shown.told.plot.step_ms;
                let first = shown.told.plot.bars().times().first().copied();
                ended = first.filter(|_| before > 0).map(|first| (first as f64, (time_ms + step) as f64));
            }
        }
        self.redraw(due);
        // What was traded in the candle that has ended, and prices between two that came here, the server knows.
        if ended.is_some() {
            self.load(ended, Keep::Time);
        }
    }

    /// Draws in the next frame.
    pub fn redraw(self: &Rc<Self>, due: Due) {
        if self.due.replace(self.due.get().max(due)) == Due::Nothing {
            let chart = Rc::clone(self);
            request_animation_frame(move || chart.draw());
        }
    }

    fn draw(&self) {
        let due = self.due.replace(Due::Nothing);
        let mut shown = self.shown.borrow_mut();
        let Some(shown) = shown.as_mut() else { return };
        let (plot, inks) = (&shown.told.plot, self.inks.borrow());
        if due == Due::Live && shown.layout.holds_newest(plot) {
            self.layers.draw_live(plot, &shown.layout, &self.words, &inks);
        } else {
            let size = (f64::from(self.host.client_width()), f64::from(self.host.client_height()));
            shown.layout = Layout::of(plot, shown.window, size, &self.words);
            self.layers.draw(plot, &shown.layout, &self.words, &inks);
        }
        let count = plot.bars().len();
        let at = shown.pointed.unwrap_or(count.saturating_sub(1)).min(count.saturating_sub(1));
        let told = reading(plot, &shown.layout, at, &self.words);
        self.readout.show(shown, told, &self.words);
        self.tools.can_follow(!(shown.window.shows_newest(count) && shown.told.has_end()));
    }
}

/// The moment at an index with fractions, also beyond both ends.
fn time_at(plot: &Plot, index: f64) -> f64 {
    let times = plot.bars().times();
    let (Some(first), Some(last)) = (times.first(), times.last()) else {
        return 0.0;
    };
    let step = plot.step_ms as f64;
    if index < 0.0 {
        return *first as f64 + index * step;
    }
    match times.get(index as usize) {
        Some(time) => *time as f64 + index.fract() * step,
        None => *last as f64 + (index - (times.len() - 1) as f64) * step,
    }
}

/// The index of a moment, with fractions.
fn index_at(plot: &Plot, time: f64) -> f64 {
    let (bars, step) = (plot.bars(), plot.step_ms as f64);
    match bars.at(time as i64) {
        Some(at) => {
            let past = (time - bars.times().get(at).map_or(time, |start| *start as f64)) / step;
            let last = at + 1 == bars.len();
            at as f64 + if last { past } else { past.min(1.0) }
        }
        None => bars.times().first().map_or(0.0, |first| (time - *first as f64) / step),
    }
}

/// What should be asked for, so that the reader can go on: a part of time in milliseconds.
fn wanted(shown: &Shown) -> Option<(f64, f64)> {
    let (plot, window) = (&shown.told.plot, shown.window);
    // What has no earliest moment is all that there is.
    let earliest = shown.told.earliest_ms?;
    let count = plot.bars().len() as f64;
    let (from, to) = (time_at(plot, window.from), time_at(plot, window.to));
    let span = to - from;
    let finer = shown.layout.right / window.span() > WIDE && plot.step_ms > FINEST_MS;
    let first = plot.bars().times().first().map(|first| *first as f64)?;
    let older = window.from < window.span() * 0.05 && earliest < first;
    let newer = window.to > count && !shown.told.to_now;
    (finer || older || newer).then_some((from - span, to + span))
}
