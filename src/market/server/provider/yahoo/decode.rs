//! What Yahoo says.

use crate::market::candle::{Candle, Interval};
use crate::market::server::provider::poller::{Request, Said, Text};
use crate::market::server::provider::venue::{Malformed, Tick, price, told};
use crate::money::Decimal;
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::BTreeMap;

#[derive(Deserialize)]
struct Body<'a> {
    #[serde(borrow)]
    chart: Chart<'a>,
}

#[derive(Deserialize)]
struct Chart<'a> {
    #[serde(borrow, default)]
    result: Option<Vec<Series<'a>>>,
    #[serde(borrow, default)]
    error: Option<Fault<'a>>,
}

#[derive(Deserialize)]
struct Fault<'a> {
    #[serde(borrow, default)]
    code: Cow<'a, str>,
    #[serde(borrow, default)]
    description: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Meta<'a> {
    // A symbol that is no more has neither.
    #[serde(borrow, default)]
    currency: Option<Cow<'a, str>>,
    #[serde(borrow)]
    symbol: Cow<'a, str>,
    #[serde(borrow, default)]
    regular_market_price: Option<&'a RawValue>,
    #[serde(default)]
    regular_market_time: Option<i64>,
    #[serde(default)]
    gmtoffset: i64,
}

#[derive(Deserialize)]
struct Series<'a> {
    #[serde(borrow)]
    meta: Meta<'a>,
    #[serde(default)]
    timestamp: Vec<i64>,
    #[serde(borrow, default)]
    events: Events<'a>,
    #[serde(borrow, default)]
    indicators: Indicators<'a>,
}

#[derive(Default, Deserialize)]
struct Events<'a> {
    #[serde(borrow, default)]
    dividends: BTreeMap<Cow<'a, str>, Paid<'a>>,
    #[serde(borrow, default)]
    splits: BTreeMap<Cow<'a, str>, Parted<'a>>,
}

#[derive(Deserialize)]
struct Paid<'a> {
    #[serde(borrow)]
    amount: &'a RawValue,
    date: i64,
}

#[derive(Deserialize)]
struct Parted<'a> {
    date: i64,
    #[serde(borrow)]
    numerator: &'a RawValue,
    #[serde(borrow)]
    denominator: &'a RawValue,
}

#[derive(Default, Deserialize)]
struct Indicators<'a> {
    #[serde(borrow, default)]
    quote: Vec<Prices<'a>>,
}

/// Each list may be missing, and each of its members null.
#[derive(Default, Deserialize)]
struct Prices<'a> {
    #[serde(borrow, default)]
    open: Vec<Option<&'a RawValue>>,
    #[serde(borrow, default)]
    high: Vec<Option<&'a RawValue>>,
    #[serde(borrow, default)]
    low: Vec<Option<&'a RawValue>>,
    #[serde(borrow, default)]
    close: Vec<Option<&'a RawValue>>,
    #[serde(borrow, default)]
    volume: Vec<Option<&'a RawValue>>,
}

/// What was paid for one unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dividend {
    /// The day from which a buyer does not get it any more.
    pub day: NaiveDate,
    /// The amount, in the currency of the prices and for a unit of today.
    pub amount: Decimal,
}

/// A unit became several, or several became one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    /// The first day with new units.
    pub day: NaiveDate,
    /// New units …
    pub new: Decimal,
    /// … for so many old ones.
    pub old: Decimal,
}

/// The daily history of a symbol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Daily {
    /// The symbol.
    pub symbol: String,
    /// The currency of all prices, as Yahoo writes it: `GBp` are pence.
    pub currency: String,
    /// The days of the exchange, oldest first. Prices are those of a unit of today: splits are worked into them, dividends are not.
    /// The last may be a day that is still under way.
    pub candles: Vec<Candle>,
    /// Dividends, oldest first.
    pub dividends: Vec<Dividend>,
    /// Splits, oldest first.
    pub splits: Vec<Split>,
}

/// What an answer is.
enum Found<'a> {
    Series(Box<Series<'a>>),
    Absent(String),
}

fn found<'a>(answer: &Text<'a>) -> Result<Found<'a>, Malformed> {
    let chart = serde_json::from_str::<Body>(answer.body)?.chart;
    if let Some(fault) = chart.error {
        let words = fault.description.as_deref().unwrap_or_default();
        let reason = told(&format!("{} {words}", fault.code));
        // Of what is not there it says so by its status too. All else may be another time.
        return if answer.status == 404 {
            Ok(Found::Absent(reason))
        } else {
            Err(Malformed(reason))
        };
    }
    let series = chart.result.into_iter().flatten().next();
    let series = series.ok_or_else(|| Malformed("neither a result nor an error".into()))?;
    Ok(Found::Series(Box::new(series)))
}

/// The latest price of the one symbol that a request is for.
pub fn latest(request: &Request, answer: &Text<'_>) -> Result<Vec<Said>, Malformed> {
    let asked = request.symbols.first().cloned().unwrap_or_default();
    let meta = match found(answer)? {
        Found::Absent(reason) => return Ok(vec![Said::Absent { symbol: asked, reason }]),
        Found::Series(series) => series.meta,
    };
    if !meta.symbol.eq_ignore_ascii_case(&asked) {
        return Err(Malformed("the price of another symbol".into()));
    }
    let (Some(currency), Some(raw)) = (meta.currency, meta.regular_market_price) else {
        let reason = "it has no price any more".into();
        return Ok(vec![Said::Absent { symbol: asked, reason }]);
    };
    let price = number(raw).ok_or_else(|| Malformed("expected a price above zero".into()))?;
    let tick = Tick {
        symbol: asked,
        price,
        quoted_at: meta.regular_market_time.and_then(|seconds| DateTime::from_timestamp(seconds, 0)),
        trade: None,
        size: None,
    };
    Ok(vec![Said::Price(tick, currency.into_owned())])
}

/// The daily history that an answer holds.
///
/// # Errors
/// It is none, or the symbol does not exist: the words say which.
pub fn daily(answer: &Text<'_>) -> Result<Daily, Malformed> {
    let series = match found(answer)? {
        Found::Absent(reason) => return Err(Malformed(reason)),
        Found::Series(series) => series,
    };
    let Series {
        meta,
        timestamp,
        events,
        indicators,
    } = *series;
    let day = |seconds: i64| {
        let local = seconds.checked_add(meta.gmtoffset)?;
        DateTime::from_timestamp(local, 0).map(|moment| moment.date_naive())
    };
    let prices = indicators.quote.into_iter().next().unwrap_or_default();
    let mut candles: BTreeMap<DateTime<Utc>, Candle> = BTreeMap::new();
    for (place, seconds) in timestamp.iter().enumerate() {
        let start = day(*seconds).ok_or_else(|| Malformed("a moment that is none".into()))?;
        let start = Interval::Day.start_of(start.and_time(NaiveTime::MIN).and_utc());
        // Of a day that comes twice the last says how it is now.
        if let Some(candle) = prices.candle(place, start) {
            candles.insert(start, candle);
        }
    }
    let paid = events.dividends.values().filter_map(|paid| {
        let (day, amount) = (day(paid.date)?, number(paid.amount)?);
        Some(Dividend { day, amount })
    });
    let parted = events.splits.values().filter_map(|parted| {
        let (day, new, old) = (day(parted.date)?, number(parted.numerator)?, number(parted.denominator)?);
        Some(Split { day, new, old })
    });
    let (mut dividends, mut splits) = (paid.collect::<Vec<_>>(), parted.collect::<Vec<_>>());
    dividends.sort_by_key(|one| one.day);
    splits.sort_by_key(|one| one.day);
    Ok(Daily {
        symbol: meta.symbol.into_owned(),
        currency: meta.currency.unwrap_or_default().into_owned(),
        candles: candles.into_values().collect(),
        dividends,
        splits,
    })
}

impl Prices<'_> {
    /// The candle at a place of the lists; `None` where no close is known. A price that is missing is the close.
    fn candle(&self, place: usize, start: DateTime<Utc>) -> Option<Candle> {
        let at = |list: &[Option<&RawValue>]| list.get(place).copied().flatten().and_then(number);
        let close = at(&self.close)?;
        let open = at(&self.open).unwrap_or(close);
        Some(Candle {
            start,
            open,
            high: at(&self.high).unwrap_or(close).max(open).max(close),
            low: at(&self.low).unwrap_or(close).min(open).min(close),
            close,
            volume: at(&self.volume).unwrap_or_default(),
        })
    }
}

/// A number above zero. What was a number of 32 bits before it was written, as 608.7999877929688 was, is the shortest text that
/// is the same such number: 608.8.
fn number(raw: &RawValue) -> Option<Decimal> {
    let text = raw.get();
    let exact = price(text)?;
    let (single, double) = (text.parse::<f32>().ok()?, text.parse::<f64>().ok()?);
    let widened = text.len() > 9 && f64::from(single).to_bits() == double.to_bits();
    if widened { price(&single.to_string()) } else { Some(exact) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::server::provider::damage::survive;
    use crate::market::server::provider::yahoo::request;
    use proptest::prelude::*;

    const LATEST: &str = r#"{"chart":{"result":[{"meta":{"currency":"EUR","symbol":"MUV2.DE","exchangeName":"GER","instrumentType":"EQUITY","firstTradeDate":820454400,"regularMarketTime":1730993700,"gmtoffset":3600,"timezone":"CET","regularMarketPrice":608.8,"chartPreviousClose":601.2,"priceHint":2,"currentTradingPeriod":{"regular":{"timezone":"CET","start":1730966400,"end":1730997000,"gmtoffset":3600}},"dataGranularity":"1d","range":"1d","validRanges":["1d","5d"]},"timestamp":[1730966400],"indicators":{"quote":[{"open":[602.0],"high":[610.2000122070312],"low":[600.0],"close":[608.7999877929688],"volume":[210311]}],"adjclose":[{"adjclose":[608.7999877929688]}]}}],"error":null}}"#;

    const DAILY: &str = r#"{"chart":{"result":[{"meta":{"currency":"USD","symbol":"AAPL","regularMarketPrice":124.4,"chartPreviousClose":131.2,"gmtoffset":-14400},"timestamp":[1596806400,1597066200,1598880600,1598967000,1599053400],"events":{"dividends":{"1596806400":{"amount":0.205,"date":1596806400}},"splits":{"1598880600":{"date":1598880600,"numerator":4.0,"denominator":1.0,"splitRatio":"4:1"}}},"indicators":{"quote":[{"open":[113.20500183105469,null,127.58000183105469,132.75999450683594,137.58999633789062],"high":[113.67500305175781,null,131.0,134.8000030517578,137.97999572753906],"low":[110.2925033569336,null,126.0,130.52999877929688,127.0],"close":[111.11250305175781,null,129.0399932861328,134.17999267578125,131.39999389648438],"volume":[198045600,null,225702700,151948100,200119000]}],"adjclose":[{"adjclose":[108.2,null,126.0,131.0,128.4]}]}}],"error":null}}"#;

    const ABSENT: &str = r#"{"chart":{"result":null,"error":{"code":"Not Found","description":"No data found, symbol may be delisted"}}}"#;

    fn text(body: &str) -> Text<'_> {
        Text { status: 200, body }
    }

    fn asked(symbol: &str) -> Request {
        request::latest("https://a", symbol)
    }

    #[test]
    fn a_recorded_price_is_read_exactly_with_its_currency() {
        let expected = Tick {
            symbol: "MUV2.DE".into(),
            price: "608.8".parse().expect("a price"),
            quoted_at: DateTime::from_timestamp(1_730_993_700, 0),
            trade: None,
            size: None,
        };
        assert_eq!(
            latest(&asked("MUV2.DE"), &text(LATEST)),
            Ok(vec![Said::Price(expected, "EUR".into())])
        );
    }

    #[test]
    fn what_is_not_there_is_told_and_what_is_wrong_is_said() {
        let answer = Text { status: 404, body: ABSENT };
        let reason = "Not Found No data found, symbol may be delisted".to_owned();
        let symbol = "GONE".to_owned();
        assert_eq!(latest(&asked("GONE"), &answer), Ok(vec![Said::Absent { symbol, reason }]));
        assert!(daily(&answer).is_err());
        for wrong in [
            "",
            "Too Many Requests",
            "[]",
            "{}",
            r#"{"chart":{"result":[],"error":null}}"#,
            r#"{"chart":{"result":null,"error":{"code":"Internal","description":null}}}"#,
            &LATEST.replace("608.8,", "-608.8,"),
            &LATEST.replace("608.8,", "\"608.8\","),
            &LATEST.replace("MUV2.DE", "MUV.DE"),
            &LATEST[..LATEST.len() - 2],
        ] {
            assert!(latest(&asked("MUV2.DE"), &text(wrong)).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_history_has_its_days_dividends_and_splits_and_no_nulls() {
        let daily = daily(&text(DAILY)).expect("a history");
        assert_eq!((daily.symbol.as_str(), daily.currency.as_str()), ("AAPL", "USD"));
        let closes: Vec<_> = daily
            .candles
            .iter()
            .map(|one| format!("{} {}", one.start.date_naive(), one.close))
            .collect();
        assert_eq!(
            closes,
            ["2020-08-07 111.1125", "2020-08-31 129.04", "2020-09-01 134.18", "2020-09-02 131.4"]
        );
        let first = &daily.candles[0];
        assert_eq!(
            [first.open, first.high, first.low, first.volume].map(|one| one.to_string()),
            ["113.205", "113.675", "110.2925", "198045600"]
        );
        let day = |text: &str| text.parse::<NaiveDate>().expect("a day");
        let paid = Dividend {
            day: day("2020-08-07"),
            amount: "0.205".parse().expect("an amount"),
        };
        let split = Split {
            day: day("2020-08-31"),
            new: Decimal::from(4),
            old: Decimal::ONE,
        };
        assert_eq!((daily.dividends, daily.splits), (vec![paid], vec![split]));
    }

    #[test]
    fn a_number_that_was_widened_is_what_it_was() {
        for (written, expected) in [
            ("608.7999877929688", "608.8"),
            ("608.8", "608.8"),
            ("105899.3984375", "105899.4"),
            ("0.1234567890123456", "0.1234567890123456"),
            ("198045600", "198045600"),
        ] {
            let raw = RawValue::from_string(written.into()).expect("JSON");
            assert_eq!(number(&raw).map(|one| one.to_string()).as_deref(), Some(expected), "{written}");
        }
    }

    proptest! {
        #[test]
        fn row_28_no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), cut in 0..DAILY.len(), put in any::<u8>()) {
            let both = |body: &str| {
                let (first, second) = (latest(&asked("AAPL"), &text(body)).is_ok(), daily(&text(body)).is_ok());
                (first, second)
            };
            survive(both, &bytes, DAILY, cut, put);
        }

        #[test]
        fn a_candle_holds_its_prices(open in 1u32..100_000, high in 1u32..100_000, low in 1u32..100_000, close in 1u32..100_000) {
            let body = DAILY.replacen("113.20500183105469", &open.to_string(), 1)
                .replacen("113.67500305175781", &high.to_string(), 1)
                .replacen("110.2925033569336", &low.to_string(), 1)
                .replacen("111.11250305175781", &close.to_string(), 1);
            let candle = daily(&text(&body)).expect("a history").candles.remove(0);
            prop_assert!(candle.low <= candle.open.min(candle.close) && candle.high >= candle.open.max(candle.close));
        }
    }
}
