-- What booking has heard of agendas and people, and the views of its own log. The log itself is event_store's.

-- The changes of agendas, so that an offer signed before one that touches its time is known as stale.
CREATE TABLE agenda_change (
    agenda_id  text        NOT NULL,
    version    integer     NOT NULL,
    from_at    timestamptz NOT NULL,          -- -infinity: open
    until_at   timestamptz NOT NULL,          -- infinity: open
    PRIMARY KEY (agenda_id, version)
);

-- For whom an account may book. Ids only.
CREATE TABLE bookable_person (
    account_id text NOT NULL,
    person_id  text NOT NULL,
    PRIMARY KEY (account_id, person_id)
);
CREATE INDEX bookable_person_person ON bookable_person (person_id);

-- Nobody may book for these any more, whatever is heard later.
CREATE TABLE erased_person (
    person_id text PRIMARY KEY
);

-- How far each view reflects the log, moved in the transaction of its rows.
CREATE TABLE view_position (
    view     text   PRIMARY KEY,
    position bigint NOT NULL
);
INSERT INTO view_position (view, position) VALUES ('appointments', 0), ('holds_due', 0);

CREATE TABLE appointment (
    appointment_id  text        PRIMARY KEY,
    agenda_id       text        NOT NULL,
    practitioner_id text        NOT NULL,
    place_id        text,
    start_at        timestamptz NOT NULL,
    end_at          timestamptz NOT NULL,
    zone            text        NOT NULL,
    motive_id       text        NOT NULL,
    mode            text        NOT NULL,
    person_id       text        NOT NULL,
    account_id      text        NOT NULL,
    state           text        NOT NULL CHECK (state IN ('confirmed', 'cancelled')),
    version         integer     NOT NULL
);
CREATE INDEX appointment_person ON appointment (person_id, start_at, appointment_id);
CREATE INDEX appointment_account ON appointment (account_id, start_at, appointment_id);
CREATE INDEX appointment_agenda ON appointment (agenda_id, start_at, appointment_id);
CREATE INDEX appointment_practitioner ON appointment (practitioner_id, start_at, appointment_id);
CREATE INDEX appointment_place ON appointment (place_id, start_at, appointment_id);

-- Holds that nothing has ended yet, for the sweeper.
CREATE TABLE hold_due (
    hold_id    text        PRIMARY KEY,
    expires_at timestamptz NOT NULL
);
CREATE INDEX hold_due_expires_at ON hold_due (expires_at);
