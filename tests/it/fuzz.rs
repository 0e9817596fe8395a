//! Any bytes into every decoder: no panic. Each target is tried with what tests/corpus keeps for it, and with what grows from that by chance:
//! a bounded number of times here, and for as long as one likes by `FINFLOW_FUZZ_SECONDS` (docs/RELIABILITY.md).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use finflow_app::imports::mapping::Mapping;
use finflow_app::imports::server::archive::read::archive;
use finflow_app::imports::server::whole::read::whole;
use finflow_app::imports::server::{Options, header, parse};
use finflow_app::live::changes;
use finflow_app::live::protocol::{ClientMessage, ServerMessage};
use finflow_app::live::server::request;
use finflow_app::live::server::shard::reader::{Reader, config};
use finflow_app::market::server::candles::pack as candles;
use finflow_app::market::server::provider::ecb;
use finflow_app::market::server::provider::poller::{Request, Text};
use finflow_app::market::server::provider::venue::Access;
use finflow_app::market::server::provider::{POLLERS, VENUES};
use finflow_app::market::server::ticks::pack as ticks;
use finflow_app::server::address;
use finflow_app::ui::preferences::Choices;
use flate2::Compression;
use flate2::write::DeflateEncoder;
use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::net::{IpAddr, Ipv4Addr};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Tries of each target, where no time is named.
const TRIES: usize = 300;
/// The largest input that grows.
const LARGEST: usize = 16 << 10;

/// What takes a name and bytes, and must not break.
type Target = fn(&str, &[u8]);

/// What is tried: its folder below tests/corpus, and what takes the name and the bytes of a file.
const TARGETS: [(&str, Target); 10] = [
    ("message", message),
    ("frames", frames),
    ("changes", of_changes),
    ("import", import),
    ("account", account),
    ("venue", venue),
    ("list", list),
    ("page", page),
    ("packed", packed),
    ("header", of_header),
];

fn message(_: &str, bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Ok(read) = request::read(&text, (250, 60_000)) {
        // What was understood is understood again.
        assert_eq!(request::read(&read.encode(), (250, 60_000)), Ok(read));
    }
    let _ = serde_json::from_str::<ClientMessage>(&text);
    let _ = ServerMessage::decode(&text);
}

/// The first byte says how the rest is cut.
fn frames(_: &str, bytes: &[u8]) {
    let Some((cut, rest)) = bytes.split_first() else { return };
    let mut reader = Reader::new(config(1 << 10));
    for part in rest.chunks(usize::from(*cut).max(1)) {
        if !reader.feed(part) {
            return;
        }
        loop {
            match reader.message() {
                None => break,
                Some(Ok(message)) => assert!(message.len() <= 1 << 10, "the limit holds"),
                Some(Err(_)) => return,
            }
        }
        assert!(
            reader.output().len() <= 4 * rest.len() + 16,
            "an answer is no longer than what it answers"
        );
    }
}

fn import(name: &str, bytes: &[u8]) {
    let mapping = Mapping::propose(&["date", "type", "symbol", "quantity", "price", "amount", "currency"].map(str::to_owned));
    for mapping in [None, Some(mapping)] {
        let options = Options {
            currency: Some("EUR".into()),
            mapping,
        };
        if let Ok(parsed) = parse(bytes, name, &options, &mut |_, _| {}) {
            let below = |number: &Option<rust_decimal::Decimal>| number.is_some_and(|number| number < 0.into());
            for one in parsed.activities() {
                let amounts = [Some(one.quantity), one.price, one.amount, Some(one.fee), Some(one.tax)];
                assert!(!amounts.iter().any(below), "no amount is below zero");
            }
        }
    }
    let _ = header(bytes);
}

fn account(_: &str, bytes: &[u8]) {
    let _ = archive(bytes);
    let _ = whole(bytes, 1_000);
}

fn venue(_: &str, bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for venue in VENUES {
        let _ = venue.decode(&text);
        let _ = venue.symbol(&text);
    }
}

fn list(_: &str, bytes: &[u8]) {
    let pages = [String::from_utf8_lossy(bytes).into_owned()];
    for lister in VENUES.into_iter().filter_map(|venue| venue.lister()) {
        let _ = lister.decode(&pages);
        let _ = lister.decode(&[&pages[..], &pages[..]].concat());
    }
}

fn page(_: &str, bytes: &[u8]) {
    let body = String::from_utf8_lossy(bytes);
    let table = "address = \"https://a/\"\nformat = \"csv\"\nsymbol = \"ISIN\"\nprice = \"Kurs\"\npriced_in = \"EUR\"\n";
    let json =
        "address = \"https://a/\"\nformat = \"json\"\nrows = \"/data/items\"\nsymbol = \"/id\"\nprice = \"/q/last\"\ncurrency = \"/ccy\"\n";
    let files = [("csv", table), ("json", json)]
        .into_iter()
        .map(|(name, text)| (name.to_owned(), toml::from_str(text).unwrap()));
    let access = Access {
        files: files.collect::<BTreeMap<_, _>>(),
        ..Access::default()
    };
    for lane in ["csv", "json"] {
        let request = Request {
            address: "https://a/".into(),
            lane: lane.into(),
            symbols: vec!["AAPL".into(), "USD/EUR".into(), "A".into(), "IE00B4L5Y983".into()],
        };
        let answer = Text { status: 200, body: &body };
        for poller in POLLERS {
            let _ = poller.decode(&request, &answer, &access);
        }
    }
    let _ = ecb::decode::days(&body);
}

/// As it is, and as what a text would hold.
fn packed(_: &str, bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let mut deflated = DeflateEncoder::new(vec![], Compression::fast());
    deflated.write_all(bytes).unwrap();
    let held = format!("1{}", STANDARD_NO_PAD.encode(deflated.finish().unwrap()));
    for text in [text.as_ref(), &held] {
        let _ = candles::unpack(text, 60);
        let _ = ticks::unpack(text);
    }
}

/// Changed fields after an update that is held: what cannot be applied is refused whole or leaves a sound update.
fn of_changes(_: &str, bytes: &[u8]) {
    let text = fs::read_to_string(folder("tests/corpus/message/6.json")).unwrap();
    let Ok(ServerMessage::PriceUpdate(mut held)) = ServerMessage::decode(&text) else {
        panic!("an update is kept for it");
    };
    let _ = changes::apply(&mut held, bytes);
    let _ = ServerMessage::PriceUpdate(held).encode();
}

fn of_header(_: &str, bytes: &[u8]) {
    let _ = Choices::from_cookies(&String::from_utf8_lossy(bytes));
    let Ok(value) = http::HeaderValue::from_bytes(bytes) else { return };
    let local = IpAddr::V4(Ipv4Addr::LOCALHOST);
    for name in ["x-forwarded-for", "origin", "cookie", "referer"] {
        let headers = http::HeaderMap::from_iter([
            (name.parse::<http::HeaderName>().unwrap(), value.clone()),
            (http::header::HOST, "finflow.test".parse().unwrap()),
        ]);
        let _ = address::behind(local, &headers, &["127.0.0.0/8".parse().unwrap()]);
        let _ = finflow_app::server::origin::admits(&headers, &[]);
        let _ = finflow_app::accounts::server::session::token(&headers);
        let _ = finflow_app::accounts::server::devices::shown(&headers);
    }
}

/// Chance that is the same again for the same seed (SplitMix64: https://prng.di.unimi.it/splitmix64.c).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, most: usize) -> usize {
        (self.next() % most.max(1) as u64) as usize
    }
}

/// What breaks readers, wherever it stands.
const BREAKING: [&[u8]; 24] = [
    b"\0",
    b"\xff",
    b"\xef\xbb\xbf",
    b"\xc3\x28",
    b"-",
    b"0",
    b"-0",
    b"1e400",
    b"1e-400",
    b"99999999999999999999999999999",
    b"0.00000000000000000000000000001",
    b"NaN",
    b"null",
    b"\"",
    b"\\u0000",
    b"\\ud800",
    b"{",
    b"[[[[[[[[[[[[[[[[",
    b"<",
    b"&x;",
    b"]]>",
    b"\r\n",
    b";",
    b"9999-12-31",
];

/// Something that grew from one of the corpus by chance.
fn grown(chance: &mut Chance, corpus: &[(String, Vec<u8>)]) -> (String, Vec<u8>) {
    let (name, bytes) = &corpus[chance.below(corpus.len())];
    let mut bytes = bytes.clone();
    for _ in 0..=chance.below(6) {
        let at = chance.below(bytes.len() + 1);
        let scale = chance.below(8);
        let end = (at + chance.below(1 << scale)).min(bytes.len());
        match chance.below(7) {
            0 => drop(bytes.splice(at..end, BREAKING[chance.below(BREAKING.len())].iter().copied())),
            1 => drop(bytes.drain(at..end)),
            2 if at < bytes.len() => bytes[at] ^= 1 << chance.below(8),
            3 if at < bytes.len() => bytes[at] = chance.next() as u8,
            4 => {
                let again = bytes[at..end].repeat(1 + chance.below(4));
                drop(bytes.splice(at..at, again));
            }
            5 => {
                let other = &corpus[chance.below(corpus.len())].1;
                let from = chance.below(other.len() + 1);
                let to = (from + chance.below(64)).min(other.len());
                drop(bytes.splice(at..end, other[from..to].iter().copied()));
            }
            _ => bytes.truncate(at.max(bytes.len() / 2)),
        }
    }
    bytes.truncate(LARGEST);
    (name.clone(), bytes)
}

fn folder(of: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(of)
}

/// What is kept for a target. The files of imports are those that their own tests read.
fn corpus(target: &str) -> Vec<(String, Vec<u8>)> {
    let mut folders = vec![folder("tests/corpus").join(target)];
    if target == "import" {
        folders.push(folder("tests/fixtures/import"));
    }
    let files = folders.iter().filter_map(|folder| fs::read_dir(folder).ok()).flatten();
    let mut files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    files.sort();
    let read = |path: PathBuf| (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read(&path).unwrap());
    let mut corpus: Vec<_> = files.into_iter().map(read).collect();
    assert!(!corpus.is_empty(), "nothing is kept for {target}");
    corpus.push(("empty.csv".into(), vec![]));
    corpus
}

/// Tries one; what breaks the target is kept beside the corpus, so that it is tried ever after.
fn attempt(target: &str, run: fn(&str, &[u8]), name: &str, bytes: &[u8]) {
    if catch_unwind(AssertUnwindSafe(|| run(name, bytes))).is_err() {
        let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3)
        });
        let ending = name.rsplit_once('.').map_or("bin", |(_, ending)| ending);
        let kept = folder("tests/corpus").join(target).join(format!("broke-{hash:016x}.{ending}"));
        fs::write(&kept, bytes).unwrap();
        panic!("{target} breaks on {}", kept.display());
    }
}

#[test]
fn row_28_nothing_that_is_kept_or_grows_from_it_breaks_a_decoder() {
    let seconds = std::env::var("FINFLOW_FUZZ_SECONDS").ok().and_then(|seconds| seconds.parse().ok());
    let only = std::env::var("FINFLOW_FUZZ_TARGET").ok();
    for (target, run) in TARGETS.iter().filter(|(target, _)| only.as_ref().is_none_or(|only| only == target)) {
        let corpus = corpus(target);
        for (name, bytes) in &corpus {
            attempt(target, *run, name, bytes);
        }
        // The same here each time; another each time where it goes on for long.
        let mut chance = Chance(seconds.map_or(28, |_: u64| rand::random()));
        let began = Instant::now();
        let mut tried = 0;
        while seconds.map_or(tried < TRIES, |seconds| began.elapsed() < Duration::from_secs(seconds)) {
            let (name, bytes) = grown(&mut chance, &corpus);
            attempt(target, *run, &name, &bytes);
            tried += 1;
        }
        if seconds.is_some() {
            eprintln!("{target}: {tried} inputs in {} s", began.elapsed().as_secs());
        }
    }
}
