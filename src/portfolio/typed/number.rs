//! Numbers as people write them: with a point or a comma before the decimals, with thousands set apart or not.

use crate::money::Decimal;
use crate::portfolio::book::exact::{LIMIT, PLACES};

/// What people set thousands apart with, beside point and comma.
const GAPS: [char; 7] = [' ', '\u{a0}', '\u{2009}', '\u{202f}', '\'', '\u{2019}', '_'];

/// Reads a number; `None` where nothing was typed.
///
/// The separator that stands last and once begins the decimals: `1.234,50` and `1,234.50` are the same. A point alone always
/// does, because that is how the pages write numbers. A comma alone before three digits may mean either, and is refused.
///
/// # Errors
/// What is wrong, and what would be accepted; for a person.
pub fn read(text: &str) -> Result<Option<Decimal>, String> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let (negative, digits) = match text.strip_prefix(['-', '\u{2212}']) {
        Some(rest) => (true, rest.trim_start()),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let no_number = || format!("{:?} is no number; write it as 1234.56", text.chars().take(40).collect::<String>());
    let plain = digits
        .chars()
        .all(|one| one.is_ascii_digit() || one == '.' || one == ',' || GAPS.contains(&one));
    if !plain || !digits.starts_with(|one: char| one.is_ascii_digit() || one == '.' || one == ',') {
        return Err(no_number());
    }
    let (whole, fraction) = split(digits)?.ok_or_else(no_number)?;
    let whole = ungrouped(whole).ok_or_else(no_number)?;
    if fraction.bytes().any(|one| !one.is_ascii_digit()) || (whole.is_empty() && fraction.is_empty()) {
        return Err(no_number());
    }
    if fraction.trim_end_matches('0').len() > PLACES as usize {
        return Err(format!("at most {PLACES} decimals are accepted"));
    }
    let too_large = || format!("at most {LIMIT} is accepted");
    let whole = if whole.is_empty() { "0" } else { &whole };
    let exact = format!("{whole}.{}", fraction.trim_end_matches('0'));
    let exact = exact.strip_suffix('.').unwrap_or(&exact);
    let number = Decimal::from_str_exact(exact).map_err(|_| too_large())?;
    if number > LIMIT {
        return Err(too_large());
    }
    Ok(Some(if negative { -number } else { number }))
}

/// What stands before and after the sign that begins the decimals; `None` where the signs make no sense together.
fn split(digits: &str) -> Result<Option<(&str, &str)>, String> {
    let points = digits.matches('.').count();
    let commas = digits.matches(',').count();
    let at = |sign: char| digits.rsplit_once(sign);
    Ok(match (points, commas) {
        (0, 0) => Some((digits, "")),
        (1, 0) => at('.'),
        (0, 1) => {
            let parts = at(',');
            if let Some((whole, fraction)) = parts
                && fraction.len() == 3
                && (1..=3).contains(&whole.len())
                && !whole.starts_with('0')
            {
                return Err(format!(
                    "{digits} may mean {whole}.{fraction} or {whole}{fraction}; write one of these"
                ));
            }
            parts
        }
        (_, 0) | (0, _) => Some((digits, "")),
        (1, 1) => at(if digits.rfind('.') > digits.rfind(',') { '.' } else { ',' }),
        (1, _) if digits.rfind('.') > digits.rfind(',') => at('.'),
        (_, 1) if digits.rfind(',') > digits.rfind('.') => at(','),
        _ => None,
    })
}

/// The digits of a whole number whose thousands may be set apart, by one sign only and in threes.
fn ungrouped(whole: &str) -> Option<String> {
    let mut signs = whole.chars().filter(|one| !one.is_ascii_digit());
    let Some(sign) = signs.next() else { return Some(whole.to_owned()) };
    if signs.any(|other| other != sign) {
        return None;
    }
    let mut groups = whole.split(sign);
    let first = groups.next()?;
    let even = (1..=3).contains(&first.len()) && groups.all(|group| group.len() == 3);
    even.then(|| whole.replace(sign, ""))
}

#[cfg(test)]
mod tests {
    use super::read;
    use proptest::prelude::*;

    #[test]
    fn decimals_may_begin_with_a_point_or_a_comma() {
        for (typed, number) in [
            ("5", "5"),
            ("5.", "5"),
            (".5", "0.5"),
            (",5", "0.5"),
            ("1234,5", "1234.5"),
            ("1.234", "1.234"),
            ("0,125", "0.125"),
            ("1234,567", "1234.567"),
            ("1.234,50", "1234.5"),
            ("1,234.50", "1234.5"),
            ("1,234,567", "1234567"),
            ("1.234.567", "1234567"),
            ("1.234.567,89", "1234567.89"),
            ("1 234,5", "1234.5"),
            ("1\u{202f}234.5", "1234.5"),
            ("12'345.6", "12345.6"),
            ("\u{2212}3", "-3"),
            ("+3", "3"),
            ("0.000000000001", "0.000000000001"),
        ] {
            assert_eq!(read(typed).unwrap().unwrap().to_string(), number, "{typed}");
        }
        assert_eq!(read("  ").unwrap(), None);
    }

    #[test]
    fn what_may_mean_two_numbers_is_refused_with_both() {
        let said = read("1,234").unwrap_err();
        assert!(said.contains("1.234") && said.contains("1234"), "{said}");
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for typed in [
            "x",
            "1e5",
            "1.2.3",
            "1,2,3",
            "1,23.4",
            "1.2,3,4.5",
            "12 34",
            "1'2.3",
            "€5",
            "5 USD",
            "--5",
            ".",
            ",",
            "1.23,4",
            "٣",
        ] {
            assert!(read(typed).is_err(), "{typed}: {:?}", read(typed));
        }
        assert!(read("0.0000000000001").unwrap_err().contains("12 decimals"));
        assert!(read("1000000000000001").unwrap_err().contains("at most"));
        assert!(read(&"9".repeat(60)).unwrap_err().contains("at most"));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[-+0-9.,' \u{a0}é−]{0,40}") {
            let _ = read(&text);
        }

        #[test]
        fn what_a_page_writes_is_read_back(units in 0i64..1_000_000_000_000, scale in 0u32..12) {
            let number = crate::money::Decimal::new(units, scale);
            prop_assert_eq!(read(&number.to_string()).unwrap(), Some(number));
        }
    }
}
