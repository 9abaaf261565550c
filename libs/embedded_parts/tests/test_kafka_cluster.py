"""Several Kafka nodes: what was acknowledged outlives the node that led, and the others go on without it."""

import os
import signal
import time
from pathlib import Path

import pytest
from confluent_kafka.admin import AdminClient, NewTopic  # type: ignore[attr-defined]
from embedded_parts import KafkaCluster

from .records import hear, say

TOPIC = "kept"


@pytest.mark.timeout(240)
def test_three_nodes_go_on_when_a_partitions_leader_is_killed_and_take_it_back(tmp_path: Path) -> None:
    with KafkaCluster(tmp_path / "data") as cluster:
        admin = AdminClient({"bootstrap.servers": cluster.bootstrap})
        admin.create_topics([NewTopic(TOPIC, 1, 3)])[TOPIC].result(30)
        _say(cluster, b"one")
        leader = _leader(admin)
        os.kill(cluster.nodes[leader].pid, signal.SIGKILL)
        cluster.nodes[leader].stop()
        _say(cluster, b"two")
        assert _leader(admin) != leader
        assert hear(cluster.bootstrap, TOPIC, 2, 60) == [b"one", b"two"]
        cluster.start()
        assert all(node.running for node in cluster.nodes.values())
        _wait_for_all_copies(admin)
    assert not any(node.running for node in cluster.nodes.values())


def _say(cluster: KafkaCluster, text: bytes) -> None:
    # Quiet: that a killed node refuses connections is no news.
    say(cluster.bootstrap, TOPIC, text, 60, log_level=2)


def _leader(admin: AdminClient) -> int:
    return int(admin.list_topics(TOPIC, timeout=30).topics[TOPIC].partitions[0].leader)


def _wait_for_all_copies(admin: AdminClient) -> None:
    deadline = time.monotonic() + 60
    while len(admin.list_topics(TOPIC, timeout=30).topics[TOPIC].partitions[0].isrs) < 3:
        assert time.monotonic() < deadline
        time.sleep(0.2)
