//! Ghostfolio's export, so that nobody is locked in. What Ghostfolio has no word for is told, not hidden.

use crate::imports::server::archive::{ArchivedPortfolio, normalize};
use crate::money::{Decimal, number};
use crate::portfolio::activity::{Activity, ActivityKind};
use crate::portfolio::described::InstrumentKind;
use serde::Serialize;
use std::collections::HashMap;

/// What was written, and what had to be left out.
pub struct Exported {
    /// The file.
    pub bytes: Vec<u8>,
    /// Each activity that is not in it, by its identity, with the reason.
    pub left_out: Vec<(String, String)>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct File<'a> {
    meta: Meta,
    accounts: [(); 0],
    asset_profiles: Vec<Profile<'a>>,
    platforms: [(); 0],
    tags: Vec<Tag<'a>>,
    activities: Vec<Order<'a>>,
    user: User<'a>,
}

#[derive(Serialize)]
struct Meta {
    date: String,
    version: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Profile<'a> {
    currency: Option<&'a str>,
    data_source: &'static str,
    isin: Option<&'a str>,
    name: &'a str,
    symbol: &'a str,
}

#[derive(Serialize)]
struct Tag<'a> {
    id: &'a str,
    name: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Order<'a> {
    id: &'a str,
    account_id: Option<()>,
    comment: Option<&'a str>,
    #[serde(with = "number")]
    fee: Decimal,
    #[serde(with = "number")]
    quantity: Decimal,
    r#type: &'static str,
    #[serde(with = "number")]
    unit_price: Decimal,
    currency: &'a str,
    data_source: &'static str,
    date: String,
    symbol: &'a str,
    tags: &'a [String],
}

#[derive(Serialize)]
struct User<'a> {
    settings: Settings<'a>,
}

#[derive(Serialize)]
struct Settings<'a> {
    currency: &'a str,
}

/// Writes a portfolio's activities.
///
/// # Errors
/// None in practice: every key is a text.
pub fn export(portfolio: &ArchivedPortfolio) -> Result<Exported, serde_json::Error> {
    let mut activities: Vec<Activity> = portfolio.activities.clone();
    activities.iter_mut().for_each(normalize);
    activities.sort_by(|a, b| (a.day, a.time, &a.id).cmp(&(b.day, b.time, &b.id)));
    let sources: HashMap<&str, &'static str> = portfolio
        .instruments
        .iter()
        .map(|own| (own.symbol.as_str(), source(own.kind)))
        .collect();
    let mut left_out = vec![];
    let mut orders = vec![];
    for activity in &activities {
        match order(activity, &sources) {
            Ok(order) => orders.push(order),
            Err(reason) => left_out.push((activity.id.clone(), reason.to_owned())),
        }
    }
    // The newest activity dates the file: the clock would make equal exports differ.
    let date = orders
        .iter()
        .map(|order| order.date.clone())
        .max()
        .unwrap_or_else(|| "1970-01-01T00:00:00.000Z".to_owned());
    let profiles = portfolio.instruments.iter().map(|own| Profile {
        currency: own.currency.as_deref(),
        data_source: source(own.kind),
        isin: own.isin.as_deref(),
        name: if own.name.is_empty() { &own.symbol } else { &own.name },
        symbol: &own.symbol,
    });
    let mut tags: Vec<&String> = activities.iter().flat_map(|activity| &activity.tags).collect();
    tags.sort();
    tags.dedup();
    let file = File {
        meta: Meta { date, version: "finflow" },
        accounts: [],
        asset_profiles: profiles.collect(),
        platforms: [],
        tags: tags.into_iter().map(|tag| Tag { id: tag, name: tag }).collect(),
        activities: orders,
        user: User {
            settings: Settings {
                currency: &portfolio.base_currency,
            },
        },
    };
    let mut bytes = serde_json::to_vec_pretty(&file)?;
    bytes.push(b'\n');
    Ok(Exported { bytes, left_out })
}

fn source(kind: InstrumentKind) -> &'static str {
    if kind == InstrumentKind::Manual { "MANUAL" } else { "YAHOO" }
}

fn order<'a>(activity: &'a Activity, sources: &HashMap<&str, &'static str>) -> Result<Order<'a>, &'static str> {
    let amount = activity.amount.unwrap_or_default();
    let costs = activity.fee.saturating_add(activity.tax);
    let (word, quantity, price, fee) = match activity.kind {
        ActivityKind::Buy => ("BUY", activity.quantity, activity.price.unwrap_or_default(), costs),
        ActivityKind::Sell => ("SELL", activity.quantity, activity.price.unwrap_or_default(), costs),
        ActivityKind::TransferIn => (
            "BUY",
            activity.quantity,
            activity.price.ok_or("Ghostfolio has no transfer without a price")?,
            costs,
        ),
        ActivityKind::Dividend => ("DIVIDEND", Decimal::ONE, amount, costs),
        ActivityKind::Interest => ("INTEREST", Decimal::ONE, amount, costs),
        ActivityKind::Fee | ActivityKind::Tax => ("FEE", Decimal::ZERO, Decimal::ZERO, amount),
        ActivityKind::Deposit | ActivityKind::Withdrawal => return Err("Ghostfolio keeps cash as balances, not as activities"),
        ActivityKind::TransferOut => return Err("Ghostfolio has no transfer out"),
        ActivityKind::Split => return Err("Ghostfolio has no split; it counts shares after it"),
        ActivityKind::ReturnOfCapital => return Err("Ghostfolio has no return of capital"),
    };
    let (symbol, data_source) = match &activity.symbol {
        Some(symbol) => (symbol.as_str(), sources.get(symbol.as_str()).copied().unwrap_or("YAHOO")),
        None if activity.note.is_empty() => (word, "MANUAL"),
        None => (activity.note.as_str(), "MANUAL"),
    };
    let time = activity
        .time
        .map_or_else(|| "00:00:00.000".to_owned(), |time| time.format("%H:%M:%S%.3f").to_string());
    Ok(Order {
        id: &activity.id,
        account_id: None,
        comment: Some(activity.note.as_str()).filter(|note| !note.is_empty() && activity.symbol.is_some()),
        fee,
        quantity,
        r#type: word,
        unit_price: price,
        currency: &activity.currency,
        data_source,
        date: format!("{}T{time}Z", activity.day),
        symbol,
        tags: &activity.tags,
    })
}
