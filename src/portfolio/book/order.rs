//! The order in which activities count: one that depends on nothing but themselves.

use crate::portfolio::activity::{Activity, ActivityKind};
use chrono::{NaiveDate, NaiveTime};
use std::cmp::Ordering;

/// Where an activity stands in its ledger.
///
/// Of one day, those with a time go by their time. Those without go by their kind: what brings units or money before all
/// times, what takes them after. So nothing is sold before it is there only because a source knows no time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    day: NaiveDate,
    part: Part,
    time: Option<NaiveTime>,
    rank: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Morning,
    Timed,
    Evening,
}

impl Place {
    /// The place of an activity.
    pub fn of(activity: &Activity) -> Self {
        let rank = rank(activity.kind);
        let part = match activity.time {
            Some(_) => Part::Timed,
            None if rank <= rank_of_buy() => Part::Morning,
            None => Part::Evening,
        };
        Self {
            day: activity.day,
            part,
            time: activity.time,
            rank,
        }
    }
}

fn rank_of_buy() -> u8 {
    rank(ActivityKind::Buy)
}

fn rank(kind: ActivityKind) -> u8 {
    match kind {
        ActivityKind::Split => 0,
        ActivityKind::TransferIn => 1,
        ActivityKind::Deposit => 2,
        ActivityKind::Buy => 3,
        ActivityKind::Dividend | ActivityKind::Interest | ActivityKind::ReturnOfCapital => 4,
        ActivityKind::Sell => 5,
        ActivityKind::Fee | ActivityKind::Tax => 6,
        ActivityKind::Withdrawal => 7,
        ActivityKind::TransferOut => 8,
    }
}

/// Compares two activities by place; their identity decides between equals.
pub fn compare(one: &Activity, other: &Activity) -> Ordering {
    Place::of(one).cmp(&Place::of(other)).then_with(|| one.id.cmp(&other.id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::portfolio::book::sample::{buy, on, sell, split};

    fn at(hour: u32, mut activity: Activity) -> Activity {
        activity.time = NaiveTime::from_hms_opt(hour, 0, 0);
        activity
    }

    #[test]
    fn a_day_goes_by_kind_and_by_time_where_one_is_known() {
        let mut day = [
            on(1, sell("untimed sale", "A", "1", "1")),
            at(15, on(1, buy("late buy", "A", "1", "1"))),
            on(2, buy("next day", "A", "1", "1")),
            at(9, on(1, sell("early sale", "A", "1", "1"))),
            on(1, buy("untimed buy", "A", "1", "1")),
            on(1, split("split", "A", "2", "1")),
        ];
        day.sort_by(compare);
        let ids: Vec<_> = day.iter().map(|activity| activity.id.as_str()).collect();
        assert_eq!(ids, ["split", "untimed buy", "early sale", "late buy", "untimed sale", "next day"]);
    }
}
