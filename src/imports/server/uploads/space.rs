//! The room that brought files take: bounded for a person and in all, given back when a file goes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Bytes of all files that are not applied yet: 512 MiB.
pub const IN_ALL: usize = 512 << 20;
/// Bytes of a person's: 128 MiB, twice the largest file.
pub const PER_USER: usize = 128 << 20;

/// Why there is no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoRoom {
    /// The person has too much here.
    ForUser,
    /// All together have.
    InAll,
}

#[derive(Debug, Default)]
struct Taken {
    in_all: usize,
    of: HashMap<String, usize>,
}

/// The books of the room. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Room(Arc<Mutex<Taken>>);

/// What one file takes; given back on drop.
#[derive(Debug)]
pub struct Space {
    room: Room,
    user: String,
    bytes: usize,
}

impl Room {
    /// No room yet, for a file that comes in.
    pub fn space(&self, user: &str) -> Space {
        Space {
            room: self.clone(),
            user: user.to_owned(),
            bytes: 0,
        }
    }
}

impl Space {
    /// Takes more.
    ///
    /// # Errors
    /// There is none: nothing was taken.
    pub fn grow(&mut self, bytes: usize) -> Result<(), NoRoom> {
        let mut taken = self.room.0.lock().unwrap_or_else(PoisonError::into_inner);
        let own = taken.of.get(&self.user).copied().unwrap_or(0);
        if own + bytes > PER_USER {
            return Err(NoRoom::ForUser);
        }
        if taken.in_all + bytes > IN_ALL {
            return Err(NoRoom::InAll);
        }
        taken.in_all += bytes;
        taken.of.insert(self.user.clone(), own + bytes);
        self.bytes += bytes;
        Ok(())
    }

    /// Bytes that it takes.
    pub fn bytes(&self) -> usize {
        self.bytes
    }
}

impl Drop for Space {
    fn drop(&mut self) {
        let mut taken = self.room.0.lock().unwrap_or_else(PoisonError::into_inner);
        taken.in_all = taken.in_all.saturating_sub(self.bytes);
        let left = taken.of.get(&self.user).copied().unwrap_or(0).saturating_sub(self.bytes);
        if left == 0 {
            taken.of.remove(&self.user);
        } else {
            taken.of.insert(self.user.clone(), left);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_bounded_for_a_person_and_in_all_and_given_back() {
        let room = Room::default();
        let mut ann = room.space("ann");
        ann.grow(PER_USER).unwrap();
        assert_eq!(ann.grow(1), Err(NoRoom::ForUser));
        let mut others: Vec<_> = ["b", "c", "d"].into_iter().map(|user| room.space(user)).collect();
        others.iter_mut().for_each(|space| space.grow(PER_USER).unwrap());
        assert_eq!(room.space("e").grow(1), Err(NoRoom::InAll));
        drop(others);
        drop(ann);
        let taken = room.0.lock().unwrap();
        assert_eq!((taken.in_all, taken.of.len()), (0, 0));
    }
}
