//! How long the prices of exchanges are kept: as candles, and each as it came.

use clap::Args;

/// How long the candles of exchanges are kept, and their ticks. Candles of a day are kept for ever.
#[derive(Clone, Copy, Debug, Args)]
#[command(next_help_heading = "Candles and ticks")]
pub struct CandleConfig {
    /// Days that candles of a minute are kept. 100 instruments need about half a gigabyte a year.
    #[arg(long = "candles-1m-days", env = "FINFLOW_CANDLES_1M_DAYS", default_value_t = 90, value_parser = days())]
    pub minute_days: u32,
    /// Days that candles of five minutes are kept.
    #[arg(long = "candles-5m-days", env = "FINFLOW_CANDLES_5M_DAYS", default_value_t = 730, value_parser = days())]
    pub five_minute_days: u32,
    /// Days that candles of an hour are kept.
    #[arg(long = "candles-1h-days", env = "FINFLOW_CANDLES_1H_DAYS", default_value_t = 3_650, value_parser = days())]
    pub hour_days: u32,
    /// Days before today that each single price is kept, so that they can play again; 0 keeps none. Of older days their candles play.
    #[arg(long = "ticks-days", env = "FINFLOW_TICKS_DAYS", default_value_t = TICK_DAYS, value_parser = clap::value_parser!(u32).range(0..=36_500))]
    pub tick_days: u32,
}

/// How many days of ticks are kept where nobody says.
const TICK_DAYS: u32 = 2;

impl Default for CandleConfig {
    fn default() -> Self {
        Self {
            minute_days: 90,
            five_minute_days: 730,
            hour_days: 3_650,
            tick_days: TICK_DAYS,
        }
    }
}

impl CandleConfig {
    /// Name and value of each setting.
    pub fn lines(&self) -> [(&'static str, String); 4] {
        [
            ("FINFLOW_CANDLES_1M_DAYS", self.minute_days.to_string()),
            ("FINFLOW_CANDLES_5M_DAYS", self.five_minute_days.to_string()),
            ("FINFLOW_CANDLES_1H_DAYS", self.hour_days.to_string()),
            ("FINFLOW_TICKS_DAYS", self.tick_days.to_string()),
        ]
    }
}

fn days() -> impl clap::builder::TypedValueParser<Value = u32> {
    clap::value_parser!(u32).range(1..=36_500)
}
