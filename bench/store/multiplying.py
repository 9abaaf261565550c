"""A ledger of many millions, by bulk load: the events that it holds already, over and over under other tags."""

from collections.abc import Callable

import psycopg

_PORTION = 50_000

# Owner's work, and only here: everything else appends through the one function. Ids, tags and instants are new, the
# chain is computed on; data are the old octets, which no longer inflate, as their dictionary was the old tags.
_MULTIPLY = """
CREATE FUNCTION pg_temp.multiply(first bigint, last bigint, number text) RETURNS void
LANGUAGE plpgsql AS $multiply$
DECLARE
    v_head bigint;
    v_hash bytea;
    v_previous bytea;
    v_at timestamptz;
    v_old ledger.events;
    v_new ledger.events[] := '{}';
    v_id uuid;
    v_tags text[];
BEGIN
    SELECT e.position, e.hash, e.recorded_at INTO v_head, v_hash, v_at
    FROM ledger.events e ORDER BY e.position DESC LIMIT 1;
    INSERT INTO ledger.requests
    SELECT gen_random_uuid(), q.position - first + v_head + 1, q.fingerprint, q.answer
    FROM ledger.requests q WHERE q.position BETWEEN first AND last;
    FOR v_old IN SELECT e.* FROM ledger.events e WHERE e.position BETWEEN first AND last ORDER BY e.position LOOP
        v_head := v_head + 1;
        v_at := greatest(v_at + interval '1 microsecond', clock_timestamp());
        v_previous := v_hash;
        v_id := gen_random_uuid();
        v_tags := string_to_array(array_to_string(v_old.tags, '~' || number || '|') || '~' || number, '|');
        v_hash := ledger.chain_hash(v_previous, v_head, v_id, v_old.type, v_old.version, v_tags, v_old.metadata,
                                    v_at, v_old.data);
        v_new := v_new || ROW(v_head, v_at, v_id, v_old.version, v_old.type, v_tags, v_old.metadata,
                              v_previous, v_hash, v_old.data)::ledger.events;
    END LOOP;
    INSERT INTO ledger.events SELECT e.* FROM unnest(v_new) AS e;
    INSERT INTO ledger.event_tags
    SELECT DISTINCT ledger.tag_key(one.tag), e.position FROM unnest(v_new) AS e, unnest(e.tags) AS one(tag);
END
$multiply$
"""
# Indexes with random keys are dropped for it and built again as loosely as those that grew.
_DROP = (
    "ALTER TABLE ledger.event_tags DROP CONSTRAINT event_tags_pkey",
    "ALTER TABLE ledger.requests DROP CONSTRAINT requests_pkey",
)
_BUILD = (
    "ALTER TABLE ledger.event_tags ADD PRIMARY KEY (tag, position) WITH (fillfactor = 70)",
    "ALTER TABLE ledger.requests ADD PRIMARY KEY (id) WITH (fillfactor = 70)",
)


def multiply(owner_url: str, events: int, say: Callable[[str], None]) -> None:
    """Bring the log, which must not be empty, to `events`."""
    with psycopg.connect(owner_url, autocommit=True) as connection:
        for statement in (*_DROP, _MULTIPLY):
            connection.execute(statement)
        found = connection.execute("SELECT max(position) FROM ledger.events").fetchone()
        assert found is not None  # noqa: S101 - an aggregate always has its row
        kept = head = int(found[0])
        while head < events:
            number, done = divmod(head, kept)
            last = min(done + _PORTION, kept, done + events - head)
            connection.execute("SELECT pg_temp.multiply(%s, %s, %s)", (done + 1, last, str(number)))
            head += last - done
            say(f"multiplying: {head:,} of {events:,} events")
        for statement in _BUILD:
            say("multiplying: building an index")
            connection.execute(statement)
