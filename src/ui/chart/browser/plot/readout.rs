//! What a chart tells beside its drawing: the figures of a candle, the cross that points at it, and what went wrong.

use crate::ui::chart::browser::plot::chart::Shown;
use crate::ui::chart::browser::plot::intl::Reader;
use crate::ui::chart::plot::pen::Ink;
use crate::ui::chart::plot::reading::{Reading, when};
use crate::ui::chart::plot::words::Words as _;
use leptos::prelude::document;
use std::cell::{Cell, RefCell};
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

/// Its elements.
pub struct Readout {
    host: HtmlElement,
    figures: HtmlElement,
    said: Option<HtmlElement>,
    upright: HtmlElement,
    level: HtmlElement,
    time: HtmlElement,
    value: HtmlElement,
    entries: RefCell<Vec<Entry>>,
    /// The candles that there are, and the one that is pointed at, as the element says them.
    counted: Cell<(usize, Option<usize>)>,
    pointing: Cell<bool>,
}

/// A figure and its name. What they say now is remembered: to ask the document for it costs more than to write it.
struct Entry {
    both: HtmlElement,
    name: HtmlElement,
    value: HtmlElement,
    said: (String, String, Option<Ink>),
}

fn add(to: &HtmlElement, name: &str, class: &str) -> Option<HtmlElement> {
    let element: HtmlElement = document().create_element(name).ok()?.dyn_into().ok()?;
    element.set_class_name(class);
    to.append_child(&element).ok()?;
    Some(element)
}

fn put(element: &HtmlElement, text: &str) {
    // What stays the same costs no layout.
    if element.text_content().as_deref() != Some(text) {
        element.set_text_content(Some(text));
    }
}

fn style(element: &HtmlElement, name: &str, value: &str) {
    let _ = element.style().set_property(name, value);
}

fn place(element: &HtmlElement, at: Option<(f64, f64)>) {
    match at {
        Some((x, y)) => {
            let pixels = |length: f64| (length.round() as i32).to_string() + "px";
            style(
                element,
                "transform",
                &(String::from("translate(") + &pixels(x) + "," + &pixels(y) + ")"),
            );
            style(element, "display", "block");
        }
        None => style(element, "display", "none"),
    }
}

impl Readout {
    /// The elements of a chart: those that the server drew, and those that only a pointer needs.
    pub fn of(host: &HtmlElement) -> Option<Self> {
        let frame: HtmlElement = host.parent_element()?.dyn_into().ok()?;
        let find = |class: &str| {
            frame
                .query_selector(class)
                .ok()
                .flatten()
                .and_then(|found| found.dyn_into::<HtmlElement>().ok())
        };
        Some(Self {
            figures: find(".plot-figures")?,
            said: find(".plot-said"),
            upright: add(host, "div", "plot-cross plot-upright")?,
            level: add(host, "div", "plot-cross plot-level")?,
            time: add(host, "div", "plot-tag")?,
            value: add(host, "div", "plot-tag")?,
            entries: RefCell::default(),
            counted: Cell::new((usize::MAX, None)),
            pointing: Cell::new(true),
            host: host.clone(),
        })
    }

    /// Says whether the server is asked.
    pub fn busy(&self, busy: bool) {
        let _ = self.host.set_attribute("aria-busy", if busy { "true" } else { "false" });
    }

    /// Says what went wrong; nothing where the text is empty. What was drawn before stays.
    pub fn say(&self, text: &str) {
        if let Some(said) = &self.said {
            put(said, text);
        }
    }

    /// Shows the figures of a candle, and the cross where the reader points.
    pub fn show(&self, shown: &Shown, told: Option<Reading>, words: &Reader) {
        if let Some(told) = told {
            if shown.pointed.is_some() || !self.host.has_attribute("aria-valuetext") {
                let _ = self.host.set_attribute("aria-valuetext", &told.in_words());
            }
            self.figures(told);
        }
        let counted = (shown.told.plot.bars().len(), shown.pointed);
        if self.counted.replace(counted) != counted {
            let (count, pointed) = counted;
            let now = pointed.map_or(count, |at| at + 1);
            for (name, value) in [("aria-valuemax", count), ("aria-valuenow", now)] {
                let _ = self.host.set_attribute(name, &value.to_string());
            }
        }
        let pointing = shown.pointed.is_some() || shown.pointed_y.is_some();
        if self.pointing.replace(pointing) || pointing {
            self.cross(shown, words);
        }
    }

    fn cross(&self, shown: &Shown, words: &Reader) {
        let layout = &shown.layout;
        let x = shown
            .pointed
            .map(|at| layout.x(at as f64 + 0.5))
            .filter(|x| (0.0..=layout.right).contains(x));
        place(&self.upright, x.map(|x| (x, 0.0)));
        let plot = &shown.told.plot;
        let time = shown
            .pointed
            .and_then(|at| plot.bars().times().get(at))
            .map(|time| when(plot, *time, words));
        if let Some(time) = &time {
            put(&self.time, time);
        }
        let label = x.zip(time).map(|(x, _)| {
            // Only a label that is shown has a width, and to ask for it costs a layout.
            style(&self.time, "display", "block");
            let half = f64::from(self.time.offset_width()) / 2.0;
            ((x - half).clamp(0.0, (layout.right - 2.0 * half).max(0.0)), layout.height - 22.0)
        });
        place(&self.time, label);
        let pane = |y: f64| layout.panes.iter().find(|pane| pane.holds(y));
        let level = shown.pointed_y.filter(|_| x.is_some()).and_then(|y| Some((y, pane(y)?)));
        place(&self.level, level.map(|(y, _)| (0.0, y)));
        style(&self.level, "width", &((layout.right as i32).to_string() + "px"));
        if let Some((y, pane)) = level {
            let percent = layout.bases.is_some() && pane.rect.y < 10.0;
            let value = pane.value(y);
            put(
                &self.value,
                &if percent {
                    words.percent(value)
                } else {
                    words.number(value, plot.decimals)
                },
            );
        }
        place(&self.value, level.map(|(y, _)| (layout.right + 1.0, y - 10.0)));
    }

    fn figures(&self, told: Reading) {
        let mut entries = self.entries.borrow_mut();
        let when = [(String::new(), told.when, None)];
        let figures = told.entries.into_iter().map(|entry| (entry.name, entry.text, entry.ink));
        let happened = told.happened.into_iter().map(|said| (String::new(), said, None));
        let all: Vec<_> = when.into_iter().chain(figures).chain(happened).collect();
        while entries.len() > all.len() {
            if let Some(entry) = entries.pop() {
                entry.both.remove();
            }
        }
        while entries.len() < all.len() {
            // A name and its figure keep together.
            let Some(both) = add(&self.figures, "span", "plot-figure") else {
                return;
            };
            let parts = add(&both, "span", "plot-name").zip(add(&both, "span", "plot-value"));
            let Some((name, value)) = parts else { return };
            let said = Default::default();
            entries.push(Entry { both, name, value, said });
        }
        for (entry, tells) in entries.iter_mut().zip(all) {
            if entry.said.0 != tells.0 {
                entry.name.set_text_content(Some(&tells.0));
            }
            if entry.said.1 != tells.1 {
                entry.value.set_text_content(Some(&tells.1));
            }
            if entry.said.2 != tells.2 {
                style(
                    &entry.name,
                    "color",
                    &tells.2.map_or_else(String::new, |ink| String::from("var(") + ink.token() + ")"),
                );
            }
            entry.said = tells;
        }
    }
}
