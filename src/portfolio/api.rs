//! The portfolio's HTTP door.

use crate::error::ApiError;
use crate::portfolio::valuation::Snapshot;
use leptos::prelude::*;
use leptos::server_fn::codec::{GetUrl, Json};
use serde::{Deserialize, Serialize};

/// The sample portfolio at this moment, with what a page shows before any update came.
#[server(endpoint = "snapshot", input = GetUrl, output = Json)]
pub async fn portfolio_snapshot() -> Result<Snapshot, ApiError> {
    let portfolios = expect_context::<crate::portfolio::server::Portfolios>();
    Ok((*portfolios.sample_snapshot()).clone())
}

/// Which chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChartKind {
    /// The value over time.
    Value,
    /// The parts of the whole.
    Allocation,
}

/// How a chart looks: an ECharts option as JSON, with tokens in the place of colours and no data.
#[server(endpoint = "charts", input = GetUrl, output = Json)]
pub async fn chart_option(
    /// Which chart.
    kind: ChartKind,
) -> Result<String, ApiError> {
    use crate::ui::chart::option;
    let option = match kind {
        ChartKind::Value => option::line(),
        ChartKind::Allocation => option::donut(),
    };
    Ok(option.to_string())
}
