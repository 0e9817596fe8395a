//! The lowest and the highest over any range of a growing column, however long it is: a tree of blocks.

use std::ops::Range;

/// Entries of a level that one of the next stands for.
const FAN: usize = 16;

/// What stands where nothing is: no number, so that every other is taken before it.
const NOTHING: (f64, f64) = (f64::NAN, f64::NAN);

/// Of each entry of a column its lowest and highest, and of each block of them. NaN is an entry that is not there.
///
/// A change costs one block a level, a question two: five levels hold a million entries.
#[derive(Clone, Debug, Default)]
pub struct Extremes {
    levels: Vec<Vec<(f64, f64)>>,
}

impl Extremes {
    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.levels.first().map_or(0, Vec::len)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The entry at an index.
    pub fn get(&self, index: usize) -> Option<(f64, f64)> {
        self.levels.first()?.get(index).copied()
    }

    /// Adds an entry.
    pub fn push(&mut self, low: f64, high: f64) {
        if self.levels.is_empty() {
            self.levels.push(vec![]);
        }
        self.levels[0].push((low, high));
        self.refresh();
    }

    /// Changes the newest entry; adds it where there is none.
    pub fn set_last(&mut self, low: f64, high: f64) {
        match self.levels.first_mut().and_then(|entries| entries.last_mut()) {
            Some(last) => {
                *last = (low, high);
                self.refresh();
            }
            None => self.push(low, high),
        }
    }

    /// Makes the last block of each level anew.
    fn refresh(&mut self) {
        let mut level = 0;
        while self.levels[level].len() > 1 {
            let below = &self.levels[level];
            let block = (below.len() - 1) / FAN;
            let widest = below[block * FAN..].iter().copied().fold(NOTHING, wider);
            if self.levels.len() == level + 1 {
                self.levels.push(vec![]);
            }
            // Blocks come one by one, so the last of them is there or is the next.
            let above = &mut self.levels[level + 1];
            match above.get_mut(block) {
                Some(place) => *place = widest,
                None => above.push(widest),
            }
            level += 1;
        }
    }

    /// The lowest and the highest of a range; `None` where nothing in it is a number.
    pub fn over(&self, range: Range<usize>) -> Option<(f64, f64)> {
        let (mut from, mut to) = (range.start, range.end.min(self.len()));
        let mut widest = NOTHING;
        for level in &self.levels {
            while from < to && from % FAN != 0 {
                widest = wider(widest, level[from]);
                from += 1;
            }
            while from < to && to % FAN != 0 {
                to -= 1;
                widest = wider(widest, level[to]);
            }
            if from >= to {
                break;
            }
            (from, to) = (from / FAN, to / FAN);
        }
        (!widest.0.is_nan()).then_some(widest)
    }
}

/// What holds both. A number is always taken before none.
pub fn wider(one: (f64, f64), other: (f64, f64)) -> (f64, f64) {
    (one.0.min(other.0), one.1.max(other.1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn plain(all: &[(f64, f64)], range: Range<usize>) -> Option<(f64, f64)> {
        let within = all.get(range.start..range.end.min(all.len()))?;
        let widest = within.iter().copied().fold(NOTHING, wider);
        (!widest.0.is_nan()).then_some(widest)
    }

    proptest! {
        #[test]
        fn a_range_has_the_extremes_of_its_entries(
            values in prop::collection::vec(prop_oneof![9 => -1e6..1e6f64, 1 => Just(f64::NAN)], 0..700),
            ranges in prop::collection::vec((0usize..720, 0usize..720), 1..20),
            last in -1e6..1e6f64,
        ) {
            let mut tree = Extremes::default();
            let mut all: Vec<(f64, f64)> = vec![];
            for value in values {
                tree.push(value, value + 1.0);
                all.push((value, value + 1.0));
            }
            tree.set_last(last, last);
            match all.last_mut() {
                Some(place) => *place = (last, last),
                None => all.push((last, last)),
            }
            for (from, to) in ranges {
                prop_assert_eq!(tree.over(from..to), plain(&all, from..to.max(from)));
            }
            prop_assert_eq!(tree.over(0..all.len()), plain(&all, 0..all.len()));
        }
    }
}
