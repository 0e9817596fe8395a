//! What a token may do.

/// What a token may do. Each lets through what its name says and nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scope {
    /// See portfolios, what they are worth, instruments and prices.
    PortfoliosRead,
    /// Open, change and delete portfolios; describe instruments, set prices.
    PortfoliosWrite,
    /// See activities and changes; export.
    ActivitiesRead,
    /// Add, change and delete activities; import; undo.
    ActivitiesWrite,
}

impl Scope {
    /// All of them, as a form lists them.
    pub const ALL: [Self; 4] = [
        Self::PortfoliosRead,
        Self::PortfoliosWrite,
        Self::ActivitiesRead,
        Self::ActivitiesWrite,
    ];

    /// Its name on the wire.
    pub fn label(self) -> &'static str {
        match self {
            Self::PortfoliosRead => "portfolios:read",
            Self::PortfoliosWrite => "portfolios:write",
            Self::ActivitiesRead => "activities:read",
            Self::ActivitiesWrite => "activities:write",
        }
    }

    /// What it allows, for a person.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::PortfoliosRead => "See portfolios, what they are worth, instruments and prices",
            Self::PortfoliosWrite => "Open, change and delete portfolios; describe instruments and set prices",
            Self::ActivitiesRead => "See activities and changes, and export",
            Self::ActivitiesWrite => "Add, change and delete activities, import and undo",
        }
    }

    /// The scope of a name.
    pub fn named(label: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.label() == label)
    }

    /// Several, as they are kept: with spaces between.
    pub fn join(scopes: &[Self]) -> String {
        scopes.iter().map(|scope| scope.label()).collect::<Vec<_>>().join(" ")
    }

    /// Reads what [`Self::join`] wrote. A name that is not known allows nothing.
    pub fn split(text: &str) -> Vec<Self> {
        text.split_whitespace().filter_map(Self::named).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Scope;

    #[test]
    fn scopes_come_back_from_their_text_and_unknown_ones_allow_nothing() {
        assert_eq!(Scope::split(&Scope::join(&Scope::ALL)), Scope::ALL);
        assert_eq!(Scope::split("portfolios:read everything"), [Scope::PortfoliosRead]);
    }
}
