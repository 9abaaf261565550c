"""Records said to a broker and heard from it, by a client that nobody here wrote."""

import time
from typing import Any

from confluent_kafka import Consumer, Producer


def say(bootstrap: str, topic: str, text: bytes, seconds_max: float = 60, **settings: Any) -> None:
    producer = Producer({"bootstrap.servers": bootstrap, "enable.idempotence": True, **settings})
    producer.produce(topic, text)
    assert producer.flush(seconds_max) == 0


def hear(bootstrap: str, topic: str, count: int, seconds_max: float = 60) -> list[bytes]:
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "test", "auto.offset.reset": "earliest"})
    consumer.subscribe([topic])
    heard: list[bytes] = []
    deadline = time.monotonic() + seconds_max
    try:
        while len(heard) < count and time.monotonic() < deadline:
            record = consumer.poll(0.5)
            if record is not None and record.error() is None:
                heard.append(record.value() or b"")
    finally:
        consumer.close()
    return heard
