-- What availability owns: agendas with their rules, absences; and what it copies: visits, holds, practitioners, places.
-- Slots are computed, never stored. Times that the calculation reads are minutes since 1970, as integers.

CREATE TABLE agendas (
    id              text PRIMARY KEY,
    practitioner_id text NOT NULL,
    place_id        text,                        -- null: by video only
    version         integer NOT NULL CHECK (version > 0),
    closed          boolean NOT NULL DEFAULT false,
    rules           jsonb NOT NULL,              -- the published AgendaState of this version; older ones stand in the log
    CHECK (rules ->> 'agenda_id' = id AND (rules ->> 'version')::integer <= version)
);
CREATE INDEX agendas_practitioner ON agendas (practitioner_id);

CREATE TABLE absences (
    id         text PRIMARY KEY,
    agenda_id  text NOT NULL REFERENCES agendas,
    starts_at  timestamptz NOT NULL,
    ends_at    timestamptz NOT NULL CHECK (ends_at > starts_at),
    cancels_appointments boolean NOT NULL
);
CREATE INDEX absences_agenda ON absences (agenda_id, ends_at);

-- Copies of what booking says. A row is never changed but to end it, so that any past instant can be explained.
CREATE TABLE busy (
    kind            text NOT NULL CHECK (kind IN ('hold', 'appointment')),
    id              text NOT NULL,
    source_position bigint NOT NULL,             -- in booking's log
    agenda_id       text NOT NULL,
    first_minute    integer NOT NULL,            -- buffers included
    end_minute      integer NOT NULL CHECK (end_minute > first_minute),
    start_minute    integer NOT NULL,            -- of the visit
    stop_minute     integer NOT NULL CHECK (stop_minute > start_minute),
    motive_id       text NOT NULL,
    mode            text NOT NULL,
    held_by         text,
    expires_at      timestamptz,                 -- of a hold: from then on it binds nobody, recorded or not
    since           timestamptz NOT NULL,
    until           timestamptz,                 -- released, confirmed, cancelled, replaced by the next row
    PRIMARY KEY (kind, id, source_position),
    CHECK ((kind = 'hold') = (expires_at IS NOT NULL AND held_by IS NOT NULL))
);
CREATE INDEX busy_live ON busy (agenda_id, end_minute) WHERE until IS NULL;
CREATE INDEX busy_past ON busy (agenda_id, first_minute);

-- The first free slots as they were published last, and when they change with no event (null: never).
CREATE TABLE next_availability (
    agenda_id text PRIMARY KEY REFERENCES agendas,
    items     jsonb NOT NULL,
    due_at    timestamptz
);
CREATE INDEX next_availability_due ON next_availability (due_at);

-- Copies of what directory says: what an agenda needs of its practitioner and place.
CREATE TABLE practitioners (
    id         text PRIMARY KEY,
    status     text NOT NULL CHECK (status IN ('listed', 'registered', 'withdrawn')),
    speciality text NOT NULL
);

CREATE TABLE places (
    practitioner_id text NOT NULL REFERENCES practitioners,
    id              text NOT NULL,
    zone            text NOT NULL,
    territory       text NOT NULL,
    PRIMARY KEY (practitioner_id, id)
);
