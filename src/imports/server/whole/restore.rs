//! Bringing an account back: what would be added, and adding it, whole or not at all.

use super::Whole;
use crate::imports::server::mappings::Mappings;
use crate::portfolio::server::ledger::{Everything, Ledger, LedgerError, There};
use crate::portfolio::settings::NAME_CHARACTERS;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// What becomes of a portfolio whose name its owner has already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Taken {
    /// Nothing at all comes back.
    #[default]
    Refuse,
    /// It stays out; what is there stays as it is.
    LeaveOut,
    /// It comes back beside the other, under a name with a number.
    Beside,
}

impl Taken {
    /// By its name.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "refuse" => Self::Refuse,
            "leave_out" => Self::LeaveOut,
            "beside" => Self::Beside,
            _ => return None,
        })
    }
}

/// A portfolio of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Coming {
    /// Its name in the file.
    pub name: String,
    /// Currency of its totals.
    pub base_currency: String,
    /// Lines of its ledger.
    pub activities: u64,
    /// Whether the name is taken.
    pub taken: bool,
    /// The name that it comes back under; `None` where it stays out.
    pub comes_as: Option<String>,
}

/// How much of a list is new.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counted {
    /// What comes back.
    pub new: u64,
    /// What is there already, and stays as it is.
    pub known: u64,
}

/// What bringing an account back adds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// Its portfolios.
    pub portfolios: Vec<Coming>,
    /// Descriptions of instruments.
    pub instruments: Counted,
    /// Prices.
    pub prices: Counted,
    /// Readings of columns, those that are there already among them.
    pub columns: u64,
}

impl Plan {
    /// What a file adds to what is there.
    pub fn new(whole: &Whole, there: &There, taken: Taken) -> Self {
        let everything = &whole.everything;
        let mut names: HashSet<String> = there.names.clone();
        names.extend(everything.portfolios.iter().map(|(settings, _)| settings.name.clone()));
        let portfolios = everything.portfolios.iter().map(|(settings, activities)| {
            let name = settings.name.clone();
            let is_taken = there.names.contains(&name);
            let comes_as = match taken {
                _ if !is_taken => Some(name.clone()),
                Taken::Beside => {
                    let beside = beside(&name, &names);
                    names.insert(beside.clone());
                    Some(beside)
                }
                Taken::Refuse | Taken::LeaveOut => None,
            };
            Coming {
                name,
                base_currency: settings.terms.base_currency.clone(),
                activities: activities.len() as u64,
                taken: is_taken,
                comes_as,
            }
        });
        let portfolios = portfolios.collect();
        let counted = |all: usize, known: usize| Counted {
            new: (all - known) as u64,
            known: known as u64,
        };
        let instruments = everything.instruments.iter().filter(|one| there.symbols.contains(&one.symbol));
        let prices = everything.prices.iter();
        let prices = prices.filter(|one| there.prices.contains(&(one.symbol.clone(), one.day.to_string())));
        Self {
            portfolios,
            instruments: counted(everything.instruments.len(), instruments.count()),
            prices: counted(everything.prices.len(), prices.count()),
            columns: whole.columns.len() as u64,
        }
    }

    /// The names that are taken, for a person.
    pub fn taken(&self) -> Vec<&str> {
        self.portfolios
            .iter()
            .filter(|one| one.taken)
            .map(|one| one.name.as_str())
            .collect()
    }

    /// Portfolios that come back.
    pub fn coming(&self) -> u64 {
        self.portfolios.iter().filter(|one| one.comes_as.is_some()).count() as u64
    }
}

/// The name with the first number that nobody has.
fn beside(name: &str, names: &HashSet<String>) -> String {
    let numbered = |number: u64| {
        let end = format!(" ({number})");
        let kept: String = name.chars().take(NAME_CHARACTERS - end.len()).collect();
        kept.trim_end().to_owned() + &end
    };
    let mut number = 2;
    while names.contains(&numbered(number)) {
        number += 1;
    }
    numbered(number)
}

/// Brings an account back: all that the plan says, or nothing. Returns what was added, and the identities of the portfolios that
/// came back, in their order.
///
/// # Errors
/// A name is taken and nothing was said about it, or the user would have too many portfolios: nothing is changed.
pub async fn restore(
    ledger: &Ledger,
    mappings: &Mappings,
    user: &str,
    label: &str,
    whole: Whole,
    taken: Taken,
) -> Result<(Plan, Vec<String>), LedgerError> {
    let (mut change, there) = ledger.begin_bringing_back(user).await?;
    let plan = Plan::new(&whole, &there, taken);
    let names = plan.taken();
    if taken == Taken::Refuse && !names.is_empty() {
        return Err(LedgerError::Conflict(refusal(&names)));
    }
    let Everything {
        portfolios,
        instruments,
        prices,
    } = whole.everything;
    let portfolios = portfolios
        .into_iter()
        .zip(&plan.portfolios)
        .filter_map(|((mut settings, activities), coming)| {
            settings.name = coming.comes_as.clone()?;
            Some((settings, activities))
        });
    let everything = Everything {
        portfolios: portfolios.collect(),
        instruments,
        prices,
    };
    let opened = ledger.bring_back(&mut change, user, label, &everything).await?;
    mappings.bring_back(&mut change, user, &whole.columns).await?;
    ledger.end_bringing_back(change, user).await?;
    Ok((plan, opened))
}

/// Says which names are taken.
pub fn refusal(names: &[&str]) -> String {
    let named: Vec<_> = names.iter().take(10).map(|name| format!("“{name}”")).collect();
    let more = names.len() - named.len();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!(
        "You have portfolios of these names already: {}{more}. Say whether they stay out or come back beside yours.",
        named.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::portfolio::book::Terms;
    use crate::portfolio::settings::Settings;

    fn whole(names: &[&str]) -> Whole {
        let portfolios = names.iter().map(|name| {
            let settings = Settings {
                name: (*name).to_owned(),
                terms: Terms::in_currency("EUR"),
                benchmark: None,
            };
            (settings, vec![])
        });
        Whole {
            everything: Everything {
                portfolios: portfolios.collect(),
                ..Everything::default()
            },
            columns: vec![],
        }
    }

    #[test]
    fn a_name_that_is_taken_gets_a_number_that_nobody_has() {
        let long = "x".repeat(NAME_CHARACTERS);
        let there = There {
            names: ["Main", "Main (2)", &long].map(str::to_owned).into(),
            ..There::default()
        };
        let file = whole(&["Main", "Main (3)", "Main", "Other", &long]);
        let comes = |taken| {
            let plan = Plan::new(&file, &there, taken);
            plan.portfolios.into_iter().map(|one| one.comes_as).collect::<Vec<_>>()
        };
        let named = |name: &str| Some(name.to_owned());
        let cut = format!("{} (2)", "x".repeat(NAME_CHARACTERS - 4));
        let other = [named("Main (4)"), named("Main (3)"), named("Main (5)"), named("Other"), Some(cut)];
        assert_eq!(comes(Taken::Beside), other);
        assert_eq!(comes(Taken::LeaveOut), [None, named("Main (3)"), None, named("Other"), None]);
        assert_eq!(comes(Taken::Refuse), comes(Taken::LeaveOut));
    }
}
