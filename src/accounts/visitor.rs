//! Who looks at a page, as far as the page tells.

/// Who looks at a page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Visitor {
    /// Somebody without a session.
    #[default]
    Nobody,
    /// Somebody who tries the program on a portfolio of their own, without a name yet.
    Guest,
    /// Somebody who is signed in, by name.
    User(String),
}

impl Visitor {
    /// Its form in the page's `data-visitor`, by which the client draws the same header; `None` for nobody.
    pub fn attribute(&self) -> Option<String> {
        match self {
            Self::Nobody => None,
            Self::Guest => Some("guest".to_owned()),
            Self::User(name) => Some(String::from("user ") + name),
        }
    }

    /// Reads what [`Self::attribute`] wrote.
    pub fn from_attribute(text: Option<&str>) -> Self {
        match text {
            None => Self::Nobody,
            Some(text) => text.strip_prefix("user ").map_or(Self::Guest, |name| Self::User(name.to_owned())),
        }
    }

    /// Whether there is a session.
    pub fn has_session(&self) -> bool {
        *self != Self::Nobody
    }
}

#[cfg(test)]
mod tests {
    use super::Visitor;

    #[test]
    fn the_page_tells_the_client_who_it_was_drawn_for() {
        for visitor in [
            Visitor::Nobody,
            Visitor::Guest,
            Visitor::User("guest".into()),
            Visitor::User("a b".into()),
        ] {
            assert_eq!(Visitor::from_attribute(visitor.attribute().as_deref()), visitor);
        }
    }
}
