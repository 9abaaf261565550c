"""What a run needs, all real and fresh: PostgreSQL, Kafka, one booking process, two that hear it, and the yardstick."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psycopg
from availability.adapters.offer_key import new_jwk
from booking_events.topics import topics
from embedded_parts import Kafka, LeashedProcess, Ports, Postgres, ProvisionedDatabase, StopStep, provision
from joserfc.jwk import OKPKey
from service_kit.database import migrate
from service_kit.topics import ensure_topics

from bench.booking import reader, yardstick
from bench.booking.wishes import Issuer, Published

READERS = ("reader-1", "reader-2")
_READY_SECONDS_MAX = 60
_STOP = (StopStep(signal.SIGTERM, 15),)


@dataclass
class Stack:
    """The addresses and the process ids by part."""

    issuer: Issuer
    booking_url: str
    yardstick_url: str
    databases: Mapping[str, ProvisionedDatabase]
    pids: dict[str, int]
    postgres_url: str

    def owner(self, name: str) -> psycopg.Connection:
        return psycopg.connect(self.databases[name].owner_url, autocommit=True)


@contextmanager
def stack(folder: Path) -> Iterator[Stack]:
    """Started and ready; all of it ends with the block."""
    with ExitStack() as ending:
        postgres = ending.enter_context(Postgres(folder / "postgres"))
        kafka = ending.enter_context(Kafka(folder / "kafka"))
        ensure_topics(kafka.bootstrap, topics())
        issuer = Issuer(OKPKey.generate_key("Ed25519", {"kid": "tokens"}, auto_kid=False), new_jwk())
        published = ending.enter_context(Published(issuer.keys()))
        names = ("booking", "booking_keys", "availability", "yardstick")
        databases = {name: provision(postgres.url, name, f"{name}-owner", f"{name}-service") for name in names}
        ports = Ports(folder / "ports.json")
        settings = _settings(databases, kafka.bootstrap, published.url, ports)
        _prepare(databases, settings)
        pids = {"PostgreSQL": postgres.pid, "Kafka": kafka.pid}
        # Each with its command and the page that tells when it is ready.
        started = {
            "booking": ("booking", f"{settings['BOOKING_HEALTH_PORT']}/ready"),
            "yardstick": ("bench.booking.yardstick", f"{settings['YARDSTICK_PORT']}/openapi.json"),
            **{name: ("bench.booking.reader", f"{ports.take(name)}/ready") for name in READERS},
        }
        processes: dict[str, LeashedProcess] = {}
        for name, (module, page) in started.items():
            reading = {"READER_NAME": name, "AVAILABILITY_HEALTH_PORT": page.partition("/")[0]}
            own = {**os.environ, **settings, **(reading if name in READERS else {})}
            log = folder / f"{name}.log"
            processes[name] = LeashedProcess([sys.executable, "-m", module], log=log, environment=own)
            ending.callback(processes[name].stop, _STOP)
        for name, (_, page) in started.items():
            _wait(processes[name], f"http://127.0.0.1:{page}")
        pids |= {name: process.pid for name, process in processes.items()}
        yield Stack(
            issuer,
            f"http://127.0.0.1:{settings['BOOKING_HTTP_PORT']}",
            f"http://127.0.0.1:{settings['YARDSTICK_PORT']}",
            databases,
            pids,
            postgres.url,
        )


def _settings(databases: Mapping[str, ProvisionedDatabase], kafka: str, published: str, ports: Ports) -> dict[str, str]:
    return {
        "KAFKA_BOOTSTRAP_SERVERS": kafka,
        "ACCOUNTS_URL": f"{published}/accounts",
        "AVAILABILITY_URL": f"{published}/availability",
        "BOOKING_HTTP_PORT": str(ports.take("booking")),
        "BOOKING_HEALTH_PORT": str(ports.take("booking-health")),
        "AVAILABILITY_HTTP_PORT": "0",
        "YARDSTICK_PORT": str(ports.take("yardstick")),
        # As deploy/k8s/components/otel has it, and the budget of the design.
        "OTEL_TRACES_SAMPLER": "parentbased_traceidratio",
        "OTEL_TRACES_SAMPLER_ARG": "0.1",
        **{f"{name.upper()}_DATABASE_URL": database.service_url for name, database in databases.items()},
        **{f"{name.upper()}_OWNER_DATABASE_URL": database.owner_url for name, database in databases.items()},
    }


def _prepare(databases: Mapping[str, ProvisionedDatabase], settings: Mapping[str, str]) -> None:
    words = [sys.executable, "-m", "booking", "migrate"]
    subprocess.run(words, env={**os.environ, **settings}, check=True, capture_output=True)  # noqa: S603 - our own words
    migrate(databases["availability"].owner_url, [], "availability")
    for name, table in (("availability", reader.TABLE), ("yardstick", yardstick.TABLE)):
        with psycopg.connect(databases[name].owner_url) as owner:
            owner.execute(table)


def _wait(process: LeashedProcess, url: str) -> None:
    deadline = time.monotonic() + _READY_SECONDS_MAX
    while process.running and time.monotonic() < deadline:
        try:
            if httpx.get(url, timeout=2, trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise RuntimeError(f"it did not get ready: {process.log_since_start()[-2000:]}")
