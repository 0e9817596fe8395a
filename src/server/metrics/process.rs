//! The process and its runtime, read at the moment they are asked for. The names are those of Prometheus' own libraries.

use super::text::{Kind, Seconds, Text};
use std::fs;
use std::sync::OnceLock;
use std::time::{SystemTime, UNIX_EPOCH};

/// Ticks a second in which Linux tells a process's time (`USER_HZ`), and microseconds of one.
const TICK_MICROS: u64 = 1_000_000 / 100;
/// Bytes of a page. Linux tells `statm` in pages; `status` tells kibibytes and is read in its place.
const KIB: u64 = 1 << 10;

static BEGAN: OnceLock<u64> = OnceLock::new();

/// Notes that the process begins now. The first time counts.
pub fn begin() {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    BEGAN.get_or_init(|| now.map_or(0, |now| now.as_micros() as u64));
}

/// Writes what the system says of this process; on another system than Linux only when it began.
pub fn write(text: &mut Text) {
    text.about(
        "process_start_time_seconds",
        Kind::Gauge,
        "When the process began, in seconds since 1970.",
    );
    begin();
    text.value(&[], Seconds(BEGAN.get().copied().unwrap_or_default()));
    if let Some(micros) = fs::read_to_string("/proc/self/stat").ok().and_then(|stat| cpu(&stat)) {
        text.about(
            "process_cpu_seconds_total",
            Kind::Counter,
            "Time on a processor, in the program and in the kernel for it.",
        );
        text.value(&[], Seconds(micros));
    }
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let gauges = [
        (
            "process_resident_memory_bytes",
            "Memory that it holds.",
            field(&status, "VmRSS:").map(|kib| kib * KIB),
        ),
        (
            "process_virtual_memory_bytes",
            "Memory that it may reach.",
            field(&status, "VmSize:").map(|kib| kib * KIB),
        ),
        ("process_threads", "Threads.", field(&status, "Threads:")),
        ("process_open_fds", "Open descriptors: a socket is one.", open_files()),
        ("process_max_fds", "Descriptors that it may have.", most_files()),
    ];
    for (name, help, value) in gauges {
        if let Some(value) = value {
            text.about(name, Kind::Gauge, help);
            text.value(&[], value);
        }
    }
    if let Ok(runtime) = tokio::runtime::Handle::try_current() {
        let runtime = runtime.metrics();
        for (name, help, value) in [
            ("finflow_runtime_workers", "Threads that work for tasks.", runtime.num_workers()),
            ("finflow_runtime_alive_tasks", "Tasks that are not done.", runtime.num_alive_tasks()),
            (
                "finflow_runtime_global_queue_depth",
                "Tasks that wait for a worker: more than a few for longer is a machine that is too small.",
                runtime.global_queue_depth(),
            ),
        ] {
            text.about(name, Kind::Gauge, help);
            text.value(&[], value);
        }
    }
    text.about("finflow_build_info", Kind::Gauge, "Always 1; the labels say what runs.");
    let mode = if cfg!(debug_assertions) { "debug" } else { "release" };
    text.value(&[("version", env!("CARGO_PKG_VERSION")), ("mode", mode)], 1);
}

/// Microseconds on a processor, of the line of `/proc/self/stat`. The program's name, in brackets, may hold anything.
fn cpu(stat: &str) -> Option<u64> {
    let (_, rest) = stat.rsplit_once(')')?;
    // utime and stime are the 14th and 15th of the line (proc(5)), and the third is the first after the name.
    let mut times = rest.split_whitespace().skip(11).map(str::parse::<u64>);
    Some((times.next()?.ok()? + times.next()?.ok()?) * TICK_MICROS)
}

fn field(status: &str, name: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

fn open_files() -> Option<u64> {
    // The one that reads the folder is among them.
    let count = fs::read_dir("/proc/self/fd").ok()?.count() as u64;
    Some(count.saturating_sub(1))
}

fn most_files() -> Option<u64> {
    let limits = fs::read_to_string("/proc/self/limits").ok()?;
    field(&limits, "Max open files")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_brackets_moves_no_field() {
        let stat = "7 (a) b (c)) S 1 2 3 4 5 6 7 8 9 10 150 50 0 0 20 0 3 0 9";
        assert_eq!(cpu(stat), Some(2_000_000));
        assert_eq!(cpu("7 (a) S 1"), None);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn this_process_tells_what_it_uses() {
        let mut text = Text::default();
        write(&mut text);
        let text = text.finish();
        for name in [
            "process_resident_memory_bytes ",
            "process_open_fds ",
            "process_max_fds ",
            "process_threads ",
        ] {
            let line = text.lines().find_map(|line| line.strip_prefix(name));
            assert!(
                line.is_some_and(|value| value.parse::<u64>().is_ok_and(|value| value > 0)),
                "{name}"
            );
        }
    }
}
