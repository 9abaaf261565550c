"""The same two parts as containers, for machines where a Docker engine answers (testcontainers, imported lazily)."""

import io
import tarfile
from collections.abc import Callable

from embedded_parts.failure import PartFailed
from embedded_parts.postgres import DISCREET

POSTGRES_IMAGE = "postgres:18"
KAFKA_IMAGE = "apache/kafka:4.3.1"
_ENGINE_SECONDS_MAX = 3
_KAFKA_SECONDS_MAX = 90
_KAFKA_PORT = 9092
_SCRIPT = "/tmp/rendezvous-start.sh"  # noqa: S108 - a path inside the container
# Clients come by the published port; the broker talks to itself (transaction markers) by a listener of its own.
_KAFKA_ENVIRONMENT = {
    "CLUSTER_ID": "5L6g3nShT-eMCtK--X86sw",
    "KAFKA_NODE_ID": "1",
    "KAFKA_PROCESS_ROLES": "broker,controller",
    "KAFKA_LISTENERS": f"PLAINTEXT://:{_KAFKA_PORT},BROKER://:9094,CONTROLLER://:9093",
    "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "PLAINTEXT:PLAINTEXT,BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "KAFKA_INTER_BROKER_LISTENER_NAME": "BROKER",
    "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
    "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@localhost:9093",
    "KAFKA_AUTO_CREATE_TOPICS_ENABLE": "false",
    "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
    "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
    "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR": "1",
    "KAFKA_SHARE_COORDINATOR_STATE_TOPIC_REPLICATION_FACTOR": "1",
    "KAFKA_SHARE_COORDINATOR_STATE_TOPIC_MIN_ISR": "1",
    "KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
    "KAFKA_HEAP_OPTS": "-Xmx256m",
}


def engine_answers() -> bool:
    """True when a Docker engine is reachable as the environment says."""
    try:
        import docker  # type: ignore[import-untyped]
    except ImportError:
        return False
    try:
        client = docker.from_env(timeout=_ENGINE_SECONDS_MAX)
    except docker.errors.DockerException:
        return False
    try:
        return bool(client.ping())
    except (docker.errors.DockerException, OSError):
        return False
    finally:
        client.close()


def start_postgres() -> tuple[str, Callable[[], None]]:
    """A PostgreSQL container: the superuser's address and how to end it."""
    from testcontainers.postgres import PostgresContainer

    container = PostgresContainer(POSTGRES_IMAGE, username="postgres", dbname="postgres", driver=None)
    settings = {"max_connections": "200", **DISCREET}
    container.with_command("postgres " + " ".join(f"-c {name}={value}" for name, value in settings.items()))
    try:
        container.start()
    except Exception as failure:
        raise _not_started(POSTGRES_IMAGE, failure) from failure
    return container.get_connection_url(), container.stop


def start_kafka() -> tuple[str, Callable[[], None]]:
    """A Kafka container: its bootstrap address and how to end it."""
    from testcontainers.core.container import DockerContainer
    from testcontainers.core.wait_strategies import LogMessageWaitStrategy

    container = DockerContainer(KAFKA_IMAGE).with_exposed_ports(_KAFKA_PORT)
    for name, value in _KAFKA_ENVIRONMENT.items():
        container.with_env(name, value)
    # The address to advertise is known only once the port is published, so the broker waits for its script.
    waiting = f"while [ ! -f {_SCRIPT} ]; do sleep 0.1; done; exec bash {_SCRIPT}"
    container.with_kwargs(entrypoint=["bash", "-c", waiting])
    try:
        container.start()
        address = f"{container.get_container_host_ip()}:{container.get_exposed_port(_KAFKA_PORT)}"
        advertised = f"PLAINTEXT://{address},BROKER://localhost:9094"
        script = f"export KAFKA_ADVERTISED_LISTENERS={advertised}\nexec /etc/kafka/docker/run\n"
        container.get_wrapped_container().put_archive("/tmp", _archive(script))  # noqa: S108 - in the container
        started = LogMessageWaitStrategy("Kafka Server started").with_startup_timeout(_KAFKA_SECONDS_MAX)
        started.wait_until_ready(container)
    except Exception as failure:
        container.stop()
        raise _not_started(KAFKA_IMAGE, failure) from failure
    return address, container.stop


def _archive(script: str) -> bytes:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w") as archive:
        entry = tarfile.TarInfo(_SCRIPT.rpartition("/")[2])
        entry.size, entry.mode = len(script.encode()), 0o755
        archive.addfile(entry, io.BytesIO(script.encode()))
    return held.getvalue()


def _not_started(image: str, failure: Exception) -> PartFailed:
    return PartFailed(
        f"A Docker engine answers, but a container of {image} did not start ({type(failure).__name__}: {failure}); "
        "TEST_PARTS=embedded takes the embedded parts instead."
    )
