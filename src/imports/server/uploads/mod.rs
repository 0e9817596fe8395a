//! Files that were brought and are not applied yet. They are bounded, belong to who brought them, and go by themselves.

pub mod reading;
pub mod space;
pub mod upload;
mod whole;

use crate::imports::server::mappings::Mappings;
use crate::server::clock::Clock;
use crate::server::database::Database;
use crate::server::shutdown::Shutdown;
use chrono::TimeDelta;
use space::{NoRoom, Room, Space};
use std::collections::HashMap;
use std::fs::File;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;
use upload::{State, Upload};

/// How long a file waits to be applied.
const LIFE: TimeDelta = TimeDelta::hours(1);
/// How often files are looked through for those whose time is over.
const SWEEP: Duration = Duration::from_secs(60);
/// Files of a person; a further one takes the place of the oldest.
pub const PER_USER: usize = 8;
/// Files of all.
pub const IN_ALL: usize = 64;
/// Lines of all files that are kept as they were read; beyond, a file is read again when somebody looks at it.
const LINES: usize = 1_000_000;
/// Files that are read at once: each takes a thread and its memory.
const READERS: usize = 2;

/// The files of all users. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Uploads {
    held: Arc<Mutex<HashMap<String, Arc<Upload>>>>,
    room: Room,
    readers: Arc<Semaphore>,
    /// How people read columns.
    pub mappings: Mappings,
    clock: Clock,
    shutdown: Shutdown,
}

impl Uploads {
    /// None yet. A task ends those whose time is over.
    pub fn new(database: Database, clock: Clock, shutdown: Shutdown) -> Self {
        let uploads = Self {
            held: Arc::default(),
            room: Room::default(),
            readers: Arc::new(Semaphore::new(READERS)),
            mappings: Mappings::new(database, clock),
            clock,
            shutdown: shutdown.clone(),
        };
        let swept = uploads.clone();
        shutdown.clone().spawn(async move {
            let stopping = shutdown.stopping().cancelled();
            let mut stopping = std::pin::pin!(stopping);
            loop {
                tokio::select! {
                    () = &mut stopping => return,
                    () = tokio::time::sleep(SWEEP) => swept.sweep(),
                }
            }
        });
        uploads
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Arc<Upload>>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Drops what waited for too long.
    fn sweep(&self) {
        let oldest = self.clock.now() - LIFE;
        self.lock().retain(|_, upload| upload.made_at > oldest);
    }

    /// Room for a file that comes in.
    pub fn space(&self, user: &str) -> Space {
        self.room.space(user)
    }

    /// Takes more room; where a person has none left, their oldest file goes.
    ///
    /// # Errors
    /// The files of all together, or this one alone, are too much.
    pub fn grow(&self, space: &mut Space, user: &str, bytes: usize) -> Result<(), NoRoom> {
        loop {
            match space.grow(bytes) {
                Err(NoRoom::ForUser) if self.drop_oldest(user) => {}
                done => return done,
            }
        }
    }

    fn drop_oldest(&self, user: &str) -> bool {
        let mut held = self.lock();
        let own = held.values().filter(|upload| upload.user == user);
        let oldest = own.min_by_key(|upload| upload.made_at).map(|upload| upload.id.clone());
        oldest.is_some_and(|id| held.remove(&id).is_some())
    }

    /// Keeps a file that came in whole.
    ///
    /// # Errors
    /// Too many files of all wait.
    pub fn keep(&self, (user, portfolio): (&str, &str), name: &str, file: (File, Space)) -> Result<Arc<Upload>, NoRoom> {
        self.sweep();
        while self.lock().values().filter(|upload| upload.user == user).count() >= PER_USER {
            self.drop_oldest(user);
        }
        let id = format!("{:032x}", rand::random::<u128>());
        let upload = Arc::new(Upload::new(id, (user, portfolio), name, self.clock.now(), file));
        let mut held = self.lock();
        if held.len() >= IN_ALL {
            return Err(NoRoom::InAll);
        }
        held.insert(upload.id.clone(), upload.clone());
        Ok(upload)
    }

    /// A person's file for a portfolio; `None` for any other, whether it exists or not.
    pub fn get(&self, user: &str, portfolio: &str, id: &str) -> Option<Arc<Upload>> {
        self.sweep();
        let upload = self.lock().get(id).cloned()?;
        upload.look(self.clock.now());
        (upload.user == user && upload.portfolio == portfolio).then_some(upload)
    }

    /// A person's files for a portfolio, the oldest first.
    pub fn of(&self, user: &str, portfolio: &str) -> Vec<Arc<Upload>> {
        self.sweep();
        let held = self.lock();
        let own = held.values().filter(|upload| upload.user == user && upload.portfolio == portfolio);
        let mut own: Vec<_> = own.cloned().collect();
        own.sort_by_key(|upload| (upload.made_at, upload.name.clone()));
        own
    }

    /// Drops a file that was applied, or is not wanted.
    pub fn drop_one(&self, upload: &Upload) {
        self.lock().remove(&upload.id);
    }

    /// Forgets what was read of the files that nobody looked at for longest, until the rest is within its bound.
    fn trim(&self) {
        let held = self.lock();
        let mut read: Vec<_> = held
            .values()
            .filter_map(|upload| match upload.state() {
                State::Read(reading) => Some((upload.looked_at(), reading.lines(), upload)),
                _ => None,
            })
            .collect();
        read.sort_by_key(|(looked_at, ..)| std::cmp::Reverse(*looked_at));
        let mut lines = 0;
        for (at, (_, own, upload)) in read.into_iter().enumerate() {
            lines += own;
            if at > 0 && lines > LINES {
                upload.forget();
            }
        }
    }
}
