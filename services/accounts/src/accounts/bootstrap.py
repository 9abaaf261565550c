"""Builds the service from its settings: the only place that knows every room."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from event_store import EventStore
from service_kit.clock import Clock
from service_kit.context import Context
from service_kit.database import Database, migrations_folder
from service_kit.lifecycle import Background, Blueprint, Service, opened
from service_kit.outbox import from_outbox
from service_kit.outside import TIMEOUT
from service_kit.relaying import Relay
from service_kit.settings import ClockSettings, DatabaseSettings, KafkaSettings, load
from service_kit.tokens import TokenVerifier

from accounts.adapters.accounts import AccountStore
from accounts.adapters.clients import ClientStore
from accounts.adapters.erasing import Erasing
from accounts.adapters.hashing import Hashing
from accounts.adapters.keys import Keys, OwnKeys, make_key
from accounts.adapters.limits import Limits
from accounts.adapters.messages import MessageQueue
from accounts.adapters.operator import OperatorStore
from accounts.adapters.own_log import OwnLog
from accounts.adapters.purge import Purge
from accounts.adapters.secrets import Secrets
from accounts.adapters.sender import Outside, Sender
from accounts.adapters.sessions import SessionStore
from accounts.adapters.sign_ups import SignUpStore
from accounts.entrypoints import commands
from accounts.entrypoints.http import make_app
from accounts.entrypoints.rooms import Rooms
from accounts.settings import IssuerSettings, MessageSettings, SigningSettings

NAME = "accounts"
PREFIX = "ACCOUNTS_"


@asynccontextmanager
async def bootstrap() -> AsyncIterator[Service]:
    """The running service. Raises `WrongSetting`."""
    keys = Keys.from_json(load(SigningSettings, PREFIX).token_key.get_secret_value())
    issuer = load(IssuerSettings).token_issuer
    messages, kafka = load(MessageSettings), load(KafkaSettings)
    database_url = load(DatabaseSettings, PREFIX).database_url
    clock = Clock(load(ClockSettings).clock_file)
    database, store, hashing = Database(database_url), EventStore(database_url), Hashing()
    context = Context(NAME, database, clock, TokenVerifier(OwnKeys(keys), issuer, clock), [OwnLog(NAME, store)])
    secrets = Secrets(keys.pepper())
    rooms = Rooms(
        context=context,
        issuer=issuer,
        fiction_allowed=messages.mailbox_url is not None,
        signing=keys,
        passwords=hashing,
        tries=Limits(database, secrets),
        sign_ups=SignUpStore(database, secrets),
        sessions=SessionStore(database),
        accounts=AccountStore(database),
        erasure=Erasing(),
        clients=ClientStore(database),
    )
    outside = Outside(
        messages.smtp_url.get_secret_value(),
        messages.sms_url,
        messages.mail_from,
        messages.sms_sender,
        messages.portal_url,
    )
    relay = Relay(context, store, kafka.brokers, lambda recorded: from_outbox(NAME, recorded))
    async with opened(database, store, hashing), httpx.AsyncClient(timeout=TIMEOUT) as client:
        sender = Sender(MessageQueue(database), secrets, outside, client, clock)
        background: list[Background] = [relay, sender, Purge(database, clock)]
        yield Service(make_app(rooms), background, {"database": database.check})


@asynccontextmanager
async def _hands() -> AsyncIterator[OperatorStore]:
    """What the operator's commands work with: the database only."""
    database, hashing = Database(load(DatabaseSettings, PREFIX).database_url, wait_seconds=10), Hashing()
    async with opened(database, hashing):
        yield OperatorStore(database, hashing, _clock())


def _clock() -> Clock:
    return Clock(load(ClockSettings).clock_file)


def _make_key(_: list[str]) -> int:
    print(make_key())
    return 0


BLUEPRINT = Blueprint(
    name=NAME,
    bootstrap=bootstrap,
    settings=[
        (DatabaseSettings, PREFIX),
        (SigningSettings, PREFIX),
        (IssuerSettings, ""),
        (MessageSettings, ""),
        (KafkaSettings, ""),
        (ClockSettings, ""),
    ],
    migrations=[(migrations_folder(__file__), PREFIX)],
    commands={
        "add-staff": lambda arguments: commands.add_staff(arguments, _hands),
        "add-client": lambda arguments: commands.add_client(arguments, _hands),
        "add-patients": lambda arguments: commands.add_patients(arguments, _hands, lambda: _clock().now()),
        "make-key": _make_key,
    },
)
