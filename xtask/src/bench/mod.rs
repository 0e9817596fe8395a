//! `cargo xtask bench`: what serving many viewers costs, beside servers of other makes, in one run.

mod contest;
mod crowd;
mod finflow;
mod loadgen;
mod mischief;
mod nodes;
mod peers;
mod rolling;
mod running;
mod slow;
mod table;
mod tools;
mod valuation;

use anyhow::{Context, Result, bail};

pub use finflow::Settings;
pub use loadgen::{Load, read};
pub use running::free_port;
pub use table::median;
pub use tools::{build, results};
pub use valuation::user;

use peers::Peer;

const HELP: &str = "\
cargo xtask bench [WHAT] [OPTIONS]

  table       5,000 viewers at 200 ms, ours beside each peer; Django Channels at 1,000 viewers
  memory      resident memory a viewer, from 1,000 to 10,000 that are only open
  storm       5,000 viewers who come at once; then ours restarted under them
  slow        half of 100 viewers at 20 ms stop reading
  mischief    32 that send what no client should, beside 1,000 viewers at 200 ms
  linear      ours at 1,000, 5,000, 10,000 and 19,000 viewers at 1 s
  valuation   1,000 different portfolios of 30 holdings, each told each second
  nodes       three nodes over one Redis and one PostgreSQL, beside one alone
  rolling     three nodes behind nginx, restarted in turn under 5,000 viewers at 1 s
  all         each of them
  self-test   the load generator's own tests

  --rounds N     how often each is measured; the medians count (3)
  --seconds N    length of a window (10)
  --viewers N    in the place of 5,000
  --servers A,B  only these peers: handoff, bun, axum-4k, axum, node, picows, django

FINFLOW_BIN names a program; else the release is built. Leave the machine alone meanwhile.";

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Plan {
    pub rounds: usize,
    pub seconds: f64,
    pub viewers: usize,
    pub peers: Option<Vec<Peer>>,
}

impl Plan {
    /// The peers of a measurement, as far as they were asked for.
    fn of(&self, usual: &[Peer]) -> Vec<Peer> {
        let asked = |peer: &Peer| self.peers.as_ref().is_none_or(|peers| peers.contains(peer));
        usual.iter().copied().filter(asked).collect()
    }
}

/// What measures.
type Measure = fn(&Plan) -> Result<()>;

/// Measures, and prints tables of Markdown; the JSON lies beside.
pub fn run(arguments: &[String]) -> Result<()> {
    let (what, options) = match arguments.split_first() {
        Some((what, options)) if !what.starts_with("--") => (what.as_str(), options),
        _ => ("table", arguments),
    };
    if matches!(what, "help" | "self-test") {
        return if what == "help" {
            println!("{HELP}");
            Ok(())
        } else {
            tools::self_test()
        };
    }
    let plan = plan(options)?;
    let measures: [(&str, Measure); 9] = [
        ("table", contest::run),
        ("memory", crowd::memory),
        ("storm", crowd::storm),
        ("slow", slow::run),
        ("mischief", mischief::run),
        ("linear", crowd::linear),
        ("valuation", valuation::run),
        ("nodes", nodes::run),
        ("rolling", rolling::run),
    ];
    let chosen: Vec<_> = measures.iter().filter(|(name, _)| what == "all" || what == *name).collect();
    if chosen.is_empty() {
        bail!("no measurement `{what}`\n\n{HELP}");
    }
    for (name, measure) in chosen {
        measure(&plan).with_context(|| format!("bench {name}"))?;
    }
    Ok(())
}

fn plan(options: &[String]) -> Result<Plan> {
    let mut plan = Plan {
        rounds: 3,
        seconds: 10.0,
        viewers: 5_000,
        peers: None,
    };
    for pair in options.chunks(2) {
        let [option, value] = pair else {
            bail!("`{}` needs a value\n\n{HELP}", pair[0])
        };
        let number = || value.parse::<usize>().with_context(|| format!("`{value}` is no number"));
        match option.as_str() {
            "--rounds" => plan.rounds = number()?.max(1),
            "--seconds" => plan.seconds = number()?.max(1) as f64,
            "--viewers" => plan.viewers = number()?.max(10),
            "--servers" => plan.peers = Some(value.split(',').map(Peer::named).collect::<Result<_>>()?),
            _ => bail!("no option `{option}`\n\n{HELP}"),
        }
    }
    Ok(plan)
}
