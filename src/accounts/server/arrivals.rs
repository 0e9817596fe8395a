//! Accounts and guests that one address makes: so many an hour, and no more.
//!
//! An arrival counts when it begins, so that many at once gain nothing, and is taken back where nobody came of it.

use crate::server::address::network;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// How long arrivals of an address are counted, from the first on.
const SPAN: TimeDelta = TimeDelta::hours(1);
/// Addresses that are kept. The one whose hour began first goes first.
const MOST: usize = 20_000;

/// Who made how many. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Arrivals(Arc<Mutex<HashMap<IpAddr, Hour>>>);

#[derive(Clone, Copy, Debug)]
struct Hour {
    began: DateTime<Utc>,
    count: u32,
}

impl Hour {
    /// Seconds that are left of it. One that is begun is one to wait. A clock that was set back makes it no longer than it is.
    fn left(self, now: DateTime<Utc>) -> i64 {
        let left = (self.began + SPAN - now).num_milliseconds() + 999;
        left.div_euclid(1000).min(SPAN.num_seconds())
    }
}

impl Arrivals {
    /// Somebody new comes from an address, of which `most` may come in an hour.
    ///
    /// # Errors
    /// So many came already: the seconds to wait.
    pub fn begin(&self, address: IpAddr, most: u32, now: DateTime<Utc>) -> Result<(), u64> {
        let address = network(address);
        let mut hours = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let running = hours.get(&address).copied().filter(|hour| hour.left(now) > 0);
        let hour = running.unwrap_or(Hour { began: now, count: 0 });
        if hour.count >= most {
            return Err(hour.left(now).unsigned_abs());
        }
        if hours.len() >= MOST && !hours.contains_key(&address) {
            hours.retain(|_, hour| hour.left(now) > 0);
            let oldest = hours.iter().min_by_key(|(_, hour)| hour.began).map(|(address, _)| *address);
            if let (true, Some(oldest)) = (hours.len() >= MOST, oldest) {
                hours.remove(&oldest);
            }
        }
        let count = hour.count + 1;
        hours.insert(address, Hour { count, ..hour });
        Ok(())
    }

    /// Nobody came of it.
    pub fn take_back(&self, address: IpAddr) {
        let mut hours = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(hour) = hours.get_mut(&network(address)) {
            hour.count = hour.count.saturating_sub(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv6Addr;

    const ONE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
    }

    #[test]
    fn an_address_makes_so_many_an_hour_and_others_are_not_slowed() {
        let arrivals = Arrivals::default();
        for second in 0..3 {
            assert_eq!(arrivals.begin(ONE, 3, at(second)), Ok(()));
        }
        assert_eq!(arrivals.begin(ONE, 3, at(600)), Err(3000));
        assert_eq!(arrivals.begin(IpAddr::from([192, 0, 2, 2]), 3, at(600)), Ok(()));
        arrivals.take_back(ONE);
        assert_eq!(arrivals.begin(ONE, 3, at(600)), Ok(()), "nobody came of one of them");
        assert_eq!(arrivals.begin(ONE, 3, at(3599)), Err(1));
        assert_eq!(arrivals.begin(ONE, 3, at(3600)), Ok(()), "an hour after the first");
    }

    #[test]
    fn a_network_of_ipv6_is_one_address_and_memory_is_bounded() {
        let arrivals = Arrivals::default();
        let host = |host| IpAddr::from(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, host));
        assert_eq!(arrivals.begin(host(1), 1, at(0)), Ok(()));
        assert_eq!(arrivals.begin(host(2), 1, at(0)), Err(3600));
        for number in 0..MOST as u32 + 100 {
            assert_eq!(arrivals.begin(IpAddr::from(number.to_be_bytes()), 1, at(1)), Ok(()));
        }
        assert!(arrivals.0.lock().unwrap().len() <= MOST);
    }
}
