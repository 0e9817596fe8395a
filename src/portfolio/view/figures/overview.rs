//! What a portfolio is worth: totals, what is wrong with its ledger, and what is held.

use crate::money::Decimal;
use crate::portfolio::change::Change;
use crate::portfolio::derivation::Figure;
use crate::portfolio::valuation::{Gains, Valuation};
use crate::portfolio::view::figures::causes::{Causes, causes};
use crate::portfolio::view::figures::parts::{activity_at, amount, change, derivation_of, missing, own, percent, table};
use crate::portfolio::view::figures::positions::{Gone, Row, gone, positions};
use crate::portfolio::view::ledger::{Head, parts};
use crate::portfolio::view::tabs::Tab;
use crate::ui::erase::Erase as _;
use crate::ui::form::{Banner, Tone};
use crate::ui::format;
use leptos::prelude::*;

/// Problems and carried rates that are listed.
const LISTED: usize = 20;

/// An activity that the page names, with what is to be known of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named {
    /// Its portfolio.
    pub portfolio: String,
    /// Its identity.
    pub activity: String,
    /// Its day and what it does.
    pub what: String,
    /// What is to be known.
    pub said: String,
}

/// A portfolio among all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// Its identity.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its value, day change and total gain in the base currency of all.
    pub figures: [Decimal; 3],
}

/// What the page shows.
#[derive(Clone, Debug)]
pub struct Overview {
    /// Of which portfolio.
    pub head: Head,
    /// The same figures as the live page's.
    pub valuation: Valuation,
    /// When they were made.
    pub as_of: String,
    /// The time-weighted return in percent, and whether it is a year's; or why there is none.
    pub twr: Result<(Decimal, bool), String>,
    /// The money-weighted return a year in percent, or why there is none.
    pub mwr: Result<Decimal, String>,
    /// Positions and cash.
    pub rows: Vec<Row>,
    /// What was held once.
    pub gone: Vec<Gone>,
    /// The portfolios that are shown as one.
    pub lines: Vec<Line>,
    /// What could not be booked.
    pub problems: Vec<Named>,
    /// What was booked at the rate of an earlier day.
    pub carried: Vec<Named>,
}

/// The page.
pub fn overview(shown: Overview) -> AnyView {
    let head = parts::head(&shown.head, &shown.head.name, Tab::Overview, None);
    let problems = problems(&shown);
    if shown.rows.is_empty() && shown.gone.is_empty() && shown.head.activities == 0 {
        return view! { <div class="page drawn-page">{head} {empty(&shown.head.id)}</div> }.erased();
    }
    let base = shown.valuation.base_currency.clone();
    let id = shown.head.id.clone();
    let as_of = String::from("In ") + &base + ", as of " + &shown.as_of + ". Each figure leads to how it came about.";
    // Where it is the prices alone, the day change says it all.
    let today = shown.valuation.change_by.filter(Change::tells_more).map(|change| {
        causes(Causes {
            change,
            end: shown.valuation.total_value,
            currency: base.clone(),
            title: "Today",
            beginning: "Value at the previous close",
            ending: "Value now",
            twice: Decimal::ZERO,
        })
    });
    view! {
        <div class="page drawn-page">
            {head}
            {problems}
            <section aria-label="Totals">
                {totals(&shown)}
                <p class="dim small-print">{as_of}</p>
            </section>
            {today}
            {together(&shown.lines, &base)}
            {positions(&id, &base, &shown.rows, &shown.valuation)}
            {gone(&id, &base, &shown.gone)}
            {carried(&shown.carried)}
        </div>
    }
    .erased()
}

fn empty(id: &str) -> AnyView {
    view! {
        <div class="nothing-yet">
            <p class="lead">"Nothing is here yet. Add what you did, and its worth and gains stand here."</p>
            <p>
                <a class="button primary" href=own(id) + "activities/new/">
                    "Add the first activity"
                </a>
            </p>
        </div>
    }
    .erased()
}

/// A figure that opens its derivation.
fn figure(id: &str, of: Figure, name: &'static str, shown: AnyView, beside: Option<AnyView>) -> AnyView {
    view! {
        <div>
            <dt>{name}</dt>
            <dd>
                <a href=derivation_of(id, of)>{shown}</a>
                {beside}
            </dd>
        </div>
    }
    .erased()
}

fn totals(shown: &Overview) -> AnyView {
    let (id, base) = (shown.head.id.as_str(), shown.valuation.base_currency.as_str());
    let valuation = &shown.valuation;
    let lead = [
        figure(id, Figure::Value, "Value", amount(valuation.total_value, base), None),
        figure(
            id,
            Figure::DayChange,
            "Day change",
            change(valuation.total_change, base),
            valuation.total_change_percent.map(percent),
        ),
        figure(
            id,
            Figure::TotalGain,
            "Total gain",
            change(valuation.gains.map_or(Decimal::ZERO, |gains| gains.total), base),
            None,
        ),
    ];
    let twr = match &shown.twr {
        Ok((rate, _)) => percent(*rate),
        Err(why) => missing(why.clone()),
    };
    let yearly = matches!(shown.twr, Ok((_, true))).then(|| view! { <span class="dim">"a year"</span> }.erased());
    let (mwr, a_year) = match &shown.mwr {
        Ok(rate) => (percent(*rate), "a year".to_owned()),
        Err(why) => (missing(why.clone()), why.clone()),
    };
    let returns = [
        figure(id, Figure::Twr, "Time-weighted return", twr, yearly),
        figure(
            id,
            Figure::Mwr,
            "Money-weighted return",
            mwr,
            Some(view! { <span class="dim">{a_year}</span> }.erased()),
        ),
    ];
    view! {
        <dl class="figures figures-lead">{lead.into_iter().collect_view()}</dl>
        <dl class="figures">
            {valuation.gains.map(|gains| gains_of(id, base, &gains))}
            {returns.into_iter().collect_view()}
        </dl>
    }
    .erased()
}

fn gains_of(id: &str, base: &str, gains: &Gains) -> AnyView {
    let one = |of, name, shown| figure(id, of, name, shown, None);
    let some = |amount: Decimal| !amount.is_zero();
    let all = [
        Some(one(Figure::Realised, "Realised", change(gains.realised, base))),
        Some(one(Figure::Unrealised, "Unrealised", change(gains.unrealised, base))),
        Some(one(Figure::Income, "Income", change(gains.income, base))),
        Some(one(Figure::Fees, "Fees and taxes", amount(gains.fees, base))),
        some(gains.moved).then(|| one(Figure::TotalGain, "Moved with transfers", change(gains.moved, base))),
        Some(one(Figure::Contributions, "Contributions", amount(gains.contributions, base))),
        Some(one(Figure::Contributions, "Withdrawals", amount(gains.withdrawals, base))),
        some(gains.unvalued).then(|| one(Figure::Cost, "Cost of what has no price", amount(gains.unvalued, base))),
    ];
    all.into_iter().flatten().collect_view().erased()
}

fn named(one: &Named) -> AnyView {
    view! {
        <li>
            <a href=activity_at(&one.portfolio, &one.activity)>{one.what.clone()}</a>
            " "
            <span class="dim">{one.said.clone()}</span>
        </li>
    }
    .erased()
}

fn beyond(count: usize) -> Option<AnyView> {
    let rest = count.checked_sub(LISTED).filter(|rest| *rest > 0)?;
    let said = String::from("and ") + &format::count(rest as u64) + " more";
    Some(view! { <li class="dim">{said}</li> }.erased())
}

fn problems(shown: &Overview) -> Option<AnyView> {
    let count = shown.problems.len();
    if count == 0 {
        return None;
    }
    let said = if count == 1 {
        "One activity could not be booked. It is in no figure here.".to_owned()
    } else {
        format::count(count as u64) + " activities could not be booked. They are in no figure here."
    };
    let list = shown.problems.iter().take(LISTED).map(named).collect_view();
    Some(
        view! {
            <Banner tone=Tone::Wrong>
                <div>
                    <p>{said}</p>
                    <ul class="figures-list">{list} {beyond(count)}</ul>
                </div>
            </Banner>
        }
        .erased(),
    )
}

fn carried(all: &[Named]) -> Option<AnyView> {
    if all.is_empty() {
        return None;
    }
    let said = String::from("Booked at the rate of an earlier day: ") + &format::count(all.len() as u64);
    let list = all.iter().take(LISTED).map(named).collect_view();
    Some(
        view! {
            <details class="figures-more">
                <summary>{said}</summary>
                <p class="dim">"The day of these activities has no reference rate, so the last one before it counts."</p>
                <ul class="figures-list">{list} {beyond(all.len())}</ul>
            </details>
        }
        .erased(),
    )
}

fn together(lines: &[Line], base: &str) -> Option<AnyView> {
    if lines.is_empty() {
        return None;
    }
    let rows = lines.iter().map(|line| {
        let [value, day, gain] = line.figures;
        view! {
            <tr>
                <th scope="row">
                    <a href=own(&line.id)>{line.name.clone()}</a>
                </th>
                <td class="num">{amount(value, base)}</td>
                <td class="num">{change(day, base)}</td>
                <td class="num">{change(gain, base)}</td>
            </tr>
        }
    });
    let columns = [("Portfolio", false), ("Value", true), ("Day change", true), ("Total gain", true)];
    Some(
        view! {
            <section aria-labelledby="together">
                <h2 id="together">"Portfolios"</h2>
                {table("Portfolios", &columns, rows.collect_view().erased(), None)}
            </section>
        }
        .erased(),
    )
}
