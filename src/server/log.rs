//! What the program says on standard error while it runs: lines for people, or JSON for programs. A panic is said there too, once, with its
//! place, and counted.

use crate::server::config::{LogFormat, WatchConfig};
use crate::server::metrics::PANICS;
use crate::server::traces::{self, Sending};
use std::io::IsTerminal as _;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer, Registry};

/// Begins to log what `filter` lets through: in colours where a person reads it, and without their codes where a journal does. Where the
/// configuration names a collector of traces, what is returned takes them there.
///
/// # Errors
/// The collector cannot be used; without a secret.
pub fn begin(filter: EnvFilter, config: &WatchConfig) -> Result<Option<Sending>, String> {
    let colours = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let lines: Box<dyn Layer<Registry> + Send + Sync> = match config.log_format {
        LogFormat::Text => lines.with_ansi(colours).with_filter(filter).boxed(),
        // Fields beside the message, the spans around it as a list.
        LogFormat::Json => lines
            .json()
            .flatten_event(true)
            .with_current_span(false)
            .with_filter(filter)
            .boxed(),
    };
    let (collecting, sending) = config.collector()?.as_ref().map(traces::to).unzip();
    // Whatever the log leaves out: traces are of our own spans, and of all of them that are told at all.
    let own = Targets::new().with_target(OWN, tracing::Level::INFO);
    let collecting = collecting.map(|layer| layer.with_filter(own).boxed());
    let layers: Vec<_> = [Some(lines), collecting].into_iter().flatten().collect();
    tracing_subscriber::registry().with(layers).init();
    tell_panics();
    Ok(sending)
}

/// The program's own spans and events.
const OWN: &str = "finflow_app";

/// From now on a panic is a line of the log, in the place of several lines that no program reads.
fn tell_panics() {
    std::panic::set_hook(Box::new(|panic| {
        PANICS.one();
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let thread = std::thread::current();
        let thread = thread.name().unwrap_or_default();
        let why = panic.payload_as_str().unwrap_or("no message");
        tracing::error!(place, thread, why, "panic: a fault of the program");
    }));
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::sync::{Arc, Mutex, PoisonError};

    #[derive(Clone, Default)]
    struct Page(Arc<Mutex<Vec<u8>>>);

    impl Write for Page {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn row_22_a_panic_is_one_line_with_its_place_and_is_counted() {
        let page = Page::default();
        let paper = page.clone();
        let before = PANICS.get();
        let lines = tracing_subscriber::fmt()
            .json()
            .flatten_event(true)
            .with_writer(move || paper.clone())
            .finish();
        let known = std::panic::take_hook();
        tracing::subscriber::with_default(lines, || {
            tell_panics();
            assert!(std::panic::catch_unwind(|| panic!("planted {}", 1)).is_err());
        });
        std::panic::set_hook(known);
        let text = String::from_utf8(page.0.lock().unwrap().clone()).unwrap();
        let line: serde_json::Value = serde_json::from_str(&text).unwrap_or_else(|_| panic!("one line: {text}"));
        assert!(
            line["place"].as_str().is_some_and(|place| place.contains("src/server/log.rs")),
            "{text}"
        );
        assert_eq!((&line["why"], &line["level"]), (&"planted 1".into(), &"ERROR".into()));
        assert!(PANICS.get() > before);
    }
}
