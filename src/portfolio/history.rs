//! The value of a portfolio over recent time, within bounds however long a page stays open.

use crate::portfolio::valuation::Point;
use crate::ui::sorted::sort;

/// Most points that are kept. Beyond it the older half loses every second point.
pub const MOST_POINTS: usize = 1_200;

/// Points in the order of time, at most [`MOST_POINTS`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    points: Vec<Point>,
}

impl History {
    /// A history of points that are in the order of time.
    pub fn new(points: Vec<Point>) -> Self {
        let mut history = Self { points };
        history.thin();
        history
    }

    /// Lays the points of a snapshot, in the order of time, under those that are here: it knows what was missed, and
    /// those are finer where they exist.
    pub fn fill(&mut self, snapshot: Vec<Point>) {
        let here = std::mem::replace(&mut self.points, snapshot);
        self.points.extend(here);
        sort(&mut self.points, |one, other| one.time.cmp(&other.time));
        self.points.dedup_by_key(|point| point.time);
        self.thin();
    }

    /// Adds a point. One that is not later than the newest is left out: a line does not run backwards.
    pub fn push(&mut self, point: Point) {
        if self.points.last().is_none_or(|last| point.time > last.time) {
            self.points.push(point);
            self.thin();
        }
    }

    /// The points, oldest first.
    pub fn points(&self) -> &[Point] {
        &self.points
    }

    fn thin(&mut self) {
        while self.points.len() > MOST_POINTS {
            let older = self.points.len() / 2;
            let mut index = 0;
            self.points.retain(|_| {
                index += 1;
                // The very first point stays, so that the line keeps its span.
                index > older || index % 2 == 1
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{DateTime, Utc};

    fn point(second: i64) -> Point {
        Point {
            time: DateTime::<Utc>::from_timestamp(second, 0).expect("in range"),
            value: second.into(),
        }
    }

    #[test]
    fn stays_within_its_bound_and_keeps_both_ends() {
        let mut history = History::default();
        for second in 0..100_000 {
            history.push(point(second));
        }
        assert!(history.points().len() <= MOST_POINTS);
        assert_eq!(history.points().first(), Some(&point(0)));
        assert_eq!(history.points().last(), Some(&point(99_999)));
        assert!(history.points().is_sorted_by_key(|point| point.time));
    }

    #[test]
    fn a_snapshot_fills_the_gaps_and_keeps_what_is_finer() {
        let mut history = History::new([10, 11, 12, 30].map(point).to_vec());
        history.fill([0, 10, 20, 25].map(point).to_vec());
        assert_eq!(history.points(), [0, 10, 11, 12, 20, 25, 30].map(point));
    }

    #[test]
    fn does_not_run_backwards() {
        let mut history = History::new(vec![point(5)]);
        history.push(point(5));
        history.push(point(4));
        assert_eq!(history.points(), [point(5)]);
    }
}
