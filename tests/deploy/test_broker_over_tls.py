"""A real Kafka as Strimzi sets one up: TLS both ways, a user for each certificate, and the access of production."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import KafkaConnectionError, KafkaError, TopicAuthorizationFailedError
from booking_events import TOPICS
from booking_events import topics as declared
from confluent_kafka.admin import (
    AclBinding,
    AclOperation,
    AclPermissionType,
    AdminClient,
    NewTopic,
    ResourcePatternType,
    ResourceType,
)
from embedded_parts.kafka import Kafka, Member, draw_cluster_id
from embedded_parts.ports import free_port
from service_kit.broker import Brokers, broker_check, reaching
from service_kit.said import last_said
from service_kit.settings import KafkaSettings, WrongSetting, load
from service_kit.voice import producer

from .certificates import Authority
from .rendered import of_kind

APPOINTMENTS = "booking.appointments.v1"


class Broker:
    """A broker with a port in the clear for its administrator, and one over TLS for the services."""

    def __init__(self, folder: Path, authority: Authority) -> None:
        clear, controller, tls = (free_port() for _ in range(3))
        self.tls, self._folder, self._authority = f"127.0.0.1:{tls}", folder, authority
        settings = {
            "controller.quorum.voters": f"1@127.0.0.1:{controller}",
            "listeners": f"PLAINTEXT://127.0.0.1:{clear},CONTROLLER://127.0.0.1:{controller},SSL://{self.tls}",
            "advertised.listeners": f"PLAINTEXT://127.0.0.1:{clear},SSL://{self.tls}",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SSL:SSL",
            "ssl.client.auth": "required",
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": str(authority.broker(folder / "broker.pem")),
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": str(authority.file),
            "ssl.principal.mapping.rules": "RULE:^CN=(.*?)$/$1/",
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": "User:ANONYMOUS",
        }
        self._kafka = Kafka(folder / "kafka", clear, member=Member(draw_cluster_id(), controller, settings))

    def __enter__(self) -> Broker:
        self._kafka.start()
        admin = AdminClient({"bootstrap.servers": self._kafka.bootstrap})
        made = admin.create_topics([NewTopic(one.name, one.partitions, 1) for one in declared.topics()])
        allowed = admin.create_acls(list(_access()))
        for done in (*made.values(), *allowed.values()):
            done.result(30)
        return self

    def __exit__(self, *_: object) -> None:
        self._kafka.stop()

    def of(self, service: str) -> Brokers:
        folder = self._folder / service
        return Brokers(self.tls, folder if folder.exists() else self._authority.user(service, folder))


def _access() -> Iterator[AclBinding]:
    """What the user operator makes of the users of production."""
    patterns = {"literal": ResourcePatternType.LITERAL, "prefix": ResourcePatternType.PREFIXED}
    kinds = {
        "topic": ResourceType.TOPIC,
        "group": ResourceType.GROUP,
        "transactionalId": ResourceType.TRANSACTIONAL_ID,
    }
    for user, one in of_kind("prod", "KafkaUser").items():
        for rule in one["spec"]["authorization"]["acls"]:
            what = rule["resource"]
            for operation in rule["operations"]:
                may = f"User:{user}", "*", AclOperation[operation.upper()], AclPermissionType.ALLOW
                yield AclBinding(kinds[what["type"]], what["name"], patterns[what["patternType"]], *may)


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    folder = tmp_path_factory.mktemp("tls")
    with Broker(folder, Authority(folder)) as started:
        yield started


async def until(question: Callable[[], Awaitable[Any]], answer: Any) -> None:
    """The check of /ready gives up early, and the broker applies new access a moment after it has agreed to it."""
    async with asyncio.timeout(60):
        while True:
            with contextlib.suppress(KafkaError):
                if await question() == answer:
                    return
            await asyncio.sleep(0.2)


async def test_what_the_owner_says_in_a_transaction_is_heard_in_the_group_of_a_reader(broker: Broker) -> None:
    owner, reader = broker.of("booking"), broker.of("notification")
    await until(broker_check(owner), None)
    assert set((await last_said(owner, [TOPICS[APPOINTMENTS]])).values()) == {0}
    speaking = producer(owner, "booking-relay")
    await speaking.start()
    async with speaking.transaction():
        await speaking.send(APPOINTMENTS, b"{}", key=b"one", headers=[("ce_sequence", b"7")])
    await speaking.stop()
    assert max((await last_said(owner, [TOPICS[APPOINTMENTS]])).values()) == 7
    hearing = AIOKafkaConsumer(
        APPOINTMENTS, **reaching(reader), group_id="notification.appointments", isolation_level="read_committed",
        auto_offset_reset="earliest",
    )  # fmt: skip
    await hearing.start()
    assert (await hearing.getone()).key == b"one"
    await hearing.stop()


async def test_nobody_says_what_is_anothers_to_say(broker: Broker) -> None:
    speaking = AIOKafkaProducer(**reaching(broker.of("notification")))
    await speaking.start()
    with pytest.raises(TopicAuthorizationFailedError):
        await speaking.send_and_wait(APPOINTMENTS, b"{}", partition=0)
    await speaking.stop()


async def test_nobody_sees_a_topic_that_is_not_meant_for_him(broker: Broker) -> None:
    hearing = AIOKafkaConsumer(**reaching(broker.of("directory")))
    await hearing.start()
    own = {one.name for one in declared.topics() if "directory" in (*one.readers, *one.writers)}
    await until(hearing.topics, own)
    assert APPOINTMENTS not in own
    await hearing.stop()


async def test_a_broker_of_another_authority_and_one_that_is_asked_in_the_clear_do_not_answer(
    broker: Broker, tmp_path: Path
) -> None:
    strange = Brokers(broker.tls, Authority(tmp_path).user("booking", tmp_path / "booking"))
    for brokers in (strange, broker.tls):
        with pytest.raises((KafkaConnectionError, KafkaError)):
            await broker_check(brokers)()


def test_a_folder_without_certificates_ends_the_start_with_a_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:9093")
    monkeypatch.setenv("KAFKA_TLS_FOLDER", str(tmp_path))
    with pytest.raises(WrongSetting, match=r"KAFKA_TLS_FOLDER is wrong: FileNotFoundError; it needs ca\.crt"):
        load(KafkaSettings).brokers  # noqa: B018 (it is the question that fails)
