//! axum as its examples write it: a task a viewer, and a broadcast channel with the encoded update.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use axum::Router;
use axum::extract::ws::{Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::routing::any;
use axum::serve::ListenerExt as _;
use peers::{Asked, GREETING, Maker, REFUSAL, asked, produce, setting};
use tokio::net::TcpSocket;
use tokio::sync::broadcast::{Sender, channel, error::RecvError};

#[derive(Clone)]
struct Feed {
    updates: Sender<Utf8Bytes>,
    newest: Arc<Mutex<Utf8Bytes>>,
    maker: Maker,
}

#[tokio::main(worker_threads = 2)]
async fn main() -> Result<()> {
    let maker = Maker::new()?;
    let (updates, _) = channel(16);
    let first = Utf8Bytes::from(maker.clone().message("price_update", 0));
    let feed = Feed {
        updates,
        newest: Arc::new(Mutex::new(first)),
        maker: maker.clone(),
    };
    let producing = feed.clone();
    std::thread::spawn(move || {
        produce(maker, |text| {
            let update = Utf8Bytes::from(text);
            *producing.newest.lock().unwrap_or_else(PoisonError::into_inner) = update.clone();
            // Nobody listens yet: that is no fault.
            let _ = producing.updates.send(update);
        });
    });
    let buffer = usize::try_from(setting("READ_BUFFER", 128 << 10))?;
    let serve = any(async move |upgrade: WebSocketUpgrade| upgrade.read_buffer_size(buffer).on_upgrade(|socket| view(socket, feed)));
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind(([127, 0, 0, 1], u16::try_from(setting("PORT", 8000))?).into())?;
    // Without it an update waits up to 40 ms for the last one's acknowledgement.
    let listener = socket.listen(4_096)?.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    Ok(axum::serve(listener, Router::new().route("/ws/portfolio/", serve)).await?)
}

async fn view(mut socket: WebSocket, mut feed: Feed) {
    if socket.send(Message::text(GREETING)).await.is_err() {
        return;
    }
    let mut updates = None;
    loop {
        let next = async {
            match &mut updates {
                Some(updates) => tokio::sync::broadcast::Receiver::recv(updates).await,
                None => std::future::pending().await,
            }
        };
        let answer = tokio::select! {
            update = next => match update {
                Ok(update) => Message::Text(update),
                Err(RecvError::Lagged(_)) => continue,
                Err(RecvError::Closed) => return,
            },
            heard = socket.recv() => match heard {
                Some(Ok(Message::Text(text))) => match asked(text.as_bytes()) {
                    Asked::Data => Message::text(feed.maker.message("portfolio_data", 0)),
                    Asked::Start => {
                        updates = Some(feed.updates.subscribe());
                        Message::Text(feed.newest.lock().unwrap_or_else(PoisonError::into_inner).clone())
                    }
                    Asked::Stop => {
                        updates = None;
                        continue;
                    }
                    Asked::Unknown => Message::text(REFUSAL),
                },
                Some(Ok(_)) => continue,
                Some(Err(_)) | None => return,
            },
        };
        if socket.send(answer).await.is_err() {
            return;
        }
    }
}
