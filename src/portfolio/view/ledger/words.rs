//! What the pages call things.

use crate::portfolio::activity::ActivityKind;
use crate::portfolio::book::Method;

/// What a kind is called.
pub fn kind(kind: ActivityKind) -> &'static str {
    match kind {
        ActivityKind::Buy => "Buy",
        ActivityKind::Sell => "Sell",
        ActivityKind::Dividend => "Dividend",
        ActivityKind::Interest => "Interest",
        ActivityKind::Fee => "Fee",
        ActivityKind::Tax => "Tax",
        ActivityKind::Deposit => "Deposit",
        ActivityKind::Withdrawal => "Withdrawal",
        ActivityKind::TransferIn => "Transfer in",
        ActivityKind::TransferOut => "Transfer out",
        ActivityKind::Split => "Split",
        ActivityKind::ReturnOfCapital => "Return of capital",
    }
}

/// What a kind does, in a line.
pub fn kind_meaning(kind: ActivityKind) -> &'static str {
    match kind {
        ActivityKind::Buy => "Units come in for money. Fee and tax are part of what they cost.",
        ActivityKind::Sell => "Units go out for money, less fee and tax. More than is held opens a short position.",
        ActivityKind::Dividend => "Money from an instrument, before fee and tax.",
        ActivityKind::Interest => "Money from cash or from a bond, before fee and tax.",
        ActivityKind::Fee => "Money for a service.",
        ActivityKind::Tax => "Money for the state.",
        ActivityKind::Deposit => "Money comes in from outside: a contribution.",
        ActivityKind::Withdrawal => "Money goes out.",
        ActivityKind::TransferIn => "Units come in from outside, with what they had cost there.",
        ActivityKind::TransferOut => "Units go out with what they had cost. Nothing is realised.",
        ActivityKind::Split => "Old units become new ones. What they cost stays and is spread anew.",
        ActivityKind::ReturnOfCapital => "Money that lowers what the units had cost.",
    }
}

/// What a method is called, and what it means.
pub fn method(method: Method) -> (&'static str, &'static str) {
    match method {
        Method::Fifo => ("First in, first out", "A sale takes the oldest lots. The usual one."),
        Method::Lifo => ("Last in, first out", "A sale takes the newest lots."),
        Method::Hifo => (
            "Highest cost first",
            "A sale takes the lots that cost most a unit, so that the gain is smallest.",
        ),
        Method::Average => ("Average cost", "Each unit costs the average of all that are held."),
    }
}

/// Currencies that many people have, and their names. Others can be typed.
pub const CURRENCIES: [(&str, &str); 34] = [
    ("EUR", "Euro"),
    ("USD", "US dollar"),
    ("GBP", "Pound sterling"),
    ("CHF", "Swiss franc"),
    ("JPY", "Japanese yen"),
    ("AUD", "Australian dollar"),
    ("BRL", "Brazilian real"),
    ("CAD", "Canadian dollar"),
    ("CNY", "Chinese yuan"),
    ("CZK", "Czech koruna"),
    ("DKK", "Danish krone"),
    ("HKD", "Hong Kong dollar"),
    ("HUF", "Hungarian forint"),
    ("IDR", "Indonesian rupiah"),
    ("ILS", "Israeli new shekel"),
    ("INR", "Indian rupee"),
    ("ISK", "Icelandic króna"),
    ("KRW", "South Korean won"),
    ("MXN", "Mexican peso"),
    ("MYR", "Malaysian ringgit"),
    ("NOK", "Norwegian krone"),
    ("NZD", "New Zealand dollar"),
    ("PHP", "Philippine peso"),
    ("PLN", "Polish złoty"),
    ("RON", "Romanian leu"),
    ("SEK", "Swedish krona"),
    ("SGD", "Singapore dollar"),
    ("THB", "Thai baht"),
    ("TRY", "Turkish lira"),
    ("TWD", "New Taiwan dollar"),
    ("UAH", "Ukrainian hryvnia"),
    ("AED", "UAE dirham"),
    ("SAR", "Saudi riyal"),
    ("ZAR", "South African rand"),
];
