"""A real API server takes every object of every overlay and refuses a broken one of each kind: `make check-deploy`."""

from __future__ import annotations

import copy
import re
import shutil
import textwrap
from pathlib import Path

import pytest
import yaml

from ..rendered import K8S, OVERLAYS, ROOT, Object, objects, templates, text
from .serving import KubeApi

BROKEN = sorted((Path(__file__).parent / "broken").glob("*.yaml"))
FIRST = {one["kind"]: one for overlay in reversed(OVERLAYS) for one in objects(overlay)}


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_the_api_takes_every_object_without_a_warning(api: KubeApi, overlay: str) -> None:
    said = api.offer(text(overlay))
    assert said.returncode == 0, said.stderr
    assert len(said.stdout.splitlines()) == len(objects(overlay))


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_pod_is_admitted_as_restricted(api: KubeApi, overlay: str) -> None:
    pods = [_pod(name, template) for name, template in templates(overlay)]
    said = api.offer(yaml.safe_dump_all(pods))
    assert said.returncode == 0, said.stderr
    assert len(said.stdout.splitlines()) == len(pods) > 10


@pytest.mark.parametrize("opened", ["privileged", "runAsUser", "allowPrivilegeEscalation", "capabilities"])
def test_a_pod_that_may_more_is_refused(api: KubeApi, opened: str) -> None:
    more = {"privileged": True, "runAsUser": 0, "allowPrivilegeEscalation": True, "capabilities": {"add": ["SYS_TIME"]}}
    name, template = next(templates("dev"))
    pod = _pod(name, template)
    pod["spec"]["containers"][0]["securityContext"] = {"capabilities": {"drop": ["ALL"]}, opened: more[opened]}
    said = api.offer(yaml.safe_dump(pod))
    assert said.returncode != 0
    assert 'violates PodSecurity "restricted:v1.' in said.stderr


@pytest.mark.parametrize("kind", sorted(FIRST))
def test_a_misspelt_field_is_refused_in_every_kind(api: KubeApi, kind: str) -> None:
    broken = copy.deepcopy(FIRST[kind])
    broken.get("spec", broken)["mispelt"] = 1
    said = api.offer(yaml.safe_dump(broken))
    assert said.returncode != 0
    assert "unknown field" in said.stderr
    assert "mispelt" in said.stderr


@pytest.mark.parametrize("file", BROKEN, ids=lambda file: file.stem)
def test_a_broken_manifest_is_refused_for_what_is_wrong_with_it(api: KubeApi, file: Path) -> None:
    why = file.read_text().splitlines()[0].removeprefix("# ")
    said = api.offer(file.read_text())
    assert said.returncode != 0
    assert why in said.stderr


def test_there_is_a_broken_manifest_of_each_kind() -> None:
    broken = {yaml.safe_load(file.read_text())["kind"] for file in BROKEN}
    assert FIRST.keys() <= broken


def test_the_patch_for_a_restore_on_the_page_is_taken(api: KubeApi, tmp_path: Path) -> None:
    page = (ROOT / "docs" / "kubernetes.md").read_text()
    (told,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    shutil.copytree(K8S, tmp_path / "k8s")
    overlay = tmp_path / "k8s" / "overlays" / "prod"
    with (overlay / "kustomization.yaml").open("a") as kustomization:  # which ends with its patches
        kustomization.write(textwrap.indent(textwrap.dedent(told), "  "))
    rendered = api.kubectl("kustomize", str(overlay))
    assert rendered.returncode == 0, rendered.stderr
    (cluster,) = (one for one in yaml.safe_load_all(rendered.stdout) if one["kind"] == "Cluster")
    assert cluster["spec"]["bootstrap"].keys() == {"recovery"}
    (before,) = cluster["spec"]["externalClusters"]
    assert before["plugin"]["parameters"]["serverName"] == cluster["metadata"]["name"]
    assert cluster["spec"]["plugins"][0]["parameters"]["serverName"] != cluster["metadata"]["name"]
    said = api.offer(rendered.stdout)
    assert said.returncode == 0, said.stderr


def _pod(name: str, template: Object) -> Object:
    metadata = {"name": name.lower().replace("/", "-"), "namespace": "rendezvous", **template["metadata"]}
    spec = copy.deepcopy(template["spec"])
    # What a StatefulSet would add for its claims.
    mounts = {mount["name"] for one in spec["containers"] for mount in one.get("volumeMounts", [])}
    missing = mounts - {volume["name"] for volume in spec.get("volumes", [])}
    spec.setdefault("volumes", []).extend({"name": one, "persistentVolumeClaim": {"claimName": one}} for one in missing)
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}
