"""`make kube-smoke`: overlays/dev on a Kubernetes of one node, with PACE bookings a second; ends with one line of JSON.

Everything of it lives in a machine within the machine and in one folder, and is gone at the end, however it ends.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]
from embedded_parts.process import wait_for_end

from ..api.serving import build
from . import tools
from .cluster import Cluster
from .images import archive
from .overlay import OVERLAY

_MACHINE = Path(__file__).with_name("machine.sh")


def main() -> int:
    """0; 1 when something does not hold, 2 when a tool is missing."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    try:
        tools.require()
        tools.runtime()
    except tools.Missing as missing:
        print(missing, file=sys.stderr)
        return 2
    build(*Cluster.parts)
    with tempfile.TemporaryDirectory(prefix="kube-smoke-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        archive(OVERLAY, folder / "images.tar")
        try:
            code = on_a_machine(folder, sys.executable, "-m", "tests.deploy.smoke.inside", name)
        finally:
            kept = keep_logs(folder)
        if code:
            print(f"kube-smoke failed; its logs are in {kept}", file=sys.stderr)
            return 1
        line = (folder / "result.json").read_text()
        if target := os.environ.get("RESULT"):
            Path(target).write_text(line + "\n")
        result = json.loads(line)
    print(line)
    return int(any(wrong(result)))


def wrong(result: dict[str, Any]) -> Iterator[bool]:
    """Whether a request failed, nobody booked during a restart, a container began anew, or did not end when told to."""
    yield result["failed_requests"] > 0
    yield min(result["booked_meanwhile"].values()) == 0
    yield bool(result["containers_started_again"])
    yield any(code not in (0, 128 + signal.SIGTERM) for code in result["drained"].values())


def on_a_machine(folder: Path, *command: str) -> int:
    """Its exit code; nothing of it is left, also when this process is interrupted."""
    machine = subprocess.Popen([_MACHINE, folder, *command])
    try:
        return machine.wait()
    finally:
        with contextlib.suppress(psutil.NoSuchProcess):
            first = psutil.Process(machine.pid).children()
            machine.kill()
            for one in first:
                wait_for_end(one.pid, 30)
        machine.wait()
        # Control groups outlive their processes.
        for group in sorted(Path("/sys/fs/cgroup").glob("*/k8s.io/**/"), reverse=True):
            with contextlib.suppress(OSError):
                group.rmdir()


def keep_logs(folder: Path) -> Path:
    """Where the logs of the last run are."""
    kept = tools.cache() / "last-smoke"
    shutil.rmtree(kept, ignore_errors=True)
    kept.mkdir(parents=True)
    for log in folder.glob("*.log"):
        shutil.copy(log, kept)
    if (folder / "pods").exists():
        shutil.copytree(folder / "pods", kept / "pods", symlinks=True, dirs_exist_ok=True)
    return kept


if __name__ == "__main__":
    sys.exit(main())
