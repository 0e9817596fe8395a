//! The page's connection: the machine, its socket and its clock, and what the stores are told.

use super::paint::Paint;
use super::socket::{Socket, Told, address};
use crate::live::changes;
use crate::live::client::{Action, Connection, Event, Machine};
use crate::live::clock::Clock;
use crate::live::protocol::close::ABNORMAL;
use crate::live::protocol::{ClientMessage, GetPortfolioData, Greeting, PriceUpdate, ServerMessage, StartUpdates, StopUpdates};
use crate::live::sequence::Sequence;
use crate::live::store::LiveStore;
use crate::market::feed::{Feed, FeedStatus};
use crate::portfolio::store::PortfolioStore;
use crate::ui::dom::{Interval, Listener, page_ms};
use leptos::prelude::*;
use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use web_sys::VisibilityState;

/// How often time is looked at, in milliseconds.
const TICK_MS: i32 = 1_000;
/// The same while a countdown is shown.
const COUNTDOWN_TICK_MS: i32 = 250;
/// What is told of a message that is none.
const UNREADABLE: &str = "The server sent a message that this page cannot read.";
/// Marks the update that answers a start, so that the stream before it is not counted with it.
const START: &str = "start";

/// The page's connection. Dropping it closes the socket and stops the timers.
pub struct Link {
    live: LiveStore,
    portfolio: PortfolioStore,
    clock: Clock,
    machine: RefCell<Machine>,
    sequence: RefCell<Sequence>,
    /// The last update of this connection, which the next one changes.
    held: RefCell<Option<PriceUpdate>>,
    /// The number of the last update on the connection before.
    had: Cell<Option<u64>>,
    socket: RefCell<Option<Socket>>,
    timer: RefCell<Option<(i32, Interval)>>,
    listeners: RefCell<Vec<Listener>>,
    paint: Paint,
}

impl Link {
    /// Opens the connection for what the stores want.
    pub fn start(live: LiveStore, portfolio: PortfolioStore) -> Rc<Self> {
        let mut machine = Machine::new(live.interval_ms.get_untracked());
        machine.wanted = live.wanted.get_untracked();
        let link = Rc::new(Self {
            live,
            portfolio,
            clock: Clock::new(page_ms(), js_sys::Date::now()),
            machine: RefCell::new(machine),
            sequence: RefCell::default(),
            held: RefCell::default(),
            had: Cell::default(),
            socket: RefCell::default(),
            timer: RefCell::default(),
            listeners: RefCell::default(),
            paint: Paint::new(live.to_paint),
        });
        live.traffic.update(|traffic| traffic.address = address());
        link.listen();
        link.perform(Action::Connect);
        link.publish();
        link
    }

    /// Lets the machine decide, tells the stores, and performs what it decided.
    pub fn dispatch(self: &Rc<Self>, event: Event) {
        let now = self.now();
        let actions = self.machine.borrow_mut().on(event, now as u64, js_sys::Math::random());
        for action in actions {
            self.perform(action);
        }
        self.publish();
    }

    fn now(&self) -> f64 {
        self.clock.advance(page_ms(), js_sys::Date::now())
    }

    fn listen(self: &Rc<Self>) {
        let window = window();
        let on = |name, event: fn(&Self) -> Option<Event>| {
            let weak = Rc::downgrade(self);
            Listener::new(&window, name, move |_| {
                if let Some(link) = weak.upgrade()
                    && let Some(event) = event(&link)
                {
                    link.dispatch(event);
                }
            })
        };
        let mut listeners = vec![
            on("online", |_| Some(Event::CameBack)),
            on("offline", |_| Some(Event::WentOffline)),
            on("focus", |_| came_back()),
            on("pageshow", |_| came_back()),
            // A page that is kept aside may hold no socket; the machine then comes back with it.
            on("pagehide", |link| {
                let socket = link.socket.take();
                socket.is_some().then_some(Event::Closed(ABNORMAL))
            }),
        ];
        let weak = Rc::downgrade(self);
        listeners.push(Listener::new(&document(), "visibilitychange", move |_| {
            if let (Some(link), Some(event)) = (weak.upgrade(), came_back())
                && document().visibility_state() == VisibilityState::Visible
            {
                link.dispatch(event);
            }
        }));
        self.listeners.replace(listeners);
    }

    fn perform(self: &Rc<Self>, action: Action) {
        match action {
            Action::Connect => self.open(),
            Action::AskData => self.send(&ClientMessage::GetPortfolioData(GetPortfolioData {
                id: None,
                portfolio_id: Some(self.portfolio.id.get_value()),
            })),
            Action::SendStart => {
                self.sequence.borrow_mut().restart();
                let interval_ms = Some(self.machine.borrow().interval_ms);
                self.send(&ClientMessage::StartUpdates(StartUpdates {
                    id: Some(START.into()),
                    portfolio_id: Some(self.portfolio.id.get_value()),
                    interval_ms,
                    seq: self.had.take(),
                }));
            }
            Action::SendStop => self.send(&ClientMessage::StopUpdates(StopUpdates::default())),
            Action::Drop => {
                drop(self.socket.take());
                self.closed(ABNORMAL);
            }
        }
    }

    fn open(self: &Rc<Self>) {
        // The old socket goes first: it must not speak into the new one's life.
        drop(self.socket.take());
        self.held.take();
        if let Some(had) = self.sequence.borrow_mut().restart() {
            self.had.set(Some(had));
        }
        let weak = Rc::downgrade(self);
        match Socket::open(&address(), move |told| hear(&weak, told)) {
            Some(socket) => drop(self.socket.replace(Some(socket))),
            None => self.closed(ABNORMAL),
        }
    }

    fn send(&self, message: &ClientMessage) {
        if let Some(socket) = &*self.socket.borrow() {
            socket.send(&message.encode());
        }
    }

    fn closed(self: &Rc<Self>, code: u16) {
        if self.machine.borrow().is_open() {
            self.live.traffic.update(|traffic| traffic.lost += 1);
        }
        self.dispatch(Event::Closed(code));
    }

    fn received(self: &Rc<Self>, text: String) {
        let arrived = self.arrival();
        let mut skipped = 0;
        match ServerMessage::decode(&text) {
            Ok(ServerMessage::PriceUpdate(update)) => skipped = self.updated(update, arrived),
            Ok(ServerMessage::PortfolioData(answer)) => {
                self.clock.at_least(answer.timestamp.timestamp_millis() as f64);
                self.portfolio.replace(&answer.data);
            }
            Ok(ServerMessage::ConnectionEstablished(established)) => self.greeted(established.data),
            Ok(ServerMessage::FeedStatus(status)) => self.fed(status.data),
            Ok(ServerMessage::Error(error)) => self.failed(error.message),
            Ok(ServerMessage::Ack(_) | ServerMessage::Unknown) => {}
            Err(_) => self.failed(UNREADABLE.into()),
        }
        self.heard(text.len(), skipped, text);
    }

    /// Takes what changed since the last update.
    fn changed(self: &Rc<Self>, frame: &[u8]) {
        let arrived = self.arrival();
        let mut skipped = 0;
        let held = self
            .held
            .take()
            .and_then(|mut held| changes::apply(&mut held, frame).map(|()| held));
        match held {
            Some(update) => skipped = self.updated(update, arrived),
            None => {
                self.failed(UNREADABLE.into());
                // The answer is a whole one.
                self.perform(Action::SendStart);
            }
        }
        self.heard(frame.len(), skipped, format!("\"{} bytes of changed fields\"", frame.len()));
    }

    /// The moment in which something came, by the page's clock and by the link's.
    fn arrival(&self) -> (f64, f64) {
        (page_ms(), self.now())
    }

    fn heard(self: &Rc<Self>, bytes: usize, skipped: u64, message: String) {
        self.live.traffic.update(|traffic| {
            traffic.messages += 1;
            traffic.bytes += bytes as u64;
            traffic.skipped += skipped;
            traffic.last_message = message;
        });
        self.dispatch(Event::Heard);
    }

    /// Shows an update, and returns how many frames before it were skipped.
    fn updated(&self, update: PriceUpdate, (at, now): (f64, f64)) -> u64 {
        let valued = update.timestamp.timestamp_millis() as f64;
        self.clock.at_least(valued);
        self.portfolio.apply(&update.data, update.timestamp);
        let mut sequence = self.sequence.borrow_mut();
        if update.id.is_some() {
            // The answer to a start may be older than the start: neither its number nor its age says anything.
            sequence.restart();
        } else {
            self.live
                .to_receipt
                .update(|latency| latency.record(self.clock.to_server(now) - valued));
        }
        self.paint.after(at);
        let skipped = sequence.take(update.seq);
        self.held.replace(Some(update));
        skipped
    }

    fn greeted(self: &Rc<Self>, greeting: Greeting) {
        self.clock.set_server(greeting.server_time.timestamp_millis() as f64);
        let (shortest, longest) = (greeting.min_interval_ms, greeting.max_interval_ms);
        self.live.bounds_ms.set(Some((shortest, longest)));
        let wanted = self.machine.borrow().interval_ms;
        // A remembered choice may lie outside of what this server grants.
        let granted = wanted.min(longest).max(shortest);
        if granted != wanted {
            self.dispatch(Event::Interval(granted));
        }
        self.fed(greeting.feed);
    }

    fn fed(self: &Rc<Self>, feed: Feed) {
        let live = !matches!(feed.status, FeedStatus::Stale | FeedStatus::Ended);
        if self.live.feed.with_untracked(|old| old.as_ref() != Some(&feed)) {
            self.live.feed.set(Some(feed));
        }
        self.dispatch(Event::Feed { live });
    }

    fn failed(&self, message: String) {
        self.live.traffic.update(|traffic| {
            traffic.errors += 1;
            traffic.last_error = Some(message);
        });
    }

    fn publish(self: &Rc<Self>) {
        let (mut connection, wanted, interval_ms) = {
            let machine = self.machine.borrow();
            (machine.connection.clone(), machine.wanted, machine.interval_ms)
        };
        let mut tick = TICK_MS;
        if let Connection::Reconnecting { at_ms, .. } = &mut connection {
            // The screen has one clock, the server's.
            *at_ms = self.clock.to_server(*at_ms as f64) as u64;
            tick = COUNTDOWN_TICK_MS;
        }
        set_if_changed(self.live.connection, connection);
        set_if_changed(self.live.wanted, wanted);
        set_if_changed(self.live.interval_ms, interval_ms);
        self.tick_each(tick);
    }

    fn tick_each(self: &Rc<Self>, period_ms: i32) {
        if self.timer.borrow().as_ref().is_some_and(|(period, _)| *period == period_ms) {
            return;
        }
        let weak = Rc::downgrade(self);
        let tick = move || {
            if let Some(link) = weak.upgrade() {
                link.show_time();
                link.dispatch(Event::Tick);
            }
        };
        let old = self.timer.replace(Some((period_ms, Interval::new(period_ms, tick))));
        drop(old);
        self.show_time();
    }

    fn show_time(&self) {
        self.live.now_ms.set(Some(self.clock.to_server(self.now()) as i64));
    }
}

/// The reader came back to the page; it says so only where the device has a network.
fn came_back() -> Option<Event> {
    window().navigator().on_line().then_some(Event::CameBack)
}

fn hear(link: &Weak<Link>, told: Told) {
    let Some(link) = link.upgrade() else { return };
    match told {
        Told::Opened => link.dispatch(Event::Opened),
        Told::Text(text) => link.received(text),
        Told::Changes(frame) => link.changed(&frame),
        Told::Closed(code, spread_ms) => {
            drop(link.socket.take());
            if let Some(spread_ms) = spread_ms {
                link.dispatch(Event::Farewell(spread_ms));
            }
            link.closed(code);
        }
    }
}

fn set_if_changed<T: PartialEq + Send + Sync + 'static>(signal: RwSignal<T>, new: T) {
    if signal.with_untracked(|old| *old != new) {
        signal.set(new);
    }
}
