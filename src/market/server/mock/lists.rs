//! What the exchange lists of its own, as each venue writes such a list: the same coins at all of them. Written from the documentation,
//! and not with the decoders.

use serde_json::{Value, json};

/// Coins: code and name.
const COINS: [(&str, &str); 8] = [
    ("BTC", "Bitcoin"),
    ("ETH", "Ethereum"),
    ("SOL", "Solana"),
    ("ADA", "Cardano"),
    ("DOT", "Polkadot"),
    ("LTC", "Litecoin"),
    ("LINK", "Chainlink"),
    ("AVAX", "Avalanche"),
];
/// What they are priced in.
const CURRENCIES: [&str; 3] = ["USD", "EUR", "USDT"];

/// The answer to a path below `/lists/`; `None` where nothing is.
pub fn answer(path: &str) -> Option<String> {
    let (path, _) = path.split_once('?').unwrap_or((path, ""));
    let pairs = COINS.iter().flat_map(|(code, _)| CURRENCIES.map(|currency| (*code, currency)));
    let list = match path {
        "coinbase/products" => {
            let product = |(code, currency)| {
                json!({"id": format!("{code}-{currency}"), "base_currency": code, "quote_currency": currency, "status": "online",
                    "display_name": format!("{code}-{currency}"), "quote_increment": "0.01", "trading_disabled": false})
            };
            pairs.map(product).chain([delisted()]).collect()
        }
        "coinbase/currencies" => {
            let currency = |(code, name): &(&str, &str)| json!({"id": code, "name": name, "min_size": "0.00000001", "status": "online"});
            COINS.iter().map(currency).collect()
        }
        "binance/api/v3/exchangeInfo" => {
            let symbol = |(code, currency)| {
                json!({"symbol": format!("{code}{currency}"), "status": "TRADING", "baseAsset": code, "quoteAsset": currency,
                    "isSpotTradingAllowed": true, "filters": [], "permissions": []})
            };
            json!({"timezone": "UTC", "rateLimits": [], "symbols": pairs.map(symbol).collect::<Value>()})
        }
        "kraken/0/public/AssetPairs" => {
            let pair = |(code, currency)| {
                let code = if code == "BTC" { "XBT" } else { code };
                let about = json!({"altname": format!("{code}{currency}"), "wsname": format!("{code}/{currency}"), "status": "online"});
                (format!("{code}{currency}"), about)
            };
            json!({"error": [], "result": Value::Object(pairs.map(pair).collect())})
        }
        _ => return None,
    };
    Some(list.to_string())
}

fn delisted() -> Value {
    json!({"id": "OLD-USD", "base_currency": "OLD", "quote_currency": "USD", "status": "delisted", "trading_disabled": true})
}
