"""Which node of a cluster leads a partition, and whether every node has everything."""

from __future__ import annotations

import asyncio
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from embedded_parts import KafkaCluster


async def leader_of(cluster: KafkaCluster, topic: str, partition: int) -> int:
    """The node's number."""
    return int(next(one["leader"] for one in await _partitions(cluster, topic) if one["partition"] == partition))


async def wait_until_in_sync(cluster: KafkaCluster, topic: str, seconds_max: float = 90) -> None:
    """Until every partition is held by all nodes again: before that, a second kill would be another experiment."""
    async with asyncio.timeout(seconds_max):
        while True:
            try:
                if all(len(one["isr"]) == len(cluster.nodes) for one in await _partitions(cluster, topic)):
                    return
            except (KafkaError, OSError):
                pass  # asked of a node that is just coming back
            await asyncio.sleep(0.2)


async def _partitions(cluster: KafkaCluster, topic: str) -> list[dict[str, Any]]:
    admin = AIOKafkaAdminClient(bootstrap_servers=cluster.bootstrap)
    await admin.start()
    try:
        (found,) = await admin.describe_topics([topic])
        partitions: list[dict[str, Any]] = found["partitions"]
        return partitions
    finally:
        await admin.close()
