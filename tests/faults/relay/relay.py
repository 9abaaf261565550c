"""The relay of booking in a process of its own: its log, its mapping, and the chassis' relay and lifecycle."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from booking.adapters import codec
from booking.entrypoints.relay import publishing
from booking.settings import GROUPS, PREFIX, SERVICE
from event_store import EventStore
from service_kit.clock import Clock
from service_kit.context import Context
from service_kit.database import Database
from service_kit.http import create_app
from service_kit.lifecycle import Blueprint, Service, main, opened
from service_kit.relaying import Relay
from service_kit.settings import DatabaseSettings, KafkaSettings, load
from service_kit.tokens import KeySource, TokenVerifier


@asynccontextmanager
async def bootstrap() -> AsyncIterator[Service]:
    url = load(DatabaseSettings, PREFIX).database_url
    servers = load(KafkaSettings).brokers
    database, store, clock = Database(url, connections_max=2), EventStore(url), Clock()
    async with httpx.AsyncClient() as client, opened(database, store):
        verifier = TokenVerifier(KeySource("http://127.0.0.1:1/jwks", client), "nobody", clock)
        context = Context(SERVICE, database, clock, verifier)
        relay = Relay(context, store, servers, publishing(SERVICE, codec.record))
        yield Service(create_app(context, title="Relay"), [relay], {"database": database.check})


if __name__ == "__main__":
    main(Blueprint(SERVICE, bootstrap, GROUPS))
