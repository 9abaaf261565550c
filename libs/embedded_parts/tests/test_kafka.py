"""Kafka: pinned jars, and a broker that keeps its records whatever ends it."""

import hashlib
import os
import signal
from pathlib import Path

import pytest
from confluent_kafka.admin import AdminClient, NewTopic  # type: ignore[attr-defined]
from embedded_parts import Kafka, PartFailed, kafka_jars

from .records import hear, say


def _create(bootstrap: str, topic: str) -> None:
    admin = AdminClient({"bootstrap.servers": bootstrap})
    admin.create_topics([NewTopic(topic, 1, 1)])[topic].result(20)


def test_a_killed_broker_starts_again_on_the_same_port_with_what_was_acknowledged(tmp_path: Path) -> None:
    broker = Kafka(tmp_path / "data").start()
    try:
        address = broker.bootstrap
        _create(address, "kept")
        say(address, "kept", b"one")
        os.kill(broker.pid, signal.SIGKILL)
        broker.stop()
        broker = Kafka(tmp_path / "data").start()
        assert broker.bootstrap == address
        say(address, "kept", b"two")
        assert hear(address, "kept", 2) == [b"one", b"two"]
        with pytest.raises(PartFailed, match="Another Kafka is running on the data folder"):
            Kafka(tmp_path / "data").start()
    finally:
        broker.stop()
    assert not broker.running


def test_every_jar_is_pinned_once_with_a_version_and_a_whole_sha256() -> None:
    jars = kafka_jars.pinned()
    assert "org.apache.kafka:kafka_2.13:4.3.1" in {str(jar) for jar in jars}
    assert len({(jar.group, jar.artifact) for jar in jars}) == len(jars) > 40
    assert all(len(jar.sha256) == 64 and int(jar.sha256, 16) for jar in jars)
    assert "://" not in kafka_jars.PINS.read_text()


def test_a_jar_that_is_not_the_pinned_one_stops_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A jar of that name with other content is neither used nor kept, and what is fetched instead is checked too."""
    true_jar = next(jar for jar in kafka_jars.pinned() if jar.artifact == "jspecify")
    pins = tmp_path / "kafka_jars.txt"
    pins.write_text(f"{hashlib.sha256(b'something else').hexdigest()}  {true_jar}\n")
    cache = tmp_path / "cache"
    forged = cache / true_jar.path
    forged.parent.mkdir(parents=True)
    forged.write_bytes(b"forged")
    monkeypatch.setenv("M2_REPO", str(cache))
    monkeypatch.setattr(kafka_jars, "PINS", pins)
    with pytest.raises(PartFailed, match="jspecify"):
        Kafka(tmp_path / "data").start()
    assert not forged.exists() or forged.read_bytes() != b"forged"
