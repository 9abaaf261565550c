-- The trace in which a message was planned, so that its sending goes on in it.
ALTER TABLE messages ADD COLUMN traceparent text;
