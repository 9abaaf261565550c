"""A crowd that books through all booking processes, with the load generator of the benchmark; and what became of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from typing import Any, Protocol

import psycopg
from booking_events.accounts import PersonRegistered
from demo.api import Api
from event_store import EventStore
from joserfc.jwk import OKPKey
from service_kit.outbox import to_outbox

from bench.booking.load import Outcome, Poster, at_pace, booker
from bench.booking.wishes import Issuer, Wish

from .stack import until

_AT_ONCE = 500


class Booked(Protocol):
    """What a crowd needs of a `Stack`."""

    @property
    def facts(self) -> Mapping[str, Any]: ...

    @property
    def api(self) -> Api: ...

    def keys(self) -> tuple[str, str]: ...

    def database(self, name: str) -> str: ...

    def front(self) -> AbstractAsyncContextManager[Poster]: ...


@asynccontextmanager
async def crowd(demo: Booked, per_second: float, seconds_max: float) -> AsyncIterator[Outcome]:
    """Within it bookings go on at that pace; at its end what is under way is answered."""
    token_key, offer_key = demo.keys()
    # By the demo's own clock, which its path has moved.
    now = demo.api.now()
    issuer = Issuer(OKPKey.import_key(json.loads(token_key)), offer_key)
    # Of practitioners whom notification knows: it looks for an address, and finds that there is none.
    known = [practitioner["id"] for practitioner in demo.facts.get("practitioners", ())]
    wishes = issuer.wishes(round(per_second * seconds_max), now, known)
    await _register(demo, wishes, now)
    outcome, ending = Outcome(), asyncio.Event()
    async with demo.front() as front:
        act = booker(front, outcome)
        load = asyncio.create_task(at_pace(act, iter(wishes), per_second, seconds_max, ending=ending))
        try:
            yield outcome
        finally:
            ending.set()
            await load


async def _register(demo: Booked, wishes: Sequence[Wish], now: datetime) -> None:
    """Accounts says of each that they registered, in its own log, so that booking hears it as it hears everything."""
    facts = [to_outbox(PersonRegistered(person_id=one.person, account_id=one.account), now) for one in wishes]
    async with EventStore(demo.database("accounts")) as store:
        for first in range(0, len(facts), _AT_ONCE):
            await store.append(facts[first : first + _AT_ONCE])
    accounts = [one.account for one in wishes]

    def heard() -> bool:
        with psycopg.connect(demo.database("booking")) as connection:
            words = "SELECT count(*) FROM bookable_person WHERE account_id = ANY(%s)"
            return connection.execute(words, [accounts]).fetchone() == (len(accounts),)

    await asyncio.to_thread(until, "booking has heard of the crowd", heard, 120)
