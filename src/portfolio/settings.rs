//! What an owner decides about a portfolio, and the bounds of it.

use crate::portfolio::book::Terms;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Characters of a name.
pub const NAME_CHARACTERS: usize = 100;
/// Characters of a symbol.
pub const SYMBOL_CHARACTERS: usize = 100;
/// Most characters of a sector's name.
pub const SECTOR_CHARACTERS: usize = 60;

/// A field that cannot be accepted, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Invalid {
    /// Name of the field.
    pub field: &'static str,
    /// What is wrong, and what is accepted; for a person.
    pub reason: String,
}

impl Invalid {
    /// The field and the reason.
    pub fn new(field: &'static str, reason: impl Into<String>) -> Self {
        Self {
            field,
            reason: reason.into(),
        }
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.reason)
    }
}

/// What an owner decides about a portfolio.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// Its name, as its owner calls it.
    pub name: String,
    /// How it is accounted for.
    #[serde(flatten)]
    pub terms: Terms,
    /// Symbol of what its performance is held against.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub benchmark: Option<String>,
}

impl Settings {
    /// Whether every field is within its bounds.
    ///
    /// # Errors
    /// The first field that is not.
    pub fn check(&self) -> Result<(), Invalid> {
        text("name", &self.name, 1, NAME_CHARACTERS)?;
        currency("base_currency", &self.terms.base_currency)?;
        self.benchmark
            .as_ref()
            .map_or(Ok(()), |symbol| text("benchmark", symbol, 1, SYMBOL_CHARACTERS))
    }
}

/// Whether a text has from `least` to `most` characters, none of them a control character, and no space around it.
///
/// # Errors
/// It has not.
pub fn text(field: &'static str, text: &str, least: usize, most: usize) -> Result<(), Invalid> {
    let length = text.chars().count();
    if !(least..=most).contains(&length) {
        return Err(Invalid::new(
            field,
            format!("{length} characters; from {least} to {most} are accepted"),
        ));
    }
    if text.chars().any(|one| one.is_control() && one != '\n' && one != '\t') {
        return Err(Invalid::new(field, "holds a control character"));
    }
    if text.trim() != text {
        return Err(Invalid::new(field, "begins or ends with a space"));
    }
    Ok(())
}

/// Whether a text looks like an ISO 4217 code or a coin's: three to ten capital letters and digits.
///
/// # Errors
/// It does not.
pub fn currency(field: &'static str, code: &str) -> Result<(), Invalid> {
    let fits = (3..=10).contains(&code.len()) && code.bytes().all(|one| one.is_ascii_uppercase() || one.is_ascii_digit());
    if fits {
        return Ok(());
    }
    let shown: String = code.chars().take(20).collect();
    Err(Invalid::new(
        field,
        format!("{shown:?} is no currency; an ISO 4217 code such as EUR is accepted"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_beyond_its_bound_is_named() {
        let good = Settings {
            name: "Pension".into(),
            terms: Terms::in_currency("EUR"),
            benchmark: None,
        };
        assert_eq!(good.check(), Ok(()));
        let field = |settings: Settings| settings.check().unwrap_err().field;
        let named = |name: &str| Settings {
            name: name.into(),
            ..good.clone()
        };
        assert_eq!(field(named("")), "name");
        assert_eq!(field(named(&"x".repeat(101))), "name");
        assert_eq!(field(named(" x")), "name");
        assert_eq!(field(named("a\u{0}b")), "name");
        for code in ["", "eur", "EURO EURO", "€", "EU"] {
            let terms = Terms::in_currency(code);
            assert_eq!(field(Settings { terms, ..good.clone() }), "base_currency", "{code}");
        }
        assert_eq!(
            field(Settings {
                benchmark: Some(String::new()),
                ..good
            }),
            "benchmark"
        );
    }
}
