"""The three stores under one face: decide on what was read, append on condition, and show the log afterwards."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

import psycopg
import umadb
from event_store import Conflict, DCBAppendCondition, EventStore
from eventsourcing.dcb.api import DCBEvent
from eventsourcing.dcb.postgres_tt import PostgresDCBRecorderTT
from eventsourcing.persistence import IntegrityError
from eventsourcing.postgres import PostgresDatastore

from bench.store.bookings import Step
from bench.store.load import Workers


class Contestant(Protocol):
    """`run` works until the workers' time is up; `log` gives each recorded position and its data."""

    name: str

    def run(self, workers: Workers) -> None: ...
    def log(self) -> Iterator[tuple[int, bytes]]: ...


class Ours:
    """One `EventStore` in one process; tasks. Each append carries its request and the answer to keep."""

    name = "ours"

    def __init__(self, service_url: str) -> None:
        self._url = service_url

    def run(self, workers: Workers) -> None:
        asyncio.run(self._run(workers))

    async def _run(self, workers: Workers) -> None:
        async with EventStore(self._url) as store:

            async def attempt(step: Step) -> int | None:
                snapshot = await store.read(step.query)
                condition = DCBAppendCondition(step.query, after=snapshot.head)
                answer = await store.append([step.stored(snapshot.head)], condition=condition, request=step.request)
                return None if isinstance(answer, Conflict) else answer.position

            async def work() -> None:
                for trial in workers.trials():
                    with trial:
                        trial.position = await attempt(trial.step)

            async with asyncio.TaskGroup() as tasks:
                for _ in range(workers.count):
                    tasks.create_task(work())

    def log(self) -> Iterator[tuple[int, bytes]]:
        return iter(asyncio.run(self._log()))

    async def _log(self) -> list[tuple[int, bytes]]:
        async with EventStore(self._url) as store:
            return [(one.position, one.event.data) async for portion in store.read_range() for one in portion]


class _Threaded:
    """Threads, as the users of a blocking client have them."""

    def run(self, workers: Workers) -> None:
        ready = threading.Barrier(workers.count)

        def work() -> None:
            ready.wait()
            for trial in workers.trials():
                with trial:
                    trial.position = self.attempt(trial.step)

        with ThreadPoolExecutor(workers.count) as threads:
            for done in [threads.submit(work) for _ in range(workers.count)]:
                done.result()

    def attempt(self, step: Step) -> int | None:
        raise NotImplementedError


class Wheel(_Threaded):
    """The PostgreSQL recorder of the `eventsourcing` wheel, with a connection for each thread."""

    name = "wheel"

    def __init__(self, owner_url: str, connections: int) -> None:
        given: dict[str, Any] = psycopg.conninfo.conninfo_to_dict(owner_url)
        self._datastore = PostgresDatastore(
            given["dbname"],
            given["host"],
            given["port"],
            given["user"],
            given["password"],
            pool_size=connections,
            max_overflow=0,
        )
        self._recorder = PostgresDCBRecorderTT(self._datastore)
        self._recorder.create_table()

    def attempt(self, step: Step) -> int | None:
        read = self._recorder.read(step.query)
        list(read)
        event = step.stored(read.head or 0)
        condition = DCBAppendCondition(step.query, after=read.head)
        try:
            return self._recorder.append([DCBEvent(event.type, event.data, event.tags)], condition)
        except IntegrityError:
            return None

    def log(self) -> Iterator[tuple[int, bytes]]:
        return ((one.position, one.event.data) for one in self._recorder.read())


class UmaDB(_Threaded):
    """The client of the `umadb` wheel against the wheel's server; a client for each thread and run.

    One for all was no faster, and its connection is ended after some ten thousand reads ("too_many_internal_resets").
    """

    name = "umadb"

    def __init__(self, url: str) -> None:
        self._url = url
        self._clients = threading.local()

    def attempt(self, step: Step) -> int | None:
        client: umadb.Client | None = getattr(self._clients, "client", None)
        if client is None:
            client = self._clients.client = umadb.Client(self._url)
        query = umadb.Query([umadb.QueryItem(tags=[tag]) for tag in step.boundary])
        _, head = client.read(query).collect_with_head()
        event = step.stored(head or 0)
        recorded = umadb.Event(event.type, event.data, event.tags, event.id, event.metadata)
        try:
            return client.append([recorded], umadb.AppendCondition(query, head))
        except umadb.IntegrityError:
            return None

    def log(self) -> Iterator[tuple[int, bytes]]:
        client = umadb.Client(self._url)  # what is still being read ends with its client
        for one in client.read():
            yield one.position, bytes(one.event.data)
