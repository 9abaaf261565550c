"""Erasing people and accounts: every row that says something of them, in the caller's transaction.

What stays has ids and times only: who looked at a contact, and the log. Counters are keyed hashes and end with their
windows.
"""

from __future__ import annotations

from collections.abc import Sequence

from service_kit.database import Connection

from accounts.application.ports import Credentials
from accounts.domain.people import may_erase_alone
from accounts.domain.rejections import NotFound, PasswordWrong

# In the order in which a refresh takes its locks; the account goes last, so that nobody waits for it meanwhile.
_ACCOUNT = (
    "DELETE FROM sign_up WHERE email = %(email)s OR phone = %(phone)s OR account_id = %(account)s",
    "DELETE FROM message WHERE phone = %(phone)s",
    "DELETE FROM phone_code WHERE phone = %(phone)s OR used_for = %(email)s",
    "DELETE FROM refresh_token USING session WHERE refresh_token.session_id = session.session_id"
    " AND session.account_id = %(account)s",
    "DELETE FROM session WHERE account_id = %(account)s",
)


class Erasing:
    """Each tells whom it has erased, so that this can be said as the transaction's last statement."""

    async def erase_account(self, connection: Connection, proved: Credentials) -> list[str]:
        """The account with all its people. Raises `PasswordWrong` when the password has changed meanwhile."""
        account_id = proved.holder.account_id
        # Locked first: who logs in or adds a relative at this moment is either erased with it or finds nothing.
        cursor = await connection.execute(
            "SELECT email, phone FROM account WHERE account_id = %s AND password_hash = %s FOR UPDATE",
            (account_id, proved.password_hash),
        )
        row = await cursor.fetchone()
        if row is None:
            raise PasswordWrong
        for statement in _ACCOUNT:
            await connection.execute(statement, {"account": account_id, **row})
        cursor = await connection.execute(
            "DELETE FROM person WHERE account_id = %s RETURNING person_id::text", (account_id,)
        )
        people = [row["person_id"] for row in await cursor.fetchall()]
        await connection.execute("DELETE FROM account WHERE account_id = %s", (account_id,))
        await _forget_answers(connection, people)
        return sorted(people)

    async def erase_relative(self, connection: Connection, account_id: str, person_id: str) -> None:
        """One of the account's people. Raises `NotFound`, or `NotARelative` for oneself."""
        cursor = await connection.execute(
            "SELECT relation FROM person WHERE person_id = %s AND account_id = %s FOR UPDATE", (person_id, account_id)
        )
        row = await cursor.fetchone()
        if row is None:
            raise NotFound
        may_erase_alone(row["relation"])
        await connection.execute("DELETE FROM person WHERE person_id = %s", (person_id,))
        await _forget_answers(connection, [person_id])


async def _forget_answers(connection: Connection, people: Sequence[str]) -> None:
    """The answers of the last day that are kept for an Idempotency-Key: one that describes somebody has their id."""
    await connection.execute(
        "DELETE FROM idempotency WHERE EXISTS (SELECT FROM unnest(%s::bytea[]) AS id WHERE position(id IN body) > 0)",
        ([person_id.encode() for person_id in people],),
    )
