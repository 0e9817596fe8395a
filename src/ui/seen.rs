//! Which rows of a long table a reader can see, or soon will: what nobody sees need not be drawn anew.
//!
//! The style sheet lets a browser skip rows that are out of view (`content-visibility`); the browser says which.

use crate::ui::dom::Listener;
use js_sys::Reflect;
use leptos::prelude::*;
use leptos::wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{Element, Event};

/// Tells of each row of the element that the selector `rows` finds, by the text of its first cell, when it comes into view (true) and
/// when it leaves (false); `None` of all rows at once: for a browser that skips none, and on paper. It listens for as long as its
/// owner lives.
pub fn watch(rows: &'static str, tell: impl Fn(Option<(String, bool)>) + Clone + 'static) {
    let listeners = StoredValue::new_local(None);
    Effect::new(move || {
        let Ok(Some(rows)) = document().query_selector(rows) else { return };
        let skips = Reflect::has(&window(), &"ContentVisibilityAutoStateChangeEvent".into()) == Ok(true);
        if !skips {
            return tell(None);
        }
        let tell = tell.clone();
        let hear = move |event: Event| {
            // Before printing the window itself tells.
            let row: Option<Element> = event.target().and_then(|row| row.dyn_into().ok());
            let first = row.and_then(|row| row.first_element_child()?.text_content());
            let skipped = Reflect::get(&event, &"skipped".into()) == Ok(JsValue::TRUE);
            tell(first.map(|first| (first, !skipped)));
        };
        let heard = Listener::new(&rows, "contentvisibilityautostatechange", hear.clone());
        listeners.set_value(Some((heard, Listener::new(&window(), "beforeprint", hear))));
        // From here on rows are skipped, so that of each is told.
        let _ = rows.set_attribute("data-skips", "");
    });
}
