"""How old what waits is told to be, whatever the clock of who said it."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
from aiokafka import ConsumerRecord, TopicPartition
from service_kit.lagging import Lag

TOPIC = "directory.practitioners.v1"


def record(said: datetime, in_kafka: float) -> ConsumerRecord[bytes, bytes]:
    headers = [("ce_time", said.isoformat().encode())]
    return ConsumerRecord(TOPIC, 0, 7, round(in_kafka * 1000), 0, b"key", b"{}", None, 3, 2, tuple(headers))


@pytest.mark.parametrize(
    ("said_ago", "age"),
    [
        (timedelta(minutes=30), 1800),  # the broker was away: the fact is older than its record
        (timedelta(minutes=-20), 300),  # said by a clock that is ahead
    ],
)
def test_a_record_is_as_old_as_its_fact_and_at_least_as_long_as_it_stands_in_kafka(
    said_ago: timedelta, age: float
) -> None:
    lag = Lag("tests", [TOPIC])
    now = datetime.now(UTC)
    lag.took({TopicPartition(TOPIC, 0): [record(now - said_ago, time.time() - 300)]})
    assert lag.oldest_age(TOPIC) == pytest.approx(age, abs=30)
    assert lag.seconds_behind() == pytest.approx(300, abs=30)
