"""Real PostgreSQL and Apache Kafka from wheels, for the demo and the tests."""

from embedded_parts.failure import PartFailed
from embedded_parts.kafka import Kafka
from embedded_parts.kafka_cluster import KafkaCluster
from embedded_parts.ports import Ports, free_port, is_free
from embedded_parts.postgres import Postgres
from embedded_parts.process import LeashedProcess, StopStep
from embedded_parts.provision import ProvisionedDatabase, drop, provision
from embedded_parts.test_parts import TestParts

__all__ = [
    "Kafka",
    "KafkaCluster",
    "LeashedProcess",
    "PartFailed",
    "Ports",
    "Postgres",
    "ProvisionedDatabase",
    "StopStep",
    "TestParts",
    "drop",
    "free_port",
    "is_free",
    "provision",
]
