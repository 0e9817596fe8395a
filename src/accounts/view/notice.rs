//! A page that says one thing, and the next step.

use crate::ui::erase::Erase as _;
use leptos::prelude::*;

/// What is said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// The page's title.
    pub title: &'static str,
    /// What happened, and what was not changed.
    pub text: String,
    /// Where to go on, and its name.
    pub way: (String, &'static str),
}

/// The page.
pub fn notice(said: Notice) -> AnyView {
    let (address, name) = said.way;
    view! {
        <div class="page plain-page">
            <h1>{said.title}</h1>
            <p class="lead">{said.text}</p>
            <p>
                <a href=address class="button primary">
                    {name}
                </a>
            </p>
        </div>
    }
    .erased()
}
