"""Parked keys that an operator released: the running consumer handles their messages again, in order."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Collection, Sequence

from aiokafka import TopicPartition
from booking_events import Envelope, Undecodable, decode
from event_store import Event

from service_kit.consumed import Consumed, Unhandled, Where
from service_kit.context import Context
from service_kit.database import TRANSIENT, Connection
from service_kit.outbox import say

log = logging.getLogger("consumer")

Handled = Callable[[Connection, Envelope, Where], Awaitable[Sequence[Event]]]


class Releases:
    """`handled` handles one message, or raises `Unhandled`."""

    def __init__(self, context: Context, consumer_name: str, consumed: Consumed, handled: Handled) -> None:
        self._context = context
        self._consumer_name = consumer_name
        self._consumed = consumed
        self._handled = handled

    async def take_up(self, assigned: Collection[TopicPartition]) -> None:
        """Handle the released keys of `assigned`, each in a transaction of its own; what fails again waits again."""
        database = self._context.database
        try:
            async with database.connection() as connection:
                released = await self._consumed.released(connection)
            for partition, key in released:
                if partition not in assigned:
                    continue
                facts = {"consumer": self._consumer_name, "topic": partition.topic}
                try:
                    async with database.transaction() as connection:
                        await self._key(connection, partition, key)
                    log.info("released", extra=facts)
                except Unhandled as failed:
                    offset = failed.where[1] if failed.where else 0
                    async with database.transaction() as connection:
                        await self._consumed.hold_again(connection, partition, key, offset, failed.reason)
                    log.error("parked", extra=facts)
        except TRANSIENT as error:  # looked at again a second later
            log.warning("retrying", extra={"consumer": self._consumer_name, "error": type(error).__name__})

    async def _key(self, connection: Connection, partition: TopicPartition, key: str) -> None:
        await self._consumed.lock(connection, [partition])
        facts: list[Event] = []
        for parked in await self._consumed.take_up(connection, partition, key):
            try:
                envelope = decode(parked.headers, parked.value)
            except Undecodable as error:
                raise Unhandled((partition, parked.offset), str(error), surely=True) from None
            if envelope.data is not None:
                facts += await self._handled(connection, envelope, (partition, parked.offset))
        await say(connection, facts)
