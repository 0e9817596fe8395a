//! What processes and the kernel use, from /proc.

use std::collections::HashMap;
use std::fs::read_to_string;

use serde_json::{Value, json};

/// Ticks a second of the times in /proc, the same on every Linux.
const TICKS: f64 = 100.0;
/// Bytes of a page in /proc/net/sockstat.
const PAGE: u64 = 4_096;

/// The trees of some processes at a moment, added up; sizes in bytes, times in seconds.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sample {
    pub user: f64,
    pub system: f64,
    pub resident: u64,
    pub proportional: u64,
    pub descriptors: u64,
    pub threads: u64,
    pub switches: u64,
    pub processes: u64,
    /// Kernel objects of the whole machine: the sockets of both ends are among them.
    pub slab: u64,
    /// Memory of TCP's queues, of the whole machine.
    pub tcp: u64,
}

impl Sample {
    /// Looks now.
    pub fn of(roots: &[u32]) -> Self {
        let mut sum = Self {
            slab: line(&read("/proc/meminfo"), "Slab:") * 1_024,
            tcp: tcp_memory(&read("/proc/net/sockstat")) * PAGE,
            ..Self::default()
        };
        for pid in tree(roots) {
            let Some((user, system)) = read_to_string(format!("/proc/{pid}/stat")).ok().and_then(|stat| times(&stat)) else {
                continue;
            };
            let status = read(&format!("/proc/{pid}/status"));
            sum.user += user as f64 / TICKS;
            sum.system += system as f64 / TICKS;
            sum.resident += line(&status, "VmRSS:") * 1_024;
            sum.threads += line(&status, "Threads:");
            sum.switches += line(&status, "voluntary_ctxt_switches:") + line(&status, "nonvoluntary_ctxt_switches:");
            sum.proportional += line(&read(&format!("/proc/{pid}/smaps_rollup")), "Pss:") * 1_024;
            sum.descriptors += std::fs::read_dir(format!("/proc/{pid}/fd")).map_or(0, |entries| entries.count() as u64);
            sum.processes += 1;
        }
        sum
    }

    /// As it stands in the report.
    pub fn told(&self) -> Value {
        json!({
            "user_s": self.user, "system_s": self.system, "rss": self.resident, "pss": self.proportional,
            "fds": self.descriptors, "threads": self.threads, "switches": self.switches, "processes": self.processes,
            "slab": self.slab, "tcp_memory": self.tcp,
        })
    }
}

fn read(path: &str) -> String {
    read_to_string(path).unwrap_or_default()
}

/// The first number of the line that begins so.
fn line(text: &str, name: &str) -> u64 {
    let found = text.lines().find_map(|line| line.strip_prefix(name));
    found.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

/// Pages in TCP's queues: the number after `mem` of the line `TCP:`.
fn tcp_memory(text: &str) -> u64 {
    let mut words = text
        .lines()
        .find_map(|line| line.strip_prefix("TCP:"))
        .unwrap_or("")
        .split_whitespace();
    words.find(|word| *word == "mem");
    words.next().and_then(|pages| pages.parse().ok()).unwrap_or(0)
}

/// User and system time of a line of /proc/PID/stat. The name in it may hold anything; what follows its last bracket does not.
fn times(stat: &str) -> Option<(u64, u64)> {
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
}

/// The processes and all that descend from them.
fn tree(roots: &[u32]) -> Vec<u32> {
    let mut children: HashMap<u32, Vec<u32>> = HashMap::new();
    for entry in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else {
            continue;
        };
        let stat = read(&format!("/proc/{pid}/stat"));
        let parent = stat
            .rsplit_once(')')
            .and_then(|(_, rest)| rest.split_whitespace().nth(1)?.parse().ok());
        children.entry(parent.unwrap_or(0)).or_default().push(pid);
    }
    let mut found = roots.to_vec();
    let mut next = 0;
    while let Some(pid) = found.get(next) {
        for child in children.remove(pid).unwrap_or_default() {
            if !found.contains(&child) {
                found.push(child);
            }
        }
        next += 1;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_kernel_writes_is_read() {
        let stat = "7 (a) b) S 1 7 7 0 -1 4194560 9 0 0 0 123 45 0 0 20 0 3 0 100 1 2 3";
        assert_eq!(times(stat), Some((123, 45)));
        let sockstat = "sockets: used 9\nTCP: inuse 5 orphan 0 tw 1 alloc 6 mem 77\nUDP: inuse 1 mem 2\n";
        assert_eq!(tcp_memory(sockstat), 77);
        assert_eq!(line("VmPeak: 9 kB\nVmRSS:\t  12 kB\n", "VmRSS:"), 12);
    }

    #[test]
    fn this_process_is_measured() {
        let sample = Sample::of(&[std::process::id()]);
        assert!(sample.resident > 0 && sample.threads > 0 && sample.descriptors > 2 && sample.processes > 0);
    }
}
