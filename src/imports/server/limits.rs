//! Bounds of what is read. Beyond one, the answer names it.

/// Bytes of a file: 64 MiB.
pub const FILE_BYTES: usize = 64 * 1024 * 1024;
/// Bytes of the file of a whole account that a command reads: 1 GiB. A page and the API take `FILE_BYTES`.
pub const ACCOUNT_BYTES: usize = 1024 * 1024 * 1024;
/// Lines of a file that become something.
pub const ROWS: usize = 1_000_000;
/// Elements and texts of an XML file.
pub const XML_NODES: u32 = 20_000_000;
/// Levels of an XML file.
pub const XML_DEPTH: usize = 4_000;
/// Levels of a JSON file.
pub const JSON_DEPTH: usize = 64;
/// Characters of a field.
pub const FIELD_CHARACTERS: usize = 10_000;
/// Characters of a symbol.
pub const SYMBOL_CHARACTERS: usize = 100;
/// Columns of a table.
pub const COLUMNS: usize = 500;
/// Characters of a reference between elements.
pub const REFERENCE_CHARACTERS: usize = 20_000;
/// The first year of a date.
pub const FIRST_YEAR: i32 = 1900;
/// The last year of a date.
pub const LAST_YEAR: i32 = 2199;
