//! What the bank's files say.

use crate::market::exchange::{Exchange, PLACES};
use crate::market::server::provider::poller::{Request, Said, Text};
use crate::market::server::provider::venue::{Malformed, Tick, price, told};
use crate::money::{Decimal, round};
use chrono::{NaiveDate, NaiveTime, TimeDelta};
use roxmltree::{Document, Node};

/// When the bank publishes, after midnight UTC: 16:00 in winter, an hour later than in summer.
const PUBLISHED: TimeDelta = TimeDelta::hours(15);

/// The rates of one day: units of each currency for one euro.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayRates {
    /// The day.
    pub day: NaiveDate,
    /// The rates, as the file orders them.
    pub rates: Vec<(String, Decimal)>,
}

/// All days of a file, as it orders them. One wrong rate makes the whole file wrong.
///
/// # Errors
/// It is no such file, and the words say where.
pub fn days(text: &str) -> Result<Vec<DayRates>, Malformed> {
    let document = Document::parse(text).map_err(|error| Malformed(told(&error.to_string())))?;
    let cube = |node: &Node| node.tag_name().name() == "Cube";
    let mut days: Vec<DayRates> = vec![];
    for node in document.descendants().filter(cube) {
        let Some(text) = node.attribute("time") else {
            continue;
        };
        let day: NaiveDate = text.parse().map_err(|_| Malformed(told(&format!("{text} is not a date"))))?;
        let mut rates = vec![];
        for node in node.children().filter(cube) {
            let (code, rate) = (
                node.attribute("currency").unwrap_or_default(),
                node.attribute("rate").unwrap_or_default(),
            );
            let known = code.len() == 3 && code.bytes().all(|letter| letter.is_ascii_uppercase());
            let number = price(rate).filter(|_| known);
            let number = number.ok_or_else(|| Malformed(told(&format!("{day}: {code:?} has the rate {rate:?}"))))?;
            rates.push((code.to_owned(), number));
        }
        if rates.is_empty() || days.iter().any(|known| known.day == day) {
            return Err(Malformed(format!("{day}: without rates, or there twice")));
        }
        days.push(DayRates { day, rates });
    }
    if days.is_empty() {
        return Err(Malformed("no day with rates".into()));
    }
    Ok(days)
}

/// The pairs of a request on the last day of the file.
pub fn latest(request: &Request, answer: &Text<'_>) -> Result<Vec<Said>, Malformed> {
    let mut days = days(answer.body)?;
    days.sort_by_key(|one| one.day);
    let last = days.pop().ok_or_else(|| Malformed("no day with rates".into()))?;
    let mut exchange = Exchange::default();
    for (code, rate) in &last.rates {
        exchange.insert(code, last.day, *rate);
    }
    let said = request.symbols.iter().map(|symbol| {
        let rate = symbol.split_once('/').and_then(|(from, to)| {
            let (rate, _) = exchange.convert(Decimal::ONE, from, to, last.day)?;
            Some((round(rate, PLACES).normalize(), to)).filter(|(rate, _)| *rate > Decimal::ZERO)
        });
        match rate {
            Some((price, to)) => {
                let tick = Tick {
                    symbol: symbol.clone(),
                    price,
                    quoted_at: Some(last.day.and_time(NaiveTime::MIN).and_utc() + PUBLISHED),
                    trade: None,
                    size: None,
                };
                Said::Price(tick, to.to_owned())
            }
            None => Said::Absent {
                symbol: symbol.clone(),
                reason: "the bank has no rate of one of the two".into(),
            },
        }
    });
    Ok(said.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::server::provider::damage::survive;
    use crate::market::server::provider::ecb::request;
    use proptest::prelude::*;

    const DAILY: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
	<gesmes:subject>Reference rates</gesmes:subject>
	<gesmes:Sender><gesmes:name>European Central Bank</gesmes:name></gesmes:Sender>
	<Cube>
		<Cube time='2026-10-30'>
			<Cube currency='USD' rate='1.1172'/>
			<Cube currency='JPY' rate='175.68'/>
			<Cube currency='GBP' rate='0.83380'/>
		</Cube>
	</Cube>
</gesmes:Envelope>"#;

    fn read(body: &str) -> Result<Vec<Said>, Malformed> {
        let symbols = ["EUR/USD", "USD/GBP", "EUR/XYZ"].map(str::to_owned).into();
        latest(&request::latest("http://a", &symbols), &Text { status: 200, body })
    }

    #[test]
    fn a_recorded_file_gives_pairs_and_says_what_it_does_not_have() {
        let said = read(DAILY).expect("rates");
        let prices: Vec<_> = said
            .iter()
            .map(|said| match said {
                Said::Price(tick, currency) => format!("{} {} {currency} {}", tick.symbol, tick.price, tick.quoted_at.expect("a moment")),
                Said::Absent { symbol, .. } => format!("{symbol} none"),
            })
            .collect();
        assert_eq!(
            prices,
            [
                "EUR/USD 1.1172 USD 2026-10-30 15:00:00 UTC",
                "EUR/XYZ none",
                "USD/GBP 0.746330110992 GBP 2026-10-30 15:00:00 UTC",
            ]
        );
    }

    #[test]
    fn a_file_with_one_wrong_rate_is_wrong() {
        assert_eq!(days(DAILY).expect("one day")[0].rates.len(), 3);
        for (from, to) in [
            ("1.1172", "-1.1172"),
            ("1.1172", "0"),
            ("1.1172", "1,1172"),
            ("'USD'", "'usd'"),
            ("2026-10-30", "yesterday"),
            ("</Cube>", ""),
            ("<Cube>", "<Cubes>"),
            ("time=", "day="),
        ] {
            assert!(days(&DAILY.replacen(from, to, 1)).is_err(), "{to}");
        }
        assert!(days("<html>Not found</html>").is_err() && days("").is_err());
    }

    proptest! {
        #[test]
        fn row_28_no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), cut in 0..DAILY.len(), put in any::<u8>()) {
            survive(read, &bytes, DAILY, cut, put);
        }
    }
}
