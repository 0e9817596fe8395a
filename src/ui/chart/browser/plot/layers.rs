//! What a chart is drawn on: the past, which is drawn anew when something of it changes; over it the newest candle on a canvas no wider
//! than it, drawn with each price; and the line at the newest price, which is moved. What a price costs does not depend on how much
//! is shown.

use crate::ui::chart::browser::plot::canvas::{Canvas, Inks};
use crate::ui::chart::plot::draw;
use crate::ui::chart::plot::layout::Layout;
use crate::ui::chart::plot::model::Plot;
use crate::ui::chart::plot::pen::{Ink, Rect};
use crate::ui::chart::plot::words::Words;
use leptos::prelude::{document, window};
use std::cell::Cell;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

/// The canvases, and the line.
pub struct Layers {
    past: Canvas,
    live: Canvas,
    level: HtmlElement,
    size: Cell<(f64, f64)>,
    /// Where the newest candle's canvas begins and ends.
    strip: Cell<(f64, f64)>,
    moved: Cell<Option<f64>>,
}

impl Layers {
    /// New ones in an element.
    pub fn new(host: &HtmlElement) -> Option<Self> {
        let level: HtmlElement = document().create_element("div").ok()?.dyn_into().ok()?;
        level.set_class_name("plot-price");
        let layers = Self {
            past: Canvas::still()?,
            live: Canvas::new()?,
            level,
            size: Cell::default(),
            strip: Cell::default(),
            moved: Cell::default(),
        };
        for element in [layers.past.element(), &layers.level, layers.live.element()] {
            host.append_child(element).ok()?;
        }
        Some(layers)
    }

    /// Draws all of it.
    pub fn draw(&self, plot: &Plot, layout: &Layout, words: &dyn Words, inks: &Inks) {
        let size = (layout.width, layout.height);
        let resized = self.size.replace(size) != size;
        // A canvas that keeps its size keeps its memory.
        if resized {
            self.past.fit((0.0, size.0), size.1);
        }
        self.past.clear(Rect {
            w: size.0,
            h: size.1,
            ..Rect::default()
        });
        draw::past(plot, layout, words, &mut self.past.pen(inks));
        self.past.show();
        let strip = strip(plot, layout);
        if self.strip.replace(strip) != strip || resized {
            self.live.fit(strip, size.1);
            let style = self.live.element().style();
            let pixels = |length: f64| length.to_string() + "px";
            let _ = style.set_property("left", &pixels(strip.0));
            let _ = style.set_property("width", &pixels(strip.1));
        }
        let _ = self.level.style().set_property("width", &(layout.right.to_string() + "px"));
        self.draw_live(plot, layout, words, inks);
    }

    /// Draws the newest candle and its price.
    pub fn draw_live(&self, plot: &Plot, layout: &Layout, words: &dyn Words, inks: &Inks) {
        let (left, width) = self.strip.get();
        self.live.clear(Rect {
            x: left,
            y: 0.0,
            w: width,
            h: layout.height,
        });
        draw::live(plot, layout, words, &mut self.live.pen(inks));
        let level = draw::level(plot, layout);
        if self.moved.replace(level) != level {
            let transform = match level {
                Some(y) => String::from("translateY(") + &(y - 0.5).to_string() + "px)",
                None => String::from("translateY(-9px)"),
            };
            let _ = self.level.style().set_property("transform", &transform);
        }
    }

    /// All of it on one canvas, with the page's ground, to be taken away.
    pub fn whole(plot: &Plot, layout: &Layout, words: &dyn Words, inks: &Inks) -> Option<Canvas> {
        let all = Canvas::new()?;
        all.fit((0.0, layout.width), layout.height);
        all.fill(inks.colour(Ink::Surface), layout.width, layout.height);
        draw::whole(plot, layout, words, &mut all.pen(inks));
        Some(all)
    }
}

/// Where the newest candle's canvas begins, and its width, on whole pixels of the screen.
fn strip(plot: &Plot, layout: &Layout) -> (f64, f64) {
    let ratio = window().device_pixel_ratio();
    let newest = layout.x(layout.live_from(plot.bars().len()) as f64 - layout.group as f64);
    let left = ((newest.clamp(0.0, layout.width) - 2.0).max(0.0) * ratio).floor() / ratio;
    (left, layout.width - left)
}
