"""The broker has the topics of the catalogue, and each service the access that it grants: no more, no less."""

from __future__ import annotations

import pytest
from booking_events import topics as declared

from .rendered import SERVICES, environment, of_kind, templates

OPERATORS = ("staging", "prod")


@pytest.mark.parametrize("overlay", OPERATORS)
def test_the_topics_are_those_of_the_catalogue(overlay: str) -> None:
    made = of_kind(overlay, "KafkaTopic")
    assert made.keys() == {topic.name for topic in declared.topics()}
    for topic in declared.topics():
        spec = made[topic.name]["spec"]
        assert (spec["partitions"], spec["replicas"]) == (topic.partitions, 3)
        assert spec["config"] == {**topic.config, "min.insync.replicas": "2"}


@pytest.mark.parametrize("overlay", OPERATORS)
def test_access_is_what_the_catalogue_grants(overlay: str) -> None:
    kinds = {"topic": "topic", "group": "group", "transactional-id": "transactionalId"}
    granted = {
        (grant.service, kinds[grant.resource], grant.name, grant.pattern.removesuffix("ed"), operation)
        for grant in declared.grants()
        for operation in grant.operations
    }
    allowed = set()
    for user, one in of_kind(overlay, "KafkaUser").items():
        assert one["spec"]["authentication"] == {"type": "tls"}
        for rule in one["spec"]["authorization"]["acls"]:
            assert rule.get("type", "allow") == "allow"
            assert rule.get("host", "*") == "*"
            resource = rule["resource"]
            for operation in rule["operations"]:
                allowed.add((user, resource["type"], resource["name"], resource["patternType"], operation))
    assert allowed == granted
    assert {user for user, *_ in allowed} == set(SERVICES) - {"portal"}


@pytest.mark.parametrize("overlay", OPERATORS)
def test_what_is_said_is_kept_by_two_of_three(overlay: str) -> None:
    kafka = of_kind(overlay, "Kafka")["kafka"]["spec"]["kafka"]
    assert of_kind(overlay, "KafkaNodePool")["nodes"]["spec"]["replicas"] == 3
    assert kafka["config"]["min.insync.replicas"] == kafka["config"]["transaction.state.log.min.isr"] == 2
    (listener,) = kafka["listeners"]
    assert listener["tls"] is True
    assert listener["authentication"] == {"type": "tls"}
    assert kafka["authorization"] == {"type": "simple"}, "without it nobody asks for access"


@pytest.mark.parametrize("overlay", OPERATORS)
def test_what_is_booked_is_kept_by_two_of_three(overlay: str) -> None:
    postgres = of_kind(overlay, "Cluster")["postgres"]["spec"]
    assert postgres["instances"] == 3
    kept = {"method": "any", "number": 1, "dataDurability": "required", "failoverQuorum": True}
    assert postgres["postgresql"]["synchronous"] == kept
    owners = {one["spec"]["name"]: one["spec"]["owner"] for one in of_kind(overlay, "Database").values()}
    roles = {one["name"] for one in postgres["managed"]["roles"]}
    assert {*owners, *owners.values()} == roles
    assert len(roles) == 12


def test_a_development_cluster_makes_the_topics_as_every_stack_does() -> None:
    (container,) = dict(templates("dev"))["Job/topics"]["spec"]["containers"]
    assert container["command"] == ["python", "-m", "service_kit.topics"]
    assert environment("dev", container) == {"KAFKA_BOOTSTRAP_SERVERS": "kafka:9092"}
