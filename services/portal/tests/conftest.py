"""The site with its real adapters, and nobody at the addresses of the other services: every page must stand that."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime

import httpx
import pytest
from portal.adapters.accounts import HttpAccounts
from portal.adapters.availability import HttpAvailability
from portal.adapters.booking import HttpBooking
from portal.adapters.directory import HttpDirectory
from portal.adapters.remote import Remote
from portal.adapters.sealing import Sealer
from portal.application.session import Kept, write
from portal.entrypoints.http import create_site
from portal.entrypoints.visits import House
from portal.views.pages import Pages
from service_kit.clock import Clock

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
KEY = bytes(range(32))
Visitor = Callable[..., AbstractAsyncContextManager[httpx.AsyncClient]]


@pytest.fixture(scope="session")
def pages() -> Pages:
    return Pages()


def closed_address() -> str:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{one.getsockname()[1]}"


@pytest.fixture
def visit(pages: Pages) -> Visitor:
    """`async with visit(https=..., cookies={name: what is kept}) as client`: a browser of the current kind.

    `services`: who answers in the place of the others, where nobody would.
    """

    @asynccontextmanager
    async def coming(
        https: bool = False,
        cookies: dict[str, Kept] | None = None,
        headers: dict[str, str] | None = None,
        services: httpx.AsyncBaseTransport | None = None,
    ) -> AsyncIterator[httpx.AsyncClient]:
        async with httpx.AsyncClient(trust_env=False, transport=services) as outside:
            nobody = closed_address()
            sealer = Sealer([KEY])
            house = House(
                directory=HttpDirectory(Remote(outside, "directory", nobody)),
                availability=HttpAvailability(Remote(outside, "availability", nobody)),
                booking=HttpBooking(Remote(outside, "booking", nobody)),
                accounts=HttpAccounts(Remote(outside, "accounts", nobody)),
                pages=pages,
                sealer=sealer,
                clock=Clock(),
            )
            sent = {name: sealer.seal(name, write(kept)) for name, kept in (cookies or {}).items()}
            transport = httpx.ASGITransport(create_site(house, https=https), raise_app_exceptions=False)
            browser = {"Sec-Fetch-Site": "same-origin", "Accept-Language": "fr-FR,fr", **(headers or {})}
            async with httpx.AsyncClient(
                transport=transport, base_url="https://rdv.example", headers=browser, cookies=sent
            ) as client:
                yield client

    return coming
