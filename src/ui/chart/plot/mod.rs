//! The engine of price charts: one content, one layout, and strokes that a pen draws into an SVG on the server and on a canvas in a
//! browser (docs/adr/0025). Floats are drawn here and never counted with.

pub mod bars;
pub mod draw;
pub mod extremes;
pub mod json;
pub mod layout;
pub mod look;
pub mod model;
pub mod pen;
pub mod reading;
pub mod scale;
pub mod svg;
mod times;
pub mod window;
pub mod words;

#[cfg(test)]
mod tests;
