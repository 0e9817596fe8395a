//! The pen that draws on a canvas, and canvases that are as sharp as their screen.

use crate::ui::chart::browser::tokens;
use crate::ui::chart::plot::pen::{Ink, Pen, Point, Rect, Side};
use leptos::prelude::{document, window};
use wasm_bindgen::JsCast;
use wasm_bindgen::JsValue;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, HtmlElement, ImageBitmapRenderingContext, OffscreenCanvas};

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
    still: Option<Still>,
}

/// Where a picture is drawn that then stays as it is: a browser without a graphics processor copies a canvas that can be drawn on in
/// each frame, drawn on or not, and a picture never.
struct Still {
    ground: OffscreenCanvas,
    shown: ImageBitmapRenderingContext,
}

fn context<Context: JsCast>(element: &HtmlCanvasElement, kind: &str) -> Option<Context> {
    element.get_context(kind).ok()??.dyn_into().ok()
}

impl Canvas {
    /// A new one, in no place yet; `None` where the browser has none.
    pub fn new() -> Option<Self> {
        let element: HtmlCanvasElement = document().create_element("canvas").ok()?.dyn_into().ok()?;
        element.set_class_name("plot-canvas");
        Some(Self {
            context: context(&element, "2d")?,
            element,
            still: None,
        })
    }

    /// One whose drawing is shown when it is done, and then stays as it is.
    pub fn still() -> Option<Self> {
        let mut canvas = Self::new()?;
        let ground = OffscreenCanvas::new(1, 1).ok();
        let drawn = ground.and_then(|ground| Some((ground.get_context("2d").ok()??, ground)));
        if let Some((drawn, ground)) = drawn {
            let element: HtmlCanvasElement = canvas.element.clone_node().ok()?.unchecked_into();
            if let Some(shown) = context(&element, "bitmaprenderer") {
                // The same calls by the same names: one pen is enough.
                canvas.context = drawn.unchecked_into();
                canvas.still = Some(Still { ground, shown });
                canvas.element = element;
            }
        }
        Some(canvas)
    }

    /// The element.
    pub fn element(&self) -> &HtmlCanvasElement {
        &self.element
    }

    /// Gives it a size, and the left edge that its drawing has, in CSS pixels. It is empty then.
    pub fn fit(&self, (left, width): (f64, f64), height: f64) {
        let ratio = window().device_pixel_ratio();
        let (across, down) = ((width * ratio).round() as u32, (height * ratio).round() as u32);
        match &self.still {
            Some(still) => {
                still.ground.set_width(across);
                still.ground.set_height(down);
            }
            None => {
                self.element.set_width(across);
                self.element.set_height(down);
            }
        }
        let _ = self.context.set_transform(ratio, 0.0, 0.0, ratio, -left * ratio, 0.0);
        self.context.set_font("12px ui-sans-serif, system-ui, sans-serif");
        self.context.set_text_baseline("middle");
        self.context.set_line_join("bevel");
    }

    /// Empties a part of it.
    pub fn clear(&self, part: Rect) {
        self.context.clear_rect(part.x, part.y, part.w, part.h);
    }

    /// Shows what was drawn.
    pub fn show(&self) {
        let picture = self
            .still
            .as_ref()
            .and_then(|still| Some((still, still.ground.transfer_to_image_bitmap().ok()?)));
        if let Some((still, picture)) = picture {
            still.shown.transfer_from_image_bitmap(&picture);
        }
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
