"""deploy/k8s/overlays/dev in the cluster: applied by its own command, restarted, drained, and how its pods ended."""

from __future__ import annotations

import base64
import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..rendered import K8S
from .cluster import NODE, Cluster

OVERLAY, NAMESPACE = "dev", "rendezvous"
_SECONDS_MAX = 420

Object = dict[str, Any]


class Overlay:
    """What runs in the namespace of the overlay."""

    def __init__(self, cluster: Cluster, folder: Path) -> None:
        self._cluster, self._folder = cluster, folder

    def apply(self) -> None:
        """As people do it. Raises RuntimeError when something is not ready in time."""
        log = self._folder / "apply.log"
        environment = {**self._cluster.environment, "WAIT_SECONDS": str(_SECONDS_MAX)}
        with log.open("wb") as out:
            command = [K8S / "apply.sh", OVERLAY]
            done = subprocess.run(command, stdout=out, stderr=subprocess.STDOUT, env=environment)
        if done.returncode:
            raise RuntimeError(f"apply.sh {OVERLAY} failed: {log.read_text()[-2000:]}")
        self.wait()

    def wait(self) -> None:
        """Until every pod that stays is ready."""
        for name in self.names("statefulset", "deployment"):
            self.kubectl("rollout", "status", name, f"--timeout={_SECONDS_MAX}s")

    def names(self, *kinds: str) -> list[str]:
        """KIND/NAME of all there are."""
        return self.kubectl("get", ",".join(kinds), "--output=name").split()

    def ready(self) -> int:
        """How many pods are ready."""
        return sum(_is(pod, "Ready") for pod in self._pods())

    def started_again(self) -> dict[str, int]:
        """The pods whose containers ended and were started again, and how often; those of jobs may try again."""
        counts = {pod["metadata"]["name"]: _restarts(pod) for pod in self._pods() if not _of_a_job(pod)}
        return {name: count for name, count in counts.items() if count}

    def restart(self, name: str) -> float:
        """Every pod of it replaced, pod by pod; the seconds until the old ones are gone."""
        began = time.monotonic()
        self.kubectl("rollout", "restart", name)
        self.kubectl("rollout", "status", name, f"--timeout={_SECONDS_MAX}s")
        while any("deletionTimestamp" in pod["metadata"] for pod in self._pods()):
            time.sleep(0.5)
        return time.monotonic() - began

    def drain(self) -> dict[str, int]:
        """Every pod is told to leave the node, which takes no new one; the exit code of each that ran."""
        leaving = {pod["metadata"]["name"] for pod in self._pods() if _is(pod, "Ready")}
        seen = self._folder / "drained.json"
        watch = ("get", "pods", "--watch", "--output=json", "--namespace", NAMESPACE)
        with seen.open("wb") as out, self._cluster.running(*watch, out=out):
            self._cluster.must("drain", NODE, "--delete-emptydir-data", f"--timeout={_SECONDS_MAX}s")
        codes: dict[str, int] = {}
        for pod in each(seen.read_text()):
            name = pod["metadata"]["name"]
            for container in pod.get("status", {}).get("containerStatuses", ()):
                if name in leaving and (ended := container["state"].get("terminated")):
                    codes[name] = ended["exitCode"]
        return {name: codes.get(name, -1) for name in sorted(leaving)}

    def undrain(self) -> None:
        self._cluster.must("uncordon", NODE)
        self.wait()

    def secret(self, name: str, key: str) -> str:
        encoded = self.kubectl("get", "secret", name, f"--output=jsonpath={{.data.{key}}}")
        return base64.b64decode(encoded).decode()

    def kubectl(self, *words: str) -> str:
        return self._cluster.must("--namespace", NAMESPACE, *words)

    def _pods(self) -> list[Object]:
        found: list[Object] = json.loads(self.kubectl("get", "pods", "--output=json"))["items"]
        return found


def _is(pod: Object, condition: str) -> bool:
    conditions = pod["status"].get("conditions", ())
    return any(one["type"] == condition and one["status"] == "True" for one in conditions)


def _restarts(pod: Object) -> int:
    return sum(one["restartCount"] for one in pod["status"].get("containerStatuses", ()))


def _of_a_job(pod: Object) -> bool:
    return any(owner["kind"] == "Job" for owner in pod["metadata"].get("ownerReferences", ()))


def each(text: str) -> Iterator[Object]:
    """The objects that a watch has written, one after the other; the last may be cut off."""
    decoder, at = json.JSONDecoder(), 0
    while at < len(text):
        try:
            one, at = decoder.raw_decode(text, at)
        except json.JSONDecodeError:
            return
        yield one
        at += len(text[at:]) - len(text[at:].lstrip())
