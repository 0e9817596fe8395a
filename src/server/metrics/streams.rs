//! Streams of frames: what valuing them costs.

use super::figure::{Count, Histogram};
use super::text::{Kind, Text};

/// The figures of all streams.
pub static STREAMS: Streams = Streams {
    valued: Histogram::new(),
    restarted: Count::new(),
};

/// See [`STREAMS`].
#[derive(Debug)]
pub struct Streams {
    /// How long a frame takes to be valued and encoded, once for all who watch.
    pub valued: Histogram,
    /// Streams that broke and were begun anew.
    pub restarted: Count,
}

impl Streams {
    /// Writes them.
    pub fn write(&self, text: &mut Text) {
        text.about(
            "finflow_valuation_seconds",
            Kind::Histogram,
            "Valuing and encoding a frame, once for all who watch; its count is the frames valued.",
        );
        text.histogram(&[], &self.valued);
        text.about(
            "finflow_stream_restarts_total",
            Kind::Counter,
            "Streams that broke at a valuation and were begun anew.",
        );
        text.value(&[], self.restarted.get());
    }
}
