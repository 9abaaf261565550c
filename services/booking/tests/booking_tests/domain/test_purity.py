"""The domain looks at nothing but what it is given: no clock, no chance, no I/O, no framework."""

import ast
from pathlib import Path

import booking.domain
import pytest

SOURCES = sorted(Path(booking.domain.__file__).parent.glob("*.py"))
ALLOWED = {
    "__future__",
    "booking",
    "collections",
    "dataclasses",
    "datetime",
    "functools",
    "types",
    "typing",
    "zoneinfo",
}
FORBIDDEN = {"now", "utcnow", "today", "uuid4", "random", "environ", "open"}


def trespasses(source: str) -> list[str]:
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [name.name for name in node.names if name.name.split(".")[0] not in ALLOWED]
        elif isinstance(node, ast.ImportFrom) and node.module:
            parts = node.module.split(".")
            if parts[0] not in ALLOWED or (parts[0] == "booking" and parts[1:2] != ["domain"]):
                found.append(node.module)
        elif isinstance(node, ast.AsyncFunctionDef | ast.Await):
            found.append("async")
        elif isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            found += [name] if name in FORBIDDEN else []
    return found


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_the_domain_is_pure(path: Path) -> None:
    assert trespasses(path.read_text()) == []


def test_the_check_bites() -> None:
    assert trespasses("import psycopg") == ["psycopg"]
    assert trespasses("from booking.adapters import codec") == ["booking.adapters"]
    assert trespasses("from datetime import datetime\nx = datetime.now()") == ["now"]
    assert trespasses("async def f(): pass") == ["async"]
