//! Reading a brought file: on a thread of its own, while its page tells how far it is.

use crate::imports::mapping::Mapping;
use crate::imports::preview::{Fault, Outcome, Parsed};
use crate::imports::server::sample::{Sample, sample};
use crate::imports::server::text::whole_file;
use crate::imports::server::uploads::Uploads;
use crate::imports::server::uploads::upload::{Choice, Reading, State, Upload};
use crate::imports::server::{Options, parse};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// Between two looks at a reading that runs.
const STEP: Duration = Duration::from_millis(10);

impl Uploads {
    /// Sees to it that a file is read for a portfolio with this base currency, and waits for it, but not for long. A page that
    /// is drawn at once says how far it is; most files are read before.
    pub async fn reading(&self, upload: &Arc<Upload>, currency: &str, wait: Duration) -> Option<Arc<Reading>> {
        let until = Instant::now() + wait;
        loop {
            match upload.state() {
                State::Read(reading) if reading.currency == currency => return Some(reading),
                State::Read(_) => upload.forget(),
                State::Idle => self.start(upload, currency),
                State::Reading => {}
            }
            if Instant::now() >= until {
                return None;
            }
            tokio::time::sleep(STEP).await;
        }
    }

    fn start(&self, upload: &Arc<Upload>, currency: &str) {
        let Some(choice) = upload.begin() else { return };
        let (uploads, upload, currency) = (self.clone(), upload.clone(), currency.to_owned());
        self.shutdown.spawn(async move {
            let read = uploads.read(&upload, &choice, currency).await;
            upload.end(read, &choice);
            uploads.trim();
        });
    }

    async fn read(&self, upload: &Arc<Upload>, choice: &Choice, currency: String) -> Option<Reading> {
        let _reader = self.readers.acquire().await.ok()?;
        let own = upload.clone();
        let bytes = tokio::task::spawn_blocking(move || own.read()).await.ok()?;
        let bytes = match bytes {
            Ok(bytes) => Arc::new(bytes),
            Err(error) => {
                tracing::error!(%error, "a brought file cannot be read");
                let fault = whole_file("the server lost it; bring it once more".to_owned());
                return Some(outcome(Err(fault), None, (None, false), currency));
            }
        };
        let (mapping, remembered) = match choice {
            Choice::Map(mapping) => (Some(mapping.clone()), false),
            Choice::Detect => (None, false),
            Choice::Usual => {
                let header = bytes.clone();
                let head = tokio::task::spawn_blocking(move || sample(&header, None)).await.ok()?;
                let known = match head {
                    // Without its database a file is read as its content says.
                    Some(head) => self.mappings.of(&upload.user, &head.header).await.unwrap_or_default(),
                    None => None,
                };
                let is_known = known.is_some();
                (known, is_known)
            }
        };
        let own = upload.clone();
        let read = move || {
            let options = Options {
                currency: Some(currency.clone()),
                mapping: mapping.clone(),
            };
            let parsed = parse(&bytes, &own.name, &options, &mut |done, total| own.note(done, total));
            let head = sample(&bytes, mapping.as_ref());
            outcome(parsed, head, (mapping, remembered), currency)
        };
        tokio::task::spawn_blocking(read).await.ok()
    }
}

fn outcome(
    parsed: Result<Parsed, Fault>,
    sample: Option<Sample>,
    (mapping, remembered): (Option<Mapping>, bool),
    currency: String,
) -> Reading {
    let refused = parsed.as_ref().map(refused).unwrap_or_default();
    Reading {
        parsed,
        refused,
        sample,
        mapping,
        remembered,
        currency,
    }
}

/// What the ledger would refuse is told beside the other faults, with its line.
fn refused(parsed: &Parsed) -> Vec<Fault> {
    let checked = parsed.lines.iter().filter_map(|line| match &line.outcome {
        Outcome::Activity(activity) => activity.check().err().map(|invalid| Fault {
            line: line.number,
            column: 1,
            field: invalid.field.to_owned(),
            reason: invalid.reason,
        }),
        _ => None,
    });
    checked.collect()
}
