"""What kube-score finds in each overlay: nothing but what is waived here, with the reason."""

from __future__ import annotations

import json
import re
import subprocess

import pytest

from ..rendered import OVERLAYS, text
from .serving import build

PASSED = 10
# (rule, objects) -> why it does not hold for us.
WAIVED = {
    ("container-image-pull-policy", ".*"): "a version is never changed, and a start must not wait for a registry",
    ("networkpolicy-targets-pod", "(kafka|postgres).*"): "their pods are made by operators",
    ("deployment-has-host-podantiaffinity", ".*"): "they are kept apart by topologySpreadConstraints",
    ("deployment-replicas", ".*"): "the autoscaler decides, that of KEDA too; a development cluster has one of each",
    ("pod-probes-identical", "otel-collector|kafka"): "they have one page, or port, that says both",
    ("container-security-context-user-group-id", "postgres|kafka"): "users of the official images",
}


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_nothing_is_found_that_is_not_waived(overlay: str) -> None:
    graded = found(overlay)
    assert len(graded) > 300
    bad = [(rule, name) for rule, name, grade in graded if grade < PASSED and not _waivers(rule, name)]
    assert bad == []


def test_each_waiver_is_needed() -> None:
    bad = [(rule, name) for overlay in OVERLAYS for rule, name, grade in found(overlay) if grade < PASSED]
    assert {waiver for rule, name in bad for waiver in _waivers(rule, name)} == WAIVED.keys()


def test_a_pod_that_asks_for_no_memory_is_found() -> None:
    assert "container-resources" in {rule for rule, _, grade in _score(_without_limits()) if grade < PASSED}


def found(overlay: str) -> list[tuple[str, str, int]]:
    return _score(text(overlay))


def _score(manifests: str) -> list[tuple[str, str, int]]:
    """(rule, object, grade of 10) for each rule that concerns an object."""
    command = [f"{build('kube-score')}/kube-score", "score", "--output-format=json", "--kubernetes-version=v1.34", "-"]
    said = subprocess.run(command, input=manifests, capture_output=True, text=True).stdout
    return [
        (check["check"]["id"], one["object_meta"]["name"], check["grade"])
        for one in json.loads(said)
        for check in one["checks"]
        if not check["skipped"]
    ]


def _waivers(rule: str, name: str) -> list[tuple[str, str]]:
    return [waiver for waiver in WAIVED if waiver[0] == rule and re.fullmatch(waiver[1], name)]


def _without_limits() -> str:
    return re.sub(r"^ +limits:\n( +(cpu|memory|ephemeral-storage): .*\n)+", "", text("dev"), flags=re.MULTILINE)
