"""Short trials of a ledger, each of which answers the faults that the oracle found: none, if the ledger is sound.

`race` is short and hot; under `race_through_losses` sessions end. `two_at_once` and `clock_set_back` play by hand what
a race would seldom hit; `bell` asks whether those who listen are told.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from uuid import uuid4

import psycopg
from embedded_parts.provision import ProvisionedDatabase
from event_store import AlreadySeen, Appended, Conflict, DCBAppendCondition, Event, EventStore, RecordedEvent, Request
from event_store.appending import send_appends
from event_store.link import conninfo
from event_store.wire import CHANNEL, append_call

from .oracle import faults
from .racer import Racer
from .testimony import Following, Record, Try
from .witness import attempt, look

Trial = Callable[[ProvisionedDatabase, int], Awaitable[list[str]]]
_BLOCKED_SECONDS_MAX = 20
_SESSIONS, _TASKS, _ROUNDS = 3, 12, 6


@dataclass(frozen=True, slots=True)
class Race:
    """A race that is over: the log that it left, and what was seen and told in it."""

    log: list[RecordedEvent]
    records: list[Record]


async def short_race(database: ProvisionedDatabase, seed: int) -> Race:
    """Three stores of twelve tasks each, on an empty ledger."""
    records = await _race(database, seed, rounds=_ROUNDS)
    return Race(await log_of(database), records)


async def _race(database: ProvisionedDatabase, seed: int, *, rounds: int) -> list[Record]:
    async with AsyncExitStack() as ending:
        stores = [await ending.enter_async_context(EventStore(database.service_url)) for _ in range(_SESSIONS)]
        racers = [Racer(store, f"{seed}-{number}") for number, store in enumerate(stores)]
        told = await asyncio.gather(*(racer.run(_TASKS, rounds) for racer in racers))
    return [record for records in told for record in records]


async def log_of(database: ProvisionedDatabase) -> list[RecordedEvent]:
    """The whole log, read when all is over."""
    async with EventStore(database.service_url) as store:
        return [one async for portion in store.read_range() for one in portion]


async def race(database: ProvisionedDatabase, seed: int) -> list[str]:
    """What was wrong in a short race."""
    over = await short_race(database, seed)
    return faults(over.log, over.records)


async def race_through_losses(database: ProvisionedDatabase, seed: int) -> list[str]:
    """A race under which every session of its stores is ended again and again: what was sent is sent once more."""
    racing = asyncio.create_task(_race(database, seed, rounds=3 * _ROUNDS))
    losses = 0
    async with await psycopg.AsyncConnection.connect(database.service_url, autocommit=True) as own:
        while not racing.done():
            await asyncio.wait([racing], timeout=0.1)
            found = await own.execute(
                "SELECT count(*) FILTER (WHERE application_name = 'event_store appends' AND pg_terminate_backend(pid)),"
                " count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                " WHERE datname = current_database() AND application_name LIKE 'event_store %'"
            )
            ended = await found.fetchone()
            losses += ended is not None and ended[0] > 0
    records = await racing
    assert losses > 1
    return faults(await log_of(database), records)


class _Session:
    """A service's own session, which stands still between append and COMMIT for as long as the trial wants."""

    def __init__(self, connection: psycopg.AsyncConnection) -> None:
        self.connection = connection

    async def append(self, name: str, tags: list[str], *, after: int | None) -> Try:
        async def send(
            events: list[Event], condition: DCBAppendCondition | None, request: Request | None
        ) -> Appended | Conflict | AlreadySeen:
            (answer,) = await send_appends(self.connection, [append_call(events, condition, request, None)])
            return answer

        query = [([], [tag]) for tag in tags]
        return await attempt(send, name, [("Held", tags)], query=query, after=after, request=uuid4())


@asynccontextmanager
async def _session(database: ProvisionedDatabase, *, autocommit: bool = True) -> AsyncIterator[_Session]:
    address = conninfo(database.service_url, "trial")
    async with await psycopg.AsyncConnection.connect(address, autocommit=autocommit) as connection:
        yield _Session(connection)


async def two_at_once(database: ProvisionedDatabase, seed: int) -> list[str]:
    """Others come while one has appended and not committed: with the same tag, with another, to read, to follow."""
    records: list[Record] = []
    followed: list[int] = []
    async with EventStore(database.service_url) as store:
        for commits in (True, False, True):
            records += await _one_meets_others(database, store, followed, commits=commits)
        await _follow(store, followed)
    return faults(await log_of(database), [*records, Following(followed)])


async def _one_meets_others(
    database: ProvisionedDatabase, store: EventStore, followed: list[int], *, commits: bool
) -> list[Record]:
    turn, head = uuid4().hex, await store.head()
    async with (
        _session(database, autocommit=False) as slow,
        _session(database) as rival,
        _session(database) as stranger,
    ):
        held = await slow.append(f"slow {turn}", [turn], after=head)
        # Else the server ends a session that stands still: tested elsewhere, and it would hide what is sought here.
        await slow.connection.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        coming = [
            asyncio.create_task(rival.append(f"rival {turn}", [turn], after=head)),
            asyncio.create_task(stranger.append(f"stranger {turn}", [f"other {turn}"], after=None)),
        ]
        await _done_or_blocked(database, coming, [rival, stranger])
        seen = [await look(store, []), await look(store, [([], [turn])])]
        await _follow(store, followed)
        await (slow.connection.commit() if commits else slow.connection.rollback())
        told = await asyncio.gather(*coming)
        ended = {"ended": time.monotonic()} | ({} if commits else {"outcome": "Refused", "position": None})
        return [*seen, *told, replace(held, **ended), await look(store, [])]


async def _follow(store: EventStore, followed: list[int]) -> None:
    async for portion in store.read_range(after=max(followed, default=0)):
        followed += [one.position for one in portion]


async def _done_or_blocked(
    database: ProvisionedDatabase, tasks: list[asyncio.Task[Try]], sessions: list[_Session]
) -> None:
    async with (
        asyncio.timeout(_BLOCKED_SECONDS_MAX),
        await psycopg.AsyncConnection.connect(database.service_url, autocommit=True) as own,
    ):
        for task, session in zip(tasks, sessions, strict=True):
            pid = session.connection.info.backend_pid
            while not task.done():
                found = await (await own.execute("SELECT pg_blocking_pids(%s)", [pid])).fetchone()
                if found and found[0]:
                    break
                await asyncio.sleep(0.005)


async def clock_set_back(database: ProvisionedDatabase, seed: int) -> list[str]:
    """The database's clock was an hour ahead when the last event was recorded, and was then put right."""
    records: list[Record] = []
    async with EventStore(database.service_url) as store, _session(database) as session:
        records.append(await session.append("ahead", ["tag"], after=None))
        async with await psycopg.AsyncConnection.connect(database.owner_url) as owner:
            await owner.execute(
                "UPDATE ledger.events SET recorded_at = recorded_at + interval '1 hour', hash = ledger.chain_hash("
                "previous_hash, position, id, type, version, tags, metadata, recorded_at + interval '1 hour', data)"
            )
        records.append(await look(store, []))
        records += [await session.append(f"right {number}", ["tag"], after=None) for number in range(3)]
        records.append(await look(store, []))
    return faults(await log_of(database), records)


async def bell(database: ProvisionedDatabase, seed: int) -> list[str]:
    """A session that listens appends groups itself: it is told of its own commits before they are answered."""
    heard: list[psycopg.Notify] = []
    async with _session(database) as session:
        await session.connection.execute(f"LISTEN {CHANNEL}")
        session.connection.add_notify_handler(heard.append)
        for _ in range(3):
            calls = [append_call([Event("Noted", b"", ["tag"])], None, None, uuid4()) for _ in range(5)]
            await send_appends(session.connection, calls)
    return [] if len(heard) == 3 else [f"of 3 groups the bell rang {len(heard)} times"]
