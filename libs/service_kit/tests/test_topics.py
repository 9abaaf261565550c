"""Topics as they are declared, on a real broker."""

from __future__ import annotations

import asyncio
import uuid

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from booking_events.topics import BrokerTopic
from service_kit.topics import TopicsNotMade, ensure_topics, main


def _fresh(partitions: int = 3) -> BrokerTopic:
    return BrokerTopic(f"made.{uuid.uuid4()}.v1", "a test", partitions, {"cleanup.policy": "compact"}, (), ())


def test_what_is_missing_is_made_once_and_as_declared(kafka_bootstrap: str) -> None:
    first, second = _fresh(), _fresh(1)

    assert ensure_topics(kafka_bootstrap, [first]) == [first.name]
    assert ensure_topics(kafka_bootstrap, [first, second]) == [second.name]
    assert ensure_topics(kafka_bootstrap, [first, second]) == []


async def test_a_topic_has_the_partitions_and_settings_that_are_declared(kafka_bootstrap: str) -> None:
    topic = _fresh()
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_bootstrap)
    await admin.start()
    try:
        await asyncio.to_thread(ensure_topics, kafka_bootstrap, [topic])
        described = (await admin.describe_topics([topic.name]))[0]
        answers = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic.name)])
    finally:
        await admin.close()

    settings = {entry[0]: entry[1] for answer in answers for resource in answer.resources for entry in resource[4]}
    assert len(described["partitions"]) == topic.partitions
    assert settings["cleanup.policy"] == "compact"


def test_what_a_broker_refuses_is_said_with_the_name_of_the_topic(kafka_bootstrap: str) -> None:
    topic = _fresh()

    with pytest.raises(TopicsNotMade, match=rf"{topic.name} could not be made: InvalidReplicationFactorError"):
        ensure_topics(kafka_bootstrap, [topic], replicas=99)


def test_a_broker_that_is_away_and_a_wrong_word_end_with_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:9")

    with pytest.raises(SystemExit, match="The topics could not be made"):
        main([])
    with pytest.raises(SystemExit, match="usage"):
        main(["three"])
