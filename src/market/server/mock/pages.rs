//! What is asked of the exchange over HTTP: Yahoo's chart, the files of the European Central Bank, a file as an operator may have
//! one, and what venues list. Written from the documentation, and not with the decoders.

use super::lists;
use crate::money::Decimal;
use chrono::{DateTime, Datelike as _, Days, NaiveDate, Utc, Weekday};
use serde_json::json;
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Largest head of a request.
const HEAD: usize = 8 << 10;
/// More than is taken of any page.
const LARGE: usize = 32 << 20;

/// Whom the exchange answers as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Page {
    /// Yahoo's chart, below `/yahoo`.
    Yahoo,
    /// The bank's files, below `/ecb`.
    Ecb,
    /// An operator's own file: `/file/prices.json` and `/file/prices.csv`.
    File,
    /// What venues list, below `/lists` and the name of each.
    Lists,
}

/// How it fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Another status, with a plain text.
    Status(u16),
    /// What nobody understands.
    Garbage,
    /// No answer.
    Stall,
    /// An answer without end.
    Large,
}

/// What has a price.
#[derive(Clone, Debug)]
pub struct Share {
    /// The price.
    pub price: Decimal,
    /// Its currency.
    pub currency: String,
    /// When it was made.
    pub at: DateTime<Utc>,
}

/// What there is to be asked for.
#[derive(Debug, Default)]
pub struct Shelf {
    /// How a page fails.
    pub faults: HashMap<Page, Fault>,
    /// Prices by symbol.
    pub shares: BTreeMap<String, Share>,
    /// Reference rates by day; where there are none, some of the last working day.
    pub rates: BTreeMap<NaiveDate, Vec<(String, Decimal)>>,
    /// How often a page was asked for.
    pub asked: HashMap<Page, usize>,
}

impl Page {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Yahoo, Self::Ecb, Self::File, Self::Lists];

    /// The name, with which the path begins.
    pub fn name(self) -> &'static str {
        match self {
            Self::Yahoo => "yahoo",
            Self::Ecb => "ecb",
            Self::File => "file",
            Self::Lists => "lists",
        }
    }

    /// The page of a path, and what follows in it.
    pub fn of(path: &str) -> Option<(Self, &str)> {
        let (name, rest) = path.trim_start_matches('/').split_once('/')?;
        let page = Self::ALL.into_iter().find(|page| page.name() == name)?;
        Some((page, rest))
    }
}

impl Shelf {
    /// The answer to a path: its status and body; `None` where there is none.
    pub fn answer(&mut self, page: Page, rest: &str, now: DateTime<Utc>) -> Option<(u16, String)> {
        *self.asked.entry(page).or_default() += 1;
        match self.faults.get(&page) {
            Some(Fault::Status(status)) => return Some((*status, "Too Many Requests\r\n".into())),
            Some(Fault::Garbage) => return Some((200, "{\"chart\":<html>".into())),
            Some(Fault::Stall) => return None,
            Some(Fault::Large) => return Some((200, " ".repeat(LARGE))),
            None => {}
        }
        let (path, _) = rest.split_once('?').unwrap_or((rest, ""));
        Some(match page {
            Page::Yahoo => self.chart(path.strip_prefix("v8/finance/chart/").unwrap_or_default(), now),
            Page::Ecb => (200, self.reference(path, now.date_naive())),
            Page::File => (200, self.file(path)),
            Page::Lists => lists::answer(path).map_or((404, String::new()), |body| (200, body)),
        })
    }

    fn chart(&mut self, symbol: &str, now: DateTime<Utc>) -> (u16, String) {
        let symbol = symbol.replace("%5E", "^");
        if symbol.is_empty() || !super::dialect::is_listed(&symbol) {
            let error = json!({"code": "Not Found", "description": "No data found, symbol may be delisted"});
            return (404, json!({"chart": {"result": null, "error": error}}).to_string());
        }
        let currency = match symbol.rsplit_once('.') {
            Some((_, "DE")) => "EUR",
            Some((_, "L")) => "GBp",
            _ => "USD",
        };
        let share = self.shares.entry(symbol.clone()).or_insert_with(|| Share {
            price: Decimal::ONE_THOUSAND,
            currency: currency.into(),
            at: now,
        });
        let (price, at) = (share.price, share.at.timestamp());
        let body = format!(
            r#"{{"chart":{{"result":[{{"meta":{{"currency":"{}","symbol":"{symbol}","regularMarketPrice":{price},"regularMarketTime":{at},"chartPreviousClose":{price},"gmtoffset":0}},"timestamp":[{at}],"events":{{}},"indicators":{{"quote":[{{"open":[null],"high":[null],"low":[null],"close":[{price}],"volume":[null]}}],"adjclose":[{{"adjclose":[{price}]}}]}}}}],"error":null}}}}"#,
            share.currency
        );
        (200, body)
    }

    fn reference(&self, path: &str, today: NaiveDate) -> String {
        let mut days: Vec<_> = self.rates.iter().rev().map(|(day, rates)| (*day, rates.clone())).collect();
        if days.is_empty() {
            let weekend = |day: &NaiveDate| matches!(day.weekday(), Weekday::Sat | Weekday::Sun);
            let mut day = today - Days::new(1);
            while weekend(&day) {
                day = day - Days::new(1);
            }
            let rates = [("USD", 11_000), ("GBP", 8_300), ("CHF", 9_200), ("JPY", 1_750_000)];
            days.push((day, rates.map(|(code, rate)| (code.into(), Decimal::new(rate, 4))).into()));
        }
        if path == "eurofxref-daily.xml" {
            days.truncate(1);
        }
        let mut body = String::from(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<gesmes:Envelope xmlns:gesmes=\"http://www.gesmes.org/xml/2002-08-01\" \
             xmlns=\"http://www.ecb.int/vocabulary/2002-08-01/eurofxref\"><gesmes:subject>Reference rates</gesmes:subject><Cube>",
        );
        for (day, rates) in days {
            let _ = write!(body, "<Cube time=\"{day}\">");
            for (code, rate) in rates {
                let _ = write!(body, "<Cube currency=\"{code}\" rate=\"{rate}\"/>");
            }
            body += "</Cube>";
        }
        body + "</Cube></gesmes:Envelope>"
    }

    fn file(&self, path: &str) -> String {
        let rows = self.shares.iter().map(|(symbol, Share { price, currency, at })| {
            if path.ends_with(".csv") {
                format!("{symbol},{price},{},{currency}\n", at.to_rfc3339())
            } else {
                format!(
                    r#"{{"symbol":"{symbol}","price":{price},"time":"{}","currency":"{currency}"}}"#,
                    at.to_rfc3339()
                )
            }
        });
        let rows: Vec<_> = rows.collect();
        if path.ends_with(".csv") {
            format!("symbol,price,time,currency\n{}", rows.concat())
        } else {
            format!("{{\"items\":[{}]}}", rows.join(","))
        }
    }
}

/// The path that a new connection asks for, without taking it from the stream.
pub async fn path(stream: &TcpStream) -> Option<String> {
    let mut head = vec![0; HEAD];
    loop {
        let count = stream.peek(&mut head).await.ok().filter(|count| *count > 0)?;
        let text = String::from_utf8_lossy(&head[..count]);
        if let Some((line, _)) = text.split_once("\r\n") {
            return line.split(' ').nth(1).map(str::to_owned);
        }
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
}

/// Answers one request; `None` is no answer until the other side goes.
pub async fn serve(mut stream: TcpStream, answer: Option<(u16, String)>) {
    let mut head = vec![];
    let mut part = [0; 1_024];
    while !head.ends_with(b"\r\n\r\n") && head.len() < HEAD {
        match stream.read(&mut part).await {
            Ok(count) if count > 0 => head.extend_from_slice(&part[..count]),
            _ => return,
        }
    }
    let Some((status, body)) = answer else {
        // It ends when the other side has had enough.
        let _ = stream.read(&mut part).await;
        return;
    };
    let wait = if status == 429 { "retry-after: 1\r\n" } else { "" };
    let head = format!(
        "HTTP/1.1 {status} A\r\n{wait}content-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    let _ = stream.write_all(head.as_bytes()).await;
    let _ = stream.write_all(body.as_bytes()).await;
    let _ = stream.shutdown().await;
}
