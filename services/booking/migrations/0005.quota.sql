-- Slots that visitors began to hold within the hour, by a keyed digest of their network address. Nothing stands on it:
-- unlogged, so that it costs no write of the disk, and empty after a crash of the server.

CREATE UNLOGGED TABLE visitor_hold (
    hold_id  text        PRIMARY KEY,
    address  bytea       NOT NULL,
    began_at timestamptz NOT NULL
);
CREATE INDEX visitor_hold_address ON visitor_hold (address, began_at);
CREATE INDEX visitor_hold_began_at ON visitor_hold (began_at);
