"""Where to write to somebody: for other services, and each look is recorded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from service_kit.database import Database


@dataclass(frozen=True)
class Contact:
    """The person's name; the account's addresses and language, since it is the account that is written to."""

    person_id: str
    first_name: str
    last_name: str
    email: str
    phone: str | None
    locale: str


async def look_up(database: Database, person_id: str, client_id: str, purpose: str, now: datetime) -> Contact | None:
    """The contact, recorded with who asked and what for in the same transaction; None for nobody."""
    async with database.transaction() as connection:
        cursor = await connection.execute(
            "SELECT p.person_id::text, p.first_name, p.last_name, a.email, a.phone, a.locale"
            " FROM person p JOIN account a USING (account_id) WHERE p.person_id = %s",
            (person_id,),
        )
        row = await cursor.fetchone()
        if row is None:
            return None
        await connection.execute(
            "INSERT INTO contact_access (person_id, client_id, purpose, at) VALUES (%s, %s, %s, %s)",
            (person_id, client_id, purpose, now),
        )
    return Contact(**row)
