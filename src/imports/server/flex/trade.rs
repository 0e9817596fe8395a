//! Trades of a Flex query.

use super::{POINT, Record, day};
use crate::imports::preview::Fault;
use crate::imports::server::currency::{self, Unit};
use crate::imports::server::draft::Draft;
use crate::imports::server::sheet::Read;
use crate::money::Decimal;
use crate::portfolio::activity::ActivityKind;
use chrono::{NaiveDate, NaiveTime};

type Moment = (NaiveDate, Option<NaiveTime>);

/// Reads a trade.
pub fn read(record: &Record<'_, '_>) -> Result<Read, Fault> {
    if let Some(reason) = record.repeats() {
        return Ok(Read::Omitted(reason));
    }
    let word = record.cell("buySell");
    let (kind, is_cancelled) = match word.text.to_ascii_uppercase().as_str() {
        "BUY" => (ActivityKind::Buy, false),
        "SELL" => (ActivityKind::Sell, false),
        "BUY (CA.)" => (ActivityKind::Sell, true),
        "SELL (CA.)" => (ActivityKind::Buy, true),
        _ => return Err(word.unexpected("BUY or SELL")),
    };
    let when = moment(record)?;
    let unit = record.cell("currency").currency()?;
    let quantity = record.cell("quantity").number(POINT)?.abs();
    let price_cell = record.cell("tradePrice");
    let price = unit.major(price_cell.required(POINT)?);
    let money = unit.major(record.first(&["tradeMoney", "proceeds"]).number_or_zero(POINT)?.abs());
    let label = record.label()?;
    let is_conversion = record.cell("assetCategory").text == "CASH";
    let symbol = match label {
        Some(symbol) if !is_conversion => symbol,
        other => return conversion(record, kind, when, &unit, quantity, money, other.as_deref()),
    };
    let mut draft = Draft::new(kind, when, &unit.code);
    draft.symbol = Some(symbol);
    record.mark(&mut draft)?;
    let multiplier = record.cell("multiplier").positive(POINT)?;
    let multiplier = if multiplier.is_zero() { Decimal::ONE } else { multiplier };
    draft.quantity = quantity
        .checked_mul(multiplier)
        .ok_or_else(|| record.cell("quantity").fault("is beyond what can be counted"))?;
    if multiplier != Decimal::ONE {
        draft.remark(format!("each contract is counted as {multiplier} units"));
    }
    draft.price = Some(price);
    let product = draft
        .quantity
        .checked_mul(price)
        .ok_or_else(|| price_cell.fault("quantity x price is beyond what can be counted"))?;
    // The price of a bond is in percent: what was paid tells the price of a unit.
    let is_off = money > Decimal::ZERO && product.saturating_sub(money).abs() > money / Decimal::ONE_HUNDRED;
    if let (true, Some(paid)) = (is_off, money.checked_div(draft.quantity)) {
        draft.price = Some(paid);
        draft.remark("the price of a unit is what was paid divided by the quantity");
    }
    draft.tax = unit.major(record.cell("taxes").number_or_zero(POINT)?.abs());
    if is_cancelled {
        draft.remark("a cancelled trade is booked as its opposite");
    }
    let mut drafts = vec![];
    let fee = commission(record, when, &unit)?;
    match fee {
        Some(fee) if fee.kind == ActivityKind::Fee && fee.currency == unit.code => draft.fee = fee.amount.unwrap_or_default(),
        Some(fee) => drafts.push(fee),
        None => {}
    }
    drafts.insert(0, draft);
    Ok(Read::Drafts(drafts))
}

fn moment(record: &Record<'_, '_>) -> Result<Moment, Fault> {
    let with_time = record.cell("dateTime");
    let date = record.cell("tradeDate");
    if date.is_empty() {
        return day(&with_time);
    }
    let (trade_day, time) = day(&date)?;
    let time = time.or_else(|| day(&with_time).ok()?.1).or_else(|| {
        let mut cell = record.cell("tradeTime");
        cell.text = format!("{trade_day}T{}", cell.text).into();
        day(&cell).ok()?.1
    });
    Ok((trade_day, time))
}

/// The commission as an activity: a cost is below zero in the file, what is above is given back.
fn commission(record: &Record<'_, '_>, when: Moment, unit: &Unit) -> Result<Option<Draft>, Fault> {
    let cell = record.cell("ibCommission");
    let amount = cell.number_or_zero(POINT)?;
    if amount.is_zero() {
        return Ok(None);
    }
    let currency = record.cell("ibCommissionCurrency");
    let own = if currency.is_empty() { unit.clone() } else { currency.currency()? };
    let mut fee = Draft::new(ActivityKind::Fee, when, &own.code);
    fee.amount = Some(own.major(amount.abs()));
    fee.note = "Commission".to_owned();
    record.mark(&mut fee)?;
    fee.exchange_rate = fee.exchange_rate.filter(|_| own == *unit);
    if amount > Decimal::ZERO {
        fee.turn_around("a commission that was given back");
    } else if own != *unit {
        fee.remark("the commission is in another currency and stands for itself");
    }
    Ok(Some(fee))
}

/// Money of one currency for another: a withdrawal and a deposit on the same day.
fn conversion(
    record: &Record<'_, '_>,
    kind: ActivityKind,
    when: Moment,
    unit: &Unit,
    quantity: Decimal,
    money: Decimal,
    pair: Option<&str>,
) -> Result<Read, Fault> {
    let other = pair
        .and_then(|pair| pair.split_once('.'))
        .and_then(|(base, _)| currency::read(base));
    let Some(other) = other else {
        let reason = format!(
            "a conversion of {quantity} of a currency that the file does not name for {money} {}; add it by hand, with its commission",
            unit.code
        );
        return Ok(Read::Omitted(reason));
    };
    let (out, into) = match kind {
        ActivityKind::Buy => ((money, unit), (quantity, &other)),
        _ => ((quantity, &other), (money, unit)),
    };
    let mut drafts = vec![];
    for (kind, (amount, unit)) in [(ActivityKind::Withdrawal, out), (ActivityKind::Deposit, into)] {
        let mut draft = Draft::new(kind, when, &unit.code);
        draft.amount = Some(amount);
        draft.note = format!("Conversion {}", pair.unwrap_or_default());
        record.mark(&mut draft)?;
        draft.exchange_rate = None;
        draft.remark("one half of a conversion of currencies");
        drafts.push(draft);
    }
    drafts.extend(commission(record, when, unit)?);
    Ok(Read::Drafts(drafts))
}
