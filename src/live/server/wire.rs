//! What a session does with its socket and its feed, a step each: hear, write out, wait for news.

use crate::live::server::outlet::Line;
use crate::market::feed::Feed;
use bytes::{Buf as _, Bytes};
use futures_util::{SinkExt, StreamExt};
use std::future::pending;
use std::io::ErrorKind;
use std::task::{Context, Poll};
use tokio::sync::watch;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::{Error, Message};

/// The next message. The codec is asked only when the socket has something for it.
pub fn poll_heard(socket: &mut WebSocketStream<Line>, read_out: &mut bool, cx: &mut Context<'_>) -> Poll<Option<Result<Message, Error>>> {
    if *read_out && socket.get_ref().0.poll_read_ready(cx).is_pending() {
        return Poll::Pending;
    }
    let heard = socket.poll_next_unpin(cx);
    *read_out = heard.is_pending();
    heard
}

/// Writes the rest of a shared frame, then a message, and what the codec holds.
pub async fn write_out(socket: &mut WebSocketStream<Line>, rest: &mut Bytes, message: Option<Message>) -> Result<(), Error> {
    while !rest.is_empty() {
        let stream = &socket.get_ref().0;
        stream.writable().await?;
        match stream.try_write(rest) {
            Ok(written) => rest.advance(written),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => return Err(error.into()),
        }
    }
    match message {
        Some(message) => socket.send(message).await,
        None => socket.flush().await,
    }
}

/// The feed's next change, and where the one after it will be told.
pub async fn feed_change(mut changes: watch::Receiver<Feed>) -> (Feed, watch::Receiver<Feed>) {
    if changes.changed().await.is_err() {
        pending::<()>().await;
    }
    let feed = changes.borrow_and_update().clone();
    (feed, changes)
}
