-- Instruments that people chose from what providers list, beside those that the operator's file names.
CREATE TABLE chosen_instruments (
    symbol TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    currency TEXT NOT NULL,
    sector TEXT NOT NULL,
    -- Where its price comes from, as the file would name it: coinbase:SOL-USD.
    source TEXT NOT NULL,
    -- What the provider prices it in, where a unit of that counts as one of the currency.
    counts_as TEXT,
    chosen_at BIGINT NOT NULL
);
