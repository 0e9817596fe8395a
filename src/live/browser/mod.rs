//! The browser's end of the socket: it performs what `live::client` decides, and tells the stores what came.

mod link;
mod paint;
mod socket;

use crate::live::client::Event;
use crate::live::store::LiveStore;
use crate::portfolio::store::PortfolioStore;
use leptos::prelude::*;
use std::rc::Rc;

/// Opens the page's connection once the page lives, and closes it with the owner that called this.
pub fn connect(live: LiveStore, portfolio: PortfolioStore) {
    Effect::new(move || {
        // Nothing of this may run again because a signal changed: the link reads what it needs, untracked.
        let link = untrack(|| StoredValue::new_local(link::Link::start(live, portfolio)));
        live.listen(Callback::new(move |event: Event| {
            // A link that was dropped with its page hears nothing more.
            if let Some(link) = link.try_with_value(Rc::clone) {
                link.dispatch(event);
            }
        }));
    });
}
