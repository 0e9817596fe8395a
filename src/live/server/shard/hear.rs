//! What a shard hears of a socket, and what it says to it.

use crate::live::protocol::{self, Ack, ClientMessage, ConnectionEstablished, Greeting, ServerMessage, close};
use crate::live::server::frame;
use crate::live::server::request::{self, Refusal};
use crate::live::server::shard::answer::{failed, not_found, snapshot, start, start_at_hand};
use crate::live::server::shard::inbox::{Answer, Begun, Command, Key};
use crate::live::server::shard::reactor::Reactor;
use crate::live::server::shard::reader::Reader;
use crate::live::server::shard::socket::{End, Phase, Watch};
use crate::live::server::stream::Comes;
use crate::server::metrics::sockets::SOCKETS;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use tokio_tungstenite::tungstenite::protocol::frame::Frame as WireFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::{Error, Message};

/// Messages over the rate, less those within it, that end a connection.
const OVER_RATE: u16 = 40;
/// Messages that cannot be read, less those that can, that end a connection.
const MISREAD: u8 = 100;

impl Reactor {
    /// The first message on every connection.
    pub fn greeting(&self, authenticated: bool) -> String {
        let config = &self.live.config;
        let data = Greeting {
            protocol: protocol::VERSION,
            server_time: self.live.clock.now(),
            authenticated,
            interval_ms: config.update_interval_ms,
            min_interval_ms: config.min_interval_ms,
            max_interval_ms: config.max_interval_ms,
            feed: self.live.market.bus.feed(),
        };
        ServerMessage::ConnectionEstablished(ConnectionEstablished { data }).encode()
    }

    /// Takes bytes that a socket sent.
    pub fn take(&mut self, at: usize, bytes: &[u8]) {
        let config = self.reading;
        let Some(socket) = self.sockets.get_mut(at) else { return };
        let closing = socket.phase == Phase::Closing;
        let talk = socket.talk.get_or_insert_default();
        let reader = talk.reader.get_or_insert_with(|| Reader::new(config));
        let mut end = (!reader.feed(bytes)).then_some(End::Broken(close::TOO_BIG, "the message comes in too many pieces"));
        let mut goodbye = close::ABNORMAL;
        while end.is_none() {
            match reader.message() {
                None => break,
                Some(Ok(_)) if closing => {}
                Some(Ok(message)) => {
                    if let Message::Close(frame) = &message {
                        goodbye = frame.as_ref().map_or(close::NO_CODE, |frame| frame.code.into());
                    }
                    talk.heard.push_back(message);
                }
                Some(Err(error)) => end = Some(end_of(&error, goodbye)),
            }
        }
        // The answer to a ping or a close is at hand.
        let said = reader.output();
        if closing {
            if end.is_some() {
                self.remove(at);
            }
            return;
        }
        talk.end = end;
        if !said.is_empty() {
            self.say(at, &said);
        }
        self.go_on(at);
    }

    /// Hears what waits its turn, as long as nothing is in the way.
    pub fn go_on(&mut self, at: usize) {
        loop {
            let Some(socket) = self.sockets.get_mut(at) else { return };
            if socket.phase != Phase::Open || socket.out.is_some() {
                return;
            }
            let Some(talk) = &mut socket.talk else { return };
            if talk.busy {
                return;
            }
            match (talk.heard.pop_front(), talk.end) {
                (Some(message), _) => self.hear(at, message),
                (None, Some(end)) => return self.end(at, end),
                (None, None) => {
                    if talk.reader.as_ref().is_none_or(Reader::at_rest) {
                        socket.talk = None;
                    }
                    return;
                }
            }
        }
    }

    fn hear(&mut self, at: usize, message: Message) {
        let (now, rate) = (self.micros(), self.live.config.max_messages_per_second);
        let Some(socket) = self.sockets.get_mut(at) else { return };
        socket.unanswered = 0;
        if message.is_text() || message.is_binary() {
            SOCKETS.messages.one();
        }
        if self.live.config.echo {
            return self.echo(at, message);
        }
        if message.is_binary() {
            return self.end(at, End::Close(close::UNSUPPORTED, "text frames only"));
        }
        if socket.pays(now, rate) {
            socket.over_rate = socket.over_rate.saturating_sub(1);
            if let Message::Text(text) = message {
                self.answer(at, &text);
            }
            return;
        }
        socket.over_rate += 1;
        if socket.over_rate > OVER_RATE {
            return self.end(at, End::Close(close::TOO_MANY, "too many messages"));
        }
        if message.is_text() {
            let message = format!("At most {rate} messages a second, {} in a burst. This one was left out.", 2 * rate);
            self.say_text(at, Refusal::new(None, "rate_limited", message).encode());
        }
    }

    /// Sends back what came.
    fn echo(&mut self, at: usize, message: Message) {
        let kind = match message {
            Message::Text(_) => Data::Text,
            Message::Binary(_) => Data::Binary,
            _ => return,
        };
        self.say(at, &frame::wire(WireFrame::message(message.into_data(), OpCode::Data(kind), true)));
    }

    fn answer(&mut self, at: usize, text: &str) {
        let bounds = (self.live.config.min_interval_ms, self.live.config.max_interval_ms);
        let read = request::read(text, bounds);
        let Some(socket) = self.sockets.get_mut(at) else { return };
        socket.misread = if read.is_ok() {
            socket.misread.saturating_sub(1)
        } else {
            socket.misread.saturating_add(1)
        };
        if socket.misread > MISREAD {
            return self.end(at, End::Close(close::TOO_MANY, "too many messages that cannot be read"));
        }
        match read {
            Ok(ClientMessage::GetPortfolioData(asked)) => {
                let (live, viewer) = (self.live.clone(), self.viewer(at));
                self.work(at, async move { snapshot(&live, viewer.as_deref(), asked).await });
            }
            Ok(ClientMessage::StartUpdates(asked)) => {
                let (live, viewer) = (self.live.clone(), self.viewer(at));
                let Some(socket) = self.sockets.get(at) else { return };
                let comes = Comes {
                    shard: self.number,
                    seen: socket.seen,
                    changes: socket.changes,
                    leaves: socket.watch.as_ref().map(|watch| watch.watcher.stream()),
                };
                // A request that breaks costs itself alone.
                match catch_unwind(AssertUnwindSafe(|| start_at_hand(&live, viewer.as_deref(), asked, comes))) {
                    Ok(Ok(answer)) => self.tell(at, answer),
                    Ok(Err(asked)) => self.work(at, async move { start(&live, viewer.as_deref(), asked, comes).await }),
                    Err(_) => self.tell(at, failed()),
                }
            }
            Ok(ClientMessage::StopUpdates(asked)) => {
                self.leave(at);
                if let Some(id) = asked.id {
                    self.say_text(at, ServerMessage::Ack(Ack { id }).encode());
                }
            }
            Err(refusal) => self.say_text(at, refusal.encode()),
        }
    }

    /// Has an answer worked out. Until it is here, nothing else of the socket is heard.
    fn work(&mut self, at: usize, answer: impl Future<Output = Answer> + Send + 'static) {
        let Some(socket) = self.sockets.get_mut(at) else { return };
        let key = Key { at, life: socket.life };
        socket.talk.get_or_insert_default().busy = true;
        let inbox = self.inbox.clone();
        self.live.shutdown.spawn(async move {
            // A request that breaks must not leave its socket unheard for ever.
            let answer = match tokio::spawn(answer).await {
                Ok(answer) => answer,
                Err(_) => failed(),
            };
            inbox.send(Command::Answer(key, Box::new(answer)));
        });
    }

    /// Takes an answer that was worked out.
    pub fn answered(&mut self, key: Key, answer: Answer) {
        let Some(socket) = self.sockets.get_mut(key.at).filter(|socket| socket.life == key.life) else {
            return;
        };
        if let Some(talk) = &mut socket.talk {
            talk.busy = false;
        }
        if socket.phase != Phase::Open {
            return;
        }
        self.tell(key.at, answer);
        self.resume(key.at);
    }

    /// Tells an answer, and what came meanwhile.
    fn tell(&mut self, at: usize, answer: Answer) {
        match answer {
            Answer::Text(text) => self.say_text(at, text),
            Answer::Wire(wire) => self.say(at, &wire),
            Answer::Watch(begun) => self.begin(at, begun),
        }
        self.catch_up(at);
    }

    fn begin(&mut self, at: usize, begun: Begun) {
        let Begun {
            frame,
            mut watcher,
            id,
            is_known,
        } = begun;
        // Only now: a request that is refused leaves what runs as it is.
        self.leave(at);
        if watcher.gone().is_cancelled() {
            return self.say_text(at, not_found(None));
        }
        let Some(socket) = self.sockets.get_mut(at) else { return };
        socket.seen = frame.seq;
        // What it says that it has may be another frame of that number.
        socket.holds = if is_known { frame::NOTHING } else { frame.version };
        let group = self.groups.entry(watcher.stream()).or_default();
        watcher.at = group.len() as u32;
        group.push(at);
        socket.watch = Some(Watch { watcher, missed: None });
        match (id, is_known) {
            (None, true) => {}
            (None, false) => self.say(at, frame.whole()),
            (Some(id), true) => self.say_text(at, ServerMessage::Ack(Ack { id }).encode()),
            (Some(id), false) => {
                // A first frame has it.
                let Some(update) = frame.update else { return };
                let mut update = (*update).clone();
                update.id = Some(id);
                self.say_text(at, update.encode());
            }
        }
    }

    /// Says a message.
    pub fn say_text(&mut self, at: usize, text: String) {
        self.say(at, &frame::text(text));
    }
}

/// How a socket ends after the codec's error; `goodbye` is the code with which the other side closed.
fn end_of(error: &Error, goodbye: u16) -> End {
    match error {
        Error::Capacity(_) => End::Broken(close::TOO_BIG, "the message is too long"),
        Error::Utf8(_) => End::Broken(close::INVALID_TEXT, "the text is not UTF-8"),
        Error::Protocol(_) => End::Broken(close::PROTOCOL_ERROR, "the framing is broken"),
        _ => End::Gone(goodbye),
    }
}
