//! The few signs that buttons carry, drawn as strokes of the text's colour. Always beside a name, never instead of one.

use leptos::prelude::*;

/// A sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// A half-filled disc: the theme.
    Theme,
    /// A sun: the light theme.
    Sun,
    /// A moon: the dark theme.
    Moon,
    /// An open eye: amounts are shown.
    Eye,
    /// A struck eye: amounts are hidden.
    EyeOff,
    /// Two arrows, up and down: the colours of gain and loss.
    Swap,
    /// A keyboard.
    Keys,
    /// An arrow to the right.
    Forward,
}

impl Sign {
    fn path(self) -> &'static str {
        match self {
            Self::Theme => "M12 3a9 9 0 1 0 0 18zM12 3a9 9 0 0 1 0 18",
            Self::Sun => {
                "M16 12a4 4 0 1 1-8 0 4 4 0 0 1 8 0zM12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4"
            }
            Self::Moon => "M20 14.5A8.5 8.5 0 1 1 9.5 4a6.8 6.8 0 0 0 10.5 10.5z",
            Self::Eye => "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12zM15 12a3 3 0 1 1-6 0 3 3 0 0 1 6 0z",
            Self::EyeOff => {
                "M4 4l16 16M9.9 5.7A9 9 0 0 1 12 5.5c6 0 9.5 6.5 9.5 6.5a16 16 0 0 1-2.7 3.4M6.3 7.3A16 16 0 0 0 2.5 12S6 18.5 12 18.5a9 9 0 0 0 4.5-1.2"
            }
            Self::Swap => "M8 20V4M8 4L4.5 7.5M8 4l3.5 3.5M16 4v16M16 20l-3.5-3.5M16 20l3.5-3.5",
            Self::Keys => {
                "M4 6.5h16a1.5 1.5 0 0 1 1.5 1.5v8a1.5 1.5 0 0 1-1.5 1.5H4A1.5 1.5 0 0 1 2.5 16V8A1.5 1.5 0 0 1 4 6.5zM6.5 10.5h.01M10 10.5h.01M14 10.5h.01M17.5 10.5h.01M8 14h8"
            }
            Self::Forward => "M5 12h14M13 6l6 6-6 6",
        }
    }
}

/// Draws a sign.
#[component]
pub fn Icon(
    /// Which one.
    #[prop(into)]
    sign: Signal<Sign>,
) -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
            <path d=move || sign.get().path() />
        </svg>
    }
}
