"""An availability service on a real database. All data is invented."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from availability.adapters.agenda_table import AgendaTable
from availability.adapters.offer_key import OfferKey, new_jwk
from availability.adapters.own_log import OwnLog
from availability.bootstrap import consumers_of
from availability.entrypoints.http import make_app
from embedded_parts.provision import ProvisionedDatabase
from event_store import EventStore
from joserfc.jwk import OKPKey
from service_kit.context import Context
from service_kit.database import Database
from service_kit.tokens import TokenVerifier

from .house import ISSUER, ChosenClock, House, Keys, install
from .running import free_port


@pytest.fixture(scope="session")
def signing_key() -> OKPKey:
    return OKPKey.generate_key("Ed25519", {"kid": "tokens"}, auto_kid=False)


@pytest.fixture(scope="session")
def offer_key() -> OfferKey:
    return OfferKey(new_jwk())


@pytest.fixture(scope="session")
def provisioned(database: Callable[..., ProvisionedDatabase]) -> ProvisionedDatabase:
    """A migrated database for all tests, which keep apart by their ids."""
    return database("availability", install)


@pytest.fixture
async def house(provisioned: ProvisionedDatabase, signing_key: OKPKey, offer_key: OfferKey) -> AsyncIterator[House]:
    """It is Wednesday 2027-03-10, 12:00 in Paris."""
    clock = ChosenClock(datetime(2027, 3, 10, 11, tzinfo=UTC))
    database, store, table = Database(provisioned.service_url), EventStore(provisioned.service_url), AgendaTable()
    await database.open()
    verifier = TokenVerifier(Keys(signing_key), ISSUER, clock)  # type: ignore[arg-type] # the same interface
    context = Context("availability", database, clock, verifier)
    context.followers += [OwnLog(store), *consumers_of(context, table, "nobody:9092")]
    app = make_app(context, table, offer_key, store)
    async with store, httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://availability") as client:
        yield House(context, app, store, clock, signing_key, client)
    await asyncio.wait_for(database.close(), 10)


@pytest.fixture(scope="module")
def own(database: Callable[..., ProvisionedDatabase]) -> ProvisionedDatabase:
    """A database of its own: a relay and its topics know one log."""
    return database("availability", install)


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


@pytest.fixture(scope="module")
def environment_of(own: ProvisionedDatabase, accounts_url: str) -> Callable[[Path], dict[str, str]]:
    """The settings of a process whose files lie in a folder; its broker is away."""

    def make(folder: Path) -> dict[str, str]:
        key = folder / "offer.jwk.json"
        key.write_text(new_jwk())
        return {
            "PATH": os.environ["PATH"],
            "PYTHONTZPATH": "",
            "AVAILABILITY_DATABASE_URL": own.service_url,
            "AVAILABILITY_OWNER_DATABASE_URL": own.owner_url,
            "AVAILABILITY_OFFER_KEY_FILE": str(key),
            "AVAILABILITY_HTTP_PORT": str(free_port()),
            "AVAILABILITY_HEALTH_PORT": str(free_port()),
            "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:9",
            "ACCOUNTS_URL": accounts_url,
        }

    return make


@pytest.fixture
def environment(environment_of: Callable[[Path], dict[str, str]], tmp_path: Path) -> dict[str, str]:
    return environment_of(tmp_path)
