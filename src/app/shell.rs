//! The document around the app.

use crate::app::App;
use leptos::prelude::*;

/// The whole document.
pub fn shell(_options: LeptosOptions) -> impl IntoView {
    view! { <!DOCTYPE html><html lang="en"><head><meta charset="utf-8" /></head><body><App /></body></html> }
}
