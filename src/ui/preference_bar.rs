//! The buttons that change how the page looks.

use crate::ui::icon::{Icon, Sign};
use crate::ui::keyboard::on_key;
use crate::ui::preferences::{Preferences, Theme};
use leptos::prelude::*;

/// Theme, amounts and colours, each a button and, for the first two, a key (`t`, `h`).
#[component]
pub fn PreferenceBar() -> impl IntoView {
    let Preferences {
        theme,
        amounts_hidden,
        colours_swapped,
    } = Preferences::of_page();
    let next_theme = move || theme.update(|theme| *theme = theme.next());
    let toggle = |signal: RwSignal<bool>| move || signal.update(|on| *on = !*on);
    let toggle_amounts = toggle(amounts_hidden);
    let toggle_colours = toggle(colours_swapped);
    on_key(move |key| match key {
        "t" => next_theme(),
        "h" => toggle_amounts(),
        _ => {}
    });
    let theme_sign = Signal::derive(move || match theme.get() {
        Theme::System => Sign::Theme,
        Theme::Light => Sign::Sun,
        Theme::Dark => Sign::Moon,
    });
    let eye = Signal::derive(move || if amounts_hidden.get() { Sign::EyeOff } else { Sign::Eye });
    let theme_name = move || String::from("Theme: ") + theme.get().name();
    view! {
        <button type="button" class="icon-button" on:click=move |_| next_theme() aria-label=theme_name title=theme_name>
            <Icon sign=theme_sign />
        </button>
        <button
            type="button"
            class="icon-button"
            on:click=move |_| toggle_amounts()
            aria-pressed=move || amounts_hidden.get().to_string()
            aria-label="Hide amounts"
            title="Hide amounts"
        >
            <Icon sign=eye />
        </button>
        <button
            type="button"
            class="icon-button"
            on:click=move |_| toggle_colours()
            aria-pressed=move || colours_swapped.get().to_string()
            aria-label="Blue and orange in place of green and red"
            title="Blue and orange in place of green and red"
        >
            <Icon sign=Sign::Swap />
        </button>
    }
}
