"""Records into a service's tables: effects, positions and parked keys of a batch in one transaction, or none of it."""

from __future__ import annotations

import asyncio
import logging
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence

import psycopg
from aiokafka import ConsumerRecord, TopicPartition
from booking_events import Envelope, PublicEvent, Undecodable, decode
from event_store import Event
from opentelemetry.trace import SpanKind
from opentelemetry.util.types import AttributeValue

from service_kit.consumed import Consumed, Unhandled, Where
from service_kit.context import Context
from service_kit.database import TRANSIENT, Connection
from service_kit.outbox import say, to_outbox
from service_kit.telemetry import context_from, links_to, spanned

log = logging.getLogger("consumer")

ATTEMPTS_MAX = 3
WAIT_SECONDS_MAX = 5.0

Handle = Callable[[Connection, Envelope], Awaitable[Sequence[PublicEvent] | None]]
HandleMany = Callable[[Connection, Sequence[Envelope]], Awaitable[Sequence[PublicEvent] | None]]
Records = Sequence[ConsumerRecord[bytes, bytes]]
Batch = Mapping[TopicPartition, Records]

UNFIT = (
    ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError,
    psycopg.DataError, psycopg.IntegrityError,
)  # fmt: skip
"""What code raises that a message does not fit. Anything else (a missing table, say) concerns every message alike."""


class Poison(Exception):
    """This message can never be handled; its key is parked. The message is a constant: it says nothing of anybody."""


class Applier:
    """Applies batches for the consumer `name`, with `handle` one by one or, while all is well, with `many` at once."""

    def __init__(
        self, context: Context, name: str, consumed: Consumed, handle: Handle, many: HandleMany | None = None
    ) -> None:
        self._context = context
        self._name = name
        self._consumed = consumed
        self._handle = handle
        self._many = many

    async def apply(self, batch: Batch) -> None:
        """Until it is done: a transient error is waited out, a message that does not fit is parked with its key."""
        unfit: dict[Where, str] = {}
        tries: Counter[Where] = Counter()
        attempt, many = 0, self._many
        while True:
            try:
                await self._transaction(batch, unfit, many)
                return
            except Unhandled as failed:
                if failed.where is None:  # some of them do not fit: which ones, tells one after the other
                    many = None
                    continue
                tries[failed.where] += 1
                if failed.surely or tries[failed.where] >= ATTEMPTS_MAX:
                    # All is rolled back; the next try parks this message with those of its key behind it.
                    unfit[failed.where] = failed.reason
                    facts = {"consumer": self._name, "topic": failed.where[0].topic}
                    log.error("parked", extra=facts, exc_info=failed.__cause__)
                    continue
                attempt, reason = tries[failed.where], failed.reason
            except (*TRANSIENT, OSError) as error:
                attempt, reason = attempt + 1, type(error).__name__
            log.warning("retrying", extra={"consumer": self._name, "error": reason, "attempt": attempt})
            await asyncio.sleep(min(0.1 * 2**attempt, WAIT_SECONDS_MAX) * random.uniform(0.5, 1))  # noqa: S311 (jitter)

    async def _transaction(self, batch: Batch, unfit: Mapping[Where, str], many: HandleMany | None) -> None:
        facts: list[Event] = []
        wanted: list[Envelope] = []
        async with self._context.database.transaction() as connection:
            places = await self._consumed.lock(connection, batch)
            stand: dict[TopicPartition, tuple[int, int]] = {}
            for partition, records in batch.items():
                sequence, waiting = places[partition].sequence, set(places[partition].parked)
                for record in records:
                    where = partition, record.offset
                    key = (record.key or b"").decode(errors="replace")
                    envelope = _decoded(record, where, parked=key in waiting or where in unfit)
                    if envelope is not None and envelope.sequence <= sequence:
                        continue  # seen before, here or by another process of the group
                    if key in waiting or where in unfit:
                        reason = "behind a parked message" if key in waiting else unfit[where]
                        await self._consumed.park(connection, record, key, reason)
                        waiting.add(key)
                    elif envelope is not None and envelope.data is not None:
                        if many is None:
                            facts += await self.handled(connection, envelope, where)
                        else:
                            wanted.append(envelope)
                    sequence = max(sequence, envelope.sequence if envelope is not None else 0)
                stand[partition] = records[-1].offset + 1, sequence
            if many is not None and wanted:
                facts += await self._handled_together(connection, many, wanted)
            await self._consumed.keep(connection, stand)
            await say(connection, facts)

    async def handled(self, connection: Connection, envelope: Envelope, where: Where) -> Sequence[Event]:
        """The facts that follow from one message. Raises `Unhandled`."""
        parent = context_from(envelope.traceparent)
        about = self._about() | {"messaging.kafka.offset": where[1], "cloudevents.event_type": envelope.type}
        with spanned(f"process {envelope.type}", parent, SpanKind.CONSUMER, about):
            try:
                facts = await self._handle(connection, envelope) or ()
                # Within the span, so that what follows from a fact goes on in its trace.
                return [to_outbox(fact, self._context.clock.now()) for fact in facts]
            except Poison as error:
                raise Unhandled(where, str(error), surely=True) from error
            except UNFIT as error:
                raise Unhandled(where, type(error).__name__, surely=False) from error

    async def _handled_together(
        self, connection: Connection, many: HandleMany, envelopes: Sequence[Envelope]
    ) -> Sequence[Event]:
        about = self._about() | {"messaging.batch.message_count": len(envelopes)}
        links = links_to(envelope.traceparent for envelope in envelopes)
        with spanned("process batch", None, SpanKind.CONSUMER, about, links):
            try:
                facts = await many(connection, envelopes) or ()
                return [to_outbox(fact, self._context.clock.now()) for fact in facts]
            except (Poison, *UNFIT) as error:
                raise Unhandled(None, type(error).__name__, surely=False) from error

    def _about(self) -> dict[str, AttributeValue]:
        return {
            "messaging.system": "kafka",
            "messaging.operation.type": "process",
            "messaging.consumer.group.name": f"{self._context.service}.{self._name}",
        }


def _decoded(record: ConsumerRecord[bytes, bytes], where: Where, *, parked: bool) -> Envelope | None:
    """None for one that cannot be read and is put aside in any case. Raises `Unhandled`."""
    try:
        return decode(record.headers, record.value)
    except Undecodable as error:
        if parked:
            return None
        raise Unhandled(where, str(error), surely=True) from None
