//! The reference rates of the European Central Bank, as they are shipped: each working day since 1999.
//!
//! They end on a day, and are carried on from there. [`super::reference`] keeps a copy current.

use crate::market::exchange::Exchange;
use crate::money::Decimal;
use anyhow::{Context as _, ensure};
use chrono::NaiveDate;
use flate2::read::GzDecoder;
use std::io::Read;
use std::str::FromStr;
use std::sync::{Arc, LazyLock};

const REFERENCE: &[u8] = include_bytes!("../../../data/fx/eurofxref-hist.csv.gz");
/// What stands in the place of a rate that there is not.
const NO_RATE: &str = "N/A";

static SHIPPED: LazyLock<Arc<Exchange>> = LazyLock::new(|| {
    let mut exchange = Exchange::default();
    if let Err(error) = read_into(&mut exchange, GzDecoder::new(REFERENCE)) {
        tracing::error!("the shipped reference rates: {error:#}");
    }
    Arc::new(exchange)
});

/// The shipped rates. They are read at the first call, which takes some hundredths of a second.
pub fn shipped() -> &'static Arc<Exchange> {
    &SHIPPED
}

/// Reads a CSV table of the bank: a column `Date`, then one a currency, and in each row the units of it for one euro.
///
/// # Errors
/// A table that is not one, with its line. What stands before it was taken.
pub fn read_into(exchange: &mut Exchange, source: impl Read) -> anyhow::Result<()> {
    let mut table = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(source);
    let currencies: Vec<String> = table.headers()?.iter().skip(1).map(str::to_owned).collect();
    let is_code = |code: &String| code.is_empty() || (code.len() == 3 && code.bytes().all(|one| one.is_ascii_uppercase()));
    ensure!(
        !currencies.is_empty() && currencies.iter().all(is_code),
        "the header is no list of currencies"
    );
    let mut rows = table.records().collect::<Result<Vec<_>, _>>()?;
    // The bank puts the newest day first; taken from the oldest on, each goes to the end of its list.
    rows.reverse();
    for row in rows {
        let line = row.position().map_or(0, csv::Position::line);
        let day = row.get(0).unwrap_or_default();
        let day = NaiveDate::from_str(day).with_context(|| format!("line {line}: {day} is not a date"))?;
        for (currency, text) in currencies.iter().zip(row.iter().skip(1)) {
            if currency.is_empty() || text.is_empty() || text == NO_RATE {
                continue;
            }
            let rate = Decimal::from_str_exact(text).with_context(|| format!("line {line}: {text} is not a rate"))?;
            ensure!(rate > Decimal::ZERO, "line {line}: the rate {text} is not above zero");
            exchange.insert(currency, day, rate);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::exchange::Rate;

    fn rate(from: &str, to: &str, day: &str) -> Option<Rate> {
        shipped().rate(from, to, day.parse().unwrap())
    }

    fn text(from: &str, to: &str, day: &str) -> String {
        rate(from, to, day).map_or_else(String::new, |one| {
            format!("{}{}", one.rate, if one.carried { " carried" } else { "" })
        })
    }

    #[test]
    fn the_shipped_rates_are_whole() {
        assert_eq!(shipped().len(), 221_702);
        assert_eq!(shipped().last_day(), "2026-10-30".parse().ok());
    }

    /// Worked out by hand from the rows of the file: 2024-03-28 is a Thursday before Good Friday, and the next row is of Tuesday.
    #[test]
    fn rates_are_those_of_the_file() {
        assert_eq!(text("EUR", "USD", "1999-01-04"), "1.1789");
        assert_eq!(text("EUR", "USD", "2026-10-30"), "1.1172");
        // 1 / 1.1172 = 0.89509488005728...
        assert_eq!(text("USD", "EUR", "2026-10-30"), "0.895094880057");
        // 0.8338 / 1.1172 = 0.74633011099176...
        assert_eq!(text("USD", "GBP", "2026-10-30"), "0.746330110992");
        // 175.68 / 0.9194 = 191.08113987383075...
        assert_eq!(text("CHF", "JPY", "2026-10-30"), "191.081139873831");
        assert_eq!(text("EUR", "USD", "2024-03-28"), "1.0811");
        assert_eq!(text("EUR", "USD", "2024-04-01"), "1.0811 carried");
        assert_eq!(text("EUR", "USD", "2026-11-24"), "1.1172 carried");
        assert_eq!(rate("EUR", "USD", "1999-01-03"), None);
        // 0.8338 pounds are 83.38 pence: 1.1172 / 83.38.
        assert_eq!(text("GBp", "USD", "2026-10-30"), "0.013398896618");
        assert_eq!(text("ZAc", "EUR", "2026-10-30"), "0.000536322437");
    }

    #[test]
    fn what_is_no_more_has_its_last_rate_or_its_law() {
        assert_eq!(text("EUR", "HRK", "2022-12-30"), "7.5365");
        assert_eq!(text("EUR", "HRK", "2022-12-31"), "7.5365 carried");
        assert_eq!(text("EUR", "HRK", "2023-01-02"), "7.5345");
        assert_eq!(text("EUR", "CYP", "2007-12-31"), "0.585274");
        assert_eq!(text("EUR", "RUB", "2024-01-02"), "117.201 carried");
        assert_eq!(text("EUR", "TRY", "2004-12-31"), "1.8362");
        assert_eq!(text("EUR", "ROL", "2005-07-01"), "36030");
        for code in ["XXX", "BTC", "ETH", "USDT", "ARS"] {
            assert_eq!(rate(code, "EUR", "2026-10-30"), None, "{code}");
        }
    }

    #[test]
    fn a_broken_table_names_its_line() {
        let fault = |text: &str| {
            let error = read_into(&mut Exchange::default(), text.as_bytes()).unwrap_err();
            format!("{error:#}")
        };
        assert!(fault("Date,USD,\n2020-01-02,1.1,\n2020-01-01,x,\n").contains("line 3: x is not a rate"));
        assert!(fault("Date,USD\n2020-01-02,0\n").contains("line 2: the rate 0 is not above zero"));
        assert!(fault("Date,USD\nyesterday,1\n").contains("line 2: yesterday is not a date"));
        assert!(fault("<html>\n").contains("the header is no list of currencies"));
    }
}
