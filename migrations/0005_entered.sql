-- When a price was entered, in milliseconds since 1970: a price that moves does so from that moment. Missing in older rows.
ALTER TABLE prices ADD COLUMN entered_at BIGINT;
