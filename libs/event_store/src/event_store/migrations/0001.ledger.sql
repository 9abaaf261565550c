-- The ledger: one log of events, their tags, the requests that were answered, and the one function that may append.

CREATE SCHEMA ledger;

-- Columns stand in the order that wastes no padding. There is no index on id or type: see README, "What it costs".
CREATE TABLE ledger.events (
    position      bigint      NOT NULL PRIMARY KEY,
    recorded_at   timestamptz NOT NULL,
    id            uuid        NOT NULL,
    version       integer     NOT NULL,
    type          text        NOT NULL,
    tags          text[]      NOT NULL,
    metadata      text        NOT NULL,
    previous_hash bytea       NOT NULL,
    hash          bytea       NOT NULL,
    -- What is large enough for compression was deflated by the library, so it is not tried again.
    data          bytea       STORAGE EXTERNAL NOT NULL
) WITH (
    -- Nothing here is ever changed: vacuum only has to mark what is new as visible and frozen, in small bites. By the
    -- defaults it would come after a fifth of the log anew, and once more over all of it to freeze.
    autovacuum_vacuum_insert_threshold = 100000, autovacuum_vacuum_insert_scale_factor = 0,
    autovacuum_freeze_min_age = 0
);

-- A tag is found by its 64-bit hash, which takes a third of its text; what is found is compared with the text again,
-- so two tags with one hash cost a look at one row too many and never a wrong answer.
CREATE TABLE ledger.event_tags (
    tag      bigint NOT NULL,
    position bigint NOT NULL,
    PRIMARY KEY (tag, position)
) WITH (
    autovacuum_vacuum_insert_threshold = 500000, autovacuum_vacuum_insert_scale_factor = 0,
    autovacuum_freeze_min_age = 0
);

CREATE TABLE ledger.requests (
    id          uuid   NOT NULL PRIMARY KEY,
    position    bigint NOT NULL,
    fingerprint bytea  NOT NULL,
    answer      bytea  STORAGE EXTERNAL NOT NULL
);

-- For forget_requests. (A BRIN index is smaller, but its ranges never shrink again once their pages are used anew.)
CREATE INDEX requests_position ON ledger.requests (position);

CREATE FUNCTION ledger.tag_key(tag text) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN hashtextextended(tag COLLATE "C", 0);

-- Which of an item's tags to search by: the one with the fewest events, counted up to a hundred.
CREATE FUNCTION ledger.narrowest(tags text[], after bigint) RETURNS bigint
LANGUAGE sql STABLE PARALLEL SAFE
RETURN (
    SELECT ledger.tag_key(one.tag)
    FROM unnest(tags) AS one(tag)
    CROSS JOIN LATERAL (
        SELECT count(*) AS events
        FROM (SELECT FROM ledger.event_tags t
              WHERE t.tag = ledger.tag_key(one.tag) AND t.position > after LIMIT 100) AS counted
    ) AS found
    ORDER BY found.events
    LIMIT 1
);

-- The positions after `after` that match one query item, in order. The only place that says what matching is.
CREATE FUNCTION ledger.matching(tags text[], types text[], after bigint, most bigint) RETURNS TABLE (at bigint)
LANGUAGE sql STABLE PARALLEL SAFE AS $matching$
    -- Only one of the halves is ever run. Each has its own order and limit, so that both stop early on the index.
    (SELECT t.position
     FROM ledger.event_tags t
     JOIN ledger.events e ON e.position = t.position
     WHERE cardinality(matching.tags) > 0
       -- A single tag need not be looked for: `narrowest` is a call that costs more than the search itself.
       AND t.tag = CASE WHEN cardinality(matching.tags) = 1 THEN ledger.tag_key(matching.tags[1])
                   ELSE ledger.narrowest(matching.tags, matching.after) END
       AND t.position > matching.after
       AND e.tags @> matching.tags
       AND (cardinality(matching.types) = 0 OR e.type = ANY (matching.types))
     ORDER BY t.position
     LIMIT matching.most)
    UNION ALL
    (SELECT e.position
     FROM ledger.events e
     WHERE cardinality(matching.tags) = 0
       AND e.position > matching.after
       AND (cardinality(matching.types) = 0 OR e.type = ANY (matching.types))
     ORDER BY e.position
     LIMIT matching.most)
$matching$;

-- sha256(previous || netstrings || sha256(data)). A netstring is `<octets>:<UTF-8>,`. The fields: position, id, type,
-- version, tags (a netstring of netstrings), metadata, recorded_at as 2026-01-31T08:05:00.000001Z.
CREATE FUNCTION ledger.chain_hash(
    previous bytea, at bigint, id uuid, type text, version integer, tags text[], metadata text,
    recorded_at timestamptz, data bytea
) RETURNS bytea
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $chain_hash$
DECLARE
    each text;
    framed text := '';
    moment text := to_char(recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"');
BEGIN
    FOREACH each IN ARRAY tags LOOP
        framed := framed || octet_length(each) || ':' || each || ',';
    END LOOP;
    RETURN sha256(
        previous
        || convert_to(
            length(at::text) || ':' || at || ',36:' || id || ',' || octet_length(type) || ':' || type || ','
            || length(version::text) || ':' || version || ',' || octet_length(framed) || ':' || framed || ','
            || octet_length(metadata) || ':' || metadata || ',' || length(moment) || ':' || moment || ',',
            'UTF8')
        || sha256(data));
END
$chain_hash$;

-- Appends requests, each on its own condition, and answers one row for each, in their order.
--   requests  [{"id": uuid|null, "after": position|null, "items": [{"tags": [], "types": []}], "blobs": n,
--               "events": [{"id", "type", "version", "tags", "metadata"}]}]   after null: no condition
--   blobs     for each request in order: fingerprint and answer when it has an id, then the data of each event
-- Outcomes: A appended (position: the last one), C conflict (position: an event that matched), S seen before.
CREATE FUNCTION ledger.append_batch(requests jsonb, blobs bytea[])
RETURNS TABLE (outcome text, reached bigint, fingerprint bytea, answer bytea)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET lock_timeout = '2s'
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
SET enable_bitmapscan = off
AS $append_batch$
#variable_conflict use_column
DECLARE
    v_head bigint;
    v_hash bytea;
    v_previous bytea;
    v_at timestamptz;
    v_first bigint;
    v_blob integer := 1;
    v_next integer := 1;
    v_hit bigint;
    v_request record;
    v_event record;
BEGIN
    -- A snapshot older than the lock would not see what was appended while waiting for it.
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'ledger.append_batch works at READ COMMITTED only' USING ERRCODE = '25001';
    END IF;
    IF current_setting('synchronous_commit') = 'off' THEN
        RAISE EXCEPTION 'ledger.append_batch refuses synchronous_commit=off' USING ERRCODE = '55000';
    END IF;
    PERFORM pg_advisory_xact_lock(5783129944181957703);
    -- A caller that stops between here and its COMMIT is ended before those who wait for it give up.
    PERFORM set_config('idle_in_transaction_session_timeout', '1s', true);
    -- Nor is one idle that stops, or whose network does, after its statement and before the message that ends it.
    PERFORM set_config('transaction_timeout', '3s', true);

    SELECT e.position, e.hash, e.recorded_at INTO v_head, v_hash, v_at
    FROM ledger.events e ORDER BY e.position DESC LIMIT 1;
    IF NOT FOUND THEN
        v_head := 0;
        v_hash := decode(repeat('00', 32), 'hex');
        v_at := '-infinity';
    END IF;
    v_first := v_head;

    FOR v_request IN
        SELECT r.* FROM jsonb_to_recordset(requests) AS r(id uuid, after bigint, items jsonb, blobs integer, events jsonb)
    LOOP
        v_blob := v_next;
        v_next := v_next + v_request.blobs;

        IF v_request.id IS NOT NULL THEN
            SELECT 'S', q.position, q.fingerprint, q.answer INTO outcome, reached, fingerprint, answer
            FROM ledger.requests q WHERE q.id = v_request.id;
            IF FOUND THEN
                RETURN NEXT;
                CONTINUE;
            END IF;
        END IF;
        fingerprint := NULL;
        answer := NULL;

        IF v_request.after IS NOT NULL THEN
            SELECT m.at INTO v_hit
            FROM jsonb_to_recordset(v_request.items) AS i(tags text[], types text[])
            CROSS JOIN LATERAL ledger.matching(i.tags, i.types, v_request.after, 1) AS m
            LIMIT 1;
            IF FOUND THEN
                outcome := 'C';
                reached := v_hit;
                RETURN NEXT;
                CONTINUE;
            END IF;
        END IF;

        IF v_request.id IS NOT NULL THEN
            INSERT INTO ledger.requests (id, position, fingerprint, answer)
            VALUES (v_request.id, v_head + jsonb_array_length(v_request.events), blobs[v_blob], blobs[v_blob + 1]);
            v_blob := v_blob + 2;
        END IF;

        FOR v_event IN
            SELECT e.* FROM jsonb_to_recordset(v_request.events)
                AS e(id uuid, type text, version integer, tags text[], metadata text)
        LOOP
            -- Not as constraints of the table: those are read and planned anew for each row, a twentieth of its time.
            IF v_event.type = '' OR v_event.version < 1 THEN
                RAISE EXCEPTION 'an event has a type, and a version from 1 on' USING ERRCODE = '23514';
            END IF;
            v_head := v_head + 1;
            v_at := greatest(v_at + interval '1 microsecond', clock_timestamp());
            v_previous := v_hash;
            v_hash := ledger.chain_hash(v_previous, v_head, v_event.id, v_event.type, v_event.version, v_event.tags,
                                        v_event.metadata, v_at, blobs[v_blob]);
            INSERT INTO ledger.events
                (position, recorded_at, id, version, type, tags, metadata, previous_hash, hash, data)
            VALUES
                (v_head, v_at, v_event.id, v_event.version, v_event.type, v_event.tags, v_event.metadata,
                 v_previous, v_hash, blobs[v_blob]);
            INSERT INTO ledger.event_tags (tag, position)
            SELECT DISTINCT ledger.tag_key(one.tag), v_head FROM unnest(v_event.tags) AS one(tag);
            v_blob := v_blob + 1;
        END LOOP;
        outcome := 'A';
        reached := v_head;
        RETURN NEXT;
    END LOOP;

    IF v_head > v_first THEN
        PERFORM pg_notify('ledger', v_head::text);
    END IF;
END
$append_batch$;

-- Forgets at most `most` requests, the oldest, that were answered before an instant; how many. Their events stay.
-- A retry that comes later than that is a new request, so the instant must be a day old at least.
CREATE FUNCTION ledger.forget_requests(before timestamptz, most integer) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
AS $forget_requests$
DECLARE
    v_last bigint := 0;
    v_high bigint;
    v_middle bigint;
    v_forgotten integer;
BEGIN
    IF before > clock_timestamp() - interval '1 day' THEN
        RAISE EXCEPTION 'a request is kept for a day at least' USING ERRCODE = '22023';
    END IF;
    -- The last event recorded until then: instants grow with positions, so halving finds it without an index.
    SELECT coalesce(max(e.position), 0) INTO v_high FROM ledger.events e;
    WHILE v_last < v_high LOOP
        v_middle := v_last + (v_high - v_last + 1) / 2;
        IF (SELECT e.recorded_at <= before FROM ledger.events e WHERE e.position = v_middle) THEN
            v_last := v_middle;
        ELSE
            v_high := v_middle - 1;
        END IF;
    END LOOP;
    -- Not those of the last event's own position: one without events may have been answered long after it.
    DELETE FROM ledger.requests q
    WHERE q.ctid = ANY (ARRAY(
        SELECT o.ctid FROM ledger.requests o WHERE o.position < v_last ORDER BY o.position LIMIT most));
    GET DIAGNOSTICS v_forgotten = ROW_COUNT;
    RETURN v_forgotten;
END
$forget_requests$;

-- The hashes are over UTF-8, and the service role may read and call, nothing else.
DO $grants$
DECLARE
    service text := current_setting('rendezvous.service_role');
BEGIN
    IF current_setting('server_encoding') <> 'UTF8' THEN
        RAISE EXCEPTION 'the ledger needs a database in UTF8';
    END IF;
    REVOKE ALL ON SCHEMA ledger FROM PUBLIC;
    REVOKE ALL ON ALL TABLES IN SCHEMA ledger FROM PUBLIC;
    REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ledger FROM PUBLIC;
    EXECUTE format('GRANT USAGE ON SCHEMA ledger TO %I', service);
    EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA ledger TO %I', service);
    EXECUTE format('GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA ledger TO %I', service);
END
$grants$;
