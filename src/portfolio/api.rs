//! The portfolio's HTTP door.

use crate::error::ApiError;
use crate::portfolio::valuation::Snapshot;
use leptos::prelude::*;
use leptos::server_fn::codec::{GetUrl, Json};

/// The visitor's portfolio at this moment, with what a page shows before any update came.
#[server(endpoint = "snapshot", input = GetUrl, output = Json)]
pub async fn portfolio_snapshot() -> Result<Snapshot, ApiError> {
    let portfolios = expect_context::<crate::portfolio::server::Portfolios>();
    let snapshot = portfolios.snapshot(crate::portfolio::server::SAMPLE);
    snapshot
        .map(|snapshot| (*snapshot).clone())
        .ok_or_else(|| ApiError::not_found("portfolio"))
}
