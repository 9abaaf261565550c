"""Ways in which `ledger.append_batch` could be wrong: its lock, conditions, requests, clock, chain and bell."""

from .mutation import Change, Mutation

_LOCK = "PERFORM pg_advisory_xact_lock(5783129944181957703);"
_LAST = "FROM ledger.events e ORDER BY e.position DESC LIMIT 1"
_NUMBERED = (
    Change("CREATE SCHEMA ledger;", "CREATE SCHEMA ledger; CREATE SEQUENCE ledger.places;"),
    Change("v_head := v_head + 1;", "v_head := nextval('ledger.places');"),
)

_LOCKS = [
    Mutation("there is no lock", "two_at_once", "failed with", (Change(_LOCK, ""),)),
    Mutation(
        "there is no lock, and no key that would be broken",
        "two_at_once",
        "accepted against its condition",
        (
            Change(_LOCK, ""),
            Change(
                "CREATE FUNCTION ledger.tag_key(",
                "ALTER TABLE ledger.events DROP CONSTRAINT events_pkey; CREATE INDEX ON ledger.events (position);"
                " ALTER TABLE ledger.event_tags DROP CONSTRAINT event_tags_pkey;"
                " CREATE INDEX ON ledger.event_tags (tag, position); CREATE FUNCTION ledger.tag_key(",
            ),
        ),
    ),
    Mutation("there is no lock, in a race", "race", "failed with", (Change(_LOCK, ""),)),
    Mutation(
        "the lock is shared",
        "two_at_once",
        "failed with",
        (Change("pg_advisory_xact_lock(", "pg_advisory_xact_lock_shared("),),
    ),
    Mutation(
        "the lock is taken after the head was read",
        "two_at_once",
        "failed with",
        (Change(_LOCK, ""), Change("v_first := v_head;", f"v_first := v_head; {_LOCK}")),
    ),
    Mutation(
        "the lock is let go before the commit",
        "two_at_once",
        "failed with",
        (
            Change("pg_advisory_xact_lock(", "pg_advisory_lock("),
            Change("v_first := v_head;", "v_first := v_head; PERFORM pg_advisory_unlock_all();"),
        ),
    ),
    Mutation(
        "the condition is judged before the lock is taken",
        "two_at_once",
        "accepted against its condition",
        (
            Change(_LOCK, ""),
            Change(
                "INSERT INTO ledger.requests",
                f"{_LOCK} SELECT e.position, e.hash, e.recorded_at INTO v_head, v_hash, v_at {_LAST};"
                " v_head := coalesce(v_head, 0); v_hash := coalesce(v_hash, decode(repeat('00', 32), 'hex'));"
                " v_at := coalesce(v_at, '-infinity'); INSERT INTO ledger.requests",
            ),
        ),
    ),
    Mutation("positions come from a sequence", "two_at_once", "positions have gaps", _NUMBERED),
    Mutation(
        "positions come from a sequence, without a lock",
        "two_at_once",
        "a subscriber did not see each position",
        (*_NUMBERED, Change(_LOCK, "")),
    ),
]

_CONDITIONS = [
    Mutation(
        "only the first item of a condition is looked at",
        "race",
        "accepted against its condition",
        (Change("(v_request.items)", "(jsonb_build_array(v_request.items -> 0))"),),
    ),
    Mutation(
        "the position of a condition is ignored",
        "race",
        "refused without reason",
        (Change("v_request.after, 1) AS m", "0, 1) AS m"),),
    ),
    Mutation(
        "requests of one group do not see each other",
        "race",
        "accepted against its condition",
        (Change("v_request.after, 1) AS m", "v_request.after, 1) AS m WHERE m.at <= v_first"),),
    ),
]

_REQUESTS = [
    Mutation(
        "nobody asks whether a request was seen",
        "race",
        "failed with UniqueViolation",
        (Change("q.id = v_request.id", "false"),),
    ),
    Mutation(
        "nobody asks whether a request was seen, and its second answer is dropped",
        "race",
        "had its effect 2 times",
        (
            Change("q.id = v_request.id", "false"),
            Change("blobs[v_blob + 1]);", "blobs[v_blob + 1]) ON CONFLICT DO NOTHING;"),
        ),
    ),
    Mutation(
        "a request is kept under another id",
        "race",
        "was forgotten",
        (Change("VALUES (v_request.id,", "VALUES (gen_random_uuid(),"),),
    ),
    Mutation(
        "a refused request is remembered",
        "race",
        "as something that it was not",
        (
            Change(
                "IF v_request.after IS NOT NULL THEN",
                "INSERT INTO ledger.requests (id, position, fingerprint, answer) SELECT v_request.id,"
                " v_head + jsonb_array_length(v_request.events), blobs[v_blob], blobs[v_blob + 1]"
                " WHERE v_request.id IS NOT NULL; IF v_request.after IS NOT NULL THEN",
            ),
            Change("blobs[v_blob + 1]);", "blobs[v_blob + 1]) ON CONFLICT DO NOTHING;"),
        ),
    ),
    Mutation(
        "a request is kept with the position before its events",
        "race",
        "as something that it was not",
        (Change("v_head + jsonb_array_length(v_request.events)", "v_head"),),
    ),
]

_CLOCK_CHAIN_AND_BELL = [
    Mutation(
        "all events of a group have the time of its transaction",
        "race",
        "recorded_at does not grow",
        (Change("greatest(v_at + interval '1 microsecond', clock_timestamp())", "now()"),),
    ),
    Mutation(
        "the clock is believed when it was set back",
        "clock_set_back",
        "recorded_at does not grow",
        (Change("greatest(v_at + interval '1 microsecond', clock_timestamp())", "clock_timestamp()"),),
    ),
    Mutation(
        "recorded_at stands still when the clock was set back",
        "clock_set_back",
        "recorded_at does not grow",
        (Change("interval '1 microsecond'", "interval '0'"),),
    ),
    Mutation(
        "every event begins a chain of its own",
        "race",
        "the chain breaks",
        (Change("v_previous := v_hash;", "v_previous := decode(repeat('00', 32), 'hex');"),),
    ),
    Mutation(
        "nobody is notified", "bell", "rang 0 times", (Change("PERFORM pg_notify('ledger', v_head::text);", "NULL;"),)
    ),
    Mutation(
        "every event is notified",
        "bell",
        "rang 15 times",
        (Change("v_blob := v_blob + 1;", "v_blob := v_blob + 1; PERFORM pg_notify('ledger', v_head::text);"),),
    ),
]

MUTATIONS_OF_APPENDS = [*_LOCKS, *_CONDITIONS, *_REQUESTS, *_CLOCK_CHAIN_AND_BELL]
