-- Who practises where (the record), what search reads (derived from it), and what the import passes through.

-- The record. `profile` is the whole public state; the columns beside it are what is looked up or counted.
CREATE TABLE practitioner (
    id           uuid PRIMARY KEY,              -- uuid5 of the national id
    national_id  text NOT NULL UNIQUE,          -- type digit and identifier
    status       text NOT NULL CHECK (status IN ('listed', 'registered')),   -- who is withdrawn is deleted
    version      integer NOT NULL,              -- the ETag; + 1 with each visible change
    profile      jsonb NOT NULL,
    source_hash  bytea NOT NULL,                -- of the lines of the national file that it was read from
    recommended  integer NOT NULL DEFAULT 0     -- how often patients suggested that they join
);

-- One row for each person x place: what the result list shows. Changes with the profile only.
CREATE TABLE offer (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    practitioner_id uuid NOT NULL,
    place_id        uuid NOT NULL,
    national_id     text NOT NULL,
    status          text NOT NULL,
    name            text NOT NULL,
    speciality      text NOT NULL,
    place_name      text NOT NULL,
    address         text NOT NULL,
    postcode        text NOT NULL,
    city            text NOT NULL,
    lat             double precision,
    lon             double precision,
    zone            text NOT NULL,
    sector          text,
    modes           text[] NOT NULL,
    UNIQUE (practitioner_id, place_id)
);
CREATE INDEX offer_national_id ON offer (national_id);

-- Narrow, one row for each offer and mode (0 at the practice, 1 by video): the only search table that moves.
CREATE TABLE avail (
    offer bigint NOT NULL REFERENCES offer (id) ON DELETE CASCADE,
    mode  smallint NOT NULL,
    spec  smallint NOT NULL,
    cell  integer NOT NULL,                     -- 0.05 degrees of latitude by 0.0675 of longitude; -1 without a point
    flags integer NOT NULL,
    lat   double precision NOT NULL,
    lon   double precision NOT NULL,
    nxt   timestamptz NOT NULL DEFAULT 'infinity',
    PRIMARY KEY (offer, mode)
);
CREATE INDEX avail_near ON avail (spec, mode, cell, nxt) INCLUDE (offer, flags, lat, lon);
CREATE INDEX avail_next ON avail (spec, mode, nxt) INCLUDE (offer, flags) WHERE nxt < 'infinity';

-- Distinct names, normalised and without spaces, with how many bear them as last or first name.
CREATE TABLE lex (
    id      integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key     text COLLATE "C" NOT NULL UNIQUE,
    n_last  integer NOT NULL DEFAULT 0,
    n_first integer NOT NULL DEFAULT 0
);

-- Every key under which a name is found: itself (0), how it sounds (1), itself less one letter (2).
CREATE TABLE lex_key (
    key  text COLLATE "C" NOT NULL,
    kind smallint NOT NULL,
    word integer NOT NULL REFERENCES lex (id),
    PRIMARY KEY (key, kind, word)
);

-- Who bears a name. `whole`: neither name is only a part of a double name.
CREATE TABLE bearer (
    last  integer NOT NULL,
    first integer NOT NULL,
    offer bigint NOT NULL REFERENCES offer (id) ON DELETE CASCADE,
    lat   double precision NOT NULL,
    lon   double precision NOT NULL,
    whole boolean NOT NULL,
    PRIMARY KEY (last, first, offer) INCLUDE (lat, lon, whole)
);
CREATE INDEX bearer_first ON bearer (first);
CREATE INDEX bearer_offer ON bearer (offer);

-- The words of a practice's name, but for those that every practice bears.
CREATE TABLE place_word (
    word  text COLLATE "C" NOT NULL,
    offer bigint NOT NULL REFERENCES offer (id) ON DELETE CASCADE,
    PRIMARY KEY (word, offer)
);
CREATE INDEX place_word_offer ON place_word (offer);

-- The first free slots of each agenda, as availability says them.
CREATE TABLE next_agenda (
    agenda_id       text PRIMARY KEY,
    practitioner_id uuid NOT NULL,
    place_id        uuid,                       -- none: by video only
    as_of           timestamptz NOT NULL
);
CREATE INDEX next_agenda_practitioner ON next_agenda (practitioner_id);
CREATE TABLE next_slot (
    agenda_id text NOT NULL REFERENCES next_agenda (agenda_id) ON DELETE CASCADE,
    motive_id text NOT NULL,
    mode      smallint NOT NULL,
    start     timestamptz NOT NULL,
    PRIMARY KEY (agenda_id, motive_id, mode)
);
CREATE INDEX next_slot_motive ON next_slot (motive_id, mode);

-- Who has recommended today, as a keyed hash of the network address; key and hashes go with the day.
CREATE TABLE recommendation_key (
    day date PRIMARY KEY,
    key bytea NOT NULL
);
CREATE TABLE recommendation (
    day             date NOT NULL REFERENCES recommendation_key (day) ON DELETE CASCADE,
    voter           bytea NOT NULL,
    practitioner_id uuid NOT NULL,
    PRIMARY KEY (day, voter, practitioner_id)
);

-- What the import passes through: the lines that are kept, and one hash for each person.
CREATE UNLOGGED TABLE import_row (
    national_id text COLLATE "C" NOT NULL,
    line        integer NOT NULL,
    hash        bytea NOT NULL,
    fields      text NOT NULL,
    PRIMARY KEY (national_id, line)
);
CREATE UNLOGGED TABLE import_person (
    national_id text COLLATE "C" PRIMARY KEY,
    hash        bytea NOT NULL
);
CREATE TABLE import_run (
    id         integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    file_name  text NOT NULL,
    edition    date,                            -- the day that the file's name bears
    started_at timestamptz NOT NULL,
    ended_at   timestamptz,
    counts     jsonb
);

-- Emptying at once what may hold two million rows; a right that the service role has of these two tables only.
CREATE FUNCTION import_clear() RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public
    AS 'TRUNCATE public.import_row, public.import_person';
