-- Tokens of programs, and what was answered to their writes.
CREATE TABLE tokens (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    -- SHA-256 of the token: who reads this table cannot come in with it.
    token_hash TEXT NOT NULL UNIQUE,
    -- What it may do, with spaces between.
    scopes TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT,
    expires_at BIGINT
);

CREATE INDEX tokens_by_user ON tokens (user_id, created_at);

-- The answer to a write that named itself with an Idempotency-Key, kept for a day.
CREATE TABLE replies (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    key TEXT NOT NULL,
    -- SHA-256 of method, address and body: the same key must name the same request.
    request_hash TEXT NOT NULL,
    -- Missing while the first request is being worked on.
    status BIGINT,
    -- Its headers, a line each.
    headers TEXT NOT NULL,
    body TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, key)
);

CREATE INDEX replies_by_age ON replies (created_at);
