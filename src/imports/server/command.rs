//! What `finflow import --dry-run` and `finflow value` need of files: reading several as one, without a server or a database.

use crate::imports::preview::{Fault, Format, Outcome, Parsed, Preview, Remark};
use crate::imports::server::{Options, parse};
use crate::portfolio::activity::Activity;
use crate::portfolio::described::{DescribedInstrument, KnownPrice};
use serde::Serialize;
use std::collections::HashSet;

/// What a file holds, as `--dry-run --json` prints it.
#[derive(Debug, Serialize)]
pub struct DryRun {
    /// Name of the file.
    pub file: String,
    /// What it is; nothing where it cannot be read at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<Format>,
    /// What would come in.
    pub activities: Vec<Activity>,
    /// How many lines are already there.
    pub known: usize,
    /// What cannot be read.
    pub faults: Vec<Fault>,
    /// What was read leniently.
    pub remarks: Vec<Remark>,
    /// Lines that become nothing.
    pub omitted: Vec<Remark>,
    /// What the file describes.
    pub instruments: Vec<DescribedInstrument>,
    /// Prices that stand in it.
    pub prices: Vec<KnownPrice>,
    /// What concerns the whole file.
    pub notes: Vec<String>,
}

impl DryRun {
    /// Whether it could be applied.
    pub fn is_sound(&self) -> bool {
        self.faults.is_empty()
    }
}

/// Reads a file and compares it with the identities that are there. Nothing is changed.
pub fn dry_run(file: &str, bytes: &[u8], options: &Options, there: &HashSet<String>) -> DryRun {
    dry_run_stating(file, bytes, options, there).0
}

/// The same, with the currency that the file's exchange rates lead to.
pub fn dry_run_stating(file: &str, bytes: &[u8], options: &Options, there: &HashSet<String>) -> (DryRun, Option<String>) {
    let read = parse(bytes, file, options, &mut |_, _| {});
    let stated = read.as_ref().ok().and_then(|parsed| parsed.base_currency.clone());
    let run = match read {
        Err(fault) => DryRun {
            file: file.to_owned(),
            format: None,
            activities: vec![],
            known: 0,
            faults: vec![fault],
            remarks: vec![],
            omitted: vec![],
            instruments: vec![],
            prices: vec![],
            notes: vec![],
        },
        Ok(parsed) => {
            let preview = Preview::new(&parsed, there);
            DryRun {
                file: file.to_owned(),
                format: Some(parsed.format),
                activities: preview.new.into_iter().map(|line| line.activity).collect(),
                known: preview.known.len(),
                faults: preview.faulty,
                remarks: preview.remarks,
                omitted: preview.omitted,
                instruments: parsed.instruments,
                prices: parsed.prices,
                notes: parsed.notes,
            }
        }
    };
    (run, stated)
}

/// Several files as one history.
#[derive(Debug, Default)]
pub struct History {
    /// The activities of all of them, each once, in order of their days.
    pub activities: Vec<Activity>,
    /// What they describe.
    pub instruments: Vec<DescribedInstrument>,
    /// The prices in them.
    pub prices: Vec<KnownPrice>,
    /// The currency that the first file with one names as its base.
    pub base_currency: Option<String>,
    /// What was read leniently, what becomes nothing, and what concerns a whole file; for a person.
    pub remarks: Vec<String>,
}

impl History {
    fn remark(&mut self, name: &str, parsed: &Parsed) {
        self.remarks.extend(parsed.notes.iter().map(|note| format!("{name}: {note}")));
        for line in &parsed.lines {
            let of_line = |text: &String| format!("{name}: line {}: {text}", line.number);
            self.remarks.extend(line.remarks.iter().map(of_line));
            if let Outcome::Omitted(reason) = &line.outcome {
                self.remarks.push(format!("{name}: line {} is left out: {reason}", line.number));
            }
        }
    }
}

/// Forgets exchange rates that lead to another currency than `base`: each day's own rate counts then.
pub fn fit_rates(activities: &mut [Activity], stated: Option<&str>, base: &str) {
    if stated.is_some_and(|stated| stated != base) {
        activities.iter_mut().for_each(|activity| activity.exchange_rate = None);
    }
}

/// Joins files for `finflow value`. One that has a fault makes the whole worthless: nothing is valued on half of a history.
///
/// # Errors
/// The faults of every file, each with its file's name.
pub fn history(files: &[(String, Vec<u8>)], options: &Options) -> Result<History, Vec<(String, Fault)>> {
    let mut history = History::default();
    let mut faults = vec![];
    let mut seen = HashSet::new();
    for (name, bytes) in files {
        match parse(bytes, name, options, &mut |_, _| {}) {
            Err(fault) => faults.push((name.clone(), fault)),
            Ok(parsed) => {
                faults.extend(parsed.faults().map(|fault| (name.clone(), fault.clone())));
                let Parsed {
                    base_currency,
                    instruments,
                    prices,
                    ..
                } = &parsed;
                history.base_currency = history.base_currency.or_else(|| base_currency.clone());
                history.remark(name, &parsed);
                history.instruments.extend(instruments.iter().cloned());
                history.prices.extend(prices.iter().cloned());
                let new = parsed.activities().filter(|activity| seen.insert(activity.id.clone()));
                let mut new: Vec<Activity> = new.cloned().collect();
                fit_rates(
                    &mut new,
                    base_currency.as_deref(),
                    history.base_currency.as_deref().unwrap_or_default(),
                );
                history.activities.extend(new);
            }
        }
    }
    // A stable sort: what has no time keeps the order of its file.
    history.activities.sort_by_key(|activity| activity.day);
    if faults.is_empty() { Ok(history) } else { Err(faults) }
}
