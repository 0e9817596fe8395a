//! How the client takes over what the server drew.

use crate::app::browser::{drawn, visitor};
use crate::app::chrome::{PageHeader, PageHeaderProps};
use crate::app::pages::Page;
use crate::app::{App, HEADER_ID};
use crate::ui::preferences::Preferences;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast as _;

/// Takes over the page that the server drew: all of it, or its header where the server draws the rest.
pub fn take_over() {
    let header = document().get_element_by_id(HEADER_ID).and_then(|element| element.dyn_into().ok());
    match header {
        Some(header) => leptos::mount::hydrate_from(header, || {
            Preferences::provide();
            PageHeader(PageHeaderProps {
                page: Page::Drawn,
                visitor: visitor(),
            })
        })
        .forget(),
        None => {
            let page = drawn();
            leptos::mount::hydrate_body(move || App(page));
        }
    }
}
