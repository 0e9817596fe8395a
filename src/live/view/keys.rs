//! The keys of a page with a connection.

use crate::live::client::Event;
use crate::live::store::LiveStore;
use crate::live::view::controls::{INTERVALS, is_granted, want};
use crate::ui::keyboard::on_key;
use leptos::prelude::*;

/// `s` starts or stops, `1` to `5` choose the interval, `d` opens or closes the debug panel.
pub fn live_keys(live: LiveStore, debug_open: RwSignal<bool>) {
    on_key(move |key| match key {
        "s" => want(live, !live.wanted.get_untracked()),
        "d" => debug_open.update(|open| *open = !*open),
        _ => {
            let chosen = key.parse::<usize>().ok().and_then(|number| INTERVALS.get(number.checked_sub(1)?));
            if let Some((interval_ms, _)) = chosen
                && untrack(|| is_granted(live, *interval_ms))
            {
                live.act(Event::Interval(*interval_ms));
            }
        }
    });
}
