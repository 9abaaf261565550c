-- What becomes of a visit, and the agendas as they were heard of last, for staff who book without an offer.

ALTER TABLE appointment ADD COLUMN excused boolean NOT NULL DEFAULT false;
ALTER TABLE appointment DROP CONSTRAINT appointment_state_check;
ALTER TABLE appointment ADD CONSTRAINT appointment_state_check
    CHECK (state IN ('confirmed', 'cancelled', 'honoured', 'missed'));

-- The newest state of each agenda: `state` is `domain.agenda.Agenda` as JSON. `rebuild-view agendas` makes it anew.
CREATE TABLE agenda (
    agenda_id text    PRIMARY KEY,
    version   integer NOT NULL,
    state     jsonb   NOT NULL
);

-- Requests of patients that nobody has answered yet.
CREATE TABLE request_pending (
    request_id      text        PRIMARY KEY,
    agenda_id       text        NOT NULL,
    practitioner_id text        NOT NULL,
    place_id        text,
    start_at        timestamptz NOT NULL,
    zone            text        NOT NULL,
    motive_id       text        NOT NULL,
    mode            text        NOT NULL,
    person_id       text        NOT NULL,
    asked_at        timestamptz NOT NULL
);
CREATE INDEX request_pending_practitioner ON request_pending (practitioner_id, asked_at);
CREATE INDEX request_pending_place ON request_pending (place_id, asked_at);
INSERT INTO view_position (view, position) VALUES ('requests', 0);

-- Absences whose appointments something is still to be done with.
CREATE TABLE absence_due (
    absence_id text        PRIMARY KEY,
    agenda_id  text        NOT NULL,
    start_at   timestamptz NOT NULL,
    end_at     timestamptz NOT NULL,
    plan       jsonb       NOT NULL
);
CREATE INDEX absence_due_start_at ON absence_due (start_at, absence_id);
INSERT INTO view_position (view, position) VALUES ('absences', 0);

-- Who would take an earlier time (`since`: the position of joining), and the freed times that nobody offered yet.
CREATE TABLE waiting_list (
    appointment_id text   PRIMARY KEY,
    agenda_id      text   NOT NULL,
    motive_id      text   NOT NULL,
    mode           text   NOT NULL,
    since          bigint NOT NULL
);
CREATE INDEX waiting_list_agenda ON waiting_list (agenda_id, motive_id, mode, since);
CREATE TABLE freed_slot (
    freed_id text        PRIMARY KEY,
    start_at timestamptz NOT NULL,
    visit    jsonb       NOT NULL,
    cascade  integer     NOT NULL
);
CREATE INDEX freed_slot_start_at ON freed_slot (start_at, freed_id);
INSERT INTO view_position (view, position) VALUES ('waiting', 0);
