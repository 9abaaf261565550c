"""Ways in which matching, which reads and conditions share, and the statements that read could be wrong."""

from .mutation import Change, Mutation

_LAST = "FROM ledger.events e ORDER BY e.position DESC LIMIT 1"

# All tags have the same hash: dearer, and not a fault, for what is found by its hash is compared again.
ONE_HASH = Change('hashtextextended(tag COLLATE "C", 0)', "0::bigint")

_MATCHING = [
    Mutation(
        "an event at the condition's own position counts",
        "race",
        "refused without reason",
        (Change("t.position > matching.after", "t.position >= matching.after"),),
    ),
    Mutation(
        "the event right after the condition's position does not count",
        "race",
        "accepted against its condition",
        (Change("t.position > matching.after", "t.position > matching.after + 1"),),
    ),
    Mutation(
        "without tags, an event at the position counts",
        "race",
        "saw something else",
        (Change("e.position > matching.after", "e.position >= matching.after"),),
    ),
    Mutation(
        "one tag of an item is enough",
        "race",
        "saw something else",
        (Change("e.tags @> matching.tags", "e.tags && matching.tags"),),
    ),
    Mutation(
        "tags with the same hash are taken for the same",
        "race",
        "saw something else",
        (ONE_HASH, Change("e.tags @> matching.tags", "true")),
    ),
    Mutation(
        "types are ignored",
        "race",
        "saw something else",
        (Change("e.type = ANY (matching.types)", "true", times=2),),
    ),
    Mutation(
        "only the first tag of an event is kept",
        "race",
        "accepted against its condition",
        (Change("unnest(v_event.tags)", "unnest(v_event.tags[1:1])"),),
    ),
]

# Each statement of a function that is not STABLE has a snapshot of its own, as a second statement would have.
_HEAD_LATER = (
    'CREATE FUNCTION ledger.head_later() RETURNS TABLE ("position" bigint, recorded_at timestamptz) LANGUAGE sql'
    f" VOLATILE AS $$ SELECT pg_sleep(0.003); SELECT e.position, e.recorded_at {_LAST} $$;"
)

_READS = [
    Mutation(
        "the head is read in a second statement",
        "race",
        "saw something else",
        ledger=(Change("CREATE FUNCTION ledger.tag_key(", f"{_HEAD_LATER} CREATE FUNCTION ledger.tag_key("),),
        read=(Change(_LAST, "FROM ledger.head_later() e"),),
    ),
    Mutation(
        "only the first item of a query is read",
        "race",
        "saw something else",
        read=(Change("(r.items)", "(jsonb_build_array(r.items -> 0))"),),
    ),
    Mutation(
        "an event that matches two items is read twice",
        "race",
        "saw something else",
        read=(Change("SELECT DISTINCT m.at", "SELECT m.at"),),
    ),
    Mutation("the limit is for each item", "race", "saw something else", read=(Change("LIMIT r.most", ""),)),
    Mutation(
        "the position to read from is ignored",
        "race",
        "saw something else",
        read=(Change("r.after, r.most) AS m", "0, r.most) AS m"),),
    ),
    Mutation(
        "a read's clock is not that of its last event",
        "clock_set_back",
        "was told a time before its last event",
        read=(Change("greatest(statement_timestamp(), head.recorded_at)", "statement_timestamp()"),),
    ),
    Mutation(
        "a range begins with the event that was read last",
        "race",
        "a subscriber did not see each position",
        read_range=(Change("e.position > %s", "e.position >= %s"),),
    ),
]

MUTATIONS_OF_READS = [*_MATCHING, *_READS]
