//! Portfolio Performance: one meaning of a booking for its file and its tables.

pub mod csv;
mod reference;
pub mod xml;

use crate::imports::server::draft::Draft;
use crate::money::Decimal;
use crate::portfolio::activity::ActivityKind;
use chrono::{NaiveDate, NaiveTime};

/// What a booking is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Booking {
    Buy,
    Sell,
    DeliveryIn,
    DeliveryOut,
    TransferIn,
    TransferOut,
    Deposit,
    Removal,
    Dividend,
    Interest,
    InterestCharge,
    Fees,
    FeesRefund,
    Taxes,
    TaxRefund,
}

impl Booking {
    /// Reads the word that a file uses, whichever of the known ones.
    fn read(word: &str) -> Option<Self> {
        let plain: String = word.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect();
        Some(match plain.as_str() {
            "buy" | "kauf" => Self::Buy,
            "sell" | "verkauf" => Self::Sell,
            "deliveryinbound" | "einlieferung" => Self::DeliveryIn,
            "deliveryoutbound" | "auslieferung" => Self::DeliveryOut,
            "transferin" | "transferinbound" | "umbuchungeingang" => Self::TransferIn,
            "transferout" | "transferoutbound" | "umbuchungausgang" => Self::TransferOut,
            "deposit" | "einlage" => Self::Deposit,
            "removal" | "entnahme" => Self::Removal,
            "dividend" | "dividends" | "dividende" => Self::Dividend,
            "interest" | "zinsen" => Self::Interest,
            "interestcharge" | "zinsbelastung" => Self::InterestCharge,
            "fees" | "gebühren" => Self::Fees,
            "feesrefund" | "gebührenerstattung" => Self::FeesRefund,
            "taxes" | "steuern" => Self::Taxes,
            "taxrefund" | "steuerrückerstattung" => Self::TaxRefund,
            _ => return None,
        })
    }

    fn moves_units(self) -> bool {
        matches!(self, Self::Buy | Self::Sell | Self::DeliveryIn | Self::DeliveryOut)
    }
}

/// A booking's money, in its currency.
struct Amounts {
    /// What reached or left the account, after fees and taxes.
    net: Decimal,
    fees: Decimal,
    taxes: Decimal,
    shares: Decimal,
}

/// The activity of a booking. What it holds against itself comes back as the reason.
fn draft(
    booking: Booking,
    when: (NaiveDate, Option<NaiveTime>),
    currency: &str,
    symbol: Option<String>,
    amounts: &Amounts,
) -> Result<Draft, String> {
    let Amounts { net, fees, taxes, shares } = *amounts;
    let costs = fees.checked_add(taxes).ok_or("fees and taxes are beyond what can be counted")?;
    let with_units = shares > Decimal::ZERO && symbol.is_some();
    let kind = match booking {
        Booking::Buy => ActivityKind::Buy,
        Booking::Sell => ActivityKind::Sell,
        Booking::DeliveryIn => ActivityKind::TransferIn,
        Booking::DeliveryOut => ActivityKind::TransferOut,
        Booking::TransferIn if with_units => ActivityKind::TransferIn,
        Booking::TransferOut if with_units => ActivityKind::TransferOut,
        Booking::Deposit | Booking::TransferIn => ActivityKind::Deposit,
        Booking::Removal | Booking::TransferOut => ActivityKind::Withdrawal,
        Booking::Dividend => ActivityKind::Dividend,
        Booking::Interest | Booking::InterestCharge => ActivityKind::Interest,
        Booking::Fees | Booking::FeesRefund => ActivityKind::Fee,
        Booking::Taxes | Booking::TaxRefund => ActivityKind::Tax,
    };
    let mut draft = Draft::new(kind, when, currency);
    draft.symbol = symbol;
    // An amount is what was paid: of what comes in it includes the costs, of what goes out they were taken from it.
    let gross = match kind {
        ActivityKind::Buy | ActivityKind::TransferIn => net.checked_sub(costs),
        ActivityKind::Sell | ActivityKind::TransferOut | ActivityKind::Dividend | ActivityKind::Interest => net.checked_add(costs),
        _ => Some(net),
    };
    let gross = gross
        .filter(|gross| *gross >= Decimal::ZERO)
        .ok_or("fees and taxes are more than the amount")?;
    match kind {
        ActivityKind::Buy | ActivityKind::Sell | ActivityKind::TransferIn | ActivityKind::TransferOut => {
            if !with_units {
                return Err("has no shares of a security".to_owned());
            }
            draft.quantity = shares;
            let price = gross
                .checked_div(shares)
                .ok_or("the price of a share is beyond what can be counted")?;
            draft.price = (kind != ActivityKind::TransferOut).then_some(price);
            draft.amount = matches!(kind, ActivityKind::TransferIn | ActivityKind::TransferOut).then_some(gross);
            draft.fee = fees;
            draft.tax = taxes;
        }
        ActivityKind::Dividend | ActivityKind::Interest => {
            draft.amount = Some(gross);
            draft.fee = fees;
            draft.tax = taxes;
        }
        _ => draft.amount = Some(gross),
    }
    match booking {
        Booking::InterestCharge => draft.turn_around("interest that was paid"),
        Booking::FeesRefund => draft.turn_around("a fee that was given back"),
        Booking::TaxRefund => draft.turn_around("a tax that was given back"),
        _ => {}
    }
    Ok(draft)
}

/// The label of a security: its ticker; else its ISIN, WKN or name.
fn label(candidates: [&str; 4]) -> Option<&str> {
    candidates.into_iter().map(str::trim).find(|text| !text.is_empty())
}
