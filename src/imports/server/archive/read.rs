//! Reading our own JSON: whole, to restore, and as lines, to import.

use super::{Archive, VERSION};
use crate::imports::preview::Fault;
use crate::imports::server::draft::Draft;
use crate::imports::server::place::{Lines, Place};
use crate::imports::server::sheet::{Read, Sheet};
use crate::imports::server::{cell::Cell, currency, json, symbol, text, whole};
use crate::money::Decimal;
use crate::portfolio::activity::Activity;
use crate::portfolio::described::{DescribedInstrument, KnownPrice};
use serde::Deserialize;
use serde_json::value::RawValue;

/// The whole archive.
///
/// # Errors
/// Where it is no archive, of a newer version, or broken, with the place.
pub fn archive(bytes: &[u8]) -> Result<Archive, Fault> {
    let (text, _) = text::decode(bytes)?;
    let lines = Lines::new(&text);
    json::check_depth(&lines)?;
    check_version(&lines)?;
    json::read(&lines)
}

#[derive(Deserialize)]
struct Head {
    finflow: u32,
}

fn check_version(lines: &Lines<'_>) -> Result<(), Fault> {
    let head: Head = json::read(lines)?;
    if (1..=VERSION).contains(&head.finflow) {
        return Ok(());
    }
    if head.finflow == whole::VERSION {
        let reason = "holds a whole account: it is brought back on the page of the account, or by finflow import without --portfolio";
        return Err(text::whole_file(reason.to_owned()));
    }
    Err(text::whole_file(format!(
        "is of version {}; this program reads up to {VERSION}",
        head.finflow
    )))
}

#[derive(Deserialize)]
struct Parts<'a> {
    #[serde(borrow)]
    portfolios: Vec<Portfolio<'a>>,
}

#[derive(Deserialize)]
struct Portfolio<'a> {
    name: String,
    base_currency: String,
    #[serde(default)]
    instruments: Vec<DescribedInstrument>,
    #[serde(borrow, default)]
    activities: Vec<&'a RawValue>,
    #[serde(default)]
    prices: Vec<KnownPrice>,
}

/// The archive's activities as lines of an import.
pub fn lines(lines: &Lines<'_>, sheet: &mut Sheet<'_>) -> Result<(), Fault> {
    check_version(lines)?;
    let parts: Parts = json::read(lines)?;
    for portfolio in parts.portfolios {
        sheet.base_currency(portfolio.base_currency);
        for instrument in portfolio.instruments {
            sheet.instrument(instrument);
        }
        portfolio.prices.into_iter().for_each(|price| sheet.manual_price(price));
        for raw in portfolio.activities {
            let offset = lines.offset_of(raw.get());
            let read = activity(lines, raw).map(|activity| {
                let mut draft = Draft::from(activity);
                draft.account = Some(portfolio.name.clone());
                Read::from(draft)
            });
            sheet.take(lines.line(offset), offset, read)?;
        }
    }
    Ok(())
}

/// An activity, held to what the ledger promises.
///
/// # Errors
/// The first field that is not, where its activity stands.
pub(in crate::imports::server) fn activity<'a>(lines: &'a Lines<'a>, raw: &'a RawValue) -> Result<Activity, Fault> {
    let activity: Activity = json::part(lines, raw.get())?;
    let fault = |field, reason: &str| {
        let place = Place::Byte(lines.offset_of(raw.get()), lines);
        Err(Cell::new("", field, place).fault(reason))
    };
    if activity.id.trim().is_empty() {
        return fault("id", "is empty");
    }
    let is_code =
        activity.currency == currency::NONE || currency::read(&activity.currency).is_some_and(|unit| unit.code == activity.currency);
    if !is_code {
        return fault("currency", "is no currency of ISO 4217 in capitals");
    }
    if activity.symbol.as_deref().is_some_and(|text| !symbol::is_label(text)) {
        return fault("symbol", "is no label of an instrument");
    }
    let numbers = [
        Some(activity.quantity),
        activity.price,
        activity.amount,
        Some(activity.fee),
        Some(activity.tax),
    ];
    if numbers.into_iter().flatten().any(|number| number < Decimal::ZERO) {
        return fault("numbers", "one is below zero; the kind says which way they go");
    }
    Ok(activity)
}

impl From<Activity> for Draft {
    fn from(activity: Activity) -> Self {
        let mut draft = Self::new(activity.kind, (activity.day, activity.time), &activity.currency);
        draft.id = Some(activity.id);
        draft.symbol = activity.symbol;
        draft.quantity = activity.quantity;
        draft.price = activity.price;
        draft.amount = activity.amount;
        draft.fee = activity.fee;
        draft.tax = activity.tax;
        draft.exchange_rate = activity.exchange_rate;
        draft.ratio = activity.ratio;
        draft.lots = activity.lots;
        draft.note = activity.note;
        draft.tags = activity.tags;
        draft
    }
}
