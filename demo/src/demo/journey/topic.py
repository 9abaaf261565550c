"""Reading the published events back from Kafka as any subscriber would: CloudEvents in binary mode."""

import asyncio
import time
from collections.abc import Iterator

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from booking_events import TOPICS, booking, decode

from demo.api import StepFailed

_TOPIC = "booking.appointments.v1"
_SECONDS_MAX = 30.0


def find_events(bootstrap: str, wanted: set[tuple[str, str]]) -> dict[str, int]:
    """The positions of the wanted events, each named by its type and by the id of its hold or appointment."""
    return asyncio.run(_find(bootstrap, wanted))


async def _find(bootstrap: str, wanted: set[tuple[str, str]]) -> dict[str, int]:
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, isolation_level="read_committed", auto_offset_reset="earliest"
    )
    await consumer.start()
    found: dict[str, int] = {}
    left = set(wanted)
    try:
        consumer.assign([TopicPartition(_TOPIC, number) for number in range(TOPICS[_TOPIC].partitions)])
        deadline = time.monotonic() + _SECONDS_MAX
        while left and time.monotonic() < deadline:
            for records in (await consumer.getmany(timeout_ms=200)).values():
                for name, id_, sequence in _named(records):
                    if (name, id_) in left:
                        left.discard((name, id_))
                        found[name] = sequence
    finally:
        await consumer.stop()
    if left:
        raise StepFailed(f"Kafka does not carry {', '.join(sorted(name for name, _ in left))}.")
    return found


def _named(records: list[ConsumerRecord]) -> Iterator[tuple[str, str, int]]:
    for record in records:
        headers = [(name, bytes(value)) for name, value in record.headers]
        if dict(headers).get("ce_specversion") != b"1.0":
            raise StepFailed("A record of the topic is no CloudEvent in binary mode.")
        envelope = decode(headers, record.value)
        match envelope.data:
            case booking.SlotHeld(hold_id=id_) | booking.AppointmentConfirmed(appointment_id=id_):
                yield type(envelope.data).__name__, id_, envelope.sequence
            case booking.AppointmentCancelled(appointment_id=id_):
                yield "AppointmentCancelled", id_, envelope.sequence
            case _:
                pass
