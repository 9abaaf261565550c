"""A whole service of the chassis, run by test_lifecycle.py: it says facts and keeps those that it hears."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
from booking_events import Envelope
from booking_events.directory import PractitionerWithdrawn
from event_store import EventStore
from fastapi import Request
from service_kit.changing import Change, change
from service_kit.clock import Clock
from service_kit.consuming import Consumer
from service_kit.context import Context
from service_kit.database import Connection, Database
from service_kit.http import create_app
from service_kit.lifecycle import Blueprint, Service, main, opened
from service_kit.outbox import from_outbox
from service_kit.relaying import Relay
from service_kit.settings import DatabaseSettings, Group, KafkaSettings, load
from service_kit.tokens import KeySource, TokenVerifier
from starlette.responses import JSONResponse, Response

log = logging.getLogger("small")


async def count(connection: Connection, envelope: Envelope) -> None:
    assert isinstance(envelope.data, PractitionerWithdrawn)
    await connection.execute("INSERT INTO heard (who) VALUES (%s)", (envelope.data.practitioner_id,))


@asynccontextmanager
async def bootstrap() -> AsyncIterator[Service]:
    url = load(DatabaseSettings, "DIRECTORY_").database_url
    servers = load(KafkaSettings).brokers
    clock, database, store, leaving = Clock(), Database(url), EventStore(url), asyncio.Event()
    async with httpx.AsyncClient() as client, opened(database, store):
        verifier = TokenVerifier(KeySource("http://127.0.0.1:1/jwks", client), "nobody", clock)
        context = Context("directory", database, clock, verifier)
        app = create_app(context, title="Small")

        @app.get("/v1/slow")
        async def slow() -> Response:
            folder = Path(os.environ["SLOW"])
            (folder / "begun").touch()
            while not (folder / "may-end").exists():  # noqa: ASYNC110 (a file sends no event)
                await asyncio.sleep(0.02)
            return JSONResponse({"ended": True})

        @app.get("/v1/news")
        async def news() -> Response:
            await leaving.wait()
            return JSONResponse({"ended": True})

        @app.get("/v1/broken/{who}")
        async def broken(who: str) -> Response:
            log.error("broken for %s", who, extra={"who": who, "task": ValueError(who)})
            raise RuntimeError(who)

        @app.get("/v1/heard")
        async def heard() -> Response:
            async with database.connection() as connection:
                rows = await (await connection.execute("SELECT who FROM heard ORDER BY n")).fetchall()
            return JSONResponse([row["who"] for row in rows])

        @app.post("/v1/say/{who}")
        async def say(request: Request, who: str) -> Response:
            async def work(_: Connection) -> Change:
                return Change({}, 201, [PractitionerWithdrawn(practitioner_id=who, reason="gone")])

            return await change(request, None, work)

        relay = Relay(context, store, servers, lambda recorded: from_outbox("directory", recorded))
        consumer = Consumer(context, "counter", ["directory.practitioners.v1"], count, servers)
        yield Service(app, [relay, consumer], {"database": database.check}, leaving.set)


if __name__ == "__main__":
    settings: list[tuple[type[Group], str]] = [(DatabaseSettings, "DIRECTORY_"), (KafkaSettings, "")]
    folder = Path(os.environ.get("SMALL_MIGRATIONS", "."))
    main(Blueprint("directory", bootstrap, settings, migrations=[(folder, "DIRECTORY_")]))
