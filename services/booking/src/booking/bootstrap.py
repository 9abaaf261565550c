"""Booking put together: the only place that knows every room and reads the settings."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from event_store import EventStore
from service_kit.clock import Clock
from service_kit.consuming import Consumer
from service_kit.context import Context
from service_kit.database import Database, migrations_folder
from service_kit.lifecycle import Background, Blueprint, Service, opened
from service_kit.outside import TIMEOUT
from service_kit.relaying import Relay
from service_kit.settings import ClockSettings, DatabaseSettings, KafkaSettings, TokenSettings, load
from service_kit.tokens import KeySource, TokenVerifier

from booking.adapters import codec, heard
from booking.adapters.heard import HeardTables
from booking.adapters.ledger import StoredLedger
from booking.adapters.offers import SignedOffers
from booking.adapters.quota import VisitorQuota
from booking.adapters.seals import PersonSeals
from booking.entrypoints import audit_commands, import_commands, view_commands
from booking.entrypoints.consumer import AGENDA_TOPICS, PEOPLE_TOPICS, Listener, heard_views
from booking.entrypoints.http import create
from booking.entrypoints.news import News
from booking.entrypoints.offerer import Offerer
from booking.entrypoints.projector import Projector
from booking.entrypoints.relay import publishing
from booking.entrypoints.requests import Parts
from booking.entrypoints.settler import Settler
from booking.entrypoints.sweeper import Sweeper
from booking.settings import GROUPS, KEYS_PREFIX, PREFIX, SERVICE, OfferSettings, QuotaSettings


@asynccontextmanager
async def bootstrap() -> AsyncIterator[Service]:
    """The running service. Raises `WrongSetting`."""
    address, keys_address = (
        load(DatabaseSettings, PREFIX).database_url,
        load(DatabaseSettings, KEYS_PREFIX).database_url,
    )
    tokens, offers, servers = load(TokenSettings), load(OfferSettings), load(KafkaSettings).brokers
    clock, quota = Clock(load(ClockSettings).clock_file), load(QuotaSettings, PREFIX)
    database, keys, store = Database(address), Database(keys_address, connections_max=4), EventStore(address)
    answers = HeardTables(address)
    async with httpx.AsyncClient(timeout=TIMEOUT, trust_env=False) as client, opened(database, keys, store, answers):
        verifier = TokenVerifier(_published_keys(tokens.accounts_url, client), tokens.token_issuer, clock)
        context = Context(SERVICE, database, clock, verifier)
        parts = Parts(
            ledger=StoredLedger(store, clock),
            offers=SignedOffers(_published_keys(offers.availability_url, client)),
            heard=answers,
            seals=PersonSeals(keys),
            quota=VisitorQuota(database, keys, quota.visitor_holds_max, quota.visitor_holds_per_hour),
            database=database,
            news=News(),
        )
        listener = Listener(heard.apply, parts.seals, parts.ledger)
        projector = Projector(SERVICE, database, parts.ledger, parts.news)
        consumers = [
            Consumer(context, "agendas", AGENDA_TOPICS, listener.hear, servers),
            Consumer(context, "people", PEOPLE_TOPICS, listener.hear, servers),
        ]
        context.followers += [projector, *consumers]
        relay = Relay(context, store, servers, publishing(SERVICE, codec.record))
        sweeper = Sweeper(database, parts.ledger, parts.quota, clock)
        settler = Settler(database, parts.ledger, answers)
        offerer = Offerer(database, parts.ledger, answers)
        checks = {"database": database.check, "keys database": keys.check}
        tasks: list[Background] = [projector, sweeper, settler, offerer, relay, *consumers]
        yield Service(create(context, parts), tasks, checks, leaving=parts.news.end)


def _published_keys(url: str, client: httpx.AsyncClient) -> KeySource:
    return KeySource(f"{url}/.well-known/jwks.json", client)


@asynccontextmanager
async def _reading() -> AsyncIterator[tuple[Database, StoredLedger]]:
    """What the commands work with: the database only."""
    address = load(DatabaseSettings, PREFIX).database_url
    database, store = Database(address), EventStore(address, timeout_seconds=30)
    async with opened(database, store):
        yield database, StoredLedger(store, Clock(load(ClockSettings).clock_file))


@asynccontextmanager
async def _importing() -> AsyncIterator[tuple[HeardTables, StoredLedger]]:
    """What an import works with: what was heard, and the log."""
    address = load(DatabaseSettings, PREFIX).database_url
    answers, store = HeardTables(address), EventStore(address, timeout_seconds=30)
    async with opened(answers, store):
        yield answers, StoredLedger(store, Clock(load(ClockSettings).clock_file))


BLUEPRINT = Blueprint(
    SERVICE,
    bootstrap,
    GROUPS,
    [(migrations_folder(__file__), PREFIX), (migrations_folder(__file__, "migrations_keys"), KEYS_PREFIX)],
    {
        "audit": lambda arguments: audit_commands.main(arguments, _reading),
        "import": lambda arguments: import_commands.main(arguments, _importing),
        "rebuild-view": lambda arguments: view_commands.main(arguments, _reading, heard_views(heard.apply)),
    },
)
