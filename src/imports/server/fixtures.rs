//! Own files of each format, and what must come out of them.
