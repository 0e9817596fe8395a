//! The pen that draws on a canvas, and a canvas that is as sharp as its screen.

use crate::ui::chart::browser::tokens;
use crate::ui::chart::plot::pen::{Ink, Pen, Point, Rect, Side};
use leptos::prelude::{document, window};
use wasm_bindgen::JsCast;
use wasm_bindgen::JsValue;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, HtmlElement};

/// Points from which on a line is drawn thin: its joins are nowhere to be seen, and cost the most.
const DENSE: usize = 1_500;

/// The colours of the page's theme, an ink each.
pub struct Inks(Vec<String>);

impl Inks {
    /// As they are now.
    pub fn of(host: &HtmlElement) -> Self {
        let colour = |ink: &Ink| tokens::resolve(&(String::from("var(") + ink.token() + ")"), host);
        Self(Ink::ALL.iter().map(colour).collect())
    }

    /// A colour.
    pub fn colour(&self, ink: Ink) -> &str {
        self.0.get(ink.index()).map_or("gray", String::as_str)
    }
}

/// A canvas.
pub struct Canvas {
    element: HtmlCanvasElement,
    context: CanvasRenderingContext2d,
}

impl Canvas {
    /// A new one at the end of an element; `None` where the browser has none.
    pub fn new(host: &HtmlElement) -> Option<Self> {
        let element: HtmlCanvasElement = document().create_element("canvas").ok()?.dyn_into().ok()?;
        element.set_class_name("plot-canvas");
        let context = element.get_context("2d").ok()??.dyn_into().ok()?;
        host.append_child(&element).ok()?;
        Some(Self { element, context })
    }

    /// The element.
    pub fn element(&self) -> &HtmlCanvasElement {
        &self.element
    }

    /// Gives it a size in CSS pixels. It is empty then.
    pub fn fit(&self, width: f64, height: f64) {
        let ratio = window().device_pixel_ratio();
        self.element.set_width((width * ratio).round() as u32);
        self.element.set_height((height * ratio).round() as u32);
        let _ = self.context.set_transform(ratio, 0.0, 0.0, ratio, 0.0, 0.0);
        self.context.set_font("12px ui-sans-serif, system-ui, sans-serif");
        self.context.set_text_baseline("middle");
        self.context.set_line_join("bevel");
    }

    /// Empties a part of it.
    pub fn clear(&self, part: Rect) {
        self.context.clear_rect(part.x, part.y, part.w, part.h);
    }

    /// Lays another one over it.
    pub fn lay(&self, other: &Canvas, width: f64, height: f64) {
        let _ = self
            .context
            .draw_image_with_html_canvas_element_and_dw_and_dh(&other.element, 0.0, 0.0, width, height);
    }

    /// Fills all of it.
    pub fn fill(&self, colour: &str, width: f64, height: f64) {
        self.context.set_fill_style_str(colour);
        self.context.fill_rect(0.0, 0.0, width, height);
    }

    /// A pen on it.
    pub fn pen<'a>(&'a self, inks: &'a Inks) -> CanvasPen<'a> {
        CanvasPen {
            context: &self.context,
            inks,
            clipped: false,
        }
    }
}

/// The pen.
pub struct CanvasPen<'a> {
    context: &'a CanvasRenderingContext2d,
    inks: &'a Inks,
    clipped: bool,
}

impl CanvasPen<'_> {
    fn path(&self, points: &[Point]) {
        self.context.begin_path();
        for (at, (x, y)) in points.iter().enumerate() {
            if at == 0 {
                self.context.move_to(*x, *y);
            } else {
                self.context.line_to(*x, *y);
            }
        }
    }
}

impl Pen for CanvasPen<'_> {
    fn line(&mut self, points: &[Point], ink: Ink, width: f64, dashed: bool) {
        self.context.set_stroke_style_str(self.inks.colour(ink));
        self.context.set_line_width(if points.len() > DENSE { 1.0 } else { width });
        if dashed {
            let _ = self
                .context
                .set_line_dash(&js_sys::Array::of2(&JsValue::from(4), &JsValue::from(3)));
        }
        self.path(points);
        self.context.stroke();
        if dashed {
            let _ = self.context.set_line_dash(&js_sys::Array::new());
        }
    }

    fn shape(&mut self, points: &[Point], ink: Ink) {
        self.context.set_fill_style_str(self.inks.colour(ink));
        self.path(points);
        self.context.fill();
    }

    fn boxes(&mut self, boxes: &[Rect], ink: Ink) {
        self.context.set_fill_style_str(self.inks.colour(ink));
        // One by one: a path of many boxes is slower to fill than each of them.
        for one in boxes {
            self.context.fill_rect(one.x, one.y, one.w, one.h);
        }
    }

    fn text(&mut self, (x, y): Point, text: &str, ink: Ink, side: Side) {
        self.context.set_fill_style_str(self.inks.colour(ink));
        self.context.set_text_align(if side == Side::Middle { "center" } else { "left" });
        let _ = self.context.fill_text(text, x, y);
    }

    fn clip(&mut self, to: Option<Rect>) {
        if self.clipped {
            self.context.restore();
            self.clipped = false;
        }
        if let Some(to) = to {
            self.context.save();
            self.context.begin_path();
            self.context.rect(to.x, to.y, to.w, to.h);
            self.context.clip();
            self.clipped = true;
        }
    }
}

impl Drop for CanvasPen<'_> {
    fn drop(&mut self) {
        self.clip(None);
    }
}
