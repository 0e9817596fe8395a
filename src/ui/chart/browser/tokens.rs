//! Colours of the page's theme in place of the tokens that an option names.

use leptos::prelude::window;
use web_sys::HtmlElement;

/// Puts the theme's colour in place of each `var(--name)` in the text of an option.
///
/// The browser resolves them at `host`, so that whatever the stylesheet says (another token, `light-dark()`, a mix)
/// arrives as a plain colour, which a canvas takes as it is.
pub fn resolve(option: &str, host: &HtmlElement) -> String {
    let mut resolved = String::with_capacity(option.len() + 512);
    let mut rest = option;
    let style = host.style();
    let computed = window().get_computed_style(host).ok().flatten();
    while let Some(start) = rest.find("var(--") {
        let (before, from) = rest.split_at(start);
        resolved.push_str(before);
        let Some(end) = from.find(')') else { break };
        let (token, after) = from.split_at(end + 1);
        let _ = style.set_property("color", token);
        let colour = computed.as_ref().and_then(|computed| computed.get_property_value("color").ok());
        resolved.push_str(colour.as_deref().unwrap_or("gray"));
        rest = after;
    }
    let _ = style.remove_property("color");
    resolved.push_str(rest);
    resolved
}
