"""The same in containers: what `make up DEMO=1 REPLICAS=2` has started, and goes on after the tests.

`make faults-compose`: the tests that hold for it, then one line of JSON, kept in bench/results.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from bench.booking.client import Client

from .stack import Stack
from .store.__main__ import where

ROOT = Path(__file__).parents[2]
RESULT = ROOT / "bench" / "results" / "faults-compose.json"
_TESTS = [
    str(Path(__file__).parent / name)
    for name in (
        "test_rolling_restart.py",
        "test_missing_parts.py::test_without_the_database_requests_get_503_and_all_goes_on_by_itself",
        "test_missing_parts.py::test_without_the_broker_bookings_go_on_and_the_others_catch_up_by_themselves",
        "check_observed.py",
    )
]
SERVICES = ("accounts", "availability", "booking", "directory", "notification", "portal")
_PORT = os.environ.get("PORTAL_PORT", "8080")
PROMETHEUS = f"http://127.0.0.1:{os.environ.get('PROMETHEUS_PORT', '9090')}"
_FILES = ("-f", "docker-compose.yml", "-f", "deploy/compose/demo.yml")


class RunningCompose(Stack):
    """Two processes of each service; `restart` is `make restart`, of a whole service."""

    restarted = SERVICES

    def __init__(self) -> None:
        self.facts = json.loads(_compose("exec", "-T", "control", "cat", "/data/demo.json"))
        ports = {"mailbox": os.environ.get("SMS_PORT", "8026"), "control": os.environ.get("CONTROL_PORT", "8027")}
        apis = {name: f"http://{name}.api.localhost:{_PORT}" for name in SERVICES}
        self.facts["services"] = {
            **apis,
            **{name: f"http://127.0.0.1:{port}" for name, port in ports.items()},
            "booking": [apis["booking"]] * 2,
            "portal": f"http://127.0.0.1:{_PORT}",
        }
        self.facts["kafka"] = f"127.0.0.1:{os.environ.get('KAFKA_PORT', '9094')}"
        names = _compose("ps", "--format", "{{.Name}}", *SERVICES).split()
        self.with_database = sorted(name for name in names if "-portal-" not in name)

    def database(self, name: str) -> str:
        """By the container's own address: its port is not published."""
        url = (ROOT / ".secrets" / f"{name}_database_url").read_text().strip()
        return url.replace("@postgres:", f"@{_address('rendezvous-postgres-1')}:")

    def keys(self) -> tuple[str, str]:
        secrets = ROOT / ".secrets"
        return (secrets / "accounts_token_key").read_text(), (secrets / "availability_offer_key").read_text()

    @asynccontextmanager
    async def front(self) -> AsyncIterator[Client]:
        client = Client(f"http://booking.api.localhost:{_PORT}", connect_to="127.0.0.1")
        yield client
        client.close()

    def restart(self, name: str) -> None:
        before = _containers(name)
        _run("make", "restart", f"S={name}", "DEMO=1", "REPLICAS=2")
        after = _containers(name)
        assert before.keys() == after.keys()
        assert len(before) >= 2
        assert not before.items() & after.items(), "a process was not restarted"

    @contextmanager
    def without(self, part: str) -> Iterator[None]:
        _compose("stop", part)
        try:
            yield
        finally:
            _compose("start", part)

    def started(self, name: str) -> str:
        return _run("docker", "inspect", "--format", "{{.State.StartedAt}}", name).strip()

    def health_url(self, name: str) -> str:
        return f"http://{_address(name if name[-1].isdigit() else f'rendezvous-{name}-1')}:8001"

    def alerts(self) -> set[str] | None:
        """What fires; None where no Prometheus looks on."""
        try:
            told = httpx.get(f"{PROMETHEUS}/api/v1/alerts", timeout=10, trust_env=False).json()
        except httpx.TransportError:
            return None
        return {one["labels"]["alertname"] for one in told["data"]["alerts"] if one["state"] == "firing"}


def _address(container: str) -> str:
    """In the network of the stack; another one after each start."""
    format_ = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}"
    return _run("docker", "inspect", "--format", format_, container).strip()


def _containers(service: str) -> dict[str, str]:
    names = _compose("ps", "--quiet", service).split()
    return {name: _run("docker", "inspect", "--format", "{{.State.StartedAt}}", name).strip() for name in names}


def _compose(*words: str) -> str:
    return _run("docker", "compose", *_FILES, *words)


def _run(*words: str) -> str:
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, f"{' '.join(words)}: {done.stderr[-2000:]}"
    return done.stdout


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        tally = Path(folder) / "tally.json"
        os.environ |= {"TALLY": str(tally)}
        code = int(pytest.main([*_TESTS, "-s", "-q", "-n", "0", "-p", "no:randomly", *sys.argv[1:]]))
        counts: dict[str, Any] = json.loads(tally.read_text()) if tally.exists() else {}
    images = {
        name: _run("docker", "image", "inspect", "-f", "{{.Size}}", f"rendezvous/{name}:0.1.0") for name in SERVICES
    }
    megabytes = {name: round(int(size) / 1e6) for name, size in images.items()}
    engine = _run("docker", "version", "-f", "{{(index .Server.Components 0).Name}} {{.Server.Version}}").strip()
    text = json.dumps({"held": code == 0} | counts | {"image_mb": megabytes, "engine": engine} | where())
    if not sys.argv[1:]:  # a part of the tests is not the result
        RESULT.write_text(text + "\n")
    print(text, flush=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
