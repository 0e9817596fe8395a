//! A whole account as one file: all that a person has here, so that an empty server can take it up again.
//!
//! The file of one portfolio (`archive`) is of version 1, that of a whole account of version 2. They share their pieces. What
//! opens an account is in neither: no name, no password, no session, no token.

pub mod command;
pub mod read;
pub mod restore;
pub mod write;

use crate::imports::mapping::Mapping;
use crate::imports::server::mappings::Mappings;
use crate::portfolio::server::ledger::{Everything, Ledger, LedgerError};

/// The version that is written, and the only one that is read.
pub const VERSION: u32 = 2;
/// What the file says that it holds.
pub const CONTAINS: &str = "account";

/// All that a person has.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Whole {
    /// What they own, did and know.
    pub everything: Everything,
    /// How they read the columns of tables: the key of a header, and the mapping.
    pub columns: Vec<(String, Mapping)>,
}

/// All that a user has, in the order of a file.
///
/// # Errors
/// The database does not answer.
pub async fn collect(ledger: &Ledger, mappings: &Mappings, user: &str) -> Result<Whole, LedgerError> {
    Ok(Whole {
        everything: ledger.everything(user).await?,
        columns: mappings.all(user).await?,
    })
}
