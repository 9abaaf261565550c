"""The ledger of messages in PostgreSQL: what is due, what is being handed over, what became of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from event_store import append_in_transaction
from service_kit.database import Connection, Database
from service_kit.outbox import to_outbox

from notification.adapters.heard import insert_message
from notification.adapters.rows import APPOINTMENT, VISIT, appointment_of, practitioner_of, visit_of
from notification.application.ports import Claimed, Companion
from notification.application.publish import fact_of
from notification.domain.appointment import Cancelled
from notification.domain.due import Due
from notification.domain.outcome import Dropped, Failed, Outcome, Overtaken, Postponed, Sent, TryLater, Unknown
from notification.domain.planning import cancellation_sms
from notification.domain.sms_text import Told

RETRY_SECONDS_MIN = 15
RETRY_SECONDS_MAX = 900
LOST_AFTER_SECONDS = 180
"""Longer than any hand-over can last: a message still `sending` then belongs to a process that died."""

_CLAIM = """
WITH due AS (
    SELECT message_id FROM messages
    WHERE state = 'planned' AND try_at <= %(now)s ORDER BY try_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
)
UPDATE messages AS m
SET attempts = attempts + 1, try_at = %(now)s + least(%(min)s * 2 ^ least(attempts, 20), %(max)s) * interval '1 second'
FROM due WHERE m.message_id = due.message_id RETURNING m.message_id, m.attempts
"""

# `VISIT` and `APPOINTMENT` are constant lists of columns.
_DUE = f"""
SELECT m.message_id, m.kind, m.channel, m.useful_until, m.reason, {APPOINTMENT}, p.profile
FROM messages AS m JOIN appointments AS a USING (appointment_id) LEFT JOIN practitioners AS p USING (practitioner_id)
WHERE m.message_id = %s
"""  # noqa: S608

_COMPANIONS = f"""
SELECT m.message_id, {VISIT}, p.profile
FROM messages AS m JOIN appointments AS a USING (appointment_id, version)
JOIN practitioners AS p USING (practitioner_id)
WHERE m.state = 'planned' AND m.kind = 'reminder_sms' AND m.message_id <> %(message_id)s
  AND a.account_id = %(account_id)s AND a.local_day = %(day)s AND a.cancelled_by IS NULL
ORDER BY a.start_at, m.message_id LIMIT 20
"""  # noqa: S608

# The rows are locked in one order, so that two processes with the same messages wait for each other, never for ever.
_STILL_TO_SEND = """
SELECT m.message_id FROM messages AS m JOIN appointments AS a USING (appointment_id, version)
WHERE m.message_id = ANY(%s) AND m.state = 'planned' ORDER BY m.message_id FOR UPDATE OF m
"""

_SETTLE = """
UPDATE messages SET state = %(state)s, reason = %(reason)s, settled_at = %(now)s, provider_id = %(provider_id)s,
    joined_to = nullif(%(leader)s, message_id)
WHERE message_id = ANY(%(message_ids)s) AND state = ANY(%(from)s)
RETURNING message_id, appointment_id, version, kind, channel
"""


class PostgresMailroom:
    """Each call is one short transaction: nobody waits for a mail server while holding a lock."""

    def __init__(self, database: Database, *, lost_after_seconds: int = LOST_AFTER_SECONDS) -> None:
        self._database = database
        self._lost_after_seconds = lost_after_seconds

    async def claim(self, now: datetime, limit: int) -> Sequence[Claimed]:
        """Messages to be tried now. Each has its next attempt written down already: who dies has lost nothing."""
        facts = {"now": now, "limit": limit, "min": RETRY_SECONDS_MIN, "max": RETRY_SECONDS_MAX}
        async with self._database.transaction() as connection:
            cursor = await connection.execute(_CLAIM, facts)
            return [Claimed(row["message_id"], row["attempts"]) for row in await cursor.fetchall()]

    async def due(self, claimed: Claimed) -> Due:
        """All that is known of one message."""
        async with self._database.connection() as connection:
            cursor = await connection.execute(_DUE, (claimed.message_id,))
            row = await cursor.fetchone()
        if row is None:
            raise LookupError("a claimed message is gone")
        return _due(row)

    async def companions(self, due: Due) -> Sequence[Companion]:
        """The other planned SMS reminders of the same account and day."""
        visit = due.appointment.visit
        facts = {"message_id": due.message_id, "account_id": visit.account_id, "day": visit.local_day}
        async with self._database.connection() as connection:
            cursor = await connection.execute(_COMPANIONS, facts)
            rows = await cursor.fetchall()
        found = []
        for row in rows:
            practitioner = practitioner_of(row["profile"])
            if practitioner is not None:
                found.append(Companion(row["message_id"], Told(visit_of(row), practitioner)))
        return found

    async def mark_sending(self, message_ids: Sequence[str]) -> bool:
        """All of them are being handed over from now on; False, and nothing changed, when one must not be any more."""
        async with self._database.transaction() as connection:
            cursor = await connection.execute(_STILL_TO_SEND, (list(message_ids),))
            if len(await cursor.fetchall()) != len(message_ids):
                return False
            await connection.execute(
                "UPDATE messages SET state = 'sending', sending_since = clock_timestamp() WHERE message_id = ANY(%s)",
                (list(message_ids),),
            )
            return True

    async def settle(self, message_ids: Sequence[str], outcome: Outcome, now: datetime, *, handed_over: bool) -> None:
        """Record what became of an attempt and say it, in one transaction. The first of `message_ids` leads."""
        async with self._database.transaction() as connection:
            # An answer that comes after all is worth more than "unknown".
            states = ["sending", "unknown"] if handed_over else ["planned"]
            match outcome:
                case Overtaken():
                    return
                case TryLater() | Postponed():
                    await _put_back(connection, message_ids, outcome, "sending" if handed_over else "planned")
                case Sent() | Failed() | Unknown() | Dropped():
                    await _record(connection, message_ids, outcome, now, states)

    async def plan_cancellation_sms(self, due: Due) -> None:
        """A cancellation that could not be told by e-mail is to be told by SMS."""
        match due.appointment:
            case Cancelled(visit, _, by) as cancelled if by != "patient":
                planned = cancellation_sms(cancelled)
                if planned is not None:
                    async with self._database.transaction() as connection:
                        await insert_message(connection, visit.appointment_id, visit.version, planned)

    async def give_up_lost(self, now: datetime) -> int:
        """What was being handed over when its process died is of unknown fate; how many there were."""
        async with self._database.transaction() as connection:
            cursor = await connection.execute(
                "SELECT message_id FROM messages WHERE state = 'sending'"
                " AND sending_since < clock_timestamp() - %s * interval '1 second'"
                " ORDER BY message_id LIMIT 100 FOR UPDATE SKIP LOCKED",
                (self._lost_after_seconds,),
            )
            lost = [row["message_id"] for row in await cursor.fetchall()]
            if lost:
                await _record(connection, lost, Unknown("process_died"), now, ["sending"], joined=False)
            return len(lost)


def _due(row: Mapping[str, Any]) -> Due:
    return Due(
        message_id=row["message_id"],
        kind=row["kind"],
        channel=row["channel"],
        useful_until=row["useful_until"],
        reason=row["reason"],
        appointment=appointment_of(row),
        practitioner=practitioner_of(row["profile"]),
    )


async def _put_back(
    connection: Connection, message_ids: Sequence[str], outcome: TryLater | Postponed, state: str
) -> None:
    await connection.execute(
        "UPDATE messages SET state = 'planned', sending_since = NULL, reason = coalesce(%s, reason),"
        " try_at = coalesce(%s, try_at) WHERE message_id = ANY(%s) AND state = %s",
        (outcome.reason if isinstance(outcome, TryLater) else None, outcome.at, list(message_ids), state),
    )


async def _record(
    connection: Connection,
    message_ids: Sequence[str],
    outcome: Sent | Failed | Unknown | Dropped,
    now: datetime,
    states: Sequence[str],
    *,
    joined: bool = True,
) -> None:
    word = {Sent: "sent", Failed: "failed", Unknown: "unknown", Dropped: "dropped"}[type(outcome)]
    cursor = await connection.execute(
        _SETTLE,
        {
            "state": word,
            "reason": None if isinstance(outcome, Sent) else outcome.reason,
            "now": now,
            "provider_id": outcome.provider_id if isinstance(outcome, Sent) else None,
            "leader": message_ids[0] if joined else None,
            "message_ids": list(message_ids),
            "from": list(states),
        },
    )
    facts = [fact_of(outcome, **_about(row), at=now) for row in await cursor.fetchall()]
    said = [to_outbox(fact, now) for fact in facts if fact is not None]
    if said:
        # Last: from here to COMMIT every other append waits.
        await append_in_transaction(connection, said)


def _about(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("message_id", "appointment_id", "version", "kind", "channel")}
