"""A real kube-apiserver on loopback, with etcd behind it: alone it accepts or refuses, and runs nothing."""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from embedded_parts.ports import free_port
from embedded_parts.process import LeashedProcess, StopStep

HERE = Path(__file__).parent
KUBECTL = Path(sys.executable).with_name("kubectl")


def build(*parts: str) -> str:
    """The folder with these programs; the first time they are built."""
    return subprocess.run([HERE / "build.sh", *parts], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


class KubeApi:
    """Starts within seconds once built (build.sh: minutes, the first time). `folder` holds its state."""

    parts: Sequence[str] = ("etcd", "kube-apiserver")
    services = "203.0.113.0/24"
    """Addresses of Services; nobody is behind them."""
    more: Sequence[str] = (
        # Only a controller, which does not run here, would make the account that each pod must have.
        "--disable-admission-plugins=ServiceAccount",
    )

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._parts: list[LeashedProcess] = []

    def start(self) -> None:
        built = build(*self.parts)
        ports: set[int] = set()
        while len(ports) < 3:
            ports.add(free_port(ports))
        client, peer, port = (str(one) for one in ports)
        token = secrets.token_hex(16)
        (self._folder / "tokens").write_text(f"{token},admin,admin,system:masters\n")
        subprocess.run(
            ["openssl", "genpkey", "-quiet", "-algorithm", "RSA", "-out", self._folder / "accounts.key"], check=True
        )
        self.launch("etcd", f"{built}/etcd", *self._etcd(client, peer))
        self.launch("kube-apiserver", f"{built}/kube-apiserver", *self._apiserver(client, port))
        authority = self._folder / "certificates" / "apiserver.crt"
        self.until(60, lambda: authority.exists() and authority.stat().st_size > 0)
        self.kubeconfig.write_text(json.dumps(_kubeconfig(port, authority, token)))
        self.until(90, lambda: self.kubectl("get", "--raw=/readyz").returncode == 0)
        self.until(30, lambda: self.kubectl("get", "namespace", "default").returncode == 0)

    def stop(self) -> None:
        for part in reversed(self._parts):
            part.stop([StopStep(signal.SIGTERM, 5)])

    def kubectl(self, *words: str, told: str | None = None) -> subprocess.CompletedProcess[str]:
        """kubectl as administrator; `told` is its standard input."""
        return subprocess.run([KUBECTL, *words], input=told, capture_output=True, text=True, env=self.environment)

    @property
    def environment(self) -> dict[str, str]:
        """That of a program which calls kubectl."""
        told = {"KUBECONFIG": str(self.kubeconfig), "KUBECTL": str(KUBECTL), "HOME": str(self._folder)}
        return {**os.environ, **told}

    @property
    def kubeconfig(self) -> Path:
        return self._folder / "kubeconfig"

    def offer(self, manifests: str) -> subprocess.CompletedProcess[str]:
        """Whether all of it would be taken, as strictly as can be: an unknown field or a warning is a refusal."""
        words = ("apply", "--dry-run=server", "--validate=strict", "--warnings-as-errors", "-f", "-")
        return self.kubectl(*words, told=manifests)

    def launch(self, name: str, *command: str, **more: str) -> None:
        """Run it until `stop`, with `more` in its environment."""
        log = self._folder / f"{name}.log"
        self._parts.append(LeashedProcess(command, log=log, environment={**os.environ, **more}))

    def _etcd(self, client: str, peer: str) -> list[str]:
        clients, peers = f"http://127.0.0.1:{client}", f"http://127.0.0.1:{peer}"
        return [
            f"--data-dir={self._folder / 'etcd'}", "--unsafe-no-fsync", "--log-level=warn",
            f"--listen-client-urls={clients}", f"--advertise-client-urls={clients}", f"--listen-peer-urls={peers}",
            f"--initial-advertise-peer-urls={peers}", f"--initial-cluster=default={peers}",
        ]  # fmt: skip

    def _apiserver(self, etcd: str, port: str) -> list[str]:
        key = self._folder / "accounts.key"
        return [
            f"--etcd-servers=http://127.0.0.1:{etcd}", f"--secure-port={port}", "--bind-address=127.0.0.1",
            "--advertise-address=127.0.0.1", f"--cert-dir={self._folder / 'certificates'}",
            "--endpoint-reconciler-type=none", f"--service-cluster-ip-range={self.services}",
            "--authorization-mode=RBAC", f"--token-auth-file={self._folder / 'tokens'}",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-key-file={key}", f"--service-account-signing-key-file={key}",
            # So that it is Pod Security that refuses such a pod.
            "--allow-privileged=true",
            *self.more,
        ]  # fmt: skip

    def until(self, seconds: float, done: Callable[[], bool]) -> None:
        """Waits; RuntimeError when a part has ended, or after so long."""
        deadline = time.monotonic() + seconds
        while not done():
            for part in self._parts:
                if not part.running or time.monotonic() > deadline:
                    raise RuntimeError(f"Kubernetes does not start: {part.log.name} says {part.log_since_start(2000)}")
            time.sleep(0.2)


def _kubeconfig(port: str, authority: Path, token: str) -> dict[str, object]:
    cluster = {"server": f"https://127.0.0.1:{port}", "certificate-authority": str(authority)}
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "check",
        "clusters": [{"name": "check", "cluster": cluster}],
        "users": [{"name": "check", "user": {"token": token}}],
        "contexts": [{"name": "check", "context": {"cluster": "check", "user": "check"}}],
    }
