-- What people own and what they did.
CREATE TABLE portfolios (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    base_currency TEXT NOT NULL,
    -- Which lots a sale takes: fifo, lifo, hifo, average.
    method TEXT NOT NULL,
    cash_tracked BIGINT NOT NULL,
    benchmark TEXT,
    created_at BIGINT NOT NULL
);

CREATE INDEX portfolios_by_user ON portfolios (user_id, created_at);

-- A line a change of the ledger, so that each can be undone.
CREATE TABLE changes (
    id TEXT PRIMARY KEY,
    portfolio_id TEXT NOT NULL REFERENCES portfolios (id) ON DELETE CASCADE,
    -- Rises with each change of the portfolio.
    number BIGINT NOT NULL,
    -- For a person: what was done.
    label TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    -- Activities that it added or edited.
    written BIGINT NOT NULL,
    undone_at BIGINT,
    UNIQUE (portfolio_id, number)
);

CREATE TABLE activities (
    portfolio_id TEXT NOT NULL REFERENCES portfolios (id) ON DELETE CASCADE,
    -- Its identity, unique in its portfolio.
    id TEXT NOT NULL,
    day TEXT NOT NULL,
    kind TEXT NOT NULL,
    symbol TEXT,
    -- Symbol, note and tags in lower case, for a search.
    words TEXT NOT NULL,
    -- The whole activity as JSON.
    body TEXT NOT NULL,
    -- The change that wrote it last.
    change_id TEXT NOT NULL,
    PRIMARY KEY (portfolio_id, id)
);

CREATE INDEX activities_by_day ON activities (portfolio_id, day);
CREATE INDEX activities_by_change ON activities (change_id);

-- What edited and deleted activities were before.
CREATE TABLE images (
    change_id TEXT NOT NULL REFERENCES changes (id) ON DELETE CASCADE,
    activity_id TEXT NOT NULL,
    body TEXT NOT NULL,
    -- The change that had written it.
    before_id TEXT NOT NULL,
    PRIMARY KEY (change_id, activity_id)
);

-- What an owner knows about instruments.
CREATE TABLE instruments (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    symbol TEXT NOT NULL,
    body TEXT NOT NULL,
    -- The import that brought it, if one did.
    change_id TEXT,
    PRIMARY KEY (user_id, symbol)
);

CREATE TABLE prices (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    symbol TEXT NOT NULL,
    day TEXT NOT NULL,
    price TEXT NOT NULL,
    currency TEXT,
    change_id TEXT,
    PRIMARY KEY (user_id, symbol, day)
);

CREATE INDEX instruments_by_change ON instruments (change_id);
CREATE INDEX prices_by_change ON prices (change_id);
