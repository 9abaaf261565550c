"""Availability put together: the only place that knows every room and reads the settings."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import httpx
from event_store import EventStore
from service_kit.clock import Clock
from service_kit.consuming import Consumer
from service_kit.context import Context
from service_kit.database import Database, migrations_folder
from service_kit.lifecycle import Background, Blueprint, Service, opened
from service_kit.outbox import from_outbox
from service_kit.outside import TIMEOUT
from service_kit.rehearing import rehearing
from service_kit.relaying import Relay
from service_kit.settings import (
    ClockSettings,
    DatabaseSettings,
    KafkaSettings,
    TokenSettings,
    WrongSetting,
    load,
)
from service_kit.tokens import KeySource, TokenVerifier

from availability.adapters.agenda_table import AgendaTable
from availability.adapters.offer_key import OfferKey, new_jwk
from availability.adapters.own_log import OwnLog
from availability.application.ports import AgendaWriter
from availability.entrypoints import consumer
from availability.entrypoints.due_times import DueTimes
from availability.entrypoints.http import make_app
from availability.settings import GROUPS, PREFIX, OfferSettings

SERVICE = "availability"


@asynccontextmanager
async def bootstrap() -> AsyncIterator[Service]:
    """The running service. Raises `WrongSetting`."""
    key = _offer_key()
    database_url, servers = load(DatabaseSettings, PREFIX).database_url, load(KafkaSettings).brokers
    tokens, clock = load(TokenSettings), Clock(load(ClockSettings).clock_file)
    database, store, table = Database(database_url), EventStore(database_url), AgendaTable()
    async with httpx.AsyncClient(timeout=TIMEOUT, trust_env=False) as client, opened(database, store):
        keys = KeySource(f"{tokens.accounts_url}/.well-known/jwks.json", client)
        context = Context(SERVICE, database, clock, TokenVerifier(keys, tokens.token_issuer, clock))
        consumers = consumers_of(context, table, servers)
        context.followers += [OwnLog(store), *consumers]
        relay = Relay(context, store, servers, partial(from_outbox, SERVICE))
        background: list[Background] = [*consumers, relay, DueTimes(context)]
        yield Service(make_app(context, table, key, store), background, {"database": database.check})


def consumers_of(context: Context, table: AgendaWriter, servers: str) -> list[Consumer]:
    """Who hears booking and directory."""
    booking = consumer.booking(context.clock)
    directory = consumer.directory(table, context.clock)
    return [
        Consumer(context, "appointments", consumer.BOOKING_TOPICS, consumer.one_by_one(booking), servers, many=booking),
        Consumer(context, "practitioners", consumer.DIRECTORY_TOPICS, directory, servers),
    ]


def _offer_key() -> OfferKey:
    settings = load(OfferSettings, PREFIX)
    try:
        return OfferKey(settings.offer_key.get_secret_value())
    except ValueError as error:
        raise WrongSetting(
            f"{PREFIX}OFFER_KEY is wrong: {error}; `python -m availability make-key` prints one"
        ) from None


def _make_key(_: list[str]) -> int:
    print(new_jwk())
    return 0


BLUEPRINT = Blueprint(
    SERVICE,
    bootstrap,
    GROUPS,
    [(migrations_folder(__file__), PREFIX)],
    commands={"make-key": _make_key, "rebuild-view": rehearing(SERVICE, consumer.heard_views())},
)
