//! The report as tables, for a person at a terminal.

use crate::imports::server::value::shape::{Exact, Report};
use crate::money::{Decimal, minor_units, round};
use std::fmt::Write as _;

/// A column: its title, and whether it holds numbers, which stand at the right.
type Column = (&'static str, bool);

/// Widest text of a cell.
const WIDEST: usize = 28;

/// The whole report.
pub fn text(report: &Report) -> String {
    let mut out = String::new();
    let money = |amount: Exact| grouped(round(amount.0, minor_units(&report.base_currency)));
    let maybe = |amount: Option<Exact>| amount.map_or_else(|| "-".to_owned(), money);
    let plain = |amount: Exact| grouped(amount.0.normalize());
    let cash = if report.cash_tracked { "with cash" } else { "without cash" };
    // A text takes what is written to it, here and below.
    let _ = writeln!(
        out,
        "Value on {} in {}, {}, {cash}: {} activities{}\n",
        report.at,
        report.base_currency,
        report.method,
        report.activities,
        if report.later_activities == 0 {
            String::new()
        } else {
            format!(", {} later ones left out", report.later_activities)
        }
    );
    let totals = &report.totals;
    let rows = [
        ("value", totals.value),
        ("  of it cash", totals.cash),
        ("cost of what is held", totals.cost),
        ("without a price, at cost", totals.unvalued),
        ("contributions", totals.contributions),
        ("withdrawals", totals.withdrawals),
        ("realised", totals.realised),
        ("unrealised", totals.unrealised),
        ("income", totals.income),
        ("fees", totals.fees),
        ("moved with transfers", totals.moved),
        ("currency gain of cash, and rounding", totals.currency_gain),
        ("total gain", totals.total_gain),
    ];
    let rows = rows.into_iter().map(|(name, amount)| vec![name.to_owned(), money(amount)]);
    let performance = &report.performance;
    let percent = |ratio: Option<Exact>| {
        let percent = ratio.and_then(|ratio| ratio.0.checked_mul(Decimal::ONE_HUNDRED));
        percent.map_or_else(|| "-".to_owned(), |percent| format!("{} %", grouped(round(percent, 2))))
    };
    let mwr = match performance.mwr_reason {
        Some(reason) => reason.to_owned(),
        None => percent(performance.mwr),
    };
    let returns = [
        ("time-weighted return", percent(performance.twr)),
        ("  a year", percent(performance.twr_annualised)),
        ("money-weighted, a year", mwr),
    ];
    let returns = returns.into_iter().map(|(name, value)| vec![name.to_owned(), value]);
    table(&mut out, "Totals", &[("", false), ("", true)], rows.chain(returns).collect());
    let positions = report.positions.iter().map(|row| {
        vec![
            row.symbol.clone(),
            row.name.clone(),
            plain(row.quantity),
            row.price.map_or_else(|| "-".to_owned(), plain),
            row.currency.clone().unwrap_or_default(),
            row.price_day.map_or_else(String::new, |day| day.to_string()),
            money(row.cost),
            maybe(row.value),
            maybe(row.unrealised),
            row.weight.map_or_else(|| "-".to_owned(), |weight| plain(Exact(weight.0))),
            money(row.realised),
            money(row.income),
        ]
    });
    let columns = [
        ("symbol", false),
        ("name", false),
        ("quantity", true),
        ("price", true),
        ("in", false),
        ("of", false),
        ("cost", true),
        ("value", true),
        ("unrealised", true),
        ("weight %", true),
        ("realised", true),
        ("income", true),
    ];
    table(&mut out, "Positions", &columns, positions.collect());
    let cash = report
        .cash
        .iter()
        .map(|row| vec![row.currency.clone(), plain(row.amount), maybe(row.value)]);
    table(
        &mut out,
        "Cash",
        &[("currency", false), ("amount", true), ("value", true)],
        cash.collect(),
    );
    let lots = report.open_lots.iter().map(|lot| {
        vec![
            lot.symbol.clone(),
            lot.opened.to_string(),
            plain(lot.quantity),
            money(lot.cost),
            maybe(lot.value),
            maybe(lot.unrealised),
            lot.days_held.to_string(),
        ]
    });
    let columns = [
        ("symbol", false),
        ("opened", false),
        ("quantity", true),
        ("cost", true),
        ("value", true),
        ("unrealised", true),
        ("days", true),
    ];
    table(&mut out, "Open lots", &columns, lots.collect());
    let lots = report.closed_lots.iter().map(|lot| {
        vec![
            lot.symbol.clone(),
            lot.opened.to_string(),
            lot.closed.to_string(),
            plain(lot.quantity),
            money(lot.cost),
            money(lot.proceeds),
            money(lot.gain),
            lot.days_held.to_string(),
        ]
    });
    let columns = [
        ("symbol", false),
        ("opened", false),
        ("closed", false),
        ("quantity", true),
        ("cost", true),
        ("proceeds", true),
        ("gain", true),
        ("days", true),
    ];
    table(&mut out, "Closed lots", &columns, lots.collect());
    let rates = report.rates.iter().map(|rate| {
        let carried = if rate.carried {
            format!("carried from {}", rate.of_day)
        } else {
            String::new()
        };
        vec![rate.currency.clone(), rate.day.to_string(), plain(rate.rate), carried]
    });
    let columns = [("currency", false), ("day", false), ("rate", true), ("", false)];
    table(&mut out, "Rates", &columns, rates.collect());
    let problems = report.problems.iter();
    let problems = problems.map(|one| format!("{} of {}: {}", one.activity, one.day, one.reason));
    list(
        &mut out,
        "Problems: these could not be booked, and changed nothing",
        problems.collect(),
    );
    list(&mut out, "Remarks", report.remarks.clone());
    out
}

fn list(out: &mut String, title: &str, lines: Vec<String>) {
    if !lines.is_empty() {
        let _ = writeln!(out, "{title}\n");
        for line in lines {
            let _ = writeln!(out, "  {line}");
        }
        out.push('\n');
    }
}

fn table(out: &mut String, title: &str, columns: &[Column], rows: Vec<Vec<String>>) {
    if rows.is_empty() {
        return;
    }
    let cut = |text: &String| {
        if text.chars().count() <= WIDEST {
            text.clone()
        } else {
            text.chars().take(WIDEST - 1).chain(['…']).collect()
        }
    };
    let rows: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(cut).collect()).collect();
    let width = |at: usize, title: &str| {
        let cells = rows.iter().filter_map(|row| row.get(at)).map(|text| text.chars().count());
        cells.chain([title.len()]).max().unwrap_or_default()
    };
    let widths: Vec<usize> = columns.iter().enumerate().map(|(at, (title, _))| width(at, title)).collect();
    let mut line = |cells: &[&str]| {
        let mut text = String::from(" ");
        for ((cell, (_, right)), width) in cells.iter().zip(columns).zip(&widths) {
            let _ = if *right {
                write!(text, " {cell:>width$} ")
            } else {
                write!(text, " {cell:<width$} ")
            };
        }
        let _ = writeln!(out, "{}", text.trim_end());
    };
    line(&[title]);
    line(&[]);
    let titles: Vec<&str> = columns.iter().map(|(title, _)| *title).collect();
    if titles.iter().any(|title| !title.is_empty()) {
        line(&titles);
    }
    for row in &rows {
        line(&row.iter().map(String::as_str).collect::<Vec<_>>());
    }
    line(&[]);
}

/// A number with a comma between each three digits before the point.
fn grouped(number: Decimal) -> String {
    let text = number.to_string();
    let (sign, text) = text.strip_prefix('-').map_or(("", text.as_str()), |rest| ("-", rest));
    let (whole, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    let mut out = String::from(sign);
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_stand_in_groups_of_three() {
        for (number, text) in [
            ("1234567.5", "1,234,567.5"),
            ("-100", "-100"),
            ("-1000", "-1,000"),
            ("0.12", "0.12"),
        ] {
            assert_eq!(grouped(Decimal::from_str_exact(number).unwrap()), text);
        }
    }
}
