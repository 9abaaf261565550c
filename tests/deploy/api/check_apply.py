"""apply.sh goes over what the release before it left, in its order, on a real API server; nobody runs the pods."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from ..rendered import K8S, SERVICES
from .serving import KUBECTL, KubeApi

# Waiting is for controllers; what stands there meanwhile is noted instead.
_NOBODY_WAITS = """#!/bin/sh
case "$*" in
  *" wait "*) {kubectl} -n rendezvous get deployment -l app.kubernetes.io/component=service -o '{images}' >> {log}
              echo >> {log} ;;
  *" rollout "*) ;;
  *) exec {kubectl} "$@" ;;
esac
"""
_IMAGES = "jsonpath={.items[*].spec.template.spec.containers[0].image}"
_JOBS = "jsonpath={range .items[*]}{.metadata.uid} {.spec.template.spec.containers[0].image}{'\\n'}{end}"


@pytest.fixture
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KubeApi]:
    served = KubeApi(tmp_path_factory.mktemp("kube-apply"))
    try:
        served.start()
        yield served
    finally:
        served.stop()


def test_a_release_is_put_over_the_one_before_it_databases_first(empty: KubeApi, tmp_path: Path) -> None:
    k8s, log, waiter = tmp_path / "k8s", tmp_path / "log", tmp_path / "kubectl"
    shutil.copytree(K8S, k8s)
    waiter.write_text(_NOBODY_WAITS.format(kubectl=KUBECTL, images=_IMAGES, log=log))
    waiter.chmod(0o755)
    overlay = k8s / "overlays" / "dev" / "kustomization.yaml"
    seen = []

    for version in ("0.1.0", "0.2.0"):
        overlay.write_text(overlay.read_text().replace("0.1.0", version))
        environment = {**empty.environment, "KUBECTL": str(waiter)}
        done = subprocess.run([k8s / "apply.sh", "dev"], capture_output=True, text=True, env=environment)
        assert done.returncode == 0, done.stderr
        seen.append((_told(empty, "job", _JOBS), _told(empty, "secret", "name")))

    (jobs, secrets), (jobs_after, secrets_after) = seen
    assert len(jobs) == len(jobs_after) >= 6
    assert not jobs & jobs_after, "a Job that is not made anew runs the migrations of the release before"
    assert {line.rpartition(":")[2] for line in jobs_after} == {"0.2.0"}
    assert secrets == secrets_after != set()
    before, between = (set(line.split()) for line in log.read_text().splitlines())
    assert before == set()
    assert between == {f"rendezvous/{service}:0.1.0" for service in SERVICES}
    services = ("-l", "app.kubernetes.io/component=service")
    after = " ".join(_told(empty, "deployment", _IMAGES, *services)).split()
    assert set(after) == {f"rendezvous/{service}:0.2.0" for service in SERVICES}


def _told(api: KubeApi, kind: str, output: str, *more: str) -> set[str]:
    return set(api.kubectl("-n", "rendezvous", "get", kind, "-o", output, *more).stdout.splitlines())
