"""Notification put together: the only place that knows every room and reads the settings."""

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
from service_kit.http import create_app
from service_kit.lifecycle import Blueprint, Service, opened
from service_kit.outbox import from_outbox
from service_kit.outside import TIMEOUT, ServiceClient, ServiceTokens
from service_kit.rehearing import HeardView, rehearing
from service_kit.relaying import Relay
from service_kit.settings import (
    ClientSettings,
    ClockSettings,
    DatabaseSettings,
    KafkaSettings,
    TokenSettings,
    load,
)
from service_kit.tokens import KeySource, TokenVerifier

from notification.adapters.heard import Heard
from notification.adapters.mailroom import PostgresMailroom
from notification.adapters.others import AccountsPeople, AvailabilityMotives
from notification.adapters.own_log import OwnLog
from notification.adapters.sms_gateway import GatewayCarrier
from notification.adapters.smtp import SmtpCarrier
from notification.application.write import Stationery
from notification.entrypoints.attempt import Desk
from notification.entrypoints.consumer import APPOINTMENT_TOPICS, PRACTITIONER_TOPICS, Listener
from notification.entrypoints.http import router
from notification.entrypoints.sender import Sender
from notification.settings import GROUPS, PREFIX, AddressSettings, SendingSettings, mailbox_of
from notification.views.deliveries import DeliveriesView

SERVICE = "notification"


@asynccontextmanager
async def bootstrap() -> AsyncIterator[Service]:
    """Read the settings, build every part, hand them over, and close them at the end."""
    databases, kafka = load(DatabaseSettings, PREFIX), load(KafkaSettings)
    tokens, client_settings = load(TokenSettings), load(ClientSettings, PREFIX)
    sending, addresses = load(SendingSettings), load(AddressSettings)
    clock = Clock(load(ClockSettings).clock_file)
    database, store = Database(databases.database_url), EventStore(databases.database_url)
    async with httpx.AsyncClient(timeout=TIMEOUT, trust_env=False) as client, opened(database, store):
        keys = KeySource(f"{tokens.accounts_url}/.well-known/jwks.json", client)
        context = Context(SERVICE, database, clock, TokenVerifier(keys, tokens.token_issuer, clock))
        mine = ServiceTokens(client, tokens.accounts_url, client_settings, clock)
        desk = Desk(
            mailroom=PostgresMailroom(database),
            people=AccountsPeople(ServiceClient(client, tokens.accounts_url, mine)),
            motives=AvailabilityMotives(ServiceClient(client, addresses.availability_url)),
            mail=SmtpCarrier(sending.smtp_url.get_secret_value()),
            sms=GatewayCarrier(client, sending.sms_url, sending.sms_sender),
            stationery=Stationery(mailbox_of(sending.mail_from), addresses.portal_url),
            clock=clock,
        )
        listener, servers = Listener(Heard()), kafka.brokers
        consumers = [
            Consumer(context, "appointments", APPOINTMENT_TOPICS, listener.handle_appointment, servers),
            Consumer(context, "practitioners", PRACTITIONER_TOPICS, listener.handle_practitioner, servers),
        ]
        context.followers += [*consumers, OwnLog(store)]
        relay = Relay(context, store, servers, partial(from_outbox, SERVICE))
        app = create_app(context, title="Rendezvous notification", description="Messages due and messages sent.")
        app.include_router(router(DeliveriesView(database)))
        yield Service(app, [*consumers, relay, Sender(desk)], {"database": database.check})


# The appointments are no view: the messages that they called for are on their way.
_HEARD = HeardView("practitioners", PRACTITIONER_TOPICS, ["practitioners"], Listener(Heard()).handle_practitioner)

BLUEPRINT = Blueprint(
    SERVICE,
    bootstrap,
    GROUPS,
    [(migrations_folder(__file__), PREFIX)],
    {"rebuild-view": rehearing(SERVICE, {"practitioners": _HEARD})},
)
