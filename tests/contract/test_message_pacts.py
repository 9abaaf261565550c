"""Pacts of each pair that exchanges events: the reader's handler needs no more, the owner's publisher says no less."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from booking_events import TOPICS, Record
from pact import Verifier
from service_kit.lifecycle import Service

from .conftest import blueprint
from .heard import reads
from .needs import PACTS
from .pact_files import EXAMPLES, FOLDER, file_of, pact_of, written
from .said import of_accounts, of_availability, of_booking, of_directory


def test_there_is_a_pact_for_each_pair_that_exchanges_events() -> None:
    exchanged = {(reader, topic.owner) for topic in TOPICS.values() for reader in topic.readers}
    assert exchanged == PACTS.keys()
    assert {file.name for file in FOLDER.iterdir()} == {file_of(*pair).name for pair in PACTS}


@pytest.mark.parametrize(("consumer", "provider"), PACTS, ids=str)
def test_the_committed_pact_is_up_to_date(consumer: str, provider: str) -> None:
    committed = json.loads(file_of(consumer, provider).read_text())
    assert committed == written(pact_of(consumer, provider)), "run: python -m tests.contract.pact_files"


async def test_each_consumer_s_handler_reads_what_its_pacts_declare_and_nothing_else(
    services: dict[str, Service],
) -> None:
    for (consumer, provider), needed in PACTS.items():
        messages: list[tuple[dict[str, Any], str]] = []

        def received(body: str | bytes | None, metadata: dict[str, object], to: list[Any] = messages) -> None:
            to.append((json.loads(body or b""), str(metadata["ce_type"])))

        pact_of(consumer, provider).verify(received, "Async")
        assert len(messages) == len(needed)
        for body, kind in messages:
            name = ".".join(kind.split(".")[2:])
            assert await reads(services[consumer], kind, body) == needed[name], (consumer, name)
        # What it passes over is in no pact of its.
        topics = [topic.name for topic in TOPICS.values() if topic.owner == provider and consumer in topic.readers]
        for name, example in EXAMPLES.items():
            if example.model.topic in topics and name not in needed:
                assert await reads(services[consumer], example.model.ce_type, example.content["data"]) == set()
    with pytest.raises(AttributeError, match="hold_id"):  # what a pact does not declare is not there
        await reads(services["availability"], "rendezvous.booking.HoldExpired.v1", {"agenda_id": "a"})


@pytest.fixture
async def said(services: dict[str, Service], tmp_path: Path) -> Mapping[str, dict[str, Record]]:
    """By provider, what its publisher makes."""
    return {
        "directory": of_directory(),
        "availability": await of_availability(services["availability"]),
        "booking": of_booking(),
        "accounts": await of_accounts(services["accounts"], blueprint("accounts").commands["add-patients"], tmp_path),
    }


def verify(file: Path, provider: str, records: Mapping[str, Record]) -> None:
    """Raises RuntimeError where a record is not what the pact in `file` wants."""

    def message(record: Record) -> Any:
        metadata = {name: raw.decode() for name, raw in record.headers if name.startswith("ce_")}
        return {"contents": record.value, "metadata": metadata, "content_type": "application/json"}

    produced = {name: message(record) for name, record in records.items()}
    Verifier(provider).message_handler(produced).add_source(file).verify()


async def test_each_provider_s_publisher_says_what_every_pact_with_it_wants(
    said: Mapping[str, dict[str, Record]],
) -> None:
    for consumer, provider in PACTS:
        verify(file_of(consumer, provider), provider, said[provider])


@pytest.mark.parametrize("spoilt", [{"hold_id": None}, {"start": "tomorrow"}, {"motive_id": 7}], ids=str)
def test_a_publisher_that_says_less_or_otherwise_is_found(spoilt: dict[str, Any], tmp_path: Path) -> None:
    records = of_booking()
    verify(file_of("availability", "booking"), "booking", records)
    record = records["SlotHeld.v1"]
    data = {name: value for name, value in (json.loads(record.value) | spoilt).items() if value is not None}
    records["SlotHeld.v1"] = Record(record.topic, record.key, json.dumps(data).encode(), record.headers)
    with pytest.raises(RuntimeError):
        verify(file_of("availability", "booking"), "booking", records)
