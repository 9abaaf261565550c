"""Every service as its own bootstrap builds it, on real databases and a real Kafka with every topic."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import io
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from booking_events.topics import topics
from embedded_parts import ProvisionedDatabase, TestParts
from event_store import EventStore
from service_kit.database import migrate
from service_kit.keeping import end
from service_kit.lifecycle import Blueprint, Service
from service_kit.relaying import Relay

from .world import World, listening, served, url_of

SERVICES = ("accounts", "availability", "booking", "directory", "notification")
ELSEWHERE = {
    "ACCOUNTS_URL": "http://127.0.0.1:1",
    "AVAILABILITY_URL": "http://127.0.0.1:1",
    "PORTAL_URL": "http://portal.example",
    "SMTP_URL": "smtp://127.0.0.1:1",
    "SMS_URL": "http://127.0.0.1:1",
    "MAIL_FROM": "Rendezvous <no-reply@rendezvous.example>",
    "NOTIFICATION_CLIENT_ID": "notification",
    "NOTIFICATION_CLIENT_SECRET": "not-a-secret",
}


def blueprint(service: str) -> Blueprint:
    found: Blueprint = importlib.import_module(f"{service}.bootstrap").BLUEPRINT
    return found


def made_key(service: str) -> str:
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        blueprint(service).commands["make-key"]([])
    return printed.getvalue().strip()


@pytest.fixture(scope="session")
def databases_of(parts: TestParts) -> Callable[[str], dict[str, str]]:
    """Makes the databases of a service, migrated as `python -m <service> migrate` does; their settings."""

    def copies(folder: Path, prefix: str, ledger: bool) -> Callable[[], ProvisionedDatabase]:
        def lay(owner_url: str) -> None:
            migrate(owner_url, [folder], httpx.URL(owner_url).path.strip("/"), ledger=ledger)

        return parts.copies(prefix.rstrip("_").lower(), lay)

    makers = {
        service: {
            prefix: copies(folder, prefix, prefix == f"{service.upper()}_")
            for folder, prefix in blueprint(service).migrations
        }
        for service in SERVICES
    }

    def made(service: str) -> dict[str, str]:
        values: dict[str, str] = {}
        for prefix, another in makers[service].items():
            database = another()
            values[f"{prefix}DATABASE_URL"] = database.service_url
            values[f"{prefix}OWNER_DATABASE_URL"] = database.owner_url
        return values

    return made


@pytest.fixture(scope="session")
def settings(databases_of: Callable[[str], dict[str, str]]) -> dict[str, str]:
    """A database for each service that has one, and its keys."""
    values = {
        **ELSEWHERE,
        "ACCOUNTS_TOKEN_KEY": made_key("accounts"),
        "AVAILABILITY_OFFER_KEY": made_key("availability"),
    }
    for service in SERVICES:
        values |= databases_of(service)
    return values


@pytest.fixture
async def kafka(kafka_bootstrap: str) -> str:
    """A Kafka that holds every topic of the catalogue, each of them empty."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_bootstrap)
    await admin.start()
    try:
        present = set(await admin.list_topics())
        if stale := [topic.name for topic in topics() if topic.name in present]:
            await admin.delete_topics(stale)
        await admin.create_topics([NewTopic(t.name, t.partitions, 1, topic_configs=t.config) for t in topics()])
    finally:
        await admin.close()
    return kafka_bootstrap


@pytest.fixture
async def services(
    settings: dict[str, str], kafka_bootstrap: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[dict[str, Service]]:
    """What each service's bootstrap builds. Nothing of it runs yet."""
    for name, value in (settings | {"KAFKA_BOOTSTRAP_SERVERS": kafka_bootstrap}).items():
        monkeypatch.setenv(name, value)
    async with AsyncExitStack() as stack:
        yield {name: await stack.enter_async_context(blueprint(name).bootstrap()) for name in SERVICES}


@pytest.fixture(scope="session")
def documents(settings: dict[str, str]) -> dict[str, dict[str, Any]]:
    """The OpenAPI document of each service."""

    async def read() -> dict[str, dict[str, Any]]:
        async with AsyncExitStack() as stack:
            built = {name: await stack.enter_async_context(blueprint(name).bootstrap()) for name in SERVICES}
            return {name: service.app.openapi() for name, service in built.items()}

    with pytest.MonkeyPatch.context() as environment:
        for name, value in (settings | {"KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1"}).items():
            environment.setenv(name, value)
        return asyncio.run(read())


@pytest.fixture
def database_of(settings: dict[str, str]) -> Callable[[str], str]:
    """The address of a service's own database."""
    return lambda service: settings[f"{service.upper()}_DATABASE_URL"]


@pytest.fixture
def own_settings(settings: dict[str, str], databases_of: Callable[[str], dict[str, str]]) -> dict[str, str]:
    """Like `settings`, with a log of booking that is empty: fresh topics want a fresh log."""
    return settings | databases_of("booking")


@pytest.fixture
async def world(own_settings: dict[str, str], kafka: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    """Accounts and booking served, and booking's relay at work."""
    ports = {name: listening() for name in ("accounts", "booking")}
    urls = {name: url_of(port) for name, port in ports.items()}
    for name, value in {**own_settings, "KAFKA_BOOTSTRAP_SERVERS": kafka, "ACCOUNTS_URL": urls["accounts"]}.items():
        monkeypatch.setenv(name, value)
    client_secret = "a-secret-of-a-foreign-team"
    monkeypatch.setattr("sys.stdin", io.StringIO(client_secret + "\n"))
    await asyncio.to_thread(blueprint("accounts").commands["add-client"], ["--id", "foreign", "--secret-stdin"])
    async with AsyncExitStack() as stack:
        running = {name: await stack.enter_async_context(blueprint(name).bootstrap()) for name in ports}
        for name, port in ports.items():
            await stack.enter_async_context(served(running[name].app, port))
        relay = next(task for task in running["booking"].background if isinstance(task, Relay))
        saying = asyncio.create_task(relay.run())
        stack.push_async_callback(end, [saying], 30)
        store = await stack.enter_async_context(EventStore(own_settings["BOOKING_DATABASE_URL"]))
        yield World(kafka, urls["accounts"], urls["booking"], "foreign", client_secret, store)
