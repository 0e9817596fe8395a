//! What shows a portfolio.
