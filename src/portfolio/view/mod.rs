//! What shows a portfolio.

pub mod allocation;
pub mod figures;
pub mod ledger;
pub mod order;
pub mod sparkline;
pub mod table;
pub mod tabs;
pub mod totals;
pub mod value_chart;
