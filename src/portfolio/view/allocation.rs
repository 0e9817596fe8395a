//! What the value consists of.

use crate::portfolio::store::PortfolioStore;
use leptos::prelude::*;

/// The chart.
#[component]
pub fn Allocation(
    /// What is shown.
    store: PortfolioStore,
) -> impl IntoView {
    let _ = store;
    view! { <div class="chart-box"></div> }
}
