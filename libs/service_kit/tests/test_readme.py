"""The page of the chassis leaves no module out, and the chassis says what each of its modules is for."""

import ast
from pathlib import Path

import pytest

from .running import Parts, Running

FOLDER = Path(__file__).parents[1]
MODULES = sorted(file for file in (FOLDER / "src" / "service_kit").glob("*.py") if file.stem != "__init__")
README = (FOLDER / "README.md").read_text()


@pytest.mark.parametrize("module", MODULES, ids=lambda file: file.stem)
def test_every_module_stands_on_the_page_and_opens_with_one_sentence(module: Path) -> None:
    assert f"`{module.stem}`" in README
    opening = ast.get_docstring(ast.parse(module.read_text()))
    assert opening is not None
    assert opening.endswith(".")
    assert "\n" not in opening


def test_the_page_names_no_module_that_is_gone() -> None:
    rows = [line.split("|")[1] for line in README.splitlines() if line.startswith("| `") and ".v1" not in line]
    named = {name.strip(" `") for row in rows for name in row.split(",")}
    first_table = {name for name in named if name.isidentifier() and name.islower()}
    assert first_table == {module.stem for module in MODULES}


def test_the_service_on_the_page_runs(own_parts: Parts, tmp_path: Path) -> None:
    code = README.split("```python\n")[1].split("```")[0]
    assert len(code.split("\n\n\n")[1].splitlines()) < 30
    script = tmp_path / "places.py"
    script.write_text(code)
    settings = {
        "PLACES_DATABASE_URL": own_parts.environment["DIRECTORY_DATABASE_URL"],
        "ACCOUNTS_URL": "http://127.0.0.1:1",
    }
    service = Running(own_parts, script, "PLACES", **settings)
    try:
        service.until(service.ready)
        refused = service.ask("/v1/places", "POST")
        assert (refused.status_code, refused.headers["content-type"]) == (401, "application/problem+json")
    finally:
        service.end()
