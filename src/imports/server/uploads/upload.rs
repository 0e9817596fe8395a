//! A file that was brought, and what was read of it.

use crate::imports::mapping::Mapping;
use crate::imports::preview::{Fault, Outcome, Parsed};
use crate::imports::server::sample::Sample;
use crate::imports::server::uploads::space::Space;
use chrono::{DateTime, Utc};
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::sync::atomic::{AtomicI64, AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How the columns of a file are to be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Choice {
    /// As the person said of this header before; else as its content says.
    #[default]
    Usual,
    /// As its content says.
    Detect,
    /// As the person says now.
    Map(Mapping),
}

/// What was read of a file.
#[derive(Debug)]
pub struct Reading {
    /// Its lines, or why there are none.
    pub parsed: Result<Parsed, Fault>,
    /// What the ledger would not take, by line. Empty for a file that it takes.
    pub refused: Vec<Fault>,
    /// Its head, where it is a table.
    pub sample: Option<Sample>,
    /// How its columns were read, where a person said so.
    pub mapping: Option<Mapping>,
    /// Whether they said so of an earlier file.
    pub remembered: bool,
    /// The portfolio's base currency that it was read for.
    pub currency: String,
}

impl Reading {
    /// Everything that is wrong, in the file's order.
    pub fn faults(&self) -> Vec<&Fault> {
        let mut faults: Vec<&Fault> = match &self.parsed {
            Ok(parsed) => parsed.faults().chain(&self.refused).collect(),
            Err(fault) => vec![fault],
        };
        faults.sort_by_key(|fault| fault.line);
        faults
    }

    /// The lines, where there are any and none is wrong.
    pub fn sound(&self) -> Option<&Parsed> {
        let parsed = self.parsed.as_ref().ok()?;
        let faulty = parsed.lines.iter().any(|line| matches!(line.outcome, Outcome::Fault(_)));
        (!faulty && self.refused.is_empty()).then_some(parsed)
    }

    /// Lines that it holds.
    pub fn lines(&self) -> usize {
        self.parsed.as_ref().map_or(0, |parsed| parsed.lines.len())
    }
}

/// Where the reading of a file stands.
#[derive(Clone, Debug, Default)]
pub enum State {
    /// Nobody reads it.
    #[default]
    Idle,
    /// It is being read.
    Reading,
    /// It was read.
    Read(Arc<Reading>),
}

/// A file that was brought, and is neither applied nor dropped yet.
#[derive(Debug)]
pub struct Upload {
    /// Its identity.
    pub id: String,
    /// Whose it is.
    pub user: String,
    /// The portfolio that it is for.
    pub portfolio: String,
    /// Its name, as the person's device calls it.
    pub name: String,
    /// When it was brought.
    pub made_at: DateTime<Utc>,
    /// Without a name on the disk: it is gone with the last who holds it.
    file: File,
    space: Space,
    state: Mutex<(State, Choice)>,
    percent: AtomicU8,
    looked_at: AtomicI64,
}

impl Upload {
    /// A file that came in whole.
    pub fn new(id: String, (user, portfolio): (&str, &str), name: &str, made_at: DateTime<Utc>, (file, space): (File, Space)) -> Self {
        Self {
            id,
            user: user.to_owned(),
            portfolio: portfolio.to_owned(),
            name: name.to_owned(),
            made_at,
            file,
            space,
            state: Mutex::default(),
            percent: AtomicU8::new(0),
            looked_at: AtomicI64::new(made_at.timestamp_millis()),
        }
    }

    fn lock(&self) -> MutexGuard<'_, (State, Choice)> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many bytes it has.
    pub fn bytes(&self) -> usize {
        self.space.bytes()
    }

    /// How much of it was read, of a hundred.
    pub fn percent(&self) -> u8 {
        self.percent.load(Ordering::Relaxed)
    }

    /// Notes how much of it was read.
    pub fn note(&self, done: usize, total: usize) {
        let percent = (done * 100).checked_div(total).unwrap_or(100).min(100);
        self.percent.store(percent as u8, Ordering::Relaxed);
    }

    /// Where its reading stands.
    pub fn state(&self) -> State {
        self.lock().0.clone()
    }

    /// How it is to be read.
    pub fn choice(&self) -> Choice {
        self.lock().1.clone()
    }

    /// Says how it is to be read from now on; what was read otherwise is forgotten.
    pub fn choose(&self, choice: Choice) {
        let mut held = self.lock();
        held.1 = choice;
        if let State::Read(_) = held.0 {
            held.0 = State::Idle;
        }
    }

    /// Forgets what was read. A reading that runs goes on.
    pub fn forget(&self) {
        let mut held = self.lock();
        if let State::Read(_) = held.0 {
            held.0 = State::Idle;
        }
    }

    /// Takes the reading on; the first who asks has it.
    pub fn begin(&self) -> Option<Choice> {
        let mut held = self.lock();
        if !matches!(held.0, State::Idle) {
            return None;
        }
        held.0 = State::Reading;
        self.percent.store(0, Ordering::Relaxed);
        Some(held.1.clone())
    }

    /// Ends the reading; `None` where it was not done. What was meanwhile chosen otherwise is read again.
    pub fn end(&self, reading: Option<Reading>, choice: &Choice) {
        let mut held = self.lock();
        held.0 = match reading {
            Some(reading) if held.1 == *choice => State::Read(Arc::new(reading)),
            _ => State::Idle,
        };
    }

    /// When somebody looked at it last, in milliseconds.
    pub fn looked_at(&self) -> i64 {
        self.looked_at.load(Ordering::Relaxed)
    }

    /// Somebody looks at it.
    pub fn look(&self, now: DateTime<Utc>) {
        self.looked_at.store(now.timestamp_millis(), Ordering::Relaxed);
    }

    /// Its bytes. One reading at a time: they share a place in the file.
    ///
    /// # Errors
    /// The disk does not give them.
    pub fn read(&self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::with_capacity(self.bytes());
        let mut file = &self.file;
        file.seek(SeekFrom::Start(0))?;
        file.read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}
