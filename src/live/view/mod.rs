//! What shows the connection.
