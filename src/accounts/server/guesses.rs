//! Guesses at passwords, made slower: for an address, and for an account.
//!
//! Every attempt counts as a failure when it begins, so that many at once gain nothing, and is taken back when it succeeds.
//! An account under attack gives each address one guess: its owner comes in from another address with the right password, and from a device that
//! they came in from before as if nothing were.

use crate::server::address::network;
use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest as _, Sha256};
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
    guessers: Table<Guesser>,
    accounts: Table<String>,
    pairs: Table<(Guesser, String)>,
}

/// Who guesses, as far as it can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Guesser {
    /// Anybody in a network.
    Network(IpAddr),
    /// A device or a session of the account's own, by its number.
    Known(u128),
}

impl Guesser {
    /// One who is known by a name that nobody else has.
    pub fn one(name: &str) -> Self {
        let number: [u8; 16] = Sha256::digest(name)[..16].try_into().unwrap_or_default();
        Self::Known(u128::from_be_bytes(number))
    }
}

impl From<IpAddr> for Guesser {
    fn from(address: IpAddr) -> Self {
        Self::Network(network(address))
    }
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
        // A second begun is a second to wait. A clock that was set back makes nobody wait longer.
        (left.num_milliseconds() + 999).div_euclid(1000).clamp(0, delay)
    }
}

impl Guesses {
    /// Begins an attempt at an account.
    ///
    /// # Errors
    /// It comes too early: the seconds to wait.
    pub fn begin(&self, from: impl Into<Guesser>, account: &str, now: DateTime<Utc>) -> Result<(), u64> {
        let (guesser, pair) = keys(from.into(), account);
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let attacked = known(&kept.accounts, &pair.1, now).is_some_and(|failures| failures.count >= ATTACKED);
        let free = if attacked && matches!(guesser, Guesser::Network(_)) {
            1
        } else {
            FREE
        };
        let by_guesser = known(&kept.guessers, &guesser, now).map_or(0, |failures| failures.wait(FREE, now));
        let by_pair = known(&kept.pairs, &pair, now).map_or(0, |failures| failures.wait(free, now));
        let wait = by_guesser.max(by_pair);
        if wait > 0 {
            return Err(wait.unsigned_abs());
        }
        count(&mut kept.guessers, guesser, now);
        count(&mut kept.accounts, pair.1.clone(), now);
        count(&mut kept.pairs, pair, now);
        Ok(())
    }

    /// The attempt was no guess: it could not be judged.
    pub fn take_back(&self, from: impl Into<Guesser>, account: &str) {
        let (guesser, pair) = keys(from.into(), account);
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.forget(&guesser, &pair, 1);
    }

    /// The password was right: the address's failures at this account were its owner's, and no guesses.
    pub fn passed(&self, from: impl Into<Guesser>, account: &str) {
        let (guesser, pair) = keys(from.into(), account);
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let all = kept.pairs.get(&pair).map_or(1, |failures| failures.count);
        kept.forget(&guesser, &pair, all);
    }
}

impl Kept {
    fn forget(&mut self, guesser: &Guesser, pair: &(Guesser, String), failures: u32) {
        less(&mut self.guessers, guesser, failures);
        less(&mut self.accounts, &pair.1, failures);
        less(&mut self.pairs, pair, failures);
    }
}

fn keys(guesser: Guesser, account: &str) -> (Guesser, (Guesser, String)) {
    (guesser, (guesser, account.to_owned()))
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
    fn row_26_a_known_device_is_slowed_for_its_own_guesses_alone() {
        let guesses = Guesses::default();
        // From the very address of its owner, and from many others.
        for host in 0..30_u8 {
            for _ in 0..10 {
                let _ = guesses.begin(IpAddr::from([192, 0, 2, host]), "ada", at(0));
            }
        }
        assert!(guesses.begin(ONE, "ada", at(0)).is_err());
        for _ in 0..5 {
            assert_eq!(guesses.begin(Guesser::Known(7), "ada", at(0)), Ok(()));
        }
        assert_eq!(
            guesses.begin(Guesser::Known(7), "ada", at(0)),
            Err(1),
            "who has the device has no more guesses than others"
        );
    }

    #[test]
    fn row_24_a_clock_that_is_set_back_makes_nobody_wait_longer() {
        let guesses = Guesses::default();
        for _ in 0..6 {
            let _ = guesses.begin(ONE, "ada", at(100_000));
        }
        assert_eq!(guesses.begin(ONE, "ada", at(10)), Err(1));
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
        assert!(kept.guessers.len() <= MOST && kept.accounts.len() <= MOST && kept.pairs.len() <= MOST);
    }

    #[test]
    fn a_network_of_ipv6_is_one_guesser() {
        let guesses = Guesses::default();
        for host in 0..5_u16 {
            let address = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, host);
            assert_eq!(guesses.begin(IpAddr::from(address), "ada", at(0)), Ok(()));
        }
        assert_eq!(
            guesses.begin(IpAddr::from(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 9, 9, 9, 9)), "ada", at(0)),
            Err(1)
        );
    }
}
