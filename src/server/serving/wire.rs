//! A connection's stream, with the time that each part of an exchange may take: the head of a request, the rest between two, and the other side's
//! taking of an answer. (The body of a request has its own, in `pace`.)

use crate::server::serving::Bounds;
use hyper::body::{Body, Frame, SizeHint};
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::rt::TokioIo;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep};

/// Nothing was heard yet.
const UNHEARD: u8 = 0;
/// In a request's head.
const HEAD: u8 = 1;
/// A request is answered.
const BUSY: u8 = 2;
/// Between two requests.
const REST: u8 = 3;

/// How far the exchange is. The wire and the service share it.
#[derive(Debug, Default)]
pub struct Stage(AtomicU8);

impl Stage {
    /// A request's head is there.
    pub fn serves(&self) {
        self.0.store(BUSY, Ordering::Relaxed);
    }

    /// Whether the other side has said nothing at all.
    pub fn is_unheard(&self) -> bool {
        self.get() == UNHEARD
    }

    fn get(&self) -> u8 {
        self.0.load(Ordering::Relaxed)
    }
}

/// The stream of a connection.
#[derive(Debug)]
pub struct Wire {
    stream: TokioIo<TcpStream>,
    stage: Arc<Stage>,
    /// The stage that `reading` is for.
    timed: u8,
    reading: Pin<Box<Sleep>>,
    writing: Option<Pin<Box<Sleep>>>,
    head: Duration,
    rest: Duration,
    stall: Duration,
}

impl Wire {
    /// The wire of a stream that was just accepted.
    pub fn new(stream: TcpStream, stage: Arc<Stage>, bounds: &Bounds) -> Self {
        Self {
            stream: TokioIo::new(stream),
            stage,
            timed: UNHEARD,
            reading: Box::pin(sleep(bounds.head)),
            writing: None,
            head: bounds.head,
            rest: bounds.rest,
            stall: bounds.stall,
        }
    }

    /// The bare stream.
    pub fn into_stream(self) -> TcpStream {
        self.stream.into_inner()
    }

    /// Something came: the first of it begins a head.
    fn heard(&mut self) {
        match self.stage.get() {
            UNHEARD => {
                self.stage.0.store(HEAD, Ordering::Relaxed);
                self.timed = HEAD;
            }
            REST => {
                self.stage.0.store(HEAD, Ordering::Relaxed);
                self.timed = HEAD;
                self.reading.as_mut().reset(Instant::now() + self.head);
            }
            _ => {}
        }
    }

    /// Nothing came: for how long may that go on?
    fn waits(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let stage = self.stage.get();
        if stage == BUSY {
            self.timed = BUSY;
            return Poll::Pending;
        }
        if self.timed != stage {
            self.timed = stage;
            self.reading.as_mut().reset(Instant::now() + self.rest);
        }
        self.reading.as_mut().poll(context).map(|()| Err(io::ErrorKind::TimedOut.into()))
    }

    /// Watches over a write that may have to wait.
    fn written<T>(&mut self, context: &mut Context<'_>, polled: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if polled.is_ready() {
            self.writing = None;
            return polled;
        }
        let stall = self.stall;
        let writing = self.writing.get_or_insert_with(|| Box::pin(sleep(stall)));
        writing.as_mut().poll(context).map(|()| Err(io::ErrorKind::TimedOut.into()))
    }
}

impl Read for Wire {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        match Pin::new(&mut self.stream).poll_read(context, buffer) {
            Poll::Ready(read) => {
                self.heard();
                Poll::Ready(read)
            }
            Poll::Pending => self.waits(context),
        }
    }
}

impl Write for Wire {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.written(context, polled)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(mut self: Pin<&mut Self>, context: &mut Context<'_>, parts: &[io::IoSlice<'_>]) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write_vectored(context, parts);
        self.written(context, polled)
    }
}

/// The body of an answer: with its end the connection rests.
#[derive(Debug)]
pub struct Served<B> {
    body: B,
    stage: Arc<Stage>,
}

impl<B> Served<B> {
    /// The body of an answer on the connection of a stage.
    pub fn new(body: B, stage: Arc<Stage>) -> Self {
        Self { body, stage }
    }
}

impl<B> Drop for Served<B> {
    fn drop(&mut self) {
        self.stage.0.store(REST, Ordering::Relaxed);
    }
}

impl<B: Body + Unpin> Body for Served<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
