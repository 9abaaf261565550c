"""The ledger of messages in PostgreSQL: what is due, what is being handed over, what became of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from service_kit.database import Database

from notification.adapters.heard import insert_message
from notification.adapters.rows import APPOINTMENT, OFFER, VISIT, appointment_of, offer_of, practitioner_of, visit_of
from notification.adapters.settling import find_lost, find_not_to_be_repeated, put_back, record
from notification.application.ports import Claimed, Companion
from notification.domain.due import Due
from notification.domain.outcome import Dropped, Failed, Outcome, Overtaken, Postponed, Sent, TryLater, Unknown
from notification.domain.planning import Channel, change_sms, offer_sms
from notification.domain.sms_text import Told

TRY_AGAIN_AFTER_SECONDS = 20
"""When another process tries a message that somebody has claimed and not settled: who claimed it has died."""
LOST_AFTER_SECONDS = 120
"""Longer than any hand-over can last: a message still `sending` then belongs to a process that died."""

_CLAIM = """
WITH due AS (
    SELECT message_id FROM messages
    WHERE state = 'planned' AND channel = %(channel)s AND joined_to IS NULL AND try_at <= %(now)s
    ORDER BY try_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
)
UPDATE messages AS m SET attempts = attempts + 1, try_at = %(now)s + %(again)s * interval '1 second'
FROM due WHERE m.message_id = due.message_id RETURNING m.message_id, m.attempts, m.traceparent
"""

# Those that were put off to a civil hour have no reason, and are not late.
_LATE_SINCE = """
SELECT due_at FROM messages
WHERE state = 'planned' AND channel = %(channel)s AND due_at <= %(now)s AND (reason IS NOT NULL OR try_at <= %(now)s)
ORDER BY due_at LIMIT 1
"""

# `VISIT`, `APPOINTMENT` and `OFFER` are constant lists of columns.
_DUE = f"""
SELECT m.message_id, m.kind, m.channel, m.useful_until, m.reason, m.open_since, {APPOINTMENT}, {OFFER}, p.profile
FROM messages AS m JOIN appointments AS a USING (appointment_id) LEFT JOIN practitioners AS p USING (practitioner_id)
LEFT JOIN offers AS o ON o.offer_id = m.offer_id
WHERE m.message_id = %s
"""  # noqa: S608

_COMPANIONS = f"""
SELECT m.message_id, {VISIT}, p.profile
FROM messages AS m JOIN appointments AS a USING (appointment_id, version)
JOIN practitioners AS p USING (practitioner_id)
WHERE m.state = 'planned' AND m.kind = 'reminder_sms' AND m.message_id <> %(message_id)s
  AND a.account_id = %(account_id)s AND a.local_day = %(day)s AND a.cancelled_by IS NULL
  AND (CASE WHEN %(repeated)s THEN m.joined_to = %(message_id)s ELSE m.joined_to IS NULL AND m.open_since IS NULL END)
ORDER BY a.start_at, m.message_id LIMIT 20
"""  # noqa: S608

# The rows are locked in one order, so that two processes with the same messages wait for each other, never for ever.
_STILL_TO_SEND = """
SELECT m.message_id FROM messages AS m JOIN appointments AS a USING (appointment_id, version)
WHERE m.message_id = ANY(%s) AND m.state = 'planned' ORDER BY m.message_id FOR UPDATE OF m
"""

_MARK = """
UPDATE messages SET state = 'sending', sending_since = statement_timestamp(), joined_to = nullif(%s, message_id)
WHERE message_id = ANY(%s)
"""


class PostgresMailroom:
    """Each call is one short transaction: nobody waits for a mail server while holding a lock."""

    def __init__(self, database: Database, *, lost_after_seconds: int = LOST_AFTER_SECONDS) -> None:
        self._database = database
        self._lost_after_seconds = lost_after_seconds

    async def claim(self, now: datetime, channel: Channel, limit: int) -> Sequence[Claimed]:
        """Messages to be tried now. Each has its next attempt written down already: who dies has lost nothing."""
        facts = {"now": now, "channel": channel, "limit": limit, "again": TRY_AGAIN_AFTER_SECONDS}
        async with self._database.transaction() as connection:
            cursor = await connection.execute(_CLAIM, facts)
            found = await cursor.fetchall()
        return [Claimed(row["message_id"], channel, row["attempts"], row["traceparent"]) for row in found]

    async def late_since(self, now: datetime, channel: Channel) -> datetime | None:
        """When the oldest message was due that ought to have gone out; None: there is none."""
        async with self._database.connection() as connection:
            cursor = await connection.execute(_LATE_SINCE, {"now": now, "channel": channel})
            row = await cursor.fetchone()
        return row["due_at"] if row else None

    async def due(self, claimed: Claimed) -> Due:
        """All that is known of one message."""
        async with self._database.connection() as connection:
            cursor = await connection.execute(_DUE, (claimed.message_id,))
            row = await cursor.fetchone()
        if row is None:
            raise LookupError("a claimed message is gone")
        return _due(row)

    async def companions(self, due: Due) -> Sequence[Companion]:
        """The other planned SMS reminders of the same account and day; of one that may be out: those it has told of."""
        visit = due.appointment.visit
        facts = {
            "message_id": due.message_id,
            "account_id": visit.account_id,
            "day": visit.local_day,
            "repeated": due.open_since is not None,
        }
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
        """From now on all are handed over in the first of them; False, and nothing changed, if one must not be."""
        async with self._database.transaction() as connection:
            cursor = await connection.execute(_STILL_TO_SEND, (list(message_ids),))
            if len(await cursor.fetchall()) != len(message_ids):
                return False
            await connection.execute(_MARK, (message_ids[0], list(message_ids)))
            return True

    async def settle(self, message_ids: Sequence[str], outcome: Outcome, now: datetime, *, handed_over: bool) -> None:
        """Record what became of an attempt and say it, in one transaction. The first of `message_ids` leads."""
        async with self._database.transaction() as connection:
            match outcome:
                case Overtaken():
                    return
                case TryLater() | Postponed():
                    was = "sending" if handed_over else "planned"
                    await put_back(connection, message_ids, outcome, now, was=was, leader=message_ids[0])
                case Sent() | Failed() | Unknown() | Dropped():
                    # An answer that comes after all is worth more than "unknown".
                    before = ["sending", "unknown"] if handed_over else ["planned"]
                    await record(connection, message_ids, outcome, now, was=before, leader=message_ids[0])

    async def plan_sms_instead(self, due: Due) -> None:
        """What the practice changed or booking offers, and no e-mail could tell, is to be told by SMS."""
        planned = offer_sms(due.offer) if due.offer else change_sms(due.kind, due.appointment)
        visit = due.appointment.visit
        if planned is not None:
            async with self._database.transaction() as connection:
                await insert_message(connection, visit.appointment_id, visit.version, planned)

    async def give_up_lost(self, now: datetime) -> int:
        """End what cannot be sent again without risk of a second time; how many there were.

        An e-mail whose process died is of unknown fate. An SMS goes again: the gateway knows it by its key.
        """
        async with self._database.transaction() as connection:
            emails, texts = await find_lost(connection, self._lost_after_seconds)
            died = TryLater("process_died", fate_open=True)
            await put_back(connection, texts, died, now, was="sending", leader=None)
            await record(connection, emails, Unknown("process_died"), now, was=["sending"], leader=None)
        async with self._database.transaction() as connection:
            over = await find_not_to_be_repeated(connection)
            await record(connection, over, Unknown("not_repeated"), now, was=["planned"], leader=None)
        return len(emails) + len(over)


def _due(row: Mapping[str, Any]) -> Due:
    return Due(
        message_id=row["message_id"],
        kind=row["kind"],
        channel=row["channel"],
        useful_until=row["useful_until"],
        reason=row["reason"],
        open_since=row["open_since"],
        appointment=appointment_of(row),
        practitioner=practitioner_of(row["profile"]),
        offer=offer_of(row),
    )
