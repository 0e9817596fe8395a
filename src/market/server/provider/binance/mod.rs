//! Binance spot: the public mini ticker, `BTCUSDT`.

mod decode;
mod limits;
mod list;
mod subscribe;

use super::lister::Lister;
use super::venue::{Event, Limits, Malformed, Venue};

/// What Binance prices in; a symbol does not say where its second half begins. `TUSD` and its like stand before `USD`.
const CURRENCIES: [&str; 30] = [
    "FDUSD", "USDT", "USDC", "TUSD", "BUSD", "USDP", "USD1", "USD", "DAI", "EURI", "EUR", "GBP", "TRY", "BRL", "JPY", "AUD", "MXN", "ARS",
    "COP", "CZK", "PLN", "RON", "UAH", "ZAR", "IDR", "BTC", "ETH", "BNB", "SOL", "TRX",
];

/// The venue.
#[derive(Debug)]
pub struct Binance;

impl Venue for Binance {
    fn name(&self) -> &'static str {
        "binance"
    }

    fn address(&self) -> &'static str {
        "wss://data-stream.binance.vision/stream"
    }

    fn limits(&self) -> Limits {
        limits::LIMITS
    }

    fn symbol(&self, text: &str) -> Result<String, &'static str> {
        let symbol = text.to_ascii_uppercase();
        let valid = super::is_code(&symbol) && !self.currency(&symbol).is_empty();
        if valid { Ok(symbol) } else { Err("a symbol like BTCUSDT") }
    }

    fn currency<'s>(&self, symbol: &'s str) -> &'s str {
        let found = CURRENCIES
            .iter()
            .find(|currency| symbol.len() > currency.len() && symbol.ends_with(**currency));
        found.map_or("", |currency| &symbol[symbol.len() - currency.len()..])
    }

    fn subscribe(&self, symbols: &[String], id: u64) -> String {
        subscribe::message("SUBSCRIBE", symbols, id)
    }

    fn unsubscribe(&self, symbols: &[String], id: u64) -> String {
        subscribe::message("UNSUBSCRIBE", symbols, id)
    }

    fn decode(&self, text: &str) -> Result<Vec<Event>, Malformed> {
        decode::message(text)
    }

    fn lister(&self) -> Option<&'static dyn Lister> {
        Some(&list::List)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_symbol_ends_with_its_currency() {
        for (symbol, currency) in [
            ("BTCUSDT", "USDT"),
            ("BTCTUSD", "TUSD"),
            ("BTCFDUSD", "FDUSD"),
            ("ETHEUR", "EUR"),
            ("ETHBTC", "BTC"),
        ] {
            assert_eq!(Binance.currency(symbol), currency);
        }
        assert_eq!(Binance.symbol("btcusdt").as_deref(), Ok("BTCUSDT"));
        assert!(Binance.symbol("BTC/USDT").is_err() && Binance.symbol("USDT").is_err() && Binance.symbol("").is_err());
    }
}
