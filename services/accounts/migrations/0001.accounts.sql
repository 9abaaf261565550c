-- People, their accounts and sessions, sign-ups under way, and the messages that end them.

CREATE TABLE account (
    account_id        uuid PRIMARY KEY,
    email             text NOT NULL UNIQUE,             -- normalised
    phone             text UNIQUE,                      -- E.164; staff may have none
    password_hash     text NOT NULL,                    -- argon2id, with its parameters
    locale            text NOT NULL CHECK (locale IN ('fr', 'en')),
    roles             text[] NOT NULL CHECK (cardinality(roles) > 0),
    practitioner_id   text,
    practices         text[] NOT NULL DEFAULT '{}',     -- place ids
    terms_version     text,
    terms_accepted_at timestamptz,
    registered_at     timestamptz NOT NULL,
    version           integer NOT NULL DEFAULT 1        -- the ETag
);

CREATE TABLE person (
    person_id  uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES account,        -- who may book for them
    relation   text NOT NULL CHECK (relation IN ('self', 'child', 'parent', 'other')),
    first_name text NOT NULL,
    last_name  text NOT NULL,
    birth_date date NOT NULL,
    sex        text NOT NULL CHECK (sex IN ('female', 'male', 'indeterminate')),
    added_at   timestamptz NOT NULL
);
CREATE INDEX person_of_account ON person (account_id);
CREATE UNIQUE INDEX person_self ON person (account_id) WHERE relation = 'self';

-- The newest code of each number. The code itself is made when it is sent and kept as a keyed hash only.
CREATE TABLE phone_code (
    phone      text PRIMARY KEY,
    code_hash  bytea NOT NULL,
    expires_at timestamptz NOT NULL,
    tries      smallint NOT NULL DEFAULT 0,
    used_for   text                                     -- the e-mail whose sign-up it opened
);

-- Whether the phone or e-mail has an account already is looked up when the mail is sent, never when it is asked for.
CREATE TABLE sign_up (
    sign_up_id    uuid PRIMARY KEY,                     -- of the Idempotency-Key, when there is one
    fingerprint   bytea NOT NULL,                       -- keyed hash of the request, to recognise it
    phone         text NOT NULL,
    email         text NOT NULL,
    password_hash text NOT NULL,
    locale        text NOT NULL CHECK (locale IN ('fr', 'en')),
    terms_version text NOT NULL,
    first_name    text NOT NULL,
    last_name     text NOT NULL,
    birth_date    date NOT NULL,
    sex           text NOT NULL,
    asked_at      timestamptz NOT NULL,
    link_hash     bytea UNIQUE,                         -- SHA-256 of the token; made when the mail is sent
    link_sent_at  timestamptz,
    confirmed_at  timestamptz,
    account_id    uuid,
    person_id     uuid
);
CREATE INDEX sign_up_asked_at ON sign_up (asked_at);

-- due -> sending -> (before the point of no return) unknown -> sent; or back to due, failed, dropped.
CREATE TABLE message (
    message_id   uuid PRIMARY KEY,
    kind         text NOT NULL CHECK (kind IN ('phone-code', 'sign-up')),
    phone        text,                                  -- of a phone-code
    sign_up_id   uuid REFERENCES sign_up ON DELETE CASCADE,
    locale       text NOT NULL CHECK (locale IN ('fr', 'en')),
    state        text NOT NULL CHECK (state IN ('due', 'sending', 'unknown', 'sent', 'failed', 'dropped')),
    asked_at     timestamptz NOT NULL,
    due_at       timestamptz NOT NULL,                  -- while sending: when another sender may take it over
    attempts     smallint NOT NULL DEFAULT 0,
    settled_at   timestamptz,
    reason       text,                                  -- why failed or dropped: never an address or a text
    CHECK ((kind = 'phone-code') = (phone IS NOT NULL)),
    CHECK ((kind = 'sign-up') = (sign_up_id IS NOT NULL))
);
CREATE INDEX message_due ON message (due_at) WHERE state IN ('due', 'sending');
CREATE INDEX message_asked_at ON message (asked_at);

CREATE TABLE session (
    session_id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES account,
    started_at timestamptz NOT NULL,
    idle_until timestamptz NOT NULL,
    ends_at    timestamptz NOT NULL,
    ended_at   timestamptz,
    end_reason text CHECK (end_reason IN ('logged-out', 'logged-out-everywhere', 'token-reused', 'password-changed'))
);
CREATE INDEX session_of_account ON session (account_id);
CREATE INDEX session_ends_at ON session (ends_at);

CREATE TABLE refresh_token (
    token_hash bytea PRIMARY KEY,                       -- SHA-256 of 256 random bits
    session_id uuid NOT NULL REFERENCES session ON DELETE CASCADE,
    issued_at  timestamptz NOT NULL,
    used_at    timestamptz
);
CREATE INDEX refresh_token_of_session ON refresh_token (session_id);

-- Tries of one subject in one fixed window. The subject is a keyed hash: no address is kept.
CREATE TABLE try_counter (
    subject  bytea PRIMARY KEY,
    since    timestamptz NOT NULL,
    count    integer NOT NULL,
    drop_at  timestamptz NOT NULL
);
CREATE INDEX try_counter_drop_at ON try_counter (drop_at);

CREATE TABLE client (
    client_id   text PRIMARY KEY,
    secret_hash text NOT NULL,                          -- argon2id
    added_at    timestamptz NOT NULL
);

-- Each look at somebody's contact: added to only.
CREATE TABLE contact_access (
    access_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person_id uuid NOT NULL,
    client_id text NOT NULL,
    purpose   text NOT NULL,
    at        timestamptz NOT NULL
);
CREATE INDEX contact_access_person ON contact_access (person_id, at);
DO $$
BEGIN
    EXECUTE format('REVOKE UPDATE, DELETE ON contact_access FROM %I', current_setting('rendezvous.service_role'));
END
$$;
