"""A crowd that books in the running demo through both booking processes, with the load generator of the benchmark."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

import psycopg
from booking_events.accounts import PersonRegistered
from event_store import EventStore
from joserfc.jwk import OKPKey
from service_kit.outbox import to_outbox

from bench.booking.balancer import Balancer
from bench.booking.load import Outcome, Poster, at_pace, booker
from bench.booking.wishes import Issuer, Wish

from .running import RunningDemo, until

BOOKING = ("booking", "booking-2")
_AT_ONCE = 500


@asynccontextmanager
async def crowd(demo: RunningDemo, per_second: float, seconds_max: float) -> AsyncIterator[tuple[Outcome, Balancer]]:
    """Within it bookings go on at that pace; at its end what is under way is answered."""
    ports = json.loads((demo.data / "ports.json").read_text())
    healths = [f"http://127.0.0.1:{ports[f'{name}-health']}" for name in BOOKING]
    keys = demo.data / "keys"
    token_key = OKPKey.import_key(json.loads((keys / "tokens.jwk.json").read_text()))
    # By the demo's own clock, which its path has moved.
    now = datetime.fromisoformat(demo.api.get("control", "/clock")["now"])
    wishes = Issuer(token_key, (keys / "offers.jwk.json").read_text()).wishes(round(per_second * seconds_max), now)
    await register(demo.facts["databases"], wishes, now)
    async with (
        Balancer(list(zip(demo.booking, healths, strict=True))) as balancer,
        arriving(balancer, wishes, per_second) as outcome,
    ):
        yield outcome, balancer


@asynccontextmanager
async def arriving(front: Poster, wishes: Sequence[Wish], per_second: float) -> AsyncIterator[Outcome]:
    """Within it those who are known arrive, until all have; at its end what is under way is answered."""
    outcome, ending = Outcome(), asyncio.Event()
    act, seconds_max = booker(front, outcome), len(wishes) / per_second
    load = asyncio.create_task(at_pace(act, iter(wishes), per_second, seconds_max, ending=ending))
    try:
        yield outcome
    finally:
        ending.set()
        await load


async def register(databases: Mapping[str, str], wishes: Sequence[Wish], now: datetime) -> None:
    """Accounts says of each that they registered, in its own log, so that booking hears it as it hears everything."""
    facts = [to_outbox(PersonRegistered(person_id=one.person, account_id=one.account), now) for one in wishes]
    async with EventStore(databases["accounts"]) as store:
        for first in range(0, len(facts), _AT_ONCE):
            await store.append(facts[first : first + _AT_ONCE])
    accounts = [one.account for one in wishes]

    def heard() -> bool:
        with psycopg.connect(databases["booking"]) as connection:
            words = "SELECT count(*) FROM bookable_person WHERE account_id = ANY(%s)"
            return connection.execute(words, [accounts]).fetchone() == (len(accounts),)

    await asyncio.to_thread(until, "booking has heard of the crowd", heard, 120)
