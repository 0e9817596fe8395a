//! ECharts over what the server drew: fetched once the page lives and is idle, given back when the view goes.

mod bundle;
mod donut;
mod echarts;
mod line;
pub mod plot;
mod surface;
mod tokens;
mod watch;

pub use donut::mount_donut;
pub use line::mount_line;
