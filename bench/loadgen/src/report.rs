//! The report: one JSON document, and some lines for a person.

use serde_json::{Value, json};

use crate::args::Args;
use crate::process::Sample;
use crate::stats::Stats;

/// What the leading thread saw.
#[derive(Clone, Copy, Debug, Default)]
pub struct Seen {
    /// Before the first socket, at the window's begin, at its end.
    pub before: Sample,
    pub begin: Sample,
    pub end: Sample,
    pub peak: u64,
    pub own: (Sample, Sample),
    pub opening: f64,
    pub seconds: f64,
    pub open: usize,
    pub open_at_end: usize,
}

/// All of it.
pub fn report(args: &Args, stats: &Stats, seen: &Seen) -> Value {
    let (whole, window) = (&stats.whole, &stats.window);
    let viewers = args.connections - args.slow - args.garbage;
    let due = match args.interval {
        _ if args.idle => 0.0,
        0 => f64::NAN,
        interval => viewers as f64 * seen.seconds * 1_000.0 / interval as f64,
    };
    json!({
        "label": args.label, "connections": args.connections, "interval_ms": args.interval, "slow": args.slow,
        "garbage": args.garbage, "churn": args.churn, "seconds": seen.seconds,
        "opening_s": seen.opening, "open": seen.open, "open_at_end": seen.open_at_end,
        "open_ms": whole.open.told(), "first_update_ms": whole.first.told(), "back_ms": whole.back.told(),
        "failures": whole.failures, "failed": whole.failures.values().sum::<u64>(), "closes": whole.closes, "subprotocol": whole.subprotocol,
        "churned": whole.churned, "lost": whole.lost, "returned": whole.returned, "twice": whole.twice,
        "frames": window.frames, "updates": window.updates, "binary": window.binary, "strange": window.strange, "errors": window.errors,
        "bytes": window.bytes, "bytes_per_frame": ratio(window.bytes as f64, window.frames as f64),
        "due": if due.is_nan() { Value::Null } else { json!(due) },
        "latency_ms": window.latency.told(), "spread_ms": window.spread().told(), "pause_ms": window.pause.told(),
        "skipped": window.skipped, "backwards": window.backwards,
        "slow_closed": window.slow_closed, "slow_open": window.slow_open,
        "frames_per_read": ratio(window.frames as f64, window.reads as f64),
        "own_cpu": ratio(cpu(&seen.own.1) - cpu(&seen.own.0), seen.seconds),
        "server": if args.pids.is_empty() { Value::Null } else { server(window.frames as f64, seen) },
    })
}

fn server(frames: f64, seen: &Seen) -> Value {
    let Seen { before, begin, end, .. } = seen;
    let spent = cpu(end) - cpu(begin);
    let each = |from: u64, to: u64| ratio(to as f64 - from as f64, seen.open as f64);
    json!({
        "cpu": ratio(spent, seen.seconds),
        "us_per_frame": ratio(spent * 1e6, frames), "user_us_per_frame": ratio((end.user - begin.user) * 1e6, frames),
        "rss_per_connection": each(before.resident, begin.resident), "pss_per_connection": each(before.proportional, begin.proportional),
        "slab_per_connection": each(before.slab, begin.slab), "tcp_growth": end.tcp as f64 - begin.tcp as f64,
        "rss_growth": end.resident as f64 - begin.resident as f64, "rss_peak": seen.peak,
        "switches_per_frame": ratio(end.switches as f64 - begin.switches as f64, frames),
        "before": before.told(), "begin": begin.told(), "end": end.told(),
    })
}

/// Processor seconds.
pub fn cpu(sample: &Sample) -> f64 {
    sample.user + sample.system
}

/// A ratio; null where there is nothing to divide by.
fn ratio(part: f64, whole: f64) -> Value {
    if whole > 0.0 { json!(part / whole) } else { Value::Null }
}

/// The same in a few lines.
pub fn lines(report: &Value) -> String {
    let number = |path: &str| report.pointer(path).and_then(Value::as_f64);
    let told = |path: &str, places: usize| number(path).map_or_else(|| "-".into(), |number| format!("{number:.places$}"));
    let times = |name: &str| {
        format!(
            "p50 {} p99 {} p99.9 {} ms",
            told(&format!("/{name}/p50"), 2),
            told(&format!("/{name}/p99"), 2),
            told(&format!("/{name}/p999"), 2)
        )
    };
    let mut text = format!(
        "{}: {} of {} open after {} s, failures {}, closes {}\n",
        report["label"].as_str().unwrap_or(""),
        report["open"],
        report["connections"],
        told("/opening_s", 2),
        report["failures"],
        report["closes"]
    );
    text += &format!(
        "  open     {}\n  first    {}\n  latency  {}\n  spread   {}\n",
        times("open_ms"),
        times("first_update_ms"),
        times("latency_ms"),
        times("spread_ms")
    );
    text += &format!(
        "  frames   {} of {} due, {} B each, skipped {}, backwards {}, lost {}\n",
        report["updates"],
        told("/due", 0),
        told("/bytes_per_frame", 0),
        report["skipped"],
        report["backwards"],
        report["lost"]
    );
    if report["server"].is_object() {
        text += &format!(
            "  server   {} us a frame, {} user; {} B a connection; {} fds, {} threads\n",
            told("/server/us_per_frame", 2),
            told("/server/user_us_per_frame", 2),
            told("/server/rss_per_connection", 0),
            report["server"]["end"]["fds"],
            report["server"]["end"]["threads"]
        );
    }
    text + &format!("  loadgen  {} of a core\n", told("/own_cpu", 2))
}
