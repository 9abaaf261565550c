"""A crowd that books in the running demo through both booking processes, with the load generator of the benchmark."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

from joserfc.jwk import OKPKey

from bench.booking.balancer import Balancer
from bench.booking.load import Outcome, at_pace, booker
from bench.booking.wishes import Issuer, make_known

from .running import RunningDemo

BOOKING = ("booking", "booking-2")


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
    make_known(demo.facts["databases"]["booking"], wishes)
    outcome, ending = Outcome(), asyncio.Event()
    async with Balancer(list(zip(demo.booking, healths, strict=True))) as balancer:
        act = booker(balancer, outcome)
        load = asyncio.create_task(at_pace(act, iter(wishes), per_second, seconds_max, ending=ending))
        try:
            yield outcome, balancer
        finally:
            ending.set()
            await load
