"""The whole service on real databases, driven as its callers do."""

from __future__ import annotations

import asyncio
import json
import re
import uuid
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import httpx
from booking.adapters.heard import apply
from booking.application.react import AgendaTouched, Effect, MayBookFor
from booking.bootstrap import bootstrap
from booking.domain.agenda import Agenda, Motive, Opening
from booking.entrypoints.problems import REFUSALS
from booking.entrypoints.requests import Parts
from fastapi import FastAPI
from service_kit.clock import Clock
from service_kit.lifecycle import Background, Service

from .outside import Published

ALWAYS = Opening((1, 2, 3, 4, 5, 6, 7), time(), time(), date(2020, 1, 1), None, (), ("in_person", "video"), 1)
REFUSED = {refusal.slug for refusal in REFUSALS.values()} - {"not-found"}


@dataclass
class Somebody:
    """An account with the people that it may book for."""

    account_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    people: list[str] = field(default_factory=lambda: [str(uuid.uuid4())])


class House:
    """One or more processes' worth of the service (`apps`), over one log."""

    def __init__(self, stack: AsyncExitStack, published: Published, clock_file: Path) -> None:
        self._stack = stack
        self.published = published
        self._clock_file = clock_file
        self.clock = Clock(clock_file)
        self.services: list[Service] = []
        self._clients: list[httpx.AsyncClient] = []

    async def start(self, *tasks: str) -> Service:
        """Another instance, with the background tasks of these names."""
        service = await self._stack.enter_async_context(bootstrap())
        self.services.append(service)
        transport = httpx.ASGITransport(app=service.app)
        client = httpx.AsyncClient(transport=transport, base_url="http://booking", timeout=60)
        self._clients.append(await self._stack.enter_async_context(client))
        for name in tasks:
            await self.run(self.task(name, service))
        return service

    async def through(self, *addresses: str) -> None:
        """Ask these processes from now on. The instances stay, to tell what was heard and to look into the log."""
        clients = [httpx.AsyncClient(base_url=each, timeout=60, trust_env=False) for each in addresses]
        self._clients = [await self._stack.enter_async_context(client) for client in clients]

    async def run(self, task: Background) -> None:
        running = asyncio.create_task(task.run())

        async def end() -> None:
            while not running.done():  # wait_for of Python 3.11 may lose a cancellation, and psycopg waits with it
                running.cancel()
                await asyncio.wait([running], timeout=5)

        self._stack.push_async_callback(end)

    def task(self, name: str, service: Service | None = None) -> Any:
        return next(task for task in (service or self.services[0]).background if task.name == name)

    @property
    def app(self) -> FastAPI:
        return self.services[0].app

    @property
    def parts(self) -> Parts:
        parts: Parts = self.app.state.parts
        return parts

    def advance(self, **passed: float) -> None:
        offset = json.loads(self._clock_file.read_text())["offset_seconds"] + timedelta(**passed).total_seconds()
        self._clock_file.write_text(json.dumps({"offset_seconds": offset}))

    async def request(
        self, method: str, path: str, token: str | None, body: Any = None, *, app: int = 0, **headers: str
    ) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if token is not None:
            named["Authorization"] = f"Bearer {token}"
        answer = await self._clients[app].request(method, path, json=body, headers=named)
        check_named(self.app, answer)
        return answer

    async def post(self, path: str, token: str | None, body: Any = None, **more: Any) -> httpx.Response:
        return await self.request("POST", path, token, body, **more)

    async def get(self, path: str, token: str | None, **more: Any) -> httpx.Response:
        return await self.request("GET", path, token, **more)

    async def tell(self, *effects: Effect) -> None:
        """What the consumers would have heard."""
        async with self.parts.database.transaction() as connection:
            for effect in effects:
                await apply(connection, effect)

    async def somebody(self, people: int = 1) -> Somebody:
        who = Somebody(people=[str(uuid.uuid4()) for _ in range(people)])
        await self.tell(*(MayBookFor(who.account_id, person) for person in who.people))
        return who

    async def touch(self, agenda_id: str, version: int, start: datetime | None, end: datetime | None) -> None:
        await self.tell(AgendaTouched(agenda_id, version, start, end))

    async def agenda(self, agenda_id: str | None = None, version: int = 1, **changes: Any) -> str:
        """An agenda that availability has said, with the motive of the offers; its id."""
        agenda_id = agenda_id or new_id()
        motive = Motive("motive-1", "dermatologie", 15, ("in_person",), "everyone")
        facts = {
            "practitioner_id": "practitioner-1", "place_id": "place-1", "motives": (motive,), "openings": (ALWAYS,),
        } | changes  # fmt: skip
        said = Agenda(agenda_id, version, zone="Europe/Paris", **facts)
        long_ago = datetime(1970, 1, 1, tzinfo=UTC)  # its offers are not stale
        await self.tell(AgendaTouched(agenda_id, version, long_ago, long_ago, said))
        return agenda_id

    def secretary(self, *practices: str) -> str:
        """Of the practice of the offers unless told otherwise."""
        return self.token("a-secretary", roles=["secretary"], practices=list(practices or ("place-1",)))

    def token(self, who: Somebody | str, **changes: Any) -> str:
        subject = who if isinstance(who, str) else who.account_id
        return self.published.token(self.clock.now(), subject, **changes)

    def visitor(self, subject: str | None = None) -> str:
        return self.token(subject or str(uuid.uuid4()), kind="visitor", roles=[])

    def auditor(self) -> str:
        return self.token("an-auditor", roles=["auditor"])

    def offer(self, agenda_id: str, starts: Sequence[datetime], **changes: Any) -> str:
        return self.published.offer(self.clock.now(), agenda_id, starts, **changes)

    def start_in(self, days: int = 3, hour: int = 9, minute: int = 0) -> datetime:
        day = self.clock.now().astimezone(UTC).date() + timedelta(days=days)
        return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)

    async def hold(
        self, token: str, agenda_id: str | None = None, start: datetime | None = None, *, app: int = 0, **offer: Any
    ) -> httpx.Response:
        start = start or self.start_in()
        sheet = self.offer(agenda_id or new_id(), [start], **offer)
        return await self.post("/v1/holds", token, {"offer": sheet, "start": start.isoformat()}, app=app)

    async def appointment(self, who: Somebody, **more: Any) -> dict[str, Any]:
        """Held and confirmed for the account's first person."""
        token = self.token(who)
        held = await self.hold(token, **more)
        assert held.status_code == 201, held.text
        path = f"/v1/holds/{held.json()['id']}/confirm"
        confirmed = await self.post(path, token, {"person_id": who.people[0]})
        assert confirmed.status_code == 201, confirmed.text
        return dict(confirmed.json()) | {"position": position_of(confirmed)}

    async def events(self, tag: str) -> list[str]:
        """The names of the private events with a tag."""
        return [type(record.event).__name__ for record in (await self.parts.ledger.read((tag,))).records]


def check_named(app: FastAPI, answer: httpx.Response) -> None:
    """What the domain refuses stands by name in the OpenAPI of the operation that was asked."""
    slug = slug_of(answer) if answer.is_client_error else ""
    if slug not in REFUSED:
        return
    method, path = answer.request.method.lower(), answer.request.url.path
    (operation,) = (
        operations[method]
        for template, operations in app.openapi()["paths"].items()
        if method in operations and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path)
    )
    said = operation["responses"].get(str(answer.status_code), {"description": "nothing"})["description"]
    assert f"`{slug}`" in said, f"{operation['summary']} answers {slug}, and its OpenAPI names {said}"


def new_id() -> str:
    return str(uuid.uuid4())


def position_of(answer: httpx.Response) -> int:
    name, _, number = answer.headers["Position"].partition("=")
    assert name == "booking"
    return int(number)


def slug_of(answer: httpx.Response) -> str:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return str(answer.json()["type"].rpartition("/")[2])


async def until(condition: Callable[[], Awaitable[Any]], seconds: float = 60) -> Any:
    """What `condition` gives once it is true."""
    async with asyncio.timeout(seconds):
        while not (found := await condition()):  # noqa: ASYNC110 (what is waited for sends no event)
            await asyncio.sleep(0.05)
        return found
