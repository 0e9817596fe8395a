//! Brings 100,000 rows in, from the file's bytes to the commit, on a new SQLite file: `cargo run --release --example import_bench`.

use anyhow::{Context as _, Result};
use finflow_app::imports::preview::Preview;
use finflow_app::imports::server::{Options, parse};
use finflow_app::portfolio::book::Terms;
use finflow_app::portfolio::server::ledger::{Batch, Ledger};
use finflow_app::portfolio::settings::Settings;
use finflow_app::server::clock::Clock;
use finflow_app::server::database::Database;
use std::collections::HashSet;
use std::fmt::Write as _;
use std::time::Instant;

const ROWS: u32 = 100_000;
const RUNS: usize = 5;

#[tokio::main]
async fn main() -> Result<()> {
    let mut file = String::from("date,type,symbol,quantity,price,fee,currency\n");
    for row in 0..ROWS {
        let (month, day) = (1 + row / 28 % 12, 1 + row % 28);
        let (symbol, price) = (row % 200, 10 + row % 977);
        writeln!(file, "2023-{month:02}-{day:02},buy,S{symbol},{}.5,{price}.25,1,USD", 1 + row % 13)?;
    }
    for _ in 0..RUNS {
        let folder = tempfile::tempdir()?;
        let url = format!("sqlite:{}/finflow.db", folder.path().display());
        let database = Database::open(&url).await.map_err(anyhow::Error::msg)?;
        let mut change = database.write().await?;
        sqlx::query("INSERT INTO users (id, created_at, seen_at) VALUES ('u', 1, 1)")
            .execute(&mut *change)
            .await?;
        change.commit().await?;
        let ledger = Ledger::new(database.clone(), Clock::System);
        let settings = Settings {
            name: "Bench".into(),
            terms: Terms::in_currency("USD"),
            benchmark: None,
        };
        let portfolio = ledger.open("u", &settings).await?;
        let begun = Instant::now();
        let parsed = parse(file.as_bytes(), "bench.csv", &Options::default(), &mut |_, _| {});
        let parsed = parsed.map_err(|fault| anyhow::anyhow!("{fault}"))?;
        let preview = Preview::new(&parsed, &HashSet::new());
        let first = preview.faulty.first();
        anyhow::ensure!(first.is_none(), "{}", first.context("a fault")?);
        let read = begun.elapsed();
        let batch = Batch {
            activities: preview.new.into_iter().map(|line| line.activity).collect(),
            instruments: parsed.instruments,
            prices: parsed.prices,
        };
        let applied = ledger.apply("u", &portfolio, "Import of bench.csv", &batch).await?;
        println!("{} rows: read after {read:?}, kept after {:?}", applied.new, begun.elapsed());
        database.close().await;
    }
    Ok(())
}
