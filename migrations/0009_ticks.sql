-- Prices of exchanges as they were published, packed: those of some seconds in a row, later those of up to 4,096 prices.
CREATE TABLE tick_blocks (
    -- The hour of publication, since 1970.
    hour BIGINT NOT NULL,
    -- How many prices of that hour are in the rows before it.
    place BIGINT NOT NULL,
    -- How many are in it.
    ticks BIGINT NOT NULL,
    -- How many before it came faster than they could be kept.
    missed BIGINT NOT NULL,
    packed TEXT NOT NULL,
    PRIMARY KEY (hour, place)
);
