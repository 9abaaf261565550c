"""Accounts and their people in PostgreSQL: what their owner changes."""

from __future__ import annotations

import uuid
from datetime import datetime

from service_kit.database import Connection, Database

from accounts.adapters.sessions import holder_of
from accounts.application.ports import Credentials, Edit, Person
from accounts.domain.people import Identity, Relation, may_add_relative
from accounts.domain.rejections import NotFound, Stale


class AccountStore:
    """Each change moves the account's version (its ETag)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def credentials(self, account_id: str) -> Credentials:
        """What the password asked again is checked against. Raises `NotFound`."""
        async with self._database.connection() as connection:
            cursor = await connection.execute("SELECT * FROM account WHERE account_id = %s", (account_id,))
            row = await cursor.fetchone()
        if row is None:
            raise NotFound
        return Credentials(holder_of(row), row["password_hash"])

    async def edit(self, account_id: str, version: int, edit: Edit, now: datetime) -> None:
        """Apply `edit` to that version. Raises `Stale` when it is another by now."""
        async with self._database.transaction() as connection:
            changed = await connection.execute(
                "UPDATE account SET locale = coalesce(%s, locale), password_hash = coalesce(%s, password_hash),"
                " version = version + 1 WHERE account_id = %s AND version = %s",
                (edit.locale, edit.password_hash, account_id, version),
            )
            if changed.rowcount == 0:
                raise Stale
            if edit.password_hash is not None:
                await connection.execute(
                    "UPDATE session SET ended_at = %s, end_reason = 'password-changed'"
                    " WHERE account_id = %s AND ended_at IS NULL AND session_id IS DISTINCT FROM %s",
                    (now, account_id, edit.keep_session),
                )

    async def replace_hash(self, connection: Connection, account_id: str, old: str, new: str) -> None:
        """The same password hashed with today's parameters, unless it has changed meanwhile."""
        await connection.execute(
            "UPDATE account SET password_hash = %s WHERE account_id = %s AND password_hash = %s", (new, account_id, old)
        )

    async def add_relative(
        self, connection: Connection, account_id: str, relation: Relation, identity: Identity, now: datetime
    ) -> Person:
        """One more person to book for. Raises `TooManyRelatives`, or `NotFound` when the account is just erased."""
        # Locked, so that two at once are counted one after the other.
        locked = await connection.execute("SELECT 1 FROM account WHERE account_id = %s FOR UPDATE", (account_id,))
        if await locked.fetchone() is None:
            raise NotFound
        cursor = await connection.execute(
            "SELECT count(*) AS relatives FROM person WHERE account_id = %s AND relation <> 'self'", (account_id,)
        )
        row = await cursor.fetchone()
        may_add_relative(0 if row is None else row["relatives"])
        person_id = uuid.uuid4()
        await connection.execute(
            "INSERT INTO person (person_id, account_id, relation, first_name, last_name, birth_date, sex, added_at)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
            (
                person_id, account_id, relation, identity.first_name, identity.last_name, identity.birth_date,
                identity.sex, now,
            ),
        )  # fmt: skip
        return Person(
            str(person_id), relation, identity.first_name, identity.last_name, identity.birth_date, identity.sex
        )
