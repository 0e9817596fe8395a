//! The pen that writes SVG: what the server draws, and what a reader takes away.

use crate::ui::chart::plot::pen::{Ink, Pen, Point, Rect, Side};
use std::fmt::Write as _;

/// A drawing as SVG, without its outermost element.
#[derive(Debug, Default)]
pub struct Svg {
    body: String,
    clips: usize,
    open: bool,
}

impl Svg {
    /// A drawing of this size for a page, whose stylesheet has the colours.
    pub fn for_page(self, width: f64, height: f64) -> String {
        self.with_head(width, height, "")
    }

    /// The same as a file of its own; `colour` tells what each ink looks like.
    pub fn as_file(self, width: f64, height: f64, colour: impl Fn(Ink) -> String) -> String {
        let mut style = String::from("<style>text{font:12px sans-serif}");
        for ink in Ink::ALL {
            let (name, colour) = (ink.name(), colour(ink));
            let _ = write!(style, ".s-{name}{{stroke:{colour};fill:none}}.f-{name}{{fill:{colour}}}");
        }
        style += "</style><rect width=\"100%\" height=\"100%\" class=\"f-bg\"/>";
        self.with_head(width, height, &style)
    }

    fn with_head(mut self, width: f64, height: f64, style: &str) -> String {
        self.clip(None);
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"plot-drawing\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" preserveAspectRatio=\"xMinYMid\">{style}{}</svg>",
            self.body
        )
    }

    /// A length with a tenth of a pixel: more nobody sees.
    fn number(&mut self, value: f64) {
        let tenths = (value * 10.0).round() as i64;
        let (sign, tenths) = (if tenths < 0 { "-" } else { "" }, tenths.abs());
        let _ = match tenths % 10 {
            0 => write!(self.body, "{sign}{}", tenths / 10),
            rest => write!(self.body, "{sign}{}.{rest}", tenths / 10),
        };
    }

    fn path(&mut self, points: &[Point]) {
        for (at, (x, y)) in points.iter().enumerate() {
            self.body.push(if at == 0 { 'M' } else { 'L' });
            self.number(*x);
            self.body.push(' ');
            self.number(*y);
        }
    }
}

impl Pen for Svg {
    fn line(&mut self, points: &[Point], ink: Ink, width: f64, dashed: bool) {
        let dashes = if dashed { " stroke-dasharray=\"4 3\"" } else { "" };
        let _ = write!(self.body, "<path class=\"s-{}\" stroke-width=\"{width}\"{dashes} d=\"", ink.name());
        self.path(points);
        self.body += "\"/>";
    }

    fn shape(&mut self, points: &[Point], ink: Ink) {
        let _ = write!(self.body, "<path class=\"f-{}\" d=\"", ink.name());
        self.path(points);
        self.body += "Z\"/>";
    }

    fn boxes(&mut self, boxes: &[Rect], ink: Ink) {
        if boxes.is_empty() {
            return;
        }
        let _ = write!(self.body, "<path class=\"f-{}\" d=\"", ink.name());
        for one in boxes {
            self.body.push('M');
            self.number(one.x);
            self.body.push(' ');
            self.number(one.y);
            for (letter, length) in [('h', one.w), ('v', one.h), ('h', -one.w)] {
                self.body.push(letter);
                self.number(length);
            }
            self.body.push('z');
        }
        self.body += "\"/>";
    }

    fn text(&mut self, (x, y): Point, text: &str, ink: Ink, side: Side) {
        let _ = write!(self.body, "<text class=\"f-{}\" x=\"", ink.name());
        self.number(x);
        self.body += "\" y=\"";
        // Half of a small letter's height: not every reader of SVG knows of baselines.
        self.number(y + 4.0);
        self.body += match side {
            Side::Middle => "\" text-anchor=\"middle\">",
            Side::Right => "\">",
        };
        for letter in text.chars() {
            match letter {
                '<' => self.body += "&lt;",
                '&' => self.body += "&amp;",
                letter if letter.is_control() => {}
                letter => self.body.push(letter),
            }
        }
        self.body += "</text>";
    }

    fn clip(&mut self, to: Option<Rect>) {
        if self.open {
            self.body += "</svg>";
            self.open = false;
        }
        // A drawing within the drawing cuts off what is outside, and needs no name that a second one on the page could have too.
        if let Some(Rect { x, y, w, h }) = to {
            self.open = true;
            self.clips += 1;
            let _ = write!(
                self.body,
                "<svg x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\" viewBox=\"{x} {y} {w} {h}\">"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strokes_become_elements_and_texts_are_escaped() {
        let mut svg = Svg::default();
        svg.clip(Some(Rect {
            x: 0.0,
            y: 0.0,
            w: 10.0,
            h: 10.0,
        }));
        svg.line(&[(0.0, 0.04), (5.25, -1.5)], Ink::Line, 1.5, false);
        svg.boxes(
            &[Rect {
                x: 1.0,
                y: 2.0,
                w: 3.0,
                h: 4.0,
            }],
            Ink::Gain,
        );
        svg.clip(None);
        svg.text((5.0, 5.0), "<b>&\n", Ink::Text, Side::Middle);
        let page = svg.for_page(100.0, 50.0);
        assert!(page.contains("d=\"M0 0L5.3 -1.5\"") && page.contains("M1 2h3v4h-3z"), "{page}");
        assert!(page.contains(">&lt;b>&amp;</text>") && page.ends_with("</svg>"), "{page}");
        assert_eq!(page.matches("<svg").count(), page.matches("</svg>").count());
        assert!(roxmltree::Document::parse(&page).is_ok());
        let file = Svg::default().as_file(1.0, 1.0, |ink| format!("#{:06}", ink.index()));
        assert!(file.contains(".f-bg{fill:#000009}"), "{file}");
    }
}
