-- Finished candles of an instrument, packed: those of one length in a row, at most 1,440 of them.
CREATE TABLE candles (
    symbol TEXT NOT NULL,
    currency TEXT NOT NULL,
    -- Seconds of one candle.
    length BIGINT NOT NULL,
    -- Which row: the candles that begin in the stretch of 1,440 lengths with this number, since 1970.
    chunk BIGINT NOT NULL,
    packed TEXT NOT NULL,
    PRIMARY KEY (symbol, currency, length, chunk)
);

-- Minutes that may still change, each with what is remembered of its prices.
CREATE TABLE candle_minutes (
    symbol TEXT NOT NULL,
    currency TEXT NOT NULL,
    -- Minutes since 1970.
    minute BIGINT NOT NULL,
    bar TEXT NOT NULL,
    PRIMARY KEY (symbol, currency, minute)
);

-- How far the past of an instrument is known.
CREATE TABLE candle_series (
    symbol TEXT NOT NULL,
    currency TEXT NOT NULL,
    -- The minute, since 1970, before which all are in candles and none changes any more.
    packed_until BIGINT,
    -- First and last day, since 1970, that were brought from a provider.
    filled_from BIGINT,
    filled_until BIGINT,
    PRIMARY KEY (symbol, currency)
);
