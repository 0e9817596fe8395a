//! The chart engine in a page: canvases over what the server drew, live, moved by pointer, finger and keys.

mod canvas;
mod chart;
mod data;
mod intl;
mod keys;
mod layers;
mod live;
mod pointer;
mod readout;
mod save;
mod tools;

pub use chart::take_over;
