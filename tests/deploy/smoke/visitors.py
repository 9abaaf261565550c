"""Who comes to the cluster: the path of the demo, played through the Services, and a crowd that books."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from demo.api import Api

from bench.booking.client import Client

from ..rendered import ROOT, SERVICES
from .overlay import Overlay

_SAMPLE = ROOT / "services/directory/sample/PS_LibreAcces_Personne_activite_202611230000.txt"
_SECONDS_MAX = 300


def journey(overlay: Overlay, folder: Path) -> list[str]:
    """Plays the path, the first time after its data are loaded; what each step said. RuntimeError, when it fails."""
    data = folder / "demo"
    (data / "secrets").mkdir(parents=True, exist_ok=True)
    secret = overlay.secret("notification", "client-secret")
    (data / "secrets" / "notification_client_secret").write_text(secret)
    told = {f"{name.upper()}_URL": f"http://{name}:8000" for name in SERVICES} | {
        "MAILBOX_URL": "http://sms:8000",
        "KAFKA_BOOTSTRAP_SERVERS": "kafka:9092",
        "DATA": str(data),
        "SECRETS": str(data / "secrets"),
        "SAMPLE": str(_SAMPLE),
        "PLAY": "1",
        # For the commands of accounts and directory, which run out here.
        "ACCOUNTS_DATABASE_URL": overlay.secret("accounts", "database-url"),
        "ACCOUNTS_TOKEN_KEY": overlay.secret("accounts", "token-key"),
        "DIRECTORY_DATABASE_URL": overlay.secret("directory", "database-url"),
    }
    command = [sys.executable, "-m", "demo.elsewhere"]
    done = subprocess.run(
        command, env={**os.environ, **told}, timeout=_SECONDS_MAX, text=True, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"the journey failed: {done.stdout[-3000:]}")
    return done.stdout.splitlines()


class Visited:
    """The cluster as a crowd finds it: booking through its Service, each request sent once."""

    api = Api({})
    facts: Mapping[str, Any] = {}

    def __init__(self, overlay: Overlay) -> None:
        self._overlay = overlay

    def keys(self) -> tuple[str, str]:
        return self._overlay.secret("accounts", "token-key"), self._overlay.secret("availability", "offer-key")

    def database(self, name: str) -> str:
        return self._overlay.secret(name, "database-url")

    @asynccontextmanager
    async def front(self) -> AsyncIterator[Client]:
        client = Client("http://booking:8000")
        yield client
        client.close()
