"""`python -m demo.operate SERVICE WORD...`: a command of a service against the running demo, or the environment."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from demo.plan import SERVICES


def main(words: list[str], environment: Mapping[str, str]) -> None:
    """Becomes the command. 2: no such service, or no word."""
    if len(words) < 2 or words[0] not in SERVICES:
        print(f"name a service and a command of it: S={'|'.join(SERVICES)}", file=sys.stderr)
        raise SystemExit(2)
    service, *command = words
    given = {**_of_the_demo(Path(environment.get("DATA") or "data") / "demo.json"), **environment}
    os.execve(sys.executable, [sys.executable, "-m", service, *command], given)  # noqa: S606 (a service's name)


def _of_the_demo(file: Path) -> dict[str, str]:
    """The variables that demo.json tells; what the environment says goes before."""
    if not file.is_file():
        return {}
    told = json.loads(file.read_text())
    databases = {f"{name.upper()}_DATABASE_URL": url for name, url in told["databases"].items()}
    return {**databases, "KAFKA_BOOTSTRAP_SERVERS": told["kafka"]}


if __name__ == "__main__":
    main(sys.argv[1:], os.environ)
