"""From Kafka: the next free slots that availability speaks of, kept in the consumer's transaction."""

from __future__ import annotations

from booking_events import Envelope
from booking_events.availability import NextAvailabilityChanged
from service_kit.clock import Clock
from service_kit.consuming import Poison
from service_kit.database import Connection

from directory.application.ports import NextSlots
from directory.application.react import Unreadable, next_free

TOPICS = ("availability.next.v1",)


class Listener:
    """Handles one event each time; unknown types are passed over."""

    def __init__(self, slots: NextSlots, clock: Clock) -> None:
        self._slots = slots
        self._clock = clock

    async def handle(self, connection: Connection, envelope: Envelope) -> None:
        """Keep the newest news of an agenda."""
        if isinstance(envelope.data, NextAvailabilityChanged):
            try:
                news = next_free(envelope.data)
            except Unreadable as error:
                raise Poison(str(error)) from None
            await self._slots.replace(connection, news, self._clock.now())
