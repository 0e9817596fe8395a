//! What a person types into the forms of a ledger, and what it becomes.

pub mod activity;
pub mod number;
pub mod things;
pub mod trial;

use crate::money::Decimal;
use crate::portfolio::settings::Invalid;

/// The fields of a form as they were sent, in their order. A name may stand several times.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Typed(pub Vec<(String, String)>);

impl Typed {
    /// What stands in a field, without the space around it; nothing where it was not sent.
    pub fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(one, _)| one == name).map_or("", |(_, text)| text.trim())
    }

    /// All that was sent under a name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(one, _)| one == name).map(|(_, text)| text.trim())
    }

    /// Whether a box is ticked.
    pub fn ticked(&self, name: &str) -> bool {
        self.0.iter().any(|(one, _)| one == name)
    }

    /// Adds a field.
    pub fn with(mut self, name: &str, text: impl Into<String>) -> Self {
        self.0.push((name.to_owned(), text.into()));
        self
    }

    /// A figure, or nothing where nothing was typed; what is wrong with it is kept.
    fn figure(&self, name: &'static str, errors: &mut Errors) -> Option<Decimal> {
        number::read(self.get(name)).unwrap_or_else(|reason| {
            errors.add(name, reason);
            None
        })
    }
}

/// What is wrong with a form, in the order of its fields: a field has one error at the most.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Errors(Vec<Invalid>);

impl Errors {
    /// Keeps an error, unless its field has one.
    pub fn add(&mut self, field: &'static str, reason: impl Into<String>) {
        if self.of(field).is_none() {
            self.0.push(Invalid::new(field, reason));
        }
    }

    /// What is wrong with a field.
    pub fn of(&self, field: &str) -> Option<String> {
        self.0.iter().find(|one| one.field == field).map(|one| one.reason.clone())
    }

    /// Whether a field is the first with an error among the fields of a page, given in the page's order.
    pub fn is_first(&self, field: &str, order: &[&str]) -> bool {
        order.iter().find(|one| self.of(one).is_some()).is_some_and(|one| *one == field)
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each of them.
    pub fn all(&self) -> &[Invalid] {
        &self.0
    }
}

impl From<Invalid> for Errors {
    fn from(invalid: Invalid) -> Self {
        Self(vec![invalid])
    }
}
