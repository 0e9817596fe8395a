//! ECharts over what the server drew: fetched once the page lives and is idle, given back when the view goes.

mod bundle;
mod donut;
mod echarts;
mod line;
mod surface;
mod tokens;

pub use donut::mount_donut;
pub use line::mount_line;
