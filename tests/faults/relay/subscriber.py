"""The outside judge's ear: a plain aiokafka consumer of what is committed, without a group and without our code."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

from aiokafka import AIOKafkaConsumer, TopicPartition

from .judge import Fact, Heard

_TYPES = tuple(
    f"rendezvous.booking.{name}.v1".encode()
    for name in ("SlotHeld", "HoldReleased", "HoldExpired", "HoldExtended", "AppointmentConfirmed",
                 "AppointmentCancelled")
)  # fmt: skip


class Subscriber:
    """Within it, all of `topic` from its beginning, as it comes; what it does not know it skips.

    `count` is how many records it heard, `last_at` when the last came (monotonic seconds).
    """

    def __init__(
        self, bootstrap: str, topic: str, partitions: int, *, isolation: str = "read_committed", wait_ms: int = 100
    ) -> None:
        self._places = [TopicPartition(topic, number) for number in range(partitions)]
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=bootstrap,
            isolation_level=isolation,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=wait_ms,
        )
        self._portions: list[tuple[float, Sequence[Any]]] = []
        self._hearing: asyncio.Task[None] | None = None
        self.count = 0
        self.last_at = 0.0

    async def __aenter__(self) -> Self:
        await self._consumer.start()
        self._consumer.assign(self._places)
        await self._consumer.seek_to_beginning(*self._places)
        self._hearing = asyncio.create_task(self._hear())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._hearing is not None:
            self._hearing.cancel()
            await asyncio.gather(self._hearing, return_exceptions=True)
        await self._consumer.stop()

    async def _hear(self) -> None:
        while True:
            found = await self._consumer.getmany(timeout_ms=200)
            now = time.time()
            for records in found.values():
                known = [record for record in records if dict(record.headers)["ce_type"] in _TYPES]
                if known:
                    self._portions.append((now, known))
                    self.count += len(known)
                    self.last_at = time.monotonic()

    def heard(self, since: int = 0) -> list[Heard]:
        """In the order of arrival; the first `since` are left out."""
        self._raise_what_ended_it()
        flat = [(now, record) for now, records in self._portions for record in records][since:]
        return [_heard(now, record) for now, record in flat]

    def _raise_what_ended_it(self) -> None:
        if self._hearing is not None and self._hearing.done() and not self._hearing.cancelled():
            self._hearing.result()


def _heard(now: float, record: Any) -> Heard:
    headers = dict(record.headers)
    fact = Fact(int(headers["ce_sequence"]), headers["ce_id"].decode(), record.key.decode())
    return Heard(record.partition, record.offset, fact, now)
