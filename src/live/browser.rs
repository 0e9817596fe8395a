//! The socket of a browser.
