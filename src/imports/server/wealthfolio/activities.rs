//! Wealthfolio's activities.

use super::is_cash;
use crate::imports::mapping::{DateOrder, DecimalMark};
use crate::imports::preview::Fault;
use crate::imports::server::currency;
use crate::imports::server::draft::Draft;
use crate::imports::server::sheet::{Read, Sheet};
use crate::imports::server::table::{Row, Table};
use crate::money::Decimal;
use crate::portfolio::activity::{ActivityKind, SplitRatio};
use crate::portfolio::described::{DescribedInstrument, InstrumentKind};

struct Columns {
    date: Option<usize>,
    kind: Option<usize>,
    symbol: Option<usize>,
    class: Option<usize>,
    quantity: Option<usize>,
    price: Option<usize>,
    currency: Option<usize>,
    fee: Option<usize>,
    amount: Option<usize>,
    comment: Option<usize>,
    rate: Option<usize>,
    subtype: Option<usize>,
    account: Option<usize>,
    mark: DecimalMark,
    count: usize,
}

/// Reads a table.
pub fn read(text: &str, sheet: &mut Sheet<'_>) -> Result<(), Fault> {
    let table = Table::new(text)?;
    let [quantity, price, amount] =
        [&["quantity"][..], &["unit_price", "unitprice", "price"], &["amount"]].map(|names| table.column(names));
    let columns = Columns {
        date: table.column(&["date"]),
        kind: table.column(&["type", "activitytype", "activity_type"]),
        symbol: table.column(&["symbol"]),
        class: table.column(&["instrumenttype", "instrument_type"]),
        quantity,
        price,
        currency: table.column(&["currency"]),
        fee: table.column(&["fee"]),
        amount,
        comment: table.column(&["comment", "notes"]),
        rate: table.column(&["fxrate", "fx_rate"]),
        subtype: table.column(&["subtype"]),
        account: table.column(&["account", "accountid", "account_id", "accountname"]),
        mark: table.decimal_mark(&[price, amount, quantity]),
        count: table.header.len(),
    };
    table.rows(|row| {
        let read = columns.read(row);
        if let Ok(Read::Drafts(drafts)) = &read {
            let kind = class_of(&row.cell(columns.class, "instrumentType").text);
            for symbol in drafts.iter().filter_map(|draft| draft.symbol.clone()) {
                sheet.instrument(DescribedInstrument {
                    symbol,
                    kind,
                    ..DescribedInstrument::default()
                });
            }
        }
        sheet.take(row.line, row.byte, read)
    })
}

impl Columns {
    fn read(&self, row: &Row<'_>) -> Result<Read, Fault> {
        let word = row.cell(self.kind, "type");
        let symbol = row.cell(self.symbol, "symbol");
        let is_cash = symbol.is_empty() || is_cash(&symbol.text);
        let mut remarks = vec![];
        let kind = match word.text.to_ascii_uppercase().as_str() {
            "BUY" => ActivityKind::Buy,
            "SELL" => ActivityKind::Sell,
            "SPLIT" => ActivityKind::Split,
            "DEPOSIT" => ActivityKind::Deposit,
            "WITHDRAWAL" => ActivityKind::Withdrawal,
            "TRANSFER_IN" | "ADD_HOLDING" if is_cash => ActivityKind::Deposit,
            "TRANSFER_OUT" | "REMOVE_HOLDING" if is_cash => ActivityKind::Withdrawal,
            "TRANSFER_IN" | "ADD_HOLDING" => ActivityKind::TransferIn,
            "TRANSFER_OUT" | "REMOVE_HOLDING" => ActivityKind::TransferOut,
            "DIVIDEND" => ActivityKind::Dividend,
            "INTEREST" => ActivityKind::Interest,
            "CREDIT" => {
                remarks.push("a credit is booked as interest: income in cash".to_owned());
                ActivityKind::Interest
            }
            "FEE" => ActivityKind::Fee,
            "TAX" => ActivityKind::Tax,
            "ADJUSTMENT" => {
                return Ok(Read::Omitted(
                    "an adjustment does not say what it changes; add it by hand".to_owned(),
                ));
            }
            _ => {
                let accepted =
                    "BUY, SELL, SPLIT, DEPOSIT, WITHDRAWAL, TRANSFER_IN, TRANSFER_OUT, DIVIDEND, INTEREST, CREDIT, FEE, TAX or ADJUSTMENT";
                return Err(word.unexpected(accepted));
            }
        };
        let when = row.cell(self.date, "date").day(DateOrder::DayFirst)?;
        let currency = row.cell(self.currency, "currency");
        let moves_no_money = matches!(kind, ActivityKind::Split | ActivityKind::TransferOut);
        let unit = match currency.is_empty() && moves_no_money {
            true => None,
            false => Some(currency.currency()?),
        };
        let major = |amount: Decimal| unit.as_ref().map_or(amount, |unit| unit.major(amount));
        let mut draft = Draft::new(kind, when, unit.as_ref().map_or(currency::NONE, |unit| &unit.code));
        draft.remarks = remarks;
        draft.symbol = if is_cash { None } else { Some(symbol.label()?) };
        draft.account = Some(row.cell(self.account, "account").text.into_owned()).filter(|name| !name.is_empty());
        self.note(row, &mut draft)?;
        let quantity = row.cell(self.quantity, "quantity").positive(self.mark)?;
        let price_cell = row.cell(self.price, "unit_price");
        let price = Some(major(price_cell.positive(self.mark)?)).filter(|_| !price_cell.is_empty());
        let amount_cell = row.cell(self.amount, "amount");
        let stated = Some(major(amount_cell.positive(self.mark)?)).filter(|_| !amount_cell.is_empty());
        draft.fee = major(row.cell(self.fee, "fee").positive(self.mark)?);
        match kind {
            ActivityKind::Buy | ActivityKind::Sell => {
                row.cell(self.quantity, "quantity").required(self.mark)?;
                draft.quantity = quantity;
                draft.price = Some(match (price, stated.and_then(|amount| amount.checked_div(quantity))) {
                    (Some(price), _) | (None, Some(price)) => price,
                    (None, None) => return Err(price_cell.unexpected("the price of a unit")),
                });
            }
            ActivityKind::TransferIn | ActivityKind::TransferOut => {
                row.cell(self.quantity, "quantity").required(self.mark)?;
                draft.quantity = quantity;
                draft.price = price.filter(|_| kind == ActivityKind::TransferIn);
                draft.amount = stated;
            }
            ActivityKind::Split => draft.ratio = Some(self.ratio(row, &mut draft)?),
            _ => {
                draft.amount = Some(
                    money(price.and_then(|price| price.checked_mul(quantity)), stated, &mut draft)
                        .ok_or_else(|| amount_cell.unexpected("an amount"))?,
                )
            }
        }
        if matches!(kind, ActivityKind::Split) {
            draft.quantity = draft.ratio.and_then(|ratio| ratio.new.checked_div(ratio.old)).unwrap_or_default();
        } else if draft.symbol.is_none() && matches!(kind, ActivityKind::Buy | ActivityKind::Sell) {
            return Err(symbol.unexpected("the symbol of what was traded"));
        }
        self.remark(row, &mut draft);
        Ok(draft.into())
    }

    /// The ratio stands in `amount`, or, as in Wealthfolio's own sample, in `quantity`: units for each one.
    fn ratio(&self, row: &Row<'_>, draft: &mut Draft) -> Result<SplitRatio, Fault> {
        let mut cell = row.cell(self.amount, "amount");
        if cell.is_empty() {
            cell = row.cell(self.quantity, "quantity");
            draft.remark("the split's ratio is read from the quantity");
        }
        let (new, old) = match cell.text.split_once([':', '/']) {
            Some((new, old)) => (new.trim().to_owned(), old.trim().to_owned()),
            None => (cell.text.to_string(), "1".to_owned()),
        };
        let part = |text: String| {
            let mut part = cell.clone();
            part.text = text.into();
            part.number(self.mark).ok().filter(|number| *number > Decimal::ZERO)
        };
        match (part(new), part(old)) {
            (Some(new), Some(old)) => Ok(SplitRatio { new, old }),
            _ => Err(cell.unexpected("the ratio of a split, such as 4 or 4:1")),
        }
    }

    /// The comment. In a row with one cell too many it may stand a column too far to the right.
    fn note(&self, row: &Row<'_>, draft: &mut Draft) -> Result<(), Fault> {
        let comment = row.cell(self.comment, "comment");
        draft.note = comment.words()?;
        if row.len() <= self.count {
            return Ok(());
        }
        let extra = row.cell(Some(self.count), "beyond the header");
        if row.len() > self.count + 1 || !extra.is_empty() {
            let mut fault = extra.fault(format!("the row has {} cells and the header {}", row.len(), self.count));
            fault.field = "row".to_owned();
            return Err(fault);
        }
        let rate = row.cell(self.rate, "fxRate");
        if comment.is_empty() && !rate.is_empty() && rate.number(self.mark).is_err() {
            draft.note = rate.words()?;
        }
        draft.remark("the row has one cell too many; its text is read as the comment");
        Ok(())
    }

    fn remark(&self, row: &Row<'_>, draft: &mut Draft) {
        let rate = row.cell(self.rate, "fxRate");
        if rate.number(self.mark).is_ok() {
            draft.remark(format!(
                "the rate {} does not say which currency it leads to and is not used",
                rate.text
            ));
        }
        let subtype = row.cell(self.subtype, "subtype");
        match subtype.text.to_ascii_uppercase().as_str() {
            "DRIP" => draft.remark("DRIP: what the dividend bought is not in the file; add the purchase"),
            "DIVIDEND_IN_KIND" | "STAKING_REWARD" => {
                draft.remark(format!("{}: units that came in are not in the file; add them", subtype.text))
            }
            _ => {}
        }
    }
}

/// The stated amount; else quantity x price. Where both are there and differ, the stated one counts.
fn money(product: Option<Decimal>, stated: Option<Decimal>, draft: &mut Draft) -> Option<Decimal> {
    if let (Some(product), Some(stated)) = (product, stated)
        && product != stated
        && !product.is_zero()
    {
        draft.remark(format!("the amount {stated} counts, not quantity x price, which is {product}"));
    }
    stated.or(product)
}

fn class_of(text: &str) -> InstrumentKind {
    match text.to_ascii_uppercase().as_str() {
        "EQUITY" | "STOCK" => InstrumentKind::Equity,
        "ETF" | "FUND" | "MUTUALFUND" => InstrumentKind::Fund,
        "BOND" => InstrumentKind::Bond,
        "OPTION" => InstrumentKind::Option,
        "CRYPTO" | "CRYPTOCURRENCY" => InstrumentKind::Crypto,
        _ => InstrumentKind::Unknown,
    }
}
