//! What the look needs of a browser: its cookies and the page's root element.

use crate::ui::preferences::Choices;
use leptos::prelude::document;
use wasm_bindgen::JsCast;

/// The text of the page's cookies, as a `Cookie` header has it.
pub fn cookies() -> String {
    let document = document().dyn_into::<web_sys::HtmlDocument>().ok();
    document.and_then(|document| document.cookie().ok()).unwrap_or_default()
}

/// Shows the choices on the page's root, and remembers them where asked.
pub fn show(choices: Choices, remember: bool) {
    if let Some(root) = document().document_element() {
        for (name, value) in choices.attributes() {
            // Both fail only on a name that no attribute can have.
            let _ = match value {
                Some(value) => root.set_attribute(name, value),
                None => root.remove_attribute(name),
            };
        }
    }
    if remember && let Ok(document) = document().dyn_into::<web_sys::HtmlDocument>() {
        // A browser that keeps no cookies still shows the choice until the page is closed.
        let _ = document.set_cookie(&choices.cookie());
    }
}
