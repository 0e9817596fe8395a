//! Settings of a portfolio, instruments and prices, as they are typed.

use crate::portfolio::book::{Method, Terms};
use crate::portfolio::described::{DescribedInstrument, InstrumentKind, KnownPrice};
use crate::portfolio::settings::{self, Invalid, SECTOR_CHARACTERS, SYMBOL_CHARACTERS, Settings};
use crate::portfolio::typed::{Errors, Typed};
use crate::time::parse_day;
use chrono::NaiveDate;

/// Characters of an instrument's note.
const NOTE_CHARACTERS: usize = 10_000;

/// The form of a portfolio's settings.
pub fn of_settings(settings: &Settings) -> Typed {
    let Settings { name, terms, benchmark } = settings;
    let typed = Typed::default()
        .with("name", name)
        .with("base_currency", &terms.base_currency)
        .with("method", terms.method.label())
        .with("benchmark", benchmark.as_deref().unwrap_or_default());
    if terms.cash_tracked {
        typed.with("cash_tracked", "on")
    } else {
        typed
    }
}

/// Reads it. Whether a currency exists is the caller's business.
///
/// # Errors
/// What is wrong, at its field.
pub fn settings(typed: &Typed) -> Result<Settings, Errors> {
    let mut errors = Errors::default();
    let method = Method::ALL.into_iter().find(|one| one.label() == typed.get("method"));
    let settings = Settings {
        name: typed.get("name").to_owned(),
        terms: Terms {
            base_currency: typed.get("base_currency").to_ascii_uppercase(),
            method: method.unwrap_or_default(),
            cash_tracked: typed.ticked("cash_tracked"),
        },
        benchmark: some(typed.get("benchmark")),
    };
    if let Err(invalid) = settings.check() {
        errors.add(invalid.field, invalid.reason);
    }
    if method.is_none() {
        errors.add("method", "choose one of the list");
    }
    if errors.is_empty() { Ok(settings) } else { Err(errors) }
}

/// Each kind of instrument, its name in a form, and what it is called.
pub const KINDS: [(InstrumentKind, &str, &str); 8] = [
    (InstrumentKind::Unknown, "unknown", "Not said"),
    (InstrumentKind::Equity, "equity", "Share"),
    (InstrumentKind::Fund, "fund", "Fund or ETF"),
    (InstrumentKind::Bond, "bond", "Bond"),
    (InstrumentKind::Option, "option", "Option"),
    (InstrumentKind::Crypto, "crypto", "Crypto"),
    (InstrumentKind::Index, "index", "Index"),
    (InstrumentKind::Manual, "manual", "Without a market"),
];

/// A kind's name in a form, and what it is called.
pub fn kind_words(kind: InstrumentKind) -> (&'static str, &'static str) {
    let found = KINDS.iter().find(|(one, ..)| *one == kind);
    found.map_or(("unknown", "Not said"), |(_, name, words)| (name, words))
}

/// The form of an instrument.
pub fn of_instrument(one: &DescribedInstrument) -> Typed {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let typed = Typed::default()
        .with("symbol", &one.symbol)
        .with("name", &one.name)
        .with("kind", kind_words(one.kind).0)
        .with("currency", text(&one.currency))
        .with("isin", text(&one.isin))
        .with("alias", text(&one.alias))
        .with("sector", &one.sector)
        .with("country", text(&one.country))
        .with("note", &one.note);
    if one.simulated { typed.with("simulated", "on") } else { typed }
}

/// Reads it.
///
/// # Errors
/// What is wrong, at its field.
pub fn instrument(typed: &Typed) -> Result<DescribedInstrument, Errors> {
    let mut errors = Errors::default();
    let mut keep = |checked: Result<(), Invalid>| {
        if let Err(Invalid { field, reason }) = checked {
            errors.add(field, reason);
        }
    };
    let kind = KINDS.iter().find(|(_, name, _)| *name == typed.get("kind"));
    let upper = |name| some(&typed.get(name).to_ascii_uppercase());
    let one = DescribedInstrument {
        symbol: typed.get("symbol").to_owned(),
        name: typed.get("name").to_owned(),
        currency: upper("currency"),
        isin: upper("isin").map(|isin| isin.replace([' ', '-'], "")),
        kind: kind.map(|(kind, ..)| *kind).unwrap_or_default(),
        alias: some(typed.get("alias")),
        sector: typed.get("sector").to_owned(),
        country: upper("country"),
        note: typed.get("note").replace("\r\n", "\n"),
        simulated: typed.ticked("simulated"),
    };
    keep(symbol("symbol", &one.symbol));
    keep(settings::text("name", &one.name, 0, 500));
    keep(if kind.is_some() {
        Ok(())
    } else {
        Err(Invalid::new("kind", "choose one of the list"))
    });
    keep(one.currency.as_deref().map_or(Ok(()), |code| settings::currency("currency", code)));
    keep(one.isin.as_deref().map_or(Ok(()), isin));
    keep(one.alias.as_deref().map_or(Ok(()), |alias| symbol("alias", alias)));
    keep(settings::text("sector", &one.sector, 0, SECTOR_CHARACTERS));
    keep(one.country.as_deref().map_or(Ok(()), country));
    keep(settings::text("note", &one.note, 0, NOTE_CHARACTERS));
    if errors.is_empty() { Ok(one) } else { Err(errors) }
}

/// Whether a text can be an instrument's label.
///
/// # Errors
/// It cannot.
pub fn symbol(field: &'static str, text: &str) -> Result<(), Invalid> {
    settings::text(field, text, 1, SYMBOL_CHARACTERS)?;
    if text.chars().any(char::is_control) || matches!(text, "." | "..") {
        return Err(Invalid::new(field, "letters, digits, spaces and signs are accepted"));
    }
    Ok(())
}

/// Whether a text has the form of a country's code. Which there are the server knows.
///
/// # Errors
/// It has not.
pub fn country(text: &str) -> Result<(), Invalid> {
    if text.len() == 2 && text.bytes().all(|one| one.is_ascii_uppercase()) {
        return Ok(());
    }
    Err(Invalid::new("country", "a country is two letters of ISO 3166, as in DE"))
}

/// Whether an ISIN (ISO 6166) has its form and its check digit.
///
/// # Errors
/// It has not; the error says which digit would do.
pub fn isin(text: &str) -> Result<(), Invalid> {
    let letters = text.len() == 12
        && text.bytes().take(2).all(|one| one.is_ascii_uppercase())
        && text.bytes().all(|one| one.is_ascii_uppercase() || one.is_ascii_digit())
        && text.ends_with(|one: char| one.is_ascii_digit());
    let Some((body, last)) = text.split_at_checked(11).filter(|_| letters) else {
        return Err(Invalid::new(
            "isin",
            "an ISIN is two letters, nine letters or digits, and a check digit, as in US0378331005",
        ));
    };
    // Letters count from ten on; from the right each second digit is doubled, and the digits of all are summed.
    let digits = body.chars().filter_map(|one| one.to_digit(36));
    let digits: Vec<u32> = digits
        .flat_map(|value| if value > 9 { vec![value / 10, value % 10] } else { vec![value] })
        .collect();
    let doubled = digits.iter().rev().enumerate().map(|(at, digit)| match (at % 2, digit * 2) {
        (0, double) if double > 9 => double - 9,
        (0, double) => double,
        _ => *digit,
    });
    let due = (10 - doubled.sum::<u32>() % 10) % 10;
    if last == due.to_string() {
        return Ok(());
    }
    Err(Invalid::new(
        "isin",
        format!("its check digit would be {due}, not {last}; one of its characters is mistyped"),
    ))
}

/// Reads a price of a day.
///
/// # Errors
/// What is wrong, at its field.
pub fn price(typed: &Typed, symbol: &str, currency: Option<&str>, today: NaiveDate) -> Result<KnownPrice, Errors> {
    let mut errors = Errors::default();
    let day = day(typed.get("day"), today).unwrap_or_else(|reason| {
        errors.add("day", reason);
        today
    });
    let price = typed.figure("price", &mut errors);
    let currency = some(&typed.get("price_currency").to_ascii_uppercase()).or_else(|| currency.map(str::to_owned));
    match price {
        None => errors.add("price", "needed"),
        Some(price) if price.is_sign_negative() && !price.is_zero() => errors.add("price", "must be zero or more"),
        _ => {}
    }
    if let Some(code) = &currency
        && let Err(invalid) = settings::currency("price_currency", code)
    {
        errors.add("price_currency", invalid.reason);
    }
    match price {
        Some(price) if errors.is_empty() => Ok(KnownPrice {
            symbol: symbol.to_owned(),
            day,
            price,
            currency,
        }),
        _ => Err(errors),
    }
}

/// Reads a day: from 1900 to a year from now.
///
/// # Errors
/// What is wrong with it.
pub fn day(text: &str, today: NaiveDate) -> Result<NaiveDate, String> {
    if text.is_empty() {
        return Err("needed, as in 2024-03-31".into());
    }
    let day = parse_day(text).ok_or_else(|| format!("{:?} is no day; write 2024-03-31", text.chars().take(20).collect::<String>()))?;
    let first = NaiveDate::from_ymd_opt(1900, 1, 1).unwrap_or_default();
    let last = today.checked_add_days(chrono::Days::new(366)).unwrap_or(today);
    if (first..=last).contains(&day) {
        Ok(day)
    } else {
        Err(format!("days from {first} to {last} are accepted"))
    }
}

pub(super) fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_isin_is_held_to_its_check_digit() {
        for good in ["US0378331005", "DE0007164600", "IE00B4L5Y983", "AU0000XVGZA3", "GB0002634946"] {
            assert_eq!(isin(good), Ok(()), "{good}");
        }
        assert!(isin("US0378331006").unwrap_err().reason.contains("would be 5, not 6"));
        for bad in ["", "US03783310055", "0S0378331005", "US037833100A", "us0378331005", "US03783é31005"] {
            assert!(isin(bad).unwrap_err().reason.contains("two letters"), "{bad}");
        }
    }

    #[test]
    fn what_is_typed_comes_back_as_it_was_kept() {
        let settings_ = Settings {
            name: "Pension".into(),
            terms: Terms {
                cash_tracked: false,
                method: Method::Hifo,
                ..Terms::in_currency("EUR")
            },
            benchmark: Some("SPY".into()),
        };
        assert_eq!(settings(&of_settings(&settings_)).unwrap(), settings_);
        let flat = DescribedInstrument {
            symbol: "FLAT".into(),
            name: "The flat".into(),
            currency: Some("EUR".into()),
            kind: InstrumentKind::Manual,
            sector: "Real Estate".into(),
            country: Some("DE".into()),
            note: "Two rooms".into(),
            simulated: true,
            ..DescribedInstrument::default()
        };
        assert_eq!(instrument(&of_instrument(&flat)).unwrap(), flat);
    }

    #[test]
    fn each_bad_field_has_its_error() {
        let typed = Typed::default().with("currency", "€").with("isin", "X").with("kind", "zebra");
        let errors = instrument(&typed).unwrap_err();
        for field in ["symbol", "currency", "isin", "kind"] {
            assert!(errors.of(field).is_some(), "{field}");
        }
        let today = NaiveDate::from_ymd_opt(2024, 5, 1).unwrap();
        let errors = price(&Typed::default().with("day", "1.5.2024").with("price", "-1"), "FLAT", None, today).unwrap_err();
        assert!(errors.of("day").unwrap().contains("2024-03-31") && errors.of("price").is_some());
        assert!(day("2031-01-01", today).is_err() && day("1899-12-31", today).is_err() && day("2025-05-01", today).is_ok());
    }
}
