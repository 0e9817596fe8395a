//! The pages of what a portfolio is worth and why. The server draws them whole, and each works without a script.

pub mod again;
pub mod allocation;
pub mod causes;
pub mod derivation;
pub mod instrument;
pub mod lots;
pub mod overview;
pub mod parts;
pub mod performance;
pub mod performance_lines;
pub mod performance_tables;
pub mod positions;
pub mod what_if;
