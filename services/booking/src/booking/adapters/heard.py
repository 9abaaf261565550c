"""The tables of what was heard of agendas and people."""

from __future__ import annotations

from typing import assert_never

from service_kit.database import Connection, Database

from booking.application.react import AgendaTouched, Effect, Erased, MayBookFor
from booking.domain.facts import Stretch


class HeardTables:
    """Answers from booking's own copy; `apply` changes it inside the consumer's transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def newest_change(self, stretch: Stretch, after_version: int) -> int | None:
        async with self._database.connection() as connection:
            cursor = await connection.execute(
                "SELECT max(version) AS version FROM agenda_change"
                " WHERE agenda_id = %s AND version > %s AND from_at < %s AND until_at > %s",
                (stretch.agenda_id, after_version, stretch.end, stretch.start),
            )
            row = await cursor.fetchone()
        return None if row is None else row["version"]

    async def people_of(self, account_id: str) -> frozenset[str]:
        async with self._database.connection() as connection:
            cursor = await connection.execute(
                "SELECT person_id FROM bookable_person WHERE account_id = %s", (account_id,)
            )
            rows = await cursor.fetchall()
        return frozenset(row["person_id"] for row in rows)


async def apply(connection: Connection, effect: Effect) -> None:
    match effect:
        case AgendaTouched():
            await connection.execute(
                "INSERT INTO agenda_change (agenda_id, version, from_at, until_at)"
                " VALUES (%s, %s, coalesce(%s::timestamptz, '-infinity'), coalesce(%s::timestamptz, 'infinity'))"
                " ON CONFLICT (agenda_id, version) DO NOTHING",
                (effect.agenda_id, effect.version, effect.from_at, effect.until_at),
            )
        case MayBookFor():
            await connection.execute(
                "INSERT INTO bookable_person (account_id, person_id) SELECT %(account)s, %(person)s"
                " WHERE NOT EXISTS (SELECT FROM erased_person WHERE person_id = %(person)s) ON CONFLICT DO NOTHING",
                {"account": effect.account_id, "person": effect.person_id},
            )
        case Erased():
            await connection.execute("DELETE FROM bookable_person WHERE person_id = %s", (effect.person_id,))
            await connection.execute(
                "INSERT INTO erased_person (person_id) VALUES (%s) ON CONFLICT DO NOTHING", (effect.person_id,)
            )
        case _:
            assert_never(effect)
