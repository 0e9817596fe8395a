//! Activities to test with.

use crate::money::Decimal;
use crate::portfolio::activity::{Activity, ActivityKind, NamedLot, SplitRatio};
use crate::portfolio::rate::Rate;
use crate::portfolio::ratio::risk::DayReturn;
use chrono::NaiveDate;

pub fn d(text: &str) -> Decimal {
    Decimal::from_str_exact(text).expect("a decimal")
}

/// A day of January 2024 and the months after it.
pub fn day(number: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2024, 1, 1).expect("a day") + chrono::Days::new(u64::from(number) - 1)
}

/// Returns of one day after the other, from the first of January.
pub fn returns(rates: &[&str]) -> Vec<DayReturn> {
    let one = |(at, rate): (usize, &&str)| DayReturn {
        day: day(1 + at as u32),
        rate: d(rate),
    };
    rates.iter().enumerate().map(one).collect()
}

pub fn activity(id: &str, kind: ActivityKind) -> Activity {
    Activity {
        id: id.to_owned(),
        day: day(1),
        time: None,
        kind,
        symbol: None,
        quantity: Decimal::ZERO,
        price: None,
        amount: None,
        fee: Decimal::ZERO,
        tax: Decimal::ZERO,
        currency: "USD".to_owned(),
        exchange_rate: None,
        ratio: None,
        lots: vec![],
        note: String::new(),
        tags: vec![],
    }
}

fn trade(id: &str, kind: ActivityKind, symbol: &str, quantity: &str, price: &str) -> Activity {
    Activity {
        symbol: Some(symbol.to_owned()),
        quantity: d(quantity),
        price: Some(d(price)),
        ..activity(id, kind)
    }
}

pub fn buy(id: &str, symbol: &str, quantity: &str, price: &str) -> Activity {
    trade(id, ActivityKind::Buy, symbol, quantity, price)
}

pub fn sell(id: &str, symbol: &str, quantity: &str, price: &str) -> Activity {
    trade(id, ActivityKind::Sell, symbol, quantity, price)
}

/// An activity of money, with the instrument it concerns.
pub fn money(id: &str, kind: ActivityKind, symbol: Option<&str>, amount: &str) -> Activity {
    Activity {
        symbol: symbol.map(str::to_owned),
        amount: Some(d(amount)),
        ..activity(id, kind)
    }
}

pub fn split(id: &str, symbol: &str, new: &str, old: &str) -> Activity {
    Activity {
        symbol: Some(symbol.to_owned()),
        ratio: Some(SplitRatio { new: d(new), old: d(old) }),
        ..activity(id, ActivityKind::Split)
    }
}

pub fn on(number: u32, activity: Activity) -> Activity {
    Activity {
        day: day(number),
        ..activity
    }
}

pub fn charged(fee: &str, tax: &str, activity: Activity) -> Activity {
    Activity {
        fee: d(fee),
        tax: d(tax),
        ..activity
    }
}

pub fn in_currency(currency: &str, activity: Activity) -> Activity {
    Activity {
        currency: currency.to_owned(),
        ..activity
    }
}

pub fn naming(lots: &[(&str, &str)], activity: Activity) -> Activity {
    let lots = lots.iter().map(|(opened_by, quantity)| NamedLot {
        opened_by: (*opened_by).to_owned(),
        quantity: d(quantity),
    });
    Activity {
        lots: lots.collect(),
        ..activity
    }
}

/// Rates into dollars: the euro rises by a cent a day from 1.10; pounds are carried after the tenth day.
pub fn rates(currency: &str, day_asked: NaiveDate) -> Option<Rate> {
    let days = (day_asked - day(1)).num_days();
    match currency {
        "EUR" => Some(Rate::of_the_day(Decimal::new(110 + days, 2))),
        "GBP" => Some(Rate {
            rate: d("1.333333"),
            carried: days > 9,
        }),
        _ => None,
    }
}
