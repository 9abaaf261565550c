"""What `make images` says of an image: each fault is found. (It builds them, so the target looks, not a test.)"""

from __future__ import annotations

import re
from typing import Any

import pytest

from . import rendered
from .stack import ROOT, read, script

measure = script("deploy/images/measure.py")
_LABELS = ("title", "version", "revision", "licenses")


def _image(**more: Any) -> dict[str, Any]:
    labels = {f"org.opencontainers.image.{name}": "x" for name in _LABELS}
    return {"Size": 199_000_000, "Config": {"User": "65532:65532", "Labels": labels}} | more


def _inside(**more: Any) -> dict[str, Any]:
    return {"user": [65532, 65532], "tools": [], "writable": [], "seconds": 1.2} | more


@pytest.mark.parametrize(
    ("image", "inside", "said"),
    [
        (_image(), _inside(), []),
        (_image(Size=200_000_000), _inside(), ["200 MB are too much: 200 at most"]),
        (_image(), _inside(user=[0, 0]), ["it does not run as 65532:65532"]),
        (_image(Config={"User": "", "Labels": None}), _inside(), ["it does not run as 65532:65532", "it has no label"]),
        (_image(), _inside(tools=["pip", "apt-get"]), ["it has pip, apt-get"]),
        (_image(), _inside(writable=["/app"]), ["it may write to /app"]),
        (_image(), _inside(seconds=3.0), ["3.0 s to start are too much: 3 at most"]),
    ],
)
def test_what_an_image_must_not_be_is_found(image: dict[str, Any], inside: dict[str, Any], said: list[str]) -> None:
    found = list(measure.wrong(image, inside))

    assert len(found) == len(said)
    assert all(one.startswith(begin) for one, begin in zip(found, said, strict=True))


def test_every_image_of_others_is_pinned_and_the_same_on_kubernetes() -> None:
    services = read()["services"].values()
    ours = {one["image"] for one in services if one["image"].startswith("rendezvous/")}
    pinned = dict(one["image"].split(":") for one in services if one["image"] not in ours)
    manifests = "".join(file.read_text() for file in sorted(rendered.K8S.rglob("*.yaml")))
    there = dict(re.findall(r"image: ([\w/-]+):(\S+)", manifests))

    assert all(re.match(r"v?\d", tag) for tag in pinned.values())
    assert {"postgres", "apache/kafka", "axllent/mailpit"} <= pinned.keys() & there.keys()
    assert {name: tag for name, tag in pinned.items() if there.get(name, tag) != tag} == {}


def test_the_tests_with_containers_run_the_same_engines() -> None:
    text = (ROOT / "libs/embedded_parts/src/embedded_parts/containers.py").read_text()
    images = {one["image"] for one in read()["services"].values()}

    assert set(re.findall(r'_IMAGE = "(.*)"', text)) <= images
