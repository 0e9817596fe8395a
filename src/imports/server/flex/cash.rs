//! Movements of cash of a Flex query, its splits, and its transfers.

use super::{POINT, Record, day};
use crate::imports::preview::Fault;
use crate::imports::server::currency;
use crate::imports::server::draft::Draft;
use crate::imports::server::sheet::Read;
use crate::money::Decimal;
use crate::portfolio::activity::{ActivityKind, SplitRatio};

/// Reads a movement of cash: dividends, taxes, interest, fees, deposits, withdrawals.
pub fn read(record: &Record<'_, '_>) -> Result<Read, Fault> {
    if let Some(reason) = record.repeats() {
        return Ok(Read::Omitted(reason));
    }
    let word = record.cell("type");
    let description = record.cell("description").words()?;
    let is_return = description.to_ascii_lowercase().contains("(return of capital)");
    let kind = match word.text.to_ascii_lowercase().as_str() {
        "dividends" if is_return => ActivityKind::ReturnOfCapital,
        "dividends" | "payment in lieu of dividends" => ActivityKind::Dividend,
        "withholding tax" | "871(m) withholding" | "transaction tax" | "sales tax" => ActivityKind::Tax,
        "other fees" | "broker fees" | "advisor fees" | "commission adjustments" | "broker fee" | "cyep/broker fees" => ActivityKind::Fee,
        "broker interest received" | "bond interest received" | "broker interest paid" | "bond interest paid" | "interest" => {
            ActivityKind::Interest
        }
        "other income" => ActivityKind::Interest,
        "deposits/withdrawals" | "deposits & withdrawals" | "deposits and withdrawals" | "deposits" | "withdrawals" => {
            ActivityKind::Deposit
        }
        _ => {
            return Err(
                word.unexpected("a type of cash transaction such as Dividends, Withholding Tax, Other Fees or Deposits/Withdrawals")
            );
        }
    };
    let date = record.first(&["settleDate", "dateTime", "tradeDate", "reportDate", "date"]);
    let unit = record.cell("currency").currency()?;
    let cell = record.cell("amount");
    let amount = cell.number(POINT)?;
    let mut draft = Draft::new(kind, day(&date)?, &unit.code);
    draft.symbol = if kind == ActivityKind::Deposit { None } else { record.label()? };
    draft.amount = Some(unit.major(amount.abs()));
    draft.note = description;
    record.mark(&mut draft)?;
    let is_cost = matches!(kind, ActivityKind::Tax | ActivityKind::Fee);
    if amount.is_zero() {
        return Ok(Read::Omitted("moves no money".to_owned()));
    }
    if kind == ActivityKind::ReturnOfCapital {
        if amount.is_sign_negative() {
            return Err(cell.fault("a return of capital that is taken back cannot be booked; add it by hand"));
        }
        draft.remark("the description says that this is a return of capital, not a dividend");
    } else if amount.is_sign_negative() != is_cost {
        draft.turn_around(&format!("\"{}\" of the other sign", word.text));
    }
    Ok(draft.into())
}

/// Reads a corporate action: splits. Any other is left to its owner.
pub fn corporate_action(record: &Record<'_, '_>) -> Result<Read, Fault> {
    let kind = record.cell("type").text;
    let description = record.cell("description");
    if !matches!(kind.as_ref(), "FS" | "RS" | "SP") {
        return Ok(Read::Omitted(format!(
            "a corporate action of the type {kind} is not read; add it by hand: {}",
            description.words()?
        )));
    }
    // "AAPL(US0378331005) SPLIT 4 FOR 1 (AAPL, APPLE INC, US0378331005)"
    let words: Vec<_> = description.text.split_whitespace().collect();
    let number = |at: usize| {
        words
            .get(at)
            .and_then(|word| Decimal::from_str_exact(word).ok())
            .filter(|number| *number > Decimal::ZERO)
    };
    let at = words.iter().position(|word| word.eq_ignore_ascii_case("for"));
    let ratio = at.and_then(|at| Some((number(at.checked_sub(1)?)?, number(at + 1)?)));
    let (new, old) = ratio.ok_or_else(|| description.unexpected("a description with the split's ratio, such as SPLIT 4 FOR 1"))?;
    let mut draft = Draft::new(
        ActivityKind::Split,
        day(&record.first(&["dateTime", "reportDate"]))?,
        currency::NONE,
    );
    draft.symbol = record.label()?;
    draft.ratio = Some(SplitRatio { new, old });
    draft.quantity = new.checked_div(old).unwrap_or_default();
    draft.note = description.words()?;
    record.mark(&mut draft)?;
    draft.exchange_rate = None;
    Ok(draft.into())
}

/// Reads a transfer of units or cash from or to another broker.
pub fn transfer(record: &Record<'_, '_>) -> Result<Read, Fault> {
    let direction = record.cell("direction");
    let is_in = match direction.text.to_ascii_uppercase().as_str() {
        "IN" => true,
        "OUT" => false,
        _ => return Err(direction.unexpected("IN or OUT")),
    };
    let unit = record.cell("currency").currency()?;
    let quantity = record.cell("quantity").number_or_zero(POINT)?.abs();
    let is_cash = record.cell("assetCategory").text == "CASH" || quantity.is_zero();
    let kind = match (is_cash, is_in) {
        (true, true) => ActivityKind::Deposit,
        (true, false) => ActivityKind::Withdrawal,
        (false, true) => ActivityKind::TransferIn,
        (false, false) => ActivityKind::TransferOut,
    };
    let mut draft = Draft::new(kind, day(&record.first(&["date", "dateTime", "reportDate"]))?, &unit.code);
    let money = record.first(if is_cash { &["cashTransfer"] } else { &["positionAmount"] });
    draft.amount = Some(unit.major(money.number_or_zero(POINT)?.abs())).filter(|amount| is_cash || !amount.is_zero());
    if !is_cash {
        draft.symbol = record.label()?;
        draft.quantity = quantity;
    }
    draft.note = record.cell("description").words()?;
    record.mark(&mut draft)?;
    Ok(draft.into())
}
