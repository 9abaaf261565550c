"""What a ledger weighs: bytes on disk by table and index, and how far vacuum has marked it."""

import psycopg

_SIZES = """
SELECT c.relname, pg_relation_size(c.oid) + coalesce(pg_total_relation_size(nullif(c.reltoastrelid, 0)), 0)
FROM pg_class c WHERE c.relnamespace = 'ledger'::regnamespace AND c.relkind IN ('r', 'i')
"""
_MARKED = """
SELECT relname, round(100.0 * relallvisible / greatest(relpages, 1)),
       round(100.0 * relallfrozen / greatest(relpages, 1))
FROM pg_class WHERE relnamespace = 'ledger'::regnamespace AND relkind = 'r'
"""


def sizes(owner_url: str) -> dict[str, object]:
    """Bytes per event: `log_bytes_per_event` stays for ever, `request_bytes_per_event` until requests are forgotten."""
    with psycopg.connect(owner_url, autocommit=True) as connection:
        events = connection.execute("SELECT greatest(max(position), 1) FROM ledger.events").fetchone()
        assert events is not None  # noqa: S101 - an aggregate always has its row
        each = {name: size / events[0] for name, size in connection.execute(_SIZES)}
        marked = {name: [int(visible), int(frozen)] for name, visible, frozen in connection.execute(_MARKED)}
    kept = sum(size for name, size in each.items() if name.startswith("requests"))
    return {
        "log_bytes_per_event": round(sum(each.values()) - kept),
        "request_bytes_per_event": round(kept),
        "bytes_per_event": round(sum(each.values())),
        "parts": {name: round(size) for name, size in sorted(each.items())},
        "percent_visible_and_frozen": marked,
    }
