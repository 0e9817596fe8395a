//! Notices that a trade was missed, where a venue counts them.

use std::collections::HashMap;

/// The last trades of one connection, by symbol.
#[derive(Debug, Default)]
pub struct Gaps {
    last: HashMap<String, Counted>,
}

#[derive(Debug, Default)]
struct Counted {
    /// The last trade whose price came.
    seen: u64,
    /// What a heartbeat named beyond it.
    named: Option<u64>,
}

/// What a heartbeat tells of a symbol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// The price that came last is still the last one.
    Current,
    /// A trade is named whose price has not come yet: it may be under way.
    Behind,
    /// It did not come from one heartbeat to the next.
    Missed,
}

impl Gaps {
    /// The price of a trade came.
    pub fn price(&mut self, symbol: &str, trade: u64) {
        match self.last.get_mut(symbol) {
            Some(counted) => {
                counted.seen = counted.seen.max(trade);
                counted.named = counted.named.filter(|named| *named > counted.seen);
            }
            None => {
                let counted = Counted { seen: trade, named: None };
                self.last.insert(symbol.to_owned(), counted);
            }
        }
    }

    /// A heartbeat named the last trade. What has no price yet misses none.
    pub fn beat(&mut self, symbol: &str, trade: u64) -> Told {
        let Some(counted) = self.last.get_mut(symbol) else {
            return Told::Behind;
        };
        if trade <= counted.seen {
            counted.named = None;
            return Told::Current;
        }
        let missed = counted.named.is_some();
        counted.named = Some(trade);
        if missed {
            // It is asked for anew. Until a price comes there is nothing to compare.
            self.last.remove(symbol);
            return Told::Missed;
        }
        Told::Behind
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trade_that_two_heartbeats_name_and_no_price_brings_is_missed() {
        let mut gaps = Gaps::default();
        assert_eq!(gaps.beat("A", 5), Told::Behind, "nothing came yet");
        gaps.price("A", 5);
        assert_eq!(gaps.beat("A", 5), Told::Current);
        assert_eq!(gaps.beat("A", 6), Told::Behind, "under way, perhaps");
        gaps.price("A", 6);
        assert_eq!(gaps.beat("A", 6), Told::Current);
        assert_eq!(gaps.beat("A", 8), Told::Behind);
        // An older price is no answer to it.
        gaps.price("A", 7);
        assert_eq!(gaps.beat("A", 9), Told::Missed);
        assert_eq!(gaps.beat("A", 9), Told::Behind, "said once");
    }
}
