//! One file a page, and what the pages share.

pub mod home;
pub mod live_portfolio;
pub mod not_found;
mod watched;

/// Which page an address leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// What FinFlow is.
    Home,
    /// The portfolio, live.
    LivePortfolio,
    /// One that the server draws whole.
    Drawn,
    /// Nothing.
    NotFound,
}

impl Page {
    /// The page at a path, with or without its last slash.
    pub fn at(path: &str) -> Self {
        match path.trim_end_matches('/') {
            "" => Self::Home,
            "/live-portfolio" => Self::LivePortfolio,
            _ => Self::NotFound,
        }
    }

    /// The title of its document.
    pub fn title(self) -> &'static str {
        match self {
            Self::Home => "FinFlow: the live portfolio monitor that you run yourself",
            Self::LivePortfolio => "Live portfolio · FinFlow",
            Self::Drawn => "FinFlow",
            Self::NotFound => "Not found · FinFlow",
        }
    }

    /// Whether it shows figures.
    pub fn has_figures(self) -> bool {
        matches!(self, Self::Home | Self::LivePortfolio)
    }
}

#[cfg(test)]
mod tests {
    use super::Page;

    #[test]
    fn a_last_slash_makes_no_difference() {
        for (path, page) in [
            ("/", Page::Home),
            ("", Page::Home),
            ("/live-portfolio", Page::LivePortfolio),
            ("/live-portfolio/", Page::LivePortfolio),
            ("/live", Page::NotFound),
            ("/live-portfolio/x", Page::NotFound),
        ] {
            assert_eq!(Page::at(path), page, "{path}");
        }
    }
}
