-- Earlier times that were offered to a waiting appointment: several may be told of one version of it, each once.
CREATE TABLE offers (
    offer_id        text PRIMARY KEY,
    appointment_id  text NOT NULL REFERENCES appointments,
    place_id        text,
    mode            text NOT NULL CHECK (mode IN ('in_person', 'video')),
    start_at        timestamptz NOT NULL,
    end_at          timestamptz NOT NULL,
    zone            text NOT NULL,
    offered_at      timestamptz NOT NULL,
    expires_at      timestamptz NOT NULL,
    CHECK (start_at < end_at)
);
ALTER TABLE messages
    ADD COLUMN offer_id text REFERENCES offers,
    DROP CONSTRAINT messages_kind_check,
    ADD CONSTRAINT messages_kind_check CHECK (kind IN
        ('confirmation', 'reminder_week', 'reminder_day', 'reminder_sms', 'move', 'cancellation', 'offer')),
    ADD CHECK ((kind = 'offer') = (offer_id IS NOT NULL)),
    DROP CONSTRAINT messages_appointment_id_version_kind_channel_key,
    ADD UNIQUE NULLS NOT DISTINCT (appointment_id, version, kind, channel, offer_id);
