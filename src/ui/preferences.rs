//! How the reader wants the page: theme, hidden amounts, colours. Remembered in a cookie, so that the server draws the
//! page that way at once and nothing flashes.

use crate::ui::format::HIDDEN;
use leptos::prelude::*;

/// Name of the cookie.
const COOKIE: &str = "finflow_view";

/// Which colours the page has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// The device's.
    #[default]
    System,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

impl Theme {
    /// The name for a person, and for the page's `data-theme`.
    pub fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The theme that comes after this one.
    pub fn next(self) -> Self {
        match self {
            Self::System => Self::Light,
            Self::Light => Self::Dark,
            Self::Dark => Self::System,
        }
    }
}

/// What was chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Choices {
    /// Which colours the page has.
    pub theme: Theme,
    /// Whether amounts are hidden. Percentages and public prices stay.
    pub amounts_hidden: bool,
    /// Whether gain and loss are blue and orange in place of green and red.
    pub colours_swapped: bool,
}

impl Choices {
    /// Reads the text of a `Cookie` header. What it does not know is left out: an old page's choice harms no new one.
    pub fn from_cookies(header: &str) -> Self {
        let mut choices = Self::default();
        let value = header.split(';').find_map(|pair| {
            let (name, value) = pair.split_once('=')?;
            (name.trim() == COOKIE).then(|| value.trim())
        });
        for word in value.unwrap_or_default().split('.') {
            match word {
                "light" => choices.theme = Theme::Light,
                "dark" => choices.theme = Theme::Dark,
                "hidden" => choices.amounts_hidden = true,
                "swapped" => choices.colours_swapped = true,
                _ => {}
            }
        }
        choices
    }

    /// The cookie that remembers the choices for a year.
    pub fn cookie(self) -> String {
        let mut cookie = String::from(COOKIE) + "=" + self.theme.name();
        if self.amounts_hidden {
            cookie.push_str(".hidden");
        }
        if self.colours_swapped {
            cookie.push_str(".swapped");
        }
        cookie + "; Path=/; Max-Age=31536000; SameSite=Lax"
    }

    /// The page's `data-*` attributes, by name; `None` where the attribute is absent.
    pub fn attributes(self) -> [(&'static str, Option<&'static str>); 3] {
        let theme = (self.theme != Theme::System).then(|| self.theme.name());
        [
            ("data-theme", theme),
            ("data-amounts", self.amounts_hidden.then_some("hidden")),
            ("data-colours", self.colours_swapped.then_some("swapped")),
        ]
    }
}

/// The choices as signals, in every page's context.
#[derive(Clone, Copy, Debug)]
pub struct Preferences {
    /// Which colours the page has.
    pub theme: RwSignal<Theme>,
    /// Whether amounts are hidden.
    pub amounts_hidden: RwSignal<bool>,
    /// Whether gain and loss are blue and orange.
    pub colours_swapped: RwSignal<bool>,
}

impl Preferences {
    /// Puts the visitor's choices into the context, and remembers each later one.
    pub fn provide() -> Self {
        let preferences = Self::new(Choices::from_cookies(&crate::ui::cookies()));
        provide_context(preferences);
        Effect::new(move |before: Option<Choices>| {
            let choices = preferences.choices();
            // The first run shows what the page was drawn with (a page without a server was not); nothing new to keep.
            crate::ui::show(choices, before.is_some());
            choices
        });
        preferences
    }

    /// The choices of this page; the defaults outside of one.
    pub fn of_page() -> Self {
        use_context().unwrap_or_else(|| Self::new(Choices::default()))
    }

    fn new(choices: Choices) -> Self {
        Self {
            theme: RwSignal::new(choices.theme),
            amounts_hidden: RwSignal::new(choices.amounts_hidden),
            colours_swapped: RwSignal::new(choices.colours_swapped),
        }
    }

    fn choices(self) -> Choices {
        Choices {
            theme: self.theme.get(),
            amounts_hidden: self.amounts_hidden.get(),
            colours_swapped: self.colours_swapped.get(),
        }
    }

    /// The text of an amount, or bullets while amounts are hidden.
    pub fn veil(self, text: impl Fn() -> String) -> String {
        if self.amounts_hidden.get() { HIDDEN.to_owned() } else { text() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_survive_their_cookie() {
        for theme in [Theme::System, Theme::Light, Theme::Dark] {
            for bits in 0..4 {
                let choices = Choices {
                    theme,
                    amounts_hidden: bits & 1 > 0,
                    colours_swapped: bits & 2 > 0,
                };
                let cookie = choices.cookie();
                let pair = cookie.split(';').next().unwrap_or_default();
                assert_eq!(Choices::from_cookies(&format!("a=b; {pair}; c=d")), choices);
            }
        }
    }

    #[test]
    fn nonsense_is_the_default() {
        for header in ["", "finflow_view", "finflow_view=", "finflow_view=pink.42", "xfinflow_view=dark"] {
            assert_eq!(Choices::from_cookies(header), Choices::default(), "{header}");
        }
    }

    #[test]
    fn the_page_carries_only_what_differs() {
        assert_eq!(Choices::default().attributes().map(|(_, value)| value), [None, None, None]);
        let dark = Choices::from_cookies("finflow_view=dark.hidden.swapped");
        assert_eq!(
            dark.attributes().map(|(_, value)| value),
            [Some("dark"), Some("hidden"), Some("swapped")]
        );
    }
}
