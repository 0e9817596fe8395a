//! What reaches a shard from outside: sockets to take over, answers, frames. Nobody who writes here waits.

use crate::live::server::frame::Frame;
use crate::live::server::limits::Place;
use crate::live::server::member::Member;
use crate::live::server::stream::Watcher;
use crate::server::serving::stage::Left;
use bytes::Bytes;
use mio::Waker;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Which socket of a shard. A place that is taken again has another `life`: an answer that comes too late reaches nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// Its place.
    pub at: usize,
    /// Which socket of those that had the place.
    pub life: u32,
}

/// A stream that was just upgraded.
#[derive(Debug)]
pub struct Newcomer {
    /// The stream, with the answer that makes it a socket.
    pub left: Left,
    /// Who opened it, if they have a session.
    pub member: Option<Member>,
    /// Its place among all sockets.
    pub place: Place,
    /// Whether it agreed to get updates as what changed.
    pub changes: bool,
    /// Whether it comes from a page of another version, which is only told so.
    pub foreign: bool,
}

/// The answer to a request.
#[derive(Debug)]
pub enum Answer {
    /// A message.
    Text(String),
    /// A message as it goes out.
    Wire(Bytes),
    /// Frames from now on.
    Watch(Begun),
}

/// A watch that begins.
#[derive(Debug)]
pub struct Begun {
    /// The first frame.
    pub frame: Frame,
    /// The place at the stream.
    pub watcher: Watcher,
    /// The `id` of the request.
    pub id: Option<String>,
    /// Whether the client has the first frame already, as it says.
    pub is_known: bool,
}

/// What a shard is told.
#[derive(Debug)]
pub enum Command {
    /// A request was worked out.
    Answer(Key, Box<Answer>),
    /// What this stream shows is no more.
    Gone(u64),
    /// A message for all who watch this stream, as it goes out.
    Watching(u64, Bytes),
    /// This session has ended; nothing says that any may have.
    Ended(Option<String>),
    /// A message for every socket, as it goes out.
    Tell(Bytes),
    /// Close all sockets, and end.
    Stop,
}

/// The way in.
#[derive(Debug)]
pub struct Inbox {
    waiting: Mutex<Waiting>,
    waker: Waker,
}

/// What waits there.
#[derive(Debug, Default)]
pub struct Waiting {
    /// In the order in which they came.
    pub commands: Vec<Command>,
    /// Streams that were just upgraded.
    pub newcomers: Vec<Newcomer>,
    /// The newest frame of each stream: a shard that is late leaves out the ones between.
    pub frames: HashMap<u64, Frame>,
    /// Whether the shard was woken for it.
    told: bool,
}

impl Inbox {
    /// The way to the shard that `waker` wakes.
    pub fn new(waker: Waker) -> Self {
        Self {
            waiting: Mutex::default(),
            waker,
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells the shard something.
    pub fn send(&self, command: Command) {
        let mut waiting = self.waiting();
        waiting.commands.push(command);
        self.wake_for(waiting);
    }

    /// Gives the shard a stream to take over.
    pub fn bring(&self, newcomer: Newcomer) {
        let mut waiting = self.waiting();
        waiting.newcomers.push(newcomer);
        self.wake_for(waiting);
    }

    /// Gives the shard a frame of a stream, in the place of one that it did not take yet. The shard sees it when it is woken next.
    pub fn offer(&self, stream: u64, frame: &Frame) {
        self.waiting().frames.insert(stream, frame.clone());
    }

    /// Wakes the shard, where something waits of which it was not told.
    pub fn wake(&self) {
        self.wake_for(self.waiting());
    }

    fn wake_for(&self, mut waiting: MutexGuard<'_, Waiting>) {
        let waits = !(waiting.commands.is_empty() && waiting.newcomers.is_empty() && waiting.frames.is_empty());
        let untold = waits && !std::mem::replace(&mut waiting.told, true);
        drop(waiting);
        // A shard that is awake already takes all of it.
        if untold && let Err(error) = self.waker.wake() {
            tracing::error!("a shard cannot be woken: {error}");
        }
    }

    /// Takes what waits.
    pub fn take(&self) -> Waiting {
        std::mem::take(&mut *self.waiting())
    }

    /// Takes what waits, but for the frames. They are not told again.
    pub fn take_but_frames(&self) -> Waiting {
        let mut waiting = self.waiting();
        let frames = std::mem::take(&mut waiting.frames);
        std::mem::replace(
            &mut *waiting,
            Waiting {
                frames,
                ..Waiting::default()
            },
        )
    }
}
