-- How a person reads the columns of a table, remembered for its header.
CREATE TABLE mappings (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- SHA-256 of the header's names.
    header_key TEXT NOT NULL,
    body TEXT NOT NULL,
    seen_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, header_key)
);
