"""What the overlays come to: rendered once by the kustomize that is in kubectl, as objects with a few questions."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
K8S = ROOT / "deploy" / "k8s"
OVERLAYS = ("dev", "staging", "prod")
SERVICES = ("accounts", "availability", "booking", "directory", "notification", "portal")

Object = dict[str, Any]


@cache
def text(overlay: str) -> str:
    """The manifests of an overlay as `kubectl apply -k` would send them."""
    kubectl = Path(sys.executable).with_name("kubectl")
    command = [kubectl, "kustomize", K8S / "overlays" / overlay]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@cache
def objects(overlay: str) -> list[Object]:
    return list(yaml.load_all(text(overlay), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))


def of_kind(overlay: str, *kinds: str) -> dict[str, Object]:
    """The objects of these kinds by name."""
    return {one["metadata"]["name"]: one for one in objects(overlay) if one["kind"] in kinds}


def development_secrets() -> dict[str, Object]:
    """The secrets that apply.sh makes for a development cluster, by name; other ones at each call."""
    script = K8S / "overlays" / "dev" / "secrets.sh"
    said = subprocess.run([script, "--anew"], check=True, capture_output=True, text=True).stdout
    return {one["metadata"]["name"]: one for one in yaml.safe_load_all(said)}


def templates(overlay: str) -> Iterator[tuple[str, Object]]:
    """(KIND/NAME, pod template) of everything that runs pods of its own."""
    for one in objects(overlay):
        if one["kind"] in ("Deployment", "StatefulSet", "Job"):
            yield f"{one['kind']}/{one['metadata']['name']}", one["spec"]["template"]


def service_template(overlay: str, service: str) -> Object:
    return dict(templates(overlay))[f"Deployment/{service}"]


def environment(overlay: str, container: Object) -> dict[str, str]:
    """The variables that a container gets, those of its ConfigMaps included."""
    maps = of_kind(overlay, "ConfigMap")
    found: dict[str, str] = {}
    for source in container.get("envFrom", []):
        found |= maps[source["configMapRef"]["name"]]["data"]
    return found | {one["name"]: one["value"] for one in container.get("env", [])}


def labels(template: Object) -> dict[str, str]:
    return dict(template["metadata"]["labels"])


def selects(selector: Object, found: dict[str, str]) -> bool:
    """Whether a label selector (matchLabels and matchExpressions with In) takes these labels."""
    wanted = selector.get("matchLabels", {}).items() <= found.items()
    return wanted and all(found.get(one["key"]) in one["values"] for one in selector.get("matchExpressions", []))
