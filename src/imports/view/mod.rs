//! What shows files: bringing them in, what they become, taking history out.

pub mod columns;
pub mod files;
pub mod lists;
pub mod preview;
pub mod whole;
