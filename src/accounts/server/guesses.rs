//! Guesses at passwords, made slower: for an address, and for an account.
//!
//! Every attempt counts as a failure when it begins, so that many at once gain nothing, and is taken back when it succeeds.
//! An account under attack gives each address one guess: its owner comes in from another address with the right password.

use crate::server::address::network;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// Failures before the first delay.
const FREE: u32 = 5;
/// Failures at one account from anywhere, from which on each address has a single guess before its first delay.
const ATTACKED: u32 = 20;
/// The longest delay, in seconds.
const LONGEST: i64 = 900;
/// Seconds after which a failure is forgotten, counted from the last one.
const MEMORY: i64 = 3600;
/// Entries that are kept of each kind. The oldest goes first.
const MOST: usize = 20_000;

/// Who guessed how often. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Guesses(Arc<Mutex<Kept>>);

#[derive(Debug, Default)]
struct Kept {
    addresses: Table<IpAddr>,
    accounts: Table<String>,
    pairs: Table<(IpAddr, String)>,
}

type Table<K> = HashMap<K, Failures>;

#[derive(Clone, Copy, Debug)]
struct Failures {
    count: u32,
    last: DateTime<Utc>,
}

impl Failures {
    /// Seconds left of the delay, where there is one.
    fn wait(self, free: u32, now: DateTime<Utc>) -> i64 {
        if self.count < free {
            return 0;
        }
        let delay = 1_i64.checked_shl(self.count - free).unwrap_or(LONGEST).clamp(1, LONGEST);
        let left = self.last + TimeDelta::seconds(delay) - now;
        // A second begun is a second to wait.
        (left.num_milliseconds() + 999).div_euclid(1000).max(0)
    }
}

impl Guesses {
    /// Begins an attempt at an account.
    ///
    /// # Errors
    /// It comes too early: the seconds to wait.
    pub fn begin(&self, address: IpAddr, account: &str, now: DateTime<Utc>) -> Result<(), u64> {
        let (address, pair) = keys(address, account);
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let attacked = known(&kept.accounts, &pair.1, now).is_some_and(|failures| failures.count >= ATTACKED);
        let free = if attacked { 1 } else { FREE };
        let by_address = known(&kept.addresses, &address, now).map_or(0, |failures| failures.wait(FREE, now));
        let by_pair = known(&kept.pairs, &pair, now).map_or(0, |failures| failures.wait(free, now));
        let wait = by_address.max(by_pair);
        if wait > 0 {
            return Err(wait.unsigned_abs());
        }
        count(&mut kept.addresses, address, now);
        count(&mut kept.accounts, pair.1.clone(), now);
        count(&mut kept.pairs, pair, now);
        Ok(())
    }

    /// The attempt was no guess: it could not be judged.
    pub fn take_back(&self, address: IpAddr, account: &str) {
        let (address, pair) = keys(address, account);
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.forget(&address, &pair, 1);
    }

    /// The password was right: the address's failures at this account were its owner's, and no guesses.
    pub fn passed(&self, address: IpAddr, account: &str) {
        let (address, pair) = keys(address, account);
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let all = kept.pairs.get(&pair).map_or(1, |failures| failures.count);
        kept.forget(&address, &pair, all);
    }
}

impl Kept {
    fn forget(&mut self, address: &IpAddr, pair: &(IpAddr, String), failures: u32) {
        less(&mut self.addresses, address, failures);
        less(&mut self.accounts, &pair.1, failures);
        less(&mut self.pairs, pair, failures);
    }
}

fn keys(address: IpAddr, account: &str) -> (IpAddr, (IpAddr, String)) {
    let address = network(address);
    (address, (address, account.to_owned()))
}

fn known<K: Hash + Eq>(table: &Table<K>, key: &K, now: DateTime<Utc>) -> Option<Failures> {
    let failures = table.get(key)?;
    (now - failures.last < TimeDelta::seconds(MEMORY)).then_some(*failures)
}

fn count<K: Hash + Eq + Clone>(table: &mut Table<K>, key: K, now: DateTime<Utc>) {
    let count = known(table, &key, now).map_or(0, |failures| failures.count).saturating_add(1);
    if table.len() >= MOST && !table.contains_key(&key) {
        table.retain(|_, failures| now - failures.last < TimeDelta::seconds(MEMORY));
        let oldest = table.iter().min_by_key(|(_, failures)| failures.last).map(|(key, _)| key.clone());
        if let (true, Some(oldest)) = (table.len() >= MOST, oldest) {
            table.remove(&oldest);
        }
    }
    table.insert(key, Failures { count, last: now });
}

fn less<K: Hash + Eq>(table: &mut Table<K>, key: &K, by: u32) {
    if let Some(failures) = table.get_mut(key) {
        failures.count = failures.count.saturating_sub(by);
        if failures.count == 0 {
            table.remove(key);
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
    fn after_five_failures_delays_double() {
        let guesses = Guesses::default();
        for _ in 0..5 {
            assert_eq!(guesses.begin(ONE, "ada", at(0)), Ok(()));
        }
        assert_eq!(guesses.begin(ONE, "ada", at(0)), Err(1));
        assert_eq!(
            guesses.begin(ONE, "another", at(0)),
            Err(1),
            "the address is slowed, whatever it guesses at"
        );
        assert_eq!(guesses.begin(ONE, "ada", at(1)), Ok(()));
        assert_eq!(guesses.begin(ONE, "ada", at(1)), Err(2));
        assert_eq!(guesses.begin(ONE, "ada", at(3)), Ok(()));
        assert_eq!(guesses.begin(ONE, "ada", at(3)), Err(4));
        assert_eq!(guesses.begin(ONE, "ada", at(3 + MEMORY)), Ok(()), "an hour later nothing is known");
    }

    #[test]
    fn an_attacked_account_lets_its_owner_in_from_elsewhere() {
        let guesses = Guesses::default();
        for host in 0..10_u8 {
            for _ in 0..5 {
                // From the twentieth failure on, an address has one guess.
                let _ = guesses.begin(IpAddr::from([198, 51, 100, host]), "ada", at(0));
            }
        }
        assert_eq!(guesses.begin(ONE, "ada", at(0)), Ok(()), "the first guess of an address is judged");
        assert_eq!(guesses.begin(ONE, "ada", at(0)), Err(1), "and only the first");
        guesses.passed(ONE, "ada");
        assert_eq!(guesses.begin(ONE, "ada", at(0)), Ok(()));
    }

    #[test]
    fn what_succeeds_is_no_failure_and_memory_is_bounded() {
        let guesses = Guesses::default();
        for _ in 0..50 {
            assert_eq!(guesses.begin(ONE, "ada", at(0)), Ok(()));
            guesses.passed(ONE, "ada");
        }
        for _ in 0..50 {
            assert_eq!(guesses.begin(ONE, "eve", at(0)), Ok(()));
            assert_eq!(guesses.begin(ONE, "eve", at(0)), Ok(()));
            guesses.passed(ONE, "eve");
        }
        for _ in 0..4 {
            assert_eq!(guesses.begin(ONE, "ada", at(0)), Ok(()));
        }
        assert_eq!(guesses.begin(ONE, "eve", at(0)), Ok(()));
        guesses.passed(ONE, "eve");
        assert_eq!(guesses.begin(ONE, "ada", at(0)), Ok(()));
        assert_eq!(
            guesses.begin(ONE, "ada", at(0)),
            Err(1),
            "a right password elsewhere gives no further guesses"
        );
        for number in 0..MOST as u32 + 100 {
            let _ = guesses.begin(IpAddr::from(number.to_be_bytes()), &number.to_string(), at(0));
        }
        let kept = guesses.0.lock().unwrap();
        assert!(kept.addresses.len() <= MOST && kept.accounts.len() <= MOST && kept.pairs.len() <= MOST);
    }

    #[test]
    fn a_network_of_ipv6_is_one_guesser() {
        let guesses = Guesses::default();
        for host in 0..5_u16 {
            let address = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, host);
            assert_eq!(guesses.begin(address.into(), "ada", at(0)), Ok(()));
        }
        assert_eq!(
            guesses.begin(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 9, 9, 9, 9).into(), "ada", at(0)),
            Err(1)
        );
    }
}
