-- What notification keeps: its own copies of what it heard, and one row for each message that is due, was sent or not.

-- The public state of each practitioner, as the directory said it last.
CREATE TABLE practitioners (
    practitioner_id text PRIMARY KEY,
    profile         jsonb NOT NULL
);

-- Each appointment at the newest version heard of. No name, no answer, no motive's name: ids only.
CREATE TABLE appointments (
    appointment_id  text PRIMARY KEY,
    version         integer NOT NULL CHECK (version >= 1),
    agenda_id       text NOT NULL,
    practitioner_id text NOT NULL,
    place_id        text,
    person_id       text NOT NULL,
    account_id      text NOT NULL,
    motive_id       text NOT NULL,
    mode            text NOT NULL CHECK (mode IN ('in_person', 'video')),
    start_at        timestamptz NOT NULL,
    end_at          timestamptz NOT NULL,
    zone            text NOT NULL,
    local_day       date NOT NULL,             -- of the visit, at the place
    changed_at      timestamptz NOT NULL,      -- when it was confirmed or cancelled
    cancelled_by    text CHECK (cancelled_by IN ('patient', 'practice', 'absence')),  -- null: it stands
    CHECK (start_at < end_at)
);
CREATE INDEX appointments_day ON appointments (account_id, local_day) WHERE cancelled_by IS NULL;

-- planned: to be tried at `try_at`. sending: handed over at this moment, its fate open. The others are final; an
-- `unknown` one may have arrived, and is never sent again. A planned one with `open_since` is an SMS that may be out:
-- it goes again only as it was, with those `joined_to` it, under the key by which the gateway drops a repeat.
CREATE TABLE messages (
    message_id      text PRIMARY KEY,
    appointment_id  text NOT NULL REFERENCES appointments,
    version         integer NOT NULL,
    kind            text NOT NULL CHECK (kind IN
                        ('confirmation', 'reminder_week', 'reminder_day', 'reminder_sms', 'move', 'cancellation')),
    channel         text NOT NULL CHECK (channel IN ('email', 'sms')),
    due_at          timestamptz NOT NULL,
    useful_until    timestamptz NOT NULL,
    state           text NOT NULL DEFAULT 'planned' CHECK (state IN
                        ('planned', 'sending', 'sent', 'failed', 'unknown', 'dropped')),
    reason          text,                      -- why it failed or was dropped; of a planned one, why it is tried again
    attempts        integer NOT NULL DEFAULT 0,
    try_at          timestamptz NOT NULL,
    sending_since   timestamptz,               -- by the database's clock: the demo moves the other one
    settled_at      timestamptz,
    open_since      timestamptz,
    joined_to       text REFERENCES messages,  -- the SMS of that day in which it is told
    provider_id     text,
    UNIQUE (appointment_id, version, kind, channel),
    CHECK (due_at <= useful_until),
    CHECK ((state = 'sending') <= (sending_since IS NOT NULL)),
    CHECK ((state IN ('sent', 'failed', 'unknown', 'dropped')) = (settled_at IS NOT NULL)),
    CHECK (state NOT IN ('failed', 'unknown', 'dropped') OR reason IS NOT NULL)
);
CREATE INDEX messages_due ON messages (try_at) WHERE state = 'planned';
CREATE INDEX messages_open ON messages (open_since) WHERE state = 'planned' AND open_since IS NOT NULL;
CREATE INDEX messages_sending ON messages (sending_since) WHERE state = 'sending';
