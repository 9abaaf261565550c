"""Several Kafka nodes that hold everything several times: each may be killed while the others go on."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

from embedded_parts.failure import PartFailed
from embedded_parts.files import write_atomically
from embedded_parts.kafka import Kafka, Member, draw_cluster_id
from embedded_parts.ports import Ports


class KafkaCluster:
    """`nodes` brokers that are their own controllers, each `Kafka` on a folder of its own below `data`.

    Every topic is held by all of them, and a record counts as kept once all but one have it (min.insync.replicas).
    `nodes` are killed, stopped and started singly; the others elect new leaders once its session has run out (4 s).
    """

    def __init__(self, data: Path, nodes: int = 3, say: Callable[[str], None] = lambda _: None) -> None:
        self._data = data.absolute()
        self._data.mkdir(parents=True, exist_ok=True)
        ports = Ports(self._data / "ports.json")
        numbers = range(1, nodes + 1)
        brokers = {number: ports.take(f"broker-{number}") for number in numbers}
        controllers = {number: ports.take(f"controller-{number}") for number in numbers}
        voters = ",".join(f"{number}@127.0.0.1:{port}" for number, port in controllers.items())
        shared, cluster_id = _shared(nodes, voters), self._cluster_id()
        self.nodes = {
            number: Kafka(
                self._data / f"node-{number}",
                brokers[number],
                say,
                Member(cluster_id, controllers[number], {**shared, "node.id": str(number)}),
            )
            for number in numbers
        }

    @property
    def bootstrap(self) -> str:
        """The addresses of all nodes, running or not."""
        return ",".join(node.bootstrap for node in self.nodes.values())

    def start(self) -> Self:
        """Start every node that does not run, together: none serves before the controllers have a majority."""
        with ThreadPoolExecutor(len(self.nodes)) as pool:
            starts = [pool.submit(node.start) for node in self.nodes.values()]
        try:
            for start in starts:
                start.result()
        except PartFailed:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """End all nodes in order; harmless when none runs."""
        with ThreadPoolExecutor(len(self.nodes)) as pool:
            for node in self.nodes.values():
                pool.submit(node.stop)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _cluster_id(self) -> str:
        file = self._data / "cluster_id"
        if not file.exists():
            write_atomically(file, draw_cluster_id())
        return file.read_text()


def _shared(nodes: int, voters: str) -> dict[str, str]:
    held, kept = str(nodes), str(nodes - 1)
    return {
        "controller.quorum.voters": voters,
        "default.replication.factor": held,
        "min.insync.replicas": kept,
        "offsets.topic.replication.factor": held,
        "transaction.state.log.replication.factor": held,
        "transaction.state.log.min.isr": kept,
        "share.coordinator.state.topic.replication.factor": held,
        "share.coordinator.state.topic.min.isr": kept,
    }
