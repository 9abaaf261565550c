"""The images that the overlay names, as one archive that containerd takes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from ..rendered import ROOT, templates
from .tools import run

PAUSE = "localhost/pause:1"
OURS = "rendezvous/"


def names(overlay: str) -> list[str]:
    found = set()
    for _, template in templates(overlay):
        for container in (*template["spec"]["containers"], *template["spec"].get("initContainers", ())):
            found.add(container["image"])
    return sorted(found)


def archive(overlay: str, file: Path) -> list[str]:
    """Builds ours, pulls what the engine lacks of the others, and writes all of them to `file`; the names."""
    wanted = names(overlay)
    if os.environ.get("BUILT") != "1":
        subprocess.run(["make", "--no-print-directory", "images"], check=True, cwd=ROOT, stdout=sys.stderr)
    for name in wanted:
        if not name.startswith(OURS) and _docker("image", "inspect", name, check=False):
            _docker("pull", name)
    # What holds a pod's network open: any image whose program waits.
    waiting = f'FROM {next(name for name in wanted if name.startswith(OURS))}\nENTRYPOINT ["sleep", "infinity"]\n'
    _docker("build", "--tag", PAUSE, "-", told=waiting)
    _docker("save", "--output", str(file), PAUSE, *wanted)
    return wanted


def _docker(*words: str, told: str | None = None, check: bool = True) -> int:
    return run("docker", *words, told=told, check=check).returncode
