//! A piece of the file with its place and its field's name: every value is read from one, and every fault names it.

use crate::imports::mapping::{DateOrder, DecimalMark};
use crate::imports::preview::Fault;
use crate::imports::server::currency::{self, Unit};
use crate::imports::server::limits;
use crate::imports::server::place::Place;
use crate::imports::server::symbol;
use crate::money::Decimal;
use crate::time::parse_moment;
use chrono::{Datelike, NaiveDate, NaiveTime};
use std::borrow::Cow;

/// A value of the file that was not read yet.
#[derive(Clone)]
pub struct Cell<'a> {
    /// Its text, without outer spaces.
    pub text: Cow<'a, str>,
    /// What the file calls it.
    pub field: &'a str,
    /// Where it stands.
    pub place: Place<'a>,
}

impl<'a> Cell<'a> {
    /// A cell; outer spaces are dropped.
    pub fn new(text: &'a str, field: &'a str, place: Place<'a>) -> Self {
        let text = Cow::Borrowed(text.trim());
        Self { text, field, place }
    }

    /// Whether nothing stands in it.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// This cell's fault.
    pub fn fault(&self, reason: impl Into<String>) -> Fault {
        let (line, column) = self.place.position();
        Fault {
            line,
            column,
            field: self.field.to_owned(),
            reason: reason.into(),
        }
    }

    /// The fault that tells what stands here and what is accepted.
    pub fn unexpected(&self, accepted: &str) -> Fault {
        if self.is_empty() {
            return self.fault(format!("is missing; expected {accepted}"));
        }
        let mut shown: String = self.text.chars().take(40).collect();
        if shown.len() < self.text.len() {
            shown.push('…');
        }
        self.fault(format!("\"{shown}\" is not {accepted}"))
    }

    /// Text of any kind, within the bound.
    pub fn words(&self) -> Result<String, Fault> {
        if self.text.len() > limits::FIELD_CHARACTERS && self.text.chars().count() > limits::FIELD_CHARACTERS {
            let limit = limits::FIELD_CHARACTERS;
            return Err(self.fault(format!("has more than {limit} characters; a quotation mark may be missing")));
        }
        Ok(self.text.clone().into_owned())
    }

    /// A decimal, with the mark that the file uses. Groups of three may be set apart, an exponent may follow.
    pub fn number(&self, mark: DecimalMark) -> Result<Decimal, Fault> {
        number(&self.text, mark).ok_or_else(|| {
            self.unexpected(match mark {
                DecimalMark::Point => "a number like 1234.56 with at most 28 digits",
                DecimalMark::Comma => "a number like 1234,56 with at most 28 digits",
            })
        })
    }

    /// The same, and zero where nothing stands.
    pub fn number_or_zero(&self, mark: DecimalMark) -> Result<Decimal, Fault> {
        if self.is_empty() { Ok(Decimal::ZERO) } else { self.number(mark) }
    }

    /// A number that is not below zero; zero where nothing stands.
    pub fn positive(&self, mark: DecimalMark) -> Result<Decimal, Fault> {
        let number = self.number_or_zero(mark)?;
        if number.is_sign_negative() && !number.is_zero() {
            return Err(self.fault(format!("{number} is below zero; expected zero or more")));
        }
        Ok(number)
    }

    /// The same, where something must stand.
    pub fn required(&self, mark: DecimalMark) -> Result<Decimal, Fault> {
        if self.is_empty() {
            return self.number(mark);
        }
        self.positive(mark)
    }

    /// A day, and its time where one stands with it.
    pub fn day(&self, order: DateOrder) -> Result<(NaiveDate, Option<NaiveTime>), Fault> {
        let (day, time) = moment(&self.text, order).ok_or_else(|| {
            self.unexpected(match order {
                DateOrder::DayFirst => "a date like 2024-12-31, 20241231 or 31.12.2024",
                DateOrder::MonthFirst => "a date like 2024-12-31, 20241231 or 12/31/2024",
            })
        })?;
        let years = limits::FIRST_YEAR..=limits::LAST_YEAR;
        if !years.contains(&day.year()) {
            return Err(self.fault(format!("the year {} is not from {} to {}", day.year(), years.start(), years.end())));
        }
        Ok((day, time.filter(|time| *time != NaiveTime::MIN)))
    }

    /// A currency.
    pub fn currency(&self) -> Result<Unit, Fault> {
        currency::read(&self.text).ok_or_else(|| self.unexpected("a currency of ISO 4217 such as EUR, or a hundredth such as GBp"))
    }

    /// A label of an instrument.
    pub fn label(&self) -> Result<String, Fault> {
        if symbol::is_label(&self.text) {
            Ok(self.text.clone().into_owned())
        } else {
            Err(self.unexpected("a symbol, an ISIN or a name"))
        }
    }
}

fn number(text: &str, mark: DecimalMark) -> Option<Decimal> {
    let text = text.trim();
    let (point, group) = match mark {
        DecimalMark::Point => ('.', ','),
        DecimalMark::Comma => (',', '.'),
    };
    if text.len() > 64 {
        return None;
    }
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(at) => (text.get(..at)?, Some(text.get(at + 1..)?)),
        None => (text, None),
    };
    let unsigned = mantissa.strip_prefix(['-', '+', '\u{2212}']).unwrap_or(mantissa);
    let is_negative = mantissa.starts_with(['-', '\u{2212}']);
    let (whole, part) = unsigned.split_once(point).unwrap_or((unsigned, ""));
    let whole = ungroup(whole, group)?;
    let digits_only = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits_only(&whole) || !digits_only(part) || whole.len() + part.len() == 0 {
        return None;
    }
    let plain = format!(
        "{}{}.{}",
        if is_negative { "-" } else { "" },
        if whole.is_empty() { "0" } else { &whole },
        if part.is_empty() { "0" } else { part }
    );
    let number = match exponent {
        None => Decimal::from_str_exact(&plain).or_else(|_| plain.parse()).ok()?,
        Some(exponent) => Decimal::from_scientific(&format!("{plain}e{exponent}")).ok()?,
    };
    Some(number.normalize())
}

/// Takes the marks out of 1,234,567 and nothing else: every group but the first has three digits.
fn ungroup(whole: &str, group: char) -> Option<Cow<'_, str>> {
    let is_mark = |c: char| c == group || c == '\'' || c == '\u{2019}' || c == ' ' || c == '\u{a0}' || c == '\u{202f}';
    if !whole.contains(is_mark) {
        return Some(Cow::Borrowed(whole));
    }
    let groups: Vec<_> = whole.split(is_mark).collect();
    let (first, others) = groups.split_first()?;
    let is_grouped = (1..=3).contains(&first.len()) && others.iter().all(|group| group.len() == 3);
    is_grouped.then(|| Cow::Owned(groups.concat()))
}

fn moment(text: &str, order: DateOrder) -> Option<(NaiveDate, Option<NaiveTime>)> {
    if let Some(moment) = parse_moment(text) {
        return Some((moment.date_naive(), Some(moment.time())));
    }
    let (day, time) = match text.find(['T', ' ', ';']) {
        Some(at) => (text.get(..at)?, Some(clock(text.get(at + 1..)?)?)),
        None => (text, None),
    };
    Some((calendar_day(day, order)?, time))
}

fn calendar_day(text: &str, order: DateOrder) -> Option<NaiveDate> {
    if text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        let part = |from, to| text.get(from..to)?.parse::<u32>().ok();
        return NaiveDate::from_ymd_opt(i32::try_from(part(0, 4)?).ok()?, part(4, 6)?, part(6, 8)?);
    }
    let mark = text.chars().find(|c| !c.is_ascii_digit()).filter(|c| "-/.".contains(*c))?;
    let parts: Vec<_> = text.split(mark).collect();
    let [first, second, third] = parts.as_slice() else { return None };
    let digits = |text: &str, lengths: std::ops::RangeInclusive<usize>| {
        let fits = lengths.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        fits.then(|| text.parse::<u32>().ok()).flatten()
    };
    let (year, month, day) = match (first.len(), order) {
        (4, _) => (first, second, third),
        (_, DateOrder::DayFirst) => (third, second, first),
        (_, DateOrder::MonthFirst) => (third, first, second),
    };
    NaiveDate::from_ymd_opt(
        i32::try_from(digits(year, 4..=4)?).ok()?,
        digits(month, 1..=2)?,
        digits(day, 1..=2)?,
    )
}

/// 10:11, 10:11:12, 101112, each with a fraction or a zone's name behind it, which is not used.
fn clock(text: &str) -> Option<NaiveTime> {
    let digits: String = text.chars().take_while(|c| c.is_ascii_digit() || *c == ':').collect();
    let part = |from: usize, to: usize| digits.get(from..to)?.parse::<u32>().ok();
    match digits.len() {
        5 => NaiveTime::from_hms_opt(part(0, 2)?, part(3, 5)?, 0),
        8 => NaiveTime::from_hms_opt(part(0, 2)?, part(3, 5)?, part(6, 8)?),
        4 => NaiveTime::from_hms_opt(part(0, 2)?, part(2, 4)?, 0),
        6 => NaiveTime::from_hms_opt(part(0, 2)?, part(2, 4)?, part(4, 6)?),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cell(text: &str) -> Cell<'_> {
        Cell::new(text, "field", Place::Cell(3, 2))
    }

    #[test]
    fn numbers_are_read_with_their_mark() {
        let read = |text, mark| cell(text).number(mark).map(|number| number.to_string()).ok();
        for (text, expected) in [
            ("1,234.50", "1234.5"),
            ("-.5", "-0.5"),
            ("1'000", "1000"),
            ("1e-8", "0.00000001"),
            ("2.5E3", "2500"),
            ("+7", "7"),
            ("5.", "5"),
        ] {
            assert_eq!(read(text, DecimalMark::Point).as_deref(), Some(expected), "{text}");
        }
        for (text, expected) in [("1.234,50", "1234.5"), ("1 234,5", "1234.5"), ("1.234", "1234")] {
            assert_eq!(read(text, DecimalMark::Comma).as_deref(), Some(expected), "{text}");
        }
        for text in [
            "",
            "-",
            ".",
            "1,5",
            "12,34",
            "1.2.3",
            "ten",
            "1e",
            "1e999",
            "0x10",
            "NaN",
            "1_000",
            "--1",
            "٣",
            "99999999999999999999999999999999",
        ] {
            assert_eq!(read(text, DecimalMark::Point), None, "{text}");
        }
    }

    #[test]
    fn days_are_read_in_every_order_and_only_if_they_exist() {
        let read = |text, order| cell(text).day(order).map(|(day, _)| day.to_string()).ok();
        for text in [
            "2021-09-06",
            "2021/09/06",
            "20210906",
            "06.09.2021",
            "6-9-2021",
            "06/09/2021",
            "2021-09-06T10:00",
            "20210906;101112",
        ] {
            assert_eq!(read(text, DateOrder::DayFirst).as_deref(), Some("2021-09-06"), "{text}");
        }
        assert_eq!(read("09/06/2021", DateOrder::MonthFirst).as_deref(), Some("2021-09-06"));
        for text in [
            "",
            "<invalid>",
            "2021-02-29",
            "31.04.2021",
            "2021-9",
            "21-09-06",
            "1899-12-31",
            "2021-09-06T99:00",
            "2021-09-06-01",
            "0",
            "é",
        ] {
            assert_eq!(read(text, DateOrder::DayFirst), None, "{text}");
        }
        let (_, time) = cell("2021-09-06T10:11:12.000Z").day(DateOrder::DayFirst).unwrap();
        assert_eq!(time, NaiveTime::from_hms_opt(10, 11, 12));
        assert_eq!(cell("2021-09-06T00:00:00.000Z").day(DateOrder::DayFirst).unwrap().1, None);
    }

    #[test]
    fn a_fault_names_place_field_and_what_is_accepted() {
        let fault = cell("<invalid>").currency().unwrap_err();
        assert_eq!((fault.line, fault.column, fault.field.as_str()), (3, 2, "field"));
        assert!(fault.reason.starts_with("\"<invalid>\" is not a currency of ISO 4217"), "{fault}");
        assert!(cell("-1").positive(DecimalMark::Point).unwrap_err().reason.contains("below zero"));
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "\\PC{0,30}") {
            for mark in [DecimalMark::Point, DecimalMark::Comma] {
                let _ = cell(&text).number(mark);
            }
            for order in [DateOrder::DayFirst, DateOrder::MonthFirst] {
                let _ = cell(&text).day(order);
            }
        }
    }
}
