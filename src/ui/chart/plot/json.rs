//! How a chart's content travels: columns of numbers.

use crate::ui::chart::plot::extremes::Extremes;
use crate::ui::chart::plot::model::Plot;
use serde::Serialize;

/// A chart's content as it is sent. A number that is not known is null.
#[derive(Debug, Serialize)]
pub struct Told {
    /// What it is about.
    pub name: String,
    /// How long a candle is, in milliseconds.
    pub step_ms: i64,
    /// Decimals that its prices are written with.
    pub decimals: u32,
    /// The first moment of which anything is known, in milliseconds since 1970.
    pub earliest: Option<i64>,
    /// Whether it reaches up to now.
    pub to_now: bool,
    /// Where prices come from as they are made.
    pub live: Option<String>,
    /// When each candle begins, in milliseconds since 1970.
    pub time: Vec<i64>,
    /// Closes.
    pub close: Vec<f64>,
    /// Opens; nothing where all four prices are the same, as of a line of values.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub open: Vec<f64>,
    /// Highs; nothing where [`Self::open`] is.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub high: Vec<f64>,
    /// Lows; nothing where [`Self::open`] is.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub low: Vec<f64>,
    /// What was traded; nothing where nothing is known.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub volume: Vec<f64>,
    /// What is compared.
    pub others: Vec<OtherTold>,
    /// What happened.
    pub marks: Vec<MarkTold>,
}

/// Something else that is drawn for comparison.
#[derive(Debug, Serialize)]
pub struct OtherTold {
    /// What it is.
    pub name: String,
    /// Its value at each candle.
    pub values: Vec<Option<f64>>,
}

/// Something that happened.
#[derive(Debug, Serialize)]
pub struct MarkTold {
    /// When, in milliseconds since 1970.
    pub time: i64,
    /// What kind of thing: `in`, `out`, `income` or `else`.
    pub what: &'static str,
    /// What, in words.
    pub said: String,
}

impl Told {
    /// What is sent of a chart.
    pub fn of(plot: &Plot, earliest: Option<i64>, to_now: bool, live: Option<String>) -> Self {
        let bars: Vec<_> = (0..plot.bars().len()).filter_map(|at| plot.bars().get(at)).collect();
        let flat = bars.iter().all(|bar| bar.open == bar.close && bar.high == bar.low);
        let prices = |price: fn(&crate::ui::chart::indicator::Bar) -> f64| if flat { vec![] } else { bars.iter().map(price).collect() };
        let silent = bars.iter().all(|bar| bar.volume == 0.0);
        let entries = |values: &Extremes| {
            (0..values.len())
                .map(|at| values.get(at).map(|one| one.0).filter(|one| one.is_finite()))
                .collect()
        };
        Self {
            name: plot.name.clone(),
            step_ms: plot.step_ms,
            decimals: plot.decimals,
            earliest,
            to_now,
            live,
            time: plot.bars().times().to_vec(),
            close: bars.iter().map(|bar| bar.close).collect(),
            open: prices(|bar| bar.open),
            high: prices(|bar| bar.high),
            low: prices(|bar| bar.low),
            volume: if silent {
                vec![]
            } else {
                bars.iter().map(|bar| bar.volume).collect()
            },
            others: plot
                .others()
                .iter()
                .map(|other| OtherTold {
                    name: other.name.clone(),
                    values: entries(&other.values),
                })
                .collect(),
            marks: plot
                .marks
                .iter()
                .map(|mark| MarkTold {
                    time: mark.time_ms,
                    what: mark.what.label(),
                    said: mark.said.clone(),
                })
                .collect(),
        }
    }
}
