"""The pages of docs/ that the code knows best say what the code says (`make docs` writes them)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("docs")
    subprocess.run([sys.executable, str(DOCS / "generate.py"), str(folder)], check=True)
    return folder


@pytest.mark.parametrize("page", ["settings.md", "problems.md"])
def test_a_page_is_what_the_code_says_now(generated: Path, page: str) -> None:
    assert (DOCS / page).read_text() == (generated / page).read_text(), "run `make docs`"


def test_a_variable_means_the_same_to_every_service(generated: Path) -> None:
    rows = [line.split("|")[1:3] for line in (generated / "settings.md").read_text().splitlines() if line[:3] == "| `"]
    names = [name for name, _ in rows]
    assert len(names) > 30
    assert sorted(set(names)) == sorted(names)
    assert all(meaning.strip() for _, meaning in rows)
