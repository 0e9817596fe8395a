//! The engine in WebAssembly, one piece of work a call, for `in_wasm.mjs`, which has a clock: the ledger is made, then booked,
//! then valued, then ticked a thousand times, and so on from the booking.

mod made;

use finflow_app::money::Decimal;
use finflow_app::portfolio::activity::Activity;
use finflow_app::portfolio::book::{Book, Terms};
use finflow_app::portfolio::mark::MarkedBook;
use made::{ledger, made_up, price, rate, today};
use std::cell::RefCell;
use std::sync::Arc;

enum Done {
    Nothing,
    Made(Vec<Arc<Activity>>),
    Booked(Vec<Arc<Activity>>, Book),
    Valued(Vec<Arc<Activity>>, MarkedBook),
}

thread_local! {
    static DONE: RefCell<Done> = const { RefCell::new(Done::Nothing) };
}

fn main() {
    DONE.with_borrow_mut(|done| {
        *done = match std::mem::replace(done, Done::Nothing) {
            Done::Nothing => Done::Made(ledger(10_000)),
            Done::Made(ledger) => {
                let book = Book::new(Terms::in_currency("USD"), ledger.iter().cloned(), &made_up);
                Done::Booked(ledger, book)
            }
            Done::Booked(ledger, book) => Done::Valued(ledger, MarkedBook::new(&book, today(), price, rate)),
            Done::Valued(ledger, mut marked) => {
                for cents in 0..1_000 {
                    marked.set_price("I7", Decimal::new(12_345 + cents % 100, 2));
                }
                Done::Made(ledger)
            }
        };
    });
}
