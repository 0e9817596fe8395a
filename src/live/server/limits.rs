//! How many sockets may be open: in all, from one address, and of one user.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// Which bound was met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Full {
    /// The server's.
    Server,
    /// The address's.
    Address,
    /// The user's.
    User,
}

impl Full {
    /// As it is counted.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Address => "address",
            Self::User => "user",
        }
    }
}

/// The places for sockets. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Sockets {
    most: usize,
    most_per_address: usize,
    most_per_user: usize,
    taken: Arc<Mutex<Taken>>,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    by_address: HashMap<IpAddr, usize>,
    by_user: HashMap<String, usize>,
}

/// A place that is taken until it is dropped.
#[derive(Debug)]
pub struct Place {
    address: IpAddr,
    user: Option<Box<str>>,
    most_per_user: usize,
    taken: Arc<Mutex<Taken>>,
}

impl Sockets {
    /// Places for `most` sockets, `most_per_address` of them from one address.
    pub fn new(most: usize, most_per_address: usize) -> Self {
        Self {
            most,
            most_per_address,
            most_per_user: usize::MAX,
            taken: Arc::default(),
        }
    }

    /// The same, `most` of them of one user.
    pub fn of_a_user(self, most: usize) -> Self {
        Self {
            most_per_user: most,
            ..self
        }
    }

    /// Takes a place.
    ///
    /// # Errors
    /// There is none left, and which bound says so.
    pub fn take(&self, address: IpAddr) -> Result<Place, Full> {
        // One address, however it is written: a v4 client of a v6 socket is the v4 client.
        let address = address.to_canonical();
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if taken.all >= self.most {
            return Err(Full::Server);
        }
        let mine = taken.by_address.entry(address).or_default();
        if *mine >= self.most_per_address {
            return Err(Full::Address);
        }
        *mine += 1;
        taken.all += 1;
        Ok(Place {
            address,
            user: None,
            most_per_user: self.most_per_user,
            taken: self.taken.clone(),
        })
    }

    /// How many places are taken.
    pub fn open(&self) -> usize {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner).all
    }
}

impl Place {
    /// Makes it the place of a user.
    ///
    /// # Errors
    /// The user has as many as they may have.
    pub fn of_user(mut self, user: &str) -> Result<Self, Full> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let mine = taken.by_user.entry(user.to_owned()).or_default();
        if *mine >= self.most_per_user {
            drop(taken);
            return Err(Full::User);
        }
        *mine += 1;
        drop(taken);
        self.user = Some(user.into());
        Ok(self)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.all -= 1;
        if let Some(user) = self.user.as_deref()
            && let Some(mine) = taken.by_user.get_mut(user)
        {
            *mine -= 1;
            if *mine == 0 {
                taken.by_user.remove(user);
            }
        }
        if let Some(mine) = taken.by_address.get_mut(&self.address) {
            *mine -= 1;
            if *mine == 0 {
                taken.by_address.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn row_14_a_place_is_free_again_when_it_is_dropped() {
        let sockets = Sockets::new(3, 2);
        let (a, b): (IpAddr, IpAddr) = ([127, 0, 0, 1].into(), [127, 0, 0, 2].into());
        let held = [sockets.take(a).expect("free"), sockets.take(a).expect("free")];
        assert_eq!(sockets.take(a).err(), Some(Full::Address));
        assert_eq!(
            sockets.take("::ffff:127.0.0.1".parse().expect("an address")).err(),
            Some(Full::Address)
        );
        let other = sockets.take(b).expect("free");
        assert_eq!(sockets.take(b).err(), Some(Full::Server));
        drop(held);
        assert_eq!(sockets.open(), 1);
        assert!(sockets.take(a).is_ok());
        drop(other);
        assert!(sockets.taken.lock().expect("sound").by_address.is_empty());
    }

    #[test]
    fn row_14_a_user_has_so_many_places_from_all_addresses() {
        let sockets = Sockets::new(9, 9).of_a_user(2);
        let place = |host, user| sockets.take([127, 0, 0, host].into()).expect("free").of_user(user);
        let held = [place(1, "ada").expect("free"), place(2, "ada").expect("free")];
        assert_eq!(place(3, "ada").err(), Some(Full::User));
        assert_eq!(sockets.open(), 2, "what was refused is given back");
        let other = place(3, "eve").expect("another's");
        drop(held);
        assert!(place(1, "ada").is_ok());
        drop(other);
        let taken = sockets.taken.lock().expect("sound");
        assert!(taken.by_user.is_empty() && taken.by_address.is_empty());
    }
}
