//! Parts that the pages of figures share: amounts, tables, links to derivations and to pages of a list.

use crate::money::Decimal;
use crate::portfolio::derivation::Figure;
use crate::portfolio::view::ledger::search::encoded;
use crate::ui::erase::Erase as _;
use crate::ui::format;
use leptos::prelude::*;

/// The class of a gain or a loss.
pub fn tone(amount: Decimal) -> &'static str {
    match amount.cmp(&Decimal::ZERO) {
        std::cmp::Ordering::Less => "loss",
        std::cmp::Ordering::Equal => "",
        std::cmp::Ordering::Greater => "gain",
    }
}

/// An amount of money, which its reader may hide.
pub fn amount(amount: Decimal, currency: &str) -> AnyView {
    view! { <span class="amount">{format::money(amount, currency)}</span> }.erased()
}

/// An amount with its sign and tone.
pub fn change(amount: Decimal, currency: &str) -> AnyView {
    let class = String::from("amount ") + tone(amount);
    view! { <span class=class>{format::signed_money(amount, currency)}</span> }.erased()
}

/// A change in percent; it can be told although amounts are hidden.
pub fn percent(value: Decimal) -> AnyView {
    view! { <span class=tone(value)>{format::signed_percent(value)}</span> }.erased()
}

/// Units, which the reader may hide too: with a price they tell the amount.
pub fn units(quantity: Decimal) -> AnyView {
    view! { <span class="amount">{format::quantity(quantity)}</span> }.erased()
}

/// Stands for a figure that there is not, with why.
pub fn missing(why: impl Into<String>) -> AnyView {
    view! {
        <span class="none" title=why.into()>
            {format::MISSING}
        </span>
    }
    .erased()
}

/// A figure, or why there is none.
pub fn or_missing(figure: Option<AnyView>, why: &str) -> AnyView {
    figure.unwrap_or_else(|| missing(why))
}

/// The address of a portfolio's pages.
pub fn own(portfolio: &str) -> String {
    String::from("/portfolios/") + &encoded(portfolio) + "/"
}

/// Where a figure is derived.
pub fn derivation_of(portfolio: &str, figure: Figure) -> String {
    own(portfolio) + "figures/" + figure.label() + "/"
}

/// Where an activity is found.
pub fn activity_at(portfolio: &str, activity: &str) -> String {
    own(portfolio) + "activities/" + &encoded(activity) + "/"
}

/// A column: its head, and whether numbers stand in it.
pub type Column = (&'static str, bool);

/// A table in its frame, which scrolls on a narrow screen.
pub fn table(label: &str, columns: &[Column], rows: AnyView, foot: Option<AnyView>) -> AnyView {
    let heads = columns.iter().map(|(head, number)| {
        view! {
            <th scope="col" class=number.then_some("num")>
                {*head}
            </th>
        }
    });
    let (region, label) = (label.to_owned(), label.to_owned());
    view! {
        <div class="table-frame" role="group" tabindex="0" aria-label=region>
            <table class="records figures-table">
                <caption class="sr-only">{label}</caption>
                <thead>
                    <tr>{heads.collect_view()}</tr>
                </thead>
                <tbody>{rows}</tbody>
                {foot.map(|foot| view! { <tfoot>{foot}</tfoot> })}
            </table>
        </div>
    }
    .erased()
}

/// Which part of a list is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pages {
    /// The page, from 1.
    pub page: usize,
    /// How many there are.
    pub pages: usize,
    /// Lines of all.
    pub total: usize,
}

impl Pages {
    /// Lines of a page.
    pub const LINES: usize = 100;

    /// The page that was asked for; one beyond the last is the last.
    pub fn of(asked: &str, total: usize) -> Self {
        let pages = total.div_ceil(Self::LINES).max(1);
        let page = asked.parse().unwrap_or(1).clamp(1, pages);
        Self { page, pages, total }
    }

    /// The lines of this page.
    pub fn cut<T>(self, lines: Vec<T>) -> Vec<T> {
        lines.into_iter().skip((self.page - 1) * Self::LINES).take(Self::LINES).collect()
    }

    /// Ways to the pages before and after, where there are any.
    pub fn ways(self, label: &str, address: impl Fn(usize) -> String) -> Option<AnyView> {
        if self.pages < 2 {
            return None;
        }
        let before = (self.page > 1).then(|| view! { <a href=address(self.page - 1)>"Previous"</a> });
        let after = (self.page < self.pages).then(|| view! { <a href=address(self.page + 1)>"Next"</a> });
        let said = String::from("Page ")
            + &self.page.to_string()
            + " of "
            + &self.pages.to_string()
            + ", "
            + &format::count(self.total as u64)
            + " lines";
        Some(
            view! {
                <nav class="ways-on" aria-label=label.to_owned()>
                    {before}
                    <span class="dim">{said}</span>
                    {after}
                </nav>
            }
            .erased(),
        )
    }
}

/// A stretch of days as people say it: `12 d`, `2 y 35 d`.
pub fn held(days: i64) -> String {
    let (years, rest) = (days / 365, days % 365);
    if years > 0 {
        years.to_string() + " y " + &rest.to_string() + " d"
    } else {
        days.to_string() + " d"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_cut_into_pages_and_a_page_beyond_is_the_last() {
        let lines: Vec<usize> = (0..250).collect();
        let pages = |asked| Pages::of(asked, lines.len());
        assert_eq!((pages("").page, pages("9").page, pages("-1").page), (1, 3, 1));
        assert_eq!(pages("3").cut(lines.clone()), (200..250).collect::<Vec<_>>());
        assert_eq!(Pages::of("", 0).cut::<usize>(vec![]), [0; 0]);
        assert_eq!((held(364), held(366)), ("364 d".to_owned(), "1 y 1 d".to_owned()));
    }
}
