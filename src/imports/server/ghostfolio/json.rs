//! Ghostfolio's export.

use super::{Entry, Label, MANUAL};
use crate::imports::mapping::{DateOrder, DecimalMark};
use crate::imports::preview::Fault;
use crate::imports::server::cell::Cell;
use crate::imports::server::place::Lines;
use crate::imports::server::sheet::{Read, Sheet};
use crate::imports::server::{currency, json, symbol};
use crate::portfolio::described::{DescribedInstrument, InstrumentKind, KnownPrice};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::{HashMap, HashSet};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File<'a> {
    #[serde(borrow, alias = "orders")]
    activities: Vec<&'a RawValue>,
    #[serde(borrow, default)]
    asset_profiles: Option<Vec<&'a RawValue>>,
    #[serde(default)]
    accounts: Option<Vec<Named>>,
    #[serde(default)]
    tags: Option<Vec<Named>>,
    #[serde(default)]
    user: Option<User>,
}

#[derive(Deserialize)]
struct Named {
    id: String,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    balances: Option<Vec<serde::de::IgnoredAny>>,
}

#[derive(Deserialize)]
struct User {
    #[serde(default)]
    settings: Option<Settings>,
}

#[derive(Deserialize)]
struct Settings {
    #[serde(default)]
    currency: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Profile<'a> {
    symbol: String,
    #[serde(default)]
    data_source: Option<String>,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    currency: Option<String>,
    #[serde(default)]
    isin: Option<String>,
    #[serde(default)]
    comment: Option<String>,
    #[serde(default)]
    asset_class: Option<String>,
    #[serde(default)]
    asset_sub_class: Option<String>,
    #[serde(borrow, default)]
    market_data: Option<Vec<&'a RawValue>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct MarketDay<'a> {
    #[serde(borrow, default)]
    date: Option<&'a RawValue>,
    #[serde(borrow, default)]
    market_price: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Order<'a> {
    #[serde(borrow, default)]
    id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    account_id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    comment: Option<&'a RawValue>,
    #[serde(borrow, default)]
    fee: Option<&'a RawValue>,
    #[serde(borrow, default)]
    quantity: Option<&'a RawValue>,
    #[serde(borrow, default, rename = "type")]
    kind: Option<&'a RawValue>,
    #[serde(borrow, default)]
    unit_price: Option<&'a RawValue>,
    #[serde(borrow, default)]
    currency: Option<&'a RawValue>,
    #[serde(borrow, default)]
    data_source: Option<&'a RawValue>,
    #[serde(borrow, default)]
    date: Option<&'a RawValue>,
    #[serde(borrow, default)]
    symbol: Option<&'a RawValue>,
    #[serde(default)]
    tags: Option<Vec<serde_json::Value>>,
}

/// What a file says about its parts, by their identities.
struct Names {
    accounts: HashMap<String, String>,
    tags: HashMap<String, String>,
    /// Whether valued by hand, and the symbol in the file; to the label here.
    labels: HashMap<(bool, String), String>,
}

/// Reads a file.
pub fn read(lines: &Lines<'_>, sheet: &mut Sheet<'_>) -> Result<(), Fault> {
    let file: File = json::read(lines)?;
    if let Some(base) = file
        .user
        .and_then(|user| user.settings?.currency)
        .and_then(|code| currency::read(&code))
    {
        sheet.base_currency(base.code);
    }
    let accounts = file.accounts.unwrap_or_default();
    if accounts
        .iter()
        .any(|account| account.balances.as_ref().is_some_and(|balances| !balances.is_empty()))
    {
        sheet.note("the balances of its accounts are no activities and are not read");
    }
    let by_id = |parts: Vec<Named>| {
        parts
            .into_iter()
            .map(|part| (part.id.clone(), part.name.unwrap_or(part.id)))
            .collect()
    };
    let mut names = Names {
        accounts: by_id(accounts),
        tags: by_id(file.tags.unwrap_or_default()),
        labels: HashMap::new(),
    };
    let mut taken = HashSet::new();
    for raw in file.asset_profiles.unwrap_or_default() {
        profile(lines, raw, &mut names, &mut taken, sheet)?;
    }
    for raw in file.activities {
        let offset = lines.offset_of(raw.get());
        sheet.take(lines.line(offset), offset, order(lines, raw, &names))?;
    }
    Ok(())
}

fn profile<'a>(
    lines: &'a Lines<'a>,
    raw: &'a RawValue,
    names: &mut Names,
    taken: &mut HashSet<String>,
    sheet: &mut Sheet<'_>,
) -> Result<(), Fault> {
    let profile: Profile = json::part(lines, raw.get())?;
    let is_manual = profile.data_source.as_deref() == Some(MANUAL);
    let name = profile.name.unwrap_or_default().trim().to_owned();
    let mut label = if is_manual && symbol::is_label(&name) {
        name.clone()
    } else {
        profile.symbol.clone()
    };
    if !symbol::is_label(&label) {
        return Ok(());
    }
    if !taken.insert(label.clone()) {
        let start: String = profile.symbol.chars().take(8).collect();
        label = format!("{label} ({start})");
        taken.insert(label.clone());
    }
    let unit = profile.currency.as_deref().and_then(currency::read);
    sheet.instrument(DescribedInstrument {
        symbol: label.clone(),
        name,
        currency: unit.as_ref().map(|unit| unit.code.clone()),
        isin: profile.isin.filter(|isin| symbol::is_isin(isin)),
        kind: if is_manual {
            InstrumentKind::Manual
        } else {
            kind_of(profile.asset_class.as_deref(), profile.asset_sub_class.as_deref())
        },
        alias: Some(profile.symbol.clone()).filter(|symbol| *symbol != label),
        note: profile.comment.unwrap_or_default(),
        ..DescribedInstrument::default()
    });
    for day in profile.market_data.unwrap_or_default() {
        let stands: MarketDay = json::part(lines, day.get())?;
        let date = json::cell(lines, day, stands.date, "date")?.day(DateOrder::DayFirst)?.0;
        let price = json::cell(lines, day, stands.market_price, "marketPrice")?.positive(DecimalMark::Point)?;
        let price = KnownPrice {
            symbol: label.clone(),
            day: date,
            price: unit.as_ref().map_or(price, |unit| unit.major(price)),
            currency: unit.as_ref().map(|unit| unit.code.clone()),
        };
        if is_manual {
            sheet.manual_price(price)
        } else {
            sheet.last_price(price)
        }
    }
    names.labels.insert((is_manual, profile.symbol), label);
    Ok(())
}

fn order<'a>(lines: &'a Lines<'a>, raw: &'a RawValue, names: &Names) -> Result<Read, Fault> {
    let order: Order = json::part(lines, raw.get())?;
    let cell = |value, field| -> Result<Cell<'a>, Fault> { json::cell(lines, raw, value, field) };
    let entry = Entry {
        kind: cell(order.kind, "type")?,
        date: cell(order.date, "date")?,
        currency: cell(order.currency, "currency")?,
        quantity: cell(order.quantity, "quantity")?,
        price: cell(order.unit_price, "unitPrice")?,
        fee: cell(order.fee, "fee")?,
        symbol: cell(order.symbol, "symbol")?,
        source: cell(order.data_source, "dataSource")?,
        note: cell(order.comment, "comment")?,
        mark: DecimalMark::Point,
    };
    let label = |symbol: &str, is_manual: bool| match names.labels.get(&(is_manual, symbol.to_owned())) {
        Some(label) => Label::Described(label.clone()),
        None => Label::Named,
    };
    let mut read = entry.read(label)?;
    if let Read::Drafts(drafts) = &mut read {
        let account = cell(order.account_id, "accountId")?;
        let id = cell(order.id, "id")?.words()?;
        for draft in drafts {
            draft.source_id = Some(id.clone()).filter(|id| !id.is_empty());
            draft.account = names.accounts.get(account.text.as_ref()).cloned();
            draft.tags = order.tags.iter().flatten().filter_map(|tag| tag_name(tag, names)).collect();
        }
    }
    Ok(read)
}

/// A tag is its identity, its name, or an object with either.
fn tag_name(tag: &serde_json::Value, names: &Names) -> Option<String> {
    let text = tag
        .as_str()
        .or_else(|| tag.get("name")?.as_str())
        .or_else(|| tag.get("id")?.as_str())?;
    Some(names.tags.get(text).cloned().unwrap_or_else(|| text.to_owned()))
}

fn kind_of(class: Option<&str>, sub_class: Option<&str>) -> InstrumentKind {
    match (sub_class, class) {
        (Some("CRYPTOCURRENCY"), _) => InstrumentKind::Crypto,
        (Some("ETF" | "MUTUALFUND"), _) => InstrumentKind::Fund,
        (Some("BOND"), _) | (_, Some("FIXED_INCOME")) => InstrumentKind::Bond,
        (Some("STOCK"), _) | (_, Some("EQUITY")) => InstrumentKind::Equity,
        _ => InstrumentKind::Unknown,
    }
}
