"""The sender: a background task that tries each message when its time has come, several at once, each for itself.

Of a channel whose server is away, or accounts behind it, one message at a time is tried until one gets through:
thousands that wait cost nothing then, and the other channel goes on.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime

from service_kit.database import TRANSIENT
from service_kit.figures import Seen, gauge

from notification.application.ports import Claimed
from notification.domain.due import after_an_error
from notification.domain.outcome import Failed, Outcome, Sent, TryLater, Unknown
from notification.domain.planning import CHANNELS, Channel
from notification.entrypoints.attempt import Attempt, Desk

log = logging.getLogger("sender")

AT_ONCE_MAX = 8
"""Of each channel."""
POLL_SECONDS = 0.3
AGAIN_SECONDS = 0.02
"""To the next look where more are due: several are taken up by one statement then."""
PROBE_EVERY_SECONDS = 1
DRAIN_SECONDS = 8
LOST_EVERY_SECONDS = 10


class Sender:
    """Any number of processes may run one: a message is handed over by whoever marks it first."""

    name = "sender"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._flying: dict[asyncio.Task[Outcome], Claimed] = {}
        self._look_at = dict.fromkeys(CHANNELS, 0.0)
        self._probe_at: dict[Channel, float] = {}
        self._late_since: dict[Channel, datetime | None] = {}
        gauge("message.oldest_age", "s", "since the oldest message was due that has not gone out", self._seen)

    def _seen(self) -> list[Seen]:
        now = self._desk.clock.now()
        return [
            ((now - since).total_seconds() if since else 0.0, {"channel": channel})
            for channel, since in self._late_since.items()
        ]

    async def run(self) -> None:
        """Until cancelled, or until the database fails: what is under way goes on then, and the next run takes it up.

        What is being handed over when it is cancelled is finished first.
        """
        loop = asyncio.get_running_loop()
        swept_at = -LOST_EVERY_SECONDS * 1.0
        try:
            while True:
                if loop.time() - swept_at >= LOST_EVERY_SECONDS:
                    swept_at = loop.time()
                    await self._sweep()
                for channel in CHANNELS:
                    await self._start(channel)
                await self._wait()
        except asyncio.CancelledError:
            if self._flying:
                await asyncio.wait(self._flying, timeout=DRAIN_SECONDS)
            for task in self._flying:
                task.cancel()
            raise

    async def _sweep(self) -> None:
        now = self._desk.clock.now()
        await self._desk.mailroom.give_up_lost(now)
        for channel in CHANNELS:
            self._late_since[channel] = await self._desk.mailroom.late_since(now, channel)

    async def _start(self, channel: Channel) -> None:
        free, now = self._free(channel), asyncio.get_running_loop().time()
        if free <= 0 or now < self._look_at[channel]:
            return
        found = await self._desk.mailroom.claim(self._desk.clock.now(), channel, free)
        self._look_at[channel] = now + (POLL_SECONDS if len(found) < free else AGAIN_SECONDS)
        for claimed in found:
            task = asyncio.create_task(Attempt(self._desk, claimed).run())
            self._flying[task] = claimed

    def _free(self, channel: Channel) -> int:
        """How many more may be tried now."""
        width, probe_at = AT_ONCE_MAX, self._probe_at.get(channel)
        if probe_at is not None:
            width = 1 if asyncio.get_running_loop().time() >= probe_at else 0
        return width - sum(claimed.channel == channel for claimed in self._flying.values())

    def _learn(self, channel: Channel, outcome: Outcome) -> None:
        """What an attempt has shown of the other side; those that did not get as far show nothing."""
        match outcome:
            case TryLater(of_all=True):
                self._probe_at[channel] = asyncio.get_running_loop().time() + PROBE_EVERY_SECONDS
            case Sent() | TryLater() | Failed() | Unknown():
                self._probe_at.pop(channel, None)

    async def _wait(self) -> None:
        now = asyncio.get_running_loop().time()
        looks = [at - now for channel, at in self._look_at.items() if self._free(channel) > 0]
        pause = max(0.0, min([POLL_SECONDS, *looks]))
        if not self._flying:
            await asyncio.sleep(pause)
            return
        done, _ = await asyncio.wait(self._flying, timeout=pause, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            claimed = self._flying.pop(task)
            error = task.exception()
            if isinstance(error, TRANSIENT):
                raise error
            if error is not None:
                await self._bad_record(claimed, error)
            else:
                self._learn(claimed.channel, task.result())

    async def _bad_record(self, claimed: Claimed, error: BaseException) -> None:
        """A message that cannot be written: noted with the kind of error, tried a few times, no trouble to others."""
        kind = type(error).__name__
        log.error(
            "a message failed", extra={"message_id": claimed.message_id, "attempt": claimed.attempts}, exc_info=error
        )
        outcome = after_an_error(claimed.attempts, kind)
        now = self._desk.clock.now()
        await self._desk.mailroom.settle([claimed.message_id], outcome, now, handed_over=False)
