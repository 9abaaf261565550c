"""Sessions and their refresh tokens in PostgreSQL."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from service_kit.database import Connection, Database

from accounts.adapters.secrets import make_token, token_hash
from accounts.application.claims import Holder
from accounts.application.ports import Credentials, OpenSession
from accounts.domain.rejections import NotFound, SessionOver, WrongCredentials
from accounts.domain.sessions import Session, idle_until, is_live, judge_refresh, lifetimes

_HOLDER = "a.account_id, a.roles, a.practitioner_id, a.practices"
_END = "UPDATE session SET ended_at = %s, end_reason = %s WHERE ended_at IS NULL AND "


class SessionStore:
    """One refresh token of a session is good at a time; each refresh makes the next one."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def credentials(self, email: str) -> Credentials | None:
        """What the log-in of `email` is checked against; None when there is no such account."""
        async with self._database.connection() as connection:
            query = f"SELECT {_HOLDER}, a.password_hash FROM account a WHERE a.email = %s"  # noqa: S608 (constants)
            row = await (await connection.execute(query, (email,))).fetchone()
        return None if row is None else Credentials(holder_of(row), row["password_hash"])

    async def open(self, connection: Connection, proved: Credentials, now: datetime) -> OpenSession:
        """Begin a session in the caller's transaction. Raises `WrongCredentials` when they have changed meanwhile."""
        holder = proved.holder
        # Locked, so that a new password either ends this session or is seen here: none outlives the password it began
        # with.
        cursor = await connection.execute(
            "SELECT 1 FROM account WHERE account_id = %s AND password_hash = %s FOR NO KEY UPDATE",
            (holder.account_id, proved.password_hash),
        )
        if await cursor.fetchone() is None:
            raise WrongCredentials
        session_id = uuid.uuid4()
        ends_at = now + lifetimes(holder.roles).absolute
        await connection.execute(
            "INSERT INTO session (session_id, account_id, started_at, idle_until, ends_at) VALUES (%s, %s, %s, %s, %s)",
            (session_id, holder.account_id, now, idle_until(ends_at, holder.roles, now), ends_at),
        )
        return OpenSession(str(session_id), holder, await _issue(connection, session_id, now))

    async def refresh(self, token: str, now: datetime) -> OpenSession:
        """The session with its next token. Raises `SessionOver`; a token used before ends its session for good."""
        query = (
            f"SELECT r.used_at, s.session_id, s.idle_until, s.ends_at, s.ended_at, {_HOLDER}"  # noqa: S608 (constants)
            " FROM refresh_token r JOIN session s USING (session_id) JOIN account a USING (account_id)"
            " WHERE r.token_hash = %s FOR UPDATE OF r, s"
        )
        async with self._database.transaction() as connection:
            row = await (await connection.execute(query, (token_hash(token),))).fetchone()
            renewed = None if row is None else await self._judge(connection, row, token, now)
        if renewed is None:
            raise SessionOver
        return renewed

    async def _judge(
        self, connection: Connection, row: dict[str, Any], token: str, now: datetime
    ) -> OpenSession | None:
        session = Session(row["idle_until"], row["ends_at"], row["ended_at"])
        holder = holder_of(row)
        match judge_refresh(session, row["used_at"], now):
            case "over":
                return None
            case "reused":
                await connection.execute(_END + "session_id = %s", (now, "token-reused", row["session_id"]))
                return None
            case "rotate":
                await connection.execute(
                    "UPDATE refresh_token SET used_at = %s WHERE token_hash = %s", (now, token_hash(token))
                )
                await connection.execute(
                    "UPDATE session SET idle_until = %s WHERE session_id = %s",
                    (idle_until(session.ends_at, holder.roles, now), row["session_id"]),
                )
                return OpenSession(str(row["session_id"]), holder, await _issue(connection, row["session_id"], now))

    async def end(self, account_id: str, session_id: str, now: datetime) -> None:
        """Log out. Raises `NotFound` unless it is the account's own session; harmless when it is over already."""
        async with self._database.transaction() as connection:
            found = await connection.execute(
                "SELECT 1 FROM session WHERE session_id = %s AND account_id = %s", (session_id, account_id)
            )
            if await found.fetchone() is None:
                raise NotFound
            await connection.execute(_END + "session_id = %s", (now, "logged-out", session_id))

    async def end_all(self, account_id: str, now: datetime) -> None:
        """Log out everywhere."""
        async with self._database.transaction() as connection:
            await connection.execute(_END + "account_id = %s", (now, "logged-out-everywhere", account_id))

    async def is_live(self, account_id: str, session_id: str, now: datetime) -> bool:
        """Whether the session of an access token still stands."""
        async with self._database.connection() as connection:
            cursor = await connection.execute(
                "SELECT idle_until, ends_at, ended_at FROM session WHERE session_id = %s AND account_id = %s",
                (session_id, account_id),
            )
            row = await cursor.fetchone()
        return row is not None and is_live(Session(row["idle_until"], row["ends_at"], row["ended_at"]), now)


def holder_of(row: dict[str, Any]) -> Holder:
    """The holder in a row of `account`."""
    return Holder(str(row["account_id"]), row["roles"], row["practitioner_id"], row["practices"])


async def _issue(connection: Connection, session_id: uuid.UUID, now: datetime) -> str:
    token = make_token()
    await connection.execute(
        "INSERT INTO refresh_token (token_hash, session_id, issued_at) VALUES (%s, %s, %s)",
        (token_hash(token), session_id, now),
    )
    return token
