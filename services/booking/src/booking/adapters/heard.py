"""The tables of what was heard of agendas and people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, assert_never

import orjson
from event_store import Lane, Link
from event_store.link import Connection as StoreConnection
from pydantic import TypeAdapter
from service_kit.database import Connection

from booking.application.react import AgendaTouched, Effect, Erased, MayBookFor
from booking.domain.agenda import Agenda
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
_AGENDAS = TypeAdapter(Agenda)
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


@dataclass(frozen=True, slots=True)
class _Agendas:
    """What is the agenda's state?"""

    agenda_id: str


@dataclass(frozen=True, slots=True)
class _Accounts:
    """Which accounts may book for the person?"""

    person_id: str


_Question = _Changes | _People | _Agendas | _Accounts


class HeardTables:
    """Answers from booking's own copy; `apply` changes it inside the consumer's transaction.

    While the database is away, each question raises `StoreUnavailable`.
    """

    def __init__(self, database_url: str) -> None:
        self._questions = Lane[_Question, Any](
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

    async def agenda(self, agenda_id: str) -> Agenda | None:
        state = await self._questions.ask(_Agendas(agenda_id))
        return None if state is None else _AGENDAS.validate_json(state)

    async def accounts_of(self, person_id: str) -> tuple[str, ...]:
        return tuple(sorted(await self._questions.ask(_Accounts(person_id)) or ()))


async def _ask(connection: StoreConnection, questions: Sequence[_Question]) -> list[Any]:
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
            case _Agendas() | _Accounts():
                pass  # few ask, so theirs are asked one by one
            case _:
                assert_never(question)
    cursor = await connection.execute(_ASK, (orjson.dumps(changes).decode(), orjson.dumps(people).decode()))
    answers: list[Any] = [None] * len(questions)
    for number, version, persons in await cursor.fetchall():
        answers[number] = version if persons is None else persons
    for number, question in enumerate(questions):
        if isinstance(question, _Agendas):
            statement, id_ = "SELECT state::text FROM agenda WHERE agenda_id = %s", question.agenda_id
        elif isinstance(question, _Accounts):
            statement, id_ = (
                "SELECT array_agg(account_id) FROM bookable_person WHERE person_id = %s",
                question.person_id,
            )
        else:
            continue
        row = await (await connection.execute(statement, (id_,))).fetchone()
        answers[number] = None if row is None else row[0]
    return answers


async def apply(connection: Connection, effect: Effect) -> None:
    """Note what was heard; again is harmless."""
    match effect:
        case AgendaTouched():
            await _keep_agenda(connection, effect)
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


async def _keep_agenda(connection: Connection, effect: AgendaTouched) -> None:
    """The newest state that was heard; a closed agenda keeps its last one, and says so."""
    if effect.agenda is not None:
        await connection.execute(
            "INSERT INTO agenda (agenda_id, version, state) VALUES (%(id)s, %(version)s, %(state)s::jsonb)"
            " ON CONFLICT (agenda_id) DO UPDATE SET version = excluded.version, state = excluded.state"
            " WHERE agenda.version < excluded.version",
            {"id": effect.agenda_id, "version": effect.version, "state": _AGENDAS.dump_json(effect.agenda).decode()},
        )
    elif effect.closed:
        await connection.execute(
            "UPDATE agenda SET version = %(version)s, state = state || '{\"closed\": true}'"
            " WHERE agenda_id = %(id)s AND version < %(version)s",
            {"id": effect.agenda_id, "version": effect.version},
        )
