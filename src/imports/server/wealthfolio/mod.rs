//! Wealthfolio's tables.

pub mod activities;
pub mod holdings;

/// Whether a symbol stands for cash: `$CASH`, `$CASH-USD`, `CASH:USD`.
fn is_cash(symbol: &str) -> bool {
    let symbol = symbol.trim_start_matches('$');
    symbol == "CASH" || symbol.strip_prefix("CASH").is_some_and(|rest| rest.starts_with([':', '-', '_']))
}
