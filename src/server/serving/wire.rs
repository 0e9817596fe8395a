//! A connection's stream, with the time that each part of an exchange may take: the head of a request, the rest between two, and the other side's
//! taking of an answer. (The body of a request has its own, in `pace`.)

use crate::server::serving::Bounds;
use crate::server::serving::stage::{BUSY, HEAD, LEAVING, REST, Stage};
use hyper::body::{Body, Frame, SizeHint};
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::rt::TokioIo;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep, sleep_until};

/// The stream of a connection.
#[derive(Debug)]
pub struct Wire {
    stream: TokioIo<TcpStream>,
    stage: Arc<Stage>,
    /// The stage that `reading` is for.
    timed: u8,
    reading: Pin<Box<Sleep>>,
    writing: Option<Pin<Box<Sleep>>>,
    /// What is left to whoever takes the stream.
    left: Vec<u8>,
    head: Duration,
    rest: Duration,
    stall: Duration,
}

impl Wire {
    /// The wire of a stream on which the first head begins. It has come by `until`, or is not waited for.
    pub fn new(stream: TcpStream, stage: Arc<Stage>, until: Instant, bounds: &Bounds) -> Self {
        Self {
            stream: TokioIo::new(stream),
            stage,
            timed: HEAD,
            reading: Box::pin(sleep_until(until)),
            writing: None,
            left: vec![],
            head: bounds.head,
            rest: bounds.rest,
            stall: bounds.stall,
        }
    }

    /// The bare stream, and what is still to be written to it.
    pub fn into_parts(self) -> (TcpStream, Vec<u8>) {
        (self.stream.into_inner(), self.left)
    }

    /// Something came: after a rest it begins a head.
    fn heard(&mut self) {
        if self.stage.get() == REST {
            self.stage.set(HEAD);
            self.timed = HEAD;
            self.reading.as_mut().reset(Instant::now() + self.head);
        }
    }

    /// Nothing came: for how long may that go on?
    fn waits(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.stage.get() == BUSY {
            self.stage.tell_rest(context.waker());
        }
        let stage = self.stage.get();
        if matches!(stage, BUSY | LEAVING) {
            self.timed = stage;
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
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(context, &[io::IoSlice::new(bytes)])
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
        if self.stage.get() == LEAVING {
            parts.iter().for_each(|part| self.left.extend_from_slice(part));
            return Poll::Ready(Ok(parts.iter().map(|part| part.len()).sum()));
        }
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
        self.stage.rests();
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
