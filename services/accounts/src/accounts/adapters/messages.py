"""The messages due, in PostgreSQL: written with what causes them, claimed by one sender at a time, settled once."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from service_kit.database import Connection, Database
from service_kit.telemetry import traceparent

from accounts.domain.codes import CODE_LIFE, MessageKind
from accounts.domain.people import Locale

# How long a sender may take to reach the point of no return before another takes the message over.
_LEASE = timedelta(seconds=60)
_WAITS = tuple(timedelta(seconds=seconds) for seconds in (1, 2, 5, 15, 60, 300))

Settled = Literal["sent", "failed", "dropped"]


@dataclass(frozen=True)
class Due:
    """A claimed message with all that its words need. `has_account`: the e-mail or phone of the sign-up has one."""

    message_id: uuid.UUID
    kind: MessageKind
    locale: Locale
    asked_at: datetime
    attempts: int
    phone: str
    email: str
    sign_up_id: uuid.UUID | None
    has_account: bool
    traceparent: str | None


async def add_code(connection: Connection, phone: str, locale: Locale, now: datetime) -> None:
    """An SMS with a code for `phone`."""
    await connection.execute(
        "INSERT INTO message (message_id, kind, phone, locale, state, asked_at, due_at, traceparent)"
        " VALUES (%s, 'phone-code', %s, %s, 'due', %s, %s, %s)",
        (uuid.uuid4(), phone, locale, now, now, traceparent()),
    )


async def add_sign_up(connection: Connection, sign_up_id: uuid.UUID, locale: Locale, now: datetime) -> None:
    """The e-mail of a sign-up."""
    await connection.execute(
        "INSERT INTO message (message_id, kind, sign_up_id, locale, state, asked_at, due_at, traceparent)"
        " VALUES (%s, 'sign-up', %s, %s, 'due', %s, %s, %s)",
        (uuid.uuid4(), sign_up_id, locale, now, now, traceparent()),
    )


_CLAIM = """
WITH next AS (
    SELECT message_id FROM message
    WHERE state IN ('due', 'sending') AND due_at <= %(now)s
    ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED
)
UPDATE message m SET state = 'sending', due_at = %(lease)s, attempts = m.attempts + 1
FROM next WHERE m.message_id = next.message_id
RETURNING m.message_id, m.kind, m.locale, m.asked_at, m.attempts, m.phone, m.sign_up_id, m.traceparent
"""
_ADDRESSEE = """
SELECT s.email, s.phone, EXISTS (SELECT FROM account a WHERE a.email = s.email OR a.phone = s.phone) AS has_account
FROM sign_up s WHERE s.sign_up_id = %s
"""


class MessageQueue:
    """`claim`, then `pass_no_return` immediately before what cannot be taken back, then `settle` or `put_back`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def claim(self, now: datetime) -> Due | None:
        """The next message due, ours until its lease ends."""
        async with self._database.transaction() as connection:
            row = await (await connection.execute(_CLAIM, {"now": now, "lease": now + _LEASE})).fetchone()
            if row is None:
                return None
            to = {"email": "", "phone": row["phone"], "has_account": False}
            if row["sign_up_id"] is not None:
                found = await (await connection.execute(_ADDRESSEE, (row["sign_up_id"],))).fetchone()
                to = found or to
        return Due(
            row["message_id"], row["kind"], row["locale"], row["asked_at"], row["attempts"],
            to["phone"], to["email"], row["sign_up_id"], to["has_account"], row["traceparent"],
        )  # fmt: skip

    async def arm_code(self, due: Due, code_hash: bytes, now: datetime) -> bool:
        """Pass the point of no return with this code as the newest of its number. False: another sender has it."""
        async with self._database.transaction() as connection:
            ours = await _pass(connection, due, now)
            if ours:
                await connection.execute(
                    "INSERT INTO phone_code (phone, code_hash, expires_at) VALUES (%s, %s, %s) ON CONFLICT (phone)"
                    " DO UPDATE SET code_hash = excluded.code_hash, expires_at = excluded.expires_at, tries = 0,"
                    " used_for = NULL",
                    (due.phone, code_hash, now + CODE_LIFE),
                )
        return ours

    async def arm_link(self, due: Due, link_hash: bytes | None, now: datetime) -> bool:
        """Pass the point of no return with this link as the one of its sign-up (None: the mail has no link)."""
        async with self._database.transaction() as connection:
            ours = await _pass(connection, due, now)
            if ours and link_hash is not None:
                await connection.execute(
                    "UPDATE sign_up SET link_hash = %s, link_sent_at = %s WHERE sign_up_id = %s",
                    (link_hash, now, due.sign_up_id),
                )
        return ours

    async def settle(self, due: Due, state: Settled, now: datetime, reason: str | None = None) -> None:
        """The outcome is known."""
        async with self._database.transaction() as connection:
            await connection.execute(
                "UPDATE message SET state = %s, settled_at = %s, reason = %s WHERE message_id = %s AND attempts = %s",
                (state, now, reason, due.message_id, due.attempts),
            )

    async def put_back(self, due: Due, now: datetime) -> None:
        """Certainly not sent: due again after a while."""
        async with self._database.transaction() as connection:
            await connection.execute(
                "UPDATE message SET state = 'due', due_at = %s, settled_at = NULL"
                " WHERE message_id = %s AND attempts = %s",
                (now + _wait(due), due.message_id, due.attempts),
            )

    async def give_up(self, due: Due, now: datetime, attempts_max: int, reason: str) -> None:
        """It broke before its point of no return: due again, or failed after that many attempts."""
        if due.attempts < attempts_max:
            state, due_at, settled_at = "due", now + _wait(due), None
        else:
            state, due_at, settled_at = "failed", now, now
        async with self._database.transaction() as connection:
            await connection.execute(
                "UPDATE message SET state = %s, due_at = %s, settled_at = %s, reason = %s"
                " WHERE message_id = %s AND attempts = %s AND state = 'sending'",
                (state, due_at, settled_at, reason, due.message_id, due.attempts),
            )


def _wait(due: Due) -> timedelta:
    return _WAITS[min(due.attempts, len(_WAITS)) - 1]


async def _pass(connection: Connection, due: Due, now: datetime) -> bool:
    """From here on the outcome is unknown until it is settled, whatever becomes of this process."""
    passed = await connection.execute(
        "UPDATE message SET state = 'unknown', settled_at = %s"
        " WHERE message_id = %s AND state = 'sending' AND attempts = %s",
        (now, due.message_id, due.attempts),
    )
    return passed.rowcount == 1
