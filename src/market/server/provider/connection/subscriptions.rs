//! What is asked of a venue on one connection: in batches, at its pace, and only what changes.

use super::super::venue::{Limits, Venue};
use std::collections::{BTreeSet, HashMap, VecDeque};
use tokio::time::Instant;

/// The subscriptions of one connection, and the messages that are still to be sent.
#[derive(Debug)]
pub struct Subscriptions {
    venue: &'static dyn Venue,
    limits: Limits,
    /// What was asked for, and whether a price came since.
    asked: HashMap<String, bool>,
    /// What the venue does not have.
    refused: BTreeSet<String>,
    queue: VecDeque<String>,
    /// When the next message may go.
    free: Instant,
    id: u64,
    /// One symbol a message: a venue refused a whole message and did not say for which symbol.
    alone: bool,
}

impl Subscriptions {
    /// A new connection, on which nothing was asked for.
    pub fn new(venue: &'static dyn Venue, now: Instant) -> Self {
        Self {
            venue,
            limits: venue.limits(),
            asked: HashMap::new(),
            refused: BTreeSet::new(),
            queue: VecDeque::new(),
            free: now,
            id: 0,
            alone: false,
        }
    }

    /// From now on these are wanted, and no others. Only what differs is said.
    pub fn want(&mut self, wanted: &BTreeSet<String>) {
        let mut gone: Vec<_> = self.asked.keys().filter(|symbol| !wanted.contains(*symbol)).cloned().collect();
        gone.sort();
        self.asked.retain(|symbol, _| wanted.contains(symbol));
        self.refused.retain(|symbol| wanted.contains(symbol));
        self.say(&gone, false);
        let new = wanted
            .iter()
            .filter(|symbol| !self.asked.contains_key(*symbol) && !self.refused.contains(*symbol));
        let new: Vec<_> = new.cloned().collect();
        self.asked.extend(new.iter().map(|symbol| (symbol.clone(), false)));
        self.say(&new, true);
    }

    /// A price of a symbol came: it is subscribed. Whether it is wanted at all.
    pub fn priced(&mut self, symbol: &str) -> bool {
        self.asked.get_mut(symbol).map(|priced| *priced = true).is_some()
    }

    /// The venue does not have a symbol, or it refused a message without saying for which. Where it refuses a message whole, what
    /// stood in the same message is asked for again.
    pub fn refused(&mut self, symbol: Option<&str>) {
        match symbol {
            Some(symbol) => {
                if self.asked.remove(symbol).is_none() {
                    return;
                }
                self.refused.insert(symbol.to_owned());
            }
            None if self.alone => return,
            None => self.alone = true,
        }
        if !self.limits.refuses_whole {
            return;
        }
        let mut open: Vec<_> = self
            .asked
            .iter()
            .filter(|(_, priced)| !**priced)
            .map(|(symbol, _)| symbol.clone())
            .collect();
        open.sort();
        self.say(&open, true);
    }

    /// Whether nothing is left that it could bring.
    pub fn is_empty(&self) -> bool {
        self.asked.is_empty()
    }

    /// Something of a symbol was missed: it is asked for anew, which brings what is true now.
    pub fn renew(&mut self, symbol: &str) {
        if let Some(priced) = self.asked.get_mut(symbol) {
            *priced = false;
            self.say(&[symbol.to_owned()], false);
            self.say(&[symbol.to_owned()], true);
        }
    }

    fn say(&mut self, symbols: &[String], subscribe: bool) {
        let most = if self.alone { 1 } else { self.limits.symbols_per_message };
        for batch in symbols.chunks(most) {
            self.id += 1;
            self.queue.push_back(if subscribe {
                self.venue.subscribe(batch, self.id)
            } else {
                self.venue.unsubscribe(batch, self.id)
            });
        }
    }

    /// When the next message may go, where there is one.
    pub fn due(&self) -> Option<Instant> {
        (!self.queue.is_empty()).then_some(self.free)
    }

    /// The next message, if its time has come.
    pub fn next(&mut self, now: Instant) -> Option<String> {
        if now < self.free {
            return None;
        }
        let message = self.queue.pop_front()?;
        self.free = now + self.limits.between_messages;
        Some(message)
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::{coinbase::Coinbase, kraken::Kraken};
    use super::*;

    fn symbols(count: usize) -> BTreeSet<String> {
        (0..count).map(|number| format!("C{number:03}-USD")).collect()
    }

    fn sent(subscriptions: &mut Subscriptions) -> Vec<serde_json::Value> {
        let mut sent = vec![];
        while let Some(due) = subscriptions.due() {
            sent.push(serde_json::from_str(&subscriptions.next(due).expect("due")).expect("JSON"));
            assert_eq!(subscriptions.next(due), None, "none goes before its time");
        }
        sent
    }

    #[test]
    fn many_are_asked_for_in_batches_at_the_venues_pace() {
        let start = Instant::now();
        let mut subscriptions = Subscriptions::new(&Coinbase, start);
        subscriptions.want(&symbols(120));
        let messages = sent(&mut subscriptions);
        let sizes: Vec<_> = messages
            .iter()
            .map(|message| message["product_ids"].as_array().map_or(0, Vec::len))
            .collect();
        assert_eq!(sizes, [50, 50, 20]);
        assert!(subscriptions.free >= start + Coinbase.limits().between_messages * 3);
    }

    #[test]
    fn only_what_changes_is_said() {
        let mut subscriptions = Subscriptions::new(&Coinbase, Instant::now());
        subscriptions.want(&symbols(3));
        assert_eq!(sent(&mut subscriptions).len(), 1);
        subscriptions.want(&symbols(3));
        assert!(sent(&mut subscriptions).is_empty());
        let mut other = symbols(2);
        other.insert("NEW-USD".into());
        subscriptions.want(&other);
        let messages = sent(&mut subscriptions);
        assert_eq!(
            (&messages[0]["type"], &messages[0]["product_ids"][0]),
            (&"unsubscribe".into(), &"C002-USD".into())
        );
        assert_eq!(
            (&messages[1]["type"], &messages[1]["product_ids"][0]),
            (&"subscribe".into(), &"NEW-USD".into())
        );
        assert!(!subscriptions.priced("C002-USD") && subscriptions.priced("NEW-USD"));
    }

    #[test]
    fn what_was_refused_with_another_is_asked_for_again_and_the_refused_never() {
        let mut subscriptions = Subscriptions::new(&Coinbase, Instant::now());
        subscriptions.want(&symbols(3));
        sent(&mut subscriptions);
        subscriptions.priced("C000-USD");
        subscriptions.refused(Some("C001-USD"));
        let again = sent(&mut subscriptions);
        assert_eq!(again[0]["product_ids"], serde_json::json!(["C002-USD"]));
        subscriptions.refused(Some("C001-USD"));
        subscriptions.want(&symbols(3));
        assert!(sent(&mut subscriptions).is_empty());
        // A refusal of nothing in particular: one by one, once.
        subscriptions.want(&symbols(5));
        sent(&mut subscriptions);
        subscriptions.refused(None);
        assert_eq!(sent(&mut subscriptions).len(), 3);
        subscriptions.refused(None);
        assert!(sent(&mut subscriptions).is_empty());
    }

    #[test]
    fn who_refuses_one_symbol_of_many_is_not_asked_for_the_others_again() {
        let mut subscriptions = Subscriptions::new(&Kraken, Instant::now());
        subscriptions.want(&["A/USD".to_owned(), "B/USD".to_owned()].into());
        sent(&mut subscriptions);
        subscriptions.refused(Some("A/USD"));
        assert!(sent(&mut subscriptions).is_empty() && !subscriptions.is_empty());
        subscriptions.refused(Some("B/USD"));
        assert!(subscriptions.is_empty());
    }

    #[test]
    fn a_gap_is_healed_by_asking_anew() {
        let mut subscriptions = Subscriptions::new(&Kraken, Instant::now());
        subscriptions.want(&["BTC/USD".to_owned()].into());
        sent(&mut subscriptions);
        subscriptions.renew("ETH/USD");
        subscriptions.renew("BTC/USD");
        let messages = sent(&mut subscriptions);
        assert_eq!(
            (&messages[0]["method"], &messages[1]["method"]),
            (&"unsubscribe".into(), &"subscribe".into())
        );
    }
}
