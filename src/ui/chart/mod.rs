//! Charts: first a drawing that the server makes and any browser shows, then ECharts over it where scripts run.
//!
//! Here money becomes floats, and only to be drawn. The options that say how a chart looks are built by the server
//! (docs/adr/0003): the client brings the data, and the colours of the page's theme.

#[cfg(feature = "browser")]
mod browser;
pub mod frame;
pub mod indicator;
#[cfg(feature = "ssr")]
pub mod option;
#[cfg(feature = "ssr")]
pub mod paper;
pub mod plot;
pub mod scale;
pub mod svg;

#[cfg(feature = "browser")]
pub use browser::plot::take_over as take_over_plots;
#[cfg(feature = "browser")]
pub use browser::{mount_donut, mount_line};

use crate::money::Decimal;
use leptos::html::Div;
use leptos::prelude::*;
use rust_decimal::prelude::ToPrimitive as _;

/// Money as a float, to be drawn and for nothing else.
pub fn drawn(amount: Decimal) -> f64 {
    amount.to_f64().unwrap_or(f64::NAN)
}

/// The address at which the server tells a chart's option, as a JSON string of JSON.
pub type OptionSource = &'static str;

/// Who draws.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Drawing {
    /// The server did; the chart code is not here yet.
    #[default]
    Server,
    /// The chart code does.
    Chart,
    /// The chart code could not be had: what the server drew stays, and is kept up to date.
    Failed,
}

/// A value at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// Milliseconds since 1970.
    pub time_ms: i64,
    /// The value.
    pub value: Decimal,
}

/// A part of a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slice {
    /// What it is.
    pub name: String,
    /// Its share of the whole, in percent.
    pub percent: Decimal,
}

/// What the reader asks of a line chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// Mark the moment, in milliseconds since 1970.
    PointAt(i64),
    /// Mark none.
    PointAway,
    /// Show half of the time that is shown, around its middle.
    ZoomIn,
    /// Show twice the time.
    ZoomOut,
    /// Show the whole line again, and go on with it.
    Follow,
}

/// A line over time: what it is drawn from, and what it tells.
#[derive(Clone, Copy)]
pub struct LineChart {
    /// Where it is drawn.
    pub host: NodeRef<Div>,
    /// How it looks.
    pub option: OptionSource,
    /// The whole line. It changes only with a snapshot; read at other times, it is up to date.
    pub samples: Signal<Vec<Sample>>,
    /// What was added last.
    pub newest: Signal<Option<Sample>>,
    /// A moment to mark: up to it the past is real.
    pub real_until_ms: Signal<Option<i64>>,
    /// Whether amounts are hidden.
    pub veiled: Signal<bool>,
    /// Who draws.
    pub drawing: RwSignal<Drawing>,
    /// Whether the line goes on with the newest sample: until the reader pans or zooms.
    pub following: RwSignal<bool>,
    /// The moment that the reader points at, in milliseconds since 1970.
    pub pointed: RwSignal<Option<i64>>,
    commands: StoredValue<Option<Callback<Command>>>,
}

impl LineChart {
    /// A line that is not drawn yet.
    pub fn new(
        option: OptionSource,
        samples: Signal<Vec<Sample>>,
        newest: Signal<Option<Sample>>,
        real_until_ms: Signal<Option<i64>>,
        veiled: Signal<bool>,
    ) -> Self {
        Self {
            host: NodeRef::new(),
            option,
            samples,
            newest,
            real_until_ms,
            veiled,
            drawing: RwSignal::new(Drawing::Server),
            following: RwSignal::new(true),
            pointed: RwSignal::new(None),
            commands: StoredValue::new(None),
        }
    }

    /// Does what the reader asks. Before the chart code is here it does nothing.
    pub fn act(&self, command: Command) {
        if let Some(commands) = self.commands.get_value() {
            commands.run(command);
        }
    }

    /// Lets the drawing hear what the reader asks.
    pub fn listen(&self, commands: Callback<Command>) {
        self.commands.set_value(Some(commands));
    }
}

/// A whole and its parts, as a ring.
#[derive(Clone, Copy)]
pub struct DonutChart {
    /// Where it is drawn.
    pub host: NodeRef<Div>,
    /// How it looks.
    pub option: OptionSource,
    /// The parts, the largest first.
    pub slices: Signal<Vec<Slice>>,
    /// Who draws.
    pub drawing: RwSignal<Drawing>,
}

/// The server draws its own charts.
#[cfg(not(feature = "browser"))]
pub fn mount_line(_chart: LineChart) {}

/// The server draws its own charts.
#[cfg(not(feature = "browser"))]
pub fn mount_donut(_chart: DonutChart) {}
