//! Single keys that act on a page.

use leptos::ev::{KeyboardEvent, keydown};
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::{Element, HtmlElement};

/// Calls `act` with each key that is meant for the page: not while the reader types, and not with Ctrl, Alt or Meta. Ends
/// with the component that called.
pub fn on_key(act: impl Fn(&str) + 'static) {
    let listener = window_event_listener(keydown, move |event| {
        if !event.ctrl_key() && !event.alt_key() && !event.meta_key() && !event.repeat() && !is_typing(&event) {
            act(&event.key());
        }
    });
    on_cleanup(move || listener.remove());
}

fn is_typing(event: &KeyboardEvent) -> bool {
    let Some(element) = event.target().and_then(|target| target.dyn_into::<Element>().ok()) else {
        return false;
    };
    match element.tag_name().as_str() {
        // A radio or a check box takes no letters.
        "INPUT" => !matches!(element.get_attribute("type").as_deref(), Some("radio" | "checkbox" | "button")),
        "TEXTAREA" | "SELECT" => true,
        _ => element.dyn_ref::<HtmlElement>().is_some_and(HtmlElement::is_content_editable),
    }
}
