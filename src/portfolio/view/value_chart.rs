//! The value over time.

use crate::portfolio::store::PortfolioStore;
use leptos::prelude::*;

/// The chart.
#[component]
pub fn ValueChart(
    /// What is shown.
    store: PortfolioStore,
) -> impl IntoView {
    let _ = store;
    view! { <div class="chart-box"></div> }
}
