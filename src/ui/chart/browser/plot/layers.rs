//! Two canvases, one over the other: the past, which is drawn anew when something of it changes, and the newest candle, which is drawn
//! with each price. What a price costs does not depend on how much is shown.

use crate::ui::chart::browser::plot::canvas::{Canvas, Inks};
use crate::ui::chart::plot::draw;
use crate::ui::chart::plot::layout::Layout;
use crate::ui::chart::plot::model::Plot;
use crate::ui::chart::plot::pen::Rect;
use crate::ui::chart::plot::words::Words;
use std::cell::{Cell, RefCell};
use web_sys::HtmlElement;

/// The canvases.
pub struct Layers {
    past: Canvas,
    live: Canvas,
    size: Cell<(f64, f64)>,
    /// What the newest was drawn on.
    drawn: RefCell<Vec<Rect>>,
}

impl Layers {
    /// New ones in an element.
    pub fn new(host: &HtmlElement) -> Option<Self> {
        Some(Self {
            past: Canvas::new(host)?,
            live: Canvas::new(host)?,
            size: Cell::default(),
            drawn: RefCell::default(),
        })
    }

    /// Draws all of it.
    pub fn draw(&self, plot: &Plot, layout: &Layout, words: &dyn Words, inks: &Inks) {
        let size = (layout.width, layout.height);
        // A canvas that keeps its size keeps its memory.
        if self.size.replace(size) != size {
            self.past.fit(size.0, size.1);
            self.live.fit(size.0, size.1);
            self.drawn.take();
        }
        self.past.clear(Rect {
            w: size.0,
            h: size.1,
            ..Rect::default()
        });
        draw::past(plot, layout, words, &mut self.past.pen(inks));
        self.draw_live(plot, layout, words, inks);
    }

    /// Draws the newest candle and its price.
    pub fn draw_live(&self, plot: &Plot, layout: &Layout, words: &dyn Words, inks: &Inks) {
        let count = plot.bars().len();
        let newest = layout
            .x(layout.live_from(count) as f64 - layout.group as f64)
            .clamp(0.0, layout.width)
            - 2.0;
        let strip = Rect {
            x: newest,
            w: layout.width - newest,
            h: layout.height,
            ..Rect::default()
        };
        let price = plot.bars().last().zip(layout.panes.first());
        let price = price.map(|(last, pane)| Rect {
            y: pane.y(layout.valued(last.close, 0)) - 2.0,
            w: layout.right,
            h: 4.0,
            ..Rect::default()
        });
        for before in self.drawn.borrow().iter().chain([&strip]) {
            self.live.clear(*before);
        }
        draw::live(plot, layout, words, &mut self.live.pen(inks));
        self.drawn.replace(std::iter::once(strip).chain(price).collect());
    }

    /// All of it on one canvas, with the page's ground, to be taken away.
    pub fn whole(&self, host: &HtmlElement, ground: &str) -> Option<Canvas> {
        let (width, height) = self.size.get();
        let all = Canvas::new(host)?;
        all.element().remove();
        all.fit(width, height);
        all.fill(ground, width, height);
        all.lay(&self.past, width, height);
        all.lay(&self.live, width, height);
        Some(all)
    }
}
