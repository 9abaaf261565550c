-- The trace in which a message was asked for, so that its sending goes on in it.
ALTER TABLE message ADD COLUMN traceparent text;
