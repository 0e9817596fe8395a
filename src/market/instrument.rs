//! What trades. A symbol is its label.

use serde::{Deserialize, Serialize};

/// Something with a price.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Instrument {
    /// The label it trades under, unique in a market.
    pub symbol: String,
    /// The name that a person knows it by.
    pub name: String,
    /// ISO 4217 code of the currency that its price is in.
    pub currency: String,
    /// The sector that its issuer is counted to.
    pub sector: String,
    /// ISO 3166-1 code, two letters, of its issuer's country.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
}
