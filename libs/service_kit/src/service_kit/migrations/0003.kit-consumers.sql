-- A parked message is copied to its topic's dead letters once the parking is committed, and let go only after that.
ALTER TABLE parked
    ADD COLUMN parked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ADD COLUMN copied boolean NOT NULL DEFAULT false;
CREATE INDEX parked_uncopied ON parked (consumer) WHERE NOT copied;

-- Topics that an operator holds back from a consumer; every process of the service obeys within seconds.
CREATE TABLE paused_topic (
    consumer  text NOT NULL,
    topic     text NOT NULL,
    paused_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (consumer, topic)
);

-- A view is made anew in temporary tables beside the live ones.
DO $grant$
BEGIN
    EXECUTE format(
        'GRANT TEMPORARY ON DATABASE %I TO %I', current_database(), current_setting('rendezvous.service_role'));
END
$grant$;
