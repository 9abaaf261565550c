-- Requests that lapse are found by the time that was asked for.
CREATE INDEX request_pending_start ON request_pending (start_at);
