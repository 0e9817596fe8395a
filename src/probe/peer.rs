//! A stranger's connection: text out, JSON in, with a time limit on everything.

use anyhow::{Context as _, anyhow, bail, ensure};
use axum::http::{HeaderValue, header};
use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::handshake::client::Request;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// How long any one answer may take.
pub const PATIENCE: Duration = Duration::from_secs(5);

/// One connection.
pub struct Peer(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Peer {
    /// Connects, and reads the greeting.
    pub async fn connect(url: &str) -> anyhow::Result<(Self, Value)> {
        Self::open(url.into_client_request()?).await
    }

    /// The same with a subprotocol, which the server must agree to.
    pub async fn connect_with(url: &str, subprotocol: &'static str) -> anyhow::Result<(Self, Value)> {
        let mut request = url.into_client_request()?;
        let offered = HeaderValue::from_static(subprotocol);
        request.headers_mut().insert(header::SEC_WEBSOCKET_PROTOCOL, offered);
        Self::open(request).await
    }

    async fn open(request: Request) -> anyhow::Result<(Self, Value)> {
        let (socket, _) = tokio::time::timeout(PATIENCE, connect_async(request))
            .await
            .context("no answer to the upgrade")??;
        let mut peer = Self(socket);
        let greeting = peer.next(PATIENCE).await?;
        ensure!(
            greeting["type"] == "connection_established",
            "the first message is {}",
            greeting["type"]
        );
        Ok((peer, greeting))
    }

    /// Sends one text frame.
    pub async fn send(&mut self, text: &str) -> anyhow::Result<()> {
        Ok(self.0.send(Message::text(text)).await?)
    }

    /// The next update: as it came, a text or a binary frame.
    pub async fn update(&mut self, wait: Duration) -> anyhow::Result<Message> {
        let until = Instant::now() + wait;
        while let Some(heard) = timeout_at(until, self.0.next()).await.context("no update")? {
            match heard? {
                Message::Text(text) if text.contains("\"price_update\"") => return Ok(Message::Text(text)),
                Message::Binary(frame) => return Ok(Message::Binary(frame)),
                Message::Close(frame) => bail!("closed: {frame:?}"),
                _ => {}
            }
        }
        bail!("the connection ended")
    }

    /// The next message within `wait`.
    pub async fn next(&mut self, wait: Duration) -> anyhow::Result<Value> {
        self.maybe_next(wait).await?.ok_or_else(|| anyhow!("no message within {wait:?}"))
    }

    /// The next message, or `None` where none comes within `wait`.
    pub async fn maybe_next(&mut self, wait: Duration) -> anyhow::Result<Option<Value>> {
        let until = Instant::now() + wait;
        loop {
            match timeout_at(until, self.0.next()).await {
                Err(_) => return Ok(None),
                Ok(Some(Ok(Message::Text(text)))) => return Ok(Some(serde_json::from_str(&text)?)),
                Ok(Some(Ok(Message::Close(frame)))) => bail!("closed: {frame:?}"),
                Ok(Some(Ok(_))) => {}
                Ok(Some(Err(error))) => return Err(error.into()),
                Ok(None) => bail!("the connection ended"),
            }
        }
    }

    /// The next message of a type within `wait`; others are passed over.
    pub async fn next_of(&mut self, kind: &str, wait: Duration) -> anyhow::Result<Value> {
        let until = Instant::now() + wait;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let message = self.maybe_next(left).await?.ok_or_else(|| anyhow!("no {kind} within {wait:?}"))?;
            if message["type"] == kind {
                return Ok(message);
            }
        }
    }

    /// Sends a frame that the server must close for, and returns the code with which it does.
    pub async fn closed_after(&mut self, message: Message) -> anyhow::Result<u16> {
        self.0.send(message).await?;
        let until = Instant::now() + PATIENCE;
        while let Some(heard) = timeout_at(until, self.0.next()).await.context("not closed")? {
            if let Message::Close(Some(frame)) = heard? {
                return Ok(frame.code.into());
            }
        }
        bail!("ended without a close frame")
    }

    /// Closes, and waits until the other side did.
    pub async fn close(mut self) {
        let _ = self.0.close(None).await;
        let until = Instant::now() + PATIENCE;
        while let Ok(Some(Ok(_))) = timeout_at(until, self.0.next()).await {}
    }
}
