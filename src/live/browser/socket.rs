//! One WebSocket and its listeners: closed and silent once dropped.

use crate::live::changes::SUBPROTOCOL;
use crate::live::protocol::{PATH, close};
use crate::ui::dom::Listener;
use js_sys::Uint8Array;
use leptos::prelude::window;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::{BinaryType, CloseEvent, Event, MessageEvent, WebSocket};

#[wasm_bindgen]
extern "C" {
    /// Loads the page anew, unless it did so a moment ago: a function of the document's head (`app::shell`).
    #[wasm_bindgen(js_name = older)]
    fn reload_once();
}

/// What a socket tells.
pub enum Told {
    /// It is open.
    Opened,
    /// A message came.
    Text(String),
    /// What changed came.
    Changes(Vec<u8>),
    /// It closed, with its code, and the time over which the server wants its clients back, in milliseconds.
    Closed(u16, Option<u64>),
}

/// A socket.
pub struct Socket {
    inner: WebSocket,
    _listeners: [Listener; 3],
}

impl Socket {
    /// Opens a socket that gets updates as what changed. `None` where the browser refuses even to try.
    pub fn open(address: &str, tell: impl Fn(Told) + Clone + 'static) -> Option<Self> {
        let inner = WebSocket::new_with_str(address, SUBPROTOCOL).ok()?;
        inner.set_binary_type(BinaryType::Arraybuffer);
        let (opened, came, closed) = (tell.clone(), tell.clone(), tell);
        // An `error` is always followed by `close`, and says nothing that a script may read.
        let listeners = [
            Listener::new(&inner, "open", move |_| opened(Told::Opened)),
            Listener::new(&inner, "message", move |event: Event| {
                let data = event.unchecked_ref::<MessageEvent>().data();
                came(match data.as_string() {
                    Some(text) => Told::Text(text),
                    None => Told::Changes(Uint8Array::new(&data).to_vec()),
                });
            }),
            Listener::new(&inner, "close", move |event: Event| {
                let event = event.unchecked_ref::<CloseEvent>();
                if event.code() == close::RELOAD {
                    reload_once();
                }
                closed(Told::Closed(event.code(), close::spread_ms(&event.reason())));
            }),
        ];
        Some(Self {
            inner,
            _listeners: listeners,
        })
    }

    /// Sends a text. A socket that just closed loses it, and tells so by closing.
    pub fn send(&self, text: &str) {
        let _ = self.inner.send_with_str(text);
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        let _ = self.inner.close_with_code(close::NORMAL);
    }
}

/// The address of the page's own server.
pub fn address() -> String {
    let location = window().location();
    let scheme = if location.protocol().is_ok_and(|protocol| protocol == "https:") {
        "wss://"
    } else {
        "ws://"
    };
    scheme.to_owned() + &location.host().unwrap_or_default() + PATH
}
