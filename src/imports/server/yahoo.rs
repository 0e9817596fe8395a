//! Yahoo's portfolios. They name no currency: a symbol's ending tells its exchange, and so its money.

use crate::imports::mapping::{DateOrder, DecimalMark};
use crate::imports::preview::{AlertHint, Fault};
use crate::imports::server::Options;
use crate::imports::server::cell::Cell;
use crate::imports::server::currency::{self, Unit};
use crate::imports::server::draft::Draft;
use crate::imports::server::sheet::{Read, Sheet};
use crate::imports::server::symbol;
use crate::imports::server::table::{Row, Table};
use crate::money::Decimal;
use crate::portfolio::activity::ActivityKind;
use crate::portfolio::described::KnownPrice;

/// Endings of symbols and the unit of their prices, by Yahoo's list of exchanges.
const EXCHANGES: [(&str, &str); 62] = [
    ("AS", "EUR"),
    ("AT", "EUR"),
    ("AX", "AUD"),
    ("BA", "ARS"),
    ("BC", "EUR"),
    ("BE", "EUR"),
    ("BK", "THB"),
    ("BM", "EUR"),
    ("BO", "INR"),
    ("BR", "EUR"),
    ("CA", "EGP"),
    ("CN", "CAD"),
    ("CO", "DKK"),
    ("DE", "EUR"),
    ("DU", "EUR"),
    ("F", "EUR"),
    ("HA", "EUR"),
    ("HE", "EUR"),
    ("HK", "HKD"),
    ("HM", "EUR"),
    ("IC", "ISK"),
    ("IR", "EUR"),
    ("IS", "TRY"),
    ("JK", "IDR"),
    ("JO", "ZAc"),
    ("KL", "MYR"),
    ("KQ", "KRW"),
    ("KS", "KRW"),
    ("KW", "KWD"),
    ("L", "GBp"),
    ("LS", "EUR"),
    ("MC", "EUR"),
    ("ME", "RUB"),
    ("MI", "EUR"),
    ("MU", "EUR"),
    ("MX", "MXN"),
    ("NE", "CAD"),
    ("NS", "INR"),
    ("NZ", "NZD"),
    ("OL", "NOK"),
    ("PA", "EUR"),
    ("PR", "CZK"),
    ("QA", "QAR"),
    ("RG", "EUR"),
    ("RO", "RON"),
    ("SA", "BRL"),
    ("SG", "EUR"),
    ("SI", "SGD"),
    ("SN", "CLP"),
    ("SR", "SAR"),
    ("SS", "CNY"),
    ("ST", "SEK"),
    ("SW", "CHF"),
    ("SZ", "CNY"),
    ("T", "JPY"),
    ("TA", "ILA"),
    ("TL", "EUR"),
    ("TO", "CAD"),
    ("TW", "TWD"),
    ("TWO", "TWD"),
    ("V", "CAD"),
    ("VI", "EUR"),
];

struct Columns {
    symbol: Option<usize>,
    current: Option<usize>,
    date: Option<usize>,
    trade_date: Option<usize>,
    price: Option<usize>,
    quantity: Option<usize>,
    commission: Option<usize>,
    high: Option<usize>,
    low: Option<usize>,
    comment: Option<usize>,
    kind: Option<usize>,
}

/// Reads a table.
pub fn read(text: &str, options: &Options, sheet: &mut Sheet<'_>) -> Result<(), Fault> {
    let table = Table::new(text)?;
    let column = |name: &str| table.column(&[name]);
    let columns = Columns {
        symbol: column("symbol"),
        current: column("current price"),
        date: column("date"),
        trade_date: column("trade date"),
        price: column("purchase price"),
        quantity: column("quantity"),
        commission: column("commission"),
        high: column("high limit"),
        low: column("low limit"),
        comment: column("comment"),
        kind: column("transaction type"),
    };
    sheet.note("the file names no currency: the endings of its symbols tell it (none: USD; .L is in pence)");
    table.rows(|row| {
        let read = columns.read(row, options, sheet);
        sheet.take(row.line, row.byte, row.check(read))
    })
}

impl Columns {
    fn read(&self, row: &Row<'_>, options: &Options, sheet: &mut Sheet<'_>) -> Result<Read, Fault> {
        let point = DecimalMark::Point;
        let symbol = row.cell(self.symbol, "Symbol");
        let quantity_cell = row.cell(self.quantity, "Quantity");
        let quantity = quantity_cell.number_or_zero(point)?;
        if symbol.text.starts_with("$$CASH") {
            return self.cash(row, options, quantity);
        }
        if !symbol::is_ticker(&symbol.text) {
            return Err(symbol.unexpected("a symbol of Yahoo"));
        }
        let label = symbol.text.clone().into_owned();
        let (unit, is_told) = unit_of(&label);
        let optional = |cell: Cell<'_>| -> Result<Option<Decimal>, Fault> {
            let price = cell.positive(point)?;
            Ok((!price.is_zero()).then(|| unit.major(price)))
        };
        let date = row.cell(self.date, "Date");
        if let (Some(price), false) = (optional(row.cell(self.current, "Current Price"))?, date.is_empty()) {
            sheet.last_price(KnownPrice {
                symbol: label.clone(),
                day: date.day(DateOrder::MonthFirst)?.0,
                price,
                currency: Some(unit.code.clone()),
            });
        }
        let [above, below] = [
            optional(row.cell(self.high, "High Limit"))?,
            optional(row.cell(self.low, "Low Limit"))?,
        ];
        let comment = row.cell(self.comment, "Comment").words()?;
        let price = row.cell(self.price, "Purchase Price");
        let trade_date = row.cell(self.trade_date, "Trade Date");
        let word = row.cell(self.kind, "Transaction Type");
        let read = if quantity_cell.is_empty() && price.is_empty() && trade_date.is_empty() {
            Read::Omitted("is watched and not held".to_owned())
        } else {
            let kind = match (word.text.to_ascii_uppercase().as_str(), quantity.is_sign_negative()) {
                ("BUY" | "", false) => ActivityKind::Buy,
                ("SELL", _) | ("BUY" | "", true) => ActivityKind::Sell,
                ("DIVIDEND", _) => ActivityKind::Dividend,
                _ => return Err(word.unexpected("BUY, SELL or DIVIDEND")),
            };
            let mut draft = Draft::new(kind, trade_date.day(DateOrder::MonthFirst)?, &unit.code);
            quantity_cell.number(point)?;
            let price = unit.major(price.required(point)?);
            if kind == ActivityKind::Dividend {
                draft.amount = Some(
                    quantity
                        .abs()
                        .checked_mul(price)
                        .ok_or_else(|| quantity_cell.fault("quantity x price is beyond what can be counted"))?,
                );
            } else {
                draft.quantity = quantity.abs();
                draft.price = Some(price);
            }
            draft.fee = unit.major(row.cell(self.commission, "Commission").positive(point)?);
            draft.symbol = Some(label.clone());
            draft.note = comment;
            if quantity.is_sign_negative() && word.is_empty() {
                draft.remark("a negative quantity is a sale");
            }
            if !is_told {
                draft.remark(format!("the ending of {label} is not known: taken as USD"));
            }
            draft.into()
        };
        if above.is_some() || below.is_some() {
            sheet.alert(AlertHint {
                symbol: label,
                above,
                below,
                currency: unit.code,
            });
        }
        Ok(read)
    }

    fn cash(&self, row: &Row<'_>, options: &Options, quantity: Decimal) -> Result<Read, Fault> {
        let word = row.cell(self.kind, "Transaction Type");
        let kind = match (word.text.to_ascii_uppercase().as_str(), quantity.is_sign_negative()) {
            ("DEPOSIT" | "BUY" | "", false) => ActivityKind::Deposit,
            ("WITHDRAWAL" | "SELL", _) | ("" | "BUY", true) => ActivityKind::Withdrawal,
            _ => return Err(word.unexpected("DEPOSIT or WITHDRAWAL")),
        };
        let symbol = row.cell(self.symbol, "Symbol");
        let named = options.currency.as_deref().and_then(currency::read);
        let unit = named.ok_or_else(|| symbol.fault("the file does not say which currency this cash is in; choose one"))?;
        let mut draft = Draft::new(
            kind,
            row.cell(self.trade_date, "Trade Date").day(DateOrder::MonthFirst)?,
            &unit.code,
        );
        draft.amount = Some(quantity.abs());
        draft.note = row.cell(self.comment, "Comment").words()?;
        draft.remark(format!("the file does not name the currency of cash: taken as {}", unit.code));
        Ok(draft.into())
    }
}

/// The unit of a symbol's price, and whether its ending told it.
fn unit_of(symbol: &str) -> (Unit, bool) {
    let dollar = Unit {
        code: "USD".to_owned(),
        divisor: Decimal::ONE,
    };
    if let Some(pair) = currency::pair_of(symbol) {
        let unit = pair.split_once('-').and_then(|(_, code)| currency::read(code));
        return (unit.unwrap_or(dollar), true);
    }
    if let Some(rate) = symbol.strip_suffix("=X") {
        let unit = rate.len().checked_sub(3).and_then(|at| rate.get(at..)).and_then(currency::read);
        return (unit.unwrap_or(dollar), true);
    }
    let Some((_, ending)) = symbol.rsplit_once('.') else {
        return (dollar, true);
    };
    let listed = EXCHANGES.iter().find(|(known, _)| known.eq_ignore_ascii_case(ending));
    let unit = listed.and_then(|(_, code)| currency::read(code));
    let is_told = unit.is_some();
    (unit.unwrap_or(dollar), is_told)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_exchange_has_a_currency() {
        for (ending, code) in EXCHANGES {
            assert!(currency::read(code).is_some(), "{ending} {code}");
        }
        let unit = |symbol| unit_of(symbol).0;
        assert_eq!((unit("VOD.L").code.as_str(), unit("VOD.L").divisor), ("GBP", Decimal::ONE_HUNDRED));
        assert_eq!(
            (
                unit("BTC-EUR").code.as_str(),
                unit("EURCHF=X").code.as_str(),
                unit("AAPL").code.as_str()
            ),
            ("EUR", "CHF", "USD")
        );
        assert!(!unit_of("A.XYZ").1);
    }
}
