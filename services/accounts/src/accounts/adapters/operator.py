"""What the operator's commands change: staff, clients, and patients brought in many at once."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Sequence
from datetime import datetime

from booking_events.accounts import PersonRegistered
from event_store import append_in_transaction
from psycopg.errors import UniqueViolation
from service_kit.clock import Clock
from service_kit.database import Connection, Database
from service_kit.outbox import to_outbox

from accounts.adapters.clients import put_client
from accounts.adapters.hashing import Hashing
from accounts.application.ports import BroughtIn, NewPatient
from accounts.domain.rejections import IsAPatient, IsStaff, PhoneTaken
from accounts.domain.staff import Grant

_TERMS = "brought-in-by-the-operator"
_HASHED_AT_ONCE = 50


class OperatorStore:
    """Every command may be repeated: what is as it asks already is left alone."""

    def __init__(self, database: Database, hashing: Hashing, clock: Clock) -> None:
        self._database = database
        self._hashing = hashing
        self._clock = clock

    async def put_client(self, client_id: str, secret: str) -> None:
        """Add a client, or give it another secret."""
        async with self._database.connection() as connection:
            cursor = await connection.execute("SELECT secret_hash FROM client WHERE client_id = %s", (client_id,))
            row = await cursor.fetchone()
        if row is not None and await self._hashing.matches(row["secret_hash"], secret):
            return
        secret_hash = await self._hashing.hash(secret)
        async with self._database.transaction() as connection:
            await put_client(connection, client_id, secret_hash, self._clock.now())

    async def put_staff(self, email: str, password: str, grant: Grant) -> str:
        """Add a log-in for staff, or change it (which ends its sessions); the account's id. Raises `IsAPatient`."""
        if (already := await self._as_granted(email, password, grant)) is not None:
            return already
        password_hash, now = await self._hashing.hash(password), self._clock.now()
        async with self._database.transaction() as connection:
            cursor = await connection.execute(
                "INSERT INTO account (account_id, email, password_hash, locale, roles, practitioner_id, practices,"
                " registered_at) VALUES (%s, %s, %s, 'fr', %s, %s, %s, %s) ON CONFLICT (email) DO UPDATE SET"
                " password_hash = excluded.password_hash, roles = excluded.roles,"
                " practitioner_id = excluded.practitioner_id, practices = excluded.practices,"
                " version = account.version + 1 WHERE NOT 'patient' = ANY(account.roles) RETURNING account_id",
                (
                    uuid.uuid4(), email, password_hash, [grant.role], grant.practitioner_id, list(grant.practices), now,
                ),
            )  # fmt: skip
            row = await cursor.fetchone()
            if row is None:
                raise IsAPatient
            await connection.execute(
                "UPDATE session SET ended_at = %s, end_reason = 'password-changed'"
                " WHERE account_id = %s AND ended_at IS NULL",
                (now, row["account_id"]),
            )
        return str(row["account_id"])

    async def put_patients(self, patients: Sequence[NewPatient]) -> list[BroughtIn]:
        """Add those whose e-mail has no account yet, in one transaction. Raises `PhoneTaken`, `IsStaff`."""
        known = await self._known([patient.email for patient in patients])
        hashes = await self._hashes([patient for patient in patients if patient.email not in known])
        now = self._clock.now()
        brought, facts = [], []
        async with self._database.transaction() as connection:
            for patient in patients:
                fresh = None
                if patient.email in hashes:
                    fresh = await _add_patient(connection, patient, hashes[patient.email], now)
                if fresh is not None:
                    fact = PersonRegistered(person_id=fresh.person_id, account_id=fresh.account_id)
                    facts.append(to_outbox(fact, now))
                brought.append(fresh or await _find_patient(connection, patient.email))
            if facts:
                await append_in_transaction(connection, facts)
        return brought

    async def _as_granted(self, email: str, password: str, grant: Grant) -> str | None:
        """The id of the account that has this very grant and password already."""
        async with self._database.connection() as connection:
            cursor = await connection.execute(
                "SELECT account_id, password_hash FROM account WHERE email = %s AND roles = %s"
                " AND practitioner_id IS NOT DISTINCT FROM %s AND practices = %s",
                (email, [grant.role], grant.practitioner_id, list(grant.practices)),
            )
            row = await cursor.fetchone()
        if row is None or not await self._hashing.matches(row["password_hash"], password):
            return None
        return str(row["account_id"])

    async def _hashes(self, patients: Sequence[NewPatient]) -> dict[str, str]:
        """By e-mail; as many at a time as keep every hashing thread busy."""
        hashes: dict[str, str] = {}
        for start in range(0, len(patients), _HASHED_AT_ONCE):
            batch = patients[start : start + _HASHED_AT_ONCE]
            made = await asyncio.gather(*(self._hashing.hash(patient.password) for patient in batch))
            hashes |= {patient.email: one for patient, one in zip(batch, made, strict=True)}
        return hashes

    async def _known(self, emails: list[str]) -> set[str]:
        async with self._database.connection() as connection:
            cursor = await connection.execute("SELECT email FROM account WHERE email = ANY(%s)", (emails,))
            return {row["email"] for row in await cursor.fetchall()}


async def _add_patient(
    connection: Connection, patient: NewPatient, password_hash: str, now: datetime
) -> BroughtIn | None:
    account_id, person_id, who = uuid.uuid4(), uuid.uuid4(), patient.identity
    try:
        made = await connection.execute(
            "INSERT INTO account (account_id, email, phone, password_hash, locale, roles, terms_version,"
            " terms_accepted_at, registered_at) VALUES (%s, %s, %s, %s, %s, '{patient}', %s, %s, %s)"
            " ON CONFLICT (email) DO NOTHING",
            (account_id, patient.email, patient.phone, password_hash, patient.locale, _TERMS, now, now),
        )
    except UniqueViolation:
        raise PhoneTaken from None
    if made.rowcount == 0:
        return None
    await connection.execute(
        "INSERT INTO person (person_id, account_id, relation, first_name, last_name, birth_date, sex, added_at)"
        " VALUES (%s, %s, 'self', %s, %s, %s, %s, %s)",
        (person_id, account_id, who.first_name, who.last_name, who.birth_date, who.sex, now),
    )
    return BroughtIn(patient.email, str(account_id), str(person_id))


async def _find_patient(connection: Connection, email: str) -> BroughtIn:
    cursor = await connection.execute(
        "SELECT a.account_id, p.person_id FROM account a"
        " LEFT JOIN person p ON p.account_id = a.account_id AND p.relation = 'self' WHERE a.email = %s",
        (email,),
    )
    row = await cursor.fetchone()
    if row is None or row["person_id"] is None:
        raise IsStaff
    return BroughtIn(email, str(row["account_id"]), str(row["person_id"]))
