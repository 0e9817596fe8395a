//! How figures are written: the same text on the server and in the browser, so nothing here asks for a locale or a clock.

use crate::money::{Decimal, minor_units, round, round_to_currency};
use chrono::{DateTime, Datelike, NaiveDate, Timelike, Utc};

/// Stands for a value that is not known. Give it a title that says why.
pub const MISSING: &str = "–";
/// Stands for an amount that the reader hides, however large it is.
pub const HIDDEN: &str = "••••••";
const MINUS: char = '\u{2212}';

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// An amount of money in its currency's decimals: `50,000.10`.
pub fn money(amount: Decimal, currency: &str) -> String {
    grouped(round_to_currency(amount, currency), false)
}

/// An amount with its sign: `+250.00`, `−0.50`, and `0.00` without one.
pub fn signed_money(amount: Decimal, currency: &str) -> String {
    grouped(round_to_currency(amount, currency), true)
}

/// A price: its own decimals, and at least those of its currency.
pub fn price(amount: Decimal, currency: &str) -> String {
    grouped(at_least(amount, minor_units(currency)), false)
}

/// A change of price, with its sign.
pub fn signed_price(amount: Decimal, currency: &str) -> String {
    grouped(at_least(amount, minor_units(currency)), true)
}

/// A figure with so many decimals: `1,234.50`.
pub fn figure(amount: Decimal, places: u32) -> String {
    grouped(round(amount, places), false)
}

/// A quantity, without zeros that say nothing.
pub fn quantity(amount: Decimal) -> String {
    grouped(amount.normalize(), false)
}

/// A percentage with two decimals: `42.10%`.
pub fn percent(value: Decimal) -> String {
    grouped(round(value, 2), false) + "%"
}

/// A change in percent, with its sign: `+0.50%`.
pub fn signed_percent(value: Decimal) -> String {
    grouped(round(value, 2), true) + "%"
}

/// How long ago something was, in milliseconds: `just now`, `12 s ago`, `3 min ago`, `2 h ago`, `4 d ago`.
pub fn age(millis: i64) -> String {
    let seconds = millis.max(0) / 1_000;
    match seconds {
        0 => "just now".to_owned(),
        _ => span(seconds) + " ago",
    }
}

/// A stretch of time in its largest unit: `12 s`, `3 min`, `2 h`, `4 d`.
pub fn span(seconds: i64) -> String {
    let (count, unit) = match seconds {
        ..60 => (seconds, " s"),
        60..3_600 => (seconds / 60, " min"),
        3_600..86_400 => (seconds / 3_600, " h"),
        _ => (seconds / 86_400, " d"),
    };
    count.to_string() + unit
}

/// A count with thousands separators.
pub fn count(number: u64) -> String {
    group_digits(&number.to_string())
}

/// A number of bytes: `512 B`, `12.3 KB`, `4.0 MB`.
pub fn bytes(number: u64) -> String {
    match number {
        ..1_000 => number.to_string() + " B",
        1_000..1_000_000 => tenths(number / 100) + " KB",
        _ => tenths(number / 100_000) + " MB",
    }
}

/// Milliseconds to a tenth: `1.2 ms`.
pub fn millis(value: f64) -> String {
    // Through an integer: printing floats would bring its tables into the client.
    tenths((value * 10.0 + 0.5) as u64) + " ms"
}

/// Time of day in UTC: `14:03:05 UTC`.
pub fn time_of_day(time: DateTime<Utc>) -> String {
    two(time.hour()) + ":" + &two(time.minute()) + ":" + &two(time.second()) + " UTC"
}

/// A day: `28 Dec 2022`.
pub fn day(date: NaiveDate) -> String {
    let month = MONTHS.get(date.month0() as usize).copied().unwrap_or_default();
    date.day().to_string() + " " + month + " " + &date.year().to_string()
}

fn at_least(amount: Decimal, places: u32) -> Decimal {
    round(amount, amount.normalize().scale().max(places))
}

fn grouped(amount: Decimal, plus: bool) -> String {
    let text = amount.abs().to_string();
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let mut out = String::with_capacity(text.len() + 6);
    if !amount.is_zero() {
        if amount.is_sign_negative() {
            out.push(MINUS);
        } else if plus {
            out.push('+');
        }
    }
    out.push_str(&group_digits(whole));
    if !fraction.is_empty() {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

fn group_digits(digits: &str) -> String {
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

fn tenths(number: u64) -> String {
    (number / 10).to_string() + "." + &(number % 10).to_string()
}

fn two(number: u32) -> String {
    let text = number.to_string();
    if number < 10 { "0".to_owned() + &text } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn d(text: &str) -> Decimal {
        Decimal::from_str_exact(text).expect("a decimal")
    }

    #[test]
    fn row_24_an_age_is_never_below_zero() {
        assert_eq!(age(-1), "just now");
        assert_eq!(age(i64::MIN), "just now");
    }

    #[test]
    fn amounts_are_grouped_and_carry_a_true_minus() {
        assert_eq!(money(d("1234567.1"), "USD"), "1,234,567.10");
        assert_eq!(money(d("-999.994"), "USD"), "−999.99");
        assert_eq!(money(d("1234.5"), "JPY"), "1,234");
        assert_eq!(signed_money(d("250"), "USD"), "+250.00");
        assert_eq!(signed_money(d("-0.001"), "USD"), "0.00");
    }

    #[test]
    fn prices_keep_their_own_decimals() {
        assert_eq!(price(d("175.5"), "USD"), "175.50");
        assert_eq!(price(d("0.123400"), "USD"), "0.1234");
        assert_eq!(signed_price(d("-2.5"), "USD"), "−2.50");
        assert_eq!(quantity(d("100.500")), "100.5");
        assert_eq!(quantity(d("1000")), "1,000");
    }

    #[test]
    fn percentages_have_two_decimals() {
        assert_eq!(percent(d("42.1")), "42.10%");
        assert_eq!(signed_percent(d("0.5")), "+0.50%");
        assert_eq!(signed_percent(d("-1.455")), "−1.46%");
    }

    #[test]
    fn time_is_told_in_its_largest_unit() {
        assert_eq!(age(-5), "just now");
        assert_eq!(age(3_999), "3 s ago");
        assert_eq!(age(61_000), "1 min ago");
        assert_eq!(span(7_300), "2 h");
        assert_eq!(span(90_000), "1 d");
        let time = DateTime::<Utc>::from_timestamp(3_723, 0).expect("in range");
        assert_eq!(time_of_day(time), "01:02:03 UTC");
        assert_eq!(day(NaiveDate::from_ymd_opt(2022, 12, 28).expect("a day")), "28 Dec 2022");
    }

    #[test]
    fn sizes_and_waits_are_short() {
        assert_eq!(
            (bytes(999), bytes(12_345), bytes(4_000_000)),
            ("999 B".into(), "12.3 KB".into(), "4.0 MB".into())
        );
        assert_eq!((millis(1.25), millis(0.04)), ("1.3 ms".into(), "0.0 ms".into()));
        assert_eq!(count(1_234_567), "1,234,567");
    }
}
