-- What every service of the chassis keeps beside its own tables.

-- The answer of each keyed POST, in the transaction of its effect (Stripe's contract).
CREATE TABLE idempotency (
    id          uuid PRIMARY KEY,          -- of (service, caller, operation, key)
    fingerprint bytea NOT NULL,            -- SHA-256 of the request's body
    status      smallint,
    headers     jsonb,
    body        bytea,
    at          timestamptz NOT NULL
);
CREATE INDEX idempotency_at ON idempotency (at);

-- How far a consumer has come, in the transaction of its effects.
CREATE TABLE consumer_position (
    consumer     text NOT NULL,
    topic        text NOT NULL,
    partition_id integer NOT NULL,
    next_offset  bigint NOT NULL,          -- Kafka's offset to go on from
    sequence     bigint NOT NULL,          -- the log position seen last (ce_sequence)
    PRIMARY KEY (consumer, topic, partition_id)
);

-- Messages that cannot be handled, with the later ones of their key, in order.
CREATE TABLE parked (
    consumer     text NOT NULL,
    topic        text NOT NULL,
    partition_id integer NOT NULL,
    record_offset bigint NOT NULL,
    key          text NOT NULL,
    headers      jsonb NOT NULL,
    value        bytea,
    reason       text NOT NULL,
    PRIMARY KEY (consumer, topic, partition_id, record_offset)
);
CREATE INDEX parked_key ON parked (consumer, topic, key);

-- Up to where the relay knows that its log has been said: a lower bound, made exact from Kafka itself at a start.
CREATE TABLE relay_checkpoint (
    relay    text PRIMARY KEY,
    position bigint NOT NULL
);
