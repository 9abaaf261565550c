"""Every process is restarted, one after the other, while people book: not one request fails, not one event is lost."""

from __future__ import annotations

import asyncio
import os

import pytest

from .conftest import Tally
from .heard import judged_crowd
from .stack import FULL, Stack

pytestmark = pytest.mark.timeout(900)
PER_SECOND = int(os.environ.get("PACE") or (50 if FULL else 10))
_BETWEEN_SECONDS = 3.0


async def test_no_request_fails_while_every_process_is_restarted_in_turn(stack: Stack, tally: Tally) -> None:
    found = tally["rolling_restart"] = {"restarted": len(stack.restarted), "bookings_per_s": PER_SECOND}
    async with judged_crowd(stack, found, PER_SECOND, seconds_max=len(stack.restarted) * 60) as outcome:
        await asyncio.sleep(_BETWEEN_SECONDS)
        for name in stack.restarted:
            before = outcome.confirmed
            await asyncio.to_thread(stack.restart, name)
            await asyncio.sleep(_BETWEEN_SECONDS)
            meanwhile = outcome.confirmed - before
            print(f"restarted {name}: {meanwhile} booked meanwhile, {dict(outcome.answers)}", flush=True)
            assert meanwhile > 0
