//! How it looks: what every room draws with, and nothing that knows a room.

pub mod assets;
#[cfg(feature = "browser")]
mod browser;
pub mod chart;
#[cfg(feature = "browser")]
pub mod dom;
pub mod erase;
pub mod form;
pub mod format;
pub mod icon;
pub mod keyboard;
pub mod preference_bar;
pub mod preferences;
pub mod rolling;
#[cfg(feature = "browser")]
pub mod seen;
pub mod sorted;

#[cfg(feature = "browser")]
pub(crate) use browser::{cookies, show};

/// The visitor's cookies: on the server, those of the request that a page is drawn for.
#[cfg(not(feature = "browser"))]
pub(crate) fn cookies() -> String {
    let parts = leptos::prelude::use_context::<http::request::Parts>();
    let header = parts.as_ref().and_then(|parts| parts.headers.get(http::header::COOKIE));
    header.and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}

/// Nobody scrolls on the server.
#[cfg(not(feature = "browser"))]
pub mod seen {
    /// Watches nothing.
    pub fn watch(_rows: &'static str, _tell: impl Fn(Option<(String, bool)>) + Clone + 'static) {}
}

/// Effects do not run on the server: it draws the choices into the page.
#[cfg(not(feature = "browser"))]
pub(crate) fn show(_choices: preferences::Choices, _remember: bool) {}
