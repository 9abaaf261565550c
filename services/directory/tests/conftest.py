"""What the directory's tests share: the gazetteer, the sample, and a database with the sample imported."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from booking_events import PublicEvent
from directory.adapters.gazetteer_file import load_gazetteer
from directory.adapters.importer import Importer
from directory.adapters.own_log import OwnLog
from directory.bootstrap import rooms_of
from directory.domain.dictionary import Dictionary
from directory.domain.gazetteer import Gazetteer
from directory.entrypoints.http import make_app
from embedded_parts import TestParts
from embedded_parts.provision import ProvisionedDatabase
from event_store import EventStore, append_in_transaction
from joserfc.jwk import OKPKey
from service_kit.clock import Clock
from service_kit.context import Context
from service_kit.database import Connection, Database, migrate
from service_kit.outbox import to_outbox
from service_kit.tokens import TokenVerifier, sign_token

ROOT = Path(__file__).parents[1]
SAMPLE = ROOT / "sample/PS_LibreAcces_Personne_activite_202611230000.txt"


@pytest.fixture(scope="session")
def gazetteer() -> Gazetteer:
    return load_gazetteer()


@pytest.fixture(scope="session")
def sample() -> bytes:
    return SAMPLE.read_bytes()


def install(owner_url: str) -> None:
    migrate(owner_url, [ROOT / "migrations"], httpx.URL(owner_url).path.strip("/"))


@pytest.fixture(scope="session")
def empty_directory(parts: TestParts) -> Callable[[], ProvisionedDatabase]:
    """Makes empty directories."""
    return parts.copies("directory", install)


@pytest.fixture
def fresh(empty_directory: Callable[[], ProvisionedDatabase]) -> ProvisionedDatabase:
    """An empty directory."""
    return empty_directory()


async def say(connection: Connection, facts: Sequence[PublicEvent]) -> None:
    await append_in_transaction(connection, [to_outbox(fact, Clock().now()) for fact in facts])


@pytest.fixture
async def opened(fresh: ProvisionedDatabase) -> AsyncIterator[Database]:
    database = Database(fresh.service_url)
    await database.open()
    yield database
    await asyncio.wait_for(database.close(), 10)


@pytest.fixture
def importer(opened: Database, gazetteer: Gazetteer) -> Importer:
    return Importer(opened, Clock(), gazetteer, say)


@pytest.fixture(scope="session")
def new_directory(parts: TestParts, gazetteer: Gazetteer) -> Callable[[], ProvisionedDatabase]:
    """Makes directories with the sample imported."""

    def fill(owner_url: str) -> None:
        install(owner_url)
        asyncio.run(load(owner_url))

    async def load(url: str) -> None:
        opened = Database(url)
        await opened.open()
        with SAMPLE.open("rb") as file:
            await Importer(opened, Clock(), gazetteer, say).run(file, SAMPLE.name, lambda *_: None, lambda _: None)
        await opened.close()

    return parts.copies("directory", fill)


@pytest.fixture(scope="session")
def loaded(new_directory: Callable[[], ProvisionedDatabase]) -> ProvisionedDatabase:
    """For tests that only read."""
    return new_directory()


@pytest.fixture(scope="session")
def lived_in(new_directory: Callable[[], ProvisionedDatabase]) -> ProvisionedDatabase:
    """For tests that change single pages; they keep apart by practitioner."""
    return new_directory()


@pytest.fixture
async def reading(loaded: ProvisionedDatabase) -> AsyncIterator[Database]:
    database = Database(loaded.service_url)
    await database.open()
    yield database
    await asyncio.wait_for(database.close(), 10)


@pytest.fixture
def row() -> Callable[..., str]:
    """A line of the national file: a dermatologist in Angers, with what the test changes by column number."""
    lines = SAMPLE.read_bytes().splitlines()
    good = lines[1].decode().split("|")

    def make(changes: dict[int, str] | None = None) -> str:
        parts = list(good)
        for at, value in (changes or {}).items():
            parts[at] = value
        return "|".join(parts)

    return make


@pytest.fixture(scope="session")
def header() -> str:
    return SAMPLE.read_bytes().splitlines()[0].decode()


class Keys:
    """Published keys without a network: the interface of `KeySource`."""

    def __init__(self, key: OKPKey) -> None:
        self._key = key

    async def key(self, kid: str) -> OKPKey | None:
        return self._key if kid == self._key.kid else None


@pytest.fixture(scope="session")
def signing_key() -> OKPKey:
    return OKPKey.generate_key("Ed25519", {"kid": "tokens"}, auto_kid=False)


@pytest.fixture(scope="session")
def bearer(signing_key: OKPKey) -> Callable[..., dict[str, str]]:
    """The Authorization header of somebody, by the claims of accounts."""

    def make(*roles: str, **claims: Any) -> dict[str, str]:
        now = int(Clock().now().timestamp())
        standard = {
            "iss": "https://rendezvous.example", "aud": "rendezvous", "sub": "somebody", "kind": "account",
            "iat": now, "exp": now + 600, "roles": list(roles),
        }  # fmt: skip
        return {"Authorization": f"Bearer {sign_token(standard | claims, signing_key)}"}

    return make


@dataclass
class House:
    """The service on a real database, and a client that calls it."""

    context: Context
    app: Any
    store: EventStore
    client: httpx.AsyncClient

    def from_address(self, address: str) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(app=self.app, client=(address, 1))
        return httpx.AsyncClient(transport=transport, base_url="http://directory")

    async def get(self, path: str, **query: Any) -> Any:
        answer = await self.client.get(path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def id_of(self, words: str) -> str:
        """The first who is found by `words`."""
        found = await self.get("/v1/practitioners", q=words)
        return str(found["items"][0]["id"])

    async def said(self, practitioner_id: str) -> list[tuple[int, str]]:
        """Position and name of each fact about somebody."""
        found = [event async for some in self.store.read_range() for event in some]
        tag = f"practitioner:{practitioner_id}"
        return [(one.position, one.event.type.split(".")[2]) for one in found if tag in one.event.tags]


async def _house(provisioned: ProvisionedDatabase, key: OKPKey, gazetteer: Gazetteer) -> AsyncIterator[House]:
    database, store, clock = Database(provisioned.service_url), EventStore(provisioned.service_url), Clock()
    await database.open()
    verifier = TokenVerifier(Keys(key), "https://rendezvous.example", clock)  # type: ignore[arg-type] # the same interface
    context = Context("directory", database, clock, verifier, [OwnLog(store)])
    app = make_app(rooms_of(context, gazetteer, Dictionary()))
    async with store, httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://directory") as client:
        yield House(context, app, store, client)
    await asyncio.wait_for(database.close(), 10)


@pytest.fixture
async def house(lived_in: ProvisionedDatabase, signing_key: OKPKey, gazetteer: Gazetteer) -> AsyncIterator[House]:
    """For tests that change pages."""
    async for made in _house(lived_in, signing_key, gazetteer):
        yield made


@pytest.fixture
async def library(loaded: ProvisionedDatabase, signing_key: OKPKey, gazetteer: Gazetteer) -> AsyncIterator[House]:
    """For tests that only read."""
    async for made in _house(loaded, signing_key, gazetteer):
        yield made


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture(scope="session")
def accounts_url(signing_key: OKPKey, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the keys of tokens are published: a web server with the one file."""
    folder = tmp_path_factory.mktemp("accounts")
    (folder / ".well-known").mkdir()
    keys = {"keys": [{**signing_key.as_dict(private=False), "kid": "tokens"}]}
    (folder / ".well-known/jwks.json").write_text(json.dumps(keys))
    port = free_port()
    command = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1", "--directory", str(folder)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    yield f"http://127.0.0.1:{port}"
    server.terminate()
    server.wait(10)


@pytest.fixture(scope="session")
def serving() -> Callable[[dict[str, str], Path], AbstractContextManager[subprocess.Popen[bytes]]]:
    """The service as a process while the block lasts; then it is killed."""

    @contextmanager
    def serving(environment: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
        with log.open("ab") as file:
            started = subprocess.Popen([sys.executable, "-m", "directory"], env=environment, stdout=file, stderr=file)
            try:
                yield started
            finally:
                started.kill()
                started.wait(10)

    return serving


@pytest.fixture(scope="session")
def environment_of(accounts_url: str) -> Callable[..., dict[str, str]]:
    """The settings of a process on a database; its broker is away unless one is given."""

    def make(provisioned: ProvisionedDatabase, broker: str = "127.0.0.1:9") -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "PYTHONTZPATH": "",
            "DIRECTORY_DATABASE_URL": provisioned.service_url,
            "DIRECTORY_OWNER_DATABASE_URL": provisioned.owner_url,
            "DIRECTORY_HTTP_PORT": str(free_port()),
            "DIRECTORY_HEALTH_PORT": str(free_port()),
            "KAFKA_BOOTSTRAP_SERVERS": broker,
            "ACCOUNTS_URL": accounts_url,
        }

    return make
