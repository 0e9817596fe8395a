//! What each venue would say, written from the same documentation as the decoders, and not with them.

use crate::money::Decimal;
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

/// Whom the exchange speaks as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dialect {
    /// Coinbase Exchange.
    Coinbase,
    /// Binance spot.
    Binance,
    /// Kraken, version 2.
    Kraken,
    /// Alpaca, which asks for a key.
    Alpaca,
}

/// A trade.
#[derive(Clone, Debug)]
pub struct Traded {
    /// The venue's symbol.
    pub symbol: String,
    /// Its price.
    pub price: Decimal,
    /// When.
    pub at: DateTime<Utc>,
    /// Its number.
    pub trade: u64,
}

/// What a client asks for.
#[derive(Debug)]
pub struct Asked {
    /// Or no longer.
    pub subscribe: bool,
    /// The symbols, as ticks name them.
    pub symbols: Vec<String>,
    id: Value,
}

/// Whether a symbol exists. A test names one that does not.
pub fn is_listed(symbol: &str) -> bool {
    !symbol.starts_with("UNLISTED")
}

fn texts(list: &Value) -> Vec<String> {
    let list = list.as_array().into_iter().flatten();
    list.filter_map(|text| text.as_str().map(str::to_owned)).collect()
}

impl Dialect {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Coinbase, Self::Binance, Self::Kraken, Self::Alpaca];

    /// The name, which is the path too.
    pub fn name(self) -> &'static str {
        match self {
            Self::Coinbase => "coinbase",
            Self::Binance => "binance",
            Self::Kraken => "kraken",
            Self::Alpaca => "alpaca",
        }
    }

    /// The one that a path names.
    pub fn of(path: &str) -> Option<Self> {
        let name = path.trim_matches('/');
        Self::ALL.into_iter().find(|dialect| dialect.name() == name)
    }

    /// What a message asks for.
    pub fn request(self, text: &str) -> Option<Asked> {
        let message: Value = serde_json::from_str(text).ok()?;
        let (kind, symbols, id) = match self {
            Self::Alpaca => (&message["action"], texts(&message["trades"]), Value::Null),
            Self::Coinbase => (&message["type"], texts(&message["product_ids"]), Value::Null),
            Self::Binance => {
                let streams = texts(&message["params"]).into_iter();
                let symbols = streams.filter_map(|stream| Some(stream.strip_suffix("@miniTicker")?.to_ascii_uppercase()));
                (&message["method"], symbols.collect(), message["id"].clone())
            }
            Self::Kraken => (&message["method"], texts(&message["params"]["symbol"]), message["req_id"].clone()),
        };
        let subscribe = match kind.as_str()?.to_ascii_lowercase().as_str() {
            "subscribe" => true,
            "unsubscribe" => false,
            _ => return None,
        };
        Some(Asked { subscribe, symbols, id })
    }

    /// What the venue answers to it before any price.
    pub fn answers(self, asked: &Asked) -> Vec<String> {
        let unlisted = asked.symbols.iter().filter(|symbol| !is_listed(symbol));
        let answers: Vec<Value> = match self {
            Self::Coinbase => match unlisted.clone().next() {
                Some(symbol) => {
                    let reason = format!("{symbol} is not a valid product");
                    vec![json!({"type": "error", "message": "Failed to subscribe", "reason": reason})]
                }
                None => vec![json!({"type": "subscriptions", "channels": [{"name": "ticker", "product_ids": asked.symbols}]})],
            },
            Self::Binance => vec![json!({"result": null, "id": asked.id})],
            Self::Alpaca => vec![json!([{"T": "subscription", "trades": asked.symbols}])],
            Self::Kraken => {
                let refused = unlisted.map(|symbol| {
                    let error = format!("Currency pair not supported {symbol}");
                    json!({"error": error, "method": "subscribe", "req_id": asked.id, "success": false, "symbol": symbol})
                });
                let listed = asked.symbols.iter().filter(|symbol| is_listed(symbol)).map(|symbol| {
                    let result = json!({"channel": "ticker", "symbol": symbol});
                    json!({"method": "subscribe", "req_id": asked.id, "success": true, "result": result})
                });
                refused.chain(listed).collect()
            }
        };
        answers.iter().map(Value::to_string).collect()
    }

    /// A price.
    pub fn ticker(self, traded: &Traded) -> String {
        let Traded { symbol, price, at, trade } = traded;
        let time = at.to_rfc3339_opts(SecondsFormat::Micros, true);
        match self {
            Self::Coinbase => format!(
                r#"{{"type":"ticker","sequence":{trade},"product_id":"{symbol}","price":"{price}","open_24h":"{price}","side":"buy","time":"{time}","trade_id":{trade},"last_size":"1"}}"#
            ),
            Self::Binance => format!(
                r#"{{"stream":"{}@miniTicker","data":{{"e":"24hrMiniTicker","E":{},"s":"{symbol}","c":"{price}","o":"{price}","h":"{price}","l":"{price}","v":"1","q":"1"}}}}"#,
                symbol.to_ascii_lowercase(),
                at.timestamp_millis()
            ),
            Self::Alpaca => {
                format!(r#"[{{"T":"t","i":{trade},"S":"{symbol}","x":"V","p":{price},"s":1,"t":"{time}","c":["@"],"z":"C"}}]"#)
            }
            Self::Kraken => format!(
                r#"{{"channel":"ticker","type":"update","data":[{{"symbol":"{symbol}","bid":{price},"ask":{price},"last":{price},"volume":1.0,"low":{price},"high":{price},"change":0.0,"change_pct":0.0,"timestamp":"{time}"}}]}}"#
            ),
        }
    }

    /// What it says each so often: with the last trade of each symbol, where the venue tells it.
    pub fn beats(self, trades: &[(String, u64)]) -> Vec<String> {
        match self {
            Self::Coinbase => {
                let beat = |(symbol, trade): &(String, u64)| {
                    json!({"type": "heartbeat", "sequence": trade, "last_trade_id": trade, "product_id": symbol, "time": Utc::now()})
                        .to_string()
                };
                trades.iter().map(beat).collect()
            }
            Self::Binance | Self::Alpaca => vec![],
            Self::Kraken => vec![json!({"channel": "heartbeat"}).to_string()],
        }
    }

    /// What it says to a new connection.
    pub fn welcome(self) -> Option<String> {
        (self == Self::Alpaca).then(|| json!([{"T": "success", "msg": "connected"}]).to_string())
    }

    /// Whether it lets a client in that says this, and its answer; `None` where the message says nothing of it. The secret is `S`.
    pub fn admits(self, text: &str) -> Option<(bool, String)> {
        let message: Value = serde_json::from_str(text).ok()?;
        if self != Self::Alpaca || message["action"] != "auth" {
            return None;
        }
        let admitted = message["secret"] == "S";
        let answer = if admitted {
            json!([{"T": "success", "msg": "authenticated"}])
        } else {
            json!([{"T": "error", "code": 402, "msg": "auth failed"}])
        };
        Some((admitted, answer.to_string()))
    }

    /// Whether it lets in only who says who they are.
    pub fn asks_who(self) -> bool {
        self == Self::Alpaca
    }

    /// That it closes.
    pub fn leaving(self) -> String {
        match self {
            Self::Binance => json!({"e": "serverShutdown", "E": Utc::now().timestamp_millis()}),
            Self::Alpaca => json!([]),
            Self::Coinbase => json!({"type": "status", "message": "closing"}),
            Self::Kraken => json!({"channel": "status", "type": "update", "data": [{"system": "maintenance"}]}),
        }
        .to_string()
    }
}
