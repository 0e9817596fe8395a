-- Reference rates that are newer than those that ship with the program: units of a currency for one euro on a day.
CREATE TABLE reference_rates (
    day TEXT NOT NULL,
    currency TEXT NOT NULL,
    rate TEXT NOT NULL,
    PRIMARY KEY (day, currency)
);
