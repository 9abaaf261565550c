"""Every overlay can be rendered, is what its tables say, and each object of Kubernetes' own kinds fits its schema."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import kubernetes_validate
import pytest
import yaml

from .rendered import K8S, OVERLAYS, ROOT, SERVICES, Object, objects, of_kind

KUBERNETES = "1.37"
_OWN = (
    "v1", "apps/v1", "batch/v1", "policy/v1", "autoscaling/v2", "networking.k8s.io/v1",
)  # fmt: skip


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_object_fits_the_schema_of_its_kind(overlay: str) -> None:
    own = [one for one in objects(overlay) if one["apiVersion"] in _OWN]
    assert len(own) > 40
    for one in own:
        kubernetes_validate.validate(one, KUBERNETES, strict=True)


def test_an_unknown_field_is_not_taken() -> None:
    broken: Object = {**next(iter(of_kind("dev", "Deployment").values()))}
    broken["spec"] = {**broken["spec"], "replica": 2}
    with pytest.raises(kubernetes_validate.ValidationError, match="replica"):
        kubernetes_validate.validate(broken, KUBERNETES, strict=True)


def test_what_is_written_by_the_generator_is_up_to_date(tmp_path: Path) -> None:
    subprocess.run([sys.executable, K8S / "generate.py", tmp_path], check=True)
    written = [file.relative_to(tmp_path) for file in tmp_path.rglob("*") if file.is_file()]
    assert len(written) > 15
    for file in written:
        assert (K8S / file).read_text() == (tmp_path / file).read_text(), "run `make docs`"


def test_the_page_shows_the_table_of_edges() -> None:
    page = (ROOT / "docs" / "kubernetes.md").read_text()
    table = subprocess.run([sys.executable, K8S / "network.py"], check=True, capture_output=True, text=True).stdout
    assert table in page, "run `make docs`"


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_object_lies_in_the_namespace_and_says_what_it_belongs_to(overlay: str) -> None:
    for one in objects(overlay):
        name = f"{one['kind']}/{one['metadata']['name']}"
        assert one["metadata"].get("namespace") == (None if one["kind"] == "Namespace" else "rendezvous"), name
        assert one["metadata"]["labels"]["app.kubernetes.io/part-of"] == "rendezvous", name


@pytest.mark.parametrize("overlay", ["staging", "prod"])
def test_what_people_use_has_every_component(overlay: str) -> None:
    kustomization = yaml.safe_load((K8S / "overlays" / overlay / "kustomization.yaml").read_text())
    named = sorted(Path(name).name for name in kustomization["components"])
    assert named == sorted(folder.name for folder in (K8S / "components").iterdir())


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_service_is_there_with_all_that_belongs_to_it(overlay: str) -> None:
    for kind in ("Deployment", "Service", "ServiceAccount"):
        assert set(SERVICES) <= of_kind(overlay, kind).keys()
    kept = "HorizontalPodAutoscaler", "ScaledObject"
    scaled = [] if overlay == "dev" else SERVICES
    assert [name for name in SERVICES if name in of_kind(overlay, *kept)] == list(scaled)
    assert [name for name in SERVICES if name in of_kind(overlay, "PodDisruptionBudget")] == list(scaled)
    migrated = {f"{name}-migration" for name in SERVICES if name != "portal"}
    assert migrated <= of_kind(overlay, "Job").keys()
