//! What changed a value, from its beginning to its end: a line a cause. The lines add up as they are shown.

use crate::money::Decimal;
use crate::portfolio::change::Change;
use crate::portfolio::view::figures::parts::{amount, change, table};
use crate::ui::erase::Erase as _;
use leptos::prelude::*;

/// A change, and what it leads to.
#[derive(Clone, Debug)]
pub struct Causes {
    /// By its causes, rounded to `currency`.
    pub change: Change,
    /// The value at the end, rounded so too.
    pub end: Decimal,
    /// ISO 4217 code of all of it.
    pub currency: String,
    /// The heading.
    pub title: &'static str,
    /// What the value at the beginning is called.
    pub beginning: &'static str,
    /// What the value at the end is called.
    pub ending: &'static str,
    /// Dividends that are in the prices already, and so in two lines.
    pub twice: Decimal,
}

/// The table. What did not happen has no line: of a portfolio in one currency no currencies, of a quiet day no income.
pub fn causes(shown: Causes) -> AnyView {
    let Causes {
        change: by,
        end,
        currency,
        title,
        beginning,
        ending,
        twice,
    } = shown;
    let begin = end - by.gain() - by.flows;
    // Prices have their line always.
    let parts = by.parts().into_iter().enumerate();
    let lines = parts.filter(|(at, (_, part))| *at == 0 || !part.is_zero());
    let lines = lines.map(|(_, (name, part))| line(name, change(part, &currency)));
    let rows = [line(beginning, amount(begin, &currency))].into_iter().chain(lines).collect_view();
    let foot = line(ending, amount(end, &currency));
    let mut note = String::from("Prices have the costs of trades in them.");
    if !by.currency.is_zero() {
        note += " Currencies: what was there at the beginning of each day, by what its rate moved.";
    }
    let twice = (!twice.is_zero()).then(|| {
        view! {
            <p class="dim small-print">
                "Dividends of " {amount(twice, &currency)}
                " are in the income, and in the prices a second time: these are adjusted for them. The gain counts them once."
            </p>
        }
    });
    view! {
        <section aria-labelledby="causes" class="causes">
            <h2 id="causes">{title}</h2>
            {table(title, &[("Cause", false), ("Amount", true)], rows.erased(), Some(foot))} <p class="dim small-print">{note}</p> {twice}
        </section>
    }
    .erased()
}

fn line(name: &'static str, figure: AnyView) -> AnyView {
    view! {
        <tr>
            <th scope="row">{name}</th>
            <td class="num">{figure}</td>
        </tr>
    }
    .erased()
}
