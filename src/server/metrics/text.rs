//! The text that Prometheus reads: version 0.0.4 of its exposition format
//! (<https://prometheus.io/docs/instrumenting/exposition_formats/>).

use crate::server::metrics::figure::{BOUNDS, By, Histogram};
use std::fmt::{self, Display, Write as _};

/// What an answer with this text says it is.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// What a figure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Goes up only.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Durations by class.
    Histogram,
}

/// Microseconds, written as seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seconds(pub u64);

impl Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.0 / 1_000_000, self.0 % 1_000_000);
        if rest == 0 {
            return write!(f, "{whole}");
        }
        let digits = format!("{rest:06}");
        write!(f, "{whole}.{}", digits.trim_end_matches('0'))
    }
}

/// The text as it grows.
#[derive(Debug, Default)]
pub struct Text {
    text: String,
    name: &'static str,
}

impl Text {
    /// Begins a figure: what it is called, what it is, and what it says in one sentence.
    pub fn about(&mut self, name: &'static str, kind: Kind, help: &str) {
        let kind = match kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
        };
        self.name = name;
        // A string takes what is written to it; so below.
        let _ = write!(self.text, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
    }

    /// A value of the figure that was begun last.
    pub fn value(&mut self, labels: &[(&str, &str)], value: impl Display) {
        self.line("", labels, None, value);
    }

    /// The counts of the figure that was begun last, by one label.
    pub fn by<const N: usize>(&mut self, label: &str, by: &By<N>) {
        for (is, count) in by.each() {
            self.value(&[(label, is)], count);
        }
    }

    /// The classes, sum and count of the figure that was begun last.
    pub fn histogram(&mut self, labels: &[(&str, &str)], histogram: &Histogram) {
        let (classes, sum) = histogram.read();
        let mut so_far = 0;
        for (count, bound) in classes.iter().zip(BOUNDS) {
            so_far += count;
            self.line("_bucket", labels, Some(&Seconds(bound).to_string()), so_far);
        }
        let all: u64 = classes.iter().sum();
        self.line("_bucket", labels, Some("+Inf"), all);
        self.line("_sum", labels, None, Seconds(sum));
        self.line("_count", labels, None, all);
    }

    fn line(&mut self, suffix: &str, labels: &[(&str, &str)], bound: Option<&str>, value: impl Display) {
        self.text.push_str(self.name);
        self.text.push_str(suffix);
        let mut before = '{';
        for (label, is) in labels.iter().copied().chain(bound.map(|bound| ("le", bound))) {
            let _ = write!(self.text, "{before}{label}=\"{}\"", escaped(is));
            before = ',';
        }
        if before == ',' {
            self.text.push('}');
        }
        let _ = writeln!(self.text, " {value}");
    }

    /// The whole of it.
    pub fn finish(self) -> String {
        self.text
    }
}

fn escaped(label: &str) -> String {
    label.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn seconds_are_exact() {
        for (micros, text) in [
            (0, "0"),
            (10, "0.00001"),
            (2_500_000, "2.5"),
            (1_000_001, "1.000001"),
            (60_000_000, "60"),
        ] {
            assert_eq!(Seconds(micros).to_string(), text);
        }
    }

    #[test]
    fn the_text_is_as_the_format_says() {
        let mut text = Text::default();
        text.about("a_total", Kind::Counter, "Some.");
        text.value(&[], 1);
        text.value(&[("x", "a\"b\\c\nd"), ("y", "")], 2);
        let histogram = Histogram::new();
        histogram.take(Duration::from_micros(20));
        histogram.take(Duration::from_secs(60));
        text.about("b_seconds", Kind::Histogram, "Others.");
        text.histogram(&[("x", "z")], &histogram);
        let text = text.finish();
        assert!(text.starts_with("# HELP a_total Some.\n# TYPE a_total counter\na_total 1\na_total{x=\"a\\\"b\\\\c\\nd\",y=\"\"} 2\n"));
        assert!(text.contains("b_seconds_bucket{x=\"z\",le=\"0.00001\"} 0\nb_seconds_bucket{x=\"z\",le=\"0.000025\"} 1\n"));
        let end = "b_seconds_bucket{x=\"z\",le=\"10\"} 1\nb_seconds_bucket{x=\"z\",le=\"+Inf\"} 2\nb_seconds_sum{x=\"z\"} 60.00002\nb_seconds_count{x=\"z\"} 2\n";
        assert!(text.ends_with(end), "{text}");
    }
}
