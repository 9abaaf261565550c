"""Builds the portal out of its rooms: the only file that knows them all."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

import httpx
from service_kit.clock import Clock
from service_kit.lifecycle import Blueprint, Service
from service_kit.settings import ClockSettings, load

from portal.adapters.accounts import HttpAccounts
from portal.adapters.availability import HttpAvailability
from portal.adapters.booking import HttpBooking
from portal.adapters.directory import HttpDirectory
from portal.adapters.remote import Remote
from portal.adapters.sealing import Sealer
from portal.entrypoints.http import create_site
from portal.entrypoints.visits import House
from portal.settings import ServiceSettings, SiteSettings, session_keys
from portal.views.pages import Pages

# A page waits for several answers, one after the other: a service that is away must be noticed soon.
_TIMEOUT = httpx.Timeout(8.0, connect=1.5)
_LIMITS = httpx.Limits(max_connections=200, max_keepalive_connections=50)


@contextlib.asynccontextmanager
async def _bootstrap() -> AsyncIterator[Service]:
    site = load(SiteSettings, "PORTAL_")
    services = load(ServiceSettings)
    clock = Clock(load(ClockSettings).clock_file)
    async with httpx.AsyncClient(timeout=_TIMEOUT, limits=_LIMITS, trust_env=False) as client:
        house = House(
            directory=HttpDirectory(Remote(client, "directory", services.directory_url)),
            availability=HttpAvailability(
                Remote(client, "availability", services.availability_url, follows={"booking"})
            ),
            booking=HttpBooking(Remote(client, "booking", services.booking_url, follows={"booking", "accounts"})),
            accounts=HttpAccounts(Remote(client, "accounts", services.accounts_url, follows={"accounts"})),
            pages=Pages(),
            sealer=Sealer(session_keys(site.session_key)),
            clock=clock,
            mailbox_url=services.mailbox_url,
        )
        # No check of the others: with one of them away, every page still has a way on.
        yield Service(create_site(house, https=site.url.startswith("https://")))


BLUEPRINT = Blueprint(
    name="portal",
    bootstrap=_bootstrap,
    settings=[(SiteSettings, "PORTAL_"), (ServiceSettings, ""), (ClockSettings, "")],
)
