"""An availability service on a real database. All data is invented."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime

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
