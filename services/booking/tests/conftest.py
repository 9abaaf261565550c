"""Booking on real databases, one for the log and one for the keys, with the keys of its neighbours published."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import uvicorn
from embedded_parts import TestParts
from embedded_parts.provision import ProvisionedDatabase
from service_kit.database import migrate

from .booking_tests.house import House
from .booking_tests.outside import Published
from .booking_tests.processes import two_processes

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Databases:
    """The log with its views, and the keys."""

    log: ProvisionedDatabase
    keys: ProvisionedDatabase


@pytest.fixture(scope="session")
def make_databases(parts: TestParts) -> Callable[[], Databases]:
    """Makes fresh, migrated databases."""

    def migrated(name: str, folder: str, ledger: bool) -> Callable[[], ProvisionedDatabase]:
        def lay(owner_url: str) -> None:
            migrate(owner_url, [ROOT / folder], urlsplit(owner_url).path.strip("/"), ledger=ledger)

        return parts.copies(name, lay)

    log, keys = migrated("booking", "migrations", True), migrated("booking_keys", "migrations_keys", False)
    return lambda: Databases(log(), keys())


@pytest.fixture(scope="session")
def databases(make_databases: Callable[[], Databases]) -> Databases:
    """The databases of the tests that keep apart by fresh ids."""
    return make_databases()


@pytest.fixture(scope="session")
def published() -> Iterator[Published]:
    made = Published()
    yield made
    made.close()


def settings_of(databases: Databases, published: Published, clock: Path) -> dict[str, str]:
    return {
        "BOOKING_DATABASE_URL": databases.log.service_url,
        "BOOKING_KEYS_DATABASE_URL": databases.keys.service_url,
        "ACCOUNTS_URL": f"{published.url}/accounts",
        "AVAILABILITY_URL": f"{published.url}/availability",
        "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
        "CLOCK_FILE": str(clock),
    }


@pytest.fixture
def environment(
    databases: Databases, published: Published, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, str]:
    """The settings of the service under test, in the environment."""
    clock = tmp_path / "clock.json"
    clock.write_text('{"offset_seconds": 0}')
    values = settings_of(databases, published, clock)
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    return values


@pytest.fixture
def own(
    environment: dict[str, str], make_databases: Callable[[], Databases], monkeypatch: pytest.MonkeyPatch
) -> Databases:
    """Databases that only this test writes to."""
    made = make_databases()
    monkeypatch.setenv("BOOKING_DATABASE_URL", made.log.service_url)
    monkeypatch.setenv("BOOKING_KEYS_DATABASE_URL", made.keys.service_url)
    return made


@pytest.fixture
async def empty_house(environment: dict[str, str], published: Published) -> AsyncIterator[House]:
    """No instance runs yet."""
    async with AsyncExitStack() as stack:
        yield House(stack, published, Path(environment["CLOCK_FILE"]))


@pytest.fixture
async def house(empty_house: House) -> House:
    """One instance, whose views follow the log."""
    await empty_house.start("projector")
    return empty_house


@dataclass(frozen=True)
class Pair:
    """Two processes over databases of their own: what they do in the background disturbs no other test."""

    databases: Databases
    addresses: tuple[str, str]


@pytest.fixture(scope="session")
def pair(
    make_databases: Callable[[], Databases], published: Published, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Pair]:
    made, folder = make_databases(), tmp_path_factory.mktemp("pair")
    clock = folder / "clock.json"
    clock.write_text('{"offset_seconds": 0}')
    with two_processes(folder, **settings_of(made, published, clock)) as addresses:
        yield Pair(made, addresses)


@pytest.fixture
async def two(empty_house: House, pair: Pair, monkeypatch: pytest.MonkeyPatch) -> House:
    """The service as two real processes, which are asked in turns. Their clock stays as it is."""
    monkeypatch.setenv("BOOKING_DATABASE_URL", pair.databases.log.service_url)
    monkeypatch.setenv("BOOKING_KEYS_DATABASE_URL", pair.databases.keys.service_url)
    await empty_house.start()
    await empty_house.through(*pair.addresses)
    return empty_house


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self):  # type: ignore[no-untyped-def]
        yield


@pytest.fixture
async def served(house: House) -> AsyncIterator[str]:
    """The address of the first instance on a real port."""
    listening = socket.create_server(("127.0.0.1", 0))
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 16_384)  # so that a slow reader is felt soon
    server = _Server(uvicorn.Config(house.app, log_config=None, lifespan="off", timeout_graceful_shutdown=1))
    serving = asyncio.create_task(server.serve([listening]))
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    await serving
