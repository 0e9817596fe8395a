//! What tells a chart that its element has another size, or the page another theme.

use crate::ui::dom::Listener;
use leptos::prelude::{document, window};
use std::rc::Rc;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{HtmlElement, MutationObserver, MutationObserverInit, ResizeObserver};

/// What the page's root carries of its theme, and whether amounts are hidden.
const THEME: [&str; 4] = ["data-theme", "data-colours", "data-amounts", "class"];

/// Tells of sizes and themes until it is dropped.
pub struct Watching {
    sizes: ResizeObserver,
    themes: MutationObserver,
    _device: Option<Listener>,
    _callbacks: [Closure<dyn FnMut()>; 2],
}

impl Watching {
    /// Calls `resize` when `host` has another size, and `restyle` when the theme is another. `None` where the browser cannot tell.
    pub fn new(host: &HtmlElement, resize: impl FnMut() + 'static, restyle: impl Fn() + 'static) -> Option<Self> {
        let restyle = Rc::new(restyle);
        let again = Rc::clone(&restyle);
        let resize = Closure::<dyn FnMut()>::new(resize);
        let restyle = Closure::<dyn FnMut()>::new(move || restyle());
        let sizes = ResizeObserver::new(resize.as_ref().unchecked_ref()).ok()?;
        let themes = MutationObserver::new(restyle.as_ref().unchecked_ref()).ok()?;
        sizes.observe(host);
        if let Some(root) = document().document_element() {
            let what = MutationObserverInit::new();
            what.set_attributes(true);
            what.set_attribute_filter(&THEME.map(wasm_bindgen::JsValue::from_str).iter().collect::<js_sys::Array>());
            let _ = themes.observe_with_options(&root, &what);
        }
        let dark = window().match_media("(prefers-color-scheme: dark)").ok().flatten();
        Some(Self {
            sizes,
            themes,
            _device: dark.map(|dark| Listener::new(&dark, "change", move |_| again())),
            _callbacks: [resize, restyle],
        })
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        self.sizes.disconnect();
        self.themes.disconnect();
    }
}
