//! What has been read of a file so far.

use crate::imports::preview::{AlertHint, Fault, Format, Line, Outcome, Parsed};
use crate::imports::server::currency;
use crate::imports::server::draft::Draft;
use crate::imports::server::{limits, symbol};
use crate::portfolio::described::{DescribedInstrument, InstrumentKind, KnownPrice};
use std::collections::HashMap;

/// Lines between two reports of progress.
const REPORT_EVERY: usize = 1_000;

/// What a line of the file is read as.
pub enum Read {
    /// One activity or more.
    Drafts(Vec<Draft>),
    /// Nothing, for this reason.
    Omitted(String),
}

impl From<Draft> for Read {
    fn from(draft: Draft) -> Self {
        Self::Drafts(vec![draft])
    }
}

/// Collects lines, instruments, prices and notes, and gives identities.
pub struct Sheet<'p> {
    parsed: Parsed,
    instruments: HashMap<String, usize>,
    prices: HashMap<String, usize>,
    repeats: HashMap<[u8; 16], u32>,
    progress: &'p mut dyn FnMut(usize, usize),
    total: usize,
}

impl<'p> Sheet<'p> {
    /// An empty sheet for a file of `total` bytes. `progress` is told how many of them were read.
    pub fn new(format: Format, total: usize, progress: &'p mut dyn FnMut(usize, usize)) -> Self {
        let parsed = Parsed {
            format,
            base_currency: None,
            lines: vec![],
            instruments: vec![],
            prices: vec![],
            alerts: vec![],
            notes: vec![],
        };
        Self {
            parsed,
            instruments: HashMap::new(),
            prices: HashMap::new(),
            repeats: HashMap::new(),
            progress,
            total,
        }
    }

    /// Takes a line. `done` is the byte that it starts at.
    ///
    /// # Errors
    /// Only where the file has too many lines.
    pub fn take(&mut self, line: u32, done: usize, read: Result<Read, Fault>) -> Result<(), Fault> {
        match read {
            Ok(Read::Drafts(drafts)) => drafts.into_iter().for_each(|draft| self.book(line, draft)),
            Ok(Read::Omitted(reason)) => self.push(line, None, Outcome::Omitted(reason), vec![]),
            Err(fault) => self.push(line, None, Outcome::Fault(fault), vec![]),
        }
        if self.parsed.lines.len().is_multiple_of(REPORT_EVERY) {
            (self.progress)(done.min(self.total), self.total);
        }
        if self.parsed.lines.len() > limits::ROWS {
            return Err(Fault {
                line,
                column: 1,
                field: "file".to_owned(),
                reason: format!("the file has more than {} lines", limits::ROWS),
            });
        }
        Ok(())
    }

    fn book(&mut self, line: u32, draft: Draft) {
        if let Some(symbol) = &draft.symbol {
            self.instrument(DescribedInstrument {
                symbol: symbol.clone(),
                currency: (draft.currency != currency::NONE).then(|| draft.currency.clone()),
                ..DescribedInstrument::default()
            });
        }
        let account = draft.account.clone();
        let repeats = &mut self.repeats;
        let (activity, remarks) = draft.finish(self.parsed.format, |key| {
            let count = repeats.entry(key).or_default();
            *count += 1;
            *count - 1
        });
        self.push(line, account, Outcome::Activity(Box::new(activity)), remarks);
    }

    fn push(&mut self, number: u32, account: Option<String>, outcome: Outcome, remarks: Vec<String>) {
        self.parsed.lines.push(Line {
            number,
            account,
            outcome,
            remarks,
        });
    }

    /// Describes an instrument. What is known already is kept, what is missing filled in.
    pub fn instrument(&mut self, new: DescribedInstrument) {
        let Some(known) = self
            .instruments
            .get(&new.symbol)
            .and_then(|at| self.parsed.instruments.get_mut(*at))
        else {
            self.instruments.insert(new.symbol.clone(), self.parsed.instruments.len());
            self.parsed.instruments.push(complete(new));
            return;
        };
        if known.name.is_empty() {
            known.name = new.name;
        }
        if known.note.is_empty() {
            known.note = new.note;
        }
        if known.sector.is_empty() {
            known.sector = new.sector;
        }
        known.country = known.country.take().or(new.country);
        if known.kind == InstrumentKind::Unknown {
            known.kind = new.kind;
        }
        known.currency = known.currency.take().or(new.currency);
        known.isin = known.isin.take().or(new.isin);
        known.alias = known.alias.take().or(new.alias);
        known.simulated |= new.simulated;
    }

    /// Takes a price. Of an instrument the last one stays.
    pub fn last_price(&mut self, price: KnownPrice) {
        match self.prices.get(&price.symbol).and_then(|at| self.parsed.prices.get_mut(*at)) {
            Some(known) if known.day <= price.day => *known = price,
            Some(_) => {}
            None => {
                self.prices.insert(price.symbol.clone(), self.parsed.prices.len());
                self.parsed.prices.push(price);
            }
        }
    }

    /// Takes a price that a person set: all of them stay.
    pub fn manual_price(&mut self, price: KnownPrice) {
        self.parsed.prices.push(price);
    }

    /// Takes a wish to be told.
    pub fn alert(&mut self, alert: AlertHint) {
        self.parsed.alerts.push(alert);
    }

    /// Says something about the whole file, once.
    pub fn note(&mut self, text: impl Into<String>) {
        let text = text.into();
        if !self.parsed.notes.contains(&text) {
            self.parsed.notes.push(text);
        }
    }

    /// Says which currency the file's exchange rates lead to.
    pub fn base_currency(&mut self, code: String) {
        self.parsed.base_currency.get_or_insert(code);
    }

    /// The file as it was read.
    pub fn finish(self) -> Parsed {
        (self.progress)(self.total, self.total);
        self.parsed
    }
}

/// Adds what the symbol itself tells.
fn complete(mut instrument: DescribedInstrument) -> DescribedInstrument {
    if instrument.isin.is_none() && symbol::is_isin(&instrument.symbol) {
        instrument.isin = Some(instrument.symbol.clone());
    }
    if let Some(pair) = currency::pair_of(&instrument.symbol) {
        if instrument.kind == InstrumentKind::Unknown {
            instrument.kind = InstrumentKind::Crypto;
        }
        if pair != instrument.symbol {
            instrument.alias.get_or_insert(pair);
        }
    }
    instrument
}
