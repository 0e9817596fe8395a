//! Updates as changed fields: who agrees to them is told what the others are told.

use crate::harness::{Client, PATIENCE, TestApp};
use finflow_app::live::changes::{SUBPROTOCOL, apply};
use finflow_app::live::protocol::{self, PriceUpdate, ServerMessage};
use futures_util::StreamExt;
use serde_json::json;
use std::collections::BTreeMap;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::Message;

/// A client that offers subprotocols, and the one that the server chose.
async fn offering(app: &TestApp, offered: &str) -> (Client, Option<String>) {
    let mut request = app.upgrade();
    request.headers_mut().insert("sec-websocket-protocol", offered.parse().unwrap());
    let stream = TcpStream::connect(app.addr).await.unwrap();
    let (socket, answer) = client_async(request, stream).await.unwrap();
    let chosen = answer.headers().get("sec-websocket-protocol");
    (Client(socket), chosen.map(|chosen| chosen.to_str().unwrap().to_owned()))
}

/// An update as it came.
enum Came {
    Whole(Box<PriceUpdate>),
    Changes(Vec<u8>),
}

async fn update(client: &mut Client) -> Came {
    loop {
        match timeout(PATIENCE, client.0.next())
            .await
            .expect("an update in time")
            .unwrap()
            .unwrap()
        {
            Message::Binary(frame) => return Came::Changes(frame.to_vec()),
            Message::Text(text) => {
                if let Ok(ServerMessage::PriceUpdate(update)) = ServerMessage::decode(&text) {
                    return Came::Whole(Box::new(update));
                }
            }
            _ => {}
        }
    }
}

/// Takes the next update: what changed, and a whole one only after frames that were left out.
async fn follow(client: &mut Client, held: &mut PriceUpdate) {
    match update(client).await {
        Came::Changes(frame) => apply(held, &frame).expect("it follows the one before"),
        Came::Whole(whole) => {
            assert!(
                whole.seq > held.seq + 1,
                "a whole one, though nothing was left out: {} after {}",
                whole.seq,
                held.seq
            );
            *held = *whole;
        }
    }
}

fn printed(update: &PriceUpdate) -> String {
    ServerMessage::PriceUpdate(update.clone()).encode()
}

#[tokio::test]
async fn who_agrees_is_told_what_changed_and_knows_what_the_others_know() {
    let app = TestApp::start(&[]).await;
    let (mut one, chosen) = offering(&app, SUBPROTOCOL).await;
    assert_eq!(chosen.as_deref(), Some(SUBPROTOCOL));
    let (mut other, chosen) = offering(&app, protocol::SUBPROTOCOL).await;
    assert_eq!(chosen.as_deref(), Some(protocol::SUBPROTOCOL));
    one.start(40).await;
    let Came::Whole(mut held) = update(&mut one).await else {
        panic!("the first is whole")
    };
    // Who comes while it runs holds a frame that no other has, and is told what changed since that one.
    other.start(40).await;
    let (mut late, _) = offering(&app, &format!("chat, {SUBPROTOCOL}")).await;
    late.start(40).await;
    let Came::Whole(mut held_late) = update(&mut late).await else {
        panic!("the first is whole")
    };
    // The number of a first frame may be another's too: its moment tells them apart.
    let (mut told, mut changed) = (BTreeMap::new(), BTreeMap::new());
    while changed.keys().filter(|frame| told.contains_key(*frame)).count() < 8 {
        assert!(told.len() < 200, "no 8 of 200 updates that both got");
        follow(&mut one, &mut held).await;
        changed.insert((held.seq, held.timestamp), printed(&held));
        follow(&mut late, &mut held_late).await;
        changed.insert((held_late.seq, held_late.timestamp), printed(&held_late));
        let Came::Whole(whole) = update(&mut other).await else {
            panic!("changes for one who did not agree")
        };
        told.insert((whole.seq, whole.timestamp), printed(&whole));
    }
    for (frame, whole) in told {
        if let Some(changed) = changed.get(&frame) {
            assert_eq!(*changed, whole, "{frame:?}");
        }
    }
    app.stop().await;
}

#[tokio::test]
async fn another_start_begins_with_a_whole_update_again() {
    let app = TestApp::start(&[]).await;
    let (mut client, _) = offering(&app, SUBPROTOCOL).await;
    for interval_ms in [40, 50, 40] {
        client
            .send(json!({"type": "start_updates", "interval_ms": interval_ms, "id": "again"}))
            .await;
        let mut held = loop {
            // What the stream before had on its way may come first.
            if let Came::Whole(whole) = update(&mut client).await
                && whole.id.as_deref() == Some("again")
            {
                break whole;
            }
        };
        follow(&mut client, &mut held).await;
    }
    app.stop().await;
}

#[tokio::test]
async fn what_is_not_known_is_not_chosen_and_json_is_spoken() {
    let app = TestApp::start(&[]).await;
    // The client library gives a server up that chooses nothing of what it offered: by hand, then.
    let answer = {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        let mut stream = TcpStream::connect(app.addr).await.unwrap();
        let asked = format!(
            "GET /ws/portfolio/ HTTP/1.1\r\nhost: {}\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-protocol: chat, finflow.v9\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
            app.addr
        );
        stream.write_all(asked.as_bytes()).await.unwrap();
        let mut answer = vec![0; 4096];
        let count = timeout(PATIENCE, stream.read(&mut answer)).await.expect("an answer").unwrap();
        String::from_utf8_lossy(&answer[..count]).to_lowercase()
    };
    assert!(
        answer.starts_with("http/1.1 101") && !answer.contains("sec-websocket-protocol"),
        "{answer}"
    );
    app.stop().await;
}
