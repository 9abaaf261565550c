"""What became of messages, written down and said in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, assert_never

from service_kit.database import Connection
from service_kit.outbox import say, to_outbox

from notification.application.publish import fact_of
from notification.domain.outcome import Dropped, Failed, Postponed, Sent, TryLater, Unknown

RETRY_SECONDS_MIN = 2
RETRY_SECONDS_MAX = 30
LOST_AT_ONCE_MAX = 100

_WORDS = {Sent: "sent", Failed: "failed", Unknown: "unknown", Dropped: "dropped"}

# What may have gone out at an earlier try ends as sent or as unknown, whatever was found out since.
_SETTLE = """
UPDATE messages SET
    state = CASE WHEN open_since IS NOT NULL AND %(state)s <> 'sent' THEN 'unknown' ELSE %(state)s END,
    reason = %(reason)s, settled_at = %(now)s, provider_id = %(provider_id)s,
    joined_to = coalesce(nullif(%(leader)s::text, message_id), joined_to)
WHERE message_id = ANY(%(message_ids)s) AND state = ANY(%(from)s)
RETURNING message_id, appointment_id, version, kind, channel, state
"""

# Those that were joined to an SMS that certainly did not go out are free again, each at its own time.
_PUT_BACK = """
UPDATE messages SET
    state = 'planned', sending_since = NULL, reason = coalesce(%(reason)s::text, reason),
    try_at = CASE WHEN message_id = %(leader)s::text THEN coalesce(%(at)s::timestamptz, %(now)s::timestamptz
        + least(%(min)s * 2 ^ least(greatest(attempts, 1) - 1, 10), %(max)s) * interval '1 second') ELSE try_at END,
    open_since = CASE WHEN %(fate_open)s THEN coalesce(open_since, %(now)s::timestamptz) ELSE open_since END,
    joined_to = CASE WHEN %(fate_open)s OR open_since IS NOT NULL THEN joined_to END
WHERE message_id = ANY(%(message_ids)s) AND state = %(from)s
"""

_LOST = """
SELECT message_id, channel FROM messages
WHERE state = 'sending' AND sending_since < clock_timestamp() - %s * interval '1 second'
ORDER BY message_id LIMIT %s FOR UPDATE SKIP LOCKED
"""

# An SMS that may be out, and cannot be repeated as it was: its visit has changed, or the one it was told in is settled.
_NOT_TO_BE_REPEATED = """
SELECT m.message_id FROM messages AS m JOIN appointments AS a USING (appointment_id)
LEFT JOIN messages AS leader ON leader.message_id = m.joined_to
WHERE m.state = 'planned' AND m.open_since IS NOT NULL
  AND (m.version <> a.version OR leader.state NOT IN ('planned', 'sending'))
ORDER BY m.message_id LIMIT %s FOR UPDATE OF m SKIP LOCKED
"""


async def put_back(
    connection: Connection,
    message_ids: Sequence[str],
    outcome: TryLater | Postponed,
    now: datetime,
    *,
    was: str,
    leader: str | None,
) -> None:
    """To be tried again. `leader` is the one that was tried; the others were told in it."""
    match outcome:
        case TryLater(reason, fate_open):
            found: dict[str, Any] = {"reason": reason, "fate_open": fate_open, "at": None}
        case Postponed(at, reason):
            found = {"reason": reason, "fate_open": False, "at": at}
        case _:
            assert_never(outcome)
    facts = found | {
        "now": now,
        "leader": leader,
        "min": RETRY_SECONDS_MIN,
        "max": RETRY_SECONDS_MAX,
        "message_ids": list(message_ids),
        "from": was,
    }
    await connection.execute(_PUT_BACK, facts)


async def record(
    connection: Connection,
    message_ids: Sequence[str],
    outcome: Sent | Failed | Unknown | Dropped,
    now: datetime,
    *,
    was: Sequence[str],
    leader: str | None,
) -> None:
    """The end of these messages, and the facts of it as the last statement of the transaction."""
    facts = {
        "state": _WORDS[type(outcome)],
        "reason": None if isinstance(outcome, Sent) else outcome.reason,
        "now": now,
        "provider_id": outcome.provider_id if isinstance(outcome, Sent) else None,
        "leader": leader,
        "message_ids": list(message_ids),
        "from": list(was),
    }
    cursor = await connection.execute(_SETTLE, facts)
    ended = [fact_of(_really(outcome, row), **_about(row), at=now) for row in await cursor.fetchall()]
    # Last: from here to COMMIT every other append waits.
    await say(connection, [to_outbox(fact, now) for fact in ended if fact is not None])


async def find_lost(connection: Connection, after_seconds: int) -> tuple[list[str], list[str]]:
    """What was being handed over when its process died: the e-mails and the SMS, locked."""
    cursor = await connection.execute(_LOST, (after_seconds, LOST_AT_ONCE_MAX))
    found = await cursor.fetchall()
    by_channel: dict[str, list[str]] = {"email": [], "sms": []}
    for row in found:
        by_channel[row["channel"]].append(row["message_id"])
    return by_channel["email"], by_channel["sms"]


async def find_not_to_be_repeated(connection: Connection) -> list[str]:
    """SMS that may be out and cannot go again as they were, locked."""
    cursor = await connection.execute(_NOT_TO_BE_REPEATED, (LOST_AT_ONCE_MAX,))
    return [row["message_id"] for row in await cursor.fetchall()]


def _really(outcome: Sent | Failed | Unknown | Dropped, row: Mapping[str, Any]) -> Sent | Failed | Unknown | Dropped:
    if row["state"] == "unknown" and not isinstance(outcome, Sent):
        return Unknown(outcome.reason)
    return outcome


def _about(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("message_id", "appointment_id", "version", "kind", "channel")}
