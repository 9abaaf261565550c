"""The tables of what was heard of agendas and people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, assert_never

import orjson
from event_store import Lane, Link
from event_store.link import Connection as StoreConnection
from service_kit.database import Connection

from booking.application.react import AgendaTouched, Effect, Erased, MayBookFor
from booking.domain.facts import Stretch

# One round trip for every question that is pending: with one each, they cost as much as all the rest of a booking.
_ASK = """
SELECT asked.number, max(changed.version), NULL
FROM jsonb_to_recordset(%s::jsonb) AS asked(number int, agenda text, version int, start timestamptz, until timestamptz)
JOIN agenda_change changed ON changed.agenda_id = asked.agenda AND changed.version > asked.version
 AND changed.from_at < asked.until AND changed.until_at > asked.start
GROUP BY asked.number
UNION ALL
SELECT asked.number, NULL, array_agg(person.person_id)
FROM jsonb_to_recordset(%s::jsonb) AS asked(number int, account text)
JOIN bookable_person person ON person.account_id = asked.account
GROUP BY asked.number
"""
TIMEOUT_SECONDS = 4.0


@dataclass(frozen=True, slots=True)
class _Changes:
    """Which newest version above `after_version` touches the stretch?"""

    stretch: Stretch
    after_version: int


@dataclass(frozen=True, slots=True)
class _People:
    """For whom may the account book?"""

    account_id: str


class HeardTables:
    """Answers from booking's own copy; `apply` changes it inside the consumer's transaction.

    While the database is away, each question raises `StoreUnavailable`.
    """

    def __init__(self, database_url: str) -> None:
        self._questions = Lane[_Changes | _People, Any](
            Link(database_url, purpose="questions", timeout_seconds=TIMEOUT_SECONDS),
            _ask,
            pause_seconds=0.002,
            group_max=256,
            pending_max=2048,
            patience_seconds=TIMEOUT_SECONDS,
            size_of=lambda _: 0,
            identify=lambda _: None,
        )

    async def open(self) -> None:
        """The first question connects."""

    async def close(self) -> None:
        await self._questions.close()

    async def newest_change(self, stretch: Stretch, after_version: int) -> int | None:
        version: int | None = await self._questions.ask(_Changes(stretch, after_version))
        return version

    async def people_of(self, account_id: str) -> frozenset[str]:
        return frozenset(await self._questions.ask(_People(account_id)) or ())


async def _ask(connection: StoreConnection, questions: Sequence[_Changes | _People]) -> list[Any]:
    changes: list[dict[str, Any]] = []
    people: list[dict[str, Any]] = []
    for number, question in enumerate(questions):
        match question:
            case _Changes(stretch, version):
                changes.append(
                    {
                        "number": number,
                        "agenda": stretch.agenda_id,
                        "version": version,
                        "start": stretch.start,
                        "until": stretch.end,
                    }
                )
            case _People(account_id):
                people.append({"number": number, "account": account_id})
            case _:
                assert_never(question)
    cursor = await connection.execute(_ASK, (orjson.dumps(changes).decode(), orjson.dumps(people).decode()))
    answers: list[Any] = [None] * len(questions)
    for number, version, persons in await cursor.fetchall():
        answers[number] = version if persons is None else persons
    return answers


async def apply(connection: Connection, effect: Effect) -> None:
    """Note what was heard; again is harmless."""
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
