//! What the nodes of one installation tell each other, as this one finds it. A node that is alone counts nothing.

use super::figure::{By, Count};
use super::text::{Kind, Text};

/// The figures of the relay.
pub static RELAY: RelayFigures = RelayFigures {
    used: Count::new(),
    up: Count::new(),
    published: By::new(["said", "away", "over"]),
    heard: Count::new(),
    missed: Count::new(),
    terms: Count::new(),
};

/// See [`RELAY`].
#[derive(Debug)]
pub struct RelayFigures {
    /// 1 where there may be other nodes.
    pub used: Count,
    /// 1 while what this node publishes comes back to it, 0 while not.
    pub up: Count,
    /// Messages that were to be published, by what came of them.
    pub published: By<3>,
    /// Messages of other nodes.
    pub heard: Count,
    /// How often something may have been missed: what depends on it was read anew.
    pub missed: Count,
    /// Terms of leases that began here.
    pub terms: Count,
}

impl RelayFigures {
    /// Writes them.
    pub fn write(&self, text: &mut Text) {
        text.about(
            "finflow_relay_up",
            Kind::Gauge,
            "Whether this node reaches the others over Redis; nothing where there are no others.",
        );
        if self.used.get() > 0 {
            text.value(&[], self.up.get());
        }
        text.about(
            "finflow_relay_published_total",
            Kind::Counter,
            "Messages to the other nodes: said; Redis was away; or another node held the lease by then.",
        );
        text.by("result", &self.published);
        text.about("finflow_relay_heard_total", Kind::Counter, "Messages of other nodes.");
        text.value(&[], self.heard.get());
        text.about(
            "finflow_relay_missed_total",
            Kind::Counter,
            "How often messages may have been missed; what depends on them was read anew.",
        );
        text.value(&[], self.missed.get());
        text.about(
            "finflow_relay_terms_total",
            Kind::Counter,
            "Terms of leases that began here: how often this node took over the feed.",
        );
        text.value(&[], self.terms.get());
    }
}
