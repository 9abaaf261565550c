"""The catalogue is what the services do: each topic has its owner's relay, exactly its readers, and examples."""

from __future__ import annotations

import re
from pathlib import Path

from booking_events import EVENTS, TOPICS
from booking_events.golden import goldens
from service_kit.consuming import Consumer
from service_kit.lifecycle import Service
from service_kit.relaying import Relay

ROOT = Path(__file__).parents[2]
TOPIC = re.compile(r"\b[a-z]+\.[a-z]+\.v\d+\b")


def consumers(service: Service) -> list[Consumer]:
    return [task for task in service.background if isinstance(task, Consumer)]


async def test_each_topic_is_read_by_exactly_the_readers_that_the_catalogue_names(
    services: dict[str, Service],
) -> None:
    reading = [(consumer, name) for name, service in services.items() for consumer in consumers(service)]
    read = {(topic, name) for consumer, name in reading for topic in consumer.topics}
    assert read == {(topic.name, reader) for topic in TOPICS.values() for reader in topic.readers}


async def test_each_owner_runs_a_relay_and_nobody_else_does(services: dict[str, Service]) -> None:
    speaking = {name for name, service in services.items() if any(isinstance(t, Relay) for t in service.background)}
    assert speaking == {topic.owner for topic in TOPICS.values()}


async def test_a_service_that_reads_follows_with_the_positions_that_it_answers(services: dict[str, Service]) -> None:
    for service in services.values():
        followers = service.app.state.context.followers
        assert all(consumer in followers for consumer in consumers(service))


def test_each_topic_has_a_purpose_and_an_example_of_each_of_its_events() -> None:
    shown = {golden.model for golden in goldens() if golden.file.parent.name == "examples"}
    assert shown == set(EVENTS.values())
    assert {model.topic for model in shown} == TOPICS.keys()
    assert all(topic.purpose for topic in TOPICS.values())


def test_no_service_names_a_topic_that_the_catalogue_does_not_hold() -> None:
    named = {
        topic
        for file in ROOT.glob("services/*/src/**/*.py")
        for topic in TOPIC.findall(file.read_text())
        if topic.split(".")[0] in {known.split(".")[0] for known in TOPICS}
    }
    assert named <= TOPICS.keys()
    assert named
