//! Currencies: ISO 4217, those that were, coins, and units of a hundredth.

use crate::money::Decimal;
use iso_currency::Currency as Iso;

/// What an amount of the file has to be divided by to be in `code`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// ISO 4217 code, or the code of a coin.
    pub code: String,
    /// 1, or 100 for pence and cents.
    pub divisor: Decimal,
}

impl Unit {
    /// An amount in this unit as an amount in its currency.
    pub fn major(&self, amount: Decimal) -> Decimal {
        amount.checked_div(self.divisor).unwrap_or(amount).normalize()
    }
}

/// ISO 4217: no currency is involved. For what moves no money, such as a split.
pub const NONE: &str = "XXX";

/// Currencies that were withdrawn and stand in old histories.
const WITHDRAWN: [&str; 34] = [
    "ADP", "ATS", "AZM", "BEF", "BGN", "BYR", "CSK", "CYP", "DEM", "EEK", "ESP", "FIM", "FRF", "GHC", "GRD", "HRK", "IEP", "ITL", "LTL",
    "LUF", "LVL", "MTL", "NLG", "PLZ", "PTE", "ROL", "RUR", "SIT", "SKK", "TRL", "VEF", "YUM", "ZMK", "ZWL",
];

/// Coins that people book amounts in.
const COINS: [&str; 40] = [
    "AAVE", "ADA", "ALGO", "APT", "ARB", "ATOM", "AVAX", "BCH", "BNB", "BTC", "DAI", "DOGE", "DOT", "EOS", "ETC", "ETH", "FIL", "HBAR",
    "ICP", "LINK", "LTC", "MATIC", "MKR", "NEAR", "OP", "PEPE", "SHIB", "SOL", "SUI", "TON", "TRX", "UNI", "USDC", "USDT", "VET", "XLM",
    "XMR", "XRP", "XTZ", "ZEC",
];

/// Units of a hundredth, which differ from their currency in a letter's case.
const HUNDREDTHS: [(&str, &str); 8] = [
    ("GBp", "GBP"),
    ("GBX", "GBP"),
    ("GBx", "GBP"),
    ("ZAc", "ZAR"),
    ("ZAC", "ZAR"),
    ("ILA", "ILS"),
    ("ILa", "ILS"),
    ("USX", "USD"),
];

/// Reads a currency's code, in any case apart from the hundredths. `None` for what is none.
pub fn read(text: &str) -> Option<Unit> {
    let text = text.trim();
    if let Some((_, major)) = HUNDREDTHS.iter().find(|(minor, _)| *minor == text) {
        return Some(Unit {
            code: (*major).to_owned(),
            divisor: Decimal::ONE_HUNDRED,
        });
    }
    let code = text.to_ascii_uppercase();
    let known = Iso::from_code(&code).is_some() || WITHDRAWN.contains(&code.as_str()) || is_coin(&code);
    known.then_some(Unit {
        code,
        divisor: Decimal::ONE,
    })
}

/// Whether a code is a coin's.
pub fn is_coin(code: &str) -> bool {
    COINS.binary_search(&code).is_ok()
}

/// A coin's label with its currency's, `BTC-USD` for `BTCUSD`; `None` for any other symbol.
pub fn pair_of(symbol: &str) -> Option<String> {
    let (coin, currency) = symbol.split_at_checked(symbol.len().checked_sub(3)?)?;
    let coin = coin.strip_suffix('-').unwrap_or(coin);
    let is_pair = is_coin(coin) && Iso::from_code(currency).is_some();
    is_pair.then(|| format!("{coin}-{currency}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hundredths_lead_to_their_currency() {
        for (text, code, divisor) in [
            ("GBp", "GBP", 100),
            ("GBP", "GBP", 1),
            ("ZAc", "ZAR", 100),
            ("ILA", "ILS", 100),
            ("eur", "EUR", 1),
            ("BTC", "BTC", 1),
            ("DEM", "DEM", 1),
        ] {
            let unit = read(text).unwrap();
            assert_eq!((unit.code.as_str(), unit.divisor), (code, Decimal::from(divisor)), "{text}");
        }
        for text in ["", "<invalid>", "XYZ", "EURO", "€", "US"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn coins_are_known_in_pairs() {
        assert!(COINS.is_sorted());
        assert_eq!(pair_of("BTCUSD").as_deref(), Some("BTC-USD"));
        assert_eq!(pair_of("ETH-EUR").as_deref(), Some("ETH-EUR"));
        assert_eq!((pair_of("AAPL"), pair_of("USD"), pair_of("é")), (None, None, None));
    }
}
