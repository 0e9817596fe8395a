//! Reading the file of a whole account: everything that is wrong with it is told with its line and column.

use super::{CONTAINS, VERSION, Whole};
use crate::imports::mapping::Mapping;
use crate::imports::preview::Fault;
use crate::imports::server::archive::{self, ArchivedPortfolio};
use crate::imports::server::place::Lines;
use crate::imports::server::text::whole_file;
use crate::imports::server::{json, limits, text};
use crate::portfolio::activity::Activity;
use crate::portfolio::described::{DescribedInstrument, KnownPrice};
use crate::portfolio::server::ledger::check_instrument;
use crate::portfolio::settings::{self, Invalid, SYMBOL_CHARACTERS, Settings};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::{BTreeMap, HashSet};

/// Faults that are told; of more, the first.
const TOLD: usize = 1_000;
/// Characters of a header's key.
const KEY_CHARACTERS: usize = 100;
/// Bytes of a mapping.
const MAPPING_BYTES: usize = 64 << 10;

#[derive(Deserialize)]
struct Head {
    finflow: Option<u32>,
    contains: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Parts<'a> {
    #[serde(rename = "finflow")]
    _version: u32,
    #[serde(rename = "contains")]
    _contains: String,
    #[serde(borrow)]
    portfolios: Vec<&'a RawValue>,
    #[serde(borrow, default)]
    instruments: Vec<&'a RawValue>,
    #[serde(borrow, default)]
    prices: Vec<&'a RawValue>,
    #[serde(borrow, default)]
    columns: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Portfolio<'a> {
    name: String,
    base_currency: String,
    #[serde(default)]
    settings: BTreeMap<String, String>,
    #[serde(borrow, default)]
    activities: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Columns {
    header: String,
    mapping: Mapping,
}

/// The whole account, from `most` bytes or fewer.
///
/// # Errors
/// All that is wrong, a thousand faults at the most. A file of another kind has one, which says where it belongs.
pub fn whole(bytes: &[u8], most: usize) -> Result<Whole, Vec<Fault>> {
    let alone = |fault| vec![fault];
    let (text, _) = text::decode_up_to(bytes, most).map_err(alone)?;
    if !text.trim_start().starts_with('{') {
        let reason = "is no file of a whole account; a file of another program is brought into a portfolio";
        return Err(alone(whole_file(reason.to_owned())));
    }
    let lines = Lines::new(&text);
    json::check_depth(&lines).map_err(alone)?;
    check_head(&lines).map_err(alone)?;
    let parts: Parts = json::read(&lines).map_err(alone)?;
    let mut reader = Reader {
        lines: &lines,
        faults: vec![],
    };
    let mut whole = Whole::default();
    let everything = &mut whole.everything;
    for raw in parts.portfolios {
        everything.portfolios.extend(reader.portfolio(raw));
    }
    everything.instruments = reader.each(parts.instruments, check_instrument, |one: &DescribedInstrument| one.symbol.clone());
    everything.prices = reader.each(parts.prices, check_price, |one: &KnownPrice| (one.symbol.clone(), one.day));
    let columns = reader.each(parts.columns, check_columns, |one: &Columns| one.header.clone());
    whole.columns = columns.into_iter().map(|one| (one.header, one.mapping)).collect();
    if reader.faults.is_empty() { Ok(whole) } else { Err(reader.faults) }
}

fn check_head(lines: &Lines<'_>) -> Result<(), Fault> {
    let head: Head = json::read(lines)?;
    let reason = match (head.finflow, head.contains.as_deref()) {
        (Some(VERSION), Some(CONTAINS)) => return Ok(()),
        (Some(archive::VERSION), _) => "holds one portfolio, not a whole account: bring it into a portfolio".to_owned(),
        (Some(version), _) if version > VERSION => format!("is of version {version}; this program reads up to {VERSION}"),
        _ => "is no file of a whole account; a file of another program is brought into a portfolio".to_owned(),
    };
    Err(whole_file(reason))
}

/// Collects what is read, and what is wrong.
struct Reader<'l, 'a> {
    lines: &'l Lines<'a>,
    faults: Vec<Fault>,
}

impl<'a> Reader<'_, 'a> {
    fn keep<T>(&mut self, read: Result<T, Fault>) -> Option<T> {
        read.map_err(|fault| {
            if self.faults.len() < TOLD {
                self.faults.push(fault);
            }
        })
        .ok()
    }

    fn wrong(&mut self, raw: &RawValue, field: &str, reason: impl Into<String>) {
        let offset = self.lines.offset_of(raw.get());
        let fault = self.lines.fault(offset, field, reason);
        self.keep::<()>(Err(fault));
    }

    fn portfolio(&mut self, raw: &'a RawValue) -> Option<(Settings, Vec<Activity>)> {
        let read = json::part::<Portfolio>(self.lines, raw.get());
        let Portfolio {
            name,
            base_currency,
            settings,
            activities,
        } = self.keep(read)?;
        let head = ArchivedPortfolio {
            name,
            base_currency,
            settings,
            ..ArchivedPortfolio::default()
        };
        let settings = head.settings();
        if let Err(invalid) = &settings {
            self.wrong(raw, invalid.field, invalid.reason.clone());
        }
        let mut seen = HashSet::new();
        let mut read = Vec::with_capacity(activities.len().min(limits::ROWS));
        for raw in activities {
            let activity = archive::read::activity(self.lines, raw);
            let Some(activity) = self.keep(activity) else { continue };
            if let Err(Invalid { field, reason }) = activity.check() {
                self.wrong(raw, field, reason);
            }
            if !seen.insert(activity.id.clone()) {
                self.wrong(raw, "id", "stands twice in this portfolio");
            }
            read.push(activity);
        }
        Some((settings.ok()?, read))
    }

    /// Reads each of a list, of which none may stand twice.
    fn each<T: Deserialize<'a>, K: Eq + std::hash::Hash>(
        &mut self,
        list: Vec<&'a RawValue>,
        check: impl Fn(&T) -> Result<(), Invalid>,
        key: impl Fn(&T) -> K,
    ) -> Vec<T> {
        let mut seen = HashSet::new();
        let mut all = Vec::with_capacity(list.len());
        for raw in list {
            let read = json::part::<T>(self.lines, raw.get());
            let Some(one) = self.keep(read) else { continue };
            if let Err(Invalid { field, reason }) = check(&one) {
                self.wrong(raw, field, reason);
            }
            if !seen.insert(key(&one)) {
                self.wrong(raw, "JSON", "stands twice in this list");
            }
            all.push(one);
        }
        all
    }
}

fn check_price(price: &KnownPrice) -> Result<(), Invalid> {
    crate::portfolio::server::ledger::check_prices(std::slice::from_ref(price))
}

fn check_columns(columns: &Columns) -> Result<(), Invalid> {
    settings::text("header", &columns.header, 1, KEY_CHARACTERS)?;
    let length = serde_json::to_string(&columns.mapping).map_or(usize::MAX, |text| text.len());
    if length > MAPPING_BYTES {
        return Err(Invalid::new("mapping", format!("at most {MAPPING_BYTES} bytes are accepted")));
    }
    let code = columns.mapping.default_currency.as_ref();
    code.map_or(Ok(()), |code| settings::text("default_currency", code, 0, SYMBOL_CHARACTERS))
}
