//! Places for connections that are no sockets: so many in all, so many of an address.

use crate::server::serving::Bounds;
use ipnet::IpNet;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

type Counted = Arc<Mutex<HashMap<IpAddr, usize>>>;

/// The places.
#[derive(Debug)]
pub struct Places {
    free: Arc<Semaphore>,
    addresses: Counted,
    most_per_address: usize,
    trusted: Vec<IpNet>,
    word: watch::Sender<Word>,
}

/// A place that is taken until it is dropped.
#[derive(Debug)]
pub struct Place {
    of: Option<(IpAddr, Counted)>,
    _free: OwnedSemaphorePermit,
}

/// What those that have a place are told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Word {
    /// Others need the room: who rests may go.
    #[default]
    Crowded,
    /// The server stops.
    Leave,
}

impl Places {
    pub fn new(bounds: &Bounds) -> Self {
        Self {
            free: Arc::new(Semaphore::new(bounds.most.min(Semaphore::MAX_PERMITS))),
            addresses: Counted::default(),
            most_per_address: bounds.most_per_address,
            trusted: bounds.trusted.clone(),
            word: watch::Sender::default(),
        }
    }

    /// What is said from now on. Where nobody can say anything any more, all is over.
    pub fn word(&self) -> watch::Receiver<Word> {
        self.word.subscribe()
    }

    /// Says something to all.
    pub fn say(&self, word: Word) {
        self.word.send_replace(word);
    }

    /// Waits for a place. Where there is none, those that have one are asked to end after the answer that they are at.
    pub async fn take(&self, again: Duration) -> OwnedSemaphorePermit {
        loop {
            if let Ok(free) = self.free.clone().try_acquire_owned() {
                return free;
            }
            self.say(Word::Crowded);
            if let Ok(Ok(free)) = tokio::time::timeout(again, self.free.clone().acquire_owned()).await {
                return free;
            }
        }
    }

    /// Makes it the place of an address; `None` where the address has its share.
    pub fn of(&self, free: OwnedSemaphorePermit, address: IpAddr) -> Option<Place> {
        let address = address.to_canonical();
        if self.trusted.iter().any(|net| net.contains(&address)) {
            return Some(Place { of: None, _free: free });
        }
        let mut addresses = self.addresses.lock().unwrap_or_else(PoisonError::into_inner);
        let mine = addresses.entry(address).or_default();
        if *mine >= self.most_per_address {
            return None;
        }
        *mine += 1;
        Some(Place {
            of: Some((address, self.addresses.clone())),
            _free: free,
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some((address, addresses)) = &self.of else { return };
        let mut addresses = addresses.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(mine) = addresses.get_mut(address) {
            *mine -= 1;
            if *mine == 0 {
                addresses.remove(address);
            }
        }
    }
}
