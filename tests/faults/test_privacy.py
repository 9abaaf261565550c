"""A patient with a name like nobody else's walks the path; then no log, no trace and no record knows that name."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from demo.journey.play import play
from demo.journey.stage import Stage
from embedded_parts.otlp import OtlpReceiver

from .running import RunningDemo

pytestmark = pytest.mark.timeout(900)
# The practice's own words for its motives are public, and this topic carries them; no appointment does.
_SAYS_MOTIVES = "availability.agendas.v1"


async def test_nothing_that_names_the_patient_is_in_a_log_a_trace_a_metric_or_a_topic(
    demo: RunningDemo, receiver: OtlpReceiver
) -> None:
    stage = await asyncio.to_thread(play, demo.facts)
    words = canaries(stage)
    files = dict(_files(demo.data))
    files |= {f"OTLP {path} {number}": body for number, (path, body) in enumerate(receiver.bodies)}
    files |= {f"metrics of {name}": body for name, body in demo.metrics()}
    records = [(topic, data) async for topic, data in _records(demo.facts["kafka"])]
    # What must be there, so that looking in the wrong place cannot pass for finding nothing.
    assert any(name.endswith(".traces.jsonl") and b"booking" in text for name, text in files.items())
    assert any(name.startswith("OTLP /v1/logs") and b"request" in text for name, text in files.items())
    assert b"http_server_request_duration_seconds" in files["metrics of booking"]
    assert {"booking.log", "accounts.log", "notification.log"} <= {Path(name).name for name in files if files[name]}
    id_ = stage.facts["appointment"]["id"].encode()
    assert sum(id_ in data for topic, data in records if topic == "booking.appointments.v1") >= 2
    motive = stage.facts["motive"]["name"]
    assert any(holds(data, motive) for topic, data in records if topic == _SAYS_MOTIVES)
    leaks = [(name, word) for name, text in files.items() for word in words if holds(text, word)]
    leaks += [
        (topic, word)
        for topic, data in records
        for word in words
        if holds(data, word) and not (word == motive and topic == _SAYS_MOTIVES)
    ]
    assert leaks == []


def test_the_search_for_leaks_finds_a_word_however_it_is_written() -> None:
    for written in ('{"name": "Éloïse"}', json.dumps("Éloïse"), quote("Éloïse"), "ÉLOÏSE", "a=%C3%A9lo%C3%AFse"):
        assert holds(written.encode(), "Éloïse"), written
    assert not holds(b"Eloge", "\u00c9lo\u00efse")


def canaries(stage: Stage) -> list[str]:
    patient = stage.patient
    local, _, _ = patient.email.partition("@")
    words = [patient.first_name, patient.last_name, patient.relative_first_name, patient.email, local]
    words += [patient.phone, patient.phone.removeprefix("+33"), patient.answer, "coude gauche", patient.password]
    return [*words, stage.facts["motive"]["name"]]


def holds(text: bytes, word: str) -> bool:
    lower = text.decode(errors="replace").lower()
    spellings = {word, json.dumps(word)[1:-1], quote(word), quote(word, safe=""), quote(word.lower())}
    return any(spelling.lower() in lower for spelling in spellings)


def _files(data: Path) -> Iterator[tuple[str, bytes]]:
    """Every log and trace of the demo: the services', the broker's, the database's, and what the terminal showed."""
    for file in [*data.rglob("*.log*"), *data.rglob("*.jsonl"), data.with_suffix(".txt")]:
        if file.is_file() and "kafka/log" not in str(file.relative_to(data.parent)):
            yield str(file.relative_to(data.parent)), file.read_bytes()


async def _records(bootstrap: str) -> AsyncIterator[tuple[str, bytes]]:
    """Every record of every topic: key, value and headers."""
    partitions = await _partitions(bootstrap)
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        consumer.assign(partitions)
        ends = await consumer.end_offsets(partitions)
        unread = {partition for partition in partitions if ends[partition] > 0}
        while unread:
            for partition, records in (await consumer.getmany(timeout_ms=500, max_records=2000)).items():
                for record in records:
                    headers = b" ".join(name.encode() + b"=" + value for name, value in record.headers)
                    yield partition.topic, b" ".join((record.key or b"", record.value or b"", headers))
            unread = {partition for partition in unread if await consumer.position(partition) < ends[partition]}
    finally:
        await consumer.stop()


async def _partitions(bootstrap: str) -> list[TopicPartition]:
    # Asked of the broker: a consumer that follows nothing yet may know of no topic at all.
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        return [
            TopicPartition(topic["topic"], partition["partition"])
            for topic in await admin.describe_topics()
            for partition in topic["partitions"]
        ]
    finally:
        await admin.close()
