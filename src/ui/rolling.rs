//! A figure whose digits roll when they change: the eye sees which part moved.

use leptos::prelude::*;

/// Shows the text a character at a time, counted from its end, so that a digit keeps its place when the figure grows.
/// For the eye only: beside it stands the same text for those who hear it.
#[component]
pub fn Rolling(
    /// The figure, written.
    #[prop(into)]
    text: Signal<String>,
) -> impl IntoView {
    let places = Memo::new(move |_| text.with(|text| text.chars().count()));
    view! { <For each=move || (0..places.get()).rev() key=|place| *place children=move |place| view! { <Place text=text place=place /> } /> }
}

#[component]
fn Place(text: Signal<String>, place: usize) -> impl IntoView {
    let shown = Memo::new(move |before: Option<&(char, Option<bool>)>| {
        let now = text.with(|text| text.chars().rev().nth(place)).unwrap_or(' ');
        match before {
            Some((character, turn)) if *character == now => (now, *turn),
            // Two turns for one motion, so that two changes in a row are two motions.
            Some((_, turn)) => (now, Some(!turn.unwrap_or(true))),
            None => (now, None),
        }
    });
    let class = move || match shown.get().1 {
        None => "digit",
        Some(false) => "digit rolls-even",
        Some(true) => "digit rolls-odd",
    };
    view! { <span class=class>{move || shown.get().0.to_string()}</span> }
}
