-- Requests that came to nothing are told once, by their own ids, as of a visit that was asked for.
ALTER TABLE appointments ADD COLUMN request_ended text CHECK (request_ended IN ('declined', 'lapsed'));
ALTER TABLE messages
    DROP CONSTRAINT messages_kind_check,
    ADD CONSTRAINT messages_kind_check CHECK (kind IN
        ('confirmation', 'reminder_week', 'reminder_day', 'reminder_sms', 'move', 'cancellation', 'offer', 'request'));
