"""Builds the service from its settings: the only place that knows every room."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial

import httpx
from booking_events import PublicEvent
from event_store import EventStore, append_in_transaction
from service_kit.clock import Clock
from service_kit.consuming import Consumer
from service_kit.context import Context
from service_kit.database import TRANSIENT, Connection, Database, migrations_folder
from service_kit.lifecycle import Background, Blueprint, Service, opened
from service_kit.outbox import from_outbox, to_outbox
from service_kit.outside import TIMEOUT
from service_kit.relaying import Relay
from service_kit.settings import ClockSettings, DatabaseSettings, KafkaSettings, TokenSettings, load
from service_kit.tokens import KeySource, TokenVerifier

from directory.adapters.gazetteer_file import load_gazetteer
from directory.adapters.importer import Importer, ImportRunning, TooManyGone
from directory.adapters.next_slots import Passed, PostgresNextSlots
from directory.adapters.own_log import OwnLog
from directory.adapters.recommendations import PostgresRecommendations
from directory.adapters.record import PostgresRecord
from directory.domain.dictionary import Dictionary
from directory.domain.gazetteer import Gazetteer
from directory.entrypoints import import_command
from directory.entrypoints.consumer import TOPICS, Listener
from directory.entrypoints.http import make_app
from directory.entrypoints.rooms import Rooms
from directory.settings import GROUPS, PREFIX
from directory.views.search import Search
from directory.views.suggestions import Suggestions

NAME = "directory"


@asynccontextmanager
async def bootstrap() -> AsyncIterator[Service]:
    """The running service. Raises `WrongSetting`."""
    database_url, kafka = load(DatabaseSettings, PREFIX).database_url, load(KafkaSettings).brokers
    tokens, clock = load(TokenSettings), Clock(load(ClockSettings).clock_file)
    database, store = Database(database_url), EventStore(database_url)
    gazetteer, dictionary = load_gazetteer(), Dictionary()
    async with httpx.AsyncClient(timeout=TIMEOUT, trust_env=False) as client, opened(database, store):
        keys = KeySource(f"{tokens.accounts_url}/.well-known/jwks.json", client)
        context = Context(NAME, database, clock, TokenVerifier(keys, tokens.token_issuer, clock), [OwnLog(store)])
        listener = Listener(PostgresNextSlots(), clock)
        consumer = Consumer(context, "next-slots", TOPICS, listener.handle, kafka)
        context.followers.append(consumer)
        rooms = rooms_of(context, gazetteer, dictionary)
        relay = Relay(context, store, kafka, partial(from_outbox, NAME))
        background: list[Background] = [relay, consumer, Passed(database, clock)]
        yield Service(make_app(rooms), background, {"database": database.check})


def rooms_of(context: Context, gazetteer: Gazetteer, dictionary: Dictionary) -> Rooms:
    """What the HTTP face works with."""
    return Rooms(
        context=context,
        gazetteer=gazetteer,
        record=PostgresRecord(),
        recommendations=PostgresRecommendations(),
        search=Search(context.database, gazetteer, dictionary),
        suggestions=Suggestions(context.database, gazetteer, dictionary),
    )


def _import(arguments: list[str]) -> int:
    """`import FILE`: 0 when the file was read to its end, 2 when nothing could be made of it."""
    asked = import_command.arguments_of(arguments)
    clock = Clock(load(ClockSettings).clock_file)
    database = Database(load(DatabaseSettings, PREFIX).database_url)

    async def say(connection: Connection, facts: Sequence[PublicEvent]) -> None:
        await append_in_transaction(connection, [to_outbox(fact, clock.now()) for fact in facts])

    importer = Importer(database, clock, load_gazetteer(), say)
    try:
        return asyncio.run(import_command.import_file(importer.run, asked.file, withdraw_any=asked.withdraw_any))
    except ImportRunning:
        problem = "another import is at work in this database; wait for its end"
    except TooManyGone as error:
        problem = f"{error}; if that is right, repeat with --withdraw-any"
    except TRANSIENT as error:
        problem = f"the database does not answer ({type(error).__name__}); the same command goes on from here"
    print(f"import: {problem}", file=sys.stderr)
    return 2


BLUEPRINT = Blueprint(
    name=NAME,
    bootstrap=bootstrap,
    settings=GROUPS,
    migrations=[(migrations_folder(__file__), PREFIX)],
    commands={"import": _import},
)
