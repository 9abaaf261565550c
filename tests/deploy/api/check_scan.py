"""What checkov finds in the overlays and the Dockerfile, and hadolint in the Dockerfile: nothing that is not waived.

A waiver for the Dockerfile stands in it, beside the line that it is about.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from ..rendered import OVERLAYS, ROOT, text

# They want older libraries than ours: an environment of their own, from requirements/scan.txt.
TOOLS = Path(sys.prefix) / "scan" / "bin"
DOCKERFILE = ROOT / "deploy" / "images" / "Dockerfile"
# (rule, objects) -> why it does not hold for us.
WAIVED = {
    ("CKV_K8S_15", ".*"): "pull always: a version is never changed, and a start must not wait for a registry",
    ("CKV_K8S_43", ".*"): "by digest: who builds the images knows it, and may set it in the overlay beside their names",
    ("CKV_K8S_40", "StatefulSet.rendezvous.(postgres|kafka)"): "users of the official images, in dev only",
}


class Finding(NamedTuple):
    rule: str
    place: str
    passed: bool
    skipped: bool


@pytest.mark.parametrize("name", [*OVERLAYS, "Dockerfile"])
def test_checkov_finds_nothing_that_is_not_waived(name: str, scanned: dict[str, list[Finding]]) -> None:
    found = scanned[name]
    bad = [(one.rule, one.place) for one in found if not one.passed and not one.skipped and not _waivers(one)]
    assert bad == []
    judged = [one for one in found if not one.skipped and not _waivers(one)]
    assert len(judged) > (100 if name == "Dockerfile" else 1000)


def test_each_waiver_for_checkov_is_needed(scanned: dict[str, list[Finding]]) -> None:
    bad = [one for name in OVERLAYS for one in scanned[name] if not one.passed]
    assert {waiver for one in bad for waiver in _waivers(one)} == WAIVED.keys()
    skipped = {one.rule for one in scanned["Dockerfile"] if one.skipped}
    assert skipped == set(re.findall(r"^# checkov:skip=(\w+): \w+", DOCKERFILE.read_text(), re.MULTILINE))


def test_checkov_finds_what_is_broken(tmp_path: Path) -> None:
    open_pods = text("dev").replace("readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false")
    as_root = DOCKERFILE.read_text().replace("USER 65532:65532", "USER root")
    found = _checkov(tmp_path, {"dev": open_pods, "Dockerfile": as_root})
    assert {one.rule for one in found["dev"] if not one.passed and not _waivers(one)} == {"CKV_K8S_22"}
    assert "CKV_DOCKER_8" in {one.rule for one in found["Dockerfile"] if not one.passed}


def test_hadolint_finds_nothing_that_is_not_waived() -> None:
    assert _hadolint(DOCKERFILE.read_text()) == set()


def test_each_waiver_for_hadolint_is_needed_and_says_why() -> None:
    lines = [line for line in DOCKERFILE.read_text().splitlines() if line.startswith("# hadolint ignore=")]
    waived = {found[1] for line in lines if (found := re.fullmatch(r"# hadolint ignore=(\w+) # \w.*", line))}
    assert len(waived) == len(lines)
    assert _hadolint(DOCKERFILE.read_text(), "--disable-ignore-pragma") == waived


def test_hadolint_finds_what_is_broken() -> None:
    assert _hadolint("FROM python\nRUN cd /tmp\nMAINTAINER nobody\n") >= {"DL3006", "DL3003", "DL4000"}


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Finding]]:
    files = {overlay: text(overlay) for overlay in OVERLAYS} | {"Dockerfile": DOCKERFILE.read_text()}
    return _checkov(tmp_path_factory.mktemp("scan"), files)


def _checkov(folder: Path, files: dict[str, str]) -> dict[str, list[Finding]]:
    """What each rule says of each object, by name of the file. Asks nobody outside."""
    for name, content in files.items():
        (folder / _file(name)).write_text(content)
    asked = [word for name in files for word in ("-f", folder / _file(name))]
    command = [TOOLS / "checkov", "--skip-download", "--framework", "kubernetes", "dockerfile", "-o", "json", *asked]
    said = subprocess.run(command, capture_output=True, text=True)
    assert said.returncode in (0, 1), said.stderr
    found: dict[str, list[Finding]] = {name: [] for name in files}
    for report in json.loads(said.stdout):
        assert report["summary"]["parsing_errors"] == 0
        for kind in ("passed", "failed", "skipped"):
            for check in report["results"][f"{kind}_checks"]:
                name = Path(check["file_path"]).stem
                found[name].append(Finding(check["check_id"], check["resource"], kind == "passed", kind == "skipped"))
    return found


def _file(name: str) -> str:
    return name if name == "Dockerfile" else f"{name}.yaml"


def _hadolint(dockerfile: str, *words: str) -> set[str]:
    """The rules that the text breaks."""
    command = [TOOLS / "hadolint", "--format=json", "--no-fail", *words, "-"]
    said = subprocess.run(command, input=dockerfile, capture_output=True, text=True, check=True).stdout
    return {one["code"] for one in json.loads(said)}


def _waivers(one: Finding) -> list[tuple[str, str]]:
    return [waiver for waiver in WAIVED if waiver[0] == one.rule and re.fullmatch(waiver[1], one.place)]
