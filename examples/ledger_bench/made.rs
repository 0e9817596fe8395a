//! What is measured: a made-up ledger with rates and prices. The same natively and in WebAssembly.

use chrono::{Days, NaiveDate};
use finflow_app::money::Decimal;
use finflow_app::portfolio::activity::{Activity, ActivityKind};
use finflow_app::portfolio::mark::{MarkRate, Price};
use finflow_app::portfolio::rate::Rate;
use std::sync::Arc;

const INSTRUMENTS: usize = 200;

/// Ten years of activities on 200 instruments, a third of them in euros: six buys for three sales and a dividend.
pub fn ledger(count: usize) -> Vec<Arc<Activity>> {
    let start = NaiveDate::from_ymd_opt(2014, 1, 1).unwrap_or_default();
    let mut seed = 42u64;
    let mut next = |below: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % below
    };
    let one = |at: usize| {
        let kind = match next(10) {
            0..6 => ActivityKind::Buy,
            6..9 => ActivityKind::Sell,
            _ => ActivityKind::Dividend,
        };
        let instrument = next(INSTRUMENTS as u64);
        Arc::new(Activity {
            id: format!("activity-{at:08}"),
            day: start + Days::new(3_650 * at as u64 / count as u64),
            time: None,
            kind,
            symbol: Some(format!("I{instrument}")),
            quantity: Decimal::new(1 + next(500) as i64, 1),
            price: Some(Decimal::new(1_000 + next(50_000) as i64, 2)),
            amount: (kind == ActivityKind::Dividend).then(|| Decimal::new(1 + next(9_999) as i64, 2)),
            fee: Decimal::new(next(500) as i64, 2),
            tax: Decimal::ZERO,
            currency: if instrument % 3 == 0 { "EUR" } else { "USD" }.to_owned(),
            exchange_rate: None,
            ratio: None,
            lots: vec![],
            note: String::new(),
            tags: vec![],
        })
    };
    (0..count).map(one).collect()
}

/// Made-up rates, another each day.
pub fn made_up(_: &str, day: NaiveDate) -> Option<Rate> {
    Some(Rate::of_the_day(Decimal::new(10_000 + i64::from(day.to_epoch_days() % 2_000), 4)))
}

/// The price of each instrument.
pub fn price(_: &str) -> Option<Price> {
    Some(Price {
        price: Decimal::new(12_345, 2),
        previous_close: Some(Decimal::new(12_300, 2)),
        currency: "EUR".to_owned(),
    })
}

/// The rate of each currency.
pub fn rate(_: &str) -> Option<MarkRate> {
    Some(MarkRate {
        now: Decimal::new(11_234, 4),
        previous: Decimal::new(11_200, 4),
    })
}

/// The day of the valuation.
pub fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 1, 1).unwrap_or_default()
}
